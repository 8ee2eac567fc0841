//! Jobs.

use std::time::Duration;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject, Subscription};
use entity::api_token::Role;
use entity::job;
use futures_util::{Stream, StreamExt as _, stream};

use super::connection::{Arguments, Connection, cost};
use super::loaders::{JobCount, JobWindow, answer};
use super::scalars::DateTime;
use super::{caller, domain, scope};
use crate::clock;
use crate::domain::{accounts, jobs};

/// Work that outlives the request that asked for it.
pub struct Job(pub(super) job::Model);

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "job::State")]
pub enum JobState {
    /// Waits for its time and a worker; also between two attempts.
    Queued,
    /// A worker is at it.
    Running,
    /// Done.
    Succeeded,
    /// Given up; `lastError` says why. It can be retried.
    Failed,
    /// Stopped on request. It can be retried.
    Cancelled,
}

/// Work that outlives the request that asked for it.
#[Object]
impl Job {
    /// Id of the job.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// Kind of work, for example `follower_fetch`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Id of the account that it works for.
    async fn account_id(&self) -> ID {
        ID(self.0.account_id.clone())
    }

    /// Where it stands.
    async fn state(&self) -> JobState {
        self.0.state.into()
    }

    /// Units of work done; for a fetch of followers: followers.
    async fn done(&self) -> i64 {
        self.0.done
    }

    /// Units of work in all; null until that is known.
    async fn total(&self) -> Option<i64> {
        self.0.total
    }

    /// Units of work that WeChat refused, left for a later attempt.
    async fn skipped(&self) -> i64 {
        self.0.skipped
    }

    /// Units of work done in a second, over the whole time since the start.
    async fn rate(&self) -> f64 {
        let Some(started) = self.0.started_at else { return 0.0 };
        let end = self.0.finished_at.unwrap_or_else(clock::now);
        let seconds = (*end - *started).as_seconds_f64();
        if seconds > 0.0 { self.0.done as f64 / seconds } else { 0.0 }
    }

    /// The last failure, in words; also of a job that went on or succeeded after it.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// Failed attempts in a row, without progress between them.
    async fn failures(&self) -> i32 {
        self.0.failures
    }

    /// Whether somebody asked the job to stop.
    async fn is_cancel_requested(&self) -> bool {
        self.0.cancel_requested
    }

    /// When a waiting job is due; null for one that runs or has ended.
    async fn due_at(&self) -> Option<DateTime> {
        (self.0.state == job::State::Queued).then_some(self.0.due_at.into())
    }

    /// When it was enqueued.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When a worker first took it.
    async fn started_at(&self) -> Option<DateTime> {
        self.0.started_at.map(Into::into)
    }

    /// When it ended, in whatever way.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(Into::into)
    }
}

/// How many jobs there are in a list.
pub struct JobTotal {
    list: jobs::List,
}

#[Object]
impl JobTotal {
    /// How many jobs the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(answer(ctx, JobCount(self.list.clone())).await?)
    }
}

/// Queries of jobs.
#[derive(Default)]
pub struct JobQuery;

#[Object]
impl JobQuery {
    /// One job.
    async fn job(&self, ctx: &Context<'_>, #[graphql(desc = "Id of the job.")] id: ID) -> Result<Option<Job>> {
        Ok(Some(Job(jobs::find(domain(ctx), caller(ctx), &id).await?)))
    }

    /// The jobs of an account, newest first; the same list as `account.jobs`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "a connection has four arguments of its own")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account.")] account_id: ID,
        #[graphql(desc = "Only jobs that stand like this.")] state: Option<JobState>,
        #[graphql(desc = "The first so many, 0 to 100; 20 where neither `first` nor `last` is given.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Job, JobTotal>> {
        let account = accounts::find(domain(ctx), caller(ctx), &account_id).await?;
        let arguments = Arguments { first, after, last, before };
        job_connection(ctx, account.id, state, arguments).await
    }
}

/// The jobs of an account that the caller may see.
pub(super) async fn job_connection(
    ctx: &Context<'_>,
    account_id: String,
    state: Option<JobState>,
    arguments: Arguments,
) -> Result<Connection<Job, JobTotal>> {
    let window = arguments.window()?;
    let list = jobs::List { account_id, state: state.map(Into::into) };
    let slice = answer(ctx, JobWindow(list.clone(), window)).await?;
    Ok(Connection::new(slice, JobTotal { list }, jobs::place, Job))
}

/// A job to be cancelled or retried.
#[derive(InputObject)]
pub struct JobInput {
    /// The job.
    id: ID,
}

/// The job that a mutation started or concerned, as it is now.
#[derive(SimpleObject)]
pub struct JobPayload {
    /// The job.
    pub(super) job: Job,
}

/// Mutations of jobs.
#[derive(Default)]
pub struct JobMutation;

#[Object]
impl JobMutation {
    /// Stops a job that has not ended; one that runs stops within seconds.
    async fn cancel_job(&self, ctx: &Context<'_>, input: JobInput) -> Result<Option<JobPayload>> {
        let job = jobs::find(domain(ctx), caller(ctx), &input.id).await?;
        let scope = scope(ctx, &job.account_id, Role::Writer).await?;
        Ok(Some(JobPayload { job: Job(jobs::cancel(domain(ctx), &scope, &job).await?) }))
    }

    /// Puts a job that failed, was cancelled or waits out a pause back to work at once. It resumes where it stopped.
    async fn retry_job(&self, ctx: &Context<'_>, input: JobInput) -> Result<Option<JobPayload>> {
        let job = jobs::find(domain(ctx), caller(ctx), &input.id).await?;
        let scope = scope(ctx, &job.account_id, Role::Writer).await?;
        Ok(Some(JobPayload { job: Job(jobs::retry(domain(ctx), &scope, &job).await?) }))
    }
}

/// How often a job is looked at for its followers.
const LOOK: Duration = Duration::from_millis(500);

/// Subscriptions to jobs.
#[derive(Default)]
pub struct JobSubscription;

#[Subscription]
impl JobSubscription {
    /// A job as it is now, and again after every change of its state or progress, until it has ended.
    async fn job_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the job.")] id: ID,
    ) -> Result<impl Stream<Item = Result<Job>>> {
        let (domain, caller) = (domain(ctx).clone(), caller(ctx).clone());
        let first = jobs::find(&domain, &caller, &id).await?;
        let changes = stream::unfold(Some(first.clone()), move |last| {
            let (domain, caller, id) = (domain.clone(), caller.clone(), id.clone());
            async move {
                let last = last.filter(|job| job.finished_at.is_none())?;
                loop {
                    tokio::time::sleep(LOOK).await;
                    match jobs::find(&domain, &caller, &id).await {
                        Ok(job) if shows_the_same(&job, &last) => {}
                        Ok(job) => return Some((Ok(Job(job.clone())), Some(job))),
                        Err(error) => return Some((Err(error.into()), None)),
                    }
                }
            }
        });
        Ok(stream::once(async { Ok(Job(first)) }).chain(changes))
    }
}

/// Whether nobody could see a difference: renewing its lease changes a job's row, but not the job.
fn shows_the_same(one: &job::Model, other: &job::Model) -> bool {
    let shown = |job: &job::Model| {
        (job.state, job.done, job.total, job.skipped, job.failures, job.cancel_requested, job.last_error.clone())
    };
    shown(one) == shown(other)
}
