//! Binding Official Accounts, and their credentials.

use entity::account::{self, Kind, WebhookMode};
use entity::api_token::Role;
use entity::job;
use rand::distr::{Alphanumeric, SampleString as _};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, Order,
    PaginatorTrait as _, QueryFilter as _, Select, SqlErr,
};
use secrecy::{ExposeSecret as _, SecretString};

use super::page::{Keyset, Slice, Window};
use super::{Context, Scope, checks, copies, credentials, followers, groups, menu};
use crate::access::Principal;
use crate::error::{Error, Result};
use crate::{audit, clock, database, wechat};

/// Characters of a webhook token; WeChat's console takes 3 to 32. Source: WeChat reference, section 16.1.
const WEBHOOK_TOKEN_LENGTH: usize = 32;

/// Binds an account by WeChat's original id (`gh_…`), or returns the one that is bound already.
///
/// `weixin_id`: 1 to 100 characters. `name`: at most 100, kept when the account exists already.
/// Errors: `Forbidden` unless the caller is an unlimited admin, since others could not see what they bound.
/// Source: /v1 `POST /bind`; behaviour, part 4 and D24.
pub async fn bind(
    context: &Context,
    principal: &Principal,
    weixin_id: &str,
    name: Option<&str>,
) -> Result<account::Model> {
    principal.require(Role::Admin)?;
    principal.require_unlimited()?;
    let weixin_id = checks::required("weixinId", weixin_id, checks::NAME_LENGTH)?;
    let name = checks::optional("name", name, checks::NAME_LENGTH)?;
    if let Some(bound) = find_by_weixin_id(context, &weixin_id).await? {
        return Ok(bound);
    }
    match insert(context, principal, &weixin_id, name).await {
        // Somebody else bound it in between.
        Err(Error::Database(error)) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            find_by_weixin_id(context, &weixin_id).await?.ok_or(Error::Database(error))
        }
        inserted => inserted,
    }
}

async fn find_by_weixin_id(context: &Context, weixin_id: &str) -> Result<Option<account::Model>> {
    let query = account::Entity::find().filter(account::Column::WeixinId.eq(weixin_id));
    Ok(query.one(&context.database).await?)
}

