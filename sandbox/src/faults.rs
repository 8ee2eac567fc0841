//! Failures on demand: what the next calls of an endpoint run into instead of the endpoint.

use std::{sync::Mutex, time::Duration};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{errcode::Errcode, state::lock};

/// A planned failure of an endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// The exact path of the endpoint.
    pub(crate) path: String,
    /// Only calls of this account, if named.
    pub(crate) app_id: Option<String>,
    /// How many matching calls pass first.
    pub(crate) after: u32,
    /// How many calls it strikes.
    pub(crate) times: u32,
    pub(crate) strike: Strike,
}

/// What happens to one call.
#[derive(Clone, Debug)]
pub(crate) struct Strike {
    /// The answer waits this long.
    pub(crate) delay: Duration,
    /// Whether the call takes effect although its answer is lost: a mass send that WeChat accepted just before the
    /// connection broke.
    pub(crate) executes: bool,
    pub(crate) effect: Effect,
}

/// What the client gets.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// The true answer, late.
    Delay,
    /// WeChat's error shape, by default with WeChat's text and HTTP 200.
    Refuse { errcode: Errcode, errmsg: Option<String>, status: StatusCode },
    /// An HTML page with this status, as proxies send it.
    Status(StatusCode),
    /// Bytes that are no JSON.
    Garbage(StatusCode),
    /// No answer: the connection is closed.
    Drop,
}

/// The planned failures, first in, first out.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Mutex<Vec<Fault>>,
}

impl Faults {
    pub(crate) fn add(&self, fault: Fault) {
        lock(&self.planned).push(fault);
    }

    pub(crate) fn clear(&self) {
        lock(&self.planned).clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        lock(&self.planned).clone()
    }

    /// What strikes this call, if anything. Only the oldest fault that matches counts, also while it lets calls pass.
    pub(crate) fn take(&self, path: &str, app_id: Option<&str>) -> Option<Strike> {
        let mut planned = lock(&self.planned);
        let matches =
            |fault: &Fault| fault.path == path && (fault.app_id.is_none() || fault.app_id.as_deref() == app_id);
        let position = planned.iter().position(matches)?;
        let fault = &mut planned[position];
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        let strike = fault.strike.clone();
        fault.times -= 1;
        if fault.times == 0 {
            planned.remove(position);
        }
        Some(strike)
    }
}

impl Fault {
    /// As the control API spells it.
    pub(crate) fn to_json(&self) -> Value {
        let mut members = json!({"path": self.path, "times": self.times, "after": self.after});
        if let Some(app_id) = &self.app_id {
            members["app_id"] = json!(app_id);
        }
        if !self.strike.delay.is_zero() {
            members["delay_ms"] = json!(self.strike.delay.as_millis());
        }
        if self.strike.executes {
            members["executes"] = json!(true);
        }
        match &self.strike.effect {
            Effect::Delay => {}
            Effect::Refuse { errcode, errmsg, status } => {
                members["errcode"] = json!(errcode.0);
                members["errmsg"] = json!(errmsg.as_deref().unwrap_or_else(|| errcode.errmsg()));
                members["status"] = json!(status.as_u16());
            }
            Effect::Status(status) => members["status"] = json!(status.as_u16()),
            Effect::Garbage(status) => {
                members["garbage"] = json!(true);
                members["status"] = json!(status.as_u16());
            }
            Effect::Drop => members["drop"] = json!(true),
        }
        members
    }
}
