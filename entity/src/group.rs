//! Groups of followers: WeChat's tags, and groups that exist only here.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One group of an account.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follower_group")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// `0` ungrouped, `1` blacklist, `2` starred; the decimal id of a WeChat tag; or a UUID for a local group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Name, unique among the live groups of the account.
    pub name: String,
    /// The name while the group is live, null once it is deleted: the unique index on it ignores deleted groups.
    pub live_name: Option<String>,
    /// Id of the WeChat tag that this group mirrors; none for local groups.
    pub wechat_tag_id: Option<i64>,
    /// Followers that are listed in the group. Kept in step with every change.
    pub follower_count: i64,
    /// When the group was made or first fetched.
    pub created_at: Timestamp,
    /// When it was deleted; null while it is live.
    pub deleted_at: Option<Timestamp>,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
