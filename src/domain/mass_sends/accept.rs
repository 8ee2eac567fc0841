//! Taking a mass send on: who gets it is settled, and the work is asked for.

use chrono::TimeDelta;
use entity::mass_send::{self, Kind, State, Way};
use entity::mass_send_chunk::{self, State as ChunkState};
use entity::{Timestamp, account, mass_send_audience};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait as _};

use super::audience::{Openids, Plan, Recipients, plan};
use super::{MassSendPayload, PREPARE_JOB, job_key, reply_kind, require_material};
use crate::domain::replies::Target;
use crate::domain::{Context, Scope, credentials};
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};
use crate::{audit, clock};

/// How long before its time what a scheduled send shows is taken to WeChat: later, and a slow upload would delay it;
/// earlier, and an edit in the meantime would not be seen.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// Openids of one slice, of some 29 bytes each: one statement that goes out at once, see [`crate::database::STATEMENT_BYTES`].
const SLICE: usize = 400;

/// Furthest that a send can be scheduled.
const FURTHEST: TimeDelta = TimeDelta::days(366);

/// A mass send to be taken on.
#[derive(Clone, Debug)]
pub struct NewMassSend {
    /// What it shows.
    pub kind: Kind,
    /// The material.
    pub material_id: String,
    /// Who gets it.
    pub to: Recipients,
    /// Not before; `None`: at once.
    pub scheduled_at: Option<Timestamp>,
    /// Whether to send also what WeChat finds to be a reprint.
    pub ignore_reprint: bool,
}

/// Takes a mass send on. Its recipients are those who follow now; its material is shown as it is when it is prepared.
///
/// Errors: `NoRecipients`; `Invalid` for a material that does not exist or that WeChat would refuse, for followers whom this
/// kind of account cannot send to, for a time in the past or beyond a year, and while the account has no credentials.
pub async fn accept(context: &Context, scope: &Scope, new: NewMassSend) -> Result<mass_send::Model> {
    let credentials = credentials::open(context, &scope.account)?;
    let now = clock::now();
    let scheduled_at = new.scheduled_at.map(|at| checked_time(at, now)).transpose()?;
    let material = Target { kind: reply_kind(new.kind), id: new.material_id.trim().to_owned() };
    // Before the account is locked: whatever its followers do must not wait for a long list.
    let (openids, recipients) = match scope.account.kind {
        account::Kind::Service => Openids::read(context, scope.id(), &new.to).await?,
        account::Kind::Subscription => (Openids::default(), new.to.count(&context.database, scope.id()).await?),
    };
    let plan = plan(&context.database, &scope.account, &new.to, recipients).await?;
    let txn = context.begin(scope.id()).await?;
    require_material(context, &txn, scope.id(), &material, "materialId").await?;
    let mass_send = mass_send::ActiveModel {
        account_id: Set(scope.id().to_owned()),
        id: Set(clock::new_id()),
        app_id: Set(credentials.app_id.clone()),
        kind: Set(new.kind),
        material_id: Set(material.id),
        group_id: Set(new.to.group_id.trim().to_owned()),
        gender: Set(new.to.gender),
        way: Set(plan.way),
        tag_id: Set(plan.tag_id),
        ignore_reprint: Set(new.ignore_reprint),
        state: Set(State::Queued),
        recipients: Set(i64::try_from(plan.recipients)?),
        scheduled_at: Set(scheduled_at),
        prepared_at: Set(None),
        finished_at: Set(None),
        deleted_at: Set(None),
        last_error: Set(None),
        actor: Set(scope.actor.clone()),
        created_at: Set(now),
    };
    let mass_send = mass_send::Entity::insert(mass_send).exec_with_returning(&txn).await?;
    write_chunks(&txn, &mass_send, plan, &openids).await?;
    let job = NewJob {
        name: PREPARE_JOB,
        account_id: scope.id(),
        unique_key: Some(job_key(PREPARE_JOB, &mass_send.id)),
        due_at: scheduled_at.map(|at| clock::before(at, AHEAD)),
    };
    queue::enqueue(&txn, job, &MassSendPayload { mass_send_id: mass_send.id.clone() }).await?;
    audit::record(&txn, &scope.actor, "massSend.create", Some(scope.id()), Some(&mass_send.id)).await?;
    context.commit_work(txn).await?;
    Ok(mass_send)
}

/// Errors: `Invalid` for a time that has passed or is too far away.
fn checked_time(at: Timestamp, now: Timestamp) -> Result<Timestamp> {
    if *at <= *now {
        return Err(Error::invalid("scheduledAt", "must lie in the future; leave it out to send at once"));
    }
    if *at > *now + FURTHEST {
        return Err(Error::invalid("scheduledAt", format!("must lie within {} days", FURTHEST.num_days())));
    }
    Ok(at)
}

/// Writes the chunks; where WeChat is given openids, also these.
async fn write_chunks(
    txn: &DatabaseTransaction,
    mass_send: &mass_send::Model,
    plan: Plan,
    openids: &Openids,
) -> Result<()> {
    let mut openids = openids.iter();
    for (position, size) in (0..).zip(plan.chunk_sizes()) {
        let chunk_id = clock::new_id();
        let chunk = mass_send_chunk::ActiveModel {
            account_id: Set(mass_send.account_id.clone()),
            id: Set(chunk_id.clone()),
            mass_send_id: Set(mass_send.id.clone()),
            position: Set(position),
            recipients: Set(i64::try_from(size)?),
            client_msg_id: Set(new_client_msg_id()),
            state: Set(ChunkState::Pending),
            maybe_sent: Set(false),
            ..Default::default()
        };
        mass_send_chunk::Entity::insert(chunk).exec_without_returning(txn).await?;
        if matches!(plan.way, Way::Openids | Way::Preview) {
            let of_chunk: Vec<&str> = openids.by_ref().take(usize::try_from(size)?).collect();
            for (slice, openids) in (0..).zip(of_chunk.chunks(SLICE)) {
                let audience = mass_send_audience::ActiveModel {
                    account_id: Set(mass_send.account_id.clone()),
                    chunk_id: Set(chunk_id.clone()),
                    slice: Set(slice),
                    openids: Set(openids.join("\n")),
                };
                mass_send_audience::Entity::insert(audience).exec_without_returning(txn).await?;
            }
        }
    }
    Ok(())
}

/// A new `clientmsgid`: a UUID without its hyphens, 32 bytes, which is the longest that WeChat takes. Source: WeChat reference,
/// section 8.1.
pub(super) fn new_client_msg_id() -> String {
    clock::new_id().replace('-', "")
}
