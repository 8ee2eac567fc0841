//! The message of a mass send: its types and what each has to hold.
//!
//! Source: WeChat "Mass send by tag" (根据标签群发消息), "Mass send by openid" (根据OpenID群发消息).

use serde_json::Value;

use crate::{
    errcode::Errcode,
    media::MediaKind,
    request::text,
    service_message::{Shelf, check_text},
};

/// Most images of one message; WeChat's page gives none, an image post of a draft has as many.
const MAX_IMAGES: usize = 20;

/// A message that passed the checks of its type.
#[derive(Debug)]
pub(crate) struct MassMessage {
    /// `msgtype`.
    pub(crate) kind: String,
    /// The member with the content; of several images, `images`.
    pub(crate) content: Value,
    /// The media_id of a draft: articles only.
    pub(crate) draft: Option<String>,
}

impl MassMessage {
    /// Reads `msgtype` and its member. Errors: 40008 for the type, 45113 for a card, 47001 when the member is missing
    /// or of the wrong JSON type; then, by type, 44004 and 45002 for a text, 41006 and 40007 for media and drafts,
    /// 40215 for no image or too many, 45161 and 48022 for a video.
    pub(crate) fn read(body: &Value, shelf: Shelf<'_>) -> Result<Self, Errcode> {
        let kind = text(body, "msgtype").ok_or(Errcode::INVALID_MESSAGE_TYPE)?;
        let check: fn(&Value, Shelf<'_>) -> Result<(), Errcode> = match kind {
            "text" => check_text,
            "image" => check_images,
            "voice" => |voice, shelf| shelf.media(voice, "media_id", &[MediaKind::Voice]),
            "mpnews" => |news, shelf| shelf.drafts.get(media_id(news)?).map(|_| ()),
            "mpvideo" => check_video,
            "wxcard" => return Err(Errcode::CARDS_UNSUPPORTED),
            _ => return Err(Errcode::INVALID_MESSAGE_TYPE),
        };
        let content = content(body, kind).filter(|content| content.is_object()).ok_or(Errcode::DATA_FORMAT)?;
        check(content, shelf)?;
        let draft = (kind == "mpnews").then(|| media_id(content)).transpose()?;
        Ok(Self { kind: kind.to_owned(), content: content.clone(), draft: draft.map(str::to_owned) })
    }
}

/// The member that belongs to a `msgtype`: its name, but `images` for images in preference to the older `image`.
pub(crate) fn content<'a>(body: &'a Value, kind: &str) -> Option<&'a Value> {
    let several = body.get("images").filter(|images| kind == "image" && !images.is_null());
    several.or_else(|| body.get(kind))
}

fn media_id(content: &Value) -> Result<&str, Errcode> {
    text(content, "media_id").ok_or(Errcode::MISSING_MEDIA_ID)
}

/// `media_ids` today, one `media_id` in the older form.
fn check_images(images: &Value, shelf: Shelf<'_>) -> Result<(), Errcode> {
    let Some(media_ids) = images.get("media_ids") else {
        return shelf.media(images, "media_id", &[MediaKind::Image]);
    };
    let media_ids = media_ids.as_array().ok_or(Errcode::DATA_FORMAT)?;
    if media_ids.is_empty() || media_ids.len() > MAX_IMAGES {
        return Err(Errcode::INVALID_IMAGE_COUNT);
    }
    let usable = |media_id: &Value| shelf.usable(media_id.as_str().unwrap_or_default(), &[MediaKind::Image]);
    media_ids.iter().try_for_each(usable)
}

/// Never sent: WeChat refuses videos that the API uploaded, and knows no others.
fn check_video(video: &Value, shelf: Shelf<'_>) -> Result<(), Errcode> {
    match shelf.usable(media_id(video)?, &[MediaKind::Video]) {
        Ok(()) => Err(Errcode::API_VIDEO),
        Err(_) => Err(Errcode::NOT_UPLOADED_VIDEO),
    }
}
