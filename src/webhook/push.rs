//! Pushes: a message that a follower sent, or an event.
//!
//! Whatever is not known (types, events, elements) is kept in [`Push::fields`] and never an error: WeChat adds to it without
//! notice. Typed members hold what the documentation promises; a text that is absent reads as empty, a number that is
//! absent or unreadable as `None`.

mod event;
mod message;
mod result;

use entity::Timestamp;
use sha2::{Digest as _, Sha256};

use super::error::{Error, Result};
use super::xml::{self, Element};
use crate::clock;

pub use event::{
    AgentSession, Event, PhotoSource, Revocation, Scan, SentSubscribeMessage, SubscribeChoice, VerificationStage,
};
pub use message::{Content, Message, SourceArticle};
pub use result::{
    ArticleUrl, CheckState, CopyrightArticle, CopyrightCheck, MassSendOutcome, MassSendResult, Originality,
    PublishResult, PublishStatus, TemplateSendOutcome, TemplateSendResult,
};

/// The elements that, with its name, sender and time, tell an event from another one; the last three of multi-agent
/// customer service, `OpenID` of the events about consent, whose sender may be the same for several followers.
const KEYS_OF_EVENTS: [&str; 5] = ["EventKey", "OpenID", "KfAccount", "FromKfAccount", "ToKfAccount"];
/// The same in the lists of subscribe-message events.
const KEYS_OF_LISTED: [&str; 2] = ["TemplateId", "MsgID"];
/// The elements that hold those lists.
const LISTS: [&str; 3] = ["SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent"];

/// A push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Push {
    /// The account, by its original id (`gh_…`).
    pub to_user: String,
    /// The openid of the sender. Of result events it is one of WeChat's own and no follower.
    pub from_user: String,
    /// When WeChat made it, to the second.
    pub created_at: Timestamp,
    /// What it is.
    pub kind: Kind,
    /// Everything, as it came: the root `xml`.
    pub fields: Element,
}

/// What a push is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message of a follower.
    Message(Message),
    /// Something that happened (`MsgType` `event`).
    Event(Event),
}

impl Kind {
    /// Reads what the elements of a push say: [`Push::fields`], also when they were kept as JSON and are read back with
    /// [`Element::from_json`].
    ///
    /// # Errors
    /// [`Error::Missing`] without `MsgType`, or of an event without `Event`.
    pub fn read(fields: &Element) -> Result<Self> {
        let required = |name| fields.text_of(name).ok_or(Error::Missing(name));
        let type_name = required("MsgType")?;
        if type_name.eq_ignore_ascii_case("event") {
            Ok(Self::Event(Event::read(required("Event")?, fields)))
        } else {
            Ok(Self::Message(Message::read(type_name, fields)))
        }
    }
}

impl Push {
    /// Reads the XML of a push: the body of a plain delivery, or what was decrypted of another.
    ///
    /// # Errors
    /// [`Error::Missing`] without `ToUserName`, `FromUserName`, `CreateTime`, `MsgType`, or an event without `Event`; or why
    /// the body is not acceptable XML.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let fields = xml::parse(body)?;
        let required = |name| fields.text_of(name).ok_or(Error::Missing(name));
        let to_user = required("ToUserName")?.to_owned();
        let from_user = required("FromUserName")?.to_owned();
        let created_at = instant(&fields, "CreateTime").ok_or(Error::Missing("CreateTime"))?;
        let kind = Kind::read(&fields)?;
        Ok(Self { to_user, from_user, created_at, kind, fields })
    }

    /// A text that all deliveries of one push share and no other push of the account has; at most 42 characters of ASCII,
    /// so that it can be a key.
    ///
    /// A message is known by its `MsgId` alone; the result of a mass send, template message or publication by its event and
    /// the id of the job; another event by sender, time, event and key, which for events without an `EventKey` is what else
    /// they are about. A message without an id, which the documentation does not know, is known by all it says.
    pub fn dedup_key(&self) -> String {
        match &self.kind {
            Kind::Message(Message { id: Some(id), .. }) => id.to_string(),
            Kind::Message(_) => format!("message-{}", digest(&pieces(&self.fields))),
            Kind::Event(event) => match event.job() {
                Some((name, id)) => format!("{name}-{id}"),
                None => format!("event-{}", digest(&self.event_pieces())),
            },
        }
    }

    fn event_pieces(&self) -> Vec<String> {
        let fields = &self.fields;
        let mut pieces = vec![self.from_user.clone(), self.created_at.timestamp().to_string()];
        pieces.push(fields.string("Event").to_ascii_lowercase());
        pieces.extend(KEYS_OF_EVENTS.map(|name| fields.string(name)));
        for item in LISTS.iter().flat_map(|list| fields.all(&[list, "List"])) {
            pieces.extend(KEYS_OF_LISTED.map(|name| item.string(name)));
        }
        pieces
    }
}

/// The [`Push::dedup_key`] of the push that reports the result of the mass send with this number.
pub fn mass_send_key(msg_id: i64) -> String {
    format!("{}-{msg_id}", event::MASS_SEND_FINISHED)
}

/// All names and texts of an element, in order and with what shows where elements end.
fn pieces(element: &Element) -> Vec<String> {
    let mut all = vec![element.name.clone(), element.text.clone(), element.children.len().to_string()];
    all.extend(element.children.iter().flat_map(pieces));
    all
}

/// The first half of SHA-256 over texts and their lengths, in hexadecimal: no two lists of texts are ever found to give the
/// same.
fn digest(pieces: &[String]) -> String {
    let hash = pieces
        .iter()
        .fold(Sha256::new(), |hash, piece| hash.chain_update((piece.len() as u64).to_be_bytes()).chain_update(piece));
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The element of that name as an instant, given in seconds since the Unix epoch.
fn instant(fields: &Element, name: &str) -> Option<Timestamp> {
    clock::from_unix_seconds(fields.number(name)?)
}

/// The text of the element of that name; `None` when it is absent or empty.
fn optional(fields: &Element, name: &str) -> Option<String> {
    fields.text_of(name).map(str::to_owned)
}
