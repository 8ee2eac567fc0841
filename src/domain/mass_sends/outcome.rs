//! What became of chunks, and what that comes to for the mass send.

use chrono::TimeDelta;
use entity::mass_send::{self, Way};
use entity::mass_send_chunk::{self, Column, State};
use entity::{Timestamp, message};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _, UpdateMany};

use super::{REPORT_JOB, ReportPayload, chunks, find, prepare};
use crate::clock;
use crate::domain::Context;
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};
use crate::webhook::Element;
use crate::webhook::push::{Event, Kind, MassSendOutcome, MassSendResult, mass_send_key};
use crate::wechat::{self, QueuedSend};

/// WeChat's words for a mass send that went out.
pub(super) const SUCCESS: &str = "send success";

/// WeChat's words for one that did not.
pub(super) const FAILURE: &str = "send fail";

/// When it is asked whether the administrator has confirmed, in minutes after the first call: seldom, because each question
/// counts towards the account's calls of the day; he has 30 minutes. Source: WeChat reference, sections 8.5 and 8.6.
const APPROVAL_LOOKS: [i64; 3] = [5, 15, 31];

/// How a chunk ended.
#[derive(Clone, Debug)]
pub(super) struct Ending {
    pub(super) state: State,
    /// In WeChat's words.
    pub(super) status: Option<String>,
    pub(super) errcode: Option<i64>,
    pub(super) error: Option<String>,
    pub(super) counts: Counts,
}

/// WeChat's counts of a send.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) total: Option<i64>,
    pub(super) filter: Option<i64>,
    pub(super) sent: Option<i64>,
    pub(super) error: Option<i64>,
}

impl Ending {
    /// It was not sent.
    pub(super) fn failed(errcode: Option<i64>, reason: &str) -> Self {
        let status = Some(FAILURE.to_owned());
        Self { state: State::Failed, status, errcode, error: Some(reason.to_owned()), counts: Counts::default() }
    }

    /// Whether it was sent is not known.
    pub(super) fn unclear(reason: &str) -> Self {
        let error = Some(reason.to_owned());
        Self { state: State::Unclear, status: None, errcode: None, error, counts: Counts::default() }
    }

    /// It was sent; to how many is not known.
    pub(super) fn sent() -> Self {
        let status = Some(SUCCESS.to_owned());
        Self { state: State::Finished, status, errcode: None, error: None, counts: Counts::default() }
    }

    fn of(result: &MassSendResult) -> Self {
        let count = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
        let (state, error) = match result.outcome {
            MassSendOutcome::Unknown if result.sent_count == Some(0) => {
                (State::Failed, Some("WeChat reports that it reached nobody".to_owned()))
            }
            MassSendOutcome::Sent | MassSendOutcome::Unknown => (State::Finished, None),
            MassSendOutcome::Failed => (State::Failed, Some("WeChat could not send it".to_owned())),
            MassSendOutcome::Refused(code) => (State::Failed, Some(refusal_reason(code).to_owned())),
        };
        Self {
            state,
            status: Some(result.status.clone()),
            errcode: None,
            error,
            counts: Counts {
                total: count(result.total_count),
                filter: count(result.filter_count),
                sent: count(result.sent_count),
                error: count(result.error_count),
            },
        }
    }
}

/// What the number in WeChat's `err(…)` means. Source: WeChat reference, section 19.4.
const fn refusal_reason(code: u32) -> &'static str {
    match code {
        10001 => "WeChat refused it as advertising",
        20001 => "WeChat refused it for its politics",
        20002 => "WeChat refused it as pornography",
        20004 => "WeChat refused it for what it says about society",
        20006 => "WeChat refused it as a crime",
        20008 => "WeChat refused it as fraud",
        20013 => "WeChat refused it for an infringed copyright",
        22000 => "WeChat refused it as mutual promotion",
        30001 => "WeChat's check of originality failed",
        30002 => "WeChat found that it may not be sent",
        30003 => "WeChat found it to be a reprint; send it with ignoreReprint to send it all the same",
        40001 => "the account's administrator refused it",
        40002 => "the account's administrator did not confirm it within 30 minutes",
        _ => "WeChat refused it",
    }
}

/// An update of this chunk.
pub(super) fn update(chunk: &mass_send_chunk::Model) -> UpdateMany<mass_send_chunk::Entity> {
    mass_send_chunk::Entity::update_many()
        .filter(Column::AccountId.eq(&chunk.account_id))
        .filter(Column::Id.eq(&chunk.id))
}

