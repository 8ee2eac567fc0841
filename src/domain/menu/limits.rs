//! What WeChat minds about a menu, found before it is asked: it names no button.
//!
//! Source: WeChat reference, sections 9.1 and 9.5.

use entity::menu_button;

use super::{CLICK, Node, VIEW, keycode};
use crate::error::{Error, Result};
use crate::wechat::MenuButton;

/// Types whose taps report a key.
const WITH_KEY: [&str; 7] =
    [CLICK, "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"];

/// Types that open an address, or have one for old clients.
const WITH_URL: [&str; 2] = [VIEW, "miniprogram"];

/// Types that only WeChat's console makes, and what does the same here.
const OF_CONSOLE: [(&str, &str); 5] = [
    ("text", "save the text here and bind it as a reply"),
    ("img", "upload the image here and bind it as a reply"),
    ("voice", "upload the voice here and bind it as a reply"),
    ("video", "upload the video here and bind it as a reply"),
    ("news", "save the news here and bind it as a reply, or bind a link to the article"),
];

/// Checks a menu that is to be published. An empty one is fine: it is deleted.
///
/// Errors: `Invalid`, naming the button and its field as `account.menu` shows them: `buttons[0].subButtons[1].name`.
pub(super) fn check(nodes: &[Node]) -> Result<()> {
    let most = *MenuButton::PER_MENU.end();
    if nodes.len() > most {
        let reason = format!("the menu has {} buttons in its bar; WeChat takes at most {most}", nodes.len());
        return Err(Error::invalid("buttons", reason));
    }
    for (index, node) in nodes.iter().enumerate() {
        let place = Place { path: format!("buttons[{index}]"), button: &node.button };
        place.check_name(MenuButton::MAX_NAME_BYTES)?;
        if node.children.is_empty() {
            place.check_action()?;
            continue;
        }
        let most = *MenuButton::PER_LIST.end();
        if node.children.len() > most {
            let length = node.children.len();
            return Err(
                place.refusal("subButtons", &format!("has {length} buttons below it; WeChat takes at most {most}"))
            );
        }
        for (index, child) in node.children.iter().enumerate() {
            let place = Place { path: format!("{}.subButtons[{index}]", place.path), button: child };
            place.check_name(MenuButton::MAX_SUB_NAME_BYTES)?;
            place.check_action()?;
        }
    }
    Ok(())
}

/// A button, and where it stands.
struct Place<'a> {
    path: String,
    button: &'a menu_button::Model,
}

impl Place<'_> {
    fn refusal(&self, field: &str, what: &str) -> Error {
        let menu_button::Model { name, id, .. } = self.button;
        Error::invalid(format!("{}.{field}", self.path), format!("menu button {name:?} ({id}) {what}"))
    }

    fn check_name(&self, most: usize) -> Result<()> {
        let bytes = self.button.name.len();
        if bytes == 0 {
            return Err(self.refusal("name", "has no name"));
        }
        if bytes > most {
            let what =
                format!("has a name of {bytes} bytes; WeChat takes at most {most} here, 3 for a Chinese character");
            return Err(self.refusal("name", &what));
        }
        Ok(())
    }

    fn check_action(&self) -> Result<()> {
        let Some(kind) = self.button.kind.as_deref() else {
            return Err(self.refusal("type", "does nothing; bind a reply or a link to it, or delete it"));
        };
        if let Some((_, instead)) = OF_CONSOLE.into_iter().find(|(of_console, _)| *of_console == kind) {
            let what = format!("is of the type {kind}, which only WeChat's console can make; {instead}");
            return Err(self.refusal("type", &what));
        }
        if WITH_KEY.contains(&kind) {
            self.check_text("keycode", keycode(self.button), MenuButton::MAX_KEY_BYTES)?;
        }
        if WITH_URL.contains(&kind) {
            self.check_text("url", self.button.url.as_deref(), MenuButton::MAX_URL_BYTES)?;
        }
        Ok(())
    }

    fn check_text(&self, field: &str, text: Option<&str>, most: usize) -> Result<()> {
        match text.map_or(0, str::len) {
            0 => Err(self.refusal(field, &format!("has no {field}; bind a reply or a link to it"))),
            bytes if bytes > most => {
                Err(self.refusal(field, &format!("has a {field} of {bytes} bytes; WeChat takes at most {most}")))
            }
            _ => Ok(()),
        }
    }
}
