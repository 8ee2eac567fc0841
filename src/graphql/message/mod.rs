//! Received messages: an interface, and a type for each kind.

use async_graphql::{Context, Enum, ID, Interface, Object, Result};
use entity::message::{self, Kind};

use super::connection::Count;
use super::domain;
use super::follower::Follower;
use super::loaders::{FollowerByOpenid, MessageCount, answer, find};
use super::scalars::DateTime;
use crate::domain::{files, messages};
use crate::webhook::push::{self, Content};

mod event;
mod filter;
mod of_follower;
mod reply;

pub use event::Event;
pub use filter::MessageFilter;
pub(super) use of_follower::FollowerMessages;
pub use reply::AutomaticReply;

/// Kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MessageType {
    /// A text.
    Text,
    /// An image.
    Image,
    /// A voice message.
    Voice,
    /// A video, also a short one that was taken within the chat.
    Video,
    /// A place.
    Location,
    /// A link to a page.
    Link,
    /// A message of a kind that this service does not know.
    Other,
}

impl MessageType {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text,
            Kind::Image => Self::Image,
            Kind::Voice => Self::Voice,
            Kind::Video | Kind::ShortVideo => Self::Video,
            Kind::Location => Self::Location,
            Kind::Link => Self::Link,
            Kind::Other | Kind::Event => Self::Other,
        }
    }

    const fn kinds(self) -> &'static [Kind] {
        match self {
            Self::Text => &[Kind::Text],
            Self::Image => &[Kind::Image],
            Self::Voice => &[Kind::Voice],
            Self::Video => &[Kind::Video, Kind::ShortVideo],
            Self::Location => &[Kind::Location],
            Self::Link => &[Kind::Link],
            Self::Other => &[Kind::Other],
        }
    }
}

/// What messages and events have in common.
struct Received(message::Model);

impl Received {
    async fn sender(&self, ctx: &Context<'_>) -> Result<Option<Follower>> {
        let key = (self.0.account_id.clone(), self.0.openid.clone());
        Ok(find(ctx, FollowerByOpenid(key)).await?.map(Follower))
    }

    fn content(&self) -> Option<String> {
        self.0.content.clone().filter(|_| self.0.kind == Kind::Text)
    }

    /// Public address of a stored file.
    fn url(&self, ctx: &Context<'_>, file_id: Option<&String>) -> Option<String> {
        file_id.map(|id| files::url(domain(ctx), &self.0.account_id, id))
    }
}

