//! Work that outlives the request that asked for it.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One job.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The account it works for.
    pub account_id: String,
    /// Name of the kind of work, as registered in the service. Stored, so never renamed.
    pub name: String,
    /// What the job works on, where only one such job may be live at a time.
    pub unique_key: Option<String>,
    /// `unique_key` while the job is live, null once it ended: the unique index on it ignores ended jobs.
    pub live_key: Option<String>,
    /// What to do, JSON of the kind's own type.
    pub payload: String,
    /// How far it came, JSON of the kind's own type: where a new attempt resumes.
    pub checkpoint: Option<String>,
    /// Where it stands.
    pub state: State,
    /// Not before this instant; while a worker holds the job, the end of its lease.
    pub due_at: Timestamp,
    /// Names the one attempt that may write to this row; changes at every claim.
    pub lease: Option<String>,
    /// Somebody asked a running job to stop.
    pub cancel_requested: bool,
    /// Failed attempts in a row; progress sets it back to 0.
    pub failures: i32,
    /// Units of work done.
    pub done: i64,
    /// Units of work in all, as far as known.
    pub total: Option<i64>,
    /// Units that had to be left out.
    pub skipped: i64,
    /// The last failure, in words fit for a client.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When a worker first took it.
    pub started_at: Option<Timestamp>,
    /// When it ended, in whatever way.
    pub finished_at: Option<Timestamp>,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum State {
    /// Waits for its time and a worker; also between two attempts.
    #[sea_orm(string_value = "queued")]
    Queued,
    /// A worker holds it under a lease.
    #[sea_orm(string_value = "running")]
    Running,
    /// Done.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// Given up; somebody may retry it.
    #[sea_orm(string_value = "failed")]
    Failed,
    /// Stopped on request; somebody may retry it.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
