//! Passive replies (被动回复): what the answer to a push makes WeChat show to the follower who caused it.
//!
//! A push is answered with one reply at most, and every account may. What WeChat cannot use, it replaces by a notice that
//! the account is out of order, so that a reply should be checked before; the limits stand at the types.

use entity::Timestamp;
use serde::{Deserialize, Serialize};

use super::xml::Writer;

/// The most bytes of UTF-8 that the text of a reply may have.
pub const MAX_TEXT_BYTES: usize = 2048;

/// A passive reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The openid of the follower: the push's `from_user`.
    pub to_user: String,
    /// The account: the push's `to_user`.
    pub from_user: String,
    /// When it is made.
    pub created_at: Timestamp,
    /// What it says.
    pub content: Content,
}

/// What a reply says. A media id is one of temporary or of permanent material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Text of 1 to [`MAX_TEXT_BYTES`] bytes; a line feed is a line break, `<a href="…">` a link.
    Text(String),
    /// An image, not a GIF.
    Image {
        /// Its media id.
        media_id: String,
    },
    /// A voice message.
    Voice {
        /// Its media id.
        media_id: String,
    },
    /// A video.
    Video {
        /// Its media id.
        media_id: String,
        /// What stands above it.
        title: Option<String>,
        /// What stands below it.
        description: Option<String>,
    },
    /// Music, played from an address.
    Music(Music),
    /// Articles, at least one. Of an answer to a message WeChat shows the first only, of one to an event up to eight.
    News(Vec<Article>),
}

/// Music in a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Music {
    /// Its title.
    pub title: Option<String>,
    /// What is said about it.
    pub description: Option<String>,
    /// Where it is played from.
    pub url: Option<String>,
    /// Where it is played from in a Wi-Fi network.
    pub high_quality_url: Option<String>,
    /// The media id of its cover, of the type `thumb`.
    pub thumb_media_id: String,
}

/// An article in a reply. WeChat wants all four.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Its title.
    pub title: String,
    /// Its digest.
    pub description: String,
    /// The address of its cover: 360 × 200 pixels for the first, 200 × 200 for the others.
    pub picture_url: String,
    /// Where it is read.
    pub url: String,
}

impl Content {
    /// WeChat's name of the type, `MsgType`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image { .. } => "image",
            Self::Voice { .. } => "voice",
            Self::Video { .. } => "video",
            Self::Music(_) => "music",
            Self::News(_) => "news",
        }
    }

    fn write(&self, xml: &mut Writer) {
        match self {
            Self::Text(text) => xml.text("Content", text),
            Self::Image { media_id } => xml.element("Image", |xml| xml.text("MediaId", media_id)),
            Self::Voice { media_id } => xml.element("Voice", |xml| xml.text("MediaId", media_id)),
            Self::Video { media_id, title, description } => xml.element("Video", |xml| {
                xml.text("MediaId", media_id);
                optional(xml, "Title", title.as_deref());
                optional(xml, "Description", description.as_deref());
            }),
            Self::Music(music) => xml.element("Music", |xml| {
                optional(xml, "Title", music.title.as_deref());
                optional(xml, "Description", music.description.as_deref());
                optional(xml, "MusicUrl", music.url.as_deref());
                optional(xml, "HQMusicUrl", music.high_quality_url.as_deref());
                xml.text("ThumbMediaId", &music.thumb_media_id);
            }),
            Self::News(articles) => {
                xml.number("ArticleCount", articles.len() as i64);
                xml.element("Articles", |xml| articles.iter().for_each(|article| article.write(xml)));
            }
        }
    }
}

impl Article {
    fn write(&self, xml: &mut Writer) {
        xml.element("item", |xml| {
            xml.text("Title", &self.title);
            xml.text("Description", &self.description);
            xml.text("PicUrl", &self.picture_url);
            xml.text("Url", &self.url);
        });
    }
}

fn optional(xml: &mut Writer, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        xml.text(name, text);
    }
}

impl Reply {
    /// Its XML. Characters that XML 1.0 forbids are left out, and line ends become LF: no reader of XML would see the
    /// one or tell the other apart.
    pub fn to_xml(&self) -> String {
        let mut xml = Writer::default();
        xml.element("xml", |xml| {
            xml.text("ToUserName", &self.to_user);
            xml.text("FromUserName", &self.from_user);
            xml.number("CreateTime", self.created_at.timestamp());
            xml.text("MsgType", self.content.type_name());
            self.content.write(xml);
        });
        xml.finish()
    }
}
