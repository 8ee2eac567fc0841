//! Fetching the menu from WeChat: everything is read before anything here is replaced.
//!
//! The menu that the API made is asked for first, because that answer can be published again as it is. Where there is
//! none, the menu that users see is: that is how WeChat shows what the account's owner made in the console. A refusal is
//! never an empty menu, but for the one that says so (46003). Source: behaviour, D14; WeChat reference, section 9.

use std::collections::HashMap;

use entity::keyword_rule::ReplyKind;
use entity::{Timestamp, account, job, menu_button};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _,
};
use serde::{Deserialize, Serialize};

use super::published::{self, State};
use super::{CLICK, rows, tree, written};
use crate::domain::{Context, Scope, credentials};
use crate::error::{Error, Result};
use crate::queue::{self, Claim, NewJob};
use crate::wechat::{self, Credentials, CurrentMenu, MenuButton};
use crate::{audit, clock};

/// Registered name of the job that makes the first fetch.
pub const JOB: &str = "menu_fetch";

/// What the job is asked to do. Everything it needs to know is the account.
#[derive(Debug, Serialize, Deserialize)]
pub struct Payload {}

/// Longest name, type, key and address of a button, in characters, and longest details, in bytes; see the migrations.
/// WeChat's own are far shorter.
const NAME_LENGTH: usize = 100;
const KIND_LENGTH: usize = 50;
const KEY_LENGTH: usize = 500;
const URL_LENGTH: usize = 2_000;
const DETAILS_BYTES: usize = 65_535;

fn unique_key(account_id: &str) -> String {
    format!("{JOB}:{account_id}")
}

/// Replaces the menu here by the one at WeChat. Without `force` only where there was no fetch and there are no buttons.
///
/// A button whose key was here before keeps its id and its reply.
/// Errors: `AlreadyFetched` without `force`, also while the first fetch runs or is waited for; `Conflict` with `force`
/// while it runs, and when the menu was published or fetched meanwhile; `Invalid` while the account has no credentials;
/// `Wechat` with WeChat's reason, and then nothing has changed. Source: /v1 "从微信拉取菜单信息"; design, section 13.
pub async fn fetch(context: &Context, scope: &Scope, force: bool) -> Result<()> {
    let credentials = credentials::open(context, &scope.account)?;
    let before = published::read(&context.database, scope.id()).await?;
    let job = queue::find_live(&context.database, &unique_key(scope.id())).await?;
    match (force, job) {
        (false, Some(_)) => return Err(Error::AlreadyFetched { what: "menu" }),
        (true, Some(job)) if job.state == job::State::Running => {
            return Err(Error::Conflict("the menu is being fetched right now".into()));
        }
        (false, None) if is_filled(&context.database, &before).await? => {
            return Err(Error::AlreadyFetched { what: "menu" });
        }
        (false, None) | (true, _) => {}
    }
    let current = read(&context.wechat, &credentials).await?;
    let txn = context.begin(scope.id()).await?;
    let now = published::read(&txn, scope.id()).await?;
    if !force && is_filled(&txn, &now).await? {
        return Err(Error::AlreadyFetched { what: "menu" });
    }
    if now != before || published::is_under_way(&now) {
        // What was read may be older than what WeChat shows by now.
        return Err(Error::Conflict("the menu was published or fetched meanwhile; fetch it again".into()));
    }
    // What the first fetch was to do is done.
    queue::supersede(&txn, &unique_key(scope.id())).await?;
    replace(&txn, now, current).await?;
    if force {
        audit::record(&txn, &scope.actor, "menu.fetch_again", Some(scope.id()), None).await?;
    }
    Ok(txn.commit().await?)
}

/// Starts the first fetch of an account whose credentials were just stored, where there was none and nobody has made
/// buttons.
///
/// `other_app`: the credentials are of another app than before, so it is not known what that one shows; a first fetch that
/// runs is stopped.
pub(in crate::domain) async fn start_first(
    txn: &DatabaseTransaction,
    account: &account::Model,
    other_app: bool,
) -> Result<()> {
    let mut state = published::read(txn, &account.id).await?;
    if other_app {
        queue::supersede(txn, &unique_key(&account.id)).await?;
        state = State { fetched_at: None, published_at: None, published: None, ..state };
        published::write(txn, state.clone()).await?;
    }
    if !is_filled(txn, &state).await? && queue::find_live(txn, &unique_key(&account.id)).await?.is_none() {
        let unique_key = Some(unique_key(&account.id));
        let new = NewJob { name: JOB, account_id: &account.id, unique_key, due_at: None };
        queue::enqueue(txn, new, &Payload {}).await?;
    }
    Ok(())
}

/// The first fetch. Does nothing if there was one meanwhile, or somebody has made buttons.
pub async fn first(context: &Context, claim: &Claim, account: &account::Model) -> Result<()> {
    let credentials = credentials::open(context, account)?;
    let before = published::read(&context.database, &account.id).await?;
    if is_filled(&context.database, &before).await? {
        return Ok(());
    }
    let current = read(&context.wechat, &credentials).await?;
    let txn = context.begin(&account.id).await?;
    claim.require(&txn).await?;
    let now = published::read(&txn, &account.id).await?;
    if now != before || published::is_under_way(&now) || is_filled(&txn, &now).await? {
        return Ok(());
    }
    replace(&txn, now, current).await?;
    Ok(txn.commit().await?)
}

