//! Received messages: how they are listed, found and read back. Who writes them stands with the webhook.
//!
//! Events (menu clicks, scans, …) are kept in the same table and have lists of their own. Source: /v1 "消息管理"; behaviour,
//! part 14.

use std::collections::BTreeSet;

use entity::Timestamp;
use entity::message::{self, Kind};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::page::Keyset;
use super::{Context, Key, any_of, checks, possible};
use crate::error::{Error, Result};
use crate::keywords;
use crate::webhook::Element;
use crate::webhook::{push, reply};

mod dates;
pub mod downloads;
mod lists;

pub use lists::{List, Selection, counts, pages, slices};

/// Longest text that is searched for, in characters: half of what one can type is more than anybody remembers.
const NEEDLE_LENGTH: usize = 500;

/// What a message can be, events apart.
const KINDS: [Kind; 8] =
    [Kind::Text, Kind::Image, Kind::Voice, Kind::Video, Kind::ShortVideo, Kind::Location, Kind::Link, Kind::Other];

/// Which messages are wanted, as a caller says it.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only what was sent then or later.
    pub sent_from: Option<Timestamp>,
    /// Only what was sent earlier.
    pub sent_before: Option<Timestamp>,
    /// As `sent_from`, as a date or a date and a time of the service's time zone. Blank is nothing.
    pub sent_from_local: Option<String>,
    /// As `sent_before`, likewise.
    pub sent_before_local: Option<String>,
    /// Whether to leave out what a keyword rule answered.
    pub without_keyword_replies: bool,
    /// Only texts that contain this, whatever the case and the width of its letters. Every text contains an empty one.
    pub text: Option<String>,
    /// Only these kinds.
    pub kinds: Option<Vec<Kind>>,
    /// Only of this sender.
    pub openid: Option<String>,
}

/// Which messages a list shows: what all of this is true of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Sent then or later.
    pub sent_from: Option<Timestamp>,
    /// Sent earlier.
    pub sent_before: Option<Timestamp>,
    /// Answered by no keyword rule.
    pub without_keyword_replies: bool,
    /// A text that contains this, folded.
    pub text: Option<String>,
    /// Of one of these kinds.
    pub kinds: Option<BTreeSet<Kind>>,
    /// Of this sender.
    pub openid: Option<String>,
}

impl Filter {
    /// Errors: `Invalid` for a date that is none, for a bound that is given twice, and for a text that is too long or has a
    /// NUL in it. Source: behaviour, D66, X8, X18.
    pub fn new(context: &Context, wanted: Wanted) -> Result<Self> {
        let bound = |field: &'static str, instant: Option<Timestamp>, local: Option<String>| {
            let local = dates::instant(context.time_zone, field, local.as_deref().unwrap_or_default())?;
            match (instant, local) {
                (Some(_), Some(_)) => Err(Error::invalid(field, "the same bound is given as an instant, too")),
                (instant, local) => Ok(instant.or(local)),
            }
        };
        let text = match wanted.text {
            None => None,
            Some(text) => {
                let checked = checks::optional("text", Some(&text), NEEDLE_LENGTH)?;
                Some(keywords::fold(checked.as_deref().unwrap_or_default()))
            }
        };
        Ok(Self {
            sent_from: bound("sentFromLocal", wanted.sent_from, wanted.sent_from_local)?,
            sent_before: bound("sentBeforeLocal", wanted.sent_before, wanted.sent_before_local)?,
            without_keyword_replies: wanted.without_keyword_replies,
            text,
            kinds: wanted.kinds.map(|kinds| kinds.into_iter().collect()),
            openid: wanted.openid,
        })
    }
}

/// The names of events, as a list compares them. Errors: `Invalid` for an empty name.
pub fn event_names(names: Vec<String>) -> Result<BTreeSet<String>> {
    let name = |name: String| checks::required("names", &name, 100).map(|name| name.to_lowercase());
    names.into_iter().map(name).collect()
}

/// The place of a message, or of an event, in its list.
pub fn place(message: &message::Model) -> Keyset {
    Keyset { at: message.created_at, id: message.id.clone() }
}

/// Messages by account and id, in no order; those that do not exist, and events, are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<message::Model>> {
    let wanted = any_of(message::Column::AccountId, message::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let found = message::Entity::find().filter(wanted).filter(message::Column::IsEvent.eq(false));
    Ok(found.all(&context.database).await?)
}

/// The last message of a follower, events apart.
pub(super) async fn last_of(
    connection: &impl ConnectionTrait,
    account_id: &str,
    openid: &str,
) -> Result<Option<message::Model>> {
    let of_follower = message::Entity::find()
        .filter(message::Column::AccountId.eq(account_id))
        .filter(message::Column::Openid.eq(openid))
        .filter(message::Column::IsEvent.eq(false));
    let newest_first = of_follower.order_by_desc(message::Column::CreatedAt).order_by_desc(message::Column::Id);
    Ok(newest_first.one(connection).await?)
}

/// What a message or an event says, read from what WeChat sent. `None` where that cannot be read any more.
pub fn read(message: &message::Model) -> Option<push::Kind> {
    let payload = serde_json::from_str(&message.payload).ok()?;
    push::Kind::read(&Element::from_json("xml", &payload)).ok()
}

/// The `EventKey` of an event, if it has one.
pub fn event_key(message: &message::Model) -> Option<String> {
    let payload = serde_json::from_str(&message.payload).ok()?;
    Element::from_json("xml", &payload).text_of("EventKey").map(str::to_owned)
}

/// The text of an automatic reply, as it was given; `None` of another one, and before it was given.
pub fn reply_text(message: &message::Model) -> Option<String> {
    match serde_json::from_str(message.reply.as_deref()?).ok()? {
        reply::Content::Text(text) => Some(text),
        _ => None,
    }
}
