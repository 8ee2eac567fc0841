//! Who is in which group. The groups `0` and `1` are flags of the follower and have no rows here.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One follower in one group.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_member")]
pub struct Model {
    /// The account of both.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// The group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: String,
    /// The follower.
    #[sea_orm(primary_key, auto_increment = false)]
    pub openid: String,
    /// When the follower was put into the group; lists show the newest first.
    pub joined_at: Timestamp,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
