//! Looking at the simulator, its clock, and starting afresh.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Query, State},
};
use serde_json::{Value, json};

use super::{
    Answer,
    body::{Fields, required},
};
use crate::{
    invalid::InvalidField,
    mass_finish,
    state::{World, lock},
};

/// Furthest that the clock is moved, in seconds: 100 years.
const MAX_OFFSET: i64 = 100 * 365 * 86_400;

pub(super) async fn ready(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({"ready": true, "finish_after_ms": world.finish_after.as_millis()}))
}

pub(super) async fn reset(State(world): State<Arc<World>>) -> Json<Value> {
    world.reset();
    Json(json!({"reset": true}))
}

/// A bare list, newest last; filters `path` (exact), `app_id` and `limit` (the latest so many).
pub(super) async fn calls(State(world): State<Arc<World>>, Query(filters): Query<HashMap<String, String>>) -> Answer {
    if let Some(unknown) = filters.keys().find(|name| !["path", "app_id", "limit"].contains(&name.as_str())) {
        return Err(InvalidField::new(unknown, "is unknown here").into());
    }
    let limit = filters.get("limit").map_or(Ok(usize::MAX), |limit| limit.parse());
    let limit = limit.map_err(|_| InvalidField::new("limit", "must be an integer from 0"))?;
    let text = |name: &str| filters.get(name).map(String::as_str);
    Ok(Json(json!(world.calls.list(text("path"), text("app_id"), limit))))
}

pub(super) async fn counts(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!(world.calls.counts()))
}

pub(super) async fn clock(State(world): State<Arc<World>>) -> Json<Value> {
    Json(json!({"now": world.clock.now(), "offset_seconds": world.clock.offset_seconds()}))
}

pub(super) async fn set_clock(State(world): State<Arc<World>>, mut fields: Fields) -> Answer {
    let offset = required("offset_seconds", fields.integer("offset_seconds")?)?;
    fields.finish()?;
    if offset.abs() > MAX_OFFSET {
        return Err(InvalidField::new("offset_seconds", "must not reach beyond 100 years").into());
    }
    world.clock.set_offset(offset);
    for account in world.accounts() {
        mass_finish::expire(&world, &mut lock(&account));
    }
    Ok(clock(State(world)).await)
}
