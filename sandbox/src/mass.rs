//! The mass sends of an account: which call became which send, whom it reached, and how it ended.
//!
//! Source: WeChat "Mass send" (群发接口和原创校验), its events and "Mass-send protection" (群发保护).

use std::collections::{BTreeSet, HashMap};

use indexmap::IndexMap;
use serde_json::Value;

use crate::{
    audience::Audience,
    clock::{china_day, china_month},
    errcode::Errcode,
    mass_settings::{Finish, MassSettings},
};

/// The word of a send that went well; older pages of WeChat's write it without the space.
pub(crate) const SUCCESS: &str = "send success";
/// The word after the administrator's refusal.
pub(crate) const REFUSED: &str = "err(40001)";
/// The word when the administrator was silent for too long.
const UNCONFIRMED: &str = "err(40002)";
/// A `clientmsgid` is remembered for so long.
const WINDOW_SECONDS: i64 = 86_400;
/// The administrator has so long to confirm.
const CONFIRMATION_SECONDS: i64 = 30 * 60;

/// The call that a send came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    /// `mass/sendall`: to everybody or to a tag.
    Sendall,
    /// `mass/send`: to a list of openids.
    Send,
}

/// Where a send is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// For the administrator; nobody has received anything.
    Waiting,
    Sending,
    Succeeded,
    Failed,
    Deleted,
}

/// The numbers of the result event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) total: u64,
    /// Who is left after filtering.
    pub(crate) filter: u64,
    pub(crate) sent: u64,
    pub(crate) error: u64,
}

/// What became of a draft.
#[derive(Clone, Debug)]
pub(crate) struct Articles {
    /// `msg_data_id`.
    pub(crate) data_id: u64,
    pub(crate) count: usize,
    /// The address of each is this and its index.
    pub(crate) address: String,
}

/// What a call asks for.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) api: Api,
    pub(crate) clientmsgid: String,
    /// `msgtype`.
    pub(crate) kind: String,
    /// The member of its type.
    pub(crate) content: Value,
    pub(crate) articles: Option<Articles>,
    /// Empty once the send has set out.
    pub(crate) audience: Audience,
    /// Whether the call was told that it waits for the administrator.
    pub(crate) announced: bool,
    /// Milliseconds of the simulator's clock until which the call counts as being processed.
    pub(crate) processed_at_ms: i64,
}

/// One mass send.
#[derive(Debug)]
pub(crate) struct MassSend {
    pub(crate) msg_id: i64,
    pub(crate) order: Order,
    /// How many it was for.
    pub(crate) audience: u64,
    pub(crate) stage: Stage,
    pub(crate) counters: Counters,
    /// Who received it.
    pub(crate) received: Audience,
    /// Unix seconds.
    pub(crate) accepted_at: i64,
    /// When it set out, Unix seconds.
    pub(crate) sent_at: Option<i64>,
    /// Unix seconds.
    pub(crate) finished_at: Option<i64>,
    /// The word of the result: after the end, or the one that was ordered for it.
    pub(crate) status: String,
    /// How it ends, as the settings stood when it set out.
    pub(crate) finish: Finish,
    /// Indexes of articles, from 1.
    deleted: BTreeSet<usize>,
}

/// What a `clientmsgid` was used for in the last 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// The call is not through yet.
    Processing,
    /// The administrator has not decided.
    Undecided,
    /// It became this send.
    Sent(i64),
}

/// The sends of an account, oldest first.
#[derive(Debug, Default)]
pub(crate) struct MassSends {
    pub(crate) settings: MassSettings,
    /// 0 (fastest) to 4.
    pub(crate) speed: u8,
    sends: IndexMap<i64, MassSend>,
    /// The latest send of each `clientmsgid`.
    by_client: HashMap<String, i64>,
}

impl Api {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sendall => "sendall",
            Self::Send => "send",
        }
    }
}

impl Stage {
    /// As the control API spells it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Deleted => "deleted",
        }
    }

    /// The `msg_status` of `mass/get`.
    pub(crate) const fn msg_status(self) -> &'static str {
        match self {
            Self::Waiting | Self::Sending => "SENDING",
            Self::Succeeded => "SEND_SUCCESS",
            Self::Failed => "SEND_FAIL",
            Self::Deleted => "DELETE",
        }
    }
}

impl Articles {
    /// Where an article is read; `index` counts from 1.
    pub(crate) fn url(&self, index: usize) -> String {
        format!("{}&idx={index}", self.address)
    }

    /// The index of an article by its address.
    fn index_of(&self, url: &str) -> Option<usize> {
        (1..=self.count).find(|index| self.url(*index) == url)
    }
}

impl MassSend {
    /// Whether it went on its way and did not fail: what counts against the day's sends.
    const fn counts(&self) -> bool {
        !matches!(self.stage, Stage::Failed)
    }

    /// It ends with a word, and perhaps other numbers.
    fn end(&mut self, status: String, now: i64) {
        if self.stage != Stage::Deleted {
            self.stage = if is_success(&status) { Stage::Succeeded } else { Stage::Failed };
        }
        self.status = status;
        self.finished_at = Some(now);
    }
}

