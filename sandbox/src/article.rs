//! An article of a draft: its members, their limits, and how it is shown.
//!
//! Source: WeChat "Add draft" (新增草稿). The page names no codes for its length limits; those of the same meaning in
//! "Global return codes" are used.

use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::{errcode::Errcode, html, identifier, library::Library, media::MediaKind, request::integer};

/// In characters; 64 until 2025-12-19.
const MAX_TITLE: usize = 32;
/// In characters.
const MAX_AUTHOR: usize = 16;
/// In characters.
const MAX_DIGEST: usize = 128;
/// The content has to have fewer characters.
const CONTENT_CHARACTERS: usize = 20_000;
/// The content has to have fewer bytes.
const CONTENT_BYTES: usize = 1 << 20;
/// In bytes.
const MAX_SOURCE_URL: usize = 1 << 10;
/// Images of an image post.
const MAX_IMAGES: usize = 20;
/// So many characters of the content stand in for an empty digest.
const DIGEST_FROM_CONTENT: usize = 54;
/// Digits after the point of a crop's corner.
const CROP_DECIMALS: usize = 6;
const CROP_RATIOS: [&str; 3] = ["1_1", "16_9", "2.35_1"];

/// What the limits of an article depend on besides itself.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) library: &'a Library,
    /// Whether the account may open articles to comments.
    pub(crate) comments: bool,
}

/// One article, checked.
#[derive(Clone, Debug)]
pub(crate) struct Article {
    kind: ArticleKind,
    title: String,
    author: String,
    digest: String,
    content: String,
    content_source_url: String,
    thumb_media_id: String,
    thumb_url: Option<String>,
    need_open_comment: bool,
    only_fans_can_comment: bool,
    /// Crops, images and products: shown as they were given.
    extras: Map<String, Value>,
    /// Makes the address of the preview unguessable.
    preview_key: String,
}

/// The `article_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ArticleKind {
    News,
    ImagePost,
}

impl ArticleKind {
    const fn name(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::ImagePost => "newspic",
        }
    }

    /// Errors: 40097 for an unknown type.
    fn read(article: &Map<String, Value>) -> Result<Self, Errcode> {
        match text(article, "article_type")? {
            "" | "news" => Ok(Self::News),
            "newspic" => Ok(Self::ImagePost),
            _ => Err(Errcode::INVALID_ARGS),
        }
    }
}

impl Article {
    /// Reads and checks one ARTICLE. Errors: 47001 for a member of the wrong JSON type, 45003 for the title, 40192 for
    /// the author, 45004 for the digest, 44004, 45002 and 45166 for the content, 41039 for the link, 40007 for the
    /// cover and images, 88000 for comments without the right, 40097 for anything else.
    pub(crate) fn read(value: &Value, rules: Rules<'_>) -> Result<Self, Errcode> {
        let article = value.as_object().ok_or(Errcode::DATA_FORMAT)?;
        let kind = ArticleKind::read(article)?;
        let title = limited(article, "title", MAX_TITLE, Errcode::TITLE_TOO_LONG)?;
        if title.is_empty() {
            return Err(Errcode::TITLE_TOO_LONG);
        }
        let need_open_comment = flag(article, "need_open_comment")?;
        if need_open_comment && !rules.comments {
            return Err(Errcode::NO_COMMENT_PRIVILEGE);
        }
        let cover = cover_id(article, kind, rules.library)?;
        let cover = rules.library.permanent(cover)?;
        Ok(Self {
            kind,
            title,
            author: limited(article, "author", MAX_AUTHOR, Errcode::INVALID_AUTHOR)?,
            digest: limited(article, "digest", MAX_DIGEST, Errcode::DIGEST_TOO_LONG)?,
            content: content(article, kind)?,
            content_source_url: source_url(article)?,
            thumb_media_id: cover.media_id.clone(),
            thumb_url: cover.url.clone(),
            need_open_comment,
            only_fans_can_comment: flag(article, "only_fans_can_comment")?,
            extras: extras(article, kind)?,
            preview_key: identifier::random(),
        })
    }

    /// The only article of a draft shows the beginning of its content where it has no digest.
    pub(crate) fn fill_digest(&mut self) {
        if self.digest.is_empty() {
            self.digest = html::beginning(&self.content, DIGEST_FROM_CONTENT);
        }
    }

    /// As `draft/get` shows it; `number` is the draft's, `position` the article's in it, from 1.
    pub(crate) fn to_json(&self, number: u64, position: usize, with_content: bool) -> Value {
        let mut shown = json!({
            "article_type": self.kind.name(),
            "title": self.title,
            "author": self.author,
            "digest": self.digest,
            "content": self.content,
            "content_source_url": self.content_source_url,
            "thumb_media_id": self.thumb_media_id,
            "thumb_url": self.thumb_url,
            "show_cover_pic": 0,
            "need_open_comment": u8::from(self.need_open_comment),
            "only_fans_can_comment": u8::from(self.only_fans_can_comment),
            "url": format!("http://mp.weixin.qq.com/s?mid={number}&idx={position}&tempkey={}", self.preview_key),
        });
        if let Value::Object(shown) = &mut shown {
            shown.extend(self.extras.clone());
            if !with_content {
                shown.shift_remove("content");
            }
        }
        shown
    }
}

