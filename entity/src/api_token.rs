//! Credentials of the API's callers.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One API token. The token itself is shown once and never stored.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// UUIDv7; what `token list` and the audit show.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What the token is for, in the words of whoever made it.
    pub label: Option<String>,
    /// SHA-256 of the token, hexadecimal. A token has 256 random bits, so a plain digest is enough.
    pub digest: String,
    /// What it may do.
    pub role: Role,
    /// Whether it is limited to the accounts in `api_token_account`.
    pub limited: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Not valid from this instant on.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a token may do; each role includes the ones below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Role {
    /// Queries.
    #[sea_orm(string_value = "reader")]
    Reader,
    /// Queries and everyday mutations.
    #[sea_orm(string_value = "writer")]
    Writer,
    /// Everything: binding accounts and changing credentials too.
    #[sea_orm(string_value = "admin")]
    Admin,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
