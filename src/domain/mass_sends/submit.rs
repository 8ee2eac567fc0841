//! Handing one chunk to WeChat, so that it is sent once, whatever happens on the way.

use std::time::Duration;

use chrono::TimeDelta;
use entity::mass_send::{self, Kind, Way};
use entity::mass_send_chunk::{self, Column, State};
use entity::wechat_copy::Form;
use entity::{Timestamp, account, mass_send_audience};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use super::outcome::{self, Ending, settle};
use super::{ChunkPayload, find, find_chunk, is_repeatable, prepare, reply_kind, require_same_app, target};
use crate::clock;
use crate::domain::{Context, copies, credentials, media, replies, texts};
use crate::error::{Error, Result};
use crate::queue::Claim;
use crate::wechat::{self, Class, Credentials, MassAudience, MassMessage, QueuedSend};

/// How long after the first call WeChat still knows a `clientmsgid`: 24 hours, less one for clocks that differ. Source:
/// WeChat reference, section 8.4.
pub(super) const REMEMBERED: TimeDelta = TimeDelta::hours(23);

/// Shortest and longest pause before an attempt that is safe to repeat.
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(15);

/// Hands a chunk to WeChat, or finds out that it was handed over before. Does nothing where the chunk has ended.
///
/// Errors: why WeChat did not take it; `NotYet` where another attempt under the same name is safe and of use.
pub async fn submit(context: &Context, claim: &Claim, account: &account::Model, payload: &ChunkPayload) -> Result<()> {
    let chunk = find_chunk(&context.database, &account.id, &payload.chunk_id).await?;
    if !is_open(&chunk) {
        return Ok(());
    }
    let mass_send = find(&context.database, &account.id, &chunk.mass_send_id).await?;
    let submission = Submission { context, mass_send: &mass_send, credentials: credentials::open(context, account)? };
    require_same_app(&mass_send, &submission.credentials)?;
    let message = submission.message(&chunk).await?;
    let openids = openids(context, &chunk).await?;
    let Some(chunk) = begin(context, claim, &mass_send, &chunk.id).await? else { return Ok(()) };
    match submission.call(&chunk, &openids, &message).await {
        Ok(queued) => outcome::record_taken(context, &mass_send, &chunk, queued).await,
        Err(Error::Wechat(error)) => submission.refused(claim, &chunk, error).await,
        Err(error) => Err(error),
    }
}

/// Shows at a chunk that its submission failed. `gave_up`: it will not be tried again by itself. `claim`: the worker's whose
/// attempt it was; none of a job that waited.
///
/// Errors: `Conflict` if the claim was lost: what somebody else has begun since, a person who tries it again for one, is not
/// to be shown as failed.
pub async fn submitting_failed(
    context: &Context,
    claim: Option<&Claim>,
    account_id: &str,
    payload: &ChunkPayload,
    reason: &str,
    gave_up: bool,
) -> Result<()> {
    let txn = context.begin(account_id).await?;
    if let Some(claim) = claim {
        claim.require(&txn).await?;
    }
    let chunk = find_chunk(&txn, account_id, &payload.chunk_id).await?;
    let ending = match chunk.state {
        State::Pending if gave_up => Some(Ending::failed(chunk.errcode, reason)),
        // WeChat may have taken it when the last attempt ended.
        State::Submitting | State::AwaitingApproval if gave_up => Some(Ending::unclear(reason)),
        State::Pending | State::Submitting | State::AwaitingApproval => None,
        _ => return Ok(()),
    };
    match ending {
        Some(ending) => outcome::end(&txn, &chunk, ending).await?,
        None => {
            outcome::update(&chunk).col_expr(Column::Error, Expr::value(reason)).exec(&txn).await?;
        }
    }
    settle(&txn, account_id, &chunk.mass_send_id).await?;
    txn.commit().await?;
    Ok(())
}

/// Whether a chunk is to be submitted: it was not taken, or that is not known and is to be found out.
fn is_open(chunk: &mass_send_chunk::Model) -> bool {
    chunk.msg_id.is_none() && matches!(chunk.state, State::Pending | State::Submitting | State::AwaitingApproval)
}

