//! What an account is and what is in it.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Map, Value, json};

use super::{
    Answer, account,
    body::{Fields, required},
    mass_profile::{self, MassChange},
};
use crate::{
    api,
    invalid::InvalidField,
    media::MediaKind,
    permission::Kind,
    state::{Account, World, lock},
    tags::NameUnit,
    windows::{Allowance, Trigger},
};

/// Mass sends to one follower of a 服务号 a month, when the limit is on.
const MONTHLY_LIMIT: u32 = 4;

/// Sets the members that are given and answers the account's state.
pub(super) async fn set_profile(
    State(world): State<Arc<World>>,
    Path(app_id): Path<String>,
    mut fields: Fields,
) -> Answer {
    let account = account(&world, &app_id)?;
    let kind = fields.take_as("kind", "service or subscription", read_kind)?;
    let verified = fields.flag("verified")?;
    let quotas = fields.take_as("quotas", "true, false or an object of path to calls a day", QuotaChange::read)?;
    let monthly_limit = fields.take_as("monthly_limit", "true, false or a number", read_monthly_limit)?;
    let unit = fields.take_as("tag_name_unit", "characters or bytes", read_unit)?;
    let comments = fields.flag("comments")?;
    let windows = fields.take_as("windows", WINDOWS, read_windows)?;
    let mass = MassChange::read(&mut fields)?;
    fields.finish()?;

    let account = &mut *lock(&account);
    mass.apply(&mut account.mass.settings);
    let profile = &mut account.profile;
    profile.kind = kind.unwrap_or(profile.kind);
    profile.verified = verified.unwrap_or(profile.verified);
    profile.monthly_limit = monthly_limit.unwrap_or(profile.monthly_limit);
    profile.tag_name_unit = unit.unwrap_or(profile.tag_name_unit);
    profile.comments = comments.unwrap_or(profile.comments);
    for (trigger, allowance) in windows.unwrap_or_default() {
        account.windows.set_allowance(trigger, allowance);
    }
    match quotas {
        Some(QuotaChange::Enforced(enforced)) => account.quotas.enforced = enforced,
        Some(QuotaChange::Limits(limits)) => account.quotas.daily_limits.extend(limits),
        None => {}
    }
    Ok(Json(describe(account, world.clock.now())))
}

enum QuotaChange {
    Enforced(bool),
    /// By path, calls a day.
    Limits(HashMap<String, u32>),
}

impl QuotaChange {
    fn read(value: &Value) -> Option<Self> {
        // Two paths may share a counter.
        let counter = |path: &String| api::find(path).map_or_else(|| path.clone(), |found| found.counted_as.to_owned());
        let limit = |(path, limit): (&String, &Value)| Some((counter(path), u32::try_from(limit.as_u64()?).ok()?));
        match value {
            Value::Bool(enforced) => Some(Self::Enforced(*enforced)),
            Value::Object(limits) => limits.iter().map(limit).collect::<Option<_>>().map(Self::Limits),
            _ => None,
        }
    }
}

fn read_kind(value: &Value) -> Option<Kind> {
    [Kind::Service, Kind::Subscription].into_iter().find(|kind| value.as_str() == Some(kind.name()))
}

fn read_monthly_limit(value: &Value) -> Option<Option<u32>> {
    match value {
        Value::Bool(on) => Some(on.then_some(MONTHLY_LIMIT)),
        _ => u32::try_from(value.as_u64()?).ok().map(Some),
    }
}

fn read_unit(value: &Value) -> Option<NameUnit> {
    match value.as_str()? {
        "characters" => Some(NameUnit::Characters),
        "bytes" => Some(NameUnit::Bytes),
        _ => None,
    }
}

/// What `windows` has to be.
const WINDOWS: &str = "an object of message, click, subscribe or scan to {\"messages\":N,\"seconds\":N}";

fn read_windows(value: &Value) -> Option<Vec<(Trigger, Allowance)>> {
    let read = |(name, allowance): (&String, &Value)| {
        let trigger = Trigger::ALL.into_iter().find(|trigger| trigger.name() == name)?;
        let messages = u32::try_from(allowance["messages"].as_u64()?).ok()?;
        let seconds = allowance["seconds"].as_u64().and_then(|seconds| u32::try_from(seconds).ok())?;
        Some((trigger, Allowance { messages, seconds: seconds.into() }))
    };
    value.as_object()?.iter().map(read).collect()
}

/// Ends the tokens that are valid now: `revoke` makes them 40001, `expire` 42001.
pub(super) async fn end_tokens(
    State(world): State<Arc<World>>,
    Path(app_id): Path<String>,
    mut fields: Fields,
) -> Answer {
    let account = account(&world, &app_id)?;
    let action = required("action", fields.text("action")?)?;
    fields.finish()?;
    let tokens = &mut lock(&account).tokens;
    match action.as_str() {
        "revoke" => tokens.revoke(world.clock.now()),
        "expire" => tokens.expire(world.clock.now()),
        _ => return Err(InvalidField::new("action", "must be revoke or expire").into()),
    }
    Ok(Json(json!({ "action": action })))
}

pub(super) async fn state(State(world): State<Arc<World>>, Path(app_id): Path<String>) -> Answer {
    let account = account(&world, &app_id)?;
    let account = lock(&account);
    Ok(Json(describe(&account, world.clock.now())))
}

fn describe(account: &Account, now: i64) -> Value {
    let webhook = account.webhook.as_ref();
    let material = MediaKind::ALL.into_iter().map(|kind| (kind.name().to_owned(), account.library.count(kind).into()));
    let windows = Trigger::ALL.into_iter().map(|trigger| {
        let Allowance { messages, seconds } = account.windows.allowance(trigger);
        (trigger.name().to_owned(), json!({"messages": messages, "seconds": seconds}))
    });
    let mut state = json!({
        "app_id": account.app_id,
        "original_id": account.original_id(),
        "kind": account.profile.kind.name(),
        "verified": account.profile.verified,
        "quotas": account.quotas.enforced,
        "monthly_limit": account.profile.monthly_limit,
        "comments": account.profile.comments,
        "followers": account.followers.following(),
        "left": account.followers.gone(),
        "tags": account.tags.len(),
        "tagged": account.tags.tagged(),
        "blacklisted": account.blacklist.len(),
        "media": account.library.temporary(now),
        "material": material.collect::<Map<_, _>>(),
        "drafts": account.drafts.len(),
        "published": account.published.len(),
        "windows": windows.collect::<Map<_, _>>(),
        "webhook": webhook.map(|webhook| json!({"url": webhook.url.as_str(), "mode": webhook.mode.name()})),
    });
    if let Value::Object(state) = &mut state {
        state.extend(mass_profile::describe(&account.mass.settings));
    }
    state
}
