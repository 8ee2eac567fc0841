//! Taking what a mass send shows to WeChat, before its time.

use chrono::TimeDelta;
use entity::mass_send::{self, Kind, State, Way};
use entity::mass_send_chunk::{self, State as ChunkState};
use entity::wechat_copy::Form;
use entity::{Timestamp, account};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _};

use super::audience::{Recipients, require_same_at_wechat};
use super::outcome::settle;
use super::preview::kept_draft;
use super::{
    ChunkPayload, MassSendPayload, SUBMIT_JOB, chunks, find, job_key, reply_kind, require_same_app,
    supersede_submissions,
};
use crate::clock;
use crate::domain::copies::{self, Wanted};
use crate::domain::{Context, credentials, files, media, news, replies};
use crate::error::{Error, Result};
use crate::queue::{self, Claim, NewJob};
use crate::wechat::Credentials;

/// What an upload must live: WeChat works through a send for a while, and a used-up quota comes back by the next day.
const LIFE: TimeDelta = TimeDelta::days(1);

/// Prepares a mass send and asks for the submission of its chunks. What an earlier attempt prepared is not made again.
///
/// Errors: `Wechat`, `Storage`, `Conflict` from uploads; `Invalid` for what cannot be sent; `NotFound` for a material that
/// was deleted.
pub async fn prepare(
    context: &Context,
    claim: &Claim,
    account: &account::Model,
    payload: &MassSendPayload,
) -> Result<()> {
    let Some(mass_send) = begin(context, claim, account, &payload.mass_send_id).await? else { return Ok(()) };
    let credentials = credentials::open(context, account)?;
    require_same_app(&mass_send, &credentials)?;
    if matches!(mass_send.way, Way::Tag | Way::Everybody) {
        let to = Recipients { group_id: mass_send.group_id.clone(), gender: mass_send.gender };
        require_same_at_wechat(context, &credentials, account, &to, mass_send.tag_id).await?;
    }
    if mass_send.kind != Kind::Text {
        for chunk in pending(context, &mass_send).await?.iter().filter(|chunk| chunk.media_id.is_none()) {
            let media_id = media_id(context, &credentials, &mass_send).await?;
            keep(context, chunk, &media_id).await?;
        }
    }
    let txn = context.begin(&account.id).await?;
    claim.require(&txn).await?;
    // What was cancelled meanwhile stays so.
    let pending: Vec<_> =
        chunks(&txn, &mass_send).await?.into_iter().filter(|chunk| chunk.state == ChunkState::Pending).collect();
    let at_once = mass_send.scheduled_at.is_none_or(|at| *at <= *clock::now());
    for chunk in &pending {
        enqueue_submission(&txn, chunk, mass_send.scheduled_at).await?;
    }
    let state = if at_once { State::Sending } else { State::Queued };
    turn(&txn, &mass_send, State::Preparing, state, Some(clock::now())).await?;
    context.commit_work(txn).await
}

/// Shows why a mass send could not be prepared. `gave_up`: it will not be tried again by itself, and nothing of it is sent.
///
/// `claim`: the worker's whose attempt it was; none of a job that waited. Errors: `Conflict` if the claim was lost.
pub async fn preparing_failed(
    context: &Context,
    claim: Option<&Claim>,
    account_id: &str,
    payload: &MassSendPayload,
    reason: &str,
    gave_up: bool,
) -> Result<()> {
    let txn = context.begin(account_id).await?;
    if let Some(claim) = claim {
        claim.require(&txn).await?;
    }
    let mass_send = find(&txn, account_id, &payload.mass_send_id).await?;
    mass_send::Entity::update_many()
        .col_expr(mass_send::Column::LastError, Expr::value(reason))
        .filter(mass_send::Column::AccountId.eq(account_id))
        .filter(mass_send::Column::Id.eq(&mass_send.id))
        .exec(&txn)
        .await?;
    if gave_up {
        let pending = chunks(&txn, &mass_send).await?.into_iter().filter(|chunk| chunk.state == ChunkState::Pending);
        supersede_submissions(&txn, &pending.map(|chunk| chunk.id).collect::<Vec<_>>()).await?;
        mass_send_chunk::Entity::update_many()
            .col_expr(mass_send_chunk::Column::State, Expr::value(ChunkState::Failed))
            .col_expr(mass_send_chunk::Column::Error, Expr::value(reason))
            .col_expr(mass_send_chunk::Column::FinishedAt, Expr::value(clock::now()))
            .filter(mass_send_chunk::Column::AccountId.eq(account_id))
            .filter(mass_send_chunk::Column::MassSendId.eq(&mass_send.id))
            .filter(mass_send_chunk::Column::State.eq(ChunkState::Pending))
            .exec(&txn)
            .await?;
        settle(&txn, account_id, &mass_send.id).await?;
    }
    txn.commit().await?;
    Ok(())
}

