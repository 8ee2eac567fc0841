//! The menu as WeChat writes it.

use serde_json::{Map, Value};

use super::{Node, keycode};
use crate::error::{Error, Result};
use crate::wechat::MenuButton;

/// The menu as it would be published. What a button that opens a list does besides is left out: WeChat knows no such thing.
pub(super) fn buttons(nodes: &[Node]) -> Result<Vec<MenuButton>> {
    let button = |node: &Node| {
        if node.children.is_empty() {
            return leaf(&node.button);
        }
        let sub_button = node.children.iter().map(leaf).collect::<Result<_>>()?;
        Ok(MenuButton { name: node.button.name.clone(), sub_button, ..MenuButton::default() })
    };
    nodes.iter().map(button).collect()
}

fn leaf(button: &entity::menu_button::Model) -> Result<MenuButton> {
    Ok(MenuButton {
        kind: button.kind.clone(),
        name: button.name.clone(),
        key: keycode(button).map(Into::into),
        url: button.url.clone(),
        sub_button: Vec::new(),
        more: match &button.details {
            Some(details) => serde_json::from_str(details).map_err(|error| unreadable(&error))?,
            None => Map::new(),
        },
    })
}

/// The one JSON text of a menu: two menus are the same if their texts are.
pub(super) fn canonical(buttons: &[MenuButton]) -> Result<String> {
    let mut json = serde_json::to_value(buttons).map_err(|error| unreadable(&error))?;
    json.sort_all_objects();
    Ok(json.to_string())
}

/// What a button has beside the usual members, as a text; `None` for nothing.
pub(super) fn details(more: Map<String, Value>) -> Option<String> {
    (!more.is_empty()).then(|| Value::Object(more).to_string())
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::Internal(format!("the JSON of a menu: {error}"))
}
