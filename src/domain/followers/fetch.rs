//! Fetching the followers from WeChat: when it may start, and what each step writes. The job that walks the steps
//! stands in `jobs::follower_fetch`.
//!
//! What WeChat tells about a follower is written as it comes, since it is true whether the fetch completes or not. What
//! takes something away comes last, after the whole list has been read: followers who are no longer on it are marked as
//! gone, and mirrors of tags that no longer exist are deleted. So a fetch that fails half-way has lost nothing.
//! WeChat's groups and their members become what WeChat says; local groups keep their members.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{Timestamp, account, follower, group, group_member, job};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QuerySelect as _,
};
use serde::{Deserialize, Serialize};

use super::census::Census;
use super::membership::{self, CHUNK};
use crate::domain::{Context, Scope, accounts, checks, groups};
use crate::error::{Error, Result};
use crate::queue::{self, Claim, NewJob, Progress};
use crate::wechat::{FollowerDetail, Sex, Tag};
use crate::{audit, clock};

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
    accounts::credentials(context, &scope.account)?;
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
    let new = NewJob { name: JOB, account_id, unique_key: Some(unique_key(account_id)) };
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

/// Brings the mirrors of WeChat's tags up to date; none is deleted yet. Returns the ids of all mirrors.
///
/// WeChat's name goes to the mirror, unless a local group has it: names are unique, and the local group was named by
/// somebody here. Then the mirror's name gets its number.
pub async fn mirror_tags(context: &Context, account_id: &str, tags: &[Tag]) -> Result<HashSet<String>> {
    let txn = context.begin(account_id).await?;
    let rows = group::Entity::find().filter(group::Column::AccountId.eq(account_id)).all(&txn).await?;
    let (mirrors, local): (Vec<_>, Vec<_>) = rows.into_iter().partition(|group| group.wechat_tag_id.is_some());
    let mut taken: HashSet<String> = local.into_iter().filter_map(|group| group.live_name).collect();

    // Two tags may have swapped their names: give all names back before handing them out again.
    group::Entity::update_many()
        .col_expr(group::Column::LiveName, Expr::value(None::<String>))
        .filter(group::Column::AccountId.eq(account_id))
        .filter(group::Column::WechatTagId.is_not_null())
        .exec(&txn)
        .await?;
    let present: BTreeMap<i64, &str> = tags.iter().map(|tag| (tag.id, tag.name.as_str())).collect();
    let mut known: HashMap<i64, group::Model> =
        mirrors.into_iter().filter_map(|group| group.wechat_tag_id.map(|id| (id, group))).collect();
    let kept: Vec<(i64, String)> = known
        .iter()
        .filter(|(id, group)| !present.contains_key(id) && group.deleted_at.is_none())
        .map(|(id, group)| (*id, group.name.clone()))
        .collect();

    let mut ids = HashSet::new();
    // The tags that are there choose first; a mirror whose tag is gone keeps what is left of its name until the end.
    let kept = kept.iter().map(|(id, name)| (*id, name.as_str()));
    for (tag_id, name) in present.iter().map(|(id, name)| (*id, *name)).chain(kept) {
        let name = free_name(name, tag_id, &mut taken);
        ids.insert(tag_id.to_string());
        match known.remove(&tag_id) {
            Some(group) => {
                let mut group = group.into_active_model();
                group.name = Set(name.clone());
                group.live_name = Set(Some(name));
                group.deleted_at = Set(None);
                group::Entity::update(group).exec(&txn).await?;
            }
            None => {
                let group = groups::new_group(account_id, tag_id.to_string(), name, Some(tag_id));
                group::Entity::insert(group).exec_without_returning(&txn).await?;
            }
        }
    }
    txn.commit().await?;
    Ok(ids)
}

/// A name that no live group has, and takes it.
fn free_name(name: &str, tag_id: i64, taken: &mut HashSet<String>) -> String {
    let name: String = name.trim().chars().take(checks::NAME_LENGTH).collect();
    let numbered = std::iter::successors(Some(format!("({tag_id})")), |suffix| Some(format!("{suffix}'")));
    let candidates = numbered.map(|suffix| {
        let room = checks::NAME_LENGTH.saturating_sub(suffix.chars().count() + 1);
        format!("{} {suffix}", name.chars().take(room).collect::<String>()).trim().to_owned()
    });
    let free = std::iter::once(name.clone())
        .chain(candidates)
        .find(|candidate| !candidate.is_empty() && !taken.contains(candidate))
        .unwrap_or(name);
    taken.insert(free.clone());
    free
}

/// What the details of one page are judged by.
#[derive(Debug)]
pub struct Known {
    /// Ids of the mirrors of WeChat's tags.
    pub mirrors: HashSet<String>,
    /// Openids on WeChat's blacklist.
    pub blacklist: HashSet<String>,
}

