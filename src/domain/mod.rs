//! The rules of the business, one module a resource, and the only code that writes its tables.
//!
//! Plain async functions over a [`Context`] and typed inputs. What concerns an account takes the account first: reads
//! its id, writes a [`Scope`], which only exists for a caller who may write to an account that exists. Nothing here
//! knows HTTP, GraphQL or a JSON shape.
//!
//! A function that changes something checks its input, asks WeChat where it must, and then writes in one transaction
//! that first locks the account: of two changes to one account the second one sees the first one's result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use entity::account;
use entity::api_token::Role;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, EntityTrait as _,
    QuerySelect as _,
};
use tokio::sync::Notify;

use crate::access::Principal;
use crate::error::{Error, Result};
use crate::secrets::Sealer;
use crate::storage::Storage;
use crate::{database, wechat};

pub mod accounts;
pub mod checks;
pub mod copies;
pub mod credentials;
pub mod deliveries;
pub mod files;
pub mod followers;
pub mod groups;
pub mod human_replies;
pub mod jobs;
pub mod keyword_rules;
pub mod mass_sends;
pub mod media;
pub mod menu;
pub mod messages;
pub mod news;
pub mod page;
pub mod replies;
pub mod texts;

/// What the rules work with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where everything is kept.
    pub database: DatabaseConnection,
    /// The way to WeChat.
    pub wechat: wechat::Client,
    /// Seals and opens secrets.
    pub sealer: Sealer,
    /// Where files are kept.
    pub storage: Storage,
    /// Largest files that are taken.
    pub upload_limits: media::Limits,
    /// Prefix of every URL that is handed out, without a slash at its end.
    pub public_url: Arc<str>,
    /// Where days begin and end, for dates without a zone.
    pub time_zone: chrono_tz::Tz,
    /// How long after WeChat took a mass send it is asked how it ended, unless it said so before.
    pub mass_status_after: Duration,
    /// Wakes this process's workers when a job was enqueued.
    pub work: Arc<Notify>,
    /// The keyword rules that this process has compiled.
    pub rules: keyword_rules::CompiledRules,
    /// Stores what WeChat pushes.
    pub recorder: deliveries::Recorder,
}

impl Context {
    /// Starts a transaction and locks the account in it.
    async fn begin(&self, account_id: &str) -> Result<DatabaseTransaction> {
        let txn = database::begin(&self.database).await?;
        lock(&txn, account_id).await?;
        Ok(txn)
    }

    /// Commits, and wakes the workers for the job that the transaction enqueued.
    async fn commit_work(&self, txn: DatabaseTransaction) -> Result<()> {
        txn.commit().await?;
        self.work.notify_waiters();
        Ok(())
    }
}

/// Proof that a caller may write to an account that exists.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The account as it was when the caller asked.
    pub account: account::Model,
    /// Who is calling, for the audit trail.
    pub actor: String,
}

impl Scope {
    /// For a caller whose role is at least `role`.
    ///
    /// Errors: `Invalid` for a blank id; `NotFound` where the account does not exist for him; `Forbidden` where his role
    /// is lower.
    pub async fn open(context: &Context, principal: &Principal, account_id: &str, role: Role) -> Result<Self> {
        checks::id("accountId", account_id)?;
        let account = accounts::find(context, principal, account_id).await?;
        principal.require(role)?;
        Ok(Self { account, actor: principal.actor.clone() })
    }

    /// The account's id.
    pub fn id(&self) -> &str {
        &self.account.id
    }
}

/// Rows of several accounts by account and id. Spelled so that all three databases look each of them up in the key.
fn any_of<'a>(
    account: impl ColumnTrait,
    id: impl ColumnTrait,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Condition {
    let mut by_account: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (account_id, id) in pairs {
        by_account.entry(account_id).or_default().insert(id);
    }
    by_account.into_iter().fold(Condition::any(), |any, (account_id, ids)| {
        any.add(Condition::all().add(account.eq(account_id)).add(id.is_in(ids)))
    })
}

/// The account and the id of an object, as callers ask for it.
pub type Key = (String, String);

/// Those of the keys that an object can have, for a look-up.
fn possible(keys: &[Key]) -> impl Iterator<Item = (&str, &str)> {
    keys.iter().map(|(account_id, id)| (account_id.as_str(), id.as_str())).filter(|(_, id)| checks::is_possible_id(id))
}

/// Holds off every other change of the account until the transaction ends. Errors: `NotFound` if it is gone.
async fn lock(txn: &DatabaseTransaction, account_id: &str) -> Result<()> {
    let select = account::Entity::find_by_id(account_id).select_only().column(account::Column::Id);
    let select = match txn.get_database_backend() {
        // One writer at a time anyway, and no row locks.
        DbBackend::Sqlite => select,
        // Lets others insert rows that only refer to the account.
        DbBackend::Postgres => select.lock(LockType::NoKeyUpdate),
        _ => select.lock_exclusive(),
    };
    select.into_tuple::<String>().one(txn).await?.map(|_| ()).ok_or_else(|| Error::not_found("account", account_id))
}
