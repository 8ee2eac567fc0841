//! Customer-service messages: to one follower, while something that he did leaves the account a window to answer.
//!
//! Only verified accounts may send them (48001). Source: the page "发送客服消息" (sending customer-service messages) of the
//! Official Account documentation.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::call::{Call, Done, Repeat};
use super::client::{Client, Credentials};
use super::error::Result;
use super::wire;

/// What a customer-service message says. Media ids are those of temporary or permanent media of the account; a cover is
/// one that was uploaded as thumb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ServiceMessage {
    /// A text, at most 2,048 bytes of UTF-8; `<a href="https://…">` is a link.
    Text {
        /// The text.
        #[serde(serialize_with = "wire::writable")]
        content: String,
    },
    /// An image.
    Image {
        /// Its media id.
        media_id: String,
    },
    /// A voice.
    Voice {
        /// Its media id.
        media_id: String,
    },
    /// A video.
    Video {
        /// Its media id.
        media_id: String,
        /// Media id of its cover.
        thumb_media_id: String,
        /// Its title; may be empty.
        #[serde(serialize_with = "wire::writable")]
        title: String,
        /// Its description; may be empty.
        #[serde(serialize_with = "wire::writable")]
        description: String,
    },
    /// Music, played from an address.
    Music {
        /// Its title; may be empty.
        #[serde(serialize_with = "wire::writable")]
        title: String,
        /// Its description; may be empty.
        #[serde(serialize_with = "wire::writable")]
        description: String,
        /// Where it is played from.
        #[serde(rename = "musicurl")]
        url: String,
        /// Where it is played from within a wireless network.
        #[serde(rename = "hqmusicurl")]
        hq_url: String,
        /// Media id of its cover.
        thumb_media_id: String,
    },
    /// A card that leads to a page. WeChat takes exactly one (45008).
    News {
        /// The title.
        #[serde(serialize_with = "wire::writable")]
        title: String,
        /// The words below it; may be empty.
        #[serde(serialize_with = "wire::writable")]
        description: String,
        /// The page.
        url: String,
        /// The address of the picture; may be empty.
        #[serde(rename = "picurl")]
        picture_url: String,
    },
}

impl ServiceMessage {
    /// WeChat's name of the type, the `msgtype`.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Image { .. } => "image",
            Self::Voice { .. } => "voice",
            Self::Video { .. } => "video",
            Self::Music { .. } => "music",
            Self::News { .. } => "news",
        }
    }

    /// The body of the call.
    fn body(&self, openid: &str) -> Value {
        let content = match self {
            Self::News { .. } => json!({"articles": [self]}),
            other => json!(other),
        };
        let mut body = Map::new();
        body.insert("touser".to_owned(), openid.into());
        body.insert("msgtype".to_owned(), self.type_name().into());
        body.insert(self.type_name().to_owned(), content);
        Value::Object(body)
    }
}

impl Client {
    /// Sends a message to one follower.
    ///
    /// `POST /cgi-bin/message/custom/send`; 500,000 a day. **Not repeated** after an unclear outcome: the follower would
    /// read the message twice.
    ///
    /// # Errors
    /// 45015 (the follower has done nothing that opens a window), 45047 (the messages of the window are used up), 40003
    /// (no follower), 43019 (blacklisted), 40007 (media), 45002 (too long), 48001 (not verified), 45009 (quota).
    pub async fn send_message(&self, credentials: &Credentials, openid: &str, message: &ServiceMessage) -> Result<()> {
        let call = Call::post("/cgi-bin/message/custom/send", &message.body(openid), Repeat::IfUnprocessed);
        self.call(credentials, call).await.map(|Done {}| ())
    }
}
