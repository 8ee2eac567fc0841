//! The menus of an account: the one that everybody sees, made over the API or in the console, and the conditional ones.
//!
//! Source: WeChat "Custom menu" (自定义菜单).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    button::{Button, Rules},
    console_menu::ConsoleButton,
    errcode::Errcode,
    match_rule::{MatchRule, Person},
};

/// Menu ids count from here; WeChat's have nine digits too.
const FIRST_ID: i64 = 208_379_533;
/// Hosts outside of WeChat that all conditional menus together may lead to.
const MAX_OUTER_HOSTS: usize = 3;
/// A host of WeChat itself.
const WECHAT_HOST: &str = "mp.weixin.qq.com";

/// Everything about the menus of one account.
#[derive(Debug)]
pub(crate) struct Menus {
    pub(crate) current: Option<Menu>,
    /// The owner can switch the menu off without deleting it.
    pub(crate) is_open: bool,
    /// Oldest first.
    conditional: Vec<Conditional>,
    next_id: i64,
}

/// The menu of everybody for whom there is no other.
#[derive(Debug)]
pub(crate) enum Menu {
    Api {
        id: i64,
        buttons: Vec<Button>,
    },
    Console {
        buttons: Vec<ConsoleButton>,
        /// The list from which they were read.
        given: Value,
    },
}

#[derive(Debug)]
struct Conditional {
    id: i64,
    rule: MatchRule,
    buttons: Vec<Button>,
}

impl Default for Menus {
    fn default() -> Self {
        Self { current: None, is_open: true, conditional: Vec::new(), next_id: FIRST_ID }
    }
}

impl Menus {
    /// Replaces the default menu, wherever it was made; the conditional ones stay. Errors: those of a button.
    pub(crate) fn create(&mut self, list: &Value, rules: Rules<'_>) -> Result<(), Errcode> {
        let buttons = Button::read_all(list, rules)?;
        let id = self.next_id();
        self.current = Some(Menu::Api { id, buttons });
        self.is_open = true;
        Ok(())
    }

    /// Deletes the default menu and every conditional one.
    pub(crate) fn delete(&mut self) {
        self.current = None;
        self.conditional.clear();
    }

    /// The owner makes a menu in the console: whatever the API made is gone. No buttons are no menu.
    pub(crate) fn set_console(&mut self, buttons: Vec<ConsoleButton>, given: Value) {
        self.delete();
        self.current = (!buttons.is_empty()).then_some(Menu::Console { buttons, given });
        self.is_open = true;
    }

    /// Adds a conditional menu and returns its id. Errors: 65303 without a default menu, those of a rule, 65307 without
    /// buttons, 65308 for a button that does nothing, 65317 for an address that is none, 65316 when the conditional
    /// menus lead to more than 3 hosts, those of a button.
    pub(crate) fn add_conditional(&mut self, menu: &Value, rules: Rules<'_>) -> Result<i64, Errcode> {
        self.default_menu().ok_or(Errcode::NO_DEFAULT_MENU)?;
        let rule = MatchRule::read(&menu["matchrule"])?;
        let list = &menu["button"];
        if list.as_array().is_none_or(Vec::is_empty) {
            return Err(Errcode::EMPTY_CONDITIONAL_MENU);
        }
        let buttons = Button::read_all(list, rules).map_err(|errcode| match errcode {
            Errcode::MISSING_SUB_MENU => Errcode::BUTTON_WITHOUT_ACTION,
            Errcode::BUTTON_DOMAIN | Errcode::SUB_BUTTON_DOMAIN => Errcode::INVALID_MENU_URL,
            other => other,
        })?;
        let others = self.conditional.iter().flat_map(|menu| &menu.buttons);
        let hosts: BTreeSet<_> = others.chain(&buttons).flat_map(Button::hosts).collect();
        if hosts.iter().filter(|host| *host != WECHAT_HOST).count() > MAX_OUTER_HOSTS {
            return Err(Errcode::TOO_MANY_DOMAINS);
        }
        let id = self.next_id();
        self.conditional.push(Conditional { id, rule, buttons });
        Ok(id)
    }

    /// Errors: 65301.
    pub(crate) fn delete_conditional(&mut self, id: i64) -> Result<(), Errcode> {
        let place = self.conditional.iter().position(|menu| menu.id == id).ok_or(Errcode::NO_CONDITIONAL_MENU)?;
        self.conditional.remove(place);
        Ok(())
    }

    /// The buttons that somebody sees: of the newest conditional menu that is for them, otherwise of the default menu.
    /// Errors: 46003.
    pub(crate) fn seen_by(&self, person: Person) -> Result<Value, Errcode> {
        let (_, default) = self.default_menu().ok_or(Errcode::NO_MENU)?;
        let special = self.conditional.iter().rev().find(|menu| menu.rule.holds_for(person));
        Ok(shown(special.map_or(default, |menu| &menu.buttons)))
    }

    /// As `menu/get` shows it; ids come with conditional menus only. Errors: 46003 without a menu of the API.
    pub(crate) fn to_json(&self) -> Result<Value, Errcode> {
        let (id, buttons) = self.default_menu().ok_or(Errcode::NO_MENU)?;
        if self.conditional.is_empty() {
            return Ok(json!({"menu": {"button": shown(buttons)}}));
        }
        Ok(json!({"menu": {"button": shown(buttons), "menuid": id}, "conditionalmenu": self.conditional_json()}))
    }

    /// Newest first, in the order in which they are tried.
    pub(crate) fn conditional_json(&self) -> Value {
        let shown = |menu: &Conditional| json!({"button": shown(&menu.buttons), "matchrule": menu.rule.to_json(), "menuid": menu.id});
        self.conditional.iter().rev().map(shown).collect()
    }

    fn default_menu(&self) -> Option<(i64, &[Button])> {
        match &self.current {
            Some(Menu::Api { id, buttons }) => Some((*id, buttons)),
            Some(Menu::Console { .. }) | None => None,
        }
    }

    const fn next_id(&mut self) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}

fn shown(buttons: &[Button]) -> Value {
    buttons.iter().map(Button::to_json).collect()
}
