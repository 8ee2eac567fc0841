//! A button of a menu that is made over the API: its types, its limits, and the two shapes in which it is read back.
//!
//! Source: WeChat "Create custom menu" (创建自定义菜单) and "Query custom menu" (查询自定义菜单).

use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::{errcode::Errcode, library::Library, media::MediaKind, published::Published};

/// Most buttons of a menu.
const MAX_BUTTONS: usize = 3;
/// Most buttons below one of them.
const MAX_SUB_BUTTONS: usize = 5;
/// In bytes of UTF-8, like every length here.
const MAX_NAME: usize = 16;
const MAX_SUB_NAME: usize = 60;
const MAX_KEY: usize = 128;
const MAX_URL: usize = 1024;
/// A media_id is never longer.
const MAX_MEDIA_ID: usize = 128;
/// `wx` and 16 letters or digits.
const APPID_LENGTH: usize = 18;

/// What the limits of a button depend on besides itself.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) library: &'a Library,
    pub(crate) published: &'a Published,
}

/// A button of the bottom row.
#[derive(Clone, Debug)]
pub(crate) enum Button {
    Action(Action),
    Parent { name: String, children: Vec<Action> },
}

/// A button that does something.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    kind: &'static str,
    name: String,
    /// By the names of WeChat's members.
    members: Vec<(&'static str, String)>,
}

/// Where a button stands: the codes differ.
#[derive(Clone, Copy)]
enum Level {
    Top,
    Sub,
}

/// A member that a type needs.
#[derive(Clone, Copy)]
enum Member {
    Key,
    Url,
    MediaId,
    ArticleId,
    AppId,
    PagePath,
}

/// The types and what each needs.
const TYPES: [(&str, &[Member]); 12] = [
    ("click", &[Member::Key]),
    ("view", &[Member::Url]),
    ("scancode_push", &[Member::Key]),
    ("scancode_waitmsg", &[Member::Key]),
    ("pic_sysphoto", &[Member::Key]),
    ("pic_photo_or_album", &[Member::Key]),
    ("pic_weixin", &[Member::Key]),
    ("location_select", &[Member::Key]),
    ("media_id", &[Member::MediaId]),
    ("article_id", &[Member::ArticleId]),
    ("article_view_limited", &[Member::ArticleId]),
    ("miniprogram", &[Member::Url, Member::AppId, Member::PagePath]),
];
/// A type that is no longer given to anybody.
const RETIRED: &str = "view_limited";

impl Button {
    /// Reads the `button` list of a menu. Errors: 47001 for a member of the wrong JSON type, 40016 and 40023 for the
    /// number of buttons, 40017 and 40024, 40119 and 40120 for the type, 40018 and 40025 for the name, 40019 and 40026
    /// for the key, 40020 and 40027, 40054 and 40055 for the URL, 40117, 40118 and 40007 for the media_id, 53600 for
    /// the article, 40165 and 40166 for the mini program, 40022 for a third level, 41007 for a button that neither
    /// does anything nor has others below it.
    pub(crate) fn read_all(list: &Value, rules: Rules<'_>) -> Result<Vec<Self>, Errcode> {
        let list = list.as_array().ok_or(Errcode::DATA_FORMAT)?;
        if list.is_empty() || list.len() > MAX_BUTTONS {
            return Err(Errcode::BUTTON_COUNT);
        }
        list.iter().map(|button| Self::read(button, rules)).collect()
    }

    fn read(value: &Value, rules: Rules<'_>) -> Result<Self, Errcode> {
        let button = value.as_object().ok_or(Errcode::DATA_FORMAT)?;
        match sub_buttons(button)? {
            Some(children) if !children.is_empty() => {
                let name = name(button, Level::Top)?;
                if children.len() > MAX_SUB_BUTTONS {
                    return Err(Errcode::SUB_BUTTON_COUNT);
                }
                let children =
                    children.iter().map(|child| Action::read_below(child, rules)).collect::<Result<_, _>>()?;
                Ok(Self::Parent { name, children })
            }
            Some(_) if !button.contains_key("type") => Err(Errcode::MISSING_SUB_MENU),
            Some(_) | None => Action::read(button, Level::Top, rules).map(Self::Action),
        }
    }

    /// As `menu/get` shows it.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Action(action) => action.to_json(),
            Self::Parent { name, children } => {
                json!({"name": name, "sub_button": children.iter().map(Action::to_json).collect::<Vec<_>>()})
            }
        }
    }

    /// As `get_current_selfmenu_info` shows it.
    pub(crate) fn to_current_json(&self) -> Value {
        match self {
            Self::Action(action) => action.to_current_json(),
            Self::Parent { name, children } => {
                let children: Vec<_> = children.iter().map(Action::to_current_json).collect();
                json!({"name": name, "sub_button": {"list": children}})
            }
        }
    }

    /// The hosts that it and the buttons below it lead to.
    pub(crate) fn hosts(&self) -> Vec<String> {
        let actions = match self {
            Self::Action(action) => std::slice::from_ref(action),
            Self::Parent { children, .. } => children,
        };
        let urls = actions.iter().flat_map(|action| &action.members).filter(|(name, _)| *name == "url");
        urls.filter_map(|(_, url)| Some(Url::parse(url).ok()?.host_str()?.to_owned())).collect()
    }
}

