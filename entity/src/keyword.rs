//! The words that keyword rules listen to.

use sea_orm::entity::prelude::*;

/// One keyword of one rule.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "keyword")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7; another one each time the rule's keywords are replaced.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The rule.
    pub rule_id: String,
    /// Its place in the rule, from 1.
    pub position: i32,
    /// The word, as it was written.
    pub content: String,
    /// Whether a message need only contain it; otherwise it must be the whole message.
    pub fuzzy: bool,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
