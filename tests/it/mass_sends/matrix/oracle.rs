//! Who got what, by the simulator's ledger, held against what the service says of its mass send.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::sender::Sender;
use crate::support::TestApp;

/// What reached the followers of an account.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By `clientmsgid`: a follower stands there as often as he received it.
    by_name: HashMap<String, Vec<String>>,
    /// Each with the number of the preview.
    previews: Vec<(i64, String)>,
}

#[derive(Deserialize)]
struct Line {
    openid: String,
    kind: String,
    msg_id: Option<i64>,
    clientmsgid: Option<String>,
    count: usize,
}

impl Ledger {
    /// Everything that an app sent so far.
    pub(super) async fn read(app: &TestApp, app_id: &str) -> Self {
        let url = format!("{}/_control/{app_id}/ledger", app.sandbox);
        let body = app.http.get(url).send().await.unwrap().bytes().await.unwrap();
        let lines: Vec<Line> = serde_json::from_slice(&body).unwrap();
        let mut ledger = Self::default();
        for line in lines {
            match (line.kind.as_str(), line.clientmsgid, line.msg_id) {
                ("mass", Some(name), _) => {
                    let received = ledger.by_name.entry(name).or_default();
                    received.extend(std::iter::repeat_n(line.openid, line.count));
                }
                ("preview", None, Some(number)) => {
                    ledger.previews.extend(std::iter::repeat_n((number, line.openid), line.count));
                }
                (kind, name, _) => panic!("a line of an unknown kind: {kind} {name:?}"),
            }
        }
        ledger
    }

    /// The number of the newest preview; 0 before the first.
    pub(super) fn newest_preview(&self) -> i64 {
        self.previews.iter().map(|(number, _)| *number).max().unwrap_or(0)
    }

    /// What nobody asked for: names that are none of these chunks'.
    pub(super) fn strays(&self, chunks: &BTreeSet<String>) -> Vec<String> {
        self.by_name.keys().filter(|name| !chunks.contains(*name)).cloned().collect()
    }
}

/// What came of a mass send, in followers.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    /// Received it, in a part that is shown as sent.
    pub(super) sent: u64,
    /// In a part that is shown as failed or cancelled, and received nothing.
    pub(super) refused: u64,
    /// In a part that is shown as unclear.
    pub(super) unclear: u64,
    /// Received it more than once.
    pub(super) twice: u64,
    /// Received nothing, and the service does not say so.
    pub(super) missing: u64,
    /// Whatever is wrong, in words.
    pub(super) problems: Vec<String>,
}

/// The `clientmsgid`s of a mass send.
pub(super) fn names(send: &Value) -> impl Iterator<Item = String> {
    send["chunks"].as_array().unwrap().iter().map(|chunk| chunk["clientMsgId"].as_str().unwrap().to_owned())
}

/// Judges a mass send that has ended. `since`: previews up to this number belong to earlier ones.
pub(super) fn judge(sender: &Sender, send: &Value, ledger: &Ledger, since: i64) -> Verdict {
    let mut verdict = Verdict::default();
    let mut problems = Vec::new();
    let mut all: Vec<&str> = Vec::new();
    let eligible = sender.eligible.len() as u64;
    let chunks = send["chunks"].as_array().unwrap();
    let mut planned = 0;
    for (chunk, name) in chunks.iter().zip(names(send)) {
        let recipients = chunk["recipientCount"].as_u64().unwrap();
        planned += recipients;
        let received: Vec<&str> = if send["way"] == "PREVIEW" {
            let mine = ledger.previews.iter().filter(|(number, _)| *number > since);
            mine.map(|(_, openid)| openid.as_str()).collect()
        } else {
            ledger.by_name.get(&name).map(|openids| openids.iter().map(String::as_str).collect()).unwrap_or_default()
        };
        let reached = received.iter().collect::<BTreeSet<_>>().len() as u64;
        match chunk["state"].as_str().unwrap() {
            "FINISHED" | "SENT" => {
                verdict.sent += reached;
                verdict.missing += recipients.saturating_sub(reached);
                if !chunk["sentCount"].is_null() && chunk["sentCount"] != reached {
                    problems.push(format!("{} are said to have it, {reached} do", chunk["sentCount"]));
                }
            }
            "FAILED" | "CANCELLED" if reached == 0 => verdict.refused += recipients,
            "UNCLEAR" if reached == 0 || reached == recipients => verdict.unclear += recipients,
            state => {
                verdict.missing += recipients - reached.min(recipients);
                problems.push(format!("{reached} of {recipients} have a part that is {state}"));
            }
        }
        all.extend(received);
    }
    let different: BTreeSet<&str> = all.iter().copied().collect();
    verdict.twice = all.len() as u64 - different.len() as u64;
    let strangers = different.iter().filter(|openid| !sender.eligible.contains(**openid)).count();
    if strangers > 0 {
        problems.push(format!("{strangers} who got it are not eligible"));
    }
    if planned != eligible || send["recipientCount"] != eligible {
        problems.push(format!("{planned} in the parts and {} in all, of {eligible}", send["recipientCount"]));
    }
    if verdict.sent + verdict.refused + verdict.unclear + verdict.missing != eligible {
        problems.push("the numbers do not add up".to_owned());
    }
    if verdict.twice > 0 || verdict.missing > 0 {
        problems.push(format!("{} twice, {} missing", verdict.twice, verdict.missing));
    }
    verdict.problems = problems.into_iter().map(|problem| format!("{problem}: {send:#}")).collect();
    verdict
}
