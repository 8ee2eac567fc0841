//! The shape of a page of openids, shared by the lists of followers, of a tag's followers and of the blacklist.

use serde::Serialize;

use crate::answer::{Answer, Outcome};

#[derive(Serialize)]
struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    count: usize,
    /// Absent past the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Openids>,
    /// The last openid of the page; empty past the end.
    next_openid: String,
}

#[derive(Serialize)]
struct Openids {
    openid: Vec<String>,
}

/// A page; `total` only for the lists that tell it.
pub(super) fn answer(total: Option<u64>, openids: Vec<String>) -> Outcome {
    let next_openid = openids.last().cloned().unwrap_or_default();
    let count = openids.len();
    let data = (count > 0).then_some(Openids { openid: openids });
    Answer::data(&Page { total, count, data, next_openid })
}