/// Writes down that WeChat is about to be asked. `None`: it is not to be.
async fn begin(
    context: &Context,
    claim: &Claim,
    mass_send: &mass_send::Model,
    chunk_id: &str,
) -> Result<Option<mass_send_chunk::Model>> {
    let txn = context.begin(&mass_send.account_id).await?;
    claim.require(&txn).await?;
    let chunk = find_chunk(&txn, &mass_send.account_id, chunk_id).await?;
    if !is_open(&chunk) {
        return Ok(None);
    }
    // An earlier attempt did not live to see the answer, or there was none that says.
    let maybe_sent = chunk.maybe_sent || matches!(chunk.state, State::Submitting | State::AwaitingApproval);
    let now = clock::now();
    let is_remembered = chunk.submitted_at.is_none_or(|at| *at + REMEMBERED > *now);
    let begun = if maybe_sent && !(is_repeatable(mass_send.way) && is_remembered) {
        let reason =
            "it is not known whether WeChat sent it, and WeChat cannot be asked again without sending it twice";
        outcome::end(&txn, &chunk, Ending::unclear(reason)).await?;
        None
    } else {
        let submitted_at = Some(chunk.submitted_at.unwrap_or(now));
        outcome::update(&chunk)
            .col_expr(Column::State, Expr::value(State::Submitting))
            .col_expr(Column::MaybeSent, Expr::value(maybe_sent))
            .col_expr(Column::SubmittedAt, Expr::value(submitted_at))
            .col_expr(Column::FinishedAt, Expr::value(None::<Timestamp>))
            .exec(&txn)
            .await?;
        Some(mass_send_chunk::Model { state: State::Submitting, maybe_sent, submitted_at, ..chunk })
    };
    settle(&txn, &mass_send.account_id, &mass_send.id).await?;
    txn.commit().await?;
    Ok(begun)
}

/// What becomes of a chunk that WeChat did not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The account's administrator is asked.
    AwaitingApproval,
    /// Another attempt may succeed. `maybe_sent`: this one or an earlier one may have.
    Later { maybe_sent: bool },
    /// It was not sent, because WeChat no longer has what it shows.
    Stale,
    /// It was not sent and will not be.
    Final,
    /// Nobody can say.
    Unclear,
}

fn refusal(way: Way, chunk: &mass_send_chunk::Model, error: &wechat::Error) -> Refusal {
    if error.is_awaiting_approval() {
        return Refusal::AwaitingApproval;
    }
    if error.may_have_been_processed() {
        return if is_repeatable(way) { Refusal::Later { maybe_sent: true } } else { Refusal::Unclear };
    }
    match error.class() {
        Class::Retry | Class::Quota | Class::Token => Refusal::Later { maybe_sent: chunk.maybe_sent },
        // What was sent before would be answered with its number; but the first attempt may not have got so far, or WeChat
        // may look at something else first.
        Class::Permanent | Class::Operator | Class::Recipient if chunk.maybe_sent => Refusal::Unclear,
        Class::Permanent if error.is_unknown_media() && chunk.errcode != errcode(error) => Refusal::Stale,
        Class::Permanent | Class::Operator | Class::Recipient => Refusal::Final,
    }
}

fn errcode(error: &wechat::Error) -> Option<i64> {
    error.refusal().map(|(errcode, _)| errcode)
}

/// How long a chunk waits for its next attempt. `first`: when WeChat was first asked.
fn pause(error: &wechat::Error, first: Option<Timestamp>) -> Duration {
    let now = clock::now();
    match error.class() {
        // A question uses up quota, too.
        Class::Quota => until_quotas_reset(now) + LONGEST_PAUSE.mul_f64(rand::random_range(0.0..=1.0)),
        _ => {
            let since = first.and_then(|first| (*now - *first).to_std().ok()).unwrap_or_default();
            since.clamp(SHORTEST_PAUSE, LONGEST_PAUSE).max(error.retry_after().unwrap_or_default())
        }
    }
}

/// Quotas come back at midnight in China. Source: WeChat reference, section 21.
fn until_quotas_reset(now: Timestamp) -> Duration {
    const DAY: i64 = 86_400;
    const CHINA: i64 = 8 * 3_600;
    let left = DAY - (now.timestamp() + CHINA).rem_euclid(DAY);
    Duration::from_secs(left.unsigned_abs())
}

struct Submission<'a> {
    context: &'a Context,
    mass_send: &'a mass_send::Model,
    credentials: Credentials,
}

