//! What reached whom: the latest messages in full, all of them as counts.

use std::collections::VecDeque;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::mass::MassSend;

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
    /// `message/mass/send` and `sendall`.
    Mass,
    /// `message/mass/preview`.
    Preview,
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
    /// Of a preview.
    pub(crate) msg_id: Option<i64>,
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
                msg_id: received.msg_id,
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

    /// Who received previews, one entry for each, with the type of the message.
    pub(crate) fn previews(&self) -> impl Iterator<Item = (&str, &str)> {
        let previews = self.counts.keys().filter(|key| key.way == Way::Preview);
        previews.map(|key| (key.openid.as_str(), key.message_type.as_str()))
    }

    /// Oldest first.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Received> {
        self.kept.iter()
    }
}

/// The lines of a mass send as JSON texts, one for each follower who received it. They are written around the openid,
/// which has no character that JSON escapes: a send to a million followers has a million lines.
pub(crate) fn lines_of(
    send: &MassSend,
    openid: impl Fn(u64) -> String,
) -> Result<impl Iterator<Item = String>, serde_json::Error> {
    const MARK: &str = "\0";
    let key = Key {
        openid: MARK.to_owned(),
        way: Way::Mass,
        msg_id: Some(send.msg_id),
        clientmsgid: Some(send.order.clientmsgid.clone()),
        message_type: send.order.kind.clone(),
    };
    let line = serde_json::to_string(&Line { key: &key, count: 1 })?;
    let (before, after) = line.split_once("\\u0000").unwrap_or((&line, ""));
    let (before, after) = (before.to_owned(), after.to_owned());
    Ok(send.received.iter().map(move |index| format!("{before}{}{after}", openid(index))))
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
                msg_id: None,
            });
        }
        assert_eq!(ledger.messages().count(), KEPT);
        assert_eq!(ledger.messages().next().map(|message| message.at), Some(1), "the oldest is gone");
        assert_eq!(ledger.lines().map(|line| line.count).collect::<Vec<_>>(), [KEPT as u64 + 1]);
    }
}
