//! What followers received.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Answer, Rejection, account};
use crate::{
    audience::Audience,
    invalid::InvalidField,
    ledger::{Received, lines_of},
    state::{World, lock},
};

/// Most openids that are named of those who received more than one mass send.
const NAMED: usize = 100;

/// How much each openid received, by way and type; then the mass sends, with a line for each follower.
pub(super) async fn ledger(State(world): State<Arc<World>>, Path(app_id): Path<String>) -> Result<Response, Rejection> {
    let account = account(&world, &app_id)?;
    let account = lock(&account);
    let unwritten = |error: serde_json::Error| InvalidField::new("ledger", error.to_string());
    let mut list = "[".to_owned();
    let mut add = |line: &str| {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(line);
    };
    for line in account.ledger.lines() {
        add(&serde_json::to_string(&line).map_err(unwritten)?);
    }
    for send in account.mass.iter() {
        for line in lines_of(send, |index| account.followers.openid(index)).map_err(unwritten)? {
            add(&line);
        }
    }
    list.push(']');
    Ok(([(header::CONTENT_TYPE, "application/json")], list).into_response())
}

/// How many received how much of all mass sends and previews, or of those of one `type`.
pub(super) async fn mass(
    State(world): State<Arc<World>>,
    Path(app_id): Path<String>,
    Query(filters): Query<HashMap<String, String>>,
) -> Answer {
    let account = account(&world, &app_id)?;
    if let Some(unknown) = filters.keys().find(|name| *name != "type") {
        return Err(InvalidField::new(unknown, "is unknown here").into());
    }
    let matches = |message_type: &str| filters.get("type").is_none_or(|wanted| wanted == message_type);
    let account = lock(&account);
    let sends = account.mass.iter().filter(|send| send.sent_at.is_some() && matches(&send.order.kind));
    let mut received: Vec<_> = sends.map(|send| Cow::Borrowed(&send.received)).collect();
    let previews = account.ledger.previews().filter(|(_, message_type)| matches(message_type));
    let receivers = previews.filter_map(|(openid, _)| account.followers.find(openid));
    received.extend(receivers.map(|index| Cow::Owned(std::iter::once(index).collect())));
    let covered = |times| Audience::in_at_least(times, received.iter().map(AsRef::as_ref));
    let repeated = covered(2);
    let openids: Vec<_> = repeated.iter().take(NAMED).map(|index| account.followers.openid(index)).collect();
    Ok(Json(json!({
        "sends": received.len(),
        "received": received.iter().map(|audience| audience.len()).sum::<u64>(),
        "followers": covered(1).len(),
        "more_than_once": openids,
        "more_than_once_count": repeated.len(),
    })))
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
