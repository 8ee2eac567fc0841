//! What followers do: it changes the account, reaches the webhook, and is answered.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use chrono::Utc;
use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::{
    Answer, account,
    body::{Fields, required},
};
use crate::{
    effect::take_effect,
    incoming::{self, Given},
    invalid::InvalidField,
    ledger::{Received, Way},
    message::Message,
    push::{Delivery, Exchange, Manner, deliver},
    reply::{Conversation, NOTICE, Verdict},
    request::integer,
    state::{Account, World, lock},
    usual::{has_job_id, is_from_mphelper, names_ids},
};

/// Most tries of a delivery.
const MAX_ATTEMPTS: u32 = 10;
/// Most deliveries of a message.
const MAX_DELIVERIES: u32 = 100;
/// Longest openid that a newcomer may have.
const MAX_OPENID: usize = 64;
const BLACKLISTED: &str = "the sender is on the blacklist: nothing reaches the webhook";

/// What is pushed, and how: everything but the members of the message.
struct Order {
    message_type: String,
    event: String,
    openid: Option<String>,
    create_time: Option<i64>,
    msg_id: Option<i64>,
    given: Given,
    schedule: Schedule,
}

/// The deliveries of one message.
struct Schedule {
    manners: Vec<Manner>,
    /// All at once instead of one after the other.
    concurrent: bool,
}

/// A follower does something: the account changes accordingly, then the webhook hears of it.
pub(super) async fn push(State(world): State<Arc<World>>, Path(app_id): Path<String>, mut fields: Fields) -> Answer {
    let account = account(&world, &app_id)?;
    let order = Order::read(&mut fields)?;
    let (openid, message, webhook, original_id) = {
        let mut account = lock(&account);
        let openid = order.sender(&account)?;
        let message = order.message(&world, &mut account, &openid, fields.into_rest())?;
        let reaches = take_effect(&mut account, &openid, &message, world.clock.now());
        let webhook = if reaches { account.webhook.clone().ok_or("no webhook is set") } else { Err(BLACKLISTED) };
        (openid, message, webhook, account.original_id())
    };
    let webhook = match webhook {
        Ok(webhook) => webhook,
        Err(reason) => return Ok(Json(undelivered(reason, &message))),
    };
    let conversation = Conversation {
        webhook: &webhook,
        app_id: &app_id,
        original_id: &original_id,
        openid: &openid,
        is_event: message.is_event(),
    };
    let mut deliveries = order.schedule.carry_out(&world, conversation, &message).await;
    let (mut account, now) = (lock(&account), world.clock.now());
    let mut shown = Vec::with_capacity(deliveries.len());
    for (manner, delivery) in order.schedule.manners.iter().zip(&mut deliveries) {
        delivery.judgement.check_media(&account.library, now);
        // However often it is delivered, the user gets one reply.
        let is_first = !shown.iter().any(|shown: &Value| shown["shown"] == json!(true));
        let visible = is_first && is_visible(delivery, &message);
        if visible && let Some(reply) = &delivery.judgement.reply {
            account.ledger.add(Received {
                openid: openid.clone(),
                way: Way::Reply,
                message_type: reply.kind.clone(),
                at: now,
                content: reply.content.clone(),
                kf_account: None,
                msg_id: None,
            });
        }
        shown.push(delivered(delivery, manner, visible, message.can_be_answered()));
    }
    Ok(Json(with_deliveries(&message, shown)))
}

/// The answer: that of the first delivery, with all of them in a list.
pub(super) fn with_deliveries(message: &Message, deliveries: Vec<Value>) -> Value {
    let mut answer = deliveries.first().cloned().unwrap_or_default();
    answer["msg_id"] = json!(message.msg_id);
    answer["deliveries"] = json!(deliveries);
    answer
}

impl Order {
    fn read(fields: &mut Fields) -> Result<Self, InvalidField> {
        let message_type = required("type", fields.text("type")?)?;
        Ok(Self {
            message_type,
            event: fields.peek("event").and_then(Value::as_str).unwrap_or_default().to_owned(),
            openid: fields.text("openid")?,
            create_time: fields.integer("create_time")?,
            msg_id: fields.take_as("msg_id", "an integer", integer)?,
            given: Given { media: fields.text("media_base64")?, thumb: fields.text("thumb_base64")? },
            schedule: Schedule::read(fields)?,
        })
    }

    fn is_event(&self) -> bool {
        self.message_type == "event"
    }

