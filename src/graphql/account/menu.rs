//! The menu of an account.

use async_graphql::{Context, ID, Object, Result};
use entity::account;

use crate::error::Error;
use crate::graphql::loaders::{MenuButtonById, find};
use crate::graphql::menu::{Menu, MenuButton};

/// What is flattened into the account.
pub(super) struct OfMenu<'a>(pub(super) &'a account::Model);

#[Object]
impl OfMenu<'_> {
    /// The menu, as it is edited here. WeChat shows it once it is published.
    async fn menu(&self) -> Menu {
        Menu { account_id: self.0.id.clone() }
    }

    /// One button of the menu.
    async fn menu_button(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the button.")] id: ID,
    ) -> Result<Option<MenuButton>> {
        let found = find(ctx, MenuButtonById((self.0.id.clone(), id.0.clone()))).await?;
        Ok(Some(MenuButton::alone(found.ok_or_else(|| Error::not_found("menu button", id.0))?)))
    }
}
