//! What reached whom: the latest messages in full, all of them as counts.

use std::collections::VecDeque;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

/// Most messages that are kept in full.
const KEPT: usize = 100_000;

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// `message/custom/send`.
    Custom,
    /// The answer to a push.
    Reply,
}

/// A message that somebody was shown.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Received {
    pub(crate) openid: String,
    #[serde(rename = "kind")]
    pub(crate) way: Way,
    #[serde(rename = "type")]
    pub(crate) message_type: String,
    /// Unix seconds of the simulator's clock.
    pub(crate) at: i64,
    /// The members of its type.
    pub(crate) content: Value,
    /// The agent under whose name it came.
    pub(crate) kf_account: Option<String>,
}

/// A line of the ledger.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    #[serde(flatten)]
    key: &'a Key,
    count: u64,
}

#[derive(Debug, PartialEq, Eq, Hash, Serialize)]
struct Key {
    openid: String,
    #[serde(rename = "kind")]
    way: Way,
    /// Mass sends have one.
    msg_id: Option<i64>,
    clientmsgid: Option<String>,
    #[serde(rename = "type")]
    message_type: String,
}

/// The messages of one account.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    kept: VecDeque<Received>,
    counts: IndexMap<Key, u64>,
}

impl Ledger {
    /// Replies are kept, and not counted.
    pub(crate) fn add(&mut self, received: Received) {
        if received.way != Way::Reply {
            let key = Key {
                openid: received.openid.clone(),
                way: received.way,
                msg_id: None,
                clientmsgid: None,
                message_type: received.message_type.clone(),
            };
            *self.counts.entry(key).or_default() += 1;
        }
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(received);
    }

    /// By openid, way and type, in the order of their first message.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.counts.iter().map(|(key, count)| Line { key, count: *count })
    }

    /// Oldest first.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Received> {
        self.kept.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_messages_are_kept_and_all_are_counted() {
        let mut ledger = Ledger::default();
        for at in 0..=KEPT as i64 {
            ledger.add(Received {
                openid: "o".to_owned(),
                way: Way::Custom,
                message_type: "text".to_owned(),
                at,
                content: Value::Null,
                kf_account: None,
            });
        }
        assert_eq!(ledger.messages().count(), KEPT);
        assert_eq!(ledger.messages().next().map(|message| message.at), Some(1), "the oldest is gone");
        assert_eq!(ledger.lines().map(|line| line.count).collect::<Vec<_>>(), [KEPT as u64 + 1]);
    }
}