/// Asks for the submission of a chunk, not before `due_at`, unless it is asked for already.
pub(super) async fn enqueue_submission(
    txn: &DatabaseTransaction,
    chunk: &mass_send_chunk::Model,
    due_at: Option<Timestamp>,
) -> Result<()> {
    let unique_key = job_key(SUBMIT_JOB, &chunk.id);
    if queue::find_live(txn, &unique_key).await?.is_some() {
        return Ok(());
    }
    let unique_key = Some(unique_key);
    let job = NewJob { name: SUBMIT_JOB, account_id: &chunk.account_id, unique_key, due_at };
    queue::enqueue(txn, job, &ChunkPayload { chunk_id: chunk.id.clone() }).await?;
    Ok(())
}

/// Takes what a mass send shows to WeChat. Articles are used up by a send, so that each chunk needs a draft of its own.
///
/// Errors: as [`prepare`].
pub(super) async fn media_id(
    context: &Context,
    credentials: &Credentials,
    mass_send: &mass_send::Model,
) -> Result<String> {
    if mass_send.kind == Kind::News && mass_send.way == Way::Preview {
        // A preview uses nothing up.
        return kept_draft(context, credentials, &mass_send.account_id, &mass_send.material_id).await;
    }
    if mass_send.kind == Kind::News {
        let draft = news::draft_to_send(context, credentials, &mass_send.account_id, &mass_send.material_id).await;
        return draft.map_err(|error| match error {
            // One draft too many stands in the draft box, and nobody reads it there.
            Error::Unclear { source, .. } => source.into(),
            other => other,
        });
    }
    uploaded(context, credentials, &mass_send.account_id, mass_send.kind, &mass_send.material_id).await
}

/// The media id of an image, voice or video.
pub(super) async fn uploaded(
    context: &Context,
    credentials: &Credentials,
    account_id: &str,
    kind: Kind,
    id: &str,
) -> Result<String> {
    let kinds: Vec<_> = replies::media_kind(reply_kind(kind)).into_iter().collect();
    let media = media::find(&context.database, account_id, &kinds, id).await?;
    let file = files::find(context, account_id, &media.file_id).await?;
    let wanted = Wanted { form: Form::Temporary, file: &file, life: LIFE };
    let copy = copies::ensure(context, credentials, wanted).await?;
    copy.media_id.ok_or_else(|| Error::Internal("a temporary copy has no media id".into()))
}

/// Writes down what a chunk will show.
pub(super) async fn keep(context: &Context, chunk: &mass_send_chunk::Model, media_id: &str) -> Result<()> {
    mass_send_chunk::Entity::update_many()
        .col_expr(mass_send_chunk::Column::MediaId, Expr::value(media_id))
        .filter(mass_send_chunk::Column::AccountId.eq(&chunk.account_id))
        .filter(mass_send_chunk::Column::Id.eq(&chunk.id))
        .exec(&context.database)
        .await?;
    Ok(())
}

/// Shows that a mass send is being prepared. `None`: there is nothing left of it to prepare.
async fn begin(
    context: &Context,
    claim: &Claim,
    account: &account::Model,
    id: &str,
) -> Result<Option<mass_send::Model>> {
    let txn = context.begin(&account.id).await?;
    claim.require(&txn).await?;
    let mass_send = find(&txn, &account.id, id).await?;
    let is_pending = chunks(&txn, &mass_send).await?.iter().any(|chunk| chunk.state == ChunkState::Pending);
    if is_pending {
        turn(&txn, &mass_send, State::Queued, State::Preparing, mass_send.prepared_at).await?;
    }
    txn.commit().await?;
    Ok(is_pending.then_some(mass_send))
}

async fn pending(context: &Context, mass_send: &mass_send::Model) -> Result<Vec<mass_send_chunk::Model>> {
    let mut chunks = chunks(&context.database, mass_send).await?;
    chunks.retain(|chunk| chunk.state == ChunkState::Pending);
    Ok(chunks)
}

async fn turn(
    txn: &DatabaseTransaction,
    mass_send: &mass_send::Model,
    from: State,
    to: State,
    prepared_at: Option<Timestamp>,
) -> Result<()> {
    mass_send::Entity::update_many()
        .col_expr(mass_send::Column::State, Expr::value(to))
        .col_expr(mass_send::Column::PreparedAt, Expr::value(prepared_at))
        .col_expr(mass_send::Column::FinishedAt, Expr::value(None::<Timestamp>))
        .col_expr(mass_send::Column::LastError, Expr::value(None::<String>))
        .filter(mass_send::Column::AccountId.eq(&mass_send.account_id))
        .filter(mass_send::Column::Id.eq(&mass_send.id))
        .filter(mass_send::Column::State.eq(from))
        .exec(txn)
        .await?;
    Ok(())
}
