//! Who did what and when, for actions that cannot be undone or that touch credentials.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One action.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// UUIDv7, so the rows sort by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// `token:<id>`, or `local` where authentication is off, or `command` for the command line.
    pub actor: String,
    /// The account concerned, if one is. No foreign key: the trail outlives the account.
    pub account_id: Option<String>,
    /// The action, `group.delete`.
    pub action: String,
    /// Id of the object concerned.
    pub object_id: Option<String>,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