impl Submission<'_> {
    /// What is sent. Errors: as [`prepare::prepare`], where it is not at WeChat yet.
    async fn message(&self, chunk: &mass_send_chunk::Model) -> Result<MassMessage> {
        if self.mass_send.kind == Kind::Text {
            return text(self.context, &self.mass_send.account_id, &self.mass_send.material_id).await;
        }
        let media_id = match &chunk.media_id {
            Some(media_id) => media_id.clone(),
            None => {
                let media_id = prepare::media_id(self.context, &self.credentials, self.mass_send).await?;
                prepare::keep(self.context, chunk, &media_id).await?;
                media_id
            }
        };
        Ok(message(self.mass_send.kind, media_id))
    }

    /// Writes down that WeChat did not take it, and says what that means for the attempt.
    async fn refused(&self, claim: &Claim, chunk: &mass_send_chunk::Model, error: wechat::Error) -> Result<()> {
        let reason = error.advice();
        let refusal = refusal(self.mass_send.way, chunk, &error);
        if refusal == Refusal::Stale {
            self.forget_copy().await?;
        }
        let txn = self.context.begin(&chunk.account_id).await?;
        // Somebody else is at it by now, and will hear it, too.
        claim.require(&txn).await?;
        match refusal {
            Refusal::AwaitingApproval => outcome::await_approval(&txn, chunk, &error).await?,
            Refusal::Later { maybe_sent: true } => outcome::put_off(&txn, chunk, &error, State::Submitting).await?,
            Refusal::Later { maybe_sent: false } => outcome::put_off(&txn, chunk, &error, State::Pending).await?,
            Refusal::Stale => {
                outcome::put_off(&txn, chunk, &error, State::Pending).await?;
                let no_media = Expr::value(None::<String>);
                outcome::update(chunk).col_expr(Column::MediaId, no_media).exec(&txn).await?;
            }
            Refusal::Final => outcome::end(&txn, chunk, Ending::failed(errcode(&error), &reason)).await?,
            Refusal::Unclear => {
                let ending = Ending { errcode: errcode(&error), ..Ending::unclear(&reason) };
                outcome::end(&txn, chunk, ending).await?;
            }
        }
        settle(&txn, &chunk.account_id, &chunk.mass_send_id).await?;
        self.context.commit_work(txn).await?;
        match refusal {
            Refusal::AwaitingApproval => Ok(()),
            Refusal::Stale => Err(Error::NotYet { reason, pause: SHORTEST_PAUSE }),
            // A token or a connection that cannot be had is no matter of this chunk.
            Refusal::Later { maybe_sent: false } if error.class() != Class::Quota => Err(error.into()),
            Refusal::Later { .. } => Err(Error::NotYet { reason, pause: pause(&error, chunk.submitted_at) }),
            Refusal::Final | Refusal::Unclear => Err(error.into()),
        }
    }

    /// Forgets the upload that WeChat dropped.
    async fn forget_copy(&self) -> Result<()> {
        let account_id = &self.mass_send.account_id;
        if let Some(kind) = replies::media_kind(reply_kind(self.mass_send.kind)) {
            let media = media::find(&self.context.database, account_id, &[kind], &target(self.mass_send).id).await?;
            copies::forget(&self.context.database, account_id, Form::Temporary, &media.file_id).await?;
        }
        Ok(())
    }

    /// Asks WeChat.
    async fn call(
        &self,
        chunk: &mass_send_chunk::Model,
        openids: &[String],
        message: &MassMessage,
    ) -> Result<QueuedSend> {
        let client = &self.context.wechat;
        let missing = |what: &str| Error::Internal(format!("a chunk has no {what}"));
        let audience = match self.mass_send.way {
            Way::Openids => MassAudience::Openids(openids),
            Way::Everybody => MassAudience::Everybody,
            Way::Tag => MassAudience::Tag(self.mass_send.tag_id.ok_or_else(|| missing("tag"))?),
            Way::Preview => {
                let openid = openids.first().ok_or_else(|| missing("recipient"))?;
                client.preview(&self.credentials, openid, message).await?;
                return Ok(QueuedSend { msg_id: None, msg_data_id: None, is_repetition: false });
            }
        };
        let ignore_reprint = self.mass_send.ignore_reprint;
        let name = &chunk.client_msg_id;
        Ok(client.send_to_many(&self.credentials, audience, message, name, ignore_reprint).await?)
    }
}

/// A text as a message. Errors: `NotFound`.
pub(super) async fn text(context: &Context, account_id: &str, id: &str) -> Result<MassMessage> {
    let text = texts::find_many(context, &[(account_id.to_owned(), id.to_owned())]).await?.into_iter().next();
    text.map(|text| MassMessage::Text(text.content)).ok_or_else(|| Error::not_found("text", id))
}

/// A material at WeChat as a message.
pub(super) fn message(kind: Kind, media_id: String) -> MassMessage {
    match kind {
        Kind::Text | Kind::News => MassMessage::Articles(media_id),
        Kind::Image => MassMessage::Image(media_id),
        Kind::Voice => MassMessage::Voice(media_id),
        Kind::Video => MassMessage::Video(media_id),
    }
}

async fn openids(context: &Context, chunk: &mass_send_chunk::Model) -> Result<Vec<String>> {
    let slices = mass_send_audience::Entity::find()
        .filter(mass_send_audience::Column::AccountId.eq(&chunk.account_id))
        .filter(mass_send_audience::Column::ChunkId.eq(&chunk.id))
        .order_by_asc(mass_send_audience::Column::Slice)
        .all(&context.database)
        .await?;
    Ok(slices.iter().flat_map(|slice| slice.openids.lines().map(str::to_owned)).collect())
}
