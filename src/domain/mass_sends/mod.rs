//! Mass sends (群发): one message to many followers, to nobody twice and to everybody once.
//!
//! To whom a mass send goes is settled when it is accepted: the openids stand in chunks, each of which one call to WeChat
//! sends; where WeChat takes no openids but a tag or everybody, it is checked that these are who is meant. From then on jobs do the work. `prepare` takes what it shows to WeChat, `submit` hands over one
//! chunk, `report` finds out how it ended where WeChat does not say so by itself.
//!
//! What keeps a chunk from being sent twice: it is written down as being submitted before WeChat is called, and every call
//! for it carries the same `clientmsgid`, under which WeChat sends once in 24 hours. So a chunk whose call brought no answer,
//! or whose process died, is asked for again under that name and found; where even that gives no answer it is shown as
//! unclear and left to a person. Source: design, section 7; WeChat reference, section 8.

use entity::keyword_rule::ReplyKind;
use entity::mass_send::{self, Kind, State, Way};
use entity::{Timestamp, mass_send_chunk};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use serde::{Deserialize, Serialize};

use super::replies::{self, NAMED, Target};
use super::{Context, Key, any_of, checks, possible};
use crate::error::{Error, Result};
use crate::wechat::Credentials;

mod accept;
mod audience;
mod control;
mod lists;
mod outcome;
mod prepare;
mod preview;
mod report;
mod submit;
mod summary;

pub use accept::{NewMassSend, accept};
pub use audience::{Estimate, Recipients, estimate, quota};
pub use control::{Decision, cancel, decide, delete_at_wechat, retry};
pub use lists::{chunks_of, counts, pages, place, slices};
pub(super) use outcome::record_event;
pub use prepare::{prepare, preparing_failed};
pub use preview::preview;
pub use report::{ask, asking_failed};
pub use submit::{submit, submitting_failed};
pub use summary::Summary;

/// The kind of job that takes what a mass send shows to WeChat.
pub const PREPARE_JOB: &str = "mass_send";

/// The kind of job that hands one chunk to WeChat.
pub const SUBMIT_JOB: &str = "mass_send_chunk";

/// The kind of job that asks what became of a chunk.
pub const REPORT_JOB: &str = "mass_send_report";

/// Whether jobs of this kind work for mass sends, which say themselves what can be tried again.
pub fn owns(job_name: &str) -> bool {
    [PREPARE_JOB, SUBMIT_JOB, REPORT_JOB].contains(&job_name)
}

/// What a preparing job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MassSendPayload {
    /// The mass send.
    pub mass_send_id: String,
}

/// What a submitting job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChunkPayload {
    /// The chunk.
    pub chunk_id: String,
}

/// What a reporting job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportPayload {
    /// The chunk.
    pub chunk_id: String,
    /// How often WeChat was asked before.
    pub asked: u32,
}

/// One mass send. Errors: `NotFound`.
pub async fn find(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<mass_send::Model> {
    let missing = || Error::not_found("mass send", id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    let key = (account_id.to_owned(), id.to_owned());
    mass_send::Entity::find_by_id(key).one(connection).await?.ok_or_else(missing)
}

/// Mass sends by account and id, in no order; those that do not exist are left out.
pub async fn find_many(context: &Context, keys: &[Key]) -> Result<Vec<mass_send::Model>> {
    let wanted = any_of(mass_send::Column::AccountId, mass_send::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(mass_send::Entity::find().filter(wanted).all(&context.database).await?)
}

/// One chunk. Errors: `NotFound`.
async fn find_chunk(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<mass_send_chunk::Model> {
    let missing = || Error::not_found("chunk", id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    let key = (account_id.to_owned(), id.to_owned());
    mass_send_chunk::Entity::find_by_id(key).one(connection).await?.ok_or_else(missing)
}

/// The chunks of a mass send, in order.
async fn chunks(
    connection: &impl ConnectionTrait,
    mass_send: &mass_send::Model,
) -> Result<Vec<mass_send_chunk::Model>> {
    Ok(mass_send_chunk::Entity::find()
        .filter(mass_send_chunk::Column::AccountId.eq(&mass_send.account_id))
        .filter(mass_send_chunk::Column::MassSendId.eq(&mass_send.id))
        .order_by_asc(mass_send_chunk::Column::Position)
        .all(connection)
        .await?)
}

/// The material that a mass send shows.
pub fn target(mass_send: &mass_send::Model) -> Target {
    Target { kind: reply_kind(mass_send.kind), id: mass_send.material_id.clone() }
}

/// WeChat's name of what a mass send shows.
pub const fn wechat_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Image => "image",
        Kind::Voice => "voice",
        Kind::Video => "mpvideo",
        Kind::News => "mpnews",
    }
}

const fn reply_kind(kind: Kind) -> ReplyKind {
    match kind {
        Kind::Text => ReplyKind::Text,
        Kind::Image => ReplyKind::Image,
        Kind::Voice => ReplyKind::Voice,
        Kind::Video => ReplyKind::Video,
        Kind::News => ReplyKind::News,
    }
}

/// Errors: `Invalid`, naming `field`, for a material that does not exist, and what WeChat would refuse of it.
async fn require_material(
    context: &Context,
    connection: &impl ConnectionTrait,
    account_id: &str,
    target: &Target,
    field: &'static str,
) -> Result<()> {
    replies::require(connection, account_id, target, field).await?;
    if target.kind == ReplyKind::News {
        super::news::require_sendable(context, connection, account_id, target.id.trim()).await?;
    }
    Ok(())
}

/// The mass sends that still need a material, in words; not many more than are named.
pub(super) async fn uses(connection: &impl ConnectionTrait, account_id: &str, id: &str) -> Result<Vec<String>> {
    let sends: Vec<(String, Timestamp)> = mass_send::Entity::find()
        .select_only()
        .columns([mass_send::Column::Id, mass_send::Column::CreatedAt])
        .filter(mass_send::Column::AccountId.eq(account_id))
        .filter(mass_send::Column::MaterialId.eq(id))
        .filter(mass_send::Column::State.is_in([State::Queued, State::Preparing, State::Sending]))
        .limit(NAMED)
        .into_tuple()
        .all(connection)
        .await?;
    let shown = |at: Timestamp| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    Ok(sends.into_iter().map(|(id, at)| format!("mass send {id} of {}", shown(at))).collect())
}

/// Errors: `Invalid` when the account has another app by now, whose followers were never meant, and which knows nothing of what
/// the old one was asked to send.
fn require_same_app(mass_send: &mass_send::Model, credentials: &Credentials) -> Result<()> {
    if mass_send.app_id == credentials.app_id {
        return Ok(());
    }
    let reason = format!("the account was given another app since the send was accepted for {}", mass_send.app_id);
    Err(Error::invalid("accountId", reason))
}

/// Whether WeChat would send a chunk that goes this way twice if it was asked twice: a preview has no `clientmsgid`.
const fn is_repeatable(way: Way) -> bool {
    !matches!(way, Way::Preview)
}

/// The key of the job that works on a mass send or a chunk.
fn job_key(name: &str, id: &str) -> String {
    format!("{name}:{id}")
}

/// Cancels the jobs that would submit these chunks, in a transaction that locked the account.
async fn supersede_submissions(txn: &DatabaseTransaction, chunk_ids: &[String]) -> Result<()> {
    for id in chunk_ids {
        crate::queue::supersede(txn, &job_key(SUBMIT_JOB, id)).await?;
    }
    Ok(())
}