impl MassSends {
    /// What a `clientmsgid` was used for, if anything; both times are of the simulator's clock.
    pub(crate) fn earlier(&self, clientmsgid: &str, now_ms: i64) -> Option<Earlier> {
        let send = self.sends.get(self.by_client.get(clientmsgid)?)?;
        if now_ms.div_euclid(1000) - send.accepted_at >= WINDOW_SECONDS {
            return None;
        }
        Some(if now_ms < send.order.processed_at_ms {
            Earlier::Processing
        } else if send.stage == Stage::Waiting && send.order.announced {
            Earlier::Undecided
        } else {
            Earlier::Sent(send.msg_id)
        })
    }

    /// How many sends of the China day count as successful so far.
    pub(crate) fn sent_on_day(&self, now: i64) -> usize {
        let today = |send: &&MassSend| china_day(send.accepted_at) == china_day(now);
        self.sends.values().rev().filter(today).filter(|send| send.counts()).count()
    }

    /// Who has received `limit` sends in the China month.
    pub(crate) fn exhausted(&self, limit: usize, now: i64) -> Audience {
        let month = |send: &&MassSend| send.sent_at.is_some_and(|at| china_month(at) == china_month(now));
        Audience::in_at_least(limit, self.sends.values().filter(month).map(|send| &send.received))
    }

    /// A call is accepted. Nobody receives anything before [`MassSends::set_out`].
    pub(crate) fn accept(&mut self, msg_id: i64, order: Order, now: i64) {
        self.by_client.insert(order.clientmsgid.clone(), msg_id);
        let audience = order.audience.len();
        let counters = Counters { total: audience, ..Counters::default() };
        let send = MassSend {
            msg_id,
            order,
            audience,
            stage: Stage::Waiting,
            counters,
            received: Audience::default(),
            accepted_at: now,
            sent_at: None,
            finished_at: None,
            status: self.settings.status.clone(),
            finish: self.settings.finish,
            deleted: BTreeSet::new(),
        };
        self.sends.insert(msg_id, send);
    }

    /// A send goes to those of its audience who can be reached; one that is ordered to fail by itself reaches nobody.
    pub(crate) fn set_out(&mut self, msg_id: i64, reachable: Audience, now: i64) {
        let settings = &self.settings;
        let Some(send) = self.sends.get_mut(&msg_id) else { return };
        let filter = reachable.len();
        let fails = settings.finish != Finish::Manual && !is_success(&settings.status);
        send.order.audience = Audience::default();
        send.stage = Stage::Sending;
        send.sent_at = Some(now);
        send.status.clone_from(&settings.status);
        send.finish = settings.finish;
        send.counters.filter = filter;
        if fails {
            send.counters.error = filter;
        } else {
            send.counters.sent = filter;
            send.received = reachable;
        }
    }

    /// A send ends by itself; returns whether it had not ended before.
    pub(crate) fn conclude(&mut self, msg_id: i64, now: i64) -> bool {
        match self.sends.get_mut(&msg_id) {
            Some(send) if send.stage == Stage::Sending => {
                send.end(send.status.clone(), now);
                true
            }
            _ => false,
        }
    }

    /// A send ends, or ended already, with this word and these numbers.
    pub(crate) fn finish(&mut self, msg_id: i64, status: String, counters: Counters, now: i64) {
        if let Some(send) = self.sends.get_mut(&msg_id) {
            send.counters = counters;
            send.end(status, now);
        }
    }

    /// The sends for which the administrator's time is over fail now; returns them.
    pub(crate) fn expire(&mut self, now: i64) -> Vec<i64> {
        let is_overdue =
            |send: &&mut MassSend| send.stage == Stage::Waiting && now - send.accepted_at >= CONFIRMATION_SECONDS;
        let overdue = self.sends.values_mut().filter(is_overdue);
        overdue
            .map(|send| {
                send.end(UNCONFIRMED.to_owned(), now);
                send.msg_id
            })
            .collect()
    }

    /// Errors: 40059.
    pub(crate) fn get(&self, msg_id: i64) -> Result<&MassSend, Errcode> {
        self.sends.get(&msg_id).ok_or(Errcode::INVALID_MSG_ID)
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &MassSend> {
        self.sends.values()
    }

    /// Deletes the pages of a send: of one article by its index, which counts from 1, or of all with 0. Errors: 40059,
    /// 40008 unless it is one of articles, 40065 unless it succeeded, 40060.
    pub(crate) fn delete(&mut self, msg_id: i64, index: usize) -> Result<(), Errcode> {
        let send = self.sends.get_mut(&msg_id).ok_or(Errcode::INVALID_MSG_ID)?;
        let articles = send.order.articles.as_ref().ok_or(Errcode::INVALID_MESSAGE_TYPE)?;
        if send.stage != Stage::Succeeded {
            return Err(Errcode::INVALID_MSG_STATUS);
        }
        match index {
            0 => send.deleted.extend(1..=articles.count),
            _ if index <= articles.count => drop(send.deleted.insert(index)),
            _ => return Err(Errcode::INVALID_ARTICLE_INDEX),
        }
        if send.deleted.len() == articles.count {
            send.stage = Stage::Deleted;
        }
        Ok(())
    }

    /// The send and the index of the article at an address. Errors: 40066.
    pub(crate) fn article_at(&self, url: &str) -> Result<(i64, usize), Errcode> {
        let found = |send: &MassSend| Some((send.msg_id, send.order.articles.as_ref()?.index_of(url)?));
        self.sends.values().find_map(found).ok_or(Errcode::INVALID_URL)
    }
}

/// Whether a word says that a send went well, in whichever spelling.
pub(crate) fn is_success(status: &str) -> bool {
    let plain = |word: &str| word.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    plain(status) == plain(SUCCESS)
}
