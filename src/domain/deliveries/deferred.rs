//! Replies that cannot be given at once, because what they show has to be taken to WeChat first.
//!
//! The push is stored with its reply pending and with a job that comes when the answer is overdue. Whoever turns the
//! reply from pending to something else gives it: the process that received the push, as its answer, or the job, as a
//! customer-service message. So it is given once. A process that dies while it sends leaves the reply deferred; it may
//! have arrived, and is not sent again.

use std::time::Duration;

use entity::account;
use entity::message::{self, Column, ReplyState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, timeout_at};

use super::automatic::most_articles;
use crate::clock;
use crate::domain::replies::{Passive, Target, passive, prepare, service_message};
use crate::domain::{Context, credentials};
use crate::error::{Error, Result, chain};
use crate::queue::{self, NewJob};

/// The kind of job that sends a reply by itself.
pub const REPLY_JOB: &str = "deferred_reply";

/// When it comes: WeChat waits five seconds for an answer (WeChat reference, section 16.4).
const OVERDUE: Duration = Duration::from_secs(5);

/// How often whoever repeats a delivery looks whether the first one was answered.
const LOOK: Duration = Duration::from_millis(100);

/// What the job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReplyPayload {
    /// The push whose reply is pending.
    pub message_id: String,
}

/// Asks for the job, in the transaction that stores the push.
pub(super) async fn enqueue(txn: &DatabaseTransaction, message: &message::Model) -> Result<()> {
    let due_at = Some(clock::after(message.received_at, OVERDUE));
    let job = NewJob { name: REPLY_JOB, account_id: &message.account_id, unique_key: None, due_at };
    queue::enqueue(txn, job, &ReplyPayload { message_id: message.id.clone() }).await?;
    Ok(())
}

/// Tries to have the reply ready before the answer is due. Returns the push as it is then.
pub(super) async fn hurry(
    context: &Context,
    account: &account::Model,
    message: message::Model,
    until: Instant,
) -> Result<message::Model> {
    let Some(target) = target(&message) else { return Ok(message) };
    match timeout_at(until, prepare(context, account, &target)).await {
        Err(_late) => return Ok(message),
        Ok(Err(error)) => {
            tracing::warn!(error = chain(&error), message.id, "a reply is not ready and will be sent by itself");
            return Ok(message);
        }
        Ok(Ok(())) => {}
    }
    let articles = most_articles(message.is_event);
    let Passive::Ready(content) = passive(context, &account.id, &target, articles).await? else { return Ok(message) };
    let reply = serde_json::to_string(&content).map_err(|error| Error::Internal(error.to_string()))?;
    let now = clock::now();
    let turned = turn(&message, ReplyState::Pending, ReplyState::Answered)
        .col_expr(Column::Reply, Expr::value(reply.as_str()))
        .col_expr(Column::RepliedAt, Expr::value(now))
        .exec(&context.database)
        .await?;
    Ok(match turned.rows_affected {
        0 => message,
        _ => {
            let reply_state = ReplyState::Answered;
            message::Model { reply_state, reply: Some(reply), replied_at: Some(now), ..message }
        }
    })
}

/// Waits until the first delivery of a push was answered, at most until the answer to this one is due.
pub(super) async fn wait(context: &Context, message: message::Model, until: Instant) -> Result<message::Model> {
    let mut message = message;
    while message.reply_state == ReplyState::Pending && Instant::now() + LOOK < until {
        sleep(LOOK).await;
        message = find(&context.database, &message.account_id, &message.id).await?;
    }
    Ok(message)
}

/// Sends a pending reply as a customer-service message. Does nothing where it was given meanwhile.
///
/// Errors: why it could not be sent. Those of a later try's concern leave it pending; the others end it.
pub async fn send(context: &Context, account: &account::Model, payload: &ReplyPayload) -> Result<()> {
    let message = find(&context.database, &account.id, &payload.message_id).await?;
    match message.reply_state {
        ReplyState::Pending => {}
        // Somebody asks for another try; what failed was certainly not sent.
        ReplyState::Failed => {
            let again = turn(&message, ReplyState::Failed, ReplyState::Pending);
            again.col_expr(Column::ReplyError, Expr::value(None::<String>)).exec(&context.database).await?;
        }
        ReplyState::Deferred => {
            let reason = "the process ended while the reply was being sent; it is not known whether it arrived";
            return close(context, &message, ReplyState::Unclear, Some(reason)).await;
        }
        _ => return Ok(()),
    }
    let Some(target) = target(&message) else { return Ok(()) };
    let reply = service_message(context, account, &target).await?;
    let credentials = credentials::open(context, account)?;
    let turned = turn(&message, ReplyState::Pending, ReplyState::Deferred).exec(&context.database).await?;
    if turned.rows_affected == 0 {
        return Ok(());
    }
    match context.wechat.send_message(&credentials, &message.openid, &reply).await {
        Ok(()) => close(context, &message, ReplyState::Sent, None).await,
        Err(error) if error.may_have_been_processed() => {
            close(context, &message, ReplyState::Unclear, Some(&error.advice())).await
        }
        Err(error) => {
            // It was certainly not sent, so another attempt may send it.
            turn(&message, ReplyState::Deferred, ReplyState::Pending).exec(&context.database).await?;
            Err(error.into())
        }
    }
}

/// Shows that a reply was given up.
pub async fn gave_up(context: &Context, account_id: &str, payload: &ReplyPayload, reason: &str) -> Result<()> {
    let message = find(&context.database, account_id, &payload.message_id).await?;
    let given_up = turn(&message, ReplyState::Pending, ReplyState::Failed);
    given_up.col_expr(Column::ReplyError, Expr::value(reason)).exec(&context.database).await?;
    // It was being sent just then.
    close(context, &message, ReplyState::Unclear, Some(reason)).await
}

async fn close(context: &Context, message: &message::Model, to: ReplyState, reason: Option<&str>) -> Result<()> {
    let replied_at = (to == ReplyState::Sent).then(clock::now);
    let closed = turn(message, ReplyState::Deferred, to)
        .col_expr(Column::ReplyError, Expr::value(reason))
        .col_expr(Column::RepliedAt, Expr::value(replied_at))
        .exec(&context.database)
        .await?;
    let outcome = if to == ReplyState::Sent { "sent" } else { "unclear" };
    metrics::counter!("odaesan_deferred_replies_total", "outcome" => outcome).increment(closed.rows_affected);
    Ok(())
}

/// What a push's reply shows.
fn target(message: &message::Model) -> Option<Target> {
    Some(Target { kind: message.reply_kind?, id: message.reply_id.clone()? })
}

fn turn(message: &message::Model, from: ReplyState, to: ReplyState) -> sea_orm::UpdateMany<message::Entity> {
    message::Entity::update_many()
        .col_expr(Column::ReplyState, Expr::value(to))
        .filter(Column::AccountId.eq(&message.account_id))
        .filter(Column::Id.eq(&message.id))
        .filter(Column::ReplyState.eq(from))
}

async fn find(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<message::Model> {
    let key = (account_id.to_owned(), id.to_owned());
    let found = message::Entity::find_by_id(key).one(connection).await?;
    found.ok_or_else(|| Error::not_found("message", id))
}
