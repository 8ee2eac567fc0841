//! Takes a file to WeChat as temporary media, ahead of the reply or mass send that will need it.

use entity::job;
use entity::wechat_copy::Form;

use crate::domain::copies::{self, REFRESH, UploadPayload, Wanted};
use crate::domain::{Context, accounts, credentials, files};
use crate::error::{Error, Result};

/// Does the job. A file that was given up in the meantime needs no copy.
pub(super) async fn run(context: Context, job: job::Model) -> Result<()> {
    let UploadPayload { file_id } = super::payload(&job)?;
    let file = match files::find(&context, &job.account_id, &file_id).await {
        Ok(file) => file,
        Err(Error::NotFound { .. }) => {
            return copies::forget(&context.database, &job.account_id, Form::Temporary, &file_id).await;
        }
        Err(error) => return Err(error),
    };
    copies::announce(&context.database, &job.account_id, Form::Temporary, &file_id).await?;
    let account = accounts::of_job(&context, &job).await?;
    let credentials = credentials::open(&context, &account)?;
    let wanted = Wanted { form: Form::Temporary, file: &file, life: REFRESH };
    copies::ensure(&context, &credentials, wanted).await.map(|_| ())
}

/// Shows the failure at the copy.
pub(super) async fn failed(context: Context, job: job::Model, reason: String, gave_up: bool) -> Result<()> {
    let UploadPayload { file_id } = super::payload(&job)?;
    let copy = (Form::Temporary, file_id.as_str());
    copies::record_failure(&context.database, &job.account_id, copy, &reason, gave_up).await
}