/// A type with what all messages have, and its own fields.
macro_rules! message_type {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $ty:ty),* } { $($own:tt)* }) => {
        $(#[$doc])*
        pub struct $name {
            received: Received,
            $($field: $ty,)*
        }

        $(#[$doc])*
        #[Object]
        impl $name {
            /// WeChat's number of the message.
            async fn id(&self) -> ID {
                ID(self.received.0.id.clone())
            }

            /// What kind of message it is.
            #[graphql(name = "type")]
            async fn kind(&self) -> MessageType {
                MessageType::of(self.received.0.kind)
            }

            /// What was written; null for all but texts.
            async fn content(&self) -> Option<String> {
                self.received.content()
            }

            /// When it was sent, by WeChat's clock and to the second.
            async fn sent_at(&self) -> DateTime {
                self.received.0.created_at.into()
            }

            /// When it was stored here.
            async fn received_at(&self) -> DateTime {
                self.received.0.received_at.into()
            }

            /// The follower who sent it, also one who has left; null for somebody who is not known here.
            async fn sender(&self, ctx: &Context<'_>) -> Result<Option<Follower>> {
                self.received.sender(ctx).await
            }

            /// WeChat's id of the sender for this account.
            async fn sender_openid(&self) -> ID {
                ID(self.received.0.openid.clone())
            }

            /// Whether a keyword rule answers it. Answers of other rules do not count.
            async fn answered_by_keyword(&self) -> bool {
                self.received.0.by_keyword
            }

            /// The automatic reply; null where there is none.
            async fn reply(&self) -> Option<AutomaticReply> {
                AutomaticReply::of(&self.received.0)
            }

            $($own)*
        }
    };
}

message_type! {
    /// A text of a follower.
    TextMessage {} {}
}

message_type! {
    /// An image of a follower.
    ImageMessage { media_id: String, picture_url: String } {
        /// WeChat's id of the file, which it keeps for three days.
        async fn media_id(&self) -> &str {
            &self.media_id
        }

        /// WeChat's own address of the picture; it does not last.
        async fn picture_url(&self) -> &str {
            &self.picture_url
        }

        /// Public address of the file kept here, for everybody who knows it; null until it is downloaded.
        async fn url(&self, ctx: &Context<'_>) -> Option<String> {
            self.received.url(ctx, self.received.0.file_id.as_ref())
        }

        /// Why the file could not be downloaded; null while it is not given up. Retry the job to try again.
        async fn file_error(&self) -> Option<&str> {
            self.received.0.file_error.as_deref()
        }
    }
}

message_type! {
    /// A voice message of a follower.
    VoiceMessage { media_id: String, format: String, recognition: Option<String> } {
        /// WeChat's id of the file, which it keeps for three days.
        async fn media_id(&self) -> &str {
            &self.media_id
        }

        /// Format of the recording, as WeChat names it: `amr` or `speex`.
        async fn format(&self) -> &str {
            &self.format
        }

        /// The words that WeChat recognised; empty for none.
        async fn recognition(&self) -> &str {
            self.recognition.as_deref().unwrap_or_default()
        }

        /// Public address of the file kept here, for everybody who knows it; null until it is downloaded.
        async fn url(&self, ctx: &Context<'_>) -> Option<String> {
            self.received.url(ctx, self.received.0.file_id.as_ref())
        }

        /// Why the file could not be downloaded; null while it is not given up. Retry the job to try again.
        async fn file_error(&self) -> Option<&str> {
            self.received.0.file_error.as_deref()
        }
    }
}

message_type! {
    /// A video of a follower.
    VideoMessage { media_id: String, thumb_media_id: String } {
        /// WeChat's id of the file, which it keeps for three days.
        async fn media_id(&self) -> &str {
            &self.media_id
        }

        /// WeChat's id of the cover, which it keeps for three days.
        async fn thumb_media_id(&self) -> &str {
            &self.thumb_media_id
        }

        /// Public address of the file kept here, for everybody who knows it; null until it is downloaded.
        async fn url(&self, ctx: &Context<'_>) -> Option<String> {
            self.received.url(ctx, self.received.0.file_id.as_ref())
        }

        /// Public address of the cover kept here; null until it is downloaded.
        async fn thumb_url(&self, ctx: &Context<'_>) -> Option<String> {
            self.received.url(ctx, self.received.0.thumb_file_id.as_ref())
        }

        /// Whether it is a short one that was taken within the chat (小视频).
        async fn is_short(&self) -> bool {
            self.received.0.kind == Kind::ShortVideo
        }

        /// Always null: WeChat gives videos of followers no title.
        async fn title(&self) -> Option<String> {
            None
        }

        /// Always null: WeChat gives videos of followers no description.
        async fn description(&self) -> Option<String> {
            None
        }

        /// Why a file could not be downloaded; null while none is given up. Retry the job to try again.
        async fn file_error(&self) -> Option<&str> {
            self.received.0.file_error.as_deref()
        }
    }
}

message_type! {
    /// A place that a follower sent.
    LocationMessage { latitude: String, longitude: String, scale: String, label: String } {
        /// Degrees north, as WeChat wrote them.
        async fn latitude(&self) -> &str {
            &self.latitude
        }

        /// Degrees east, as WeChat wrote them.
        async fn longitude(&self) -> &str {
            &self.longitude
        }

        /// Zoom of the map, as WeChat wrote it.
        async fn scale(&self) -> &str {
            &self.scale
        }

        /// What is there; may be empty.
        async fn label(&self) -> &str {
            &self.label
        }
    }
}

message_type! {
    /// A link that a follower sent.
    LinkMessage { title: String, description: String, url: String } {
        /// Title of the page.
        async fn title(&self) -> &str {
            &self.title
        }

        /// Description of the page; may be empty.
        async fn description(&self) -> &str {
            &self.description
        }

        /// Address of the page, as the follower sent it.
        async fn url(&self) -> &str {
            &self.url
        }
    }
}

message_type! {
    /// A message of a kind that this service does not know.
    OtherMessage {} {
        /// WeChat's name of the kind.
        async fn type_name(&self) -> &str {
            self.received.0.event.as_deref().unwrap_or_default()
        }

        /// Everything that WeChat sent, as a JSON object: elements as members, repeated ones as lists.
        async fn payload(&self) -> &str {
            &self.received.0.payload
        }
    }
}

/// A message that a follower sent.
#[expect(clippy::duplicated_attributes, reason = "several fields have one type")]
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "WeChat's number of the message."),
    field(name = "type", method = "kind", ty = "MessageType", desc = "What kind of message it is."),
    field(name = "content", ty = "Option<String>", desc = "What was written; null for all but texts."),
    field(name = "sent_at", ty = "DateTime", desc = "When it was sent, by WeChat's clock and to the second."),
    field(name = "received_at", ty = "DateTime", desc = "When it was stored here."),
    field(
        name = "sender",
        ty = "Option<Follower>",
        desc = "The follower who sent it, also one who has left; null for somebody who is not known here."
    ),
    field(name = "sender_openid", ty = "ID", desc = "WeChat's id of the sender for this account."),
    field(
        name = "answered_by_keyword",
        ty = "bool",
        desc = "Whether a keyword rule answers it. Answers of other rules do not count."
    ),
    field(name = "reply", ty = "Option<AutomaticReply>", desc = "The automatic reply; null where there is none.")
)]
pub enum Message {
    /// A text.
    Text(TextMessage),
    /// An image.
    Image(ImageMessage),
    /// A voice message.
    Voice(VoiceMessage),
    /// A video.
    Video(VideoMessage),
    /// A place.
    Location(LocationMessage),
    /// A link.
    Link(LinkMessage),
    /// Any other.
    Other(OtherMessage),
}

