//! Finding out what became of a chunk where WeChat does not say so by itself.

use std::time::Duration;

use chrono::TimeDelta;
use entity::account;
use entity::mass_send_chunk::{self, Column, State};
use sea_orm::sea_query::Expr;

use super::outcome::{self, Ending, settle};
use super::{ReportPayload, find, find_chunk, prepare, require_same_app};
use crate::clock;
use crate::domain::{Context, credentials};
use crate::error::Result;
use crate::wechat::MassStatus;

/// How long WeChat is asked about a send that it reports to be under way.
const ASKED: TimeDelta = TimeDelta::days(3);

/// Longest time between two questions.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);

/// Asks what became of a chunk, unless that is known by now; and asks for the next look, unless this one tells.
///
/// Errors: `Wechat`.
pub async fn ask(context: &Context, account: &account::Model, payload: &ReportPayload) -> Result<()> {
    let chunk = find_chunk(&context.database, &account.id, &payload.chunk_id).await?;
    match (chunk.state, chunk.msg_id) {
        (State::AwaitingApproval, _) => {
            // Submitting it again under the same name tells how it stands.
            let txn = context.begin(&account.id).await?;
            prepare::enqueue_submission(&txn, &chunk, None).await?;
            context.commit_work(txn).await
        }
        (State::Sent | State::Unclear, Some(msg_id)) => {
            let credentials = credentials::open(context, account)?;
            let mass_send = find(&context.database, &account.id, &chunk.mass_send_id).await?;
            require_same_app(&mass_send, &credentials)?;
            let status = context.wechat.mass_status(&credentials, msg_id).await?;
            record(context, &chunk, status, payload.asked).await
        }
        _ => Ok(()),
    }
}

/// Shows at a chunk why it is not known how it ended. `gave_up`: nobody asks any more, and a person has to decide.
pub async fn asking_failed(
    context: &Context,
    account_id: &str,
    payload: &ReportPayload,
    reason: &str,
    gave_up: bool,
) -> Result<()> {
    let txn = context.begin(account_id).await?;
    let chunk = find_chunk(&txn, account_id, &payload.chunk_id).await?;
    if !matches!(chunk.state, State::Sent | State::AwaitingApproval | State::Unclear) {
        return Ok(());
    }
    if gave_up {
        outcome::end(&txn, &chunk, Ending::unclear(reason)).await?;
        settle(&txn, account_id, &chunk.mass_send_id).await?;
    } else {
        outcome::update(&chunk).col_expr(Column::Error, Expr::value(reason)).exec(&txn).await?;
    }
    txn.commit().await?;
    Ok(())
}

async fn record(context: &Context, chunk: &mass_send_chunk::Model, status: MassStatus, asked: u32) -> Result<()> {
    let txn = context.begin(&chunk.account_id).await?;
    // The event, which tells more, may have come while WeChat was asked.
    let chunk = &find_chunk(&txn, &chunk.account_id, &chunk.id).await?;
    if !matches!(chunk.state, State::Sent | State::Unclear) {
        return Ok(());
    }
    let now = clock::now();
    match status {
        MassStatus::Sending if chunk.sent_at.is_some_and(|at| *at + ASKED > *now) => {
            let pause = context.mass_status_after.saturating_mul(2_u32.saturating_pow(asked.saturating_add(1)));
            let due_at = clock::after(now, pause.min(LONGEST_PAUSE));
            outcome::enqueue_report(&txn, chunk, asked.saturating_add(1), due_at).await?;
        }
        MassStatus::Sending => {
            let reason = format!("WeChat has been sending it for more than {} days", ASKED.num_days());
            outcome::end(&txn, chunk, Ending::unclear(&reason)).await?;
        }
        MassStatus::Sent | MassStatus::Deleted => outcome::end(&txn, chunk, Ending::sent()).await?,
        MassStatus::Failed => {
            let reason = "WeChat could not send it";
            outcome::end(&txn, chunk, Ending::failed(None, reason)).await?;
        }
    }
    settle(&txn, &chunk.account_id, &chunk.mass_send_id).await?;
    context.commit_work(txn).await
}
