//! Lists of materials.

use std::collections::HashMap;

use entity::media::{self, Kind};
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _, QuerySelect as _, Select};

use super::live;
use crate::domain::Context;
use crate::domain::page::{Keyset, Numbered, Page, Slice, Union, Window};
use crate::error::Result;

/// The materials of a kind, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct List {
    /// The account.
    pub account_id: String,
    /// The kind.
    pub kind: Kind,
}

/// How the rows of a list are ordered.
const ORDER: Union = Union { at: "created_at", id: "id" };

impl List {
    fn query(&self) -> Select<media::Entity> {
        live().filter(media::Column::AccountId.eq(&self.account_id)).filter(media::Column::Kind.eq(self.kind))
    }
}

/// Windows of lists.
pub async fn slices(context: &Context, asked: &[(&List, &Window)]) -> Result<Vec<Slice<media::Model>>> {
    let stretch = |(list, window): &(&List, &Window)| {
        window.apply(list.query(), media::Column::CreatedAt, media::Column::Id, Order::Desc)
    };
    let lists = ORDER.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    Ok(asked.iter().zip(lists).map(|((_, window), rows)| window.cut(rows)).collect())
}

/// Numbered pages of lists.
pub async fn pages(context: &Context, asked: &[(&List, Numbered)]) -> Result<Vec<Page<media::Model>>> {
    let stretch = |(list, numbered): &(&List, Numbered)| {
        numbered.apply(list.query(), media::Column::CreatedAt, media::Column::Id, Order::Desc)
    };
    let lists = ORDER.read(&context.database, &asked.iter().map(stretch).collect::<Vec<_>>()).await?;
    Ok(asked.iter().zip(lists).map(|((_, numbered), rows)| Page { numbered: *numbered, rows }).collect())
}

/// How many materials there are in lists. An empty list is left out.
pub async fn counts(context: &Context, lists: &[&List]) -> Result<HashMap<List, i64>> {
    let counted: Vec<(String, Kind, i64)> = live()
        .select_only()
        .columns([media::Column::AccountId, media::Column::Kind])
        .column_as(media::Column::Id.count(), "media")
        .filter(media::Column::AccountId.is_in(lists.iter().map(|list| &list.account_id)))
        .filter(media::Column::Kind.is_in(lists.iter().map(|list| list.kind)))
        .group_by(media::Column::AccountId)
        .group_by(media::Column::Kind)
        .into_tuple()
        .all(&context.database)
        .await?;
    Ok(counted.into_iter().map(|(account_id, kind, count)| (List { account_id, kind }, count)).collect())
}

/// The place of a material in its list.
pub fn place(media: &media::Model) -> Keyset {
    Keyset { at: media.created_at, id: media.id.clone() }
}