impl From<message::Model> for Message {
    fn from(row: message::Model) -> Self {
        let content = match messages::read(&row) {
            Some(push::Kind::Message(message)) => Some(message.content),
            _ => None,
        };
        let received = Received(row);
        match content {
            Some(Content::Text { .. }) => Self::Text(TextMessage { received }),
            Some(Content::Image { media_id, picture_url }) => {
                Self::Image(ImageMessage { received, media_id, picture_url })
            }
            Some(Content::Voice { media_id, format, recognition, .. }) => {
                Self::Voice(VoiceMessage { received, media_id, format, recognition })
            }
            Some(Content::Video { media_id, thumb_media_id } | Content::ShortVideo { media_id, thumb_media_id }) => {
                Self::Video(VideoMessage { received, media_id, thumb_media_id })
            }
            Some(Content::Location { latitude, longitude, scale, label }) => {
                Self::Location(LocationMessage { received, latitude, longitude, scale, label })
            }
            Some(Content::Link { title, description, url }) => {
                Self::Link(LinkMessage { received, title, description, url })
            }
            Some(Content::Other { .. }) | None => Self::Other(OtherMessage { received }),
        }
    }
}

/// How many messages, or events, there are in a list.
pub struct MessageTotal(pub(super) messages::List);

impl Count for MessageTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(answer(ctx, MessageCount(self.0.clone())).await?)
    }
}

#[Object]
impl MessageTotal {
    /// How many rows the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.count(ctx).await
    }
}
