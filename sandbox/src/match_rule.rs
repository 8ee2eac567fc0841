//! Whom a conditional menu is for: WeChat "Personalised menus" (个性化菜单), `matchrule`.

use serde_json::{Map, Value, json};

use crate::{errcode::Errcode, request::integer};

/// Conditions that were taken away with the followers' profiles.
const PRIVATE: [&str; 5] = ["sex", "country", "province", "city", "language"];

/// The conditions of a menu; all that are given have to hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MatchRule {
    tag_id: Option<i64>,
    platform: Option<Platform>,
}

/// The system that somebody uses WeChat on: `client_platform_type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Platform {
    Ios,
    #[default]
    Android,
    Other,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    /// Of several tags the one that was put on last counts.
    pub(crate) tag_id: Option<i64>,
    pub(crate) platform: Platform,
}

impl Platform {
    pub(crate) fn numbered(number: i64) -> Option<Self> {
        [Self::Ios, Self::Android, Self::Other].into_iter().find(|platform| platform.number() == number)
    }

    const fn number(self) -> i64 {
        match self {
            Self::Ios => 1,
            Self::Android => 2,
            Self::Other => 3,
        }
    }
}

impl MatchRule {
    /// Reads a `matchrule`. Errors: 65304 when it holds nothing, 65320 when it uses what WeChat no longer knows, 40097
    /// for a value that cannot be.
    pub(crate) fn read(value: &Value) -> Result<Self, Errcode> {
        let rule = value.as_object().ok_or(Errcode::EMPTY_MATCH_RULE)?;
        if PRIVATE.iter().any(|name| given(rule, name).is_some()) {
            return Err(Errcode::PRIVATE_MATCH_RULE);
        }
        let number =
            |name: &str| given(rule, name).map(|value| integer(value).ok_or(Errcode::INVALID_ARGS)).transpose();
        let platform = number("client_platform_type")?;
        let platform = platform.map(|number| Platform::numbered(number).ok_or(Errcode::INVALID_ARGS)).transpose()?;
        let rule = Self { tag_id: number("tag_id")?, platform };
        if rule.tag_id.is_none() && rule.platform.is_none() { Err(Errcode::EMPTY_MATCH_RULE) } else { Ok(rule) }
    }

    pub(crate) fn holds_for(&self, person: Person) -> bool {
        self.tag_id.is_none_or(|tag_id| person.tag_id == Some(tag_id))
            && self.platform.is_none_or(|platform| person.platform == platform)
    }

    /// As `menu/get` shows it: numbers as texts, and only what was given.
    pub(crate) fn to_json(self) -> Value {
        let mut shown = Map::new();
        if let Some(tag_id) = self.tag_id {
            shown.insert("tag_id".to_owned(), json!(tag_id.to_string()));
        }
        if let Some(platform) = self.platform {
            shown.insert("client_platform_type".to_owned(), json!(platform.number().to_string()));
        }
        shown.into()
    }
}

/// A condition; empty ones count as absent.
fn given<'a>(rule: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    rule.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
}
