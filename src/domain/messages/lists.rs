//! Lists of messages and of events, newest first.
//!
//! A page or window is first read from an index alone, then the rows that it shows, however deep they lie. The messages of
//! an account may be millions, so what every list shows is not counted but kept: see [`message_tally`].

use std::collections::{BTreeSet, HashMap};

use entity::message::{self, Kind};
use entity::{Timestamp, message_tally};
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, FromQueryResult, Order, QueryFilter as _, QuerySelect as _, Select,
};

use super::{Filter, KINDS};
use crate::domain::page::{self, Numbered, Page, Slice, Stretch, Union, Window};
use crate::domain::{Context, any_of, checks};
use crate::error::Result;

/// Which rows a list shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selection {
    /// Messages.
    Messages(Filter),
    /// Events.
    Events {
        /// Of these names only, in lower case.
        names: Option<BTreeSet<String>>,
        /// Of this follower only.
        openid: Option<String>,
    },
}

/// A list of messages or of events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct List {
    /// The account.
    pub account_id: String,
    /// What of it.
    pub selection: Selection,
}

/// What places a row in a list, read from the list's index alone.
#[derive(Clone, Debug, FromQueryResult)]
struct SortKey {
    id: String,
}

/// The columns of the sort keys.
const KEYS: Union = Union { at: "at", id: "id" };

/// Kinds of messages that are so few that counting them costs nothing.
const RARE: [Kind; 1] = [Kind::Other];

/// Numbered pages of lists.
pub async fn pages(context: &Context, asked: &[(&List, Numbered)]) -> Result<Vec<Page<message::Model>>> {
    // A page without rows needs no look at the database.
    let with_rows = asked.iter().filter(|(_, numbered)| numbered.size > 0);
    let stretch = |(list, numbered): &(&List, Numbered)| {
        numbered.apply(list.keys(), message::Column::CreatedAt, message::Column::Id, Order::Desc)
    };
    let stretches: Vec<Stretch> = with_rows.map(stretch).collect();
    let mut keys = KEYS.read(&context.database, &stretches).await?.into_iter();
    let keys = asked.iter().map(|(list, numbered)| {
        let keys = if numbered.size > 0 { keys.next() } else { None };
        (list.account_id.as_str(), keys.unwrap_or_default())
    });
    let lists = load(context, keys.collect()).await?;
    Ok(asked.iter().zip(lists).map(|((_, numbered), rows)| Page { numbered: *numbered, rows }).collect())
}

/// Windows of lists.
pub async fn slices(context: &Context, asked: &[(&List, &Window)]) -> Result<Vec<Slice<message::Model>>> {
    let stretch = |(list, window): &(&List, &Window)| {
        window.apply(list.keys(), message::Column::CreatedAt, message::Column::Id, Order::Desc)
    };
    let keys = KEYS.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    let slices: Vec<Slice<SortKey>> = asked.iter().zip(keys).map(|((_, window), keys)| window.cut(keys)).collect();
    let account_ids = asked.iter().map(|(list, _)| list.account_id.as_str());
    let keys = account_ids.zip(&slices).map(|(account_id, slice)| (account_id, slice.rows.clone())).collect();
    let lists = load(context, keys).await?;
    Ok(slices.into_iter().zip(lists).map(|(slice, rows)| slice.with_rows(rows)).collect())
}

/// The rows of the keys of several lists, in the keys' order.
async fn load(context: &Context, lists: Vec<(&str, Vec<SortKey>)>) -> Result<Vec<Vec<message::Model>>> {
    let pairs = lists.iter().flat_map(|(account_id, keys)| keys.iter().map(|key| (*account_id, key.id.as_str())));
    let wanted = any_of(message::Column::AccountId, message::Column::Id, pairs);
    let rows = if wanted.is_empty() {
        Vec::new()
    } else {
        message::Entity::find().filter(wanted).all(&context.database).await?
    };
    let rows: HashMap<_, _> = rows.iter().map(|row| ((row.account_id.as_str(), row.id.as_str()), row)).collect();
    let of_list = |(account_id, keys): &(&str, Vec<SortKey>)| {
        keys.iter().filter_map(|key| rows.get(&(*account_id, key.id.as_str())).map(|row| (*row).clone())).collect()
    };
    Ok(lists.iter().map(of_list).collect())
}

/// How many rows there are in each of the lists: by at most two statements, of which one reads what is kept.
pub async fn counts(context: &Context, lists: &[&List]) -> Result<Vec<i64>> {
    let plans: Vec<Plan> = lists.iter().map(|list| list.plan()).collect();
    let kept = lists.iter().zip(&plans).filter(|(_, plan)| plan.tally.is_some());
    let account_ids: BTreeSet<&str> = kept.map(|(list, _)| list.account_id.as_str()).collect();
    let mut tallies: HashMap<String, message_tally::Model> = HashMap::new();
    if !account_ids.is_empty() {
        let found = message_tally::Entity::find().filter(message_tally::Column::AccountId.is_in(account_ids));
        tallies.extend(found.all(&context.database).await?.into_iter().map(|row| (row.account_id.clone(), row)));
    }
    let queries: Vec<_> = plans.iter().filter_map(|plan| plan.counted.clone()).collect();
    let mut counted = page::counts(&context.database, &queries).await?.into_iter();
    let total = |(list, plan): (&&List, &Plan)| {
        let counted = plan.counted.as_ref().and_then(|_| counted.next()).unwrap_or_default();
        match plan.tally {
            None => counted,
            Some(part) => tallies.get(&list.account_id).map(|tally| part.of(tally) - counted).unwrap_or_default(),
        }
    };
    Ok(lists.iter().zip(&plans).map(total).collect())
}

