//! The menu of an account, as it is edited here, and how it is brought to WeChat and from there.
//!
//! Two levels of buttons: those of the bar itself, and those in the lists that some of them open. What is edited stays
//! here until it is published. How many buttons WeChat takes and how long their names may be is checked then, and not
//! before: a menu in the making may be larger. Source: behaviour, part 13; design, section 13.

use std::collections::HashMap;

use entity::{menu, menu_button};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::replies::Target;
use super::{Context, Key, any_of, checks, possible};
use crate::error::{Error, Result};

mod bind;
mod edit;
pub mod fetch;
mod limits;
mod publish;
mod published;
mod written;

pub use bind::{Action, bind, unbind};
pub use edit::{Changes, NewButton, create, delete, update};
pub use fetch::fetch;
pub use publish::publish;
pub use published::{State, is_published};

/// WeChat's type of a button whose click is answered.
const CLICK: &str = "click";

/// WeChat's type of a button that opens an address.
const VIEW: &str = "view";

/// What messages call a button.
const NOUN: &str = "menu button";

/// A button of the bar and the list that it opens.
#[derive(Clone, Debug)]
pub struct Node {
    /// The button.
    pub button: menu_button::Model,
    /// The buttons in its list, in order; none if it opens no list.
    pub children: Vec<menu_button::Model>,
}

/// The key that clicks on a button report. A button that reports no clicks may have one for later, which is not shown.
pub fn keycode(button: &menu_button::Model) -> Option<&str> {
    let reports = button.kind.as_deref().is_some_and(|kind| kind != VIEW);
    button.keycode.as_deref().filter(|_| reports)
}

/// What a click on a button is answered with, if anything.
pub fn reply(button: &menu_button::Model) -> Option<Target> {
    button.reply_kind.zip(button.reply_id.clone()).map(|(kind, id)| Target { kind, id })
}

/// The menus of accounts: account → buttons in order. One without buttons is left out.
pub async fn trees(context: &Context, account_ids: &[&str]) -> Result<HashMap<String, Vec<Node>>> {
    let of_accounts = menu_button::Column::AccountId.is_in(account_ids.iter().copied());
    let rows = menu_button::Entity::find().filter(of_accounts).all(&context.database).await?;
    let mut by_account: HashMap<String, Vec<menu_button::Model>> = HashMap::new();
    for row in rows {
        by_account.entry(row.account_id.clone()).or_default().push(row);
    }
    Ok(by_account.into_iter().map(|(account_id, rows)| (account_id, arranged(rows))).collect())
}

/// The menu of one account.
async fn tree(connection: &impl ConnectionTrait, account_id: &str) -> Result<Vec<Node>> {
    Ok(arranged(rows(connection, account_id).await?))
}

async fn rows(connection: &impl ConnectionTrait, account_id: &str) -> Result<Vec<menu_button::Model>> {
    let own = menu_button::Entity::find().filter(menu_button::Column::AccountId.eq(account_id));
    Ok(own.order_by_asc(menu_button::Column::Id).all(connection).await?)
}

/// Puts the rows of one account in order.
fn arranged(mut rows: Vec<menu_button::Model>) -> Vec<Node> {
    rows.sort_by(|one, other| (one.sequence, &one.id).cmp(&(other.sequence, &other.id)));
    let (below, top): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.parent_id.is_some());
    let node = |button: menu_button::Model| {
        let is_child = |row: &&menu_button::Model| row.parent_id.as_ref() == Some(&button.id);
        let children = below.iter().filter(is_child).cloned().collect();
        Node { button, children }
    };
    top.into_iter().map(node).collect()
}

/// Buttons by account and id, in no order; those that do not exist are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<menu_button::Model>> {
    let wanted = any_of(menu_button::Column::AccountId, menu_button::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(menu_button::Entity::find().filter(wanted).all(&context.database).await?)
}

/// What is known of the menus of accounts as wholes; those of which nothing is known are left out.
pub async fn states(context: &Context, account_ids: &[&str]) -> Result<Vec<menu::Model>> {
    let of_accounts = menu::Column::AccountId.is_in(account_ids.iter().copied());
    Ok(menu::Entity::find().filter(of_accounts).all(&context.database).await?)
}

/// One button. Errors: `NotFound`.
async fn find(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<menu_button::Model> {
    let missing = || Error::not_found(NOUN, id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    let key = (account_id.to_owned(), id.to_owned());
    menu_button::Entity::find_by_id(key).one(connection).await?.ok_or_else(missing)
}

/// The button whose clicks report a key, and what they are answered with; `None` if nothing answers.
///
/// A key that the published menu still has although its button does nothing any more is answered by nothing.
pub async fn reply_of_key(
    connection: &impl ConnectionTrait,
    account_id: &str,
    key: &str,
) -> Result<Option<(String, Target)>> {
    // PostgreSQL cannot even compare with it.
    if key.contains('\0') {
        return Ok(None);
    }
    let buttons = menu_button::Entity::find()
        .filter(menu_button::Column::AccountId.eq(account_id))
        .filter(menu_button::Column::Keycode.eq(key))
        .order_by_asc(menu_button::Column::Id)
        .all(connection)
        .await?;
    // MySQL does not see blanks at the end.
    let answering = buttons.into_iter().filter(|button| keycode(button) == Some(key));
    Ok(answering.filter_map(|button| reply(&button).map(|target| (button.id, target))).next())
}
