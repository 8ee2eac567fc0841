//! Fetches the menu of an account whose credentials were just filled in.

use entity::job;

use crate::domain::{Context, accounts, menu};
use crate::error::Result;
use crate::queue::Claim;

/// Does the job.
pub(super) async fn run(context: Context, job: job::Model, claim: Claim) -> Result<()> {
    let account = accounts::of_job(&context, &job).await?;
    menu::fetch::first(&context, &claim, &account).await
}
