//! The menu (自定义菜单): what the account shows below its chat.
//!
//! WeChat has two calls that read it, and each tells a part: `menu/get` knows only what the API made, in the shape in which
//! it is made; `get_current_selfmenu_info` knows what the account's owner made in the console as well, in another shape.
//! Both are read into [`MenuButton`]. What a button has besides its usual members, and types that are not known here, are
//! kept as they come, so that a menu can be written back as it was read.
//!
//! Conditional menus (个性化菜单) are left alone, but for [`Client::delete_menu`].
//! Source: the group "自定义菜单" (custom menu) of the Official Account documentation.

use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::call::{Call, Done, Repeat};
use super::client::{Client, Credentials};
use super::error::{Error, Result};
use super::wire;

/// The code that says that the account has no menu.
const NO_MENU: i64 = 46003;

/// A button of a menu. Members that are not given are not sent either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuButton {
    /// What a tap does: `click`, `view`, `miniprogram`, …. `None` for a button that opens a list of others.
    #[serde(rename = "type", default, deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What is written on it. At most [`MenuButton::MAX_NAME_BYTES`], or [`MenuButton::MAX_SUB_NAME_BYTES`].
    #[serde(default, deserialize_with = "name", serialize_with = "wire::writable")]
    pub name: String,
    /// What its event names. At most [`MenuButton::MAX_KEY_BYTES`].
    #[serde(default, deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Where it leads. At most [`MenuButton::MAX_URL_BYTES`].
    #[serde(default, deserialize_with = "wire::text", skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The buttons of the list that it opens; those have none.
    #[serde(default, deserialize_with = "sub_buttons", skip_serializing_if = "Vec::is_empty")]
    pub sub_button: Vec<Self>,
    /// All other members: `appid`, `pagepath`, `media_id`, `article_id`, and of buttons from the console `value` and
    /// `news_info`.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl MenuButton {
    /// How many buttons a menu has.
    pub const PER_MENU: RangeInclusive<usize> = 1..=3;
    /// How many buttons a list has.
    pub const PER_LIST: RangeInclusive<usize> = 1..=5;
    /// The longest name of a button of the menu itself, in bytes of UTF-8.
    pub const MAX_NAME_BYTES: usize = 16;
    /// The longest name of a button in a list, in bytes of UTF-8.
    pub const MAX_SUB_NAME_BYTES: usize = 60;
    /// The longest key, in bytes of UTF-8.
    pub const MAX_KEY_BYTES: usize = 128;
    /// The longest address, in bytes of UTF-8.
    pub const MAX_URL_BYTES: usize = 1_024;

    /// Brings a button of `get_current_selfmenu_info` into the shape in which it is made: that call may give the
    /// permanent material of a button under `value`, which is not certain.
    fn unify(mut self) -> Self {
        if matches!(self.kind.as_deref(), Some("media_id" | "view_limited"))
            && let Some(value) = self.more.shift_remove("value")
        {
            self.more.entry("media_id").or_insert(value);
        }
        self.sub_button = self.sub_button.into_iter().map(Self::unify).collect();
        self
    }
}

/// The menu that users see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentMenu {
    /// Whether users see it: the owner can switch it off.
    pub is_open: bool,
    /// Its buttons; none without a menu.
    pub buttons: Vec<MenuButton>,
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    wire::text(deserializer).map(Option::unwrap_or_default)
}

/// A list, or an object with a list, or nothing.
fn sub_buttons<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<MenuButton>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum SubButtons {
        Bare(Vec<MenuButton>),
        Wrapped {
            #[serde(default)]
            list: Vec<MenuButton>,
        },
        Nothing(()),
    }
    Ok(match SubButtons::deserialize(deserializer)? {
        SubButtons::Bare(list) | SubButtons::Wrapped { list } => list,
        SubButtons::Nothing(()) => Vec::new(),
    })
}

