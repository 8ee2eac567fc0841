//! Mass sends (群发): one message to many followers.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One mass send. The parts in which WeChat takes it are its chunks.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mass_send")]
pub struct Model {
    /// The account that sends.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The app that WeChat knows the account by; followers and media are those of one app only.
    pub app_id: String,
    /// What is sent.
    pub kind: Kind,
    /// The material that is sent.
    pub material_id: String,
    /// The group that was chosen; `-1` for everybody.
    pub group_id: String,
    /// The gender that was chosen, as WeChat counts it; null for any.
    pub gender: Option<i16>,
    /// How WeChat is told to whom it goes.
    pub way: Way,
    /// WeChat's number of the tag, where it goes to one.
    pub tag_id: Option<i64>,
    /// Whether it goes out, too, where WeChat finds an article to be a reprint.
    pub ignore_reprint: bool,
    /// Where it stands; what its chunks come to.
    pub state: State,
    /// How many followers it goes to.
    pub recipients: i64,
    /// Not to go out before; null: at once.
    pub scheduled_at: Option<Timestamp>,
    /// When everything that it shows was at WeChat.
    pub prepared_at: Option<Timestamp>,
    /// When nothing was left to be done.
    pub finished_at: Option<Timestamp>,
    /// When its articles were deleted at WeChat.
    pub deleted_at: Option<Timestamp>,
    /// What went wrong last while it was prepared, in words fit for a client.
    pub last_error: Option<String>,
    /// Who sends it, as the audit trail names him.
    pub actor: String,
    /// When it was accepted.
    pub created_at: Timestamp,
}

/// What a mass send shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Kind {
    /// A text.
    #[sea_orm(string_value = "text")]
    Text,
    /// An image.
    #[sea_orm(string_value = "image")]
    Image,
    /// A voice.
    #[sea_orm(string_value = "voice")]
    Voice,
    /// A video.
    #[sea_orm(string_value = "video")]
    Video,
    /// A news, of one or several articles.
    #[sea_orm(string_value = "news")]
    News,
}

/// How WeChat is told who gets a mass send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Way {
    /// By lists of openids, at most 10,000 in each.
    #[sea_orm(string_value = "openids")]
    Openids,
    /// By a tag: whoever carries it.
    #[sea_orm(string_value = "tag")]
    Tag,
    /// Not at all: everybody.
    #[sea_orm(string_value = "everybody")]
    Everybody,
    /// As a preview to a single follower: WeChat's lists begin with two.
    #[sea_orm(string_value = "preview")]
    Preview,
}

/// Where a mass send stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum State {
    /// It waits for its time.
    #[sea_orm(string_value = "queued")]
    Queued,
    /// What it shows is being taken to WeChat.
    #[sea_orm(string_value = "preparing")]
    Preparing,
    /// The account's administrator has to confirm it in WeChat.
    #[sea_orm(string_value = "awaiting_approval")]
    AwaitingApproval,
    /// It is being handed to WeChat.
    #[sea_orm(string_value = "sending")]
    Sending,
    /// WeChat has taken all of it, and has not yet reported on all of it.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// WeChat has sent all of it.
    #[sea_orm(string_value = "finished")]
    Finished,
    /// Some of it was sent, and some of it was refused or cancelled.
    #[sea_orm(string_value = "partly_failed")]
    PartlyFailed,
    /// Nothing of it was sent.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// It was stopped before anything of it went out.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
    /// Whether some of it was sent is not known; a person has to look.
    #[sea_orm(string_value = "unclear")]
    Unclear,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
