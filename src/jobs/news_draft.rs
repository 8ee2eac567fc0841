//! Makes the draft of a news at WeChat.

use entity::job;
use entity::wechat_copy::Form;

use crate::domain::news::{self, DraftPayload};
use crate::domain::{Context, accounts, copies, credentials};
use crate::error::Result;

/// Does the job. A revision that was replaced in the meantime needs no draft.
pub(super) async fn run(context: Context, job: job::Model) -> Result<()> {
    let payload: DraftPayload = super::payload(&job)?;
    copies::announce(&context.database, &job.account_id, Form::Draft, &payload.revision).await?;
    let account = accounts::of_job(&context, &job).await?;
    let credentials = credentials::open(&context, &account)?;
    match news::make_draft(&context, &credentials, &job.account_id, &payload).await? {
        Some(_) => Ok(()),
        None => copies::forget(&context.database, &job.account_id, Form::Draft, &payload.revision).await,
    }
}

/// Shows the failure at the copy.
pub(super) async fn failed(context: Context, job: job::Model, reason: String, gave_up: bool) -> Result<()> {
    let payload: DraftPayload = super::payload(&job)?;
    let copy = (Form::Draft, payload.revision.as_str());
    copies::record_failure(&context.database, &job.account_id, copy, &reason, gave_up).await
}
