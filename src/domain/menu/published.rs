//! What is known of the menu that WeChat shows.

use chrono::TimeDelta;
use entity::{Timestamp, menu};
use sea_orm::{ActiveModelTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _};

use super::{Node, written};
use crate::clock;
use crate::error::Result;

/// After so long a publication whose end nobody recorded has died: calls to WeChat do not take that long.
const LONGEST_PUBLICATION: TimeDelta = TimeDelta::minutes(3);

/// Stands where the published menu stands while it is being replaced; a time in milliseconds and an id follow.
const UNDER_WAY: &str = "publishing ";

/// The row of an account's menu, or what it would be.
pub type State = menu::Model;

/// The menu that WeChat shows, in the text that [`written::canonical`] gives it, as far as it is known.
pub(super) fn shown(state: &State) -> Option<&str> {
    state.published.as_deref().filter(|text| !text.starts_with(UNDER_WAY))
}

/// Whether the menu here is the one that WeChat shows; `None` while that is not known: before the first fetch or
/// publication, during a publication, and after one of which nobody knows how it ended.
pub fn is_published(state: Option<&State>, nodes: &[Node]) -> Result<Option<bool>> {
    let Some(shown) = state.and_then(shown) else { return Ok(None) };
    Ok(Some(written::canonical(&written::buttons(nodes)?)? == shown))
}

/// What stands for the published menu while it is being replaced.
pub(super) fn under_way() -> String {
    format!("{UNDER_WAY}{} {}", clock::now().timestamp_millis(), clock::new_id())
}

/// Whether somebody is publishing the menu right now.
pub(super) fn is_under_way(state: &State) -> bool {
    let since = state.published.as_deref().and_then(|text| text.strip_prefix(UNDER_WAY));
    let since = since.and_then(|text| text.split(' ').next()?.parse::<i64>().ok());
    let oldest = clock::before(clock::now(), LONGEST_PUBLICATION).timestamp_millis();
    since.is_some_and(|since| since > oldest)
}

/// The state of an account's menu; an empty one where there is no row yet.
pub(super) async fn read(connection: &impl ConnectionTrait, account_id: &str) -> Result<State> {
    let state = menu::Entity::find_by_id(account_id).one(connection).await?;
    Ok(state.unwrap_or_else(|| State {
        account_id: account_id.to_owned(),
        fetched_at: None,
        published_at: None,
        published: None,
    }))
}

/// Writes the state of an account's menu, in a transaction that has locked the account.
pub(super) async fn write(txn: &DatabaseTransaction, state: State) -> Result<()> {
    let exists = menu::Entity::find_by_id(&state.account_id).one(txn).await?.is_some();
    let row = state.into_active_model().reset_all();
    if exists {
        row.update(txn).await?;
    } else {
        menu::Entity::insert(row).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// What is known once the menu of WeChat is this one.
pub(super) fn known(state: State, canonical: String, at: Timestamp) -> State {
    State { published: Some(canonical), published_at: Some(at), ..state }
}
