//! Relations of menus.

use std::sync::Arc;

use async_graphql::dataloader::Loader;
use entity::{menu as menu_row, menu_button};

use super::{Answers, Loaders};
use crate::domain::{Key, menu};
use crate::error::Error;

/// Key: an account's id. Value: its menu, in order. Absent: it has no buttons.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MenuOfAccount(pub(in crate::graphql) String);

impl Loader<MenuOfAccount> for Loaders {
    type Value = Vec<menu::Node>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MenuOfAccount]) -> Answers<MenuOfAccount, Self::Value> {
        let account_ids: Vec<_> = keys.iter().map(|MenuOfAccount(id)| id.as_str()).collect();
        let trees = menu::trees(&self.context, &account_ids).await?;
        Ok(trees.into_iter().map(|(account_id, nodes)| (MenuOfAccount(account_id), nodes)).collect())
    }
}

/// Key: an account's id. Value: what is known of its menu as a whole. Absent: nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MenuState(pub(in crate::graphql) String);

impl Loader<MenuState> for Loaders {
    type Value = menu_row::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MenuState]) -> Answers<MenuState, Self::Value> {
        let account_ids: Vec<_> = keys.iter().map(|MenuState(id)| id.as_str()).collect();
        let states = menu::states(&self.context, &account_ids).await?;
        Ok(states.into_iter().map(|state| (MenuState(state.account_id.clone()), state)).collect())
    }
}

/// Key: account and id. Value: the button. Absent: it does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MenuButtonById(pub(in crate::graphql) Key);

impl Loader<MenuButtonById> for Loaders {
    type Value = menu_button::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MenuButtonById]) -> Answers<MenuButtonById, Self::Value> {
        let keys: Vec<_> = keys.iter().map(|MenuButtonById(key)| key.clone()).collect();
        let rows = menu::find_many(&self.context, &keys).await?;
        Ok(rows.into_iter().map(|row| (MenuButtonById((row.account_id.clone(), row.id.clone())), row)).collect())
    }
}
