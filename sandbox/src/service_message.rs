//! A customer-service message: its types and what each has to hold.
//!
//! Source: WeChat "Send customer-service message" (发送客服消息).

use serde_json::Value;

use crate::{
    button::is_app_id, drafts::Drafts, errcode::Errcode, library::Library, media::MediaKind, published::Published,
    request::text,
};

/// Longest text, in bytes of UTF-8, as in a passive reply.
const MAX_TEXT: usize = 2048;
/// Most news items: the one that is left of eight.
const MAX_ITEMS: usize = 1;

/// What a message may refer to.
#[derive(Clone, Copy)]
pub(crate) struct Shelf<'a> {
    pub(crate) library: &'a Library,
    pub(crate) drafts: &'a Drafts,
    pub(crate) published: &'a Published,
    /// Unix seconds: temporary media expire.
    pub(crate) now: i64,
}

/// A message that passed the checks of its type.
#[derive(Debug)]
pub(crate) struct ServiceMessage {
    /// `msgtype`.
    pub(crate) kind: String,
    /// The member that is called like the type.
    pub(crate) content: Value,
    /// The agent under whose name it is sent.
    pub(crate) agent: Option<String>,
}

impl ServiceMessage {
    /// Reads `msgtype` and the member of that name. Errors: 40008 for the type, 48008 for a card, 47001 when the member
    /// is missing or of the wrong JSON type; then, by type, 44004 and 45002 for a text, 41006 and 40007 for media, 41010
    /// for music without addresses, 44003 and 45008 for news, 53600 for an article, 45098 and 45099 for a menu, 40166
    /// and 40165 for a mini program.
    pub(crate) fn read(body: &Value, shelf: Shelf<'_>) -> Result<Self, Errcode> {
        let kind = text(body, "msgtype").ok_or(Errcode::INVALID_MESSAGE_TYPE)?;
        let check: fn(&Value, Shelf<'_>) -> Result<(), Errcode> = match kind {
            "text" => check_text,
            "image" => |image, shelf| shelf.media(image, "media_id", &[MediaKind::Image]),
            "voice" => |voice, shelf| shelf.media(voice, "media_id", &[MediaKind::Voice]),
            "video" => check_video,
            "music" => check_music,
            "news" => check_news,
            "mpnews" => check_articles,
            "mpnewsarticle" => check_published,
            "msgmenu" => check_menu,
            "miniprogrampage" => check_mini_program,
            "wxcard" => return Err(Errcode::MESSAGE_TYPE_FORBIDDEN),
            _ => return Err(Errcode::INVALID_MESSAGE_TYPE),
        };
        let content = body.get(kind).filter(|content| content.is_object()).ok_or(Errcode::DATA_FORMAT)?;
        check(content, shelf)?;
        let agent = match body.get("customservice").filter(|agent| !agent.is_null()) {
            Some(agent) => Some(text(agent, "kf_account").ok_or(Errcode::DATA_FORMAT)?.to_owned()),
            None => None,
        };
        Ok(Self { kind: kind.to_owned(), content: content.clone(), agent })
    }
}

impl Shelf<'_> {
    /// Errors: 41006 without a media_id, 40007 when it is unknown, expired or of another type.
    pub(crate) fn media(self, content: &Value, member: &str, kinds: &[MediaKind]) -> Result<(), Errcode> {
        self.usable(text(content, member).ok_or(Errcode::MISSING_MEDIA_ID)?, kinds)
    }

    /// Errors: 40007 when the media are unknown, expired or of another type.
    pub(crate) fn usable(self, media_id: &str, kinds: &[MediaKind]) -> Result<(), Errcode> {
        let kind = self.library.usable(media_id, self.now)?.file.kind;
        if kinds.contains(&kind) { Ok(()) } else { Err(Errcode::INVALID_MEDIA_ID) }
    }

    /// A picture beside something else.
    fn thumb(self, content: &Value) -> Result<(), Errcode> {
        self.media(content, "thumb_media_id", &[MediaKind::Thumb, MediaKind::Image])
    }
}

/// Errors: 44004, 45002.
pub(crate) fn check_text(content: &Value, _: Shelf<'_>) -> Result<(), Errcode> {
    let content = text(content, "content").ok_or(Errcode::EMPTY_CONTENT)?;
    if content.len() > MAX_TEXT { Err(Errcode::CONTENT_TOO_LONG) } else { Ok(()) }
}

/// Clients leave the thumb out.
fn check_video(video: &Value, shelf: Shelf<'_>) -> Result<(), Errcode> {
    shelf.media(video, "media_id", &[MediaKind::Video])?;
    if text(video, "thumb_media_id").is_some() { shelf.thumb(video) } else { Ok(()) }
}

fn check_music(music: &Value, shelf: Shelf<'_>) -> Result<(), Errcode> {
    for address in ["musicurl", "hqmusicurl"] {
        text(music, address).ok_or(Errcode::MISSING_URL)?;
    }
    shelf.thumb(music)
}

fn check_news(news: &Value, _: Shelf<'_>) -> Result<(), Errcode> {
    let articles = news.get("articles").and_then(Value::as_array).filter(|articles| !articles.is_empty());
    let articles = articles.ok_or(Errcode::EMPTY_NEWS)?;
    if articles.len() > MAX_ITEMS {
        return Err(Errcode::TOO_MANY_ARTICLES);
    }
    let is_text = |value: Option<&Value>| value.is_none_or(|value| value.is_null() || value.is_string());
    let is_item =
        |item: &Value| ["title", "description", "url", "picurl"].into_iter().all(|member| is_text(item.get(member)));
    if articles.iter().all(|item| item.is_object() && is_item(item)) { Ok(()) } else { Err(Errcode::DATA_FORMAT) }
}

/// Since `add_news` is retired, articles that have a media_id are drafts.
fn check_articles(news: &Value, shelf: Shelf<'_>) -> Result<(), Errcode> {
    shelf.drafts.get(text(news, "media_id").ok_or(Errcode::MISSING_MEDIA_ID)?).map(|_| ())
}

fn check_published(article: &Value, shelf: Shelf<'_>) -> Result<(), Errcode> {
    shelf.published.get(text(article, "article_id").unwrap_or_default()).map(|_| ())
}

fn check_menu(menu: &Value, _: Shelf<'_>) -> Result<(), Errcode> {
    let list = menu.get("list").and_then(Value::as_array).filter(|list| !list.is_empty());
    let is_item = |item: &Value| text(item, "id").is_some() && text(item, "content").is_some();
    if list.ok_or(Errcode::MSGMENU_LIST_SIZE)?.iter().all(is_item) { Ok(()) } else { Err(Errcode::MSGMENU_ITEM_SIZE) }
}

fn check_mini_program(page: &Value, shelf: Shelf<'_>) -> Result<(), Errcode> {
    text(page, "appid").filter(|app_id| is_app_id(app_id)).ok_or(Errcode::INVALID_WEAPP_APPID)?;
    text(page, "pagepath").ok_or(Errcode::INVALID_WEAPP_PAGEPATH)?;
    shelf.thumb(page)
}
