//! The buttons of an account's menu, as they are edited here.

use sea_orm::entity::prelude::*;

use crate::Timestamp;
use crate::keyword_rule::ReplyKind;

/// One button of one account's menu.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "menu_button")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The button that opens the list it is in; null for a button of the bar itself.
    pub parent_id: Option<String>,
    /// What is written on it.
    pub name: String,
    /// WeChat's type of it (`click`, `view`, `miniprogram`, …); null while it does nothing.
    pub kind: Option<String>,
    /// The key that its clicks report. Once given it stays, also while the button does nothing.
    pub keycode: Option<String>,
    /// The address that it opens.
    pub url: Option<String>,
    /// What kind of reply a click gets; null for none.
    pub reply_kind: Option<ReplyKind>,
    /// The material that is the reply; null exactly if the kind is.
    pub reply_id: Option<String>,
    /// Its place among its siblings, from 1, without gaps.
    pub sequence: i32,
    /// What WeChat has beside type, name, key and address (`appid`, `pagepath`, `media_id`, …): a JSON object.
    pub details: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