/// What WeChat told about some followers, each of them once.
#[derive(Debug)]
pub struct Told {
    /// Before WeChat was asked: who left since then was still there when WeChat looked.
    pub at: Timestamp,
    /// At most a few thousand.
    pub details: Vec<FollowerDetail>,
}

/// Writes what WeChat told, the groups these followers are in and the job's progress, in one transaction.
///
/// Errors: `Conflict` when the claim was lost; then nothing is written.
pub async fn write(
    context: &Context,
    claim: &Claim,
    account_id: &str,
    known: &Known,
    told: &Told,
    progress: Progress,
    checkpoint: &Checkpoint,
) -> Result<()> {
    let txn = context.begin(account_id).await?;
    // A mirror may have been deleted since the tags were read; nobody joins a deleted group.
    let mirrors = groups::live_ids(&txn, account_id).await?.intersection(&known.mirrors).cloned().collect();
    let judge = Judge { mirrors: &mirrors, blacklist: &known.blacklist, at: told.at };
    for chunk in told.details.chunks(CHUNK) {
        write_chunk(&txn, account_id, &judge, chunk).await?;
    }
    claim.record(&txn, progress, checkpoint).await?;
    txn.commit().await?;
    Ok(())
}

/// What the rows of one transaction are decided by.
struct Judge<'a> {
    /// Ids of the live mirrors of WeChat's tags.
    mirrors: &'a HashSet<String>,
    /// Openids on WeChat's blacklist.
    blacklist: &'a HashSet<String>,
    /// Before WeChat was asked.
    at: Timestamp,
}

async fn write_chunk(
    txn: &DatabaseTransaction,
    account_id: &str,
    judge: &Judge<'_>,
    details: &[FollowerDetail],
) -> Result<()> {
    let openids: Vec<String> = details.iter().map(|detail| detail.openid.clone()).collect();
    let before = Census::take(txn, account_id, &openids).await?;
    let stored = stored_rows(txn, account_id, &openids).await?;
    let mut joined = stored_memberships(txn, account_id, &openids).await?;

    let mut rows = Vec::with_capacity(details.len());
    let mut gone = Vec::new();
    let mut leaving: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut joining: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for detail in details {
        let stored = stored.get(&detail.openid);
        if !detail.subscribe || stored.is_some_and(|stored| left_after(stored, judge.at)) {
            gone.push(detail.openid.clone());
            continue;
        }
        let was_in = joined.remove(&detail.openid).unwrap_or_default();
        let is_in = groups_after(detail, &was_in, judge);
        for group_id in was_in.difference(&is_in) {
            leaving.entry(group_id.clone()).or_default().push(detail.openid.clone());
        }
        for group_id in is_in.difference(&was_in) {
            joining.entry(group_id.clone()).or_default().push(detail.openid.clone());
        }
        let blocked = is_blocked(detail, judge);
        rows.push(row(account_id, detail, stored, blocked, !blocked && is_in.is_empty(), judge.at));
    }
    upsert(txn, rows).await?;
    mark_gone(txn, account_id, &gone).await?;
    for (group_id, openids) in leaving {
        membership::leave(txn, account_id, &group_id, &openids).await?;
    }
    for (group_id, openids) in joining {
        membership::join(txn, account_id, &group_id, &openids).await?;
    }
    before.settle(txn, account_id, &openids).await
}

/// Whether an event said, after WeChat gave the details, that the follower left.
fn left_after(stored: &follower::Model, told_at: Timestamp) -> bool {
    stored.unsubscribed_at.is_some_and(|left| *left >= *told_at)
}

fn is_blocked(detail: &FollowerDetail, judge: &Judge<'_>) -> bool {
    judge.blacklist.contains(&detail.openid) || detail.tagid_list.as_ref().is_some_and(|tags| tags.contains(&1))
}

/// The groups a follower is in after the fetch: WeChat's tags, and the local groups as before. A blocked one is in none.
/// Where WeChat told no tags at all, nothing changes.
fn groups_after(detail: &FollowerDetail, was_in: &HashSet<String>, judge: &Judge<'_>) -> HashSet<String> {
    if is_blocked(detail, judge) {
        return HashSet::new();
    }
    let Some(tags) = &detail.tagid_list else { return was_in.clone() };
    let local = was_in.iter().filter(|group_id| !judge.mirrors.contains(*group_id)).cloned();
    let tags = tags.iter().filter(|tag| !matches!(tag, 0 | 1)).map(i64::to_string);
    local.chain(tags.filter(|group_id| judge.mirrors.contains(group_id))).collect()
}

