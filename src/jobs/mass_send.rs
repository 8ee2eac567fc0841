//! Sends to many: preparing, handing over, and asking how it ended.

use entity::job;

use crate::domain::mass_sends::{self, ChunkPayload, MassSendPayload, ReportPayload};
use crate::domain::{Context, accounts};
use crate::error::Result;
use crate::queue::Claim;

/// Takes what a mass send shows to WeChat.
pub(super) async fn prepare(context: Context, job: job::Model, claim: Claim) -> Result<()> {
    let payload: MassSendPayload = super::payload(&job)?;
    let account = accounts::of_job(&context, &job).await?;
    mass_sends::prepare(&context, &claim, &account, &payload).await
}

/// Shows at the mass send why it could not be prepared.
pub(super) async fn preparing_failed(context: Context, job: job::Model, reason: String, gave_up: bool) -> Result<()> {
    let payload: MassSendPayload = super::payload(&job)?;
    let claim = Claim::of(&context.database, &job);
    mass_sends::preparing_failed(&context, Some(&claim), &job.account_id, &payload, &reason, gave_up).await
}

/// Hands one chunk to WeChat.
pub(super) async fn submit(context: Context, job: job::Model, claim: Claim) -> Result<()> {
    let payload: ChunkPayload = super::payload(&job)?;
    let account = accounts::of_job(&context, &job).await?;
    mass_sends::submit(&context, &claim, &account, &payload).await
}

/// Shows at the chunk why it could not be handed over.
pub(super) async fn submitting_failed(context: Context, job: job::Model, reason: String, gave_up: bool) -> Result<()> {
    let payload: ChunkPayload = super::payload(&job)?;
    let claim = Claim::of(&context.database, &job);
    mass_sends::submitting_failed(&context, Some(&claim), &job.account_id, &payload, &reason, gave_up).await
}

/// Shows at the chunk why WeChat does not tell how it ended.
pub(super) async fn reporting_failed(context: Context, job: job::Model, reason: String, gave_up: bool) -> Result<()> {
    let payload: ReportPayload = super::payload(&job)?;
    mass_sends::asking_failed(&context, &job.account_id, &payload, &reason, gave_up).await
}

/// Asks what became of a chunk.
pub(super) async fn report(context: Context, job: job::Model) -> Result<()> {
    let payload: ReportPayload = super::payload(&job)?;
    let account = accounts::of_job(&context, &job).await?;
    mass_sends::ask(&context, &account, &payload).await
}