/// A member that is a text; absent and `null` are empty. Errors: 47001.
fn text<'a>(article: &'a Map<String, Value>, member: &str) -> Result<&'a str, Errcode> {
    match article.get(member) {
        None | Some(Value::Null) => Ok(""),
        Some(value) => value.as_str().ok_or(Errcode::DATA_FORMAT),
    }
}

fn limited(article: &Map<String, Value>, member: &str, most: usize, error: Errcode) -> Result<String, Errcode> {
    let text = text(article, member)?;
    if text.chars().count() > most { Err(error) } else { Ok(text.to_owned()) }
}

/// 0 or 1, 0 when absent. Errors: 40097.
fn flag(article: &Map<String, Value>, member: &str) -> Result<bool, Errcode> {
    match article.get(member).map(integer) {
        None | Some(Some(0)) => Ok(false),
        Some(Some(1)) => Ok(true),
        Some(_) => Err(Errcode::INVALID_ARGS),
    }
}

/// Errors: 44004 when it is empty, 45002 when it is too long, 45166 for HTML in an image post.
fn content(article: &Map<String, Value>, kind: ArticleKind) -> Result<String, Errcode> {
    let content = text(article, "content")?;
    if content.len() >= CONTENT_BYTES || content.chars().count() >= CONTENT_CHARACTERS {
        return Err(Errcode::CONTENT_TOO_LONG);
    }
    match kind {
        _ if content.trim().is_empty() => Err(Errcode::EMPTY_CONTENT),
        ArticleKind::News => html::stored(content),
        ArticleKind::ImagePost if html::has_tag(content) => Err(Errcode::INVALID_CONTENT),
        ArticleKind::ImagePost => Ok(content.to_owned()),
    }
}

/// Errors: 41039 unless it is empty or an address of up to 1 KB.
fn source_url(article: &Map<String, Value>) -> Result<String, Errcode> {
    let url = text(article, "content_source_url")?;
    let is_address = || Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let usable = url.is_empty() || (url.len() <= MAX_SOURCE_URL && is_address());
    if usable { Ok(url.to_owned()) } else { Err(Errcode::INVALID_SOURCE_URL) }
}

/// The media_id of the cover: a permanent image or thumb, for an image post the first of its images. Errors: 40007;
/// 40097 when an image post has no images or more than 20.
fn cover_id<'a>(article: &'a Map<String, Value>, kind: ArticleKind, library: &Library) -> Result<&'a str, Errcode> {
    if kind == ArticleKind::News {
        let media_id = text(article, "thumb_media_id")?;
        return is_one_of(library, media_id, &[MediaKind::Image, MediaKind::Thumb]).map(|()| media_id);
    }
    let images = article.get("image_info").and_then(|info| info.get("image_list")).and_then(Value::as_array);
    let images = images.filter(|images| images.len() <= MAX_IMAGES).ok_or(Errcode::INVALID_ARGS)?;
    let mut ids = Vec::with_capacity(images.len());
    for image in images {
        let media_id = image.get("image_media_id").and_then(Value::as_str).ok_or(Errcode::INVALID_MEDIA_ID)?;
        is_one_of(library, media_id, &[MediaKind::Image])?;
        ids.push(media_id);
    }
    ids.first().copied().ok_or(Errcode::INVALID_ARGS)
}

fn is_one_of(library: &Library, media_id: &str, kinds: &[MediaKind]) -> Result<(), Errcode> {
    let found = library.permanent(media_id)?;
    if kinds.contains(&found.file.kind) { Ok(()) } else { Err(Errcode::INVALID_MEDIA_ID) }
}

/// Members that are kept as they are. Errors: 40097 for a crop that is none.
fn extras(article: &Map<String, Value>, kind: ArticleKind) -> Result<Map<String, Value>, Errcode> {
    let mut extras = Map::new();
    for member in ["pic_crop_235_1", "pic_crop_1_1"] {
        let crop = text(article, member)?;
        if !crop.is_empty() {
            let corners: Vec<_> = crop.split('_').collect();
            if corners.len() != 4 || !corners.into_iter().all(is_corner) {
                return Err(Errcode::INVALID_ARGS);
            }
            extras.insert(member.to_owned(), Value::from(crop));
        }
    }
    let others: &[&str] = match kind {
        ArticleKind::News => &["product_info"],
        ArticleKind::ImagePost => &["image_info", "cover_info", "product_info"],
    };
    for member in others {
        if let Some(value) = article.get(*member).filter(|value| !value.is_null()) {
            if !value.is_object() || (*member == "cover_info" && !is_cover_info(value)) {
                return Err(Errcode::INVALID_ARGS);
            }
            extras.insert((*member).to_owned(), value.clone());
        }
    }
    Ok(extras)
}

/// A relative coordinate: 0 to 1 with up to 6 digits after the point.
fn is_corner(text: &str) -> bool {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    decimals <= CROP_DECIMALS && text.parse::<f64>().is_ok_and(|number| (0.0..=1.0).contains(&number))
}

fn is_cover_info(value: &Value) -> bool {
    let is_crop = |crop: &Value| {
        let text = |member: &str| crop.get(member).and_then(Value::as_str);
        text("ratio").is_some_and(|ratio| CROP_RATIOS.contains(&ratio))
            && ["x1", "y1", "x2", "y2"].into_iter().all(|member| text(member).is_some_and(is_corner))
    };
    value.get("crop_percent_list").and_then(Value::as_array).is_some_and(|crops| crops.iter().all(is_crop))
}
