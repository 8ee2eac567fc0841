//! Sends a reply by itself that could not be the answer to its push.

use entity::job;

use crate::domain::deliveries::{self, ReplyPayload};
use crate::domain::{Context, accounts};
use crate::error::Result;

/// Does the job.
pub(super) async fn run(context: Context, job: job::Model) -> Result<()> {
    let payload: ReplyPayload = super::payload(&job)?;
    let account = accounts::of_job(&context, &job).await?;
    deliveries::send(&context, &account, &payload).await
}

/// Shows the failure at the push.
pub(super) async fn failed(context: Context, job: job::Model, reason: String, gave_up: bool) -> Result<()> {
    let payload: ReplyPayload = super::payload(&job)?;
    if gave_up {
        deliveries::gave_up(&context, &job.account_id, &payload, &reason).await?;
    }
    Ok(())
}