/// Writes down how a chunk ended. The caller settles the mass send.
pub(super) async fn end(txn: &DatabaseTransaction, chunk: &mass_send_chunk::Model, ending: Ending) -> Result<()> {
    let outcome = match ending.state {
        State::Finished => "sent",
        State::Failed => "failed",
        State::Cancelled => "cancelled",
        _ => "unclear",
    };
    metrics::counter!("odaesan_mass_send_chunks_total", "outcome" => outcome).increment(1);
    update(chunk)
        .col_expr(Column::State, Expr::value(ending.state))
        .col_expr(Column::MaybeSent, Expr::value(ending.state == State::Unclear))
        .col_expr(Column::Status, Expr::value(ending.status))
        .col_expr(Column::Errcode, Expr::value(ending.errcode))
        .col_expr(Column::Error, Expr::value(ending.error))
        .col_expr(Column::TotalCount, Expr::value(ending.counts.total))
        .col_expr(Column::FilterCount, Expr::value(ending.counts.filter))
        .col_expr(Column::SentCount, Expr::value(ending.counts.sent))
        .col_expr(Column::ErrorCount, Expr::value(ending.counts.error))
        .col_expr(Column::FinishedAt, Expr::value(clock::now()))
        .exec(txn)
        .await?;
    Ok(())
}

/// Writes down that WeChat took a chunk; and how it ended, if WeChat has said so already.
pub(super) async fn record_taken(
    context: &Context,
    mass_send: &mass_send::Model,
    chunk: &mass_send_chunk::Model,
    queued: QueuedSend,
) -> Result<()> {
    let txn = context.begin(&mass_send.account_id).await?;
    let now = clock::now();
    update(chunk)
        .col_expr(Column::State, Expr::value(State::Sent))
        .col_expr(Column::MaybeSent, Expr::value(false))
        .col_expr(Column::MsgId, Expr::value(queued.msg_id))
        .col_expr(Column::MsgDataId, Expr::value(queued.msg_data_id))
        .col_expr(Column::Errcode, Expr::value(None::<i64>))
        .col_expr(Column::Error, Expr::value(None::<String>))
        .col_expr(Column::SentAt, Expr::value(now))
        .col_expr(Column::FinishedAt, Expr::value(None::<Timestamp>))
        .exec(&txn)
        .await?;
    match (mass_send.way, queued.msg_id) {
        (Way::Preview, _) => {
            let one = Some(1);
            let counts = Counts { total: one, filter: one, sent: one, error: Some(0) };
            end(&txn, chunk, Ending { counts, ..Ending::sent() }).await?;
        }
        (_, Some(msg_id)) => match event(&txn, &mass_send.account_id, msg_id).await? {
            Some(result) => end(&txn, chunk, Ending::of(&result)).await?,
            None => enqueue_report(&txn, chunk, 0, clock::after(now, context.mass_status_after)).await?,
        },
        (_, None) => {
            let reason = "WeChat took it, and does not say under which number; look into its console";
            end(&txn, chunk, Ending::unclear(reason)).await?;
        }
    }
    settle(&txn, &mass_send.account_id, &mass_send.id).await?;
    context.commit_work(txn).await
}

/// Shows why a chunk waits for another attempt. `state`: `Pending` where it was certainly not sent, else `Submitting`.
pub(super) async fn put_off(
    txn: &DatabaseTransaction,
    chunk: &mass_send_chunk::Model,
    error: &wechat::Error,
    state: State,
) -> Result<()> {
    let maybe_sent = state == State::Submitting;
    update(chunk)
        .col_expr(Column::State, Expr::value(state))
        .col_expr(Column::MaybeSent, Expr::value(maybe_sent))
        .col_expr(Column::SubmittedAt, Expr::value(chunk.submitted_at.filter(|_| maybe_sent)))
        .col_expr(Column::Errcode, Expr::value(error.refusal().map(|(errcode, _)| errcode)))
        .col_expr(Column::Error, Expr::value(error.advice()))
        .exec(txn)
        .await?;
    Ok(())
}

/// Shows that the account's administrator has to confirm a chunk, and has somebody ask again.
pub(super) async fn await_approval(
    txn: &DatabaseTransaction,
    chunk: &mass_send_chunk::Model,
    error: &wechat::Error,
) -> Result<()> {
    put_off(txn, chunk, error, State::Submitting).await?;
    update(chunk).col_expr(Column::State, Expr::value(State::AwaitingApproval)).exec(txn).await?;
    let (now, first) = (clock::now(), chunk.submitted_at.unwrap_or_else(clock::now));
    let looks = APPROVAL_LOOKS.iter().map(|minutes| *first + TimeDelta::minutes(*minutes));
    let look = looks.into_iter().find(|look| *look > *now).unwrap_or_else(|| *now + TimeDelta::hours(1));
    enqueue_report(txn, chunk, 0, look.into()).await
}

/// Asks for a look at what became of a chunk.
pub(super) async fn enqueue_report(
    txn: &DatabaseTransaction,
    chunk: &mass_send_chunk::Model,
    asked: u32,
    due_at: Timestamp,
) -> Result<()> {
    let job = NewJob { name: REPORT_JOB, account_id: &chunk.account_id, unique_key: None, due_at: Some(due_at) };
    queue::enqueue(txn, job, &ReportPayload { chunk_id: chunk.id.clone(), asked }).await?;
    Ok(())
}

