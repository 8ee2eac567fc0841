//! The record of what the simulator received: the latest calls in full, all of them as counts.
//!
//! Memory is bounded by number and by size, and access tokens are masked before anything is kept. Files, sent and
//! answered, are described by name, type, size and digest instead of being shown.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use axum::http::Method;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{answer::Answer, payload::Payload, request::Request, state::lock};

/// Most calls that are kept.
const KEPT: usize = 10_000;
/// Most bytes of bodies and answers that are kept.
const KEPT_BYTES: usize = 32 << 20;
/// Longest part of a request's body that is kept, in bytes.
const BODY_BYTES: usize = 16 << 10;
/// So many elements of a list are kept of a longer body that is JSON: a mass send names up to 10,000 openids.
const SHOWN_ELEMENTS: usize = 20;
/// Longest part of an answer that is kept, in bytes.
const RESPONSE_BYTES: usize = 4 << 10;
/// Longest access token that is masked for certain, in bytes.
const LONGEST_TOKEN: usize = 1024;
/// Most paths that are counted one by one.
const COUNTED_PATHS: usize = 1000;
/// Where calls of further paths are counted.
const OTHER_PATHS: &str = "(other)";
const MASK: &str = "***";

/// One call and its answer.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallRecord {
    /// Epoch milliseconds of the machine's clock.
    at: i64,
    app_id: Option<String>,
    method: String,
    path: String,
    query: Map<String, Value>,
    body: String,
    /// `null` when the connection was dropped.
    status: Option<u16>,
    response: Option<String>,
    #[serde(skip)]
    pub(crate) trace: Option<Trace>,
}

/// What `openapi/rid/get` tells about a refused call besides the record.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) rid: String,
    /// Unix seconds of the simulator's clock.
    pub(crate) invoke_time: i64,
    pub(crate) cost_in_ms: u64,
    pub(crate) client_ip: String,
}

/// When a call came and what it cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// Epoch milliseconds of the machine's clock.
    pub(crate) at: i64,
    /// Unix seconds of the simulator's clock.
    pub(crate) invoke_time: i64,
    pub(crate) cost_in_ms: u64,
}

/// The record.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    records: VecDeque<CallRecord>,
    bytes: usize,
    counts: BTreeMap<String, u64>,
}

impl CallRecord {
    pub(crate) fn new(request: &Request, app_id: Option<String>, answer: Option<&Answer>, timing: Timing) -> Self {
        let token = request.parameter("access_token");
        let query = request.query.iter().map(|(name, value)| {
            let value = if name == "access_token" { MASK } else { value.as_str() };
            (name.clone(), Value::from(value))
        });
        let rid = answer.and_then(|answer| answer.rid.clone());
        Self {
            at: timing.at,
            app_id,
            method: method_name(&request.method),
            path: request.path.clone(),
            query: query.collect(),
            body: shown_body(&request.payload, token),
            status: answer.map(|answer| answer.status.as_u16()),
            response: answer.map(|answer| shown_answer(answer, token)),
            trace: rid.map(|rid| Trace {
                rid,
                invoke_time: timing.invoke_time,
                cost_in_ms: timing.cost_in_ms,
                client_ip: request.client_ip.to_string(),
            }),
        }
    }

    pub(crate) fn app_id(&self) -> Option<&str> {
        self.app_id.as_deref()
    }

    /// The query as it stood in the URL, the token masked.
    pub(crate) fn query_string(&self) -> String {
        let pairs = self.query.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()));
        pairs.collect::<Vec<_>>().join("&")
    }

    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    pub(crate) fn response(&self) -> &str {
        self.response.as_deref().unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.body.len() + self.response().len()
    }
}

impl Calls {
    pub(crate) fn record(&self, record: CallRecord) {
        let mut kept = lock(&self.kept);
        let full = kept.counts.len() >= COUNTED_PATHS && !kept.counts.contains_key(&record.path);
        let counted = if full { OTHER_PATHS } else { record.path.as_str() };
        *kept.counts.entry(counted.to_owned()).or_default() += 1;
        kept.bytes += record.bytes();
        kept.records.push_back(record);
        while kept.records.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.records.pop_front() else { break };
            kept.bytes -= oldest.bytes();
        }
    }

    /// The latest `limit` calls of a path and of an app id, newest last.
    pub(crate) fn list(&self, path: Option<&str>, app_id: Option<&str>, limit: usize) -> Vec<CallRecord> {
        let kept = lock(&self.kept);
        let matching = kept.records.iter().rev().filter(|record| {
            path.is_none_or(|path| record.path == path) && (app_id.is_none() || record.app_id() == app_id)
        });
        let mut records: Vec<_> = matching.take(limit).cloned().collect();
        records.reverse();
        records
    }

    /// How often each path was called since the start.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        lock(&self.kept).counts.clone()
    }

    /// The call that was refused under this request id.
    pub(crate) fn find(&self, rid: &str) -> Option<CallRecord> {
        let kept = lock(&self.kept);
        let has_rid = |record: &&CallRecord| record.trace.as_ref().is_some_and(|trace| trace.rid == rid);
        kept.records.iter().rev().find(has_rid).cloned()
    }

    pub(crate) fn clear(&self) {
        *lock(&self.kept) = Kept::default();
    }
}

