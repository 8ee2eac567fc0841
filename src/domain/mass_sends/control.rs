//! Stepping in: stopping a mass send, trying what failed once more, deciding what is unclear, taking articles back.

use entity::Timestamp;
use entity::mass_send::{self, Kind, State};
use entity::mass_send_chunk::{self, Column, State as ChunkState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use super::accept::new_client_msg_id;
use super::outcome::{self, Ending, settle};
use super::submit::REMEMBERED;
use super::{
    MassSendPayload, PREPARE_JOB, chunks, find, find_chunk, is_repeatable, job_key, prepare, require_same_app,
    supersede_submissions,
};
use crate::domain::{Context, Scope, checks, credentials};
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};
use crate::wechat::MassStatus;
use crate::{audit, clock};

/// What a person found out about an unclear chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It was sent.
    Sent,
    /// It was not sent.
    NotSent,
}

/// Stops what WeChat was not asked to send. What it was asked to send goes out.
///
/// Errors: `NotFound`; `Conflict` when nothing is left to stop.
pub async fn cancel(context: &Context, scope: &Scope, id: &str) -> Result<mass_send::Model> {
    let txn = context.begin(scope.id()).await?;
    let mass_send = find(&txn, scope.id(), id).await?;
    let pending = ids_of(&chunks(&txn, &mass_send).await?, |chunk| chunk.state == ChunkState::Pending);
    if pending.is_empty() {
        return Err(Error::Conflict("all of it was handed to WeChat, or has ended; nothing is left to stop".into()));
    }
    queue::supersede(&txn, &job_key(PREPARE_JOB, &mass_send.id)).await?;
    supersede_submissions(&txn, &pending).await?;
    turn(&txn, scope.id(), &pending, ChunkState::Cancelled).await?;
    settle(&txn, scope.id(), &mass_send.id).await?;
    audit::record(&txn, &scope.actor, "massSend.cancel", Some(scope.id()), Some(&mass_send.id)).await?;
    txn.commit().await?;
    find(&context.database, scope.id(), id).await
}

/// Tries again what reached nobody, and asks WeChat once more about what is unclear, while it still remembers. Nobody gets it
/// twice.
///
/// Errors: `NotFound`; `Conflict` when there is nothing to try.
pub async fn retry(context: &Context, scope: &Scope, id: &str) -> Result<mass_send::Model> {
    let txn = context.begin(scope.id()).await?;
    let mass_send = find(&txn, scope.id(), id).await?;
    let all = chunks(&txn, &mass_send).await?;
    let failed = ids_of(&all, reached_nobody);
    let unclear: Vec<_> = all.iter().filter(|chunk| chunk.state == ChunkState::Unclear).collect();
    let can_be_asked: Vec<_> = unclear.into_iter().filter(|chunk| can_be_asked_for(&mass_send, chunk)).collect();
    if failed.is_empty() && can_be_asked.is_empty() {
        let reason =
            "nothing of it can be tried again: only what reached nobody, and what is unclear for less than a day";
        return Err(Error::Conflict(reason.into()));
    }
    // The jobs that ended these chunks may not have ended themselves: they must not pass for those that are asked for here, nor
    // show their failure at the new attempts.
    supersede_submissions(&txn, &failed).await?;
    queue::supersede(&txn, &job_key(PREPARE_JOB, &mass_send.id)).await?;
    for chunk in can_be_asked {
        supersede_submissions(&txn, std::slice::from_ref(&chunk.id)).await?;
        ask_again(&txn, chunk).await?;
    }
    if !failed.is_empty() {
        for chunk in all.iter().filter(|chunk| failed.contains(&chunk.id) && chunk.msg_id.is_some()) {
            begin_anew(&txn, chunk).await?;
        }
        turn(&txn, scope.id(), &failed, ChunkState::Pending).await?;
        let unique_key = Some(job_key(PREPARE_JOB, &mass_send.id));
        let job = NewJob { name: PREPARE_JOB, account_id: scope.id(), unique_key, due_at: None };
        queue::enqueue(&txn, job, &MassSendPayload { mass_send_id: mass_send.id.clone() }).await?;
        mass_send::Entity::update_many()
            .col_expr(mass_send::Column::State, Expr::value(State::Queued))
            .col_expr(mass_send::Column::FinishedAt, Expr::value(None::<Timestamp>))
            .col_expr(mass_send::Column::LastError, Expr::value(None::<String>))
            .filter(mass_send::Column::AccountId.eq(scope.id()))
            .filter(mass_send::Column::Id.eq(&mass_send.id))
            .exec(&txn)
            .await?;
    } else {
        settle(&txn, scope.id(), &mass_send.id).await?;
    }
    audit::record(&txn, &scope.actor, "massSend.retry", Some(scope.id()), Some(&mass_send.id)).await?;
    context.commit_work(txn).await?;
    find(&context.database, scope.id(), id).await
}

