//! Durable work: the mechanism. What the work is stands in `jobs`.
//!
//! A job is enqueued in the transaction of the change that asks for it, so it exists exactly if the change does. A
//! worker claims it under a lease and not under a lock: no transaction spans the network, and when a worker dies its
//! job becomes due again. Every claim makes a new lease name; whoever writes without holding it changes nothing, so a
//! worker that was thought dead cannot disturb its successor. The same statements serve all three databases.

use std::time::Duration;

use entity::Timestamp;
use entity::job::{self, State};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use serde::Serialize;

use crate::clock;
use crate::error::{Error, Result};

/// How long a worker may be silent before its job is given to another one.
pub const LEASE: Duration = Duration::from_secs(15);

/// Failed attempts in a row, without progress between them, after which a job is given up.
pub const MAX_FAILURES: i32 = 8;

/// How many due jobs a worker looks at before it looks again; more than one, because others claim too.
const CANDIDATES: u64 = 8;

/// A job to be enqueued.
#[derive(Debug)]
pub struct NewJob<'a> {
    /// The registered name of the kind of work.
    pub name: &'static str,
    /// The account it works for.
    pub account_id: &'a str,
    /// What it works on, where only one such job may be live at a time.
    pub unique_key: Option<String>,
    /// Not to be started before; `None`: at once.
    pub due_at: Option<Timestamp>,
}

/// How far a job came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Units done.
    pub done: i64,
    /// Units in all, as far as known.
    pub total: Option<i64>,
    /// Units left out.
    pub skipped: i64,
}

/// What became of a claim when its holder asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Still ours.
    Held,
    /// Still ours, and somebody wants the job to stop.
    CancelRequested,
    /// Somebody else's, or nobody's.
    Lost,
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The work is done.
    Succeeded,
    /// Given up for the reason given.
    Failed(String),
    /// Stopped on request.
    Cancelled,
    /// Back into the queue as it is: the process stops.
    HandedBack,
    /// Back into the queue after a pause. `counted`: the attempt counts as a failed one.
    Again {
        /// Why.
        reason: String,
        /// How long.
        pause: Duration,
        /// Whether it counts towards [`MAX_FAILURES`].
        counted: bool,
    },
}

/// Enqueues a job. The caller's transaction has locked the account, so no equal job can slip in between.
///
/// Errors: `Conflict` while a job of the same key is live.
pub async fn enqueue(txn: &DatabaseTransaction, new: NewJob<'_>, payload: &impl Serialize) -> Result<job::Model> {
    if let Some(key) = &new.unique_key
        && find_live(txn, key).await?.is_some()
    {
        return Err(already_live(new.name));
    }
    let now = clock::now();
    let job = job::ActiveModel {
        id: Set(clock::new_id()),
        account_id: Set(new.account_id.to_owned()),
        name: Set(new.name.to_owned()),
        unique_key: Set(new.unique_key.clone()),
        live_key: Set(new.unique_key),
        payload: Set(serde_json::to_string(payload).map_err(|error| Error::Internal(error.to_string()))?),
        checkpoint: Set(None),
        state: Set(State::Queued),
        due_at: Set(new.due_at.unwrap_or(now)),
        lease: Set(None),
        cancel_requested: Set(false),
        failures: Set(0),
        done: Set(0),
        total: Set(None),
        skipped: Set(0),
        last_error: Set(None),
        created_at: Set(now),
        started_at: Set(None),
        finished_at: Set(None),
    };
    Ok(job::Entity::insert(job).exec_with_returning(txn).await?)
}

/// The live job of a key, if there is one.
pub async fn find_live(connection: &impl ConnectionTrait, unique_key: &str) -> Result<Option<job::Model>> {
    Ok(job::Entity::find().filter(job::Column::LiveKey.eq(unique_key)).one(connection).await?)
}

/// What a worker that looks for work finds.
#[derive(Debug)]
pub enum Claimed {
    /// This job, which is now its own.
    Job(Box<job::Model>),
    /// Nothing yet; something will be due after this time.
    DueIn(Duration),
    /// Nothing.
    Nothing,
}

