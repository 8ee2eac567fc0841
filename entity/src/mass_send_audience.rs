//! To whom the chunks of a mass send go: beside them, because a list is long and seldom read; in slices, because a long
//! value takes long to be written (see `database::STATEMENT_BYTES` in the service).

use sea_orm::entity::prelude::*;

/// Some of the recipients of one chunk, as they were settled when the mass send was accepted.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mass_send_audience")]
pub struct Model {
    /// The account that sends.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// The chunk.
    #[sea_orm(primary_key, auto_increment = false)]
    pub chunk_id: String,
    /// The place of the slice, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slice: i32,
    /// The openids, one a line.
    pub openids: String,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
