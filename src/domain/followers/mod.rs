//! Followers: who they are, how they are listed, and which groups they are in.

use std::collections::{BTreeSet, HashMap};

use entity::{Timestamp, follower, group, group_member};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, FromQueryResult, Order, QueryFilter as _, QuerySelect as _, Select,
};

use super::page::{Keyset, Numbered, Page, Slice, Stretch, Union, Window};
use super::{Context, Key, any_of, checks, groups, possible};
use crate::error::Result;

mod census;
pub mod events;
pub mod fetch;
pub mod membership;

/// Which followers a list shows. Source: behaviour, 5.1 and `GET user`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selection {
    /// Everybody who follows and is not blocked; newest subscription first.
    All,
    /// Who is in no group; newest subscription first.
    Ungrouped,
    /// Who is on the blacklist; newest subscription first.
    Blocked,
    /// The members of the group with this id; newest member first. Whether the group exists is for the caller to ask.
    Members(String),
}

impl Selection {
    /// The followers of the group with this id; `-1` and `None` stand for all. Errors: `Invalid` for an empty id.
    pub fn of_group(group_id: Option<&str>) -> Result<Self> {
        match group_id.map(str::trim) {
            None | Some(groups::ALL) => Ok(Self::All),
            Some(groups::UNGROUPED) => Ok(Self::Ungrouped),
            Some(groups::BLOCKED) => Ok(Self::Blocked),
            Some(id) => checks::id("group", id).map(Self::Members),
        }
    }
}

/// A list of followers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct List {
    /// The account.
    pub account_id: String,
    /// Which of its followers.
    pub selection: Selection,
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

/// Numbered pages of lists of followers.
pub async fn pages(context: &Context, asked: &[(&List, Numbered)]) -> Result<Vec<Page<Listed>>> {
    // A page without rows needs no look at the database.
    let with_rows = asked.iter().filter(|(_, numbered)| numbered.size > 0);
    let stretches: Vec<_> = with_rows.map(|(list, numbered)| list.page(*numbered)).collect();
    let mut keys = KEYS.read(&context.database, &stretches).await?.into_iter();
    let keys = asked.iter().map(|(list, numbered)| {
        let keys = if numbered.size > 0 { keys.next() } else { None };
        (list.account_id.as_str(), keys.unwrap_or_default())
    });
    let lists = load(context, keys.collect()).await?;
    Ok(asked.iter().zip(lists).map(|((_, numbered), rows)| Page { numbered: *numbered, rows }).collect())
}

/// Windows of lists of followers.
pub async fn slices(context: &Context, asked: &[(&List, &Window)]) -> Result<Vec<Slice<Listed>>> {
    let stretches: Vec<_> = asked.iter().map(|(list, window)| list.window(window)).collect();
    let keys = KEYS.read(&context.database, &stretches).await?;
    let slices: Vec<Slice<_>> = asked.iter().zip(keys).map(|((_, window), keys)| window.cut(keys)).collect();
    let account_ids = asked.iter().map(|(list, _)| list.account_id.as_str());
    let keys = account_ids.zip(&slices).map(|(account_id, slice)| (account_id, slice.rows.clone())).collect();
    let lists = load(context, keys).await?;
    Ok(slices.into_iter().zip(lists).map(|(slice, rows)| slice.with_rows(rows)).collect())
}

/// What places a follower in a list, read from the list's index alone.
#[derive(Clone, Debug, FromQueryResult)]
struct SortKey {
    at: Timestamp,
    openid: String,
}

/// The columns of a [`SortKey`].
const KEYS: Union = Union { at: "at", id: "openid" };

impl List {
    /// The sort keys of a page.
    fn page(&self, numbered: Numbered) -> Stretch {
        use {follower::Column as Followers, group_member::Column as Members};
        match &self.selection {
            Selection::Members(id) => numbered.apply(self.members(id), Members::JoinedAt, Members::Openid, Order::Desc),
            Selection::All | Selection::Ungrouped | Selection::Blocked => {
                numbered.apply(self.subscribers(), Followers::SubscribedAt, Followers::Openid, Order::Desc)
            }
        }
    }

    /// The sort keys of a window.
    fn window(&self, window: &Window) -> Stretch {
        use {follower::Column as Followers, group_member::Column as Members};
        match &self.selection {
            Selection::Members(id) => window.apply(self.members(id), Members::JoinedAt, Members::Openid, Order::Desc),
            Selection::All | Selection::Ungrouped | Selection::Blocked => {
                window.apply(self.subscribers(), Followers::SubscribedAt, Followers::Openid, Order::Desc)
            }
        }
    }

