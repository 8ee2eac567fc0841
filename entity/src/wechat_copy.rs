//! Copies at WeChat: what WeChat holds of a file or of a news.
//!
//! The source never changes under its id: another content is another file or another revision, and needs another copy.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One copy of a file or of a revision of a news.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "wechat_copy")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// What it is at WeChat.
    #[sea_orm(primary_key, auto_increment = false)]
    pub form: Form,
    /// The file, or the revision of a news, that it is a copy of.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source_id: String,
    /// Where it stands.
    pub state: State,
    /// WeChat's id of it; none before the first upload, and none for article images.
    pub media_id: Option<String>,
    /// WeChat's address of it, where WeChat gives one.
    pub url: Option<String>,
    /// Why the last attempt failed, in words fit for a client; none after a success.
    pub last_error: Option<String>,
    /// When WeChat took it, by WeChat's clock.
    pub uploaded_at: Option<Timestamp>,
    /// When WeChat drops it; null for what WeChat keeps.
    pub expires_at: Option<Timestamp>,
    /// When this row last changed.
    pub changed_at: Timestamp,
}

/// What a copy is at WeChat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Form {
    /// Temporary media (`media/upload`), dropped by WeChat after three days.
    #[sea_orm(string_value = "temporary")]
    Temporary,
    /// Permanent material (`material/add_material`).
    #[sea_orm(string_value = "permanent")]
    Permanent,
    /// An image for the content of articles (`media/uploadimg`), known by its address.
    #[sea_orm(string_value = "article_image")]
    ArticleImage,
    /// A draft of a news (`draft/add`), consumed when it is sent or published.
    #[sea_orm(string_value = "draft")]
    Draft,
}

/// Where a copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum State {
    /// Asked for, not at WeChat yet.
    #[sea_orm(string_value = "pending")]
    Pending,
    /// At WeChat, until it expires if it does.
    #[sea_orm(string_value = "ready")]
    Ready,
    /// Given up; the last error says why.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// A draft that was sent or published, and so is no draft any more.
    #[sea_orm(string_value = "consumed")]
    Consumed,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
