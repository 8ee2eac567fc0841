//! What a push changes beside being stored, in the same transaction.

use entity::message::{self, ReplyState};
use entity::{Timestamp, account};
use sea_orm::DatabaseTransaction;

use super::{Stored, deferred, recorder};
use crate::database;
use crate::domain::followers::events;
use crate::domain::messages::downloads;
use crate::domain::{Context, checks, mass_sends};
use crate::error::Result;
use crate::webhook::push::{Event, Kind, MassSendResult, Push};

/// One change.
#[derive(Debug)]
pub(super) enum Effect {
    /// The sender follows.
    Subscribed(Timestamp),
    /// The sender follows no more.
    Unsubscribed(Timestamp),
    /// What is known of somebody has to go.
    Erased(String),
    /// What is known of somebody is out of date.
    Changed(String),
    /// WeChat reports on a mass send.
    MassSendFinished(Box<MassSendResult>),
    /// Its files are to be downloaded, before WeChat drops them.
    Files,
    /// Its reply goes out by itself, unless this process is faster.
    Reply,
}

impl Effect {
    /// Whether it changes nothing but what belongs to the push.
    const fn is_of_the_push_alone(&self) -> bool {
        matches!(self, Self::Files | Self::Reply)
    }
}

/// What a push changes.
pub(super) fn of(account: &account::Model, push: &Push, row: &message::Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    match &push.kind {
        Kind::Event(Event::Subscribe { .. }) => effects.push(Effect::Subscribed(row.created_at)),
        Kind::Event(Event::Unsubscribe) => effects.push(Effect::Unsubscribed(row.created_at)),
        Kind::Event(Event::AuthorizationRevoked(whose) | Event::AuthorizationCancelled(whose)) => {
            effects.push(Effect::Erased(whose.openid.clone()));
        }
        Kind::Event(Event::UserInfoModified(whose)) => effects.push(Effect::Changed(whose.openid.clone())),
        Kind::Event(Event::MassSendFinished(result)) => effects.push(Effect::MassSendFinished(result.clone())),
        Kind::Event(_) | Kind::Message(_) => {}
    }
    if downloads::has_files(row.kind) && account.app_secret.is_some() {
        effects.push(Effect::Files);
    }
    if row.reply_state == ReplyState::Pending {
        effects.push(Effect::Reply);
    }
    effects
}

/// Stores a push together with what it changes.
pub(super) async fn record(
    context: &Context,
    account: &account::Model,
    row: message::Model,
    effects: &[Effect],
) -> Result<Stored> {
    // Whoever stores the push first has its jobs for himself; what others may change at the same time needs the lock.
    let txn = if effects.iter().all(Effect::is_of_the_push_alone) {
        database::begin(&context.database).await?
    } else {
        context.begin(&account.id).await?
    };
    let stored = recorder::insert_one(&txn, row).await?;
    if let Stored::New(message) = &stored {
        for effect in effects {
            apply(&txn, account, message, effect).await?;
        }
    }
    context.commit_work(txn).await?;
    Ok(stored)
}

async fn apply(
    txn: &DatabaseTransaction,
    account: &account::Model,
    message: &message::Model,
    effect: &Effect,
) -> Result<()> {
    // Only a verified account may ask WeChat about its followers.
    let may_ask = account.app_secret.is_some() && account.verified;
    match effect {
        Effect::Subscribed(at) => {
            events::subscribe(txn, &account.id, &message.openid, *at).await?;
            if may_ask {
                events::ask_details(txn, &account.id, &message.openid).await?;
            }
            Ok(())
        }
        Effect::Unsubscribed(at) => events::unsubscribe(txn, &account.id, &message.openid, *at).await,
        Effect::Erased(openid) => events::erase(txn, &account.id, openid).await,
        Effect::Changed(openid) if may_ask && checks::is_possible_id(openid) => {
            events::ask_details(txn, &account.id, openid).await
        }
        Effect::Changed(_) => Ok(()),
        Effect::MassSendFinished(result) => mass_sends::record_event(txn, &account.id, result).await,
        Effect::Files => downloads::enqueue(txn, message).await.map(|_| ()),
        Effect::Reply => deferred::enqueue(txn, message).await,
    }
}
