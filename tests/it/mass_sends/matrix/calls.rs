//! The runs in which WeChat fails: which cell, at which point, and how it may end.

use serde_json::{Value, json};

use super::sender::{Audience, Material, STATUS};
use crate::copies::{DRAFT, MATERIAL};
use Audience::{Big, One, Three, Two, Whole};
use Material::{News, Text};

/// WeChat's answer comes so much later than the service waits for it.
pub(super) const LATE_MS: u64 = 3_000;

/// One mass send, and what it runs into.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) cell: &'static str,
    pub(super) audience: Audience,
    pub(super) material: Material,
    /// First in, first out.
    pub(super) faults: Vec<Value>,
    /// Settings of the account at WeChat for this run.
    pub(super) profile: Value,
    /// So many further sends are left at WeChat, until one was refused for want of them.
    pub(super) quota: Option<u64>,
    /// The states in which it may end.
    pub(super) ends: &'static [&'static str],
}

/// Who gets what, how many calls pass before the fault, and how many it strikes.
const SHAPES: [(Audience, Material, u64, u64); 12] = [
    (Big, Text, 0, 1),
    (Three, Text, 0, 1),
    (Big, News, 1, 1),
    (Two, News, 0, 2),
    (Big, Text, 2, 1),
    (Whole, Text, 0, 1),
    (Three, News, 0, 1),
    (One, Text, 0, 1),
    (Big, Text, 1, 3),
    (Whole, News, 0, 2),
    (Two, Text, 0, 3),
    (One, News, 0, 1),
];

const SENT: &[&str] = &["FINISHED"];
const REFUSED: &[&str] = &["FAILED", "PARTLY_FAILED"];
const UNCLEAR: &[&str] = &["UNCLEAR"];
/// A preview has no name under which WeChat could be asked again.
const MAYBE: &[&str] = &["FINISHED", "UNCLEAR"];
const UNPREPARED: &[&str] = &["FINISHED", "FAILED"];

/// Every run on the database that gets them all.
pub(super) fn all() -> Vec<Run> {
    let mut runs = Vec::new();
    for (cell, fault) in struck() {
        for shape in SHAPES {
            runs.push(submission(cell, &fault, shape));
        }
    }
    for shape in SHAPES {
        runs.push(in_process(shape));
        runs.push(quota(shape));
        runs.push(Run { faults: Vec::new(), ends: SENT, ..submission("nothing", &Value::Null, shape) });
    }
    for audience in [Three, Two, Whole] {
        for material in [Text, News] {
            runs.extend([true, false].map(|executes| refused_after_all(audience, material, executes)));
        }
    }
    runs.extend(preparations());
    runs.extend(reports());
    runs
}

/// The cells of the submission: what strikes the call that sends.
fn struck() -> Vec<(&'static str, Value)> {
    vec![
        ("time-out, accepted", json!({ "delay_ms": LATE_MS, "executes": true })),
        ("time-out, not accepted", json!({ "delay_ms": LATE_MS, "drop": true })),
        ("connection dropped, accepted", json!({ "drop": true, "executes": true })),
        ("connection dropped, not accepted", json!({ "drop": true })),
        ("errcode -1, accepted", json!({ "errcode": -1, "executes": true })),
        ("errcode -1, not accepted", json!({ "errcode": -1 })),
        ("garbage with HTTP 200, accepted", json!({ "garbage": true, "executes": true })),
        ("garbage with HTTP 200, not accepted", json!({ "garbage": true })),
        ("HTTP 502, accepted", json!({ "status": 502, "executes": true })),
        ("HTTP 502, not accepted", json!({ "status": 502 })),
        ("errcode 40001 (token)", json!({ "errcode": 40001 })),
        ("errcode 45009 (calls of the day)", json!({ "errcode": 45009 })),
        ("errcode 48001 (not permitted)", json!({ "errcode": 48001 })),
    ]
}

fn submission(
    cell: &'static str,
    fault: &Value,
    (audience, material, after, times): (Audience, Material, u64, u64),
) -> Run {
    let is_final = fault["errcode"] == 48001;
    let chunks = if audience == Big { 3 } else { 1 };
    // A final refusal is met once by each chunk, and a preview that is unclear is not tried again.
    let times = if is_final { times.min(chunks - after) } else { times };
    let is_certain = fault["errcode"].as_i64().is_some_and(|errcode| errcode > 0);
    let ends = match audience {
        _ if is_final => REFUSED,
        One if !is_certain => UNCLEAR,
        // Where two cores are busy, an answer may be late by itself.
        One => MAYBE,
        _ => SENT,
    };
    let faults = vec![at(audience.path(), fault, after, times)];
    Run { cell, audience, material, faults, profile: Value::Null, quota: None, ends }
}

