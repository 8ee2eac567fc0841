//! Making, moving and deleting buttons. Siblings are numbered from 1 without gaps, in the transaction of every change.

use entity::menu_button;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};

use super::find;
use crate::domain::{Context, Scope, checks};
use crate::error::{Error, Result};
use crate::{audit, clock};

/// Longest name that is stored, in characters; WeChat's own limits hold when the menu is published. Source: design,
/// section 13.
const NAME_LENGTH: usize = 100;

/// Stands for the bar itself where a parent is named. Source: /v1 "创建菜单按钮".
const BAR: &str = "0";

/// Most buttons beside each other: many more than WeChat shows, for drafts, and few enough to be renumbered.
const MOST_SIBLINGS: usize = 50;

/// A button to be made.
#[derive(Debug)]
pub struct NewButton {
    /// The button in whose list it is to be; `0`, blank or `None`: in the bar itself.
    pub parent_id: Option<String>,
    /// 1 to 100 characters.
    pub name: String,
    /// Its place among its siblings, from 1; brought within what there is. `None`: the last.
    pub sequence: Option<i32>,
}

/// Makes a button that does nothing yet. A parent that did something does not any more: it opens its list from now on.
/// It keeps its key for the time when it may be bound again.
///
/// Errors: `NotFound` for a parent that does not exist; `Invalid` for one that is in a list itself.
/// Source: /v1 "创建菜单按钮".
pub async fn create(context: &Context, scope: &Scope, new: NewButton) -> Result<menu_button::Model> {
    let name = checks::required("name", &new.name, NAME_LENGTH)?;
    let parent_id = new.parent_id.as_deref().map(str::trim).filter(|id| !id.is_empty() && *id != BAR);
    let txn = context.begin(scope.id()).await?;
    if let Some(id) = parent_id {
        let parent = find(&txn, scope.id(), id).await?;
        if parent.parent_id.is_some() {
            let reason = format!("menu button {id} is in a list itself; a menu has two levels");
            return Err(Error::invalid("parentId", reason));
        }
        if parent.kind.is_some() {
            idle(parent).update(&txn).await?;
        }
    }
    let siblings = siblings(&txn, scope.id(), parent_id).await?;
    if siblings.len() >= MOST_SIBLINGS {
        return Err(Error::Conflict(format!(
            "there are {MOST_SIBLINGS} buttons already; WeChat shows 3, and 5 below each"
        )));
    }
    let place = place(new.sequence, siblings.len());
    let now = clock::now();
    let button = menu_button::ActiveModel {
        account_id: Set(scope.id().to_owned()),
        id: Set(clock::new_id()),
        parent_id: Set(parent_id.map(Into::into)),
        name: Set(name),
        kind: Set(None),
        keycode: Set(None),
        url: Set(None),
        reply_kind: Set(None),
        reply_id: Set(None),
        sequence: Set(i32::try_from(place + 1)?),
        details: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    };
    number(&txn, &siblings, Some(place)).await?;
    let button = menu_button::Entity::insert(button).exec_with_returning(&txn).await?;
    txn.commit().await?;
    Ok(button)
}

/// What can be changed about a button; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct Changes {
    /// 1 to 100 characters.
    pub name: Option<String>,
    /// Its place among its siblings, from 1; brought within what there is. The siblings between its old place and the new
    /// one move up or down.
    pub sequence: Option<i32>,
}

/// Renames and moves a button. Source: /v1 "更新菜单名称与顺序".
pub async fn update(context: &Context, scope: &Scope, id: &str, changes: Changes) -> Result<menu_button::Model> {
    let name = changes.name.map(|name| checks::required("name", &name, NAME_LENGTH)).transpose()?;
    let txn = context.begin(scope.id()).await?;
    let button = find(&txn, scope.id(), id).await?;
    let mut others = siblings(&txn, scope.id(), button.parent_id.as_deref()).await?;
    others.retain(|sibling| sibling.id != button.id);
    let place = place(Some(changes.sequence.unwrap_or(button.sequence)), others.len());
    number(&txn, &others, Some(place)).await?;
    let mut button = button.into_active_model();
    if let Some(name) = name {
        button.name = Set(name);
    }
    button.sequence = Set(i32::try_from(place + 1)?);
    button.updated_at = Set(clock::now());
    let button = button.update(&txn).await?;
    txn.commit().await?;
    Ok(button)
}

/// Deletes a button and the list that it opens. Returns it as it was. Source: /v1 "删除菜单按钮".
pub async fn delete(context: &Context, scope: &Scope, id: &str) -> Result<menu_button::Model> {
    let txn = context.begin(scope.id()).await?;
    let button = find(&txn, scope.id(), id).await?;
    menu_button::Entity::delete_many()
        .filter(menu_button::Column::AccountId.eq(scope.id()))
        .filter(menu_button::Column::ParentId.eq(id))
        .exec(&txn)
        .await?;
    menu_button::Entity::delete_by_id((scope.id().to_owned(), id.to_owned())).exec(&txn).await?;
    let left = siblings(&txn, scope.id(), button.parent_id.as_deref()).await?;
    number(&txn, &left, None).await?;
    audit::record(&txn, &scope.actor, "menu_button.delete", Some(scope.id()), Some(id)).await?;
    txn.commit().await?;
    Ok(button)
}

/// The button without what it does; its key stays for the next time.
pub(super) fn idle(button: menu_button::Model) -> menu_button::ActiveModel {
    let mut button = button.into_active_model();
    button.kind = Set(None);
    button.url = Set(None);
    button.reply_kind = Set(None);
    button.reply_id = Set(None);
    button.details = Set(None);
    button.updated_at = Set(clock::now());
    button
}

/// The buttons of one list, in order.
async fn siblings(
    txn: &DatabaseTransaction,
    account_id: &str,
    parent_id: Option<&str>,
) -> Result<Vec<menu_button::Model>> {
    let of_parent = match parent_id {
        Some(id) => menu_button::Column::ParentId.eq(id),
        None => menu_button::Column::ParentId.is_null(),
    };
    let own = menu_button::Entity::find().filter(menu_button::Column::AccountId.eq(account_id)).filter(of_parent);
    let ordered = own.order_by_asc(menu_button::Column::Sequence).order_by_asc(menu_button::Column::Id);
    Ok(ordered.all(txn).await?)
}

/// The place, from 0, that a sequence means beside so many others.
fn place(sequence: Option<i32>, others: usize) -> usize {
    let wanted = sequence.map_or(others, |sequence| usize::try_from(sequence.saturating_sub(1)).unwrap_or(0));
    wanted.min(others)
}

/// Numbers siblings from 1, leaving out the place of one that is not among them.
async fn number(txn: &DatabaseTransaction, siblings: &[menu_button::Model], left_out: Option<usize>) -> Result<()> {
    for (index, sibling) in siblings.iter().enumerate() {
        let sequence = i32::try_from(index + 1 + usize::from(left_out.is_some_and(|place| index >= place)))?;
        if sibling.sequence != sequence {
            menu_button::Entity::update_many()
                .col_expr(menu_button::Column::Sequence, Expr::value(sequence))
                .filter(menu_button::Column::AccountId.eq(&sibling.account_id))
                .filter(menu_button::Column::Id.eq(&sibling.id))
                .exec(txn)
                .await?;
        }
    }
    Ok(())
}
