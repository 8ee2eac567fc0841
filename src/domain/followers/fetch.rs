//! Fetching the followers from WeChat: when it may start, and what each step writes. The job that walks the steps
//! stands in `jobs::follower_fetch`.
//!
//! What WeChat tells about a follower is written as it comes, since it is true whether the fetch completes or not. What
//! takes something away comes last, after the whole list has been read: followers who are no longer on it are marked as
//! gone, and mirrors of tags that no longer exist are deleted. So a fetch that fails half-way has lost nothing.
//! WeChat's groups and their members become what WeChat says; local groups keep their members.

use std::collections::HashSet;

use entity::{Timestamp, account, follower, group, job};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use serde::{Deserialize, Serialize};

use super::census::Census;
use super::membership::CHUNK;
use crate::domain::{Context, Scope, credentials, groups};
use crate::error::{Error, Result};
use crate::queue::{self, Claim, NewJob};
use crate::wechat::Tag;
use crate::{audit, clock};

mod details;
mod mirrors;

pub(super) use details::mark_gone;
pub use details::{Known, Told, write, write_one};
pub use mirrors::mirror_tags;

/// Registered name of the job.
pub const JOB: &str = "follower_fetch";

/// What the job is asked to do. Everything it needs to know is the account.
#[derive(Debug, Serialize, Deserialize)]
pub struct Payload {}

/// How far the fetch came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Last openid of the last page that was written completely: where the next page begins.
    pub after: Option<String>,
    /// Openids on the pages written completely.
    pub done: i64,
    /// When the fetch began, in milliseconds since the Unix epoch: whom nothing confirmed since then has left.
    pub since: Option<i64>,
}

fn unique_key(account_id: &str) -> String {
    format!("{JOB}:{account_id}")
}

/// Starts a fetch. Without `force` only if there was none; with it also over one that succeeded.
///
/// Errors: `AlreadyFetched` without `force`, once fetched or while one runs; `Conflict` with `force` while one runs;
/// `Invalid` while the account has no credentials. Source: /v1 "从微信拉取用户信息"; design, section 13.
pub async fn start(context: &Context, scope: &Scope, force: bool) -> Result<job::Model> {
    credentials::open(context, &scope.account)?;
    let txn = context.begin(scope.id()).await?;
    let running = queue::find_live(&txn, &unique_key(scope.id())).await?.is_some();
    // As it is under the lock: a fetch may have ended since the caller was let in.
    let account = account::Entity::find_by_id(scope.id()).one(&txn).await?;
    let fetched = account.is_some_and(|account| account.followers_fetched_at.is_some());
    match (force, running, fetched) {
        (false, true, _) | (false, false, true) => return Err(Error::AlreadyFetched { what: "follower" }),
        (true, true, _) => return Err(Error::Conflict("the followers are being fetched right now".into())),
        (true, false, _) | (false, false, false) => {}
    }
    let job = enqueue(&txn, scope.id()).await?;
    if force {
        audit::record(&txn, &scope.actor, "followers.fetch_again", Some(scope.id()), Some(&job.id)).await?;
    }
    context.commit_work(txn).await?;
    Ok(job)
}

/// Starts the first fetch of an account whose credentials were just stored, unless it was or is being done.
///
/// `other_app`: the credentials are of another app than before, so what was fetched, or is being fetched, is not this
/// app's; the fetch that runs is stopped, and a new one starts.
pub(in crate::domain) async fn start_first(
    txn: &DatabaseTransaction,
    account: &account::Model,
    other_app: bool,
) -> Result<()> {
    if other_app {
        queue::supersede(txn, &unique_key(&account.id)).await?;
    }
    if account.followers_fetched_at.is_none() && queue::find_live(txn, &unique_key(&account.id)).await?.is_none() {
        enqueue(txn, &account.id).await?;
    }
    Ok(())
}

async fn enqueue(txn: &DatabaseTransaction, account_id: &str) -> Result<job::Model> {
    let new = NewJob { name: JOB, account_id, unique_key: Some(unique_key(account_id)), due_at: None };
    queue::enqueue(txn, new, &Payload {}).await
}

/// Of these openids, the ones whose details were not written since `since`: what is left of an interrupted page. Each
/// is named once.
pub async fn not_seen_since(
    context: &Context,
    account_id: &str,
    openids: &[String],
    since: Timestamp,
) -> Result<Vec<String>> {
    let mut seen = HashSet::new();
    for chunk in openids.chunks(CHUNK) {
        let rows: Vec<String> = follower::Entity::find()
            .select_only()
            .column(follower::Column::Openid)
            .filter(follower::Column::AccountId.eq(account_id))
            .filter(follower::Column::Openid.is_in(chunk))
            .filter(follower::Column::SeenAt.gte(since))
            .into_tuple()
            .all(&context.database)
            .await?;
        seen.extend(rows);
    }
    Ok(openids.iter().filter(|openid| seen.insert((*openid).clone())).cloned().collect())
}

/// Takes away what WeChat no longer has, once the whole list was read: followers whom nothing confirmed since `since`,
/// and mirrors of tags that are not among `tags`. Then the account counts as fetched.
///
/// Errors: `Conflict` when the claim was lost; what was taken away by then, WeChat no longer had.
pub async fn finish(context: &Context, claim: &Claim, account_id: &str, tags: &[Tag], since: Timestamp) -> Result<()> {
    loop {
        let txn = context.begin(account_id).await?;
        claim.require(&txn).await?;
        let unseen: Vec<String> = follower::Entity::find()
            .select_only()
            .column(follower::Column::Openid)
            .filter(follower::Column::AccountId.eq(account_id))
            .filter(follower::Column::Subscribed.eq(true))
            .filter(follower::Column::SeenAt.lt(since))
            .limit(u64::try_from(CHUNK).unwrap_or(u64::MAX))
            .into_tuple()
            .all(&txn)
            .await?;
        if unseen.is_empty() {
            break;
        }
        let before = Census::take(&txn, account_id, &unseen).await?;
        mark_gone(&txn, account_id, &unseen).await?;
        before.settle(&txn, account_id, &unseen).await?;
        txn.commit().await?;
    }
    let present: HashSet<i64> = tags.iter().map(|tag| tag.id).collect();
    let txn = context.begin(account_id).await?;
    claim.require(&txn).await?;
    let mirrors = group::Entity::find()
        .filter(group::Column::AccountId.eq(account_id))
        .filter(group::Column::WechatTagId.is_not_null())
        .filter(group::Column::DeletedAt.is_null())
        .all(&txn)
        .await?;
    for mirror in mirrors {
        let vanished = mirror.wechat_tag_id.is_some_and(|id| !present.contains(&id));
        if vanished && !groups::is_system(&mirror.id) {
            groups::remove(&txn, mirror).await?;
        }
    }
    account::Entity::update_many()
        .col_expr(account::Column::FollowersFetchedAt, Expr::value(clock::now()))
        .filter(account::Column::Id.eq(account_id))
        .exec(&txn)
        .await?;
    txn.commit().await?;
    Ok(())
}
