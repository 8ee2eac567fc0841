//! How many messages an account has, kept in step with the messages so that no list counts them.

use sea_orm::entity::prelude::*;

/// The messages of one account, events apart. There is no row before the first one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_tally")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// All of them.
    pub messages: i64,
    /// Those that a keyword rule answered.
    pub by_keyword: i64,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
