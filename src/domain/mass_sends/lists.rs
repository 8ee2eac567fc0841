//! Lists of mass sends, newest first, and the chunks of mass sends.

use std::collections::HashMap;

use entity::mass_send;
use entity::mass_send_chunk;
use sea_orm::{ColumnTrait as _, EntityTrait as _, Order, QueryFilter as _, QuerySelect as _, Select};

use crate::domain::page::{Keyset, Numbered, Page, Slice, Union, Window};
use crate::domain::{Context, Key, any_of, possible};
use crate::error::Result;

/// How the rows of a list are ordered.
const ORDER: Union = Union { at: "created_at", id: "id" };

fn of_account(account_id: &str) -> Select<mass_send::Entity> {
    mass_send::Entity::find().filter(mass_send::Column::AccountId.eq(account_id))
}

/// Windows of the mass sends of accounts; each is an account's id and the window.
pub async fn slices(context: &Context, asked: &[(&str, &Window)]) -> Result<Vec<Slice<mass_send::Model>>> {
    let stretch = |(account_id, window): &(&str, &Window)| {
        window.apply(of_account(account_id), mass_send::Column::CreatedAt, mass_send::Column::Id, Order::Desc)
    };
    let lists = ORDER.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    Ok(asked.iter().zip(lists).map(|((_, window), rows)| window.cut(rows)).collect())
}

/// Numbered pages of the mass sends of accounts.
pub async fn pages(context: &Context, asked: &[(&str, Numbered)]) -> Result<Vec<Page<mass_send::Model>>> {
    let stretch = |(account_id, numbered): &(&str, Numbered)| {
        numbered.apply(of_account(account_id), mass_send::Column::CreatedAt, mass_send::Column::Id, Order::Desc)
    };
    let lists = ORDER.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    Ok(asked.iter().zip(lists).map(|((_, numbered), rows)| Page { numbered: *numbered, rows }).collect())
}

/// How many mass sends accounts have: account → mass sends. One without any is left out.
pub async fn counts(context: &Context, account_ids: &[&str]) -> Result<HashMap<String, i64>> {
    let counted = mass_send::Entity::find()
        .select_only()
        .column(mass_send::Column::AccountId)
        .column_as(mass_send::Column::Id.count(), "mass_sends")
        .filter(mass_send::Column::AccountId.is_in(account_ids.iter().copied()))
        .group_by(mass_send::Column::AccountId)
        .into_tuple()
        .all(&context.database)
        .await?;
    Ok(counted.into_iter().collect())
}

/// The place of a mass send in the list.
pub fn place(mass_send: &mass_send::Model) -> Keyset {
    Keyset { at: mass_send.created_at, id: mass_send.id.clone() }
}

/// The chunks of several mass sends, each in order: account and mass send → chunks.
pub async fn chunks_of(context: &Context, mass_sends: &[Key]) -> Result<HashMap<Key, Vec<mass_send_chunk::Model>>> {
    let wanted = any_of(mass_send_chunk::Column::AccountId, mass_send_chunk::Column::MassSendId, possible(mass_sends));
    let mut chunks: HashMap<Key, Vec<mass_send_chunk::Model>> = HashMap::new();
    if wanted.is_empty() {
        return Ok(chunks);
    }
    for chunk in mass_send_chunk::Entity::find().filter(wanted).all(&context.database).await? {
        chunks.entry((chunk.account_id.clone(), chunk.mass_send_id.clone())).or_default().push(chunk);
    }
    for of_one in chunks.values_mut() {
        of_one.sort_by_key(|chunk| chunk.position);
    }
    Ok(chunks)
}
