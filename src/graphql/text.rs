//! Texts.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::api_token::Role;
use entity::text;

use super::loaders::{TextCount, find};
use super::scalars::DateTime;
use super::{domain, scope};
use crate::domain::texts;

/// A text: the simplest material, for replies, menus and mass sends.
pub struct Text(pub(super) text::Model);

/// A text: the simplest material, for replies, menus and mass sends.
#[Object]
impl Text {
    /// Id of the text.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// The text, as it was saved.
    async fn content(&self) -> &str {
        &self.0.content
    }

    /// When it was saved.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

/// How many texts there are in a list.
pub struct TextTotal {
    pub(super) account_id: String,
}

#[Object]
impl TextTotal {
    /// How many texts the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(find(ctx, TextCount(self.account_id.clone())).await?.unwrap_or_default())
    }
}

/// A text to be saved.
#[derive(InputObject)]
pub struct CreateTextInput {
    /// The account.
    account_id: ID,
    /// The text: 1 to 1,000 characters, kept as it is.
    content: String,
}

/// The text that a mutation concerned.
#[derive(SimpleObject)]
pub struct TextPayload {
    /// The text.
    text: Text,
}

/// Mutations of texts.
#[derive(Default)]
pub struct TextMutation;

#[Object]
impl TextMutation {
    /// Saves a text.
    async fn create_text(&self, ctx: &Context<'_>, input: CreateTextInput) -> Result<Option<TextPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        Ok(Some(TextPayload { text: Text(texts::create(domain(ctx), &scope, &input.content).await?) }))
    }
}
