//! Groups of followers.
//!
//! Every account has WeChat's three system groups: `0` ungrouped, `1` blacklist, `2` starred. Beside them stand mirrors
//! of WeChat's tags (their ids are decimal numbers) and groups that exist only here (their ids are UUIDs). What is
//! changed here stays here; a forced fetch brings the names and members of WeChat's groups back to what WeChat says, and
//! leaves local groups alone. Source: behaviour, part 5; design, section 13.

use std::collections::{HashMap, HashSet};

use entity::{follower, group, group_member};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _, Select,
};

use super::{Context, Key, Scope, any_of, checks, possible};
use crate::error::{Error, Result};
use crate::{audit, clock};

/// Stands for all followers where a group is chosen. Never listed, never stored. Source: behaviour, 5.1.
pub const ALL: &str = "-1";
/// WeChat's system group of followers in no group.
pub const UNGROUPED: &str = "0";
/// WeChat's system group of blocked followers.
pub const BLOCKED: &str = "1";
/// WeChat's system group of starred followers; its members are rows like those of other groups.
pub const STARRED: &str = "2";

/// Ids and names of the system groups, until WeChat gives its own names. Source: WeChat reference, section 4.5.
const SYSTEM: [(&str, &str); 3] = [(UNGROUPED, "未分组"), (BLOCKED, "黑名单"), (STARRED, "星标组")];

/// Whether a group is one of WeChat's, which can be neither renamed nor deleted.
pub fn is_system(id: &str) -> bool {
    SYSTEM.iter().any(|(system, _)| *system == id)
}

/// Makes the system groups of a new account.
pub(super) async fn create_system_groups(txn: &DatabaseTransaction, account_id: &str) -> Result<()> {
    let groups = SYSTEM.map(|(id, name)| new_group(account_id, id.to_owned(), name.to_owned(), id.parse().ok()));
    group::Entity::insert_many(groups).exec_without_returning(txn).await?;
    Ok(())
}

/// A group without members.
pub(super) fn new_group(account_id: &str, id: String, name: String, wechat_tag_id: Option<i64>) -> group::ActiveModel {
    group::ActiveModel {
        account_id: Set(account_id.to_owned()),
        id: Set(id),
        name: Set(name.clone()),
        live_name: Set(Some(name)),
        wechat_tag_id: Set(wechat_tag_id),
        follower_count: Set(0),
        created_at: Set(clock::now()),
        deleted_at: Set(None),
    }
}

/// The groups of accounts, account by account: WeChat's by number, then local ones by age.
pub async fn lists(context: &Context, account_ids: &[&str]) -> Result<HashMap<String, Vec<group::Model>>> {
    let of_accounts = group::Column::AccountId.is_in(account_ids.iter().copied());
    let mut lists: HashMap<_, Vec<_>> = HashMap::new();
    for group in all_live().filter(of_accounts).all(&context.database).await? {
        lists.entry(group.account_id.clone()).or_default().push(group);
    }
    for groups in lists.values_mut() {
        groups.sort_by_cached_key(|group: &group::Model| {
            (group.wechat_tag_id.unwrap_or(i64::MAX), group.created_at.timestamp_millis(), group.id.clone())
        });
    }
    Ok(lists)
}

/// Live groups by account and id, in no order; those that do not exist are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<group::Model>> {
    let wanted = any_of(group::Column::AccountId, group::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(all_live().filter(wanted).all(&context.database).await?)
}