/// Whether there is something here that a fetch would replace.
async fn is_filled(connection: &impl ConnectionTrait, state: &State) -> Result<bool> {
    if state.fetched_at.is_some() {
        return Ok(true);
    }
    let own = menu_button::Entity::find().filter(menu_button::Column::AccountId.eq(&state.account_id));
    Ok(own.one(connection).await?.is_some())
}

/// The whole menu, as WeChat has it: of an account that may ask for the menu that was made by such calls, that one, since it
/// can be published as it is; of others what users see. Source: WeChat reference, sections 1.2, 9.3 and 9.5.
async fn read(client: &wechat::Client, credentials: &Credentials) -> Result<CurrentMenu> {
    let made_by_calls = match client.menu(credentials).await {
        Err(error) if error.is_not_permitted() => Vec::new(),
        buttons => buttons?,
    };
    let shown = client.current_menu(credentials).await?;
    let menu = if made_by_calls.is_empty() { shown } else { CurrentMenu { buttons: made_by_calls, ..shown } };
    for button in menu.buttons.iter().flat_map(|button| std::iter::once(button).chain(&button.sub_button)) {
        require_fitting(button)?;
    }
    Ok(menu)
}

/// Errors: `Wechat` for a button that cannot be kept whole; WeChat itself has none like that.
fn require_fitting(button: &MenuButton) -> Result<()> {
    let fits = |text: &Option<String>, longest: usize| {
        text.as_deref().is_none_or(|text| text.chars().count() <= longest && !text.contains('\0'))
    };
    let whole = fits(&button.kind, KIND_LENGTH)
        && fits(&button.key, KEY_LENGTH)
        && fits(&button.url, URL_LENGTH)
        && written::details(button.more.clone()).is_none_or(|details| details.len() <= DETAILS_BYTES);
    if whole {
        return Ok(());
    }
    let reason = format!("the menu button {:?} is longer than WeChat allows", button.name);
    Err(wechat::Error::Unreadable { api: "the menu", reason }.into())
}

/// Puts the menu of WeChat in the place of the one here.
async fn replace(txn: &DatabaseTransaction, state: State, current: CurrentMenu) -> Result<()> {
    let account_id = state.account_id.clone();
    let mut writer = Writer::over(rows(txn, &account_id).await?, &account_id);
    menu_button::Entity::delete_many().filter(menu_button::Column::AccountId.eq(&account_id)).exec(txn).await?;
    for (index, button) in current.buttons.into_iter().enumerate() {
        writer.add(button, index)?;
    }
    if !writer.rows.is_empty() {
        let rows = writer.rows.into_iter().map(|row| row.into_active_model().reset_all());
        menu_button::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    // Of a menu that the owner has switched off, users see nothing.
    let shown = if current.is_open { tree(txn, &account_id).await? } else { Vec::new() };
    let canonical = written::canonical(&written::buttons(&shown)?)?;
    let now = clock::now();
    let state = State { fetched_at: Some(now), ..published::known(state, canonical, now) };
    published::write(txn, state).await
}

/// What is kept of a button that was here before.
struct Known {
    /// Until the id is given to its successor.
    id: Option<String>,
    reply: Option<(ReplyKind, String)>,
    created_at: Timestamp,
}

/// Makes rows of WeChat's buttons.
struct Writer<'a> {
    account_id: &'a str,
    now: Timestamp,
    /// By key.
    known: HashMap<String, Known>,
    rows: Vec<menu_button::Model>,
}

impl<'a> Writer<'a> {
    fn over(before: Vec<menu_button::Model>, account_id: &'a str) -> Self {
        let mut known: HashMap<String, Known> = HashMap::new();
        for button in before {
            let Some(keycode) = button.keycode else { continue };
            let reply = button.reply_kind.zip(button.reply_id);
            // Of several with one key the one that answers.
            if known.get(&keycode).is_none_or(|known| known.reply.is_none() && reply.is_some()) {
                known.insert(keycode, Known { id: Some(button.id), reply, created_at: button.created_at });
            }
        }
        Self { account_id, now: clock::now(), known, rows: Vec::new() }
    }

    /// Adds a button of the bar and its list; `index` counts from 0.
    fn add(&mut self, mut button: MenuButton, index: usize) -> Result<()> {
        let children = std::mem::take(&mut button.sub_button);
        if !children.is_empty() {
            // It does nothing but open its list.
            button = MenuButton { name: button.name, ..MenuButton::default() };
        }
        let id = self.row(button, None, index)?;
        for (index, child) in children.into_iter().enumerate() {
            self.row(child, Some(&id), index)?;
        }
        Ok(())
    }

    fn row(&mut self, button: MenuButton, parent_id: Option<&str>, index: usize) -> Result<String> {
        let known = button.key.as_ref().and_then(|key| self.known.get_mut(key));
        let is_click = button.kind.as_deref() == Some(CLICK);
        let (id, reply, created_at) = match known {
            Some(known) => (known.id.take(), known.reply.clone().filter(|_| is_click), known.created_at),
            None => (None, None, self.now),
        };
        let (reply_kind, reply_id) = reply.unzip();
        let row = menu_button::Model {
            account_id: self.account_id.to_owned(),
            id: id.unwrap_or_else(clock::new_id),
            parent_id: parent_id.map(Into::into),
            name: button.name.chars().filter(|character| *character != '\0').take(NAME_LENGTH).collect(),
            kind: button.kind,
            keycode: button.key,
            url: button.url,
            reply_kind,
            reply_id,
            sequence: i32::try_from(index + 1)?,
            details: written::details(button.more),
            created_at,
            updated_at: self.now,
        };
        let id = row.id.clone();
        self.rows.push(row);
        Ok(id)
    }
}