fn at(path: &str, fault: &Value, after: u64, times: u64) -> Value {
    let mut fault = fault.clone();
    fault["path"] = json!(path);
    fault["after"] = json!(after);
    fault["times"] = json!(times);
    fault
}

/// 45066: WeChat is still at the first call when it is asked again.
fn in_process(shape: (Audience, Material, u64, u64)) -> Run {
    let cell = "errcode 45066 (in process)";
    if shape.0 == One {
        return submission(cell, &json!({ "errcode": 45066 }), shape);
    }
    let profile = json!({ "mass_processing_ms": 1_500 });
    let run = submission(cell, &json!({ "drop": true, "executes": true }), (shape.0, shape.1, shape.2, 1));
    Run { profile, ends: if shape.0 == One { UNCLEAR } else { SENT }, ..run }
}

/// 45028: no mass send is left for today. A preview takes none.
fn quota(shape: (Audience, Material, u64, u64)) -> Run {
    let run = submission("errcode 45028 (no send left)", &json!({ "errcode": 45028 }), shape);
    match shape.0 {
        One => run,
        _ => Run { faults: Vec::new(), quota: Some(shape.2), ..run },
    }
}

/// WeChat does not say what became of the first call, and refuses the second for another reason.
fn refused_after_all(audience: Audience, material: Material, executes: bool) -> Run {
    let cell = "dropped, then errcode 48001";
    let lost = at(audience.path(), &json!({ "drop": true, "executes": executes }), 0, 1);
    let refused = at(audience.path(), &json!({ "errcode": 48001 }), 0, 1);
    let faults = vec![lost, refused];
    Run { cell, audience, material, faults, profile: Value::Null, quota: None, ends: UNCLEAR }
}

/// What the articles are taken to WeChat with fails.
fn preparations() -> Vec<Run> {
    let points = [
        (Big, DRAFT, json!({ "drop": true }), 0, 1),
        (Big, DRAFT, json!({ "drop": true, "executes": true }), 1, 2),
        (Big, DRAFT, json!({ "garbage": true, "executes": true }), 2, 1),
        (Two, DRAFT, json!({ "errcode": -1 }), 0, 2),
        (Three, DRAFT, json!({ "status": 502, "executes": true }), 0, 1),
        (Whole, DRAFT, json!({ "errcode": 40001 }), 0, 2),
        (Two, DRAFT, json!({ "errcode": 45009 }), 0, 1),
        (Three, DRAFT, json!({ "delay_ms": LATE_MS, "executes": true }), 0, 1),
        (Whole, MATERIAL, json!({ "drop": true, "executes": true }), 0, 1),
        (Three, MATERIAL, json!({ "errcode": -1 }), 0, 2),
        (Two, MATERIAL, json!({ "garbage": true }), 0, 1),
        (One, DRAFT, json!({ "drop": true }), 0, 1),
    ];
    let run = |(audience, path, fault, after, times): (Audience, &str, Value, u64, u64)| Run {
        cell: "preparation of articles",
        audience,
        material: News,
        faults: vec![at(path, &fault, after, times)],
        profile: Value::Null,
        quota: None,
        ends: if audience == One { UNPREPARED } else { SENT },
    };
    points.into_iter().map(run).collect()
}

/// WeChat does not report by itself, and asking it fails. Four times is once more than the client repeats by itself.
fn reports() -> Vec<Run> {
    let points = [
        (Big, Text, json!({ "drop": true }), 1, 4),
        (Big, News, json!({ "errcode": -1 }), 0, 4),
        (Three, Text, json!({ "drop": true }), 0, 4),
        (Three, News, json!({ "garbage": true }), 0, 4),
        (Two, Text, json!({ "status": 502 }), 0, 4),
        (Two, News, json!({ "errcode": 40001 }), 0, 2),
        (Whole, Text, json!({ "errcode": 45009 }), 0, 2),
        (Whole, News, json!({ "errcode": -1 }), 0, 1),
        (Three, Text, json!({ "delay_ms": LATE_MS }), 0, 1),
        (Two, Text, json!({ "errcode": 45011 }), 0, 1),
    ];
    let run = |(audience, material, fault, after, times): (Audience, Material, Value, u64, u64)| Run {
        cell: "report",
        audience,
        material,
        faults: vec![at(STATUS, &fault, after, times)],
        profile: json!({ "mass_finish": "quiet" }),
        quota: None,
        ends: SENT,
    };
    points.into_iter().map(run).collect()
}
