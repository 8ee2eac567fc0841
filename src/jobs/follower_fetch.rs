//! Fetches all followers of an account from WeChat: tags, blacklist, then page by page the openids and their details.
//!
//! Costs one call for the tags, one for each page of the blacklist, one for each 10,000 openids and one for each 100
//! details. A page is read and written before the next one is asked for, so memory does not grow with the account. An
//! attempt that resumes asks again for the page it stopped in, and only for the details that were not written yet.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta};
use entity::{Timestamp, job};
use futures_util::StreamExt as _;
use futures_util::stream;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use crate::clock;
use crate::domain::followers::fetch::{self, Checkpoint, Known, Told};
use crate::domain::{Context, accounts, credentials};
use crate::error::{Error, Result};
use crate::queue::{Claim, Progress};
use crate::wechat::{self, Class, Client, Credentials, FollowerDetail};

/// Openids of one call for details. Source: WeChat reference, section 4.3.
const BATCH: usize = 100;

/// Calls for details under way at a time: enough to keep the database busy, few enough for WeChat's minute limits.
const CALLS_AT_ONCE: usize = 4;

/// Followers written in one transaction.
const WRITE: usize = 1_000;

/// A fetch that began longer ago is not resumed.
const STALE: TimeDelta = TimeDelta::days(1);

/// Does the job.
pub(super) async fn run(context: Context, job: job::Model, claim: Claim) -> Result<()> {
    let account = accounts::of_job(&context, &job).await?;
    let credentials = credentials::open(&context, &account)?;
    let (mut checkpoint, since) = resume(&job)?;
    let tags = context.wechat.tags(&credentials).await?;
    let known = Known {
        mirrors: fetch::mirror_tags(&context, &account.id, &tags).await?,
        blacklist: context.wechat.whole_blacklist(&credentials).await?,
    };
    let mut skipped = job.skipped;
    loop {
        let page = context.wechat.followers(&credentials, checkpoint.after.as_deref()).await?;
        let Some(last) = page.openids.last().cloned() else { break };
        let page_size = count(page.openids.len());
        let missing = fetch::not_seen_since(&context, &account.id, &page.openids, since).await?;
        let mut progress = Progress {
            done: checkpoint.done + page_size - count(missing.len()),
            total: Some(i64::try_from(page.total).unwrap_or(i64::MAX)),
            skipped,
        };
        let mut answers = details(&context.wechat, &credentials, missing);
        let mut told = Told { at: clock::now(), details: Vec::with_capacity(WRITE) };
        while let Some(answer) = answers.next().await {
            let answer = answer?;
            progress.skipped += answer.refused;
            // Never before the fetch began, however the clocks of two machines differ: who was told about is here.
            told.at = (*told.at).min(*answer.told.at).max(*since).into();
            told.details.extend(answer.told.details);
            if told.details.len() >= WRITE {
                progress.done += count(told.details.len());
                fetch::write(&context, &claim, &account.id, &known, &told, progress, &checkpoint).await?;
                told = Told { at: clock::now(), details: Vec::with_capacity(WRITE) };
            }
        }
        skipped = progress.skipped;
        checkpoint.after = Some(last);
        checkpoint.done += page_size;
        progress.done = checkpoint.done;
        fetch::write(&context, &claim, &account.id, &known, &told, progress, &checkpoint).await?;
        if page.next.is_none() {
            break;
        }
    }
    fetch::finish(&context, &claim, &account.id, &tags, since).await
}

/// Where to go on, and when the fetch began. One that was left alone for long starts over: its first pages are old.
fn resume(job: &job::Model) -> Result<(Checkpoint, Timestamp)> {
    let stored: Option<Checkpoint> = match &job.checkpoint {
        Some(checkpoint) => Some(serde_json::from_str(checkpoint).map_err(|error| Error::Internal(error.to_string()))?),
        None => None,
    };
    let since = stored.as_ref().and_then(|checkpoint| checkpoint.since).and_then(DateTime::from_timestamp_millis);
    match (stored, since) {
        (Some(checkpoint), Some(since)) if *clock::now() - since < STALE => Ok((checkpoint, since.into())),
        _ => {
            let since = clock::now();
            Ok((Checkpoint { since: Some(since.timestamp_millis()), ..Checkpoint::default() }, since))
        }
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// What came of asking for one batch.
struct Answer {
    /// One detail for each openid asked for.
    told: Told,
    /// How many of them WeChat refused to tell about.
    refused: i64,
}

/// The details of all these followers, in no order, some calls at a time. The calls go on while what came is written.
fn details(
    client: &Client,
    credentials: &Credentials,
    openids: Vec<String>,
) -> impl futures_util::Stream<Item = Result<Answer>> + Unpin + use<> {
    let client = client.clone();
    let credentials = credentials.clone();
    let batches: Vec<Vec<String>> = openids.chunks(BATCH).map(<[String]>::to_vec).collect();
    let calls = stream::iter(batches).map(move |batch| {
        let (client, credentials) = (client.clone(), credentials.clone());
        let call = AbortOnDropHandle::new(tokio::spawn(
            async move { ask(&client, &credentials, batch).await }.in_current_span(),
        ));
        async move { call.await.map_err(|panic| Error::Internal(panic.to_string()))?.map_err(Error::from) }
    });
    Box::pin(calls.buffer_unordered(CALLS_AT_ONCE))
}

/// The details of at most [`BATCH`] followers.
///
/// One bad openid makes WeChat refuse a whole call, so a refused batch is halved until the bad ones stand alone. They are
/// on WeChat's list of followers, so they count as following, with nothing else known of them.
async fn ask(client: &Client, credentials: &Credentials, openids: Vec<String>) -> Result<Answer, wechat::Error> {
    let at = clock::now();
    match client.follower_details(credentials, &openids).await {
        Ok(details) => Ok(complete(at, openids, details)),
        Err(refused) if refused.class() == Class::Recipient => match openids.len() {
            0 | 1 => Ok(complete(at, openids, Vec::new())),
            length => {
                let mut first = openids;
                let second = first.split_off(length / 2);
                let mut first = Box::pin(ask(client, credentials, first)).await?;
                let second = Box::pin(ask(client, credentials, second)).await?;
                first.told.details.extend(second.told.details);
                Ok(Answer { told: first.told, refused: first.refused + second.refused })
            }
        },
        Err(error) => Err(error),
    }
}

/// One detail for each openid: without what was not asked for, with a bare one for whom the answer left out.
fn complete(at: Timestamp, openids: Vec<String>, details: Vec<FollowerDetail>) -> Answer {
    let mut told: HashMap<String, FollowerDetail> =
        details.into_iter().map(|detail| (detail.openid.clone(), detail)).collect();
    let mut refused = 0;
    let details = openids
        .into_iter()
        .map(|openid| {
            told.remove(&openid).unwrap_or_else(|| {
                refused += 1;
                FollowerDetail { subscribe: true, openid, ..FollowerDetail::default() }
            })
        })
        .collect();
    Answer { told: Told { at, details }, refused }
}