async fn stored_rows(
    txn: &DatabaseTransaction,
    account_id: &str,
    openids: &[String],
) -> Result<HashMap<String, follower::Model>> {
    let rows = follower::Entity::find()
        .filter(follower::Column::AccountId.eq(account_id))
        .filter(follower::Column::Openid.is_in(openids))
        .all(txn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.openid.clone(), row)).collect())
}

async fn stored_memberships(
    txn: &DatabaseTransaction,
    account_id: &str,
    openids: &[String],
) -> Result<HashMap<String, HashSet<String>>> {
    let rows = group_member::Entity::find()
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::Openid.is_in(openids))
        .all(txn)
        .await?;
    let mut joined: HashMap<String, HashSet<String>> = HashMap::new();
    for row in rows {
        joined.entry(row.openid).or_default().insert(row.group_id);
    }
    Ok(joined)
}

/// The row of a follower. What WeChat no longer gives (nickname, picture, region) stays as it was stored.
fn row(
    account_id: &str,
    detail: &FollowerDetail,
    stored: Option<&follower::Model>,
    blocked: bool,
    ungrouped: bool,
    seen_at: Timestamp,
) -> follower::ActiveModel {
    let keep = |told: &Option<String>, stored: Option<&Option<String>>| {
        let told = told.as_ref().filter(|told| !told.is_empty());
        // No database but SQLite stores a NUL, and no name means one.
        told.map(|told| told.replace('\0', "")).or_else(|| stored.cloned().flatten())
    };
    let gender = match detail.sex {
        Some(Sex::Male) => 1,
        Some(Sex::Female) => 2,
        None => stored.map_or(0, |stored| stored.gender),
    };
    let subscribed_at = detail
        .subscribe_time
        .and_then(clock::from_unix_seconds)
        .or_else(|| stored.filter(|stored| stored.subscribed).map(|stored| stored.subscribed_at))
        .unwrap_or(seen_at);
    follower::ActiveModel {
        account_id: Set(account_id.to_owned()),
        openid: Set(detail.openid.clone()),
        unionid: Set(keep(&detail.unionid, stored.map(|stored| &stored.unionid))),
        nickname: Set(keep(&detail.nickname, stored.map(|stored| &stored.nickname))),
        // The remark is WeChat's to give: an empty one was removed there.
        remark: Set(match &detail.remark {
            Some(told) => keep(&Some(told.clone()), None),
            None => stored.and_then(|stored| stored.remark.clone()),
        }),
        gender: Set(gender),
        country: Set(keep(&detail.country, stored.map(|stored| &stored.country))),
        province: Set(keep(&detail.province, stored.map(|stored| &stored.province))),
        city: Set(keep(&detail.city, stored.map(|stored| &stored.city))),
        language: Set(keep(&detail.language, stored.map(|stored| &stored.language))),
        avatar_url: Set(keep(&detail.headimgurl, stored.map(|stored| &stored.avatar_url))),
        subscribe_scene: Set(keep(&detail.subscribe_scene, stored.map(|stored| &stored.subscribe_scene))),
        subscribed: Set(true),
        blocked: Set(blocked),
        ungrouped: Set(ungrouped),
        subscribed_at: Set(subscribed_at),
        unsubscribed_at: Set(None),
        seen_at: Set(seen_at),
    }
}

async fn upsert(txn: &DatabaseTransaction, rows: Vec<follower::ActiveModel>) -> Result<()> {
    use follower::Column as C;
    if rows.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::columns([C::AccountId, C::Openid])
        .update_columns([
            C::Unionid,
            C::Nickname,
            C::Remark,
            C::Gender,
            C::Country,
            C::Province,
            C::City,
            C::Language,
            C::AvatarUrl,
            C::SubscribeScene,
            C::Subscribed,
            C::Blocked,
            C::Ungrouped,
            C::SubscribedAt,
            C::UnsubscribedAt,
            C::SeenAt,
        ])
        .to_owned();
    follower::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(txn).await?;
    Ok(())
}

/// Followers who left: in no list and in no group any more, their rows kept.
async fn mark_gone(txn: &DatabaseTransaction, account_id: &str, openids: &[String]) -> Result<()> {
    if openids.is_empty() {
        return Ok(());
    }
    membership::leave_all(txn, account_id, openids).await?;
    follower::Entity::update_many()
        .col_expr(follower::Column::Subscribed, Expr::value(false))
        .col_expr(follower::Column::Blocked, Expr::value(false))
        .col_expr(follower::Column::Ungrouped, Expr::value(false))
        .col_expr(follower::Column::UnsubscribedAt, Expr::value(clock::now()))
        .filter(follower::Column::AccountId.eq(account_id))
        .filter(follower::Column::Openid.is_in(openids))
        .filter(follower::Column::Subscribed.eq(true))
        .exec(txn)
        .await?;
    Ok(())
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