/// Claims the job that has been due longest, of the kinds named. `ahead`: how far it looks for what will be due, so that a
/// job with a time of its own starts in time and not at the next look.
///
/// A running job whose lease ran out counts one failure: its worker died, perhaps because of the job.
pub async fn claim(database: &DatabaseConnection, names: &[&str], ahead: Duration) -> Result<Claimed> {
    let now = clock::now();
    let coming = job::Entity::find()
        .filter(job::Column::State.is_in([State::Queued, State::Running]))
        .filter(job::Column::DueAt.lte(clock::after(now, ahead)))
        .filter(job::Column::Name.is_in(names.iter().copied()))
        .order_by_asc(job::Column::DueAt)
        .limit(CANDIDATES)
        .all(database)
        .await?;
    for candidate in coming {
        if *candidate.due_at > *now {
            return Ok(Claimed::DueIn((*candidate.due_at - *now).to_std().unwrap_or_default()));
        }
        let lease = clock::new_id();
        let abandoned = candidate.state == State::Running;
        let taken = job::Entity::update_many()
            .col_expr(job::Column::State, Expr::value(State::Running))
            .col_expr(job::Column::Lease, Expr::value(lease.as_str()))
            .col_expr(job::Column::DueAt, Expr::value(clock::after(now, LEASE)))
            .col_expr(job::Column::StartedAt, Expr::value(candidate.started_at.unwrap_or(now)))
            .col_expr(job::Column::Failures, Expr::col(job::Column::Failures).add(i32::from(abandoned)))
            .filter(job::Column::Id.eq(&candidate.id))
            .filter(job::Column::State.eq(candidate.state))
            .filter(job::Column::DueAt.eq(candidate.due_at))
            .exec(database)
            .await?;
        if taken.rows_affected == 1
            && let Some(job) = job::Entity::find_by_id(candidate.id).one(database).await?
        {
            return Ok(Claimed::Job(Box::new(job)));
        }
    }
    Ok(Claimed::Nothing)
}

/// A claimed job, as its holder sees it.
#[derive(Clone, Debug)]
pub struct Claim {
    database: DatabaseConnection,
    id: String,
    lease: String,
}

impl Claim {
    /// Of a job that [`claim`] returned.
    pub fn of(database: &DatabaseConnection, job: &job::Model) -> Self {
        Self { database: database.clone(), id: job.id.clone(), lease: job.lease.clone().unwrap_or_default() }
    }

    /// Holds on for another [`LEASE`], and says what became of the claim.
    pub async fn renew(&self) -> Result<Hold> {
        let renewed = self
            .update()
            .col_expr(job::Column::DueAt, Expr::value(clock::after(clock::now(), LEASE)))
            .exec(&self.database)
            .await?;
        if renewed.rows_affected == 0 {
            return Ok(Hold::Lost);
        }
        let cancelled = job::Entity::find_by_id(&self.id)
            .select_only()
            .column(job::Column::CancelRequested)
            .into_tuple::<bool>()
            .one(&self.database)
            .await?;
        Ok(if cancelled == Some(true) { Hold::CancelRequested } else { Hold::Held })
    }

    /// Records progress within the transaction of the work it tells about. Forgets earlier failures.
    ///
    /// Errors: `Conflict` if the claim was lost; then the transaction must not commit.
    pub async fn record(
        &self,
        txn: &DatabaseTransaction,
        progress: Progress,
        checkpoint: &impl Serialize,
    ) -> Result<()> {
        let checkpoint = serde_json::to_string(checkpoint).map_err(|error| Error::Internal(error.to_string()))?;
        let recorded = self
            .update()
            .col_expr(job::Column::Done, Expr::value(progress.done))
            .col_expr(job::Column::Total, Expr::value(progress.total))
            .col_expr(job::Column::Skipped, Expr::value(progress.skipped))
            .col_expr(job::Column::Checkpoint, Expr::value(checkpoint))
            .col_expr(job::Column::Failures, Expr::value(0))
            .exec(txn)
            .await?;
        if recorded.rows_affected == 0 {
            return Err(lost());
        }
        Ok(())
    }

    /// Errors: `Conflict` if the claim was lost; then the transaction must not commit.
    pub async fn require(&self, txn: &DatabaseTransaction) -> Result<()> {
        let due_at = Expr::value(clock::after(clock::now(), LEASE));
        match self.update().col_expr(job::Column::DueAt, due_at).exec(txn).await?.rows_affected {
            0 => Err(lost()),
            _ => Ok(()),
        }
    }

    /// Ends the attempt. A claim that was lost changes nothing; a job that was to be cancelled does not go back into the
    /// queue.
    pub async fn end(&self, ending: Ending) -> Result<()> {
        if matches!(ending, Ending::Again { .. } | Ending::HandedBack) && self.renew().await? == Hold::CancelRequested {
            return Box::pin(self.end(Ending::Cancelled)).await;
        }
        let now = clock::now();
        let update = self.update().col_expr(job::Column::Lease, Expr::value(None::<String>));
        let ended = |state: State, error: Option<String>| {
            let update = self
                .update()
                .col_expr(job::Column::Lease, Expr::value(None::<String>))
                .col_expr(job::Column::State, Expr::value(state))
                .col_expr(job::Column::LiveKey, Expr::value(None::<String>))
                .col_expr(job::Column::FinishedAt, Expr::value(now));
            match error {
                Some(error) => update.col_expr(job::Column::LastError, Expr::value(error)),
                None => update,
            }
        };
        let queued = update.col_expr(job::Column::State, Expr::value(State::Queued));
        let update = match ending {
            Ending::Succeeded => ended(State::Succeeded, None).col_expr(job::Column::Failures, Expr::value(0)),
            Ending::Failed(reason) => ended(State::Failed, Some(reason)),
            Ending::Cancelled => ended(State::Cancelled, None),
            Ending::HandedBack => queued.col_expr(job::Column::DueAt, Expr::value(now)),
            Ending::Again { reason, pause, counted } => queued
                .col_expr(job::Column::DueAt, Expr::value(clock::after(now, pause)))
                .col_expr(job::Column::LastError, Expr::value(reason))
                .col_expr(job::Column::Failures, Expr::col(job::Column::Failures).add(i32::from(counted))),
        };
        update.exec(&self.database).await?;
        Ok(())
    }

