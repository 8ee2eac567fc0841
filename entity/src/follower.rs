//! People who follow an account, or once did.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One follower of one account.
///
/// A follower is in exactly one of four states: gone (`subscribed` false), blocked, ungrouped, or in at least one
/// group. So `blocked` and `ungrouped` are never both true, and a follower who is gone or blocked is in no group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveEntityModel)]
#[sea_orm(table_name = "follower")]
pub struct Model {
    /// The account that is followed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// WeChat's id of the person for this account. Compared exactly: case matters.
    #[sea_orm(primary_key, auto_increment = false)]
    pub openid: String,
    /// WeChat's id of the person across accounts of one Open Platform owner.
    pub unionid: Option<String>,
    /// WeChat has not given nicknames, pictures, genders and regions since 2021-12-27; old rows have them.
    pub nickname: Option<String>,
    /// Remark that the account's staff wrote.
    pub remark: Option<String>,
    /// Gender as WeChat counts it: 0 unknown, 1 male, 2 female.
    pub gender: i16,
    /// Country, in the language asked for (zh_CN).
    pub country: Option<String>,
    /// Province.
    pub province: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Language of the person's WeChat, `zh_CN`.
    pub language: Option<String>,
    /// Address of the picture.
    pub avatar_url: Option<String>,
    /// How the person found the account, `ADD_SCENE_…`; an open set of WeChat's.
    pub subscribe_scene: Option<String>,
    /// Whether the person follows now.
    pub subscribed: bool,
    /// Whether the person is on the blacklist.
    pub blocked: bool,
    /// Whether the person follows, is not blocked and is in no group.
    pub ungrouped: bool,
    /// Start of the latest subscription. Where WeChat does not say: when the follower was first seen.
    pub subscribed_at: Timestamp,
    /// When the person left; cleared by a new subscription.
    pub unsubscribed_at: Option<Timestamp>,
    /// When WeChat last confirmed, by a list or by an event, that the person follows.
    pub seen_at: Timestamp,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