/// One live group. Errors: `NotFound`.
pub async fn find(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<group::Model> {
    let missing = || Error::not_found("group", id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    live(account_id).filter(group::Column::Id.eq(id)).one(connection).await?.ok_or_else(missing)
}

/// The ids of the live groups.
pub(super) async fn live_ids(txn: &DatabaseTransaction, account_id: &str) -> Result<HashSet<String>> {
    let ids: Vec<String> = live(account_id).select_only().column(group::Column::Id).into_tuple().all(txn).await?;
    Ok(ids.into_iter().collect())
}

/// Ids of the live groups that are mirrors of WeChat's tags.
pub(super) async fn live_mirrors(txn: &DatabaseTransaction, account_id: &str) -> Result<HashSet<String>> {
    let mirrors = live(account_id).filter(group::Column::WechatTagId.is_not_null());
    let ids: Vec<String> = mirrors.select_only().column(group::Column::Id).into_tuple().all(txn).await?;
    Ok(ids.into_iter().collect())
}

fn live(account_id: &str) -> Select<group::Entity> {
    all_live().filter(group::Column::AccountId.eq(account_id))
}

fn all_live() -> Select<group::Entity> {
    group::Entity::find().filter(group::Column::DeletedAt.is_null())
}

/// Makes a local group. `name`: 1 to 100 characters, unique in the account.
///
/// Errors: `Conflict` for a name in use. Source: /v1 "创建用户分组".
pub async fn create(context: &Context, scope: &Scope, name: &str) -> Result<group::Model> {
    let name = checks::required("name", name, checks::NAME_LENGTH)?;
    let txn = context.begin(scope.id()).await?;
    require_free_name(&txn, scope.id(), None, &name).await?;
    let group = new_group(scope.id(), clock::new_id(), name, None);
    let group = group::Entity::insert(group).exec_with_returning(&txn).await?;
    txn.commit().await?;
    Ok(group)
}

/// Renames a group.
///
/// Errors: `Invalid` for a system group; `Conflict` for a name in use. Source: /v1 "更新分组名称".
pub async fn rename(context: &Context, scope: &Scope, id: &str, name: &str) -> Result<group::Model> {
    let name = checks::required("name", name, checks::NAME_LENGTH)?;
    let txn = context.begin(scope.id()).await?;
    let group = find_own(&txn, scope, id, "renamed").await?;
    require_free_name(&txn, scope.id(), Some(id), &name).await?;
    let mut group = group.into_active_model();
    group.live_name = Set(Some(name.clone()));
    group.name = Set(name);
    let group = group.update(&txn).await?;
    txn.commit().await?;
    Ok(group)
}

/// Deletes a group. Its members stay followers; those left without any group become ungrouped.
///
/// Errors: `Invalid` for a system group. Source: /v1 "删除分组".
pub async fn delete(context: &Context, scope: &Scope, id: &str) -> Result<group::Model> {
    let txn = context.begin(scope.id()).await?;
    let group = find_own(&txn, scope, id, "deleted").await?;
    let group = remove(&txn, group).await?;
    audit::record(&txn, &scope.actor, "group.delete", Some(scope.id()), Some(id)).await?;
    txn.commit().await?;
    Ok(group)
}

/// Empties and deletes a group within a transaction that has locked the account.
pub(super) async fn remove(txn: &DatabaseTransaction, group: group::Model) -> Result<group::Model> {
    let account_id = group.account_id.clone();
    group_member::Entity::delete_many()
        .filter(group_member::Column::AccountId.eq(&account_id))
        .filter(group_member::Column::GroupId.eq(&group.id))
        .exec(txn)
        .await?;
    let still_somewhere = Query::select()
        .expr(Expr::value(1))
        .from(group_member::Entity)
        .and_where(
            Expr::col((group_member::Entity, group_member::Column::AccountId))
                .equals((follower::Entity, follower::Column::AccountId)),
        )
        .and_where(
            Expr::col((group_member::Entity, group_member::Column::Openid))
                .equals((follower::Entity, follower::Column::Openid)),
        )
        .to_owned();
    let freed = follower::Entity::update_many()
        .col_expr(follower::Column::Ungrouped, Expr::value(true))
        .filter(follower::Column::AccountId.eq(&account_id))
        .filter(follower::Column::Subscribed.eq(true))
        .filter(follower::Column::Blocked.eq(false))
        .filter(follower::Column::Ungrouped.eq(false))
        .filter(Condition::all().add(Expr::exists(still_somewhere).not()))
        .exec(txn)
        .await?;
    add_to_count(txn, &account_id, UNGROUPED, i64::try_from(freed.rows_affected).unwrap_or(i64::MAX)).await?;
    let mut group = group.into_active_model();
    group.live_name = Set(None);
    group.follower_count = Set(0);
    group.deleted_at = Set(Some(clock::now()));
    Ok(group.update(txn).await?)
}

/// Keeps a group's count in step with what its list shows.
pub(super) async fn add_to_count(txn: &DatabaseTransaction, account_id: &str, id: &str, change: i64) -> Result<()> {
    if change == 0 {
        return Ok(());
    }
    group::Entity::update_many()
        .col_expr(group::Column::FollowerCount, Expr::col(group::Column::FollowerCount).add(change))
        .filter(group::Column::AccountId.eq(account_id))
        .filter(group::Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

async fn find_own(txn: &DatabaseTransaction, scope: &Scope, id: &str, verb: &str) -> Result<group::Model> {
    if is_system(id) || id == ALL {
        return Err(Error::invalid("id", format!("the groups -1, 0, 1 and 2 are WeChat's and cannot be {verb}")));
    }
    find(txn, scope.id(), id).await
}

async fn require_free_name(txn: &DatabaseTransaction, account_id: &str, own: Option<&str>, name: &str) -> Result<()> {
    let holder = live(account_id).filter(group::Column::LiveName.eq(name)).one(txn).await?;
    match holder {
        Some(holder) if Some(holder.id.as_str()) != own => {
            Err(Error::Conflict(format!("a group named {name:?} exists already")))
        }
        _ => Ok(()),
    }
}