    fn subscribers(&self) -> Select<follower::Entity> {
        let query = follower::Entity::find()
            .select_only()
            .column_as(follower::Column::SubscribedAt, KEYS.at)
            .column_as(follower::Column::Openid, KEYS.id)
            .filter(follower::Column::AccountId.eq(&self.account_id));
        match self.selection {
            Selection::Ungrouped => query.filter(follower::Column::Ungrouped.eq(true)),
            Selection::All | Selection::Blocked | Selection::Members(_) => query
                .filter(follower::Column::Subscribed.eq(true))
                .filter(follower::Column::Blocked.eq(self.selection == Selection::Blocked)),
        }
    }

    fn members(&self, group_id: &str) -> Select<group_member::Entity> {
        group_member::Entity::find()
            .select_only()
            .column_as(group_member::Column::JoinedAt, KEYS.at)
            .column_as(group_member::Column::Openid, KEYS.id)
            .filter(group_member::Column::AccountId.eq(&self.account_id))
            .filter(group_member::Column::GroupId.eq(group_id))
    }
}

/// The rows of the keys of several lists, in the keys' order. Only these rows are read in full, however deep they lie.
async fn load(context: &Context, lists: Vec<(&str, Vec<SortKey>)>) -> Result<Vec<Vec<Listed>>> {
    let pairs = lists.iter().flat_map(|(account_id, keys)| keys.iter().map(|key| (*account_id, key.openid.as_str())));
    let wanted = any_of(follower::Column::AccountId, follower::Column::Openid, pairs);
    let rows = find_where(context, wanted).await?;
    let rows: HashMap<_, _> = rows.iter().map(|row| ((row.account_id.as_str(), row.openid.as_str()), row)).collect();
    let listed = |(account_id, keys): (&str, Vec<SortKey>)| {
        let listed = |SortKey { at, openid }: SortKey| {
            rows.get(&(account_id, openid.as_str())).map(|row| Listed { follower: (*row).clone(), at })
        };
        keys.into_iter().filter_map(listed).collect()
    };
    Ok(lists.into_iter().map(listed).collect())
}

/// Followers by account and openid, gone ones included, in no order; those that do not exist are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<follower::Model>> {
    find_where(context, any_of(follower::Column::AccountId, follower::Column::Openid, possible(keys))).await
}

async fn find_where(context: &Context, wanted: Condition) -> Result<Vec<follower::Model>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(follower::Entity::find().filter(wanted).all(&context.database).await?)
}

/// The groups of several followers at once: account and openid → live groups in the order of the groups' list. A follower
/// in no group has the system group that says so (`0` or `1`); one who is gone has none.
pub async fn groups_of(context: &Context, followers: &[&follower::Model]) -> Result<HashMap<Key, Vec<group::Model>>> {
    let pairs = || followers.iter().map(|follower| (follower.account_id.as_str(), follower.openid.as_str()));
    let account_ids: BTreeSet<&str> = pairs().map(|(account_id, _)| account_id).collect();
    let all = groups::lists(context, &account_ids.into_iter().collect::<Vec<_>>()).await?;
    let mut joined: HashMap<Key, Vec<String>> = HashMap::new();
    let memberships = group_member::Entity::find()
        .filter(any_of(group_member::Column::AccountId, group_member::Column::Openid, pairs()))
        .all(&context.database)
        .await?;
    for membership in memberships {
        joined.entry((membership.account_id, membership.openid)).or_default().push(membership.group_id);
    }
    for follower in followers {
        let flags = [(follower.ungrouped, groups::UNGROUPED), (follower.blocked, groups::BLOCKED)];
        let flagged = flags.into_iter().filter(|(set, _)| *set && follower.subscribed).map(|(_, id)| id.to_owned());
        joined.entry((follower.account_id.clone(), follower.openid.clone())).or_default().extend(flagged);
    }
    let of = |((account_id, openid), ids): (Key, Vec<String>)| {
        let groups = all.get(&account_id).into_iter().flatten().filter(|group| ids.contains(&group.id)).cloned();
        let groups = groups.collect();
        ((account_id, openid), groups)
    };
    Ok(joined.into_iter().map(of).collect())
}
