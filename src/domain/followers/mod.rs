//! Followers: who they are, how they are listed, and which groups they are in.

use std::collections::HashMap;

use entity::{Timestamp, follower, group, group_member};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, Order, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};

use super::page::{Keyset, Numbered, Page, Slice, Window};
use super::{Context, checks, groups};
use crate::error::{Error, Result};

mod census;
pub mod fetch;
pub mod membership;

/// Which followers a list shows. Source: behaviour, 5.1 and `GET user`.
#[derive(Clone, Debug)]
pub enum Selection {
    /// Everybody who follows and is not blocked; newest subscription first.
    All,
    /// Who is in no group; newest subscription first.
    Ungrouped,
    /// Who is on the blacklist; newest subscription first.
    Blocked,
    /// The members of a group; newest member first.
    Members(group::Model),
}

impl Selection {
    /// The followers of the group with this id; `-1` and `None` stand for all. Errors: `NotFound`.
    pub async fn of_group(context: &Context, account_id: &str, group_id: Option<&str>) -> Result<Self> {
        match group_id.map(str::trim) {
            None | Some(groups::ALL) => Ok(Self::All),
            Some(groups::UNGROUPED) => Ok(Self::Ungrouped),
            Some(groups::BLOCKED) => Ok(Self::Blocked),
            Some(id) => {
                let id = checks::id("group", id)?;
                groups::find(&context.database, account_id, &id).await.map(Self::Members)
            }
        }
    }
}

/// A follower in a list, with the instant that decides the order.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The follower.
    pub follower: follower::Model,
    /// Start of the subscription, or of the membership in a list of members.
    pub at: Timestamp,
}

impl Listed {
    /// The follower's place in the list.
    pub fn place(&self) -> Keyset {
        Keyset { at: self.at, id: self.follower.openid.clone() }
    }
}

/// A numbered page of followers.
pub async fn page(
    context: &Context,
    account_id: &str,
    selection: &Selection,
    numbered: Numbered,
) -> Result<Page<Listed>> {
    let keys = if numbered.size == 0 {
        Vec::new()
    } else {
        match selection {
            Selection::Members(group) => {
                members(account_id, group)
                    .order_by_desc(group_member::Column::JoinedAt)
                    .order_by_desc(group_member::Column::Openid)
                    .offset(numbered.offset())
                    .limit(numbered.size)
                    .into_tuple()
                    .all(&context.database)
                    .await?
            }
            _ => {
                subscribers(account_id, selection)
                    .order_by_desc(follower::Column::SubscribedAt)
                    .order_by_desc(follower::Column::Openid)
                    .offset(numbered.offset())
                    .limit(numbered.size)
                    .into_tuple()
                    .all(&context.database)
                    .await?
            }
        }
    };
    Ok(Page { numbered, rows: load(context, account_id, keys).await? })
}

/// A window of followers.
pub async fn slice(
    context: &Context,
    account_id: &str,
    selection: &Selection,
    window: &Window,
) -> Result<Slice<Listed>> {
    let keys = match selection {
        Selection::Members(group) => {
            let query = members(account_id, group);
            window
                .apply(query, group_member::Column::JoinedAt, group_member::Column::Openid, Order::Desc)
                .into_tuple()
                .all(&context.database)
                .await?
        }
        _ => {
            let query = subscribers(account_id, selection);
            window
                .apply(query, follower::Column::SubscribedAt, follower::Column::Openid, Order::Desc)
                .into_tuple()
                .all(&context.database)
                .await?
        }
    };
    let keys = window.cut(keys);
    let (has_previous, has_next) = (keys.has_previous, keys.has_next);
    Ok(Slice { rows: load(context, account_id, keys.rows).await?, has_previous, has_next })
}

/// How many followers a selection lists. Kept beside the lists, so never counted by scanning.
pub async fn count(context: &Context, account_id: &str, selection: &Selection) -> Result<i64> {
    let group_id = match selection {
        Selection::All => {
            let account = entity::account::Entity::find_by_id(account_id).one(&context.database).await?;
            return Ok(account.map_or(0, |account| account.follower_count));
        }
        Selection::Ungrouped => groups::UNGROUPED,
        Selection::Blocked => groups::BLOCKED,
        Selection::Members(group) => return Ok(group.follower_count),
    };
    Ok(groups::find(&context.database, account_id, group_id).await?.follower_count)
}

