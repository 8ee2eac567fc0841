//! Answers that were given to requests with an `Idempotency-Key`.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One key within one scope.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// SHA-256 over caller, account and key, hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// SHA-256 over the request: method, target and body. Null while the first request is being read.
    pub fingerprint: Option<String>,
    /// HTTP status of the answer; null while the first request runs.
    pub status: Option<i16>,
    /// Content-Type of the answer.
    pub content_type: Option<String>,
    /// Body of the answer.
    #[sea_orm(column_type = "VarBinary(StringLen::None)", nullable)]
    pub body: Option<Vec<u8>>,
    /// When the key was first seen.
    pub created_at: Timestamp,
    /// The row may be forgotten from this instant on; while the first request runs, the end of its claim.
    pub expires_at: Timestamp,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
