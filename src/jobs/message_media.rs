//! Downloads the files of what a follower sent, before WeChat drops them.

use entity::job;

use crate::domain::messages::downloads::{self, Payload};
use crate::domain::{Context, accounts, credentials};
use crate::error::Result;

/// Does the job.
pub(super) async fn run(context: Context, job: job::Model) -> Result<()> {
    let Payload { message_id } = super::payload(&job)?;
    let account = accounts::of_job(&context, &job).await?;
    let credentials = credentials::open(&context, &account)?;
    downloads::download(&context, &credentials, &job.account_id, &message_id).await
}

/// Shows at the message that the job was given up.
pub(super) async fn failed(context: Context, job: job::Model, reason: String, gave_up: bool) -> Result<()> {
    if !gave_up {
        return Ok(());
    }
    let Payload { message_id } = super::payload(&job)?;
    downloads::give_up(&context, &job.account_id, &message_id, &reason).await
}
