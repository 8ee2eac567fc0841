//! Deliveries: what WeChat pushes is stored, then answered.
//!
//! Whatever was acknowledged is in the database. The reply is decided before the push is stored and is stored with it, so
//! that one write does both and every repetition of the delivery, at once or later, gets the same reply. Only where a
//! reply shows something that is not at WeChat yet does it wait: a job is stored with the push that will send the reply
//! as a customer-service message, and until the answer is due this process tries to be faster. Source: design, section 6.

use std::time::Duration;

use entity::account;
use entity::message::{self, ReplyState};
use tokio::time::{Instant, timeout_at};

use super::Context;
use crate::clock;
use crate::error::{Error, Result};
use crate::webhook::push::Push;
use crate::webhook::reply::Reply;

mod automatic;
mod deferred;
mod effects;
mod recorder;
mod row;

pub use deferred::{REPLY_JOB, ReplyPayload, gave_up, send};
pub use recorder::Recorder;

/// How long before its answer is due a push is stored, whatever its reply is.
const STORING: Duration = Duration::from_secs(1);

/// What was stored of a delivery.
#[derive(Debug)]
enum Stored {
    /// This delivery is the first of its push.
    New(message::Model),
    /// Another one was.
    Known(message::Model),
}

/// Stores a push, unless it is known, and says what to answer; `None`: nothing. The signature was checked.
///
/// `until`: when the answer is due. Errors: `Invalid` for a sender that cannot be one; `Database`: then nothing was stored,
/// or something that a repetition will find.
pub async fn receive(
    context: &Context,
    account: &account::Model,
    push: &Push,
    until: Instant,
) -> Result<Option<Reply>> {
    // What follows needs some of the time as well.
    let automatic = match timeout_at(until - STORING, automatic::decide(context, account, push)).await {
        Ok(automatic) => automatic?,
        Err(_late) => {
            tracing::error!(account.id = account.id, "a reply was not decided in time; the push is stored without one");
            automatic::Automatic::undecided()
        }
    };
    let row = row::of(account, push, automatic)?;
    let effects = effects::of(account, push, &row);
    let stored = if effects.is_empty() {
        context.recorder.record(row).await?
    } else {
        effects::record(context, account, row, &effects).await?
    };
    let (is_first, message) = match stored {
        Stored::New(message) => (true, message),
        Stored::Known(message) => (false, message),
    };
    metrics::counter!("odaesan_deliveries_total", "first" => if is_first { "yes" } else { "no" }).increment(1);
    let message = match message.reply_state {
        ReplyState::Pending if is_first => deferred::hurry(context, account, message, until).await?,
        ReplyState::Pending => deferred::wait(context, message, until).await?,
        _ => message,
    };
    reply_of(&message, push)
}

/// The reply that was stored as the answer to a push.
fn reply_of(message: &message::Model, push: &Push) -> Result<Option<Reply>> {
    let (ReplyState::Answered, Some(reply)) = (message.reply_state, &message.reply) else { return Ok(None) };
    let content = serde_json::from_str(reply).map_err(|error| Error::Internal(format!("a stored reply: {error}")))?;
    Ok(Some(Reply {
        to_user: push.from_user.clone(),
        from_user: push.to_user.clone(),
        created_at: message.replied_at.unwrap_or_else(clock::now),
        content,
    }))
}
