//! Looking at jobs, and stepping in. Who does the work stands in `jobs`, how it is kept in `queue`.

use entity::job;
use sea_orm::{ColumnTrait as _, EntityTrait as _, Order, PaginatorTrait as _, QueryFilter as _, Select};

use super::page::{Keyset, Slice, Window};
use super::{Context, Scope, checks};
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

/// The jobs of an account, newest first; those of one state only, if one is given.
pub async fn slice(
    context: &Context,
    account_id: &str,
    state: Option<job::State>,
    window: &Window,
) -> Result<Slice<job::Model>> {
    let query = of_account(account_id, state);
    let rows = window.apply(query, job::Column::CreatedAt, job::Column::Id, Order::Desc).all(&context.database).await?;
    Ok(window.cut(rows))
}

/// How many jobs an account has.
pub async fn count(context: &Context, account_id: &str, state: Option<job::State>) -> Result<u64> {
    Ok(of_account(account_id, state).count(&context.database).await?)
}

fn of_account(account_id: &str, state: Option<job::State>) -> Select<job::Entity> {
    let query = job::Entity::find().filter(job::Column::AccountId.eq(account_id));
    match state {
        Some(state) => query.filter(job::Column::State.eq(state)),
        None => query,
    }
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
    reload(context, job).await
}

/// Puts a job that failed, was cancelled or waits out a pause back to work at once.
///
/// Errors: `Conflict` for a job that runs or succeeded, or while another one works on the same thing.
pub async fn retry(context: &Context, scope: &Scope, job: &job::Model) -> Result<job::Model> {
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