/// How a list is counted.
struct Plan {
    /// What is kept of it; what is counted is then taken off.
    tally: Option<Kept>,
    /// What is counted.
    counted: Option<Select<message::Entity>>,
}

/// A number that is kept.
#[derive(Clone, Copy)]
enum Kept {
    All,
    WithoutKeywordReplies,
}

impl Kept {
    const fn of(self, tally: &message_tally::Model) -> i64 {
        match self {
            Self::All => tally.messages,
            Self::WithoutKeywordReplies => tally.messages - tally.by_keyword,
        }
    }
}

impl List {
    /// The sort keys.
    fn keys(&self) -> Select<message::Entity> {
        self.query()
            .select_only()
            .column_as(message::Column::CreatedAt, KEYS.at)
            .column_as(message::Column::Id, KEYS.id)
    }

    fn query(&self) -> Select<message::Entity> {
        let of_account = message::Entity::find().filter(message::Column::AccountId.eq(&self.account_id));
        match &self.selection {
            Selection::Messages(filter) => of_account.filter(filter.condition()),
            Selection::Events { names, openid } => {
                let names = names.as_ref().map(|names| message::Column::Event.is_in(names.iter().map(String::as_str)));
                let events = Condition::all().add(message::Column::IsEvent.eq(true)).add_option(names);
                of_account.filter(events.add_option(openid.as_deref().map(of_sender)))
            }
        }
    }

    fn plan(&self) -> Plan {
        let Selection::Messages(filter) = &self.selection else {
            return Plan { tally: None, counted: Some(self.query()) };
        };
        let absent = filter.absent();
        let everywhere = filter.sent_from.is_none() && filter.sent_before.is_none();
        let is_kept = everywhere && filter.text.is_none() && filter.openid.is_none();
        if !is_kept || !absent.iter().all(|kind| RARE.contains(kind)) {
            return Plan { tally: None, counted: Some(self.query()) };
        }
        let kept = if filter.without_keyword_replies { Kept::WithoutKeywordReplies } else { Kept::All };
        let filter = Filter {
            kinds: Some(absent.iter().copied().collect()),
            without_keyword_replies: filter.without_keyword_replies,
            ..Filter::default()
        };
        let absentees = Self { account_id: self.account_id.clone(), selection: Selection::Messages(filter) };
        Plan { tally: Some(kept), counted: (!absent.is_empty()).then(|| absentees.query()) }
    }
}

impl Filter {
    /// The kinds that it leaves out.
    fn absent(&self) -> Vec<Kind> {
        match &self.kinds {
            None => Vec::new(),
            Some(kinds) => KINDS.into_iter().filter(|kind| !kinds.contains(kind)).collect(),
        }
    }

    fn condition(&self) -> Condition {
        use message::Column;
        let since = |at: Timestamp| Column::CreatedAt.gte(at);
        let before = |at: Timestamp| Column::CreatedAt.lt(at);
        self.kind_condition()
            .add_option(self.sent_from.map(since))
            .add_option(self.sent_before.map(before))
            .add_option(self.without_keyword_replies.then(|| Column::ByKeyword.eq(false)))
            .add_option(self.openid.as_deref().map(of_sender))
            .add_option(self.text.as_deref().map(|needle| Column::Folded.like(containing(needle))))
    }

    /// What the kinds come to. Of one kind, and of all but one, an index gives the rows in the order of the list; of the
    /// rest whether it is an event decides.
    fn kind_condition(&self) -> Condition {
        use message::Column;
        let messages = Condition::all().add(Column::IsEvent.eq(false));
        let kinds: Vec<Kind> = match &self.kinds {
            Some(kinds) if self.text.is_some() => kinds.iter().copied().filter(|kind| *kind == Kind::Text).collect(),
            Some(kinds) => kinds.iter().copied().collect(),
            None if self.text.is_some() => vec![Kind::Text],
            None => return messages,
        };
        match (kinds.as_slice(), self.absent().as_slice()) {
            (&[kind], _) if self.openid.is_none() => Condition::all().add(Column::Kind.eq(kind)),
            (&[kind], _) => messages.add(Column::Kind.eq(kind)),
            ([], _) => messages.add(never()),
            (_, []) => messages,
            (_, &[absent]) => messages.add(Column::Kind.ne(absent)),
            (kinds, _) => messages.add(Column::Kind.is_in(kinds.iter().copied())),
        }
    }
}

/// What a follower sent; nothing of somebody who cannot be.
fn of_sender(openid: &str) -> sea_orm::sea_query::SimpleExpr {
    if checks::is_possible_id(openid) { message::Column::Openid.eq(openid) } else { never() }
}

fn never() -> sea_orm::sea_query::SimpleExpr {
    Expr::value(1).eq(0)
}

/// Contains the needle, and takes nothing in it for a wildcard. Source: behaviour, D5.
fn containing(needle: &str) -> LikeExpr {
    let mut pattern = String::with_capacity(needle.len() + 2);
    pattern.push('%');
    for character in needle.chars() {
        if matches!(character, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape(ESCAPE)
}

/// Not the backslash: within a literal that is itself an escape to MySQL, and none to the others.
const ESCAPE: char = '!';
