//! Handing one chunk to WeChat, so that it is sent once, whatever happens on the way.

use chrono::TimeDelta;
use entity::mass_send::{self, Kind, Way};
use entity::mass_send_chunk::{self, Column, State};
use entity::wechat_copy::Form;
use entity::{account, mass_send_audience};
use sea_orm::EntityTrait as _;
use sea_orm::sea_query::Expr;

use super::outcome::{self, Ending, settle};
use super::{ChunkPayload, find, find_chunk, is_repeatable, prepare, reply_kind, target};
use crate::clock;
use crate::domain::{Context, copies, credentials, media, replies, texts};
use crate::error::{Error, Result};
use crate::queue::Claim;
use crate::wechat::{self, Class, Credentials, MassAudience, MassMessage, QueuedSend};

/// How long after the first call WeChat still knows a `clientmsgid`: 24 hours, less one for clocks that differ. Source:
/// WeChat reference, section 8.4.
pub(super) const REMEMBERED: TimeDelta = TimeDelta::hours(23);

/// Hands a chunk to WeChat, or finds out that it was handed over before. Does nothing where the chunk has ended.
///
/// Errors: why WeChat did not take it; whether another attempt is of use is for the error's class to say.
pub async fn submit(context: &Context, claim: &Claim, account: &account::Model, payload: &ChunkPayload) -> Result<()> {
    let chunk = find_chunk(&context.database, &account.id, &payload.chunk_id).await?;
    if !is_open(&chunk) {
        return Ok(());
    }
    let mass_send = find(&context.database, &account.id, &chunk.mass_send_id).await?;
    let submission = Submission { context, mass_send: &mass_send, credentials: credentials::open(context, account)? };
    let message = submission.message(&chunk).await?;
    let openids = openids(context, &chunk).await?;
    let Some(chunk) = begin(context, claim, &mass_send, &chunk.id).await? else { return Ok(()) };
    let taken = match submission.call(&chunk, &openids, &message).await {
        // WeChat dropped what it was to show, and so sent nothing.
        Err(Error::Wechat(error)) if error.is_unknown_media() && !chunk.maybe_sent => {
            let message = submission.message_anew(&chunk).await?;
            submission.call(&chunk, &openids, &message).await
        }
        taken => taken,
    };
    match taken {
        Ok(queued) => outcome::record_taken(context, &mass_send, &chunk, queued).await,
        Err(Error::Wechat(error)) => refused(context, claim, &mass_send, &chunk, error).await,
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
        State::Pending if gave_up => Some(Ending::failed(None, reason)),
        // WeChat may have taken it when the last attempt ended.
        State::Submitting if gave_up => Some(Ending::unclear(reason)),
        State::Pending | State::Submitting => None,
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

/// Whether a chunk can be submitted: it was not taken, or that is not known.
pub(super) fn is_open(chunk: &mass_send_chunk::Model) -> bool {
    chunk.msg_id.is_none()
        && matches!(
            chunk.state,
            State::Pending | State::Submitting | State::AwaitingApproval | State::Failed | State::Unclear
        )
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
    let maybe_sent =
        chunk.maybe_sent || matches!(chunk.state, State::Submitting | State::AwaitingApproval | State::Unclear);
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
            .col_expr(Column::FinishedAt, Expr::value(None::<entity::Timestamp>))
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
    /// It was not sent and will not be.
    Final,
    /// Nobody can say.
    Unclear,
}

/// `maybe_sent`: whether an earlier attempt may have sent it.
fn refusal(way: Way, maybe_sent: bool, error: &wechat::Error) -> Refusal {
    if error.is_awaiting_approval() {
        return Refusal::AwaitingApproval;
    }
    if error.may_have_been_processed() {
        return if is_repeatable(way) { Refusal::Later { maybe_sent: true } } else { Refusal::Unclear };
    }
    match error.class() {
        Class::Retry | Class::Quota | Class::Token => Refusal::Later { maybe_sent },
        // What was sent before would be answered with its number; but the first attempt may not have got so far, or WeChat
        // may look at something else first.
        Class::Permanent | Class::Operator | Class::Recipient if maybe_sent => Refusal::Unclear,
        Class::Permanent | Class::Operator | Class::Recipient => Refusal::Final,
    }
}

async fn refused(
    context: &Context,
    claim: &Claim,
    mass_send: &mass_send::Model,
    chunk: &mass_send_chunk::Model,
    error: wechat::Error,
) -> Result<()> {
    let reason = error.advice();
    let refusal = refusal(mass_send.way, chunk.maybe_sent, &error);
    let txn = context.begin(&mass_send.account_id).await?;
    // Somebody else is at it by now, and will hear it, too.
    claim.require(&txn).await?;
    match refusal {
        Refusal::AwaitingApproval => outcome::await_approval(&txn, chunk, &reason).await?,
        Refusal::Later { maybe_sent } => {
            let state = if maybe_sent { State::Submitting } else { State::Pending };
            outcome::update(chunk)
                .col_expr(Column::State, Expr::value(state))
                .col_expr(Column::MaybeSent, Expr::value(maybe_sent))
                .col_expr(Column::Error, Expr::value(reason))
                .exec(&txn)
                .await?;
        }
        Refusal::Final => {
            let errcode = error.refusal().map(|(errcode, _)| errcode);
            outcome::end(&txn, chunk, Ending::failed(errcode, &reason)).await?;
        }
        Refusal::Unclear => outcome::end(&txn, chunk, Ending::unclear(&reason)).await?,
    }
    settle(&txn, &mass_send.account_id, &mass_send.id).await?;
    context.commit_work(txn).await?;
    match refusal {
        Refusal::AwaitingApproval => Ok(()),
        Refusal::Later { .. } | Refusal::Final | Refusal::Unclear => Err(error.into()),
    }
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
            let key = (self.mass_send.account_id.clone(), self.mass_send.material_id.clone());
            let text = texts::find_many(self.context, std::slice::from_ref(&key)).await?.into_iter().next();
            return text.map(|text| MassMessage::Text(text.content)).ok_or_else(|| Error::not_found("text", key.1));
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

    /// The same with a new upload or draft.
    async fn message_anew(&self, chunk: &mass_send_chunk::Model) -> Result<MassMessage> {
        let account_id = &self.mass_send.account_id;
        if let Some(kind) = replies::media_kind(reply_kind(self.mass_send.kind)) {
            let media = media::find(&self.context.database, account_id, &[kind], &target(self.mass_send).id).await?;
            copies::forget(&self.context.database, account_id, Form::Temporary, &media.file_id).await?;
        }
        self.message(&mass_send_chunk::Model { media_id: None, ..chunk.clone() }).await
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
        let name = client_msg_id(chunk);
        Ok(client.send_to_many(&self.credentials, audience, message, &name, ignore_reprint).await?)
    }
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

/// The name under which WeChat sends a chunk once: its id without hyphens, 32 bytes, which is the longest that WeChat takes.
pub(super) fn client_msg_id(chunk: &mass_send_chunk::Model) -> String {
    chunk.id.replace('-', "")
}

async fn openids(context: &Context, chunk: &mass_send_chunk::Model) -> Result<Vec<String>> {
    let key = (chunk.account_id.clone(), chunk.id.clone());
    let audience = mass_send_audience::Entity::find_by_id(key).one(&context.database).await?;
    Ok(audience.map(|audience| audience.openids.lines().map(str::to_owned).collect()).unwrap_or_default())
}
