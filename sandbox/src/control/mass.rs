//! The mass sends: looking at them, confirming them as the administrator does, and ending them.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    Answer, Rejection, account,
    body::{Fields, required},
    push::{delivered, undelivered, with_deliveries},
};
use crate::{
    invalid::InvalidField,
    mass::{Counters, MassSend, MassSends, REFUSED, Stage},
    mass_finish::{self, Told},
    state::{World, lock},
};

/// A bare list, oldest first.
pub(super) async fn list(State(world): State<Arc<World>>, Path(app_id): Path<String>) -> Answer {
    let account = account(&world, &app_id)?;
    let mut account = lock(&account);
    mass_finish::expire(&world, &mut account);
    Ok(Json(account.mass.iter().map(shown).collect()))
}

/// The administrator decides about a send that waits for it; answers the send, with what the webhook answered to the
/// event of a refusal as `push`.
pub(super) async fn confirm(
    State(world): State<Arc<World>>,
    Path((app_id, msg_id)): Path<(String, String)>,
    mut fields: Fields,
) -> Answer {
    let account = account(&world, &app_id)?;
    let accept = required("accept", fields.flag("accept")?)?;
    fields.finish()?;
    let msg_id = {
        let mut account = lock(&account);
        mass_finish::expire(&world, &mut account);
        let send = find(&account.mass, &msg_id)?;
        if send.stage != Stage::Waiting {
            return Err(InvalidField::new("msg_id", "waits for no confirmation").into());
        }
        let (msg_id, counters) = (send.msg_id, send.counters);
        if accept {
            account.set_out(msg_id, world.clock.now());
            mass_finish::schedule(&world, &account, msg_id);
        } else {
            account.mass.finish(msg_id, REFUSED.to_owned(), counters, world.clock.now());
        }
        msg_id
    };
    let told = if accept { None } else { mass_finish::tell_unless_quiet(&world, &app_id, msg_id).await };
    let account = lock(&account);
    let mut answer = account.mass.get(msg_id).map(shown).unwrap_or_default();
    answer["push"] = told.map_or(Value::Null, came_back);
    Ok(Json(answer))
}

/// A send ends now, or again, with this word and these numbers; answers as `push`.
pub(super) async fn finish(
    State(world): State<Arc<World>>,
    Path((app_id, msg_id)): Path<(String, String)>,
    mut fields: Fields,
) -> Answer {
    let account = account(&world, &app_id)?;
    let status = fields.text("status")?;
    let [total, filter, sent, error] = [
        fields.take_as("total_count", NUMBER, Value::as_u64)?,
        fields.take_as("filter_count", NUMBER, Value::as_u64)?,
        fields.take_as("sent_count", NUMBER, Value::as_u64)?,
        fields.take_as("error_count", NUMBER, Value::as_u64)?,
    ];
    fields.finish()?;
    let msg_id = {
        let mut account = lock(&account);
        mass_finish::expire(&world, &mut account);
        let send = find(&account.mass, &msg_id)?;
        if send.stage == Stage::Waiting {
            return Err(InvalidField::new("msg_id", "waits for a confirmation").into());
        }
        let (msg_id, before) = (send.msg_id, send.counters);
        let counters = Counters {
            total: total.unwrap_or(before.total),
            filter: filter.unwrap_or(before.filter),
            sent: sent.unwrap_or(before.sent),
            error: error.unwrap_or(before.error),
        };
        let status = status.unwrap_or_else(|| send.status.clone());
        account.mass.finish(msg_id, status, counters, world.clock.now());
        msg_id
    };
    let told = mass_finish::tell(&world, &app_id, msg_id, 1).await;
    Ok(Json(told.map(came_back).unwrap_or_default()))
}

const NUMBER: &str = "an integer from 0";

fn find<'a>(sends: &'a MassSends, msg_id: &str) -> Result<&'a MassSend, Rejection> {
    let reason = || "there is no such mass send: GET mass lists them".to_owned();
    let send = msg_id.parse().ok().and_then(|msg_id| sends.get(msg_id).ok());
    send.ok_or_else(|| Rejection::Unknown { field: "msg_id", reason: reason() })
}

/// What the webhook answered, as `push` spells it.
fn came_back(told: Told) -> Value {
    let Told { message, delivery } = told;
    match delivery {
        Ok((manner, delivery)) => {
            with_deliveries(&message, vec![delivered(&delivery, &manner, false, message.can_be_answered())])
        }
        Err(reason) => undelivered(reason, &message),
    }
}

fn shown(send: &MassSend) -> Value {
    let ended = send.finished_at.is_some();
    json!({
        "msg_id": send.msg_id,
        "msg_data_id": send.order.articles.as_ref().map(|articles| articles.data_id),
        "clientmsgid": send.order.clientmsgid,
        "api": send.order.api.name(),
        "type": send.order.kind,
        "content": send.order.content,
        "state": send.stage.name(),
        "msg_status": send.stage.msg_status(),
        "status": ended.then_some(&send.status),
        "audience": send.audience,
        "received": send.received.len(),
        "total_count": send.counters.total,
        "filter_count": send.counters.filter,
        "sent_count": send.counters.sent,
        "error_count": send.counters.error,
        "accepted_at": send.accepted_at,
        "sent_at": send.sent_at,
        "finished_at": send.finished_at,
    })
}
