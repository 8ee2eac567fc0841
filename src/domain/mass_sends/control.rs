//! Stepping in: stopping a mass send, trying what failed once more, deciding what is unclear, taking articles back.

use entity::mass_send::{self, Kind, State};
use entity::mass_send_chunk::{self, Column, State as ChunkState};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use super::outcome::{self, Ending, SUCCESS, settle};
use super::submit::REMEMBERED;
use super::{
    MassSendPayload, PREPARE_JOB, SUBMIT_JOB, chunks, find, find_chunk, is_repeatable, job_key, prepare, supersede_jobs,
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
    supersede_jobs(&txn, &mass_send.id, &pending).await?;
    turn(&txn, scope.id(), &pending, ChunkState::Cancelled).await?;
    settle(&txn, scope.id(), &mass_send.id).await?;
    audit::record(&txn, &scope.actor, "massSend.cancel", Some(scope.id()), Some(&mass_send.id)).await?;
    txn.commit().await?;
    find(&context.database, scope.id(), id).await
}

/// Tries again what WeChat refused before it took it, and asks WeChat once more about what is unclear, while it still
/// remembers. Nothing that was sent is sent again.
///
/// Errors: `NotFound`; `Conflict` when there is nothing to try.
pub async fn retry(context: &Context, scope: &Scope, id: &str) -> Result<mass_send::Model> {
    let txn = context.begin(scope.id()).await?;
    let mass_send = find(&txn, scope.id(), id).await?;
    let now = clock::now();
    let all = chunks(&txn, &mass_send).await?;
    let failed = ids_of(&all, |chunk| chunk.state == ChunkState::Failed && chunk.msg_id.is_none());
    let is_remembered = |chunk: &mass_send_chunk::Model| chunk.submitted_at.is_none_or(|at| *at + REMEMBERED > *now);
    let unclear = all.iter().filter(|chunk| chunk.state == ChunkState::Unclear && chunk.msg_id.is_none());
    let unclear: Vec<_> = unclear.filter(|chunk| is_repeatable(mass_send.way) && is_remembered(chunk)).collect();
    if failed.is_empty() && unclear.is_empty() {
        let reason = "nothing of it can be tried again: only what WeChat refused before it took it, and what is unclear for \
                      less than a day";
        return Err(Error::Conflict(reason.into()));
    }
    // The job that ended a chunk may not have ended itself: it must not pass for the one that is asked for here, nor show its
    // failure at the new attempt.
    for chunk in unclear {
        queue::supersede(&txn, &job_key(SUBMIT_JOB, &chunk.id)).await?;
        prepare::enqueue_submission(&txn, chunk, None).await?;
    }
    if !failed.is_empty() {
        supersede_jobs(&txn, &mass_send.id, &failed).await?;
        turn(&txn, scope.id(), &failed, ChunkState::Pending).await?;
        let unique_key = Some(job_key(PREPARE_JOB, &mass_send.id));
        let job = NewJob { name: PREPARE_JOB, account_id: scope.id(), unique_key, due_at: None };
        queue::enqueue(&txn, job, &MassSendPayload { mass_send_id: mass_send.id.clone() }).await?;
    }
    mass_send::Entity::update_many()
        .col_expr(mass_send::Column::State, Expr::value(State::Queued))
        .col_expr(mass_send::Column::FinishedAt, Expr::value(None::<entity::Timestamp>))
        .col_expr(mass_send::Column::LastError, Expr::value(None::<String>))
        .filter(mass_send::Column::AccountId.eq(scope.id()))
        .filter(mass_send::Column::Id.eq(&mass_send.id))
        .exec(&txn)
        .await?;
    audit::record(&txn, &scope.actor, "massSend.retry", Some(scope.id()), Some(&mass_send.id)).await?;
    context.commit_work(txn).await?;
    find(&context.database, scope.id(), id).await
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
        Decision::Sent => (Ending { status: Some(SUCCESS.to_owned()), ..Ending::sent() }, "massSend.decideSent"),
        Decision::NotSent => {
            let reason = format!("{} says that it was not sent", scope.actor);
            (Ending::failed(None, &reason), "massSend.decideNotSent")
        }
    };
    outcome::end(&txn, &chunk, ending).await?;
    if decision == Decision::NotSent {
        // A new attempt is a first one again.
        outcome::update(&chunk)
            .col_expr(Column::SubmittedAt, Expr::value(None::<entity::Timestamp>))
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
    let finished: Vec<i64> = chunks.into_iter().filter_map(|chunk| chunk.msg_id).collect();
    if finished.is_empty() {
        return Err(Error::Conflict("nothing of it was sent".into()));
    }
    let credentials = credentials::open(context, &scope.account)?;
    for msg_id in finished {
        if let Err(error) = context.wechat.delete_mass_send(&credentials, msg_id).await {
            // An earlier attempt that got only so far.
            match context.wechat.mass_status(&credentials, msg_id).await {
                Ok(MassStatus::Deleted | MassStatus::Failed) => {}
                _ => return Err(error.into()),
            }
        }
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
