//! Messages that the account's staff wrote to a follower.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::keyword_rule::ReplyKind;

/// One message of the staff.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "human_reply")]
pub struct Model {
    /// The account that wrote.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// To whom.
    pub openid: String,
    /// What it is.
    pub kind: ReplyKind,
    /// The text of a text that was written for this follower alone; null for a stored material.
    pub text: Option<String>,
    /// The stored material; null for a text that was written for this follower alone.
    pub material_id: Option<String>,
    /// Where it stands.
    pub state: State,
    /// WeChat's code when it was refused.
    pub errcode: Option<i64>,
    /// Why it was not sent, or why that is not known, in words fit for a client.
    pub error: Option<String>,
    /// Who wrote it, as the audit trail names him.
    pub actor: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When WeChat took it.
    pub sent_at: Option<Timestamp>,
}

/// Where a message of the staff stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum State {
    /// On its way; where it stays so, the process died and whether it arrived is not known.
    #[sea_orm(string_value = "sending")]
    Sending,
    /// WeChat took it.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// WeChat refused it.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Whether WeChat took it is not known. It is not sent again by itself.
    #[sea_orm(string_value = "unclear")]
    Unclear,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
