//! The end of a mass send, and how the webhook hears of it: the event `MASSSENDJOBFINISH`.
//!
//! Source: WeChat "Mass-send results" (事件推送群发结果).

use std::sync::Arc;

use chrono::Utc;
use serde_json::{Map, Value, json};

use crate::{
    invalid::InvalidField,
    mass::{Articles, MassSend},
    mass_settings::Finish,
    message::Message,
    push::{Delivery, Manner, deliver},
    reply::Conversation,
    state::{Account, World, lock},
};

/// How often WeChat tries a delivery that is not answered.
const ATTEMPTS: u32 = 3;

/// An event that the webhook was told, or why it was not.
pub(crate) struct Told {
    pub(crate) message: Message,
    pub(crate) delivery: Result<(Manner, Delivery), &'static str>,
}

/// A send that has set out ends by itself after a while, unless that is left to the control API.
pub(crate) fn schedule(world: &Arc<World>, account: &Account, msg_id: i64) {
    if account.mass.get(msg_id).is_ok_and(|send| send.finish == Finish::Manual) {
        return;
    }
    let (world, app_id) = (Arc::clone(world), account.app_id.clone());
    tokio::spawn(async move {
        tokio::time::sleep(world.finish_after).await;
        conclude(&world, &app_id, msg_id).await;
    });
}

/// A send ends now, and the webhook is told; nothing happens if it has ended before.
pub(crate) async fn conclude(world: &World, app_id: &str, msg_id: i64) {
    let Some(account) = world.account(app_id) else { return };
    let ended = lock(&account).mass.conclude(msg_id, world.clock.now());
    if ended {
        tell_unless_quiet(world, app_id, msg_id).await;
    }
}

/// The sends for which the administrator's time is over fail, and the webhook is told in the background.
pub(crate) fn expire(world: &Arc<World>, account: &mut Account) {
    let overdue = account.mass.expire(world.clock.now());
    if overdue.is_empty() {
        return;
    }
    let (world, app_id) = (Arc::clone(world), account.app_id.clone());
    tokio::spawn(async move {
        for msg_id in overdue {
            tell_unless_quiet(&world, &app_id, msg_id).await;
        }
    });
}

/// Tells the webhook how a send ended, with WeChat's tries; `None` when its account is ordered to be quiet.
pub(crate) async fn tell_unless_quiet(world: &World, app_id: &str, msg_id: i64) -> Option<Told> {
    let account = world.account(app_id)?;
    let quiet = lock(&account).mass.get(msg_id).is_ok_and(|send| send.finish == Finish::Quiet);
    if quiet { None } else { tell(world, app_id, msg_id, ATTEMPTS).await }
}

/// Tells the webhook how a send ended; `None` when there is no such send any more.
pub(crate) async fn tell(world: &World, app_id: &str, msg_id: i64, attempts: u32) -> Option<Told> {
    let account = world.account(app_id)?;
    let (message, webhook, original_id, mphelper) = {
        let account = lock(&account);
        let message = event(account.mass.get(msg_id).ok()?).ok()?;
        (message, account.webhook.clone(), account.original_id(), account.followers.mphelper())
    };
    let Some(webhook) = webhook else { return Some(Told { message, delivery: Err("no webhook is set") }) };
    let conversation =
        Conversation { webhook: &webhook, app_id, original_id: &original_id, openid: &mphelper, is_event: true };
    let manner = Manner { attempts, ..Manner::default() };
    let delivery = deliver(&world.http, conversation, &message, &manner).await;
    tracing::debug!(mass.msg_id = msg_id, push.status = delivery.exchange.status, "mass send finished");
    Some(Told { message, delivery: Ok((manner, delivery)) })
}

/// The event, with the machine's time as every push.
fn event(send: &MassSend) -> Result<Message, InvalidField> {
    let counters = send.counters;
    let mut members = Map::new();
    for (name, value) in [
        ("event", json!("MASSSENDJOBFINISH")),
        ("status", json!(send.status)),
        ("total_count", json!(counters.total)),
        ("filter_count", json!(counters.filter)),
        ("sent_count", json!(counters.sent)),
        ("error_count", json!(counters.error)),
    ] {
        members.insert(name.to_owned(), value);
    }
    if let Some(articles) = &send.order.articles {
        members.insert("copyright_check_result".to_owned(), copyright(articles));
        members.insert("article_url_result".to_owned(), addresses(articles));
    }
    Message::new("event".to_owned(), Utc::now().timestamp(), Some(send.msg_id), members)
}

/// Every article is judged fit to be sent.
fn copyright(articles: &Articles) -> Value {
    let judged = |index: usize| {
        json!({
            "article_idx": index,
            "user_declare_state": 0,
            "audit_state": 0,
            "original_article_url": "",
            "original_article_type": 0,
            "can_reprint": 0,
            "need_replace_content": 0,
            "need_show_reprint_source": 0,
        })
    };
    json!({
        "count": articles.count,
        "result_list": (1..=articles.count).map(judged).collect::<Vec<_>>(),
        "check_state": 1,
    })
}

fn addresses(articles: &Articles) -> Value {
    let address = |index: usize| json!({"article_idx": index, "article_url": articles.url(index)});
    json!({"count": articles.count, "result_list": (1..=articles.count).map(address).collect::<Vec<_>>()})
}
