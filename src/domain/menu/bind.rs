//! What a button does: it replies, or it opens an address.

use entity::menu_button;
use reqwest::Url;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

use super::edit::idle;
use super::{CLICK, VIEW, find};
use crate::clock;
use crate::domain::replies::{self, Target};
use crate::domain::{Context, Scope, checks};
use crate::error::{Error, Result};
use crate::wechat::MenuButton;

/// Where the action of a button is entered: the id of the material, or the address.
const FIELD: &str = "replyId";

/// What a button is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Answer its clicks with a material.
    Reply(Target),
    /// Open an address of http or https, at most 1,024 bytes.
    Link(String),
}

/// Makes a button reply or open an address, in place of whatever it did. A button has the same key for good, so that the
/// menu that is published keeps working whatever is bound here.
///
/// Errors: `Invalid` for a material that does not exist or is of no use as a reply, and for an unusable address; `Conflict`
/// for a button that opens a list. Source: /v1 "绑定菜单回复内容"; behaviour, D57.
pub async fn bind(context: &Context, scope: &Scope, id: &str, action: Action) -> Result<menu_button::Model> {
    let id = checks::id("id", id)?;
    if let Action::Link(url) = &action {
        require_address(url.trim())?;
    }
    let txn = context.begin(scope.id()).await?;
    let button = find(&txn, scope.id(), &id).await?;
    let children = menu_button::Entity::find()
        .filter(menu_button::Column::AccountId.eq(scope.id()))
        .filter(menu_button::Column::ParentId.eq(id))
        .count(&txn)
        .await?;
    if children > 0 {
        let reason = format!("menu button {:?} opens a list of {children}; it can do nothing besides", button.name);
        return Err(Error::Conflict(reason));
    }
    let keycode = button.keycode.clone().unwrap_or_else(clock::new_id);
    let mut button = idle(button);
    match action {
        Action::Reply(target) => {
            replies::require(&txn, scope.id(), &target, FIELD).await?;
            button.kind = Set(Some(CLICK.to_owned()));
            button.keycode = Set(Some(keycode));
            button.reply_kind = Set(Some(target.kind));
            button.reply_id = Set(Some(target.id.trim().to_owned()));
        }
        Action::Link(url) => {
            button.kind = Set(Some(VIEW.to_owned()));
            button.url = Set(Some(url.trim().to_owned()));
        }
    }
    let button = button.update(&txn).await?;
    txn.commit().await?;
    Ok(button)
}

/// Makes a button do nothing. Its key is not shown any more, and comes back when it is bound again. A button that does
/// nothing already stays as it is. Source: /v1 "解绑菜单回复内容"; design, section 13.
pub async fn unbind(context: &Context, scope: &Scope, id: &str) -> Result<menu_button::Model> {
    let id = checks::id("id", id)?;
    let txn = context.begin(scope.id()).await?;
    let button = find(&txn, scope.id(), &id).await?;
    let button = idle(button).update(&txn).await?;
    txn.commit().await?;
    Ok(button)
}

/// Errors: `Invalid` unless a browser can open it and WeChat takes it.
fn require_address(address: &str) -> Result<()> {
    const MOST: usize = MenuButton::MAX_URL_BYTES;
    if address.len() > MOST {
        return Err(Error::invalid(FIELD, format!("must have at most {MOST} bytes, has {}", address.len())));
    }
    // The parser forgives blanks, and slashes that are missing or too many.
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let is_spelled_out = scheme.is_some_and(|scheme| !address[scheme.len()..].starts_with(['/', '\\']));
    let is_clean = !address.contains(|character: char| character.is_whitespace() || character.is_control());
    if is_spelled_out && is_clean && Url::parse(address).is_ok_and(|url| url.has_host()) {
        return Ok(());
    }
    Err(Error::invalid(FIELD, "must be a web address such as https://example.com/page"))
}
