//! Planning failures.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::{
    Answer,
    body::{Fields, required},
};
use crate::{
    errcode::Errcode,
    faults::{Effect, Fault, Strike},
    invalid::InvalidField,
    state::World,
};

/// Longest delay in milliseconds: ten minutes.
const MAX_DELAY: u32 = 600_000;

pub(super) async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    Json(world.faults.list().iter().map(Fault::to_json).collect())
}

pub(super) async fn clear(State(world): State<Arc<World>>) -> Json<Value> {
    world.faults.clear();
    Json(json!([]))
}

/// Answers the fault as it was understood.
pub(super) async fn add(State(world): State<Arc<World>>, mut fields: Fields) -> Answer {
    let path = required("path", fields.text("path")?)?;
    if !path.starts_with('/') {
        return Err(InvalidField::new("path", "must be a path such as /cgi-bin/user/get").into());
    }
    let times = fields.count("times", u32::MAX)?.unwrap_or(1);
    if times == 0 {
        return Err(InvalidField::new("times", "must be at least 1").into());
    }
    let fault = Fault {
        path,
        app_id: fields.text("app_id")?,
        after: fields.count("after", u32::MAX)?.unwrap_or(0),
        times,
        strike: strike(&mut fields)?,
    };
    fields.finish()?;
    let answer = fault.to_json();
    world.faults.add(fault);
    Ok(Json(answer))
}

fn strike(fields: &mut Fields) -> Result<Strike, InvalidField> {
    let delay = fields.count("delay_ms", MAX_DELAY)?.unwrap_or(0);
    let executes = fields.flag("executes")?.unwrap_or(false);
    Ok(Strike { delay: Duration::from_millis(delay.into()), executes, effect: effect(fields, delay > 0)? })
}

fn effect(fields: &mut Fields, delayed: bool) -> Result<Effect, InvalidField> {
    let dropped = fields.flag("drop")?.unwrap_or(false);
    let garbage = fields.flag("garbage")?.unwrap_or(false);
    let errcode = fields.integer("errcode")?.map(Errcode);
    let errmsg = fields.text("errmsg")?;
    let read_status = |value: &Value| {
        let number = value.as_u64().and_then(|n| u16::try_from(n).ok()).filter(|n| (200..600).contains(n))?;
        StatusCode::from_u16(number).ok()
    };
    let status = fields.take_as("status", "an HTTP status from 200 to 599", read_status)?;
    if errmsg.is_some() && errcode.is_none() {
        return Err(InvalidField::new("errmsg", "needs an errcode"));
    }
    match (dropped, garbage, errcode, status) {
        (true, false, None, None) => Ok(Effect::Drop),
        (true, _, _, _) => Err(InvalidField::new("drop", "cannot be joined with garbage, errcode or status")),
        (false, true, None, status) => Ok(Effect::Garbage(status.unwrap_or(StatusCode::OK))),
        (false, true, Some(_), _) => Err(InvalidField::new("garbage", "cannot be joined with errcode")),
        (false, false, Some(errcode), status) => {
            Ok(Effect::Refuse { errcode, errmsg, status: status.unwrap_or(StatusCode::OK) })
        }
        (false, false, None, Some(status)) => Ok(Effect::Status(status)),
        (false, false, None, None) if delayed => Ok(Effect::Delay),
        (false, false, None, None) => {
            Err(InvalidField::new("errcode", "or one of status, delay_ms, drop and garbage is needed"))
        }
    }
}
