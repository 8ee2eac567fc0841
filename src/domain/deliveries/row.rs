//! A push as a row.

use chrono::TimeDelta;
use entity::message::{self, Kind as MessageKind, ReplyState};
use entity::{Timestamp, account};

use super::automatic::Automatic;
use crate::domain::checks;
use crate::error::{Error, Result};
use crate::webhook::push::{Content, Kind, Push};
use crate::{clock, keywords};

/// How far WeChat's clock may be ahead of ours.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// How old a push may be: WeChat repeats it for seconds, and what somebody kept from it for longer is nobody's.
const OLDEST: TimeDelta = TimeDelta::days(7);

/// Longest name of an event or of a type of message that is kept apart; the whole is in the payload.
const NAME_LENGTH: usize = 100;

/// The row of a push and of the reply that it gets. Errors: `Invalid` for a sender that cannot be one.
pub(super) fn of(account: &account::Model, push: &Push, automatic: Automatic) -> Result<message::Model> {
    if !checks::is_possible_id(&push.from_user) {
        return Err(Error::invalid("FromUserName", "is no openid"));
    }
    let now = clock::now();
    let (kind, content) = kind_and_content(push);
    let Automatic { choice, state, reply } = automatic;
    let (rule_id, button_id, by_keyword, target) = match choice {
        Some(choice) => (choice.rule_id, choice.button_id, choice.by_keyword, Some(choice.target)),
        None => (None, None, false, None),
    };
    let reply = reply.map(|reply| serde_json::to_string(&reply)).transpose();
    Ok(message::Model {
        account_id: account.id.clone(),
        id: push.dedup_key(),
        delivery: clock::new_id(),
        kind,
        is_event: kind == MessageKind::Event,
        event: name(push),
        openid: push.from_user.clone(),
        folded: content.map(keywords::fold),
        content: content.map(str::to_owned),
        payload: push.fields.to_json().to_string(),
        created_at: plausible(push.created_at, now),
        received_at: now,
        by_keyword,
        rule_id,
        button_id,
        reply_state: state,
        reply_kind: target.as_ref().map(|target| target.kind),
        reply_id: target.map(|target| target.id),
        reply: reply.map_err(|error| Error::Internal(error.to_string()))?,
        replied_at: (state == ReplyState::Answered).then_some(now),
        reply_error: (state == ReplyState::Failed).then(|| "it was not decided in time what to answer".to_owned()),
        file_id: None,
        thumb_file_id: None,
        file_error: None,
    })
}

/// When a push was made; where that cannot be, when it came. The time is not signed, in plain mode at least, and lists,
/// windows and the order of events go by it; the payload keeps what was said.
fn plausible(made: Timestamp, came: Timestamp) -> Timestamp {
    let age = *came - *made;
    if (-AHEAD..=OLDEST).contains(&age) { made } else { came }
}

/// What a push is, and the text in it that can be searched.
fn kind_and_content(push: &Push) -> (MessageKind, Option<&str>) {
    let Kind::Message(message) = &push.kind else { return (MessageKind::Event, None) };
    match &message.content {
        Content::Text { content, .. } => (MessageKind::Text, Some(content)),
        Content::Image { .. } => (MessageKind::Image, None),
        Content::Voice { recognition, .. } => (MessageKind::Voice, recognition.as_deref()),
        Content::Video { .. } => (MessageKind::Video, None),
        Content::ShortVideo { .. } => (MessageKind::ShortVideo, None),
        Content::Location { .. } => (MessageKind::Location, None),
        Content::Link { .. } => (MessageKind::Link, None),
        Content::Other { .. } => (MessageKind::Other, None),
    }
}

/// The name of an event, or of a type of message that is not known.
fn name(push: &Push) -> Option<String> {
    let name = match &push.kind {
        Kind::Event(_) => push.fields.text_of("Event")?,
        Kind::Message(message) => match &message.content {
            Content::Other { type_name } => type_name,
            _ => return None,
        },
    };
    Some(name.to_lowercase().chars().take(NAME_LENGTH).collect())
}
