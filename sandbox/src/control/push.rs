//! The webhook: where it is, and what followers do that reaches it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
};
use chrono::Utc;
use serde_json::{Value, json};

use super::{
    Answer, account,
    body::{Fields, required},
};
use crate::{
    invalid::InvalidField,
    message::{Message, Movement},
    push::{Delivery, Exchange, Manner, check_address, deliver},
    reply::Conversation,
    request::integer,
    state::{Account, World, lock},
    webhook::Webhook,
};

/// Most tries of a delivery.
const MAX_ATTEMPTS: u32 = 10;
/// Longest openid that a newcomer may have.
const MAX_OPENID: usize = 64;

/// Stores the settings, makes WeChat's check of the address and says what came of it. The settings stay also when
/// the check fails, so that a service may be started later.
pub(super) async fn set_webhook(
    State(world): State<Arc<World>>,
    Path(app_id): Path<String>,
    mut fields: Fields,
) -> Answer {
    let account = account(&world, &app_id)?;
    let url = required("url", fields.text("url")?)?;
    let token = required("token", fields.text("token")?)?;
    let mode = fields.text("mode")?;
    let key = fields.text("encoding_aes_key")?;
    fields.finish()?;
    let webhook = Webhook::new(&url, token, mode.as_deref().unwrap_or("plain"), key.as_deref())?;
    let original_id = {
        let mut account = lock(&account);
        account.webhook = Some(webhook.clone());
        account.original_id()
    };
    let (verified, exchange) = check_address(&world.http, &webhook).await;
    let mut answer = exchange.to_json();
    answer["verified"] = json!(verified);
    answer["original_id"] = json!(original_id);
    Ok(Json(answer))
}

/// A follower does something: the list of followers changes if it is joining or leaving, then the webhook hears of it.
pub(super) async fn push(State(world): State<Arc<World>>, Path(app_id): Path<String>, mut fields: Fields) -> Answer {
    let account = account(&world, &app_id)?;
    let openid = required("openid", fields.text("openid")?)?;
    if !is_openid(&openid) {
        return Err(InvalidField::new("openid", "must be letters, digits, _ and -, 64 at most").into());
    }
    let manner = manner(&mut fields)?;
    let message = message(&world, fields)?;
    let (webhook, original_id) = {
        let mut account = lock(&account);
        let reaches = take_effect(&mut account, &openid, &message);
        (
            if reaches { account.webhook.clone().ok_or("no webhook is set") } else { Err(BLACKLISTED) },
            account.original_id(),
        )
    };
    let mut answer = match webhook {
        Err(reason) => undelivered(reason),
        Ok(webhook) => {
            let conversation = Conversation {
                webhook: &webhook,
                app_id: &app_id,
                original_id: &original_id,
                openid: &openid,
                is_event: message.is_event(),
            };
            delivered(&deliver(&world.http, conversation, &message, &manner).await)
        }
    };
    answer["msg_id"] = json!(message.msg_id);
    Ok(Json(answer))
}

const BLACKLISTED: &str = "the sender is on the blacklist: nothing reaches the webhook";

fn manner(fields: &mut Fields) -> Result<Manner, InvalidField> {
    let usual = Manner::default();
    let attempts = fields.count("attempts", MAX_ATTEMPTS)?.unwrap_or(1);
    Ok(Manner {
        timestamp: fields.integer("timestamp")?.map_or(usual.timestamp, |timestamp| timestamp.to_string()),
        nonce: fields.text("nonce")?.unwrap_or(usual.nonce),
        attempts: attempts.max(1),
    })
}

/// Messages get a `MsgId` unless one is given, events have none unless one is given.
fn message(world: &World, mut fields: Fields) -> Result<Message, InvalidField> {
    let kind = required("type", fields.text("type")?)?;
    let create_time = fields.integer("create_time")?.unwrap_or_else(|| Utc::now().timestamp());
    let given = fields.take_as("msg_id", "an integer", integer)?;
    let msg_id = given.or_else(|| (kind != "event").then(|| world.next_msg_id()));
    Message::new(kind, create_time, msg_id, fields.into_rest())
}

/// Changes the list of followers. Returns whether the webhook hears of it: what comes from the blacklist does not
/// reach it, joining and leaving excepted.
fn take_effect(account: &mut Account, openid: &str, message: &Message) -> bool {
    match message.movement() {
        Movement::Joins { scene } => {
            account.followers.join(openid, Utc::now().timestamp());
            if let (Some(scene), Some(index)) = (scene, account.followers.find(openid)) {
                let follower = account.followers.details_mut(index);
                "ADD_SCENE_QR_CODE".clone_into(&mut follower.subscribe_scene);
                match scene.parse() {
                    Ok(number) => follower.qr_scene = number,
                    Err(_) => follower.qr_scene_str = scene,
                }
            }
            true
        }
        Movement::Leaves => {
            if let Some(index) = account.followers.find(openid) {
                account.leave(index);
            }
            true
        }
        Movement::Stays => {
            let index = account.followers.find(openid);
            !index.is_some_and(|index| account.blacklist.contains(&index))
        }
    }
}

fn delivered(delivery: &Delivery) -> Value {
    let mut answer = delivery.exchange.to_json();
    answer["reply"] = json!(delivery.judgement.reply);
    answer["verdict"] = json!(delivery.judgement.verdict.name());
    answer["reason"] = json!(delivery.judgement.reason);
    answer["attempts"] = json!(delivery.attempts);
    answer
}

fn undelivered(reason: &str) -> Value {
    let mut answer = Exchange::none(reason).to_json();
    answer["reply"] = Value::Null;
    answer["verdict"] = Value::Null;
    answer["attempts"] = json!(0);
    answer
}

fn is_openid(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    !text.is_empty() && text.len() <= MAX_OPENID && text.bytes().all(allowed)
}
