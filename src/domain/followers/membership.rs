//! Putting followers into groups and taking them out.
//!
//! A follower can be in several groups. The groups `0` and `1` are states and not memberships: putting somebody into
//! one of them takes him out of all other groups, and putting him into another group takes him out of them. Source:
//! behaviour, `POST user/add` and `POST user/rm`.

use std::collections::{BTreeSet, HashSet};

use entity::{follower, group_member};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use super::census::Census;
use crate::domain::{Context, Scope, checks, groups};
use crate::error::{Error, Result};
use crate::{audit, clock};

/// Followers read or changed by one statement.
///
/// A statement for so many stays below [`STATEMENT_BYTES`](crate::database::STATEMENT_BYTES): in statements of 1,000 a fetch took
/// three times as long.
pub(super) const CHUNK: usize = 250;

/// Puts followers into a group; who is in it already stays. All or nothing; none is fine too.
///
/// Errors: `NotFound` for the group or a follower, whom it names; `Conflict` for one who no longer follows; `Invalid`
/// for the group `-1`, which stands for all and cannot be joined.
pub async fn add(context: &Context, scope: &Scope, group_id: &str, openids: &[String]) -> Result<()> {
    change(context, scope, group_id, openids, Change::Add).await
}

/// Takes followers out of a group; who is not in it stays out. All or nothing; none is fine too. Who is then in no
/// group is ungrouped. Taking somebody out of group `0` changes nothing.
///
/// Errors: `NotFound` for the group or a follower, whom it names; `Invalid` for the group `-1`.
pub async fn remove(context: &Context, scope: &Scope, group_id: &str, openids: &[String]) -> Result<()> {
    change(context, scope, group_id, openids, Change::Remove).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

async fn change(context: &Context, scope: &Scope, group_id: &str, openids: &[String], change: Change) -> Result<()> {
    let group_id = checks::id("groupId", group_id)?;
    if group_id == groups::ALL {
        return Err(Error::invalid("groupId", "-1 stands for all followers; nobody can join or leave it"));
    }
    let openids: BTreeSet<String> =
        openids.iter().map(|openid| checks::id("openids", openid)).collect::<Result<_>>()?;
    let openids: Vec<String> = openids.into_iter().collect();
    let account_id = scope.id();
    let txn = context.begin(account_id).await?;
    groups::find(&txn, account_id, &group_id).await?;
    for chunk in openids.chunks(CHUNK) {
        require_followers(&txn, account_id, chunk, change).await?;
        let before = Census::take(&txn, account_id, chunk).await?;
        match (change, group_id.as_str()) {
            (Change::Add, groups::UNGROUPED | groups::BLOCKED) => {
                leave_all(&txn, account_id, chunk).await?;
                set_state(&txn, account_id, chunk, group_id == groups::BLOCKED, group_id == groups::UNGROUPED).await?;
            }
            (Change::Add, _) => {
                join(&txn, account_id, &group_id, chunk).await?;
                set_state(&txn, account_id, chunk, false, false).await?;
            }
            (Change::Remove, groups::UNGROUPED) => {}
            (Change::Remove, groups::BLOCKED) => unblock(&txn, account_id, chunk).await?,
            (Change::Remove, _) => {
                leave(&txn, account_id, &group_id, chunk).await?;
                ungroup_the_groupless(&txn, account_id, chunk).await?;
            }
        }
        before.settle(&txn, account_id, chunk).await?;
    }
    if change == Change::Add && group_id == groups::BLOCKED {
        for openid in &openids {
            audit::record(&txn, &scope.actor, "follower.block", Some(account_id), Some(openid)).await?;
        }
    }
    txn.commit().await?;
    Ok(())
}

async fn require_followers(
    txn: &DatabaseTransaction,
    account_id: &str,
    openids: &[String],
    change: Change,
) -> Result<()> {
    if let Some(impossible) = openids.iter().find(|openid| !checks::is_possible_id(openid)) {
        return Err(Error::not_found("follower", impossible));
    }
    let known: Vec<(String, bool)> = follower::Entity::find()
        .select_only()
        .column(follower::Column::Openid)
        .column(follower::Column::Subscribed)
        .filter(follower::Column::AccountId.eq(account_id))
        .filter(follower::Column::Openid.is_in(openids))
        .into_tuple()
        .all(txn)
        .await?;
    if known.len() < openids.len() {
        let known: HashSet<_> = known.iter().map(|(openid, _)| openid).collect();
        if let Some(unknown) = openids.iter().find(|openid| !known.contains(openid)) {
            return Err(Error::not_found("follower", unknown));
        }
    }
    match known.iter().find(|(_, subscribed)| !subscribed) {
        Some((gone, _)) if change == Change::Add => {
            Err(Error::Conflict(format!("follower {gone:?} no longer follows the account and can be in no group")))
        }
        _ => Ok(()),
    }
}

async fn set_state(
    txn: &DatabaseTransaction,
    account_id: &str,
    openids: &[String],
    blocked: bool,
    ungrouped: bool,
) -> Result<()> {
    follower::Entity::update_many()
        .col_expr(follower::Column::Blocked, Expr::value(blocked))
        .col_expr(follower::Column::Ungrouped, Expr::value(ungrouped))
        .filter(follower::Column::AccountId.eq(account_id))
        .filter(follower::Column::Openid.is_in(openids))
        .exec(txn)
        .await?;
    Ok(())
}

async fn unblock(txn: &DatabaseTransaction, account_id: &str, openids: &[String]) -> Result<()> {
    follower::Entity::update_many()
        .col_expr(follower::Column::Blocked, Expr::value(false))
        .col_expr(follower::Column::Ungrouped, Expr::value(true))
        .filter(follower::Column::AccountId.eq(account_id))
        .filter(follower::Column::Openid.is_in(openids))
        .filter(follower::Column::Subscribed.eq(true))
        .filter(follower::Column::Blocked.eq(true))
        .exec(txn)
        .await?;
    Ok(())
}

/// Adds rows for those who are not members yet.
pub(super) async fn join(
    txn: &DatabaseTransaction,
    account_id: &str,
    group_id: &str,
    openids: &[String],
) -> Result<()> {
    let members: HashSet<String> = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::Openid)
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::GroupId.eq(group_id))
        .filter(group_member::Column::Openid.is_in(openids))
        .into_tuple()
        .all(txn)
        .await?
        .into_iter()
        .collect();
    let joined_at = clock::now();
    let new: Vec<_> = openids
        .iter()
        .filter(|openid| !members.contains(*openid))
        .map(|openid| group_member::ActiveModel {
            account_id: Set(account_id.to_owned()),
            group_id: Set(group_id.to_owned()),
            openid: Set(openid.clone()),
            joined_at: Set(joined_at),
        })
        .collect();
    for new in new.chunks(CHUNK / 2) {
        group_member::Entity::insert_many(new.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Removes the rows of one group.
pub(super) async fn leave(
    txn: &DatabaseTransaction,
    account_id: &str,
    group_id: &str,
    openids: &[String],
) -> Result<()> {
    group_member::Entity::delete_many()
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::GroupId.eq(group_id))
        .filter(group_member::Column::Openid.is_in(openids))
        .exec(txn)
        .await?;
    Ok(())
}

/// Removes the rows of all groups.
pub(super) async fn leave_all(txn: &DatabaseTransaction, account_id: &str, openids: &[String]) -> Result<()> {
    group_member::Entity::delete_many()
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::Openid.is_in(openids))
        .exec(txn)
        .await?;
    Ok(())
}

async fn ungroup_the_groupless(txn: &DatabaseTransaction, account_id: &str, openids: &[String]) -> Result<()> {
    let grouped: HashSet<String> = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::Openid)
        .distinct()
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::Openid.is_in(openids))
        .into_tuple()
        .all(txn)
        .await?
        .into_iter()
        .collect();
    let groupless: Vec<_> = openids.iter().filter(|openid| !grouped.contains(*openid)).collect();
    if groupless.is_empty() {
        return Ok(());
    }
    follower::Entity::update_many()
        .col_expr(follower::Column::Ungrouped, Expr::value(true))
        .filter(follower::Column::AccountId.eq(account_id))
        .filter(follower::Column::Openid.is_in(groupless))
        .filter(follower::Column::Subscribed.eq(true))
        .filter(follower::Column::Blocked.eq(false))
        .exec(txn)
        .await?;
    Ok(())
}