    /// Who sends it; results of jobs are told by an account of WeChat's own.
    fn sender(&self, account: &Account) -> Result<String, InvalidField> {
        let mphelper = || (self.is_event() && is_from_mphelper(&self.event)).then(|| account.followers.mphelper());
        let openid = required("openid", self.openid.clone().or_else(mphelper))?;
        let refused = || InvalidField::new("openid", "must be letters, digits, _ and -, 64 at most");
        if is_openid(&openid) { Ok(openid) } else { Err(refused()) }
    }

    /// Messages and results of jobs get an id unless one is given, other events have none unless one is given.
    fn message(
        &self,
        world: &World,
        account: &mut Account,
        openid: &str,
        mut members: Map<String, Value>,
    ) -> Result<Message, InvalidField> {
        incoming::attach(world, account, &self.message_type, &mut members, &self.given)?;
        if self.is_event() && names_ids(&self.event) {
            members.entry("open_id").or_insert_with(|| json!(openid));
            members.entry("app_id").or_insert_with(|| json!(account.app_id));
        }
        let has_id = !self.is_event() || has_job_id(&self.event);
        let msg_id = self.msg_id.or_else(|| has_id.then(|| world.next_msg_id()));
        let create_time = self.create_time.unwrap_or_else(|| Utc::now().timestamp());
        Message::new(self.message_type.clone(), create_time, msg_id, members)
    }
}

impl Schedule {
    fn read(fields: &mut Fields) -> Result<Self, InvalidField> {
        let usual = Manner::default();
        let attempts = fields.count("attempts", MAX_ATTEMPTS)?.unwrap_or(1).max(1);
        let timestamp = fields.integer("timestamp")?.map(|timestamp| timestamp.to_string());
        let nonce = fields.text("nonce")?;
        let deliveries = fields.count("deliveries", MAX_DELIVERIES)?.unwrap_or(1).max(1);
        let same = fields.flag("same_signature")?.unwrap_or(false);
        let concurrent = fields.flag("concurrent")?.unwrap_or(false);
        let manner = |_| {
            let fresh = if same { usual.clone() } else { Manner::default() };
            Manner {
                timestamp: timestamp.clone().unwrap_or(fresh.timestamp),
                nonce: nonce.clone().unwrap_or(fresh.nonce),
                attempts,
            }
        };
        Ok(Self { manners: (0..deliveries).map(manner).collect(), concurrent })
    }

    /// Delivers the message as often as ordered.
    async fn carry_out(&self, world: &World, conversation: Conversation<'_>, message: &Message) -> Vec<Delivery> {
        let deliver = |manner| deliver(&world.http, conversation, message, manner);
        if self.concurrent {
            return join_all(self.manners.iter().map(deliver)).await;
        }
        let mut deliveries = Vec::with_capacity(self.manners.len());
        for manner in &self.manners {
            deliveries.push(deliver(manner).await);
        }
        deliveries
    }
}

fn is_visible(delivery: &Delivery, message: &Message) -> bool {
    let judgement = &delivery.judgement;
    judgement.verdict == Verdict::Reply
        && message.can_be_answered()
        && judgement.reply.as_ref().is_some_and(|reply| reply.is_visible())
}

/// What came back from one delivery.
pub(super) fn delivered(delivery: &Delivery, manner: &Manner, shown: bool, answerable: bool) -> Value {
    let judgement = &delivery.judgement;
    let notice = (judgement.verdict == Verdict::Fault && answerable).then_some(NOTICE);
    let mut answer = delivery.exchange.to_json();
    answer["reply"] = json!(judgement.xml);
    answer["verdict"] = json!(judgement.verdict.name());
    answer["reason"] = json!(judgement.reason);
    answer["message"] = json!(judgement.reply.as_ref().map(|reply| reply.to_json()));
    answer["shown"] = json!(shown);
    answer["notice"] = json!(notice);
    answer["attempts"] = json!(delivery.attempts);
    answer["timestamp"] = json!(manner.timestamp);
    answer["nonce"] = json!(manner.nonce);
    answer
}

/// The answer when nothing was delivered, and why.
pub(super) fn undelivered(reason: &str, message: &Message) -> Value {
    let mut answer = Exchange::none(reason).to_json();
    for absent in ["reply", "verdict", "message", "notice"] {
        answer[absent] = Value::Null;
    }
    answer["shown"] = json!(false);
    answer["attempts"] = json!(0);
    answer["msg_id"] = json!(message.msg_id);
    answer["deliveries"] = json!([]);
    answer
}

fn is_openid(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !text.is_empty() && text.len() <= MAX_OPENID && text.bytes().all(allowed)
}