impl Action {
    fn read_below(value: &Value, rules: Rules<'_>) -> Result<Self, Errcode> {
        let button = value.as_object().ok_or(Errcode::DATA_FORMAT)?;
        if sub_buttons(button)?.is_some_and(|children| !children.is_empty()) {
            return Err(Errcode::SUB_MENU_LEVEL);
        }
        Self::read(button, Level::Sub, rules)
    }

    fn read(button: &Map<String, Value>, level: Level, rules: Rules<'_>) -> Result<Self, Errcode> {
        let name = name(button, level)?;
        let kind = text(button, "type")?;
        if kind == RETIRED {
            return Err(level.pick(Errcode::BUTTON_TYPE_UNUSABLE, Errcode::SUB_BUTTON_TYPE_UNUSABLE));
        }
        let known = TYPES.into_iter().find(|(known, _)| *known == kind);
        let (kind, needed) = known.ok_or(level.pick(Errcode::BUTTON_TYPE, Errcode::SUB_BUTTON_TYPE))?;
        let read = |member: &Member| {
            let value = text(button, member.name())?;
            member.check(value, level, rules).map(|()| (member.name(), value.to_owned()))
        };
        Ok(Self { kind, name, members: needed.iter().map(read).collect::<Result<_, _>>()? })
    }

    fn to_json(&self) -> Value {
        let mut shown = json!({"type": self.kind, "name": self.name});
        for (name, value) in &self.members {
            shown[*name] = json!(value);
        }
        shown["sub_button"] = json!([]);
        shown
    }

    /// The media_id is under `value` here, as in menus of the console.
    fn to_current_json(&self) -> Value {
        let mut shown = json!({"type": self.kind, "name": self.name});
        for (name, value) in &self.members {
            shown[if *name == "media_id" { "value" } else { *name }] = json!(value);
        }
        shown
    }
}

impl Level {
    const fn pick(self, top: Errcode, sub: Errcode) -> Errcode {
        match self {
            Self::Top => top,
            Self::Sub => sub,
        }
    }
}

impl Member {
    const fn name(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Url => "url",
            Self::MediaId => "media_id",
            Self::ArticleId => "article_id",
            Self::AppId => "appid",
            Self::PagePath => "pagepath",
        }
    }

    fn check(self, value: &str, level: Level, rules: Rules<'_>) -> Result<(), Errcode> {
        match self {
            Self::Key => within(value, MAX_KEY, level.pick(Errcode::BUTTON_KEY, Errcode::SUB_BUTTON_KEY)),
            Self::Url => {
                within(value, MAX_URL, level.pick(Errcode::BUTTON_URL, Errcode::SUB_BUTTON_URL))?;
                let usable = is_web_address(value);
                if usable { Ok(()) } else { Err(level.pick(Errcode::BUTTON_DOMAIN, Errcode::SUB_BUTTON_DOMAIN)) }
            }
            Self::MediaId => {
                let wrong_size = level.pick(Errcode::BUTTON_MEDIA_ID, Errcode::SUB_BUTTON_MEDIA_ID);
                within(value, MAX_MEDIA_ID, wrong_size)?;
                let kind = rules.library.permanent(value)?.file.kind;
                if kind == MediaKind::Thumb { Err(Errcode::INVALID_MEDIA_ID) } else { Ok(()) }
            }
            Self::ArticleId => rules.published.get(value).map(|_| ()),
            Self::AppId if is_app_id(value) => Ok(()),
            Self::AppId => Err(Errcode::INVALID_WEAPP_APPID),
            Self::PagePath if value.is_empty() => Err(Errcode::INVALID_WEAPP_PAGEPATH),
            Self::PagePath => Ok(()),
        }
    }
}

/// Whether this is an address that a browser opens.
pub(crate) fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Whether this has the form of a mini program's app id.
pub(crate) fn is_app_id(text: &str) -> bool {
    text.len() == APPID_LENGTH && text.starts_with("wx") && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A name that fits its place. Errors: 47001, 40018 and 40025.
fn name(button: &Map<String, Value>, level: Level) -> Result<String, Errcode> {
    let name = text(button, "name")?;
    let (most, error) = match level {
        Level::Top => (MAX_NAME, Errcode::BUTTON_NAME),
        Level::Sub => (MAX_SUB_NAME, Errcode::SUB_BUTTON_NAME),
    };
    within(name, most, error).map(|()| name.to_owned())
}

/// Whether a name fits a place in the bottom row, or one above it.
pub(crate) const fn is_name(name: &str, below: bool) -> bool {
    !name.is_empty() && name.len() <= if below { MAX_SUB_NAME } else { MAX_NAME }
}

/// The buttons below; absent and `null` are `None`. Errors: 47001.
fn sub_buttons(button: &Map<String, Value>) -> Result<Option<&Vec<Value>>, Errcode> {
    match button.get("sub_button") {
        None | Some(Value::Null) => Ok(None),
        Some(list) => list.as_array().map(Some).ok_or(Errcode::DATA_FORMAT),
    }
}

/// A member that is a text; absent and `null` are empty. Errors: 47001.
fn text<'a>(button: &'a Map<String, Value>, member: &str) -> Result<&'a str, Errcode> {
    match button.get(member) {
        None | Some(Value::Null) => Ok(""),
        Some(value) => value.as_str().ok_or(Errcode::DATA_FORMAT),
    }
}

const fn within(text: &str, most: usize, otherwise: Errcode) -> Result<(), Errcode> {
    if text.is_empty() || text.len() > most { Err(otherwise) } else { Ok(()) }
}
