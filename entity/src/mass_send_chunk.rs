//! The parts in which WeChat takes a mass send.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// What one call to WeChat sends.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mass_send_chunk")]
pub struct Model {
    /// The account that sends.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The mass send that it is a part of.
    pub mass_send_id: String,
    /// Its place, from 0.
    pub position: i32,
    /// How many followers it goes to.
    pub recipients: i64,
    /// The `clientmsgid`, by which WeChat tells a repetition from a second send: 32 hexadecimal digits. A new one only after
    /// what was sent under the old one reached nobody.
    pub client_msg_id: String,
    /// Where it stands.
    pub state: State,
    /// WeChat's id of what it shows; null for texts, and before it is prepared.
    pub media_id: Option<String>,
    /// Whether a call that may have sent it brought no answer that says so.
    pub maybe_sent: bool,
    /// WeChat's number of the send; null before WeChat took it.
    pub msg_id: Option<i64>,
    /// WeChat's number of the articles that were sent, for its statistics.
    pub msg_data_id: Option<i64>,
    /// How it ended, in WeChat's words.
    pub status: Option<String>,
    /// WeChat's code when it was refused.
    pub errcode: Option<i64>,
    /// Why it was not sent, or why that is not known, in words fit for a client.
    pub error: Option<String>,
    /// How many it was to go to, by WeChat's count.
    pub total_count: Option<i64>,
    /// How many of them were left after WeChat's filters.
    pub filter_count: Option<i64>,
    /// How many it was sent to.
    pub sent_count: Option<i64>,
    /// To how many it could not be sent.
    pub error_count: Option<i64>,
    /// When WeChat was first asked to send it under this `clientmsgid`; null again once WeChat said that it did not.
    pub submitted_at: Option<Timestamp>,
    /// When WeChat took it.
    pub sent_at: Option<Timestamp>,
    /// When it ended, in whatever way.
    pub finished_at: Option<Timestamp>,
    /// When its articles were deleted at WeChat.
    pub deleted_at: Option<Timestamp>,
}

/// Where a chunk stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum State {
    /// Nothing of it was sent, and nobody asked WeChat to, or WeChat said not yet.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// WeChat is being asked; where it stays so, the process died, and whether it was sent has to be found out.
    #[sea_orm(string_value = "submitting")]
    Submitting,
    /// The account's administrator has to confirm it in WeChat.
    #[sea_orm(string_value = "awaiting_approval")]
    AwaitingApproval,
    /// WeChat took it.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// WeChat has sent it.
    #[sea_orm(string_value = "finished")]
    Finished,
    /// It was not sent.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Whether it was sent is not known. It is not sent again by itself.
    #[sea_orm(string_value = "unclear")]
    Unclear,
    /// It was stopped before it was sent.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
