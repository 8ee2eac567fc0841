//! Looking at jobs, and stepping in. Who does the work stands in `jobs`, how it is kept in `queue`.

use entity::job;
use sea_orm::{ColumnTrait as _, EntityTrait as _, Order, QueryFilter as _, QuerySelect as _, QueryTrait as _};

use super::messages::downloads;
use super::page::{Keyset, Slice, Union, Window};
use super::{Context, Scope, checks, deliveries, mass_sends};
use crate::access::Principal;
use crate::error::{Error, Result};
use crate::{audit, queue};

/// One job. Errors: `NotFound`, also for a job of an account that this caller may not see.
pub async fn find(context: &Context, principal: &Principal, id: &str) -> Result<job::Model> {
    let missing = || Error::not_found("job", id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    let job = job::Entity::find_by_id(id).one(&context.database).await?.ok_or_else(missing)?;
    if principal.may_see(&job.account_id) { Ok(job) } else { Err(missing()) }
}

/// The jobs of an account; those of one state only, if one is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct List {
    /// The account.
    pub account_id: String,
    /// The state.
    pub state: Option<job::State>,
}

/// Windows of lists of jobs, newest first.
pub async fn slices(context: &Context, asked: &[(&List, &Window)]) -> Result<Vec<Slice<job::Model>>> {
    let stretch = |(list, window): &(&List, &Window)| {
        let query = job::Entity::find().filter(job::Column::AccountId.eq(&list.account_id));
        let query = query.apply_if(list.state, |query, state| query.filter(job::Column::State.eq(state)));
        window.apply(query, job::Column::CreatedAt, job::Column::Id, Order::Desc)
    };
    let stretches: Vec<_> = asked.iter().map(stretch).collect();
    let lists = Union { at: "created_at", id: "id" }.read(&context.database, &stretches).await?;
    Ok(asked.iter().zip(lists).map(|((_, window), rows)| window.cut(rows)).collect())
}

/// How many jobs there are in each of these lists.
pub async fn counts(context: &Context, lists: &[&List]) -> Result<Vec<i64>> {
    let states: Option<Vec<_>> = lists.iter().map(|list| list.state).collect();
    let counted: Vec<(String, job::State, i64)> = job::Entity::find()
        .select_only()
        .columns([job::Column::AccountId, job::Column::State])
        .column_as(job::Column::Id.count(), "jobs")
        .filter(job::Column::AccountId.is_in(lists.iter().map(|list| &list.account_id)))
        .apply_if(states, |query, states| query.filter(job::Column::State.is_in(states)))
        .group_by(job::Column::AccountId)
        .group_by(job::Column::State)
        .into_tuple()
        .all(&context.database)
        .await?;
    let count = |list: &&List| {
        let of_list = counted.iter().filter(|(account_id, state, _)| {
            *account_id == list.account_id && list.state.is_none_or(|wanted| wanted == *state)
        });
        of_list.map(|(_, _, jobs)| jobs).sum()
    };
    Ok(lists.iter().map(count).collect())
}

/// The place of a job in the list.
pub fn place(job: &job::Model) -> Keyset {
    Keyset { at: job.created_at, id: job.id.clone() }
}

/// Stops a job that has not ended; one that runs stops at its worker's next sign of life, within seconds.
///
/// Errors: `Conflict` for a job that has ended.
pub async fn cancel(context: &Context, scope: &Scope, job: &job::Model) -> Result<job::Model> {
    let txn = context.begin(scope.id()).await?;
    queue::cancel(&txn, job).await?;
    audit::record(&txn, &scope.actor, "job.cancel", Some(scope.id()), Some(&job.id)).await?;
    txn.commit().await?;
    let cancelled = reload(context, job).await?;
    if cancelled.state == job::State::Cancelled {
        show_cancelled(context, &cancelled).await?;
    }
    Ok(cancelled)
}

/// Shows at what a job works on that it will not be done; of one that runs, its worker does.
async fn show_cancelled(context: &Context, job: &job::Model) -> Result<()> {
    const REASON: &str = "the job was cancelled";
    let unreadable = |error: serde_json::Error| Error::Internal(format!("the payload of a job: {error}"));
    match job.name.as_str() {
        deliveries::REPLY_JOB => {
            let payload = serde_json::from_str(&job.payload).map_err(unreadable)?;
            deliveries::gave_up(context, &job.account_id, &payload, REASON).await
        }
        mass_sends::PREPARE_JOB => {
            let payload = serde_json::from_str(&job.payload).map_err(unreadable)?;
            mass_sends::preparing_failed(context, None, &job.account_id, &payload, REASON, true).await
        }
        mass_sends::SUBMIT_JOB => {
            let payload = serde_json::from_str(&job.payload).map_err(unreadable)?;
            mass_sends::submitting_failed(context, None, &job.account_id, &payload, REASON, true).await
        }
        mass_sends::REPORT_JOB => {
            let payload = serde_json::from_str(&job.payload).map_err(unreadable)?;
            mass_sends::asking_failed(context, &job.account_id, &payload, REASON, true).await
        }
        downloads::JOB => {
            let payload: downloads::Payload = serde_json::from_str(&job.payload).map_err(unreadable)?;
            downloads::give_up(context, &job.account_id, &payload.message_id, REASON).await
        }
        _ => Ok(()),
    }
}

/// Puts a job that failed, was cancelled or waits out a pause back to work at once.
///
/// Errors: `Conflict` for a job that runs or succeeded, while another one works on the same thing, and for one of a mass send
/// that has ended.
pub async fn retry(context: &Context, scope: &Scope, job: &job::Model) -> Result<job::Model> {
    if mass_sends::owns(&job.name) && matches!(job.state, job::State::Failed | job::State::Cancelled) {
        let reason =
            "what became of its mass send decides whether it can be tried again; ask for retryMassSend instead";
        return Err(Error::Conflict(reason.into()));
    }
    let txn = context.begin(scope.id()).await?;
    queue::retry(&txn, job).await?;
    audit::record(&txn, &scope.actor, "job.retry", Some(scope.id()), Some(&job.id)).await?;
    context.commit_work(txn).await?;
    reload(context, job).await
}

async fn reload(context: &Context, job: &job::Model) -> Result<job::Model> {
    let row = job::Entity::find_by_id(&job.id).one(&context.database).await?;
    row.ok_or_else(|| Error::not_found("job", &job.id))
}
