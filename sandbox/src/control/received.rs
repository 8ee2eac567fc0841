//! What followers received.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde_json::json;

use super::{Answer, account};
use crate::{
    invalid::InvalidField,
    ledger::Received,
    state::{World, lock},
};

/// How much each openid received, by way and type.
pub(super) async fn ledger(State(world): State<Arc<World>>, Path(app_id): Path<String>) -> Answer {
    let account = account(&world, &app_id)?;
    let account = lock(&account);
    Ok(Json(json!(account.ledger.lines().collect::<Vec<_>>())))
}

/// The messages themselves, oldest first, replies included; of one openid with the filter `openid`.
pub(super) async fn messages(
    State(world): State<Arc<World>>,
    Path(app_id): Path<String>,
    Query(filters): Query<HashMap<String, String>>,
) -> Answer {
    let account = account(&world, &app_id)?;
    if let Some(unknown) = filters.keys().find(|name| *name != "openid") {
        return Err(InvalidField::new(unknown, "is unknown here").into());
    }
    let openid = filters.get("openid");
    let account = lock(&account);
    let matches = |message: &&Received| openid.is_none_or(|openid| *openid == message.openid);
    Ok(Json(json!(account.ledger.messages().filter(matches).collect::<Vec<_>>())))
}
