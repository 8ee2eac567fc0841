//! What WeChat tells about followers, written as it comes.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::{Timestamp, follower, group_member};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use super::Checkpoint;
use crate::clock;
use crate::domain::followers::census::Census;
use crate::domain::followers::events;
use crate::domain::followers::membership::{self, CHUNK};
use crate::domain::{Context, groups};
use crate::error::Result;
use crate::queue::{Claim, Progress};
use crate::wechat::{FollowerDetail, Sex};

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

/// Writes what WeChat told about one follower who came or changed, as `at`. The groups that he was put into here stay his;
/// one who is in none gets those of his tags.
pub async fn write_one(context: &Context, account_id: &str, at: Timestamp, detail: FollowerDetail) -> Result<()> {
    let txn = context.begin(account_id).await?;
    let openids = [detail.openid.clone()];
    let stored = stored_rows(&txn, account_id, &openids).await?.remove(&detail.openid);
    // Something happened since WeChat was asked.
    if stored.as_ref().is_some_and(|stored| *stored.seen_at > *at) {
        return Ok(());
    }
    let is_grouped = stored.as_ref().is_some_and(|stored| stored.subscribed && !stored.ungrouped);
    let tagid_list = detail.tagid_list.clone().filter(|_| !is_grouped);
    let is_blocked = stored.is_some_and(|stored| stored.blocked);
    let blacklist = openids.iter().filter(|_| is_blocked).cloned().collect();
    let mirrors = groups::live_mirrors(&txn, account_id).await?;
    let judge = Judge { mirrors: &mirrors, blacklist: &blacklist, at };
    write_chunk(&txn, account_id, &judge, &[FollowerDetail { tagid_list, ..detail }]).await?;
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

/// Rows of one statement: some 300 bytes each, which keeps it in one segment; see [`CHUNK`].
const UPSERT: usize = 40;

async fn upsert(txn: &DatabaseTransaction, rows: Vec<follower::ActiveModel>) -> Result<()> {
    use follower::Column as C;
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
    for rows in rows.chunks(UPSERT) {
        let upsert = follower::Entity::insert_many(rows.to_vec()).on_conflict(replace.clone());
        upsert.exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Followers who left: in no list and in no group any more, nothing known of their persons; their rows are kept.
pub(in crate::domain::followers) async fn mark_gone(
    txn: &DatabaseTransaction,
    account_id: &str,
    openids: &[String],
) -> Result<()> {
    if openids.is_empty() {
        return Ok(());
    }
    membership::leave_all(txn, account_id, openids).await?;
    events::erased(follower::Entity::update_many())
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