/// Whether a chunk certainly reached nobody: WeChat did not take it, or took it and then refused it, or sent it to no one.
fn reached_nobody(chunk: &mass_send_chunk::Model) -> bool {
    let was_refused = chunk.status.as_deref().is_some_and(|status| status.trim_start().starts_with("err("));
    let reached = chunk.sent_count.unwrap_or(0) > 0;
    chunk.state == ChunkState::Failed
        && (chunk.msg_id.is_none() || (!reached && (was_refused || chunk.sent_count.is_some())))
}

/// Whether WeChat can be asked about an unclear chunk without sending it twice.
fn can_be_asked_for(mass_send: &mass_send::Model, chunk: &mass_send_chunk::Model) -> bool {
    let is_remembered = chunk.submitted_at.is_none_or(|at| *at + REMEMBERED > *clock::now());
    chunk.msg_id.is_some() || (is_repeatable(mass_send.way) && is_remembered)
}

/// Has somebody find out about an unclear chunk: by its number, or under its name.
async fn ask_again(txn: &DatabaseTransaction, chunk: &mass_send_chunk::Model) -> Result<()> {
    let state = if chunk.msg_id.is_some() { ChunkState::Sent } else { ChunkState::Submitting };
    outcome::update(chunk)
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::FinishedAt, Expr::value(None::<Timestamp>))
        .exec(txn)
        .await?;
    match chunk.msg_id {
        Some(_) => outcome::enqueue_report(txn, chunk, 0, clock::now()).await,
        None => prepare::enqueue_submission(txn, chunk, None).await,
    }
}

/// Makes a chunk that WeChat took and did not send one that WeChat has not seen: under a new name, and with a new draft or
/// upload.
async fn begin_anew(txn: &DatabaseTransaction, chunk: &mass_send_chunk::Model) -> Result<()> {
    outcome::update(chunk)
        .col_expr(Column::ClientMsgId, Expr::value(new_client_msg_id()))
        .col_expr(Column::MediaId, Expr::value(None::<String>))
        .col_expr(Column::MsgId, Expr::value(None::<i64>))
        .col_expr(Column::MsgDataId, Expr::value(None::<i64>))
        .col_expr(Column::SubmittedAt, Expr::value(None::<Timestamp>))
        .col_expr(Column::SentAt, Expr::value(None::<Timestamp>))
        .col_expr(Column::TotalCount, Expr::value(None::<i64>))
        .col_expr(Column::FilterCount, Expr::value(None::<i64>))
        .col_expr(Column::SentCount, Expr::value(None::<i64>))
        .col_expr(Column::ErrorCount, Expr::value(None::<i64>))
        .exec(txn)
        .await?;
    Ok(())
}

/// Writes down what a person found out about an unclear chunk. What was not sent can then be tried again.
///
/// Errors: `NotFound`; `Conflict` for a chunk that is not unclear.
pub async fn decide(context: &Context, scope: &Scope, chunk_id: &str, decision: Decision) -> Result<mass_send::Model> {
    let txn = context.begin(scope.id()).await?;
    let chunk = find_chunk(&txn, scope.id(), &checks::id("chunkId", chunk_id)?).await?;
    if chunk.state != ChunkState::Unclear {
        return Err(Error::Conflict("what became of this chunk is known; only an unclear one is to be decided".into()));
    }
    let (ending, action) = match decision {
        Decision::Sent => (Ending::sent(), "massSend.decideSent"),
        Decision::NotSent => {
            let reason = format!("{} says that it was not sent", scope.actor);
            (Ending::failed(None, &reason), "massSend.decideNotSent")
        }
    };
    supersede_submissions(&txn, std::slice::from_ref(&chunk.id)).await?;
    outcome::end(&txn, &chunk, ending).await?;
    if decision == Decision::NotSent {
        // A new attempt is a first one again; of what WeChat took it would need a new name.
        outcome::update(&chunk)
            .col_expr(Column::SubmittedAt, Expr::value(None::<Timestamp>))
            .col_expr(Column::SentCount, Expr::value(chunk.msg_id.map(|_| 0_i64)))
            .exec(&txn)
            .await?;
    }
    settle(&txn, scope.id(), &chunk.mass_send_id).await?;
    audit::record(&txn, &scope.actor, action, Some(scope.id()), Some(&chunk.id)).await?;
    txn.commit().await?;
    find(&context.database, scope.id(), &chunk.mass_send_id).await
}