async fn insert(
    context: &Context,
    principal: &Principal,
    weixin_id: &str,
    name: Option<String>,
) -> Result<account::Model> {
    let now = clock::now();
    let account = account::ActiveModel {
        id: Set(clock::new_id()),
        weixin_id: Set(weixin_id.to_owned()),
        name: Set(name),
        kind: Set(Kind::Service),
        verified: Set(true),
        app_id: Set(None),
        app_secret: Set(None),
        webhook_token: Set(Alphanumeric.sample_string(&mut rand::rng(), WEBHOOK_TOKEN_LENGTH)),
        encoding_aes_key: Set(None),
        webhook_mode: Set(WebhookMode::Plain),
        follower_count: Set(0),
        followers_fetched_at: Set(None),
        rules_version: Set(0),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let txn = database::begin(&context.database).await?;
    let account = account::Entity::insert(account).exec_with_returning(&txn).await?;
    groups::create_system_groups(&txn, &account.id).await?;
    audit::record(&txn, &principal.actor, "account.bind", Some(&account.id), None).await?;
    txn.commit().await?;
    Ok(account)
}

/// One account. Errors: `NotFound`, also for one that this caller may not see.
pub async fn find(context: &Context, principal: &Principal, id: &str) -> Result<account::Model> {
    let missing = || Error::not_found("account", id);
    if !checks::is_possible_id(id) || !principal.may_see(id) {
        return Err(missing());
    }
    account::Entity::find_by_id(id).one(&context.database).await?.ok_or_else(missing)
}

/// The account that WeChat calls. Errors: `NotFound`.
pub async fn of_webhook(context: &Context, id: &str) -> Result<account::Model> {
    let missing = || Error::not_found("account", id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    account::Entity::find_by_id(id).one(&context.database).await?.ok_or_else(missing)
}

/// The account that a job works for. Errors: `NotFound`.
pub async fn of_job(context: &Context, job: &job::Model) -> Result<account::Model> {
    let account = account::Entity::find_by_id(&job.account_id).one(&context.database).await?;
    account.ok_or_else(|| Error::not_found("account", &job.account_id))
}

/// The accounts that this caller may see, newest first.
pub async fn slice(context: &Context, principal: &Principal, window: &Window) -> Result<Slice<account::Model>> {
    let query = visible(principal);
    let stretch = window.apply(query, account::Column::CreatedAt, account::Column::Id, Order::Desc);
    Ok(window.cut(stretch.read(&context.database).await?))
}

/// How many accounts this caller may see.
pub async fn count(context: &Context, principal: &Principal) -> Result<u64> {
    Ok(visible(principal).count(&context.database).await?)
}

/// The place of an account in the list.
pub fn place(account: &account::Model) -> Keyset {
    Keyset { at: account.created_at, id: account.id.clone() }
}

fn visible(principal: &Principal) -> Select<account::Entity> {
    let query = account::Entity::find();
    match &principal.accounts {
        None => query,
        Some(ids) => query.filter(account::Column::Id.is_in(ids)),
    }
}

/// What can be changed about an account; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct Changes {
    /// Name for people; empty removes it.
    pub name: Option<String>,
    /// Product kind.
    pub kind: Option<Kind>,
    /// Whether WeChat has verified the owner.
    pub verified: Option<bool>,
    /// 43 letters and digits.
    pub encoding_aes_key: Option<SecretString>,
    /// How WeChat delivers.
    pub webhook_mode: Option<WebhookMode>,
}

/// Changes an account's settings. Errors: `Invalid`, also for an encrypted mode without an EncodingAESKey.
pub async fn update(context: &Context, scope: &Scope, changes: Changes) -> Result<account::Model> {
    let name = changes.name.map(|name| checks::optional("name", Some(&name), checks::NAME_LENGTH)).transpose()?;
    let webhook = sealed_webhook(context, &scope.account, changes.encoding_aes_key.as_ref(), changes.webhook_mode)?;
    let mut account = scope.account.clone().into_active_model();
    if let Some(name) = name {
        account.name = Set(name);
    }
    if let Some(kind) = changes.kind {
        account.kind = Set(kind);
    }
    if let Some(verified) = changes.verified {
        account.verified = Set(verified);
    }
    webhook.write(&mut account);
    account.updated_at = Set(clock::now());
    let txn = context.begin(scope.id()).await?;
    let account = account.update(&txn).await?;
    audit::record(&txn, &scope.actor, "account.update", Some(scope.id()), None).await?;
    txn.commit().await?;
    Ok(account)
}

/// Credentials as an operator enters them.
#[derive(Debug)]
pub struct NewCredentials {
    /// `wx` and 16 hexadecimal digits.
    pub app_id: String,
    /// The app secret.
    pub app_secret: SecretString,
    /// 43 letters and digits; `None` keeps what is stored.
    pub encoding_aes_key: Option<SecretString>,
    /// How WeChat delivers; `None` keeps what is stored.
    pub webhook_mode: Option<WebhookMode>,
}

/// Checks credentials by getting a token with them, stores them, and starts the first fetches of the menu and of the
/// followers where there was none yet. Repeatable: a second call corrects a wrong secret.
///
/// Errors: `Invalid` when WeChat refuses them, with its reason, or for a malformed key; `Wechat` when WeChat cannot be
/// reached. In both cases nothing is stored.
/// Source: /v1 `POST /bind/fillin`; design, section 13.
pub async fn set_credentials(context: &Context, scope: &Scope, new: NewCredentials) -> Result<account::Model> {
    let app_id = checks::required("appId", &new.app_id, checks::NAME_LENGTH)?;
    let app_secret = checks::required("appSecret", new.app_secret.expose_secret(), checks::NAME_LENGTH)?;
    let webhook = sealed_webhook(context, &scope.account, new.encoding_aes_key.as_ref(), new.webhook_mode)?;
    let app_secret = SecretString::from(app_secret);
    let entered = wechat::Credentials { app_id: app_id.clone(), app_secret: app_secret.clone() };
    context.wechat.verify(&entered).await.map_err(refused_credentials)?;

    let sealed = credentials::seal_app_secret(&context.sealer, scope.id(), &app_secret)?;
    let txn = context.begin(scope.id()).await?;
    let other_app = scope.account.app_id.as_ref().is_some_and(|before| *before != app_id);
    let mut account = scope.account.clone().into_active_model();
    if other_app {
        account.followers_fetched_at = Set(None);
        copies::forget_all(&txn, scope.id()).await?;
    }
    copies::forget_failed(&txn, scope.id()).await?;
    account.app_id = Set(Some(app_id));
    account.app_secret = Set(Some(sealed));
    webhook.write(&mut account);
    account.updated_at = Set(clock::now());
    let account = account.update(&txn).await?;
    audit::record(&txn, &scope.actor, "account.set_credentials", Some(scope.id()), None).await?;
    menu::fetch::start_first(&txn, &account, other_app).await?;
    followers::fetch::start_first(&txn, &account, other_app).await?;
    context.commit_work(txn).await?;
    Ok(account)
}

/// WeChat's refusal of credentials is the caller's mistake; everything else is WeChat's.
fn refused_credentials(error: wechat::Error) -> Error {
    match error.refusal() {
        Some((errcode, _)) => {
            let field = if matches!(errcode, 40013 | 41002) { "appId" } else { "appSecret" };
            match error.class() {
                wechat::Class::Retry | wechat::Class::Quota => Error::Wechat(error),
                _ => Error::invalid(field, error.advice()),
            }
        }
        None => Error::Wechat(error),
    }
}

/// Drops the cached access token, so that the next call asks WeChat for one. Source: /v1 `GET /bind/refresh/$INFO_ID`.
pub async fn refresh_access_token(context: &Context, scope: &Scope) -> Result<()> {
    if let Some(app_id) = &scope.account.app_id {
        context.wechat.forget(app_id).await;
    }
    Ok(())
}

/// Changes of how the webhook is delivered, checked and sealed.
struct Webhook {
    encoding_aes_key: Option<String>,
    mode: Option<WebhookMode>,
}

impl Webhook {
    fn write(self, account: &mut account::ActiveModel) {
        if let Some(key) = self.encoding_aes_key {
            account.encoding_aes_key = Set(Some(key));
        }
        if let Some(mode) = self.mode {
            account.webhook_mode = Set(mode);
        }
    }
}

fn sealed_webhook(
    context: &Context,
    account: &account::Model,
    key: Option<&SecretString>,
    mode: Option<WebhookMode>,
) -> Result<Webhook> {
    let key = key.filter(|key| !key.expose_secret().trim().is_empty());
    let encrypted = matches!(mode, Some(WebhookMode::Compatible | WebhookMode::Safe));
    if encrypted && key.is_none() && account.encoding_aes_key.is_none() {
        return Err(Error::invalid("encodingAesKey", "an encrypted mode needs an EncodingAESKey"));
    }
    let sealed = key.map(|key| credentials::seal_encoding_aes_key(&context.sealer, &account.id, key)).transpose()?;
    Ok(Webhook { encoding_aes_key: sealed, mode })
}
