//! The menu: what the owner does to it in the console, and what there is.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{Answer, account, body::Fields};
use crate::{
    button::Button,
    console_menu::ConsoleButton,
    menus::{Menu, Menus},
    state::{World, lock},
};

/// Makes a menu in the console or switches the menu on and off; answers as [`show`].
pub(super) async fn set(State(world): State<Arc<World>>, Path(app_id): Path<String>, mut fields: Fields) -> Answer {
    let account = account(&world, &app_id)?;
    let given = fields.take("button");
    let buttons = given.as_ref().map(|list| ConsoleButton::read_all(list, &world.contents)).transpose()?;
    let is_open = fields.flag("is_menu_open")?;
    fields.finish()?;
    let menus = &mut lock(&account).menus;
    if let (Some(buttons), Some(given)) = (buttons, given) {
        menus.set_console(buttons, given);
    }
    menus.is_open = is_open.unwrap_or(menus.is_open);
    Ok(Json(describe(menus)))
}

/// The menu by its origin, with the conditional ones, newest first.
pub(super) async fn show(State(world): State<Arc<World>>, Path(app_id): Path<String>) -> Answer {
    let account = account(&world, &app_id)?;
    Ok(Json(describe(&lock(&account).menus)))
}

fn describe(menus: &Menus) -> Value {
    let (origin, id, buttons) = match &menus.current {
        None => (None, None, json!([])),
        Some(Menu::Api { id, buttons }) => (Some("api"), Some(*id), buttons.iter().map(Button::to_json).collect()),
        Some(Menu::Console { given, .. }) => (Some("console"), None, given.clone()),
    };
    json!({
        "origin": origin,
        "is_menu_open": menus.is_open,
        "menuid": id,
        "button": buttons,
        "conditional": menus.conditional_json(),
    })
}
