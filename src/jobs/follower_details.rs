//! Asks WeChat about one follower who came, or whose profile changed.

use entity::job;

use crate::clock;
use crate::domain::followers::events::DetailsPayload;
use crate::domain::followers::fetch;
use crate::domain::{Context, accounts, credentials};
use crate::error::Result;

/// Does the job. Of one who left before WeChat was asked there is nothing to tell.
pub(super) async fn run(context: Context, job: job::Model) -> Result<()> {
    let DetailsPayload { openid } = super::payload(&job)?;
    let account = accounts::of_job(&context, &job).await?;
    let credentials = credentials::open(&context, &account)?;
    let asked_at = clock::now();
    let told = context.wechat.follower_details(&credentials, std::slice::from_ref(&openid)).await?;
    match told.into_iter().find(|detail| detail.openid == openid && detail.subscribe) {
        Some(detail) => fetch::write_one(&context, &account.id, asked_at, detail).await,
        None => Ok(()),
    }
}
