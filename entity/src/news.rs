//! News (图文): ordered sets of articles.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One news of an account. Its articles are rows of their own.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "news")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Names the present content; every change makes a new one. UUIDv7.
    pub revision: String,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// When its articles last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; null while it is live.
    pub deleted_at: Option<Timestamp>,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