/// An instant and an openid: the sort key of a list, read from its index alone.
type Key = (Timestamp, String);

fn subscribers(account_id: &str, selection: &Selection) -> Select<follower::Entity> {
    let query = follower::Entity::find()
        .select_only()
        .column(follower::Column::SubscribedAt)
        .column(follower::Column::Openid)
        .filter(follower::Column::AccountId.eq(account_id));
    match selection {
        Selection::Ungrouped => query.filter(follower::Column::Ungrouped.eq(true)),
        Selection::All | Selection::Blocked | Selection::Members(_) => query
            .filter(follower::Column::Subscribed.eq(true))
            .filter(follower::Column::Blocked.eq(matches!(selection, Selection::Blocked))),
    }
}

fn members(account_id: &str, group: &group::Model) -> Select<group_member::Entity> {
    group_member::Entity::find()
        .select_only()
        .column(group_member::Column::JoinedAt)
        .column(group_member::Column::Openid)
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::GroupId.eq(&group.id))
}

/// The rows of a page's keys, in the keys' order. Only these rows are read in full, however deep the page lies.
async fn load(context: &Context, account_id: &str, keys: Vec<Key>) -> Result<Vec<Listed>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: HashMap<_, _> = follower::Entity::find()
        .filter(follower::Column::AccountId.eq(account_id))
        .filter(follower::Column::Openid.is_in(keys.iter().map(|(_, openid)| openid)))
        .all(&context.database)
        .await?
        .into_iter()
        .map(|row| (row.openid.clone(), row))
        .collect();
    let listed = |(at, openid): Key| rows.remove(&openid).map(|follower| Listed { follower, at });
    Ok(keys.into_iter().filter_map(listed).collect())
}

/// One follower, gone ones included. Errors: `NotFound`.
pub async fn find(context: &Context, account_id: &str, openid: &str) -> Result<follower::Model> {
    let missing = || Error::not_found("follower", openid);
    if !checks::is_possible_id(openid) {
        return Err(missing());
    }
    follower::Entity::find_by_id((account_id.to_owned(), openid.to_owned()))
        .one(&context.database)
        .await?
        .ok_or_else(missing)
}

/// How many people have ever followed, gone and blocked ones included.
pub async fn count_ever(context: &Context, account_id: &str) -> Result<u64> {
    Ok(follower::Entity::find().filter(follower::Column::AccountId.eq(account_id)).count(&context.database).await?)
}

/// The groups of several followers at once: openid → live groups in the order of the groups' list. A follower in no
/// group has the system group that says so (`0` or `1`); one who is gone has none.
pub async fn groups_of(
    context: &Context,
    account_id: &str,
    followers: &[follower::Model],
) -> Result<HashMap<String, Vec<group::Model>>> {
    let all = groups::list(context, account_id).await?;
    let mut joined: HashMap<String, Vec<String>> = HashMap::new();
    let memberships = group_member::Entity::find()
        .filter(group_member::Column::AccountId.eq(account_id))
        .filter(group_member::Column::Openid.is_in(followers.iter().map(|follower| &follower.openid)))
        .all(&context.database)
        .await?;
    for membership in memberships {
        joined.entry(membership.openid).or_default().push(membership.group_id);
    }
    for follower in followers {
        let flags = [(follower.ungrouped, groups::UNGROUPED), (follower.blocked, groups::BLOCKED)];
        let flagged = flags.into_iter().filter(|(set, _)| *set && follower.subscribed).map(|(_, id)| id.to_owned());
        joined.entry(follower.openid.clone()).or_default().extend(flagged);
    }
    let of = |ids: Vec<String>| all.iter().filter(|group| ids.contains(&group.id)).cloned().collect();
    Ok(joined.into_iter().map(|(openid, ids)| (openid, of(ids))).collect())
}
