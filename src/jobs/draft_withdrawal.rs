//! Takes a draft that nobody needs any more out of WeChat's draft box.

use entity::job;
use entity::wechat_copy::Form;

use crate::domain::copies::{self, WithdrawPayload};
use crate::domain::{Context, accounts, credentials};
use crate::error::Result;

/// Does the job.
pub(super) async fn run(context: Context, job: job::Model) -> Result<()> {
    let WithdrawPayload { revision, media_id } = super::payload(&job)?;
    let account = accounts::of_job(&context, &job).await?;
    let credentials = credentials::open(&context, &account)?;
    match context.wechat.delete_draft(&credentials, &media_id).await {
        Ok(()) => {}
        // Somebody was faster.
        Err(error) if error.is_unknown_media() => {}
        Err(error) => return Err(error.into()),
    }
    copies::forget(&context.database, &job.account_id, Form::Draft, &revision).await
}
