//! Taking a mass send on: who gets it is settled, and the work is asked for.

use chrono::TimeDelta;
use entity::mass_send::{self, Kind, State, Way};
use entity::mass_send_chunk::{self, State as ChunkState};
use entity::{Timestamp, mass_send_audience};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait as _};

use super::audience::{Plan, Recipients, plan};
use super::{MassSendPayload, PREPARE_JOB, job_key, reply_kind, require_material};
use crate::domain::replies::Target;
use crate::domain::{Context, Scope, credentials};
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};
use crate::{audit, clock};

/// How long before its time what a scheduled send shows is taken to WeChat: later, and a slow upload would delay it;
/// earlier, and an edit in the meantime would not be seen.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

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

/// Takes a mass send on. Its recipients are those who follow now; its material is as it will be when it goes out.
///
/// Errors: `NoRecipients`; `Invalid` for a material that does not exist or that WeChat would refuse, for followers whom this
/// kind of account cannot send to, for a time in the past or beyond a year, and while the account has no credentials.
pub async fn accept(context: &Context, scope: &Scope, new: NewMassSend) -> Result<mass_send::Model> {
    credentials::open(context, &scope.account)?;
    let now = clock::now();
    let scheduled_at = new.scheduled_at.map(|at| checked_time(at, now)).transpose()?;
    let txn = context.begin(scope.id()).await?;
    let material = Target { kind: reply_kind(new.kind), id: new.material_id.trim().to_owned() };
    require_material(context, &txn, scope.id(), &material, "materialId").await?;
    let plan = plan(&txn, &scope.account, &new.to).await?;
    let mass_send = mass_send::ActiveModel {
        account_id: Set(scope.id().to_owned()),
        id: Set(clock::new_id()),
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
    write_chunks(&txn, &mass_send, plan, &new.to).await?;
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

/// Writes the chunks; where WeChat is given openids, also these, page by page: memory does not grow with their number.
async fn write_chunks(
    txn: &DatabaseTransaction,
    mass_send: &mass_send::Model,
    plan: Plan,
    to: &Recipients,
) -> Result<()> {
    let by_openids = matches!(plan.way, Way::Openids | Way::Preview);
    let mut after: Option<String> = None;
    for (position, size) in (0..).zip(plan.chunk_sizes()) {
        let chunk_id = clock::new_id();
        let chunk = mass_send_chunk::ActiveModel {
            account_id: Set(mass_send.account_id.clone()),
            id: Set(chunk_id.clone()),
            mass_send_id: Set(mass_send.id.clone()),
            position: Set(position),
            recipients: Set(i64::try_from(size)?),
            state: Set(ChunkState::Pending),
            maybe_sent: Set(false),
            ..Default::default()
        };
        mass_send_chunk::Entity::insert(chunk).exec_without_returning(txn).await?;
        if by_openids {
            let openids = to.openids(txn, &mass_send.account_id, after.as_deref(), size).await?;
            if u64::try_from(openids.len())? != size {
                return Err(Error::Internal("the followers changed while they were counted".into()));
            }
            after = openids.last().cloned();
            let audience = mass_send_audience::ActiveModel {
                account_id: Set(mass_send.account_id.clone()),
                chunk_id: Set(chunk_id),
                openids: Set(openids.join("\n")),
            };
            mass_send_audience::Entity::insert(audience).exec_without_returning(txn).await?;
        }
    }
    Ok(())
}