    fn update(&self) -> sea_orm::UpdateMany<job::Entity> {
        job::Entity::update_many()
            .filter(job::Column::Id.eq(&self.id))
            .filter(job::Column::Lease.eq(&self.lease))
            .filter(job::Column::State.eq(State::Running))
    }
}

/// Asks a live job to stop: one that waits is cancelled at once, one that runs at its next sign of life.
///
/// Errors: `Conflict` for a job that has ended.
pub async fn cancel(txn: &DatabaseTransaction, job: &job::Model) -> Result<()> {
    let waiting = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(State::Cancelled))
        .col_expr(job::Column::LiveKey, Expr::value(None::<String>))
        .col_expr(job::Column::FinishedAt, Expr::value(clock::now()))
        .filter(job::Column::Id.eq(&job.id))
        .filter(job::Column::State.eq(State::Queued))
        .exec(txn)
        .await?;
    let running = job::Entity::update_many()
        .col_expr(job::Column::CancelRequested, Expr::value(true))
        .filter(job::Column::Id.eq(&job.id))
        .filter(job::Column::State.eq(State::Running))
        .exec(txn)
        .await?;
    match waiting.rows_affected + running.rows_affected {
        0 => Err(Error::Conflict("the job has ended; only a queued or running job can be cancelled".into())),
        _ => Ok(()),
    }
}

/// Cancels the live job of a key at once, also one that runs: its worker loses its claim. For a job whose work has become
/// wrong.
pub async fn supersede(txn: &DatabaseTransaction, unique_key: &str) -> Result<()> {
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(State::Cancelled))
        .col_expr(job::Column::LiveKey, Expr::value(None::<String>))
        .col_expr(job::Column::Lease, Expr::value(None::<String>))
        .col_expr(job::Column::FinishedAt, Expr::value(clock::now()))
        .filter(job::Column::LiveKey.eq(unique_key))
        .exec(txn)
        .await?;
    Ok(())
}

/// Puts a job that failed or was cancelled back into the queue, to resume where it stopped; a job that waits out a
/// pause becomes due at once. The caller's transaction has locked the account.
///
/// Errors: `Conflict` for a job that runs or succeeded, or while another job of its key is live.
pub async fn retry(txn: &DatabaseTransaction, job: &job::Model) -> Result<()> {
    if let Some(key) = &job.unique_key
        && find_live(txn, key).await?.is_some_and(|live| live.id != job.id)
    {
        return Err(already_live(&job.name));
    }
    let requeued = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value(State::Queued))
        .col_expr(job::Column::LiveKey, Expr::value(job.unique_key.clone()))
        .col_expr(job::Column::DueAt, Expr::value(clock::now()))
        .col_expr(job::Column::CancelRequested, Expr::value(false))
        .col_expr(job::Column::Failures, Expr::value(0))
        .col_expr(job::Column::FinishedAt, Expr::value(None::<i64>))
        .filter(job::Column::Id.eq(&job.id))
        .filter(job::Column::State.is_in([State::Failed, State::Cancelled, State::Queued]))
        .exec(txn)
        .await?;
    match requeued.rows_affected {
        0 => Err(Error::Conflict("only a job that failed, was cancelled or waits can be retried".into())),
        _ => Ok(()),
    }
}

fn lost() -> Error {
    Error::Conflict("the job is no longer held by this worker".into())
}

fn already_live(name: &str) -> Error {
    Error::Conflict(format!("another {name} job is queued or running for the same thing"))
}

/// How many jobs stand where, for the metrics: state → number, of those that have not succeeded.
pub async fn count_by_state(database: &DatabaseConnection) -> Result<Vec<(&'static str, u64)>> {
    let states = [(State::Queued, "queued"), (State::Running, "running"), (State::Failed, "failed")];
    let mut counts = Vec::with_capacity(states.len());
    for (state, name) in states {
        let count = job::Entity::find().filter(job::Column::State.eq(state)).count(database).await?;
        counts.push((name, count));
    }
    Ok(counts)
}

/// The pause before the next attempt: exponential in the failures so far, between half and all of it by chance, so
/// that many jobs that failed together do not come back together.
pub fn back_off(failures: i32, longest: Duration) -> Duration {
    let exponent = u32::try_from(failures.clamp(0, 20)).unwrap_or(0);
    let full = Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(exponent)).min(longest);
    full.mul_f64(rand::random_range(0.5..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_stay_there() {
        let longest = Duration::from_secs(300);
        for (failures, full) in [(0, 1), (1, 2), (5, 32), (8, 256), (9, 300), (1_000, 300)] {
            let pause = back_off(failures, longest);
            assert!(
                pause >= Duration::from_secs(full) / 2 && pause <= Duration::from_secs(full),
                "{failures} {pause:?}"
            );
        }
    }
}
