//! Files: what is known of an object in the storage.
//!
//! A row exists before its object and longer than it, so nothing in the storage is ever without a row.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One file of an account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stored_file")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7 and the extension of the format: `….jpg`. The object's key is the account's id, a slash and this.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Media type of the content, `image/jpeg`.
    pub media_type: String,
    /// Length in bytes.
    pub size: i64,
    /// SHA-256 of the content, 64 hexadecimal digits.
    pub sha256: String,
    /// Where it stands.
    pub state: State,
    /// When it came into this state.
    pub changed_at: Timestamp,
    /// When it was received.
    pub created_at: Timestamp,
}

/// Where a file stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum State {
    /// Being written, or left behind by a process that died while writing.
    #[sea_orm(string_value = "arriving")]
    Arriving,
    /// Belongs to something.
    #[sea_orm(string_value = "kept")]
    Kept,
    /// Nothing needs it any more; its object goes after a while.
    #[sea_orm(string_value = "released")]
    Released,
    /// Its object is gone.
    #[sea_orm(string_value = "swept")]
    Swept,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
