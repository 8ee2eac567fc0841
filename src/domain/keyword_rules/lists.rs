//! Lists of keyword rules, oldest first, and the keywords of rules.

use std::collections::HashMap;

use entity::keyword;
use entity::keyword_rule::{self, Purpose};
use sea_orm::{ColumnTrait as _, EntityTrait as _, Order, QueryFilter as _, QuerySelect as _, Select};

use super::live;
use crate::domain::page::{Keyset, Numbered, Page, Slice, Union, Window};
use crate::domain::{Context, Key, any_of, possible};
use crate::error::Result;

/// How the rows of a list are ordered.
const ORDER: Union = Union { at: "created_at", id: "id" };

/// Only rules that listen to keywords, also those that have none. Source: behaviour, `GET keyword` and X24.
fn listed() -> Select<keyword_rule::Entity> {
    live().filter(keyword_rule::Column::Purpose.eq(Purpose::Keywords))
}

fn of_account(account_id: &str) -> Select<keyword_rule::Entity> {
    listed().filter(keyword_rule::Column::AccountId.eq(account_id))
}

/// Windows of the rules of accounts; each is an account's id and the window.
pub async fn slices(context: &Context, asked: &[(&str, &Window)]) -> Result<Vec<Slice<keyword_rule::Model>>> {
    let stretch = |(account_id, window): &(&str, &Window)| {
        let query = of_account(account_id);
        window.apply(query, keyword_rule::Column::CreatedAt, keyword_rule::Column::Id, Order::Asc)
    };
    let lists = ORDER.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    Ok(asked.iter().zip(lists).map(|((_, window), rows)| window.cut(rows)).collect())
}

/// Numbered pages of the rules of accounts.
pub async fn pages(context: &Context, asked: &[(&str, Numbered)]) -> Result<Vec<Page<keyword_rule::Model>>> {
    let stretch = |(account_id, numbered): &(&str, Numbered)| {
        let query = of_account(account_id);
        numbered.apply(query, keyword_rule::Column::CreatedAt, keyword_rule::Column::Id, Order::Asc)
    };
    let lists = ORDER.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    Ok(asked.iter().zip(lists).map(|((_, numbered), rows)| Page { numbered: *numbered, rows }).collect())
}

/// How many rules the lists of accounts have: account → rules. One without rules is left out.
pub async fn counts(context: &Context, account_ids: &[&str]) -> Result<HashMap<String, i64>> {
    let counted = listed()
        .select_only()
        .column(keyword_rule::Column::AccountId)
        .column_as(keyword_rule::Column::Id.count(), "rules")
        .filter(keyword_rule::Column::AccountId.is_in(account_ids.iter().copied()))
        .group_by(keyword_rule::Column::AccountId)
        .into_tuple()
        .all(&context.database)
        .await?;
    Ok(counted.into_iter().collect())
}

/// The place of a rule in the list.
pub fn place(rule: &keyword_rule::Model) -> Keyset {
    Keyset { at: rule.created_at, id: rule.id.clone() }
}

/// The keywords of several rules, each in order: account and rule → keywords. One without keywords is left out.
pub async fn keywords_of(context: &Context, rules: &[Key]) -> Result<HashMap<Key, Vec<keyword::Model>>> {
    let wanted = any_of(keyword::Column::AccountId, keyword::Column::RuleId, possible(rules));
    let mut keywords: HashMap<Key, Vec<keyword::Model>> = HashMap::new();
    if wanted.is_empty() {
        return Ok(keywords);
    }
    for keyword in keyword::Entity::find().filter(wanted).all(&context.database).await? {
        keywords.entry((keyword.account_id.clone(), keyword.rule_id.clone())).or_default().push(keyword);
    }
    for of_one in keywords.values_mut() {
        of_one.sort_by_key(|keyword| keyword.position);
    }
    Ok(keywords)
}
