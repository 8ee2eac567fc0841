//! Rules that say what the account answers, and when.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One rule of one account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "keyword_rule")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Name for people. Of the rules that an account has once it is `__subscribe` or `__default`.
    pub name: String,
    /// When it answers.
    pub purpose: Purpose,
    /// The purpose, while the rule is live and its purpose allows only one; otherwise null. Unique within the account.
    pub only_one: Option<Purpose>,
    /// What kind of reply it gives.
    pub reply_kind: ReplyKind,
    /// The material that is the reply; it may have been deleted since.
    pub reply_id: String,
    /// When it was made. Older rules go before younger ones.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; null while it is live.
    pub deleted_at: Option<Timestamp>,
}

/// When a rule answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Purpose {
    /// When a message has one of its keywords.
    #[sea_orm(string_value = "keywords")]
    Keywords,
    /// When somebody follows the account; one such rule an account.
    #[sea_orm(string_value = "subscribe")]
    Subscribe,
    /// When nothing else answers; one such rule an account.
    #[sea_orm(string_value = "default")]
    Default,
}

/// What a reply is, of rules and menu buttons alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum ReplyKind {
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
    /// A voice, shown as music.
    #[sea_orm(string_value = "music")]
    Music,
    /// A news.
    #[sea_orm(string_value = "news")]
    News,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
