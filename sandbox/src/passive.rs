//! A passive reply: its types, the limits of each, and the media it refers to.
//!
//! Source: WeChat "Passive replies" (被动回复用户消息).

use serde_json::{Map, Value, json};

use crate::{format::Format, library::Library, media::MediaKind, xml::Element};

/// Longest text of a reply, in bytes of UTF-8.
const MAX_TEXT: usize = 2048;
/// Most news items in answer to a message.
const MAX_ITEMS_TO_MESSAGE: usize = 1;
/// Most news items in answer to an event.
const MAX_ITEMS_TO_EVENT: usize = 8;
/// Hands the conversation to an agent: nothing is shown.
const TRANSFER: &str = "transfer_customer_service";

/// A reply that was read.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// `MsgType`.
    pub(crate) kind: String,
    /// The elements of the type, in `snake_case`, without the one around them.
    pub(crate) content: Value,
    media: Option<Media>,
}

#[derive(Clone, Debug)]
struct Media {
    media_id: String,
    kinds: &'static [MediaKind],
}

impl Reply {
    /// Reads the elements of the type that the reply has. Errors: a sentence about what WeChat cannot deliver.
    pub(crate) fn read(root: &Element, to_event: bool) -> Result<Self, String> {
        let kind = root.child_text("MsgType");
        let (content, media) = match kind {
            "text" => (text(root)?, None),
            "image" => with_media(root, "Image", "MediaId", &[MediaKind::Image])?,
            "voice" => with_media(root, "Voice", "MediaId", &[MediaKind::Voice])?,
            "video" => with_media(root, "Video", "MediaId", &[MediaKind::Video])?,
            "music" => with_media(root, "Music", "ThumbMediaId", &[MediaKind::Thumb, MediaKind::Image])?,
            "news" => (news(root, to_event)?, None),
            TRANSFER => (root.child("TransInfo").map_or_else(|| json!({}), members), None),
            other => return Err(format!("MsgType {other:?} is unknown")),
        };
        Ok(Self { kind: kind.to_owned(), content, media })
    }

    /// Whether WeChat has the media, temporary or permanent. Errors: a sentence about the media_id.
    pub(crate) fn check_media(&self, library: &Library, now: i64) -> Result<(), String> {
        let Some(Media { media_id, kinds }) = &self.media else { return Ok(()) };
        let found = library.usable(media_id, now);
        let file = &found.map_err(|_| format!("the media_id {media_id:?} is unknown or has expired"))?.file;
        if !kinds.contains(&file.kind) {
            return Err(format!("the media_id {media_id:?} is of type {}", file.kind.name()));
        }
        require(file.format != Format::Gif, "a reply cannot show a GIF")
    }

    /// Whether the user gets to see it.
    pub(crate) fn is_visible(&self) -> bool {
        self.kind != TRANSFER
    }

    /// `{"type":…}` and the elements of the type.
    pub(crate) fn to_json(&self) -> Value {
        let mut shown = json!({"type": self.kind});
        if let (Value::Object(shown), Value::Object(content)) = (&mut shown, &self.content) {
            shown.extend(content.clone());
        }
        shown
    }
}

fn text(root: &Element) -> Result<Value, String> {
    let content = root.child("Content").map_or("", |content| content.text.as_str());
    require(!content.is_empty(), "Content is empty")?;
    require(content.len() <= MAX_TEXT, "Content is longer than 2048 bytes")?;
    Ok(json!({"content": content}))
}

fn with_media(
    root: &Element,
    parent: &str,
    name: &str,
    kinds: &'static [MediaKind],
) -> Result<(Value, Option<Media>), String> {
    let element = root.child(parent).filter(|element| !element.child_text(name).is_empty());
    let element = element.ok_or_else(|| format!("{parent}/{name} is missing"))?;
    Ok((members(element), Some(Media { media_id: element.child_text(name).to_owned(), kinds })))
}

fn news(root: &Element, to_event: bool) -> Result<Value, String> {
    let items = root.child("Articles").map_or(&[][..], |articles| &articles.children);
    let count = root.child_text("ArticleCount").parse::<usize>();
    require(count == Ok(items.len()), "ArticleCount is not the number of items")?;
    let most = if to_event { MAX_ITEMS_TO_EVENT } else { MAX_ITEMS_TO_MESSAGE };
    require((1..=most).contains(&items.len()), "the number of news items is not allowed here")?;
    let complete = |item: &Element| {
        item.name == "item" && ["Title", "Description", "PicUrl", "Url"].iter().all(|name| item.child(name).is_some())
    };
    require(items.iter().all(complete), "a news item lacks Title, Description, PicUrl or Url")?;
    Ok(json!({"articles": items.iter().map(members).collect::<Vec<_>>()}))
}

/// The children of an element as texts.
fn members(element: &Element) -> Value {
    let member = |child: &Element| (snake_case(&child.name), Value::from(child.text.trim()));
    element.children.iter().map(member).collect::<Map<_, _>>().into()
}

/// `MediaId` → `media_id`, `HQMusicUrl` → `hq_music_url`.
fn snake_case(name: &str) -> String {
    let letters: Vec<_> = name.chars().collect();
    let mut snake = String::new();
    for (place, letter) in letters.iter().enumerate() {
        let after_small = place > 0 && !letters[place - 1].is_ascii_uppercase();
        let before_small = letters.get(place + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && place > 0 && (after_small || before_small) {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn require(holds: bool, otherwise: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_elements_become_snake_case() {
        for (name, expected) in [
            ("MediaId", "media_id"),
            ("HQMusicUrl", "hq_music_url"),
            ("Title", "title"),
            ("KfAccount", "kf_account"),
            ("PicUrl", "pic_url"),
        ] {
            assert_eq!(snake_case(name), expected);
        }
    }
}
