//! Lists of news, last changed first.

use std::collections::HashMap;

use entity::news;
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _, QuerySelect as _, Select};

use super::live;
use crate::domain::Context;
use crate::domain::page::{Keyset, Numbered, Page, Slice, Union, Window};
use crate::error::Result;

/// How the rows of a list are ordered.
const ORDER: Union = Union { at: "updated_at", id: "id" };

fn of_account(account_id: &str) -> Select<news::Entity> {
    live().filter(news::Column::AccountId.eq(account_id))
}

/// Windows of the news of accounts; each is an account's id and the window.
pub async fn slices(context: &Context, asked: &[(&str, &Window)]) -> Result<Vec<Slice<news::Model>>> {
    let stretch = |(account_id, window): &(&str, &Window)| {
        window.apply(of_account(account_id), news::Column::UpdatedAt, news::Column::Id, Order::Desc)
    };
    let lists = ORDER.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    Ok(asked.iter().zip(lists).map(|((_, window), rows)| window.cut(rows)).collect())
}

/// Numbered pages of the news of accounts.
pub async fn pages(context: &Context, asked: &[(&str, Numbered)]) -> Result<Vec<Page<news::Model>>> {
    let stretch = |(account_id, numbered): &(&str, Numbered)| {
        numbered.apply(of_account(account_id), news::Column::UpdatedAt, news::Column::Id, Order::Desc)
    };
    let lists = ORDER.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    Ok(asked.iter().zip(lists).map(|((_, numbered), rows)| Page { numbered: *numbered, rows }).collect())
}

/// How many news accounts have: account → news. One without news is left out.
pub async fn counts(context: &Context, account_ids: &[&str]) -> Result<HashMap<String, i64>> {
    let counted = live()
        .select_only()
        .column(news::Column::AccountId)
        .column_as(news::Column::Id.count(), "news")
        .filter(news::Column::AccountId.is_in(account_ids.iter().copied()))
        .group_by(news::Column::AccountId)
        .into_tuple()
        .all(&context.database)
        .await?;
    Ok(counted.into_iter().collect())
}

/// The place of a news in the list.
pub fn place(news: &news::Model) -> Keyset {
    Keyset { at: news.updated_at, id: news.id.clone() }
}
