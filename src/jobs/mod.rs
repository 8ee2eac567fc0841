//! Who does the durable work: the kinds of jobs, and the workers that run them.
//!
//! A new kind is a file here and a line in `KINDS`. Each kind has its own lane of workers, so that a long fetch never
//! starves anything else. Any number of processes may run workers on one database.
//!
//! A running job is a future that is simply dropped when it must stop: because somebody cancelled it, because its lease
//! went to another worker, or because the process ends. Whatever it had not committed is as if it had never been, and
//! its next attempt resumes at its last checkpoint.

use std::time::Duration;

use entity::job;
use futures_util::future::BoxFuture;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::domain::Context;
use crate::error::{Error, Result, chain};
use crate::queue::{self, Claim, Claimed, Ending, Hold, LEASE, MAX_FAILURES};
use crate::wechat;

mod deferred_reply;
mod draft_withdrawal;
mod follower_details;
mod follower_fetch;
mod mass_send;
mod media_upload;
mod menu_fetch;
mod message_media;
mod news_draft;
mod upkeep;

/// A worker that finds nothing to do looks again after this time, or when this process enqueues something.
const POLL: Duration = Duration::from_secs(1);

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// So many refusals for a used-up quota count as failed attempts.
const QUOTA_FAILURES: i32 = 4;

/// A kind of work.
struct Kind {
    /// Name in the database. Stored, so never renamed.
    name: &'static str,
    /// How many jobs of this kind one process runs at a time.
    at_once: usize,
    /// Does the work, resuming where the job's checkpoint says.
    run: fn(Context, job::Model, Claim) -> BoxFuture<'static, Result<()>>,
    /// Shows the failure of an attempt where its users look; the flag says whether it was the last.
    failed: fn(Context, job::Model, String, bool) -> BoxFuture<'static, Result<()>>,
}

/// Every kind of work.
const KINDS: [Kind; 11] = [
    Kind {
        name: crate::domain::followers::fetch::JOB,
        at_once: 2,
        run: |context, job, claim| Box::pin(follower_fetch::run(context, job, claim)),
        failed: |_, _, _, _| Box::pin(async { Ok(()) }),
    },
    Kind {
        name: crate::domain::menu::fetch::JOB,
        at_once: 1,
        run: |context, job, claim| Box::pin(menu_fetch::run(context, job, claim)),
        failed: |_, _, _, _| Box::pin(async { Ok(()) }),
    },
    Kind {
        name: crate::domain::copies::UPLOAD_JOB,
        at_once: 2,
        run: |context, job, _| Box::pin(media_upload::run(context, job)),
        failed: |context, job, reason, gave_up| Box::pin(media_upload::failed(context, job, reason, gave_up)),
    },
    Kind {
        name: crate::domain::news::DRAFT_JOB,
        at_once: 1,
        run: |context, job, _| Box::pin(news_draft::run(context, job)),
        failed: |context, job, reason, gave_up| Box::pin(news_draft::failed(context, job, reason, gave_up)),
    },
    Kind {
        name: crate::domain::followers::events::DETAILS_JOB,
        at_once: 2,
        run: |context, job, _| Box::pin(follower_details::run(context, job)),
        failed: |_, _, _, _| Box::pin(async { Ok(()) }),
    },
    Kind {
        name: crate::domain::deliveries::REPLY_JOB,
        at_once: 4,
        run: |context, job, _| Box::pin(deferred_reply::run(context, job)),
        failed: |context, job, reason, gave_up| Box::pin(deferred_reply::failed(context, job, reason, gave_up)),
    },
    Kind {
        name: crate::domain::copies::WITHDRAW_JOB,
        at_once: 1,
        run: |context, job, _| Box::pin(draft_withdrawal::run(context, job)),
        failed: |_, _, _, _| Box::pin(async { Ok(()) }),
    },
    Kind {
        name: crate::domain::messages::downloads::JOB,
        at_once: 2,
        run: |context, job, _| Box::pin(message_media::run(context, job)),
        failed: |context, job, reason, gave_up| Box::pin(message_media::failed(context, job, reason, gave_up)),
    },
    Kind {
        name: crate::domain::mass_sends::PREPARE_JOB,
        at_once: 2,
        run: |context, job, claim| Box::pin(mass_send::prepare(context, job, claim)),
        failed: |context, job, reason, gave_up| Box::pin(mass_send::preparing_failed(context, job, reason, gave_up)),
    },
    Kind {
        name: crate::domain::mass_sends::SUBMIT_JOB,
        at_once: 4,
        run: |context, job, claim| Box::pin(mass_send::submit(context, job, claim)),
        failed: |context, job, reason, gave_up| Box::pin(mass_send::submitting_failed(context, job, reason, gave_up)),
    },
    Kind {
        name: crate::domain::mass_sends::REPORT_JOB,
        at_once: 1,
        run: |context, job, _| Box::pin(mass_send::report(context, job)),
        failed: |context, job, reason, gave_up| Box::pin(mass_send::reporting_failed(context, job, reason, gave_up)),
    },
];

