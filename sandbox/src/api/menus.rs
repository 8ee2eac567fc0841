//! Menus: WeChat "Custom menu" (自定义菜单): create, query, delete, and what users really see.

use serde_json::{Value, json};

use crate::{
    answer::{Answer, Outcome, Refusal},
    button::{Button, Rules},
    console_menu::Showing,
    endpoint::{Call, Endpoint},
    errcode::Errcode,
    library::File,
    menus::Menu,
    permission::Capability,
    state::Account,
    video,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint::post("/cgi-bin/menu/create", Capability::Menus, create).daily(1000),
    Endpoint::get("/cgi-bin/menu/get", Capability::Menus, get).daily(10_000),
    Endpoint::get("/cgi-bin/menu/delete", Capability::Menus, delete).daily(1000),
    Endpoint::get("/cgi-bin/get_current_selfmenu_info", Capability::Console, current),
];

fn create(call: &mut Call<'_>) -> Outcome {
    let body = body(call)?;
    let Account { menus, library, published, .. } = &mut *call.account;
    menus.create(&body["button"], Rules { library, published })?;
    Answer::done()
}

fn get(call: &mut Call<'_>) -> Outcome {
    Answer::data(&call.account.menus.to_json()?)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    call.account.menus.delete();
    Answer::done()
}

fn current(call: &mut Call<'_>) -> Outcome {
    let (world, request) = (call.world, call.request);
    let Account { menus, library, .. } = &mut *call.account;
    let link = |file: &File| video::link(world, request, &file.content);
    let mut showing = Showing { library, link: &link, now: call.now };
    let (is_open, buttons) = match &menus.current {
        None => (false, Vec::new()),
        Some(Menu::Api { buttons, .. }) => (menus.is_open, buttons.iter().map(Button::to_current_json).collect()),
        Some(Menu::Console { buttons, .. }) => {
            (menus.is_open, buttons.iter().map(|button| button.show(&mut showing)).collect::<Vec<_>>())
        }
    };
    Answer::data(&json!({"is_menu_open": u8::from(is_open), "selfmenu_info": {"button": buttons}}))
}

/// The body of a call that makes a menu. Errors: those of every body; 40033 when it escapes characters that are no
/// ASCII.
pub(super) fn body(call: &Call<'_>) -> Result<Value, Refusal> {
    let body = call.json()?;
    let text = call.request.payload.plain().map(|bytes| String::from_utf8_lossy(bytes));
    if text.is_some_and(|text| has_unicode_escape(&text)) {
        return Err(Errcode::UNICODE_ESCAPES.into());
    }
    Ok(body)
}

/// Whether a JSON text has `\uXXXX` for anything beyond ASCII.
fn has_unicode_escape(json: &str) -> bool {
    let mut rest = json;
    while let Some(start) = rest.find('\\') {
        let escape = &rest[start + 1..];
        let number = escape.strip_prefix('u').and_then(|digits| u32::from_str_radix(digits.get(..4)?, 16).ok());
        if number.is_some_and(|number| number > 0x7f) {
            return true;
        }
        // The character after a backslash belongs to it, also when it is another backslash.
        let escaped = escape.chars().next().map_or(0, char::len_utf8);
        rest = &escape[escaped..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_escapes_of_characters_beyond_ascii_count() {
        for (json, expected) in [
            (r#"{"name":"菜单"}"#, false),
            (r#"{"name":"\u83dc\u5355"}"#, true),
            (r#"{"name":"\ud83d\ude00"}"#, true),
            (r#"{"name":"\u00e9"}"#, true),
            (r#"{"url":"http://a/?b\u0026c"}"#, false),
            (r#"{"name":"\\u83dc"}"#, false),
            (r#"{"name":"\\\u83dc"}"#, true),
            (r#"{"name":"\n\"\/菜"}"#, false),
        ] {
            assert_eq!(has_unicode_escape(json), expected, "{json}");
        }
    }
}
