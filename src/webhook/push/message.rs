//! Messages of followers.

use super::{Element, optional};

/// A message of a follower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// WeChat's number of it, the same in every delivery.
    pub id: Option<u64>,
    /// The article that the follower wrote from, if he did.
    pub article: Option<SourceArticle>,
    /// What it says.
    pub content: Content,
}

/// The article that a message was written from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceArticle {
    /// WeChat's id of what was sent, `MsgDataId`.
    pub data_id: String,
    /// The article's place in it, from 1.
    pub index: Option<u32>,
}

/// What a message says. Media ids are those of temporary material and last three days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text.
    Text {
        /// What was written.
        content: String,
        /// The id of the item, when it was chosen from a menu message (`bizmsgmenuid`).
        menu_item_id: Option<String>,
    },
    /// An image.
    Image {
        /// WeChat's temporary address of it.
        picture_url: String,
        /// Its media id.
        media_id: String,
    },
    /// A voice message.
    Voice {
        /// Its media id.
        media_id: String,
        /// `amr` or `speex`.
        format: String,
        /// The media id of the same at 16 kHz, as speex.
        media_id_16k: Option<String>,
        /// The words, when WeChat recognised some.
        recognition: Option<String>,
    },
    /// A video.
    Video {
        /// Its media id.
        media_id: String,
        /// The media id of its cover.
        thumb_media_id: String,
    },
    /// A video taken within the chat (小视频).
    ShortVideo {
        /// Its media id.
        media_id: String,
        /// The media id of its cover.
        thumb_media_id: String,
    },
    /// A place. The numbers are kept as WeChat wrote them.
    Location {
        /// Degrees north, `Location_X`.
        latitude: String,
        /// Degrees east, `Location_Y`.
        longitude: String,
        /// The zoom of the map.
        scale: String,
        /// What is there.
        label: String,
    },
    /// A link to a page.
    Link {
        /// The page's title.
        title: String,
        /// The page's description.
        description: String,
        /// The page's address.
        url: String,
    },
    /// A type that is not known here; its elements are in [`Push::fields`](super::Push::fields).
    Other {
        /// `MsgType`, as it came.
        type_name: String,
    },
}

impl Message {
    pub(super) fn read(type_name: &str, fields: &Element) -> Self {
        let article = optional(fields, "MsgDataId");
        Self {
            id: fields.number("MsgId"),
            article: article.map(|data_id| SourceArticle { data_id, index: fields.number("Idx") }),
            content: Content::read(type_name, fields),
        }
    }
}

impl Content {
    fn read(type_name: &str, fields: &Element) -> Self {
        let text = |name| fields.string(name);
        match type_name.to_ascii_lowercase().as_str() {
            "text" => Self::Text { content: text("Content"), menu_item_id: optional(fields, "bizmsgmenuid") },
            "image" => Self::Image { picture_url: text("PicUrl"), media_id: text("MediaId") },
            "voice" => Self::Voice {
                media_id: text("MediaId"),
                format: text("Format"),
                media_id_16k: optional(fields, "MediaId16K"),
                recognition: optional(fields, "Recognition"),
            },
            "video" => Self::Video { media_id: text("MediaId"), thumb_media_id: text("ThumbMediaId") },
            "shortvideo" => Self::ShortVideo { media_id: text("MediaId"), thumb_media_id: text("ThumbMediaId") },
            "location" => Self::Location {
                latitude: text("Location_X"),
                longitude: text("Location_Y"),
                scale: text("Scale"),
                label: text("Label"),
            },
            "link" => Self::Link { title: text("Title"), description: text("Description"), url: text("Url") },
            _ => Self::Other { type_name: type_name.to_owned() },
        }
    }
}
