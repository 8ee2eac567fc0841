//! The runs with faults of WeChat's, several at a time: one for each account, and one service for all of them.

use std::collections::VecDeque;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::calls::{self, Run};
use super::oracle::{Ledger, Verdict, judge};
use super::sender::{Audience, Sender};
use crate::support::{Backend, TestApp};

/// A service that gives up waiting before [`calls::LATE_MS`], and asks for reports after a second.
const FLAGS: [&str; 4] = ["--wechat-timeout", "2", "--mass-status-after", "1"];

/// The cell of what a person had tried again.
const AGAIN: &str = "refused or unclear, tried again by a person";

type Results = Vec<(&'static str, Verdict)>;

/// All runs on SQLite, a third of them on each server.
pub(super) async fn runs(backend: Backend) -> Results {
    let Some(app) = TestApp::start_with(backend, &FLAGS).await else { return Vec::new() };
    let mine = |number: usize| match backend {
        Backend::Sqlite if super::is_full() => true,
        Backend::Sqlite => number % 3 == 2,
        // Not the same shapes of every cell: their number is even.
        Backend::Postgres => number.is_multiple_of(3),
        Backend::MariaDb => number % 3 == 1,
    };
    let mut runs: Vec<Run> = calls::all();
    let mut numbers = 0..;
    runs.retain(|_| numbers.next().is_some_and(|number| mine(number + number / 12)));
    let lanes_of_each = if backend == Backend::Sqlite { 2 } else { 1 };
    let mut lanes = Vec::new();
    for audience in Audience::ALL {
        let mut queues = vec![VecDeque::new(); lanes_of_each];
        let of_audience = runs.iter().filter(|run| run.audience == audience);
        for (number, run) in of_audience.enumerate() {
            queues[number % lanes_of_each].push_back(run.clone());
        }
        lanes.extend(queues.into_iter().map(|queue| (audience, queue)));
    }
    let lanes = lanes.into_iter().enumerate();
    let results = join_all(lanes.map(|(number, (audience, queue))| lane(&app, number, audience, queue))).await;
    results.into_iter().flatten().collect()
}

/// The runs of one account, one after the other.
async fn lane(app: &TestApp, number: usize, audience: Audience, queue: VecDeque<Run>) -> Results {
    let mut sender = Sender::bind(app, number, audience).await;
    sender.connect(app).await;
    let mut results = Results::new();
    let mut ended = Vec::new();
    for run in queue {
        let since = sender.newest_preview(app).await;
        let (id, send) = carry_out(app, &mut sender, &run).await;
        let is_left = matches!(send["state"].as_str(), Some("FAILED" | "UNCLEAR"));
        if audience == Audience::Big {
            // Its ledger is long, and read once.
            ended.push((run, send));
            continue;
        }
        let before = Ledger::read(app, &sender.app_id).await;
        results.push((run.cell, verdict(&sender, &run, &send, &before, since)));
        if is_left && audience != Audience::One {
            let send = sender.again(app, &id).await;
            let after = Ledger::read(app, &sender.app_id).await;
            let run = Run { ends: &["FINISHED"], faults: Vec::new(), ..run };
            results.push((AGAIN, verdict(&sender, &run, &send, &after, since)));
        }
    }
    let ledger = Ledger::read(app, &sender.app_id).await;
    results.extend(ended.into_iter().map(|(run, send)| (run.cell, verdict(&sender, &run, &send, &ledger, 0))));
    if let (Some(strays), Some((cell, last))) = (sender.strays(&ledger), results.last_mut()) {
        last.problems.extend(strays.problems.into_iter().map(|problem| format!("{cell}: {problem}")));
    }
    results
}

/// Sends once, with what the run has in store. Returns the id, and the mass send as it ended.
async fn carry_out(app: &TestApp, sender: &mut Sender, run: &Run) -> (String, Value) {
    let default = json!({ "mass_finish": "auto", "mass_processing_ms": 0, "mass_quota": false });
    sender.set(app, default).await;
    if !run.profile.is_null() {
        sender.set(app, run.profile.clone()).await;
    }
    if let Some(left) = run.quota {
        let sends = app.control(Method::GET, &format!("/{}/mass", sender.app_id), Value::Null).await;
        sender.set(app, json!({ "mass_quota": sends.as_array().unwrap().len() as u64 + left })).await;
    }
    for fault in &run.faults {
        sender.fault(app, fault.clone()).await;
    }
    let id = sender.start(app, run.material).await;
    if run.quota.is_some() {
        let is_refused = |chunk: &Value| chunk["error"].as_str().is_some_and(|error| error.contains("45028"));
        let waits = |send: &Value| send["chunks"].as_array().unwrap().iter().any(is_refused);
        let send = sender.wait_until(app, &id, waits).await;
        assert_eq!(send["state"], "SENDING", "it waits for the quota: {send:#}");
        sender.set(app, json!({ "mass_quota": false })).await;
    }
    let send = sender.end(app, &id).await;
    let left = sender.faults(app).await;
    assert!(left.is_empty(), "{}: what was planned did not strike {run:?}: {left:?}, {send:#}", run.cell);
    (id, send)
}

fn verdict(sender: &Sender, run: &Run, send: &Value, ledger: &Ledger, since: i64) -> Verdict {
    let mut verdict = judge(sender, send, ledger, since);
    if !run.ends.iter().any(|state| send["state"] == *state) {
        verdict.problems.push(format!("it should end as {:?}: {:?} {send:#}", run.ends, run.faults));
    }
    verdict
}
