//! Official Accounts that are bound to this service.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One Official Account (公众号 or 服务号).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// The `$INFO_ID` of the V1 document.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// WeChat's original id of the account, `gh_…`: the `ToUserName` of every push. Unique.
    pub weixin_id: String,
    /// Name for people; free text.
    pub name: Option<String>,
    /// Product kind; decides what WeChat lets the account do.
    pub kind: Kind,
    /// Whether WeChat has verified (认证) the owner; decides what WeChat lets the account do.
    pub verified: bool,
    /// `wx` and 16 hexadecimal digits; none until the credentials were filled in.
    pub app_id: Option<String>,
    /// App secret, sealed; see `secrets` in the service.
    pub app_secret: Option<String>,
    /// Token that signs the webhook, to be entered in WeChat's console.
    pub webhook_token: String,
    /// EncodingAESKey of the webhook, sealed.
    pub encoding_aes_key: Option<String>,
    /// How WeChat delivers to the webhook.
    pub webhook_mode: WebhookMode,
    /// Followers that are subscribed and not blocked. Kept in step with every change.
    pub follower_count: i64,
    /// End of the last complete fetch of the followers from WeChat.
    pub followers_fetched_at: Option<Timestamp>,
    /// Grows with every change of the keyword rules, so that whoever compiled them knows whether they are still those.
    pub rules_version: i64,
    /// When the account was bound.
    pub created_at: Timestamp,
    /// Last change of the account's own settings.
    pub updated_at: Timestamp,
}

/// Product kinds of Official Accounts. Source: WeChat reference, section 1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Kind {
    /// 服务号.
    #[sea_orm(string_value = "service")]
    Service,
    /// 公众号, formerly called 订阅号.
    #[sea_orm(string_value = "subscription")]
    Subscription,
}

/// How WeChat delivers pushes. Source: WeChat reference, section 16.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum WebhookMode {
    /// 明文: clear text.
    #[sea_orm(string_value = "plain")]
    Plain,
    /// 兼容: clear text and cipher text.
    #[sea_orm(string_value = "compatible")]
    Compatible,
    /// 安全: cipher text only.
    #[sea_orm(string_value = "safe")]
    Safe,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
