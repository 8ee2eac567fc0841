//! To whom the chunks of a mass send go: beside them, because a list is long and seldom read.

use sea_orm::entity::prelude::*;

/// The recipients of one chunk, as they were settled when the mass send was accepted.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mass_send_audience")]
pub struct Model {
    /// The account that sends.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// The chunk.
    #[sea_orm(primary_key, auto_increment = false)]
    pub chunk_id: String,
    /// The openids, one a line.
    pub openids: String,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