impl Client {
    /// The menu that the API made; empty when there is none, also where the owner made one in the console.
    ///
    /// `GET /cgi-bin/menu/get`; 10,000 a day. Reads, so it is repeated.
    ///
    /// # Errors
    /// 45009 (quota), 48001. 46003 is no error but the empty menu.
    pub async fn menu(&self, credentials: &Credentials) -> Result<Vec<MenuButton>> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default, deserialize_with = "wire::integer")]
            errcode: Option<i64>,
            #[serde(default)]
            menu: Option<Menu>,
        }
        #[derive(Deserialize)]
        struct Menu {
            button: Vec<MenuButton>,
        }
        const API: &str = "/cgi-bin/menu/get";
        let answer: Answer = self.call(credentials, Call::get(API).answered_by(&[NO_MENU])).await?;
        match answer.menu {
            Some(menu) => Ok(menu.button),
            None if answer.errcode == Some(NO_MENU) => Ok(Vec::new()),
            None => Err(Error::Unreadable { api: API, reason: "there is no menu in it".to_owned() }),
        }
    }

    /// The menu that users see, wherever it was made.
    ///
    /// `GET /cgi-bin/get_current_selfmenu_info`; the quota is not documented. Reads, so it is repeated. Open to accounts that
    /// are not verified, too. Pictures, voices and videos of buttons from the console come as media ids and links that last
    /// a few days, others on every call.
    ///
    /// # Errors
    /// 45009 (quota). 46003 is no error but the empty menu.
    pub async fn current_menu(&self, credentials: &Credentials) -> Result<CurrentMenu> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default, deserialize_with = "wire::integer")]
            errcode: Option<i64>,
            #[serde(default, deserialize_with = "wire::integer")]
            is_menu_open: Option<i64>,
            #[serde(default)]
            selfmenu_info: Option<Info>,
        }
        #[derive(Deserialize)]
        struct Info {
            #[serde(default)]
            button: Option<Vec<MenuButton>>,
        }
        const API: &str = "/cgi-bin/get_current_selfmenu_info";
        let answer: Answer = self.call(credentials, Call::get(API).answered_by(&[NO_MENU])).await?;
        // How a menu without buttons looks is not documented; whether it is open is always said.
        match answer.is_menu_open {
            Some(open) => {
                let buttons = answer.selfmenu_info.and_then(|info| info.button).unwrap_or_default();
                let buttons = buttons.into_iter().map(MenuButton::unify).collect();
                Ok(CurrentMenu { is_open: open != 0, buttons })
            }
            None if answer.errcode == Some(NO_MENU) => Ok(CurrentMenu::default()),
            None => Err(Error::Unreadable { api: API, reason: "it does not say whether the menu is open".to_owned() }),
        }
    }

    /// Replaces the menu of everybody for whom there is no conditional one, wherever it was made. Users see it within
    /// about five minutes.
    ///
    /// `POST /cgi-bin/menu/create`; 1,000 a day. Sets a state, so it is repeated.
    ///
    /// # Errors
    /// 40016 and 40023 (number of buttons), 40017 and 40024 (type), 40018 and 40025 (name), 40019 and 40026 (key), 40020,
    /// 40027, 40054 and 40055 (address), 40007, 40117 and 40118 (material), 40119 and 40120 (type not for this account),
    /// 40165 and 40166 (mini program), 41007 (a list without buttons), 45010 and 45009 (quota), 45064, 48001.
    pub async fn create_menu(&self, credentials: &Credentials, buttons: &[MenuButton]) -> Result<()> {
        let call = Call::post("/cgi-bin/menu/create", &json!({"button": buttons}), Repeat::Always);
        self.call(credentials, call).await.map(|Done {}| ())
    }

    /// Deletes the menu **and every conditional one**.
    ///
    /// `GET /cgi-bin/menu/delete`; 1,000 a day. Doing it twice is doing it once, so it is repeated.
    ///
    /// # Errors
    /// 45009 (quota), 48001. 46003, no menu, is what was asked for.
    pub async fn delete_menu(&self, credentials: &Credentials) -> Result<()> {
        let call = Call::get("/cgi-bin/menu/delete").answered_by(&[NO_MENU]);
        self.call(credentials, call).await.map(|Done {}| ())
    }
}
