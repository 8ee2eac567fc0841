//! Texts: the simplest material.

use std::collections::HashMap;

use entity::text;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, Order, QueryFilter as _, QuerySelect as _};

use super::page::{Keyset, Slice, Union, Window};
use super::{Context, Key, Scope, any_of, checks, possible};
use crate::clock;
use crate::error::Result;

/// Saves a text. `content`: 1 to 1,000 characters, kept as it is.
///
/// Source: /v1 "保存文本".
pub async fn create(context: &Context, scope: &Scope, content: &str) -> Result<text::Model> {
    let content = checks::text("content", content, checks::TEXT_LENGTH)?;
    let text = text::ActiveModel {
        account_id: Set(scope.id().to_owned()),
        id: Set(clock::new_id()),
        content: Set(content),
        created_at: Set(clock::now()),
    };
    Ok(text::Entity::insert(text).exec_with_returning(&context.database).await?)
}

/// Texts by account and id, in no order; those that do not exist are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<text::Model>> {
    let wanted = any_of(text::Column::AccountId, text::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(text::Entity::find().filter(wanted).all(&context.database).await?)
}

/// Windows of the texts of accounts, newest first; each is an account's id and the window.
pub async fn slices(context: &Context, asked: &[(&str, &Window)]) -> Result<Vec<Slice<text::Model>>> {
    let stretch = |(account_id, window): &(&str, &Window)| {
        let query = text::Entity::find().filter(text::Column::AccountId.eq(*account_id));
        window.apply(query, text::Column::CreatedAt, text::Column::Id, Order::Desc)
    };
    let stretches: Vec<_> = asked.iter().map(stretch).collect();
    let lists = Union { at: "created_at", id: "id" }.read(&context.database, &stretches).await?;
    Ok(asked.iter().zip(lists).map(|((_, window), rows)| window.cut(rows)).collect())
}

/// How many texts accounts have: account → texts. One without texts is left out.
pub async fn counts(context: &Context, account_ids: &[&str]) -> Result<HashMap<String, i64>> {
    let counted = text::Entity::find()
        .select_only()
        .column(text::Column::AccountId)
        .column_as(text::Column::Id.count(), "texts")
        .filter(text::Column::AccountId.is_in(account_ids.iter().copied()))
        .group_by(text::Column::AccountId)
        .into_tuple()
        .all(&context.database)
        .await?;
    Ok(counted.into_iter().collect())
}

/// The place of a text in the list.
pub fn place(text: &text::Model) -> Keyset {
    Keyset { at: text.created_at, id: text.id.clone() }
}
