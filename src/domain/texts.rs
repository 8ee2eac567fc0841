//! Texts: the simplest material.

use entity::text;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, Order, PaginatorTrait as _, QueryFilter as _};

use super::page::{Keyset, Slice, Window};
use super::{Context, Scope, checks};
use crate::clock;
use crate::error::{Error, Result};

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

/// One text. Errors: `NotFound`.
pub async fn find(context: &Context, account_id: &str, id: &str) -> Result<text::Model> {
    if !checks::is_possible_id(id) {
        return Err(Error::not_found("text", id));
    }
    text::Entity::find_by_id((account_id.to_owned(), id.to_owned()))
        .one(&context.database)
        .await?
        .ok_or_else(|| Error::not_found("text", id))
}

/// The texts of an account, newest first.
pub async fn slice(context: &Context, account_id: &str, window: &Window) -> Result<Slice<text::Model>> {
    let query = text::Entity::find().filter(text::Column::AccountId.eq(account_id));
    let rows =
        window.apply(query, text::Column::CreatedAt, text::Column::Id, Order::Desc).all(&context.database).await?;
    Ok(window.cut(rows))
}

/// How many texts an account has.
pub async fn count(context: &Context, account_id: &str) -> Result<u64> {
    Ok(text::Entity::find().filter(text::Column::AccountId.eq(account_id)).count(&context.database).await?)
}

/// The place of a text in the list.
pub fn place(text: &text::Model) -> Keyset {
    Keyset { at: text.created_at, id: text.id.clone() }
}
