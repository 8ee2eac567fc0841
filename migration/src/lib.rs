//! The schema of Odaesan's database, one file a step.
//!
//! The same steps run on SQLite, PostgreSQL and MySQL or MariaDB. A step that was released is history: it is never
//! changed, uses no entity (which would change under it), and has a working `down`. New needs are new steps, that
//! first expand and only later contract.

mod columns;
mod m20261122_000001_account;
mod m20261122_000002_follower;
mod m20261122_000003_text;
mod m20261122_000004_job;
mod m20261122_000005_access;
mod m20261122_000006_idempotency;
mod m20261122_000007_media;
mod m20261122_000008_news;
mod m20261122_000009_wechat_copy;
mod m20261122_000010_keyword_rule;
mod m20261122_000011_menu;
mod m20261122_000012_message;
mod m20261122_000013_mass_send;

pub use sea_orm_migration::prelude::*;

/// All steps, in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_account::Migration),
            Box::new(m20261122_000002_follower::Migration),
            Box::new(m20261122_000003_text::Migration),
            Box::new(m20261122_000004_job::Migration),
            Box::new(m20261122_000005_access::Migration),
            Box::new(m20261122_000006_idempotency::Migration),
            Box::new(m20261122_000007_media::Migration),
            Box::new(m20261122_000008_news::Migration),
            Box::new(m20261122_000009_wechat_copy::Migration),
            Box::new(m20261122_000010_keyword_rule::Migration),
            Box::new(m20261122_000011_menu::Migration),
            Box::new(m20261122_000012_message::Migration),
            Box::new(m20261122_000013_mass_send::Migration),
        ]
    }
}
