//! What WeChat pushed: messages of followers, and events. One row a push, however often it was delivered.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::keyword_rule::ReplyKind;

/// One push to one account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// The account it was pushed to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// WeChat's number of a message; of other pushes, what tells them from each other. The same in every delivery.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Which delivery was stored, a UUIDv7: of several at once the one that finds its own name here was the first.
    pub delivery: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it is an event, and so in no list of messages.
    pub is_event: bool,
    /// The name of an event, in lower case; of a message of an unknown kind, its type. Otherwise null.
    pub event: Option<String>,
    /// The sender. Of events that report a result it is one of WeChat's own and no follower.
    pub openid: String,
    /// The text of a text message, or the recognised words of a voice.
    pub content: Option<String>,
    /// `content` in the form in which texts are searched.
    pub folded: Option<String>,
    /// All that WeChat sent, as JSON: elements as members, repeated ones as lists.
    pub payload: String,
    /// When WeChat made it, to the second.
    pub created_at: Timestamp,
    /// When it was stored here.
    pub received_at: Timestamp,
    /// Whether a keyword rule answers it; the rules of other purposes do not count.
    pub by_keyword: bool,
    /// The rule that answers it; null for none.
    pub rule_id: Option<String>,
    /// The menu button whose reply it gets; null for none.
    pub button_id: Option<String>,
    /// Where the automatic reply stands.
    pub reply_state: ReplyState,
    /// What kind of reply; null for none.
    pub reply_kind: Option<ReplyKind>,
    /// The material that is the reply; null exactly if the kind is.
    pub reply_id: Option<String>,
    /// The reply as it was given, as JSON; null before it was.
    pub reply: Option<String>,
    /// When the reply was given.
    pub replied_at: Option<Timestamp>,
    /// Why the reply could not be given, in words fit for a client.
    pub reply_error: Option<String>,
    /// The stored file of its image, voice or video, once it was downloaded.
    pub file_id: Option<String>,
    /// The stored file of its video's cover, once it was downloaded.
    pub thumb_file_id: Option<String>,
    /// Why a file of it could not be downloaded, in words fit for a client.
    pub file_error: Option<String>,
}

/// What a push is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Kind {
    /// A text.
    #[sea_orm(string_value = "text")]
    Text,
    /// An image.
    #[sea_orm(string_value = "image")]
    Image,
    /// A voice message.
    #[sea_orm(string_value = "voice")]
    Voice,
    /// A video.
    #[sea_orm(string_value = "video")]
    Video,
    /// A video taken within the chat.
    #[sea_orm(string_value = "short_video")]
    ShortVideo,
    /// A place.
    #[sea_orm(string_value = "location")]
    Location,
    /// A link to a page.
    #[sea_orm(string_value = "link")]
    Link,
    /// A message of a kind that is not known.
    #[sea_orm(string_value = "other")]
    Other,
    /// Something that happened.
    #[sea_orm(string_value = "event")]
    Event,
}

/// Where an automatic reply stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum ReplyState {
    /// There is nothing to say.
    #[sea_orm(string_value = "none")]
    None,
    /// It waits for what it shows to be at WeChat.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// It was the answer to the delivery.
    #[sea_orm(string_value = "answered")]
    Answered,
    /// It goes out by itself, as a customer-service message.
    #[sea_orm(string_value = "deferred")]
    Deferred,
    /// It went out by itself.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// It could not be given.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// It went out by itself, and whether it arrived is not known.
    #[sea_orm(string_value = "unclear")]
    Unclear,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