/// Deletes the articles of a mass send at WeChat: the bubbles stay in the chats and lead nowhere.
///
/// Asked again, it goes on where it stopped.
///
/// Errors: `NotFound`; `Invalid` for what are no articles; `Conflict` before it was sent; `Wechat`.
pub async fn delete_at_wechat(context: &Context, scope: &Scope, id: &str) -> Result<mass_send::Model> {
    let mass_send = find(&context.database, scope.id(), id).await?;
    if mass_send.kind != Kind::News {
        return Err(Error::invalid(
            "id",
            "WeChat deletes articles only; texts, images and voices stay with the followers",
        ));
    }
    let chunks = chunks(&context.database, &mass_send).await?;
    if chunks.iter().any(|chunk| matches!(chunk.state, ChunkState::Pending | ChunkState::Submitting | ChunkState::Sent))
    {
        return Err(Error::Conflict("it is still being sent; WeChat deletes what was sent only".into()));
    }
    if chunks.iter().all(|chunk| chunk.msg_id.is_none()) {
        return Err(Error::Conflict("nothing of it was sent".into()));
    }
    let credentials = credentials::open(context, &scope.account)?;
    require_same_app(&mass_send, &credentials)?;
    for chunk in chunks.iter().filter(|chunk| chunk.deleted_at.is_none()) {
        let Some(msg_id) = chunk.msg_id else { continue };
        if let Err(error) = context.wechat.delete_mass_send(&credentials, msg_id).await {
            // An attempt that did not live to write it down, or somebody in the console; or there was never anything.
            match context.wechat.mass_status(&credentials, msg_id).await {
                Ok(MassStatus::Deleted | MassStatus::Failed) => {}
                _ => return Err(error.into()),
            }
        }
        // At once: WeChat takes ten such calls a day, and the rest has to wait for tomorrow.
        let deleted_at = Expr::value(clock::now());
        outcome::update(chunk).col_expr(Column::DeletedAt, deleted_at).exec(&context.database).await?;
    }
    let txn = context.begin(scope.id()).await?;
    mass_send::Entity::update_many()
        .col_expr(mass_send::Column::DeletedAt, Expr::value(clock::now()))
        .filter(mass_send::Column::AccountId.eq(scope.id()))
        .filter(mass_send::Column::Id.eq(&mass_send.id))
        .exec(&txn)
        .await?;
    audit::record(&txn, &scope.actor, "massSend.deleteAtWechat", Some(scope.id()), Some(&mass_send.id)).await?;
    txn.commit().await?;
    find(&context.database, scope.id(), id).await
}

fn ids_of(chunks: &[mass_send_chunk::Model], is_one: impl Fn(&mass_send_chunk::Model) -> bool) -> Vec<String> {
    chunks.iter().filter(|chunk| is_one(chunk)).map(|chunk| chunk.id.clone()).collect()
}

async fn turn(txn: &DatabaseTransaction, account_id: &str, ids: &[String], to: ChunkState) -> Result<()> {
    let finished_at = (to == ChunkState::Cancelled).then(clock::now);
    mass_send_chunk::Entity::update_many()
        .col_expr(Column::State, Expr::value(to))
        .col_expr(Column::Status, Expr::value(None::<String>))
        .col_expr(Column::Error, Expr::value(None::<String>))
        .col_expr(Column::Errcode, Expr::value(None::<i64>))
        .col_expr(Column::FinishedAt, Expr::value(finished_at))
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::Id.is_in(ids))
        .exec(txn)
        .await?;
    Ok(())
}