fn method_name(method: &Method) -> String {
    method.as_str().to_owned()
}

fn shown_body(payload: &Payload, token: Option<&str>) -> String {
    match payload.shown_form() {
        Some(form) => excerpt(form.as_bytes(), BODY_BYTES, token),
        None => {
            let body = payload.plain().map_or(&[][..], |body| body);
            let shortened = if body.len() > BODY_BYTES { shortened(body) } else { None };
            excerpt(shortened.as_deref().map_or(body, str::as_bytes), BODY_BYTES, token)
        }
    }
}

/// JSON with the ends of its long lists left out, and how much that is; it stays JSON. `None` for anything else.
fn shortened(body: &[u8]) -> Option<String> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    shorten(&mut value);
    Some(value.to_string())
}

fn shorten(value: &mut Value) {
    match value {
        Value::Array(elements) => {
            let left_out = elements.len().saturating_sub(SHOWN_ELEMENTS);
            if left_out > 0 {
                elements.truncate(SHOWN_ELEMENTS);
                elements.push(format!("… and {left_out} more").into());
            }
            elements.iter_mut().for_each(shorten);
        }
        Value::Object(members) => members.values_mut().for_each(shorten),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn shown_answer(answer: &Answer, token: Option<&str>) -> String {
    let Some(filename) = &answer.filename else { return excerpt(&answer.body, RESPONSE_BYTES, token) };
    let sha256 = Sha256::digest(&answer.body).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let shown = json!({
        "filename": filename,
        "content_type": answer.content_type,
        "size": answer.body.len(),
        "sha256": sha256,
    });
    shown.to_string()
}

/// The beginning of a body as text, without the token of its call and without tokens that it hands out.
fn excerpt(body: &[u8], limit: usize, token: Option<&str>) -> String {
    // A token that straddles the limit is seen whole, masked, and then cut.
    let seen = &body[..body.len().min(limit + LONGEST_TOKEN)];
    let mut text = mask_members(&String::from_utf8_lossy(seen));
    if let Some(token) = token {
        text = text.replace(token, MASK);
    }
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
        text.push('…');
    }
    text
}

/// Replaces the value of every JSON member `access_token`.
fn mask_members(text: &str) -> String {
    const MEMBER: &str = "\"access_token\":\"";
    let mut parts = text.split(MEMBER);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.find('"').map_or("", |end| &part[end..]);
        masked.push_str(MEMBER);
        masked.push_str(MASK);
        masked.push_str(rest);
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_bounded_and_holds_no_token() {
        let body = r#"{"access_token":"12_secret","expires_in":7200,"echo":"99_used"}"#;
        assert_eq!(
            excerpt(body.as_bytes(), 100, Some("99_used")),
            r#"{"access_token":"***","expires_in":7200,"echo":"***"}"#
        );
        let straddling = format!("{}99_used_token", "标".repeat(10));
        assert_eq!(excerpt(straddling.as_bytes(), 31, Some("99_used_token")), format!("{}*…", "标".repeat(10)));
        assert_eq!(excerpt("标标".as_bytes(), 4, None), "标…");
    }

    #[test]
    fn the_record_is_bounded_in_number_and_size() {
        let calls = Calls::default();
        let timing = Timing { at: 0, invoke_time: 0, cost_in_ms: 0 };
        let request = |path: &str, body: usize| Request {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            payload: Payload::Plain(vec![b'x'; body].into()),
            client_ip: [127, 0, 0, 1].into(),
            host: None,
        };
        for _ in 0..KEPT + 5 {
            calls.record(CallRecord::new(&request("/small", 1), None, None, timing));
        }
        assert_eq!(calls.list(None, None, usize::MAX).len(), KEPT);
        assert_eq!(calls.counts()["/small"], KEPT as u64 + 5);
        for _ in 0..3000 {
            calls.record(CallRecord::new(&request("/large", 1 << 20), None, None, timing));
        }
        assert!(lock(&calls.kept).bytes <= KEPT_BYTES);
        assert_eq!(calls.counts()["/large"], 3000);
        for number in 0..2000 {
            calls.record(CallRecord::new(&request(&format!("/{number}"), 1), None, None, timing));
        }
        assert!(calls.counts().len() <= COUNTED_PATHS + 1);
    }
}