/// Runs jobs, and every `upkeep` what is to be done without a job, until `stop`; then hands the running jobs back and
/// returns.
pub async fn work(context: Context, upkeep: Duration, stop: CancellationToken) {
    let mut workers = JoinSet::new();
    workers.spawn(upkeep::keep_up(context.clone(), upkeep, stop.clone()));
    for kind in &KINDS {
        for _ in 0..kind.at_once {
            workers.spawn(run_lane(kind, context.clone(), stop.clone()));
        }
    }
    workers.join_all().await;
}

async fn run_lane(kind: &'static Kind, context: Context, stop: CancellationToken) {
    // The failures of the database itself, which is asked more and more rarely while it is away.
    let mut failures = 0;
    while !stop.is_cancelled() {
        let enqueued = context.work.notified();
        let pause = match queue::claim(&context.database, &[kind.name], POLL).await {
            Ok(Claimed::Job(job)) => {
                failures = 0;
                run_claimed(kind, &context, *job, &stop).await;
                continue;
            }
            Ok(Claimed::DueIn(time)) => {
                failures = 0;
                time.min(POLL)
            }
            Ok(Claimed::Nothing) => {
                failures = 0;
                POLL
            }
            Err(error) => {
                failures += 1;
                tracing::warn!(job.name = kind.name, error = chain(&error), "no job could be claimed");
                queue::back_off(failures, LONGEST_PAUSE)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = enqueued => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn run_claimed(kind: &Kind, context: &Context, job: job::Model, stop: &CancellationToken) {
    let claim = Claim::of(&context.database, &job);
    let span = tracing::info_span!("job", job.name = kind.name, job.id = %job.id, account.id = %job.account_id);
    let failures = job.failures;
    let attempt = async {
        if failures >= MAX_FAILURES {
            // Its workers died, again and again.
            return Some(Ending::Failed("the job was interrupted too often".into()));
        }
        tokio::select! {
            result = (kind.run)(context.clone(), job.clone(), claim.clone()) => Some(ending(result, failures)),
            hold = keep(&claim) => match hold {
                Hold::CancelRequested => Some(Ending::Cancelled),
                Hold::Held | Hold::Lost => None,
            },
            () = stop.cancelled() => Some(Ending::HandedBack),
        }
    };
    async {
        tracing::info!("job started");
        match attempt.await {
            Some(ending) => {
                let outcome = outcome(&ending);
                metrics::counter!("odaesan_job_attempts_total", "job" => kind.name, "outcome" => outcome).increment(1);
                tracing::info!(job.outcome = outcome, "job attempt ended");
                show_failure(kind, context, &job, &ending).await;
                if let Err(error) = claim.end(ending).await {
                    // The lease runs out, and another attempt finds the same state.
                    tracing::error!(error = chain(&error), "the end of a job could not be recorded");
                }
            }
            None => tracing::warn!("the job went to another worker"),
        }
    }
    .instrument(span)
    .await;
}

/// Before the end is recorded: a process that dies between the two does both again.
async fn show_failure(kind: &Kind, context: &Context, job: &job::Model, ending: &Ending) {
    let (reason, gave_up) = match ending {
        Ending::Failed(reason) => (reason.as_str(), true),
        Ending::Again { reason, .. } => (reason.as_str(), false),
        Ending::Cancelled => ("the job was cancelled", true),
        Ending::Succeeded | Ending::HandedBack => return,
    };
    if let Err(error) = (kind.failed)(context.clone(), job.clone(), reason.to_owned(), gave_up).await {
        tracing::warn!(error = chain(&error), "the failure of a job could not be shown");
    }
}

/// What a job works on. Errors: `Internal` for a payload that this version does not understand.
fn payload<T: serde::de::DeserializeOwned>(job: &job::Model) -> Result<T> {
    serde_json::from_str(&job.payload).map_err(|error| Error::Internal(format!("the payload of a job: {error}")))
}

/// Holds the claim for as long as it is ours and nobody wants the job to stop.
async fn keep(claim: &Claim) -> Hold {
    loop {
        tokio::time::sleep(LEASE / 5).await;
        match claim.renew().await {
            Ok(Hold::Held) => {}
            Ok(end) => return end,
            // The next try may succeed while the lease lasts; after that it says Lost.
            Err(error) => tracing::warn!(error = chain(&error), "a lease could not be renewed"),
        }
    }
}

/// What becomes of a job, by how its attempt ended. `failures`: failed attempts before this one.
fn ending(result: Result<()>, failures: i32) -> Ending {
    let error = match result {
        Ok(()) => return Ending::Succeeded,
        Err(error) => error,
    };
    tracing::warn!(error = chain(&error), "job attempt failed");
    let reason = error.public_message();
    let last_try = failures + 1 >= MAX_FAILURES;
    let pause = queue::back_off(failures + 1, LONGEST_PAUSE);
    match &error {
        Error::NotYet { pause, .. } => Ending::Again { reason, pause: *pause, counted: false },
        Error::Wechat(refusal) => match refusal.class() {
            // A quota comes back by itself, at midnight in China at the latest: pause longer and longer, never give up,
            // and leave room for other failures.
            wechat::Class::Quota if failures < QUOTA_FAILURES => Ending::Again { reason, pause, counted: true },
            wechat::Class::Quota => Ending::Again { reason, pause: LONGEST_PAUSE, counted: false },
            wechat::Class::Retry | wechat::Class::Token if !last_try => {
                let pause = refusal.retry_after().map_or(pause, |least| pause.max(least));
                Ending::Again { reason, pause, counted: true }
            }
            wechat::Class::Retry
            | wechat::Class::Token
            | wechat::Class::Operator
            | wechat::Class::Permanent
            | wechat::Class::Recipient => Ending::Failed(reason),
        },
        Error::Database(_) | Error::Storage(_) | Error::Internal(_) | Error::Conflict(_) if !last_try => {
            Ending::Again { reason, pause, counted: true }
        }
        Error::Database(_)
        | Error::Storage(_)
        | Error::Unclear { .. }
        | Error::PayloadTooLarge(_)
        | Error::UnsupportedMediaType(_)
        | Error::Internal(_)
        | Error::Conflict(_)
        | Error::Invalid { .. }
        | Error::NoRecipients
        | Error::AlreadyFetched { .. }
        | Error::Unauthenticated(_)
        | Error::Forbidden(_)
        | Error::NotFound { .. } => Ending::Failed(reason),
    }
}

const fn outcome(ending: &Ending) -> &'static str {
    match ending {
        Ending::Succeeded => "succeeded",
        Ending::Failed(_) => "failed",
        Ending::Cancelled => "cancelled",
        Ending::HandedBack => "handed_back",
        Ending::Again { .. } => "again",
    }
}