/// Takes in what WeChat reported, in the transaction that stores the push. The number of a send that is not known here, or not
/// yet, is no error: [`record_taken`] looks for the push.
pub(in crate::domain) async fn record_event(
    txn: &DatabaseTransaction,
    account_id: &str,
    result: &MassSendResult,
) -> Result<()> {
    let Ok(msg_id) = i64::try_from(result.message_id) else { return Ok(()) };
    let chunk = mass_send_chunk::Entity::find()
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::MsgId.eq(msg_id))
        .order_by_desc(Column::Id)
        .one(txn)
        .await?;
    let Some(chunk) = chunk else { return ask_for_numbers(txn, account_id).await };
    end(txn, &chunk, Ending::of(result)).await?;
    settle(txn, account_id, &chunk.mass_send_id).await
}

/// A report on a number that nobody knows: it may be of a chunk that was confirmed. Asking for it again tells its number.
async fn ask_for_numbers(txn: &DatabaseTransaction, account_id: &str) -> Result<()> {
    let waiting = mass_send_chunk::Entity::find()
        .filter(Column::AccountId.eq(account_id))
        .filter(Column::State.eq(State::AwaitingApproval))
        .filter(Column::MsgId.is_null())
        .all(txn)
        .await?;
    for chunk in waiting {
        prepare::enqueue_submission(txn, &chunk, None).await?;
    }
    Ok(())
}

/// The stored push that reports on a send.
async fn event(txn: &DatabaseTransaction, account_id: &str, msg_id: i64) -> Result<Option<MassSendResult>> {
    let key = (account_id.to_owned(), mass_send_key(msg_id));
    let Some(push) = message::Entity::find_by_id(key).one(txn).await? else { return Ok(None) };
    let unreadable = |error: String| Error::Internal(format!("a stored push: {error}"));
    let payload = serde_json::from_str(&push.payload).map_err(|error| unreadable(error.to_string()))?;
    match Kind::read(&Element::from_json("xml", &payload)).map_err(|error| unreadable(error.to_string()))? {
        Kind::Event(Event::MassSendFinished(result)) => Ok(Some(*result)),
        Kind::Event(_) | Kind::Message(_) => Ok(None),
    }
}

/// Writes down what the chunks of a mass send come to, after a change of one of them.
pub(super) async fn settle(txn: &DatabaseTransaction, account_id: &str, id: &str) -> Result<()> {
    let mass_send = find(txn, account_id, id).await?;
    let states: Vec<State> = chunks(txn, &mass_send).await?.iter().map(|chunk| chunk.state).collect();
    let Some(state) = comes_to(&states) else { return Ok(()) };
    let has_ended =
        !matches!(state, mass_send::State::Sending | mass_send::State::Sent | mass_send::State::AwaitingApproval);
    let finished_at = has_ended.then(|| mass_send.finished_at.unwrap_or_else(clock::now));
    mass_send::Entity::update_many()
        .col_expr(mass_send::Column::State, Expr::value(state))
        .col_expr(mass_send::Column::FinishedAt, Expr::value(finished_at))
        .filter(mass_send::Column::AccountId.eq(account_id))
        .filter(mass_send::Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// The state of a mass send whose chunks stand like this; `None` while none was submitted.
fn comes_to(chunks: &[State]) -> Option<mass_send::State> {
    let any = |state| chunks.contains(&state);
    let all = |state| chunks.iter().all(|chunk| *chunk == state);
    let is_untouched = chunks.iter().all(|state| matches!(state, State::Pending | State::Cancelled));
    Some(if any(State::Pending) && is_untouched {
        return None;
    } else if any(State::Submitting) || any(State::Pending) {
        mass_send::State::Sending
    } else if any(State::AwaitingApproval) {
        mass_send::State::AwaitingApproval
    } else if any(State::Sent) {
        mass_send::State::Sent
    } else if any(State::Unclear) {
        mass_send::State::Unclear
    } else if all(State::Finished) {
        mass_send::State::Finished
    } else if any(State::Finished) {
        mass_send::State::PartlyFailed
    } else if all(State::Cancelled) {
        mass_send::State::Cancelled
    } else {
        mass_send::State::Failed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_to_the_state_of_their_mass_send() {
        use mass_send::State as Whole;
        let cases = [
            (vec![State::Pending, State::Pending], None),
            (vec![State::Pending, State::Submitting], Some(Whole::Sending)),
            (vec![State::Pending, State::Finished], Some(Whole::Sending)),
            (vec![State::AwaitingApproval, State::Finished], Some(Whole::AwaitingApproval)),
            (vec![State::Sent, State::Failed], Some(Whole::Sent)),
            (vec![State::Finished, State::Unclear], Some(Whole::Unclear)),
            (vec![State::Finished, State::Finished], Some(Whole::Finished)),
            (vec![State::Finished, State::Failed], Some(Whole::PartlyFailed)),
            (vec![State::Finished, State::Cancelled], Some(Whole::PartlyFailed)),
            (vec![State::Failed, State::Cancelled], Some(Whole::Failed)),
            (vec![State::Cancelled, State::Cancelled], Some(Whole::Cancelled)),
        ];
        for (chunks, whole) in cases {
            assert_eq!(comes_to(&chunks), whole, "{chunks:?}");
        }
    }
}
