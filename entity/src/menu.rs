//! What is known of an account's menu as a whole.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// The menu of one account. There is no row before the first fetch or publication.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "menu")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// End of the last fetch from WeChat.
    pub fetched_at: Option<Timestamp>,
    /// The last successful publication, or fetch, whichever was later.
    pub published_at: Option<Timestamp>,
    /// What WeChat shows since then, as the JSON text that would be published; null when nothing is known.
    pub published: Option<String>,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
