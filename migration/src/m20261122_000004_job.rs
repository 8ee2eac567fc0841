//! Jobs.

use sea_orm_migration::prelude::*;

use crate::columns::{count, flag, id, instant, optional_instant, optional_string, optional_text, string, table, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, Job::Table)
                    .col(id(Job::Id))
                    .col(id(Job::AccountId))
                    .col(string(Job::Name, 50))
                    .col(optional_string(Job::UniqueKey, 200))
                    .col(optional_string(Job::LiveKey, 200))
                    .col(text(Job::Payload))
                    .col(optional_text(Job::Checkpoint))
                    .col(string(Job::State, 20))
                    .col(instant(Job::DueAt))
                    .col(optional_string(Job::Lease, 45))
                    .col(flag(Job::CancelRequested))
                    .col(ColumnDef::new(Job::Failures).integer().not_null().default(0))
                    .col(count(Job::Done))
                    .col(ColumnDef::new(Job::Total).big_integer().null())
                    .col(count(Job::Skipped))
                    .col(optional_text(Job::LastError))
                    .col(instant(Job::CreatedAt))
                    .col(optional_instant(Job::StartedAt))
                    .col(optional_instant(Job::FinishedAt))
                    .primary_key(Index::create().col(Job::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("job_account")
                            .from(Job::Table, Job::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name("job_live_key").table(Job::Table).col(Job::LiveKey).unique().to_owned())
            .await?;
        // What a worker looks for: live jobs that are due.
        manager
            .create_index(
                Index::create()
                    .name("job_due")
                    .table(Job::Table)
                    .col(Job::State)
                    .col(Job::DueAt)
                    .col(Job::Id)
                    .to_owned(),
            )
            .await?;
        // The list of an account's jobs, newest first.
        manager
            .create_index(
                Index::create()
                    .name("job_created")
                    .table(Job::Table)
                    .col(Job::AccountId)
                    .col(Job::CreatedAt)
                    .col(Job::Id)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Job::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Job {
    Table,
    Id,
    AccountId,
    Name,
    UniqueKey,
    LiveKey,
    Payload,
    Checkpoint,
    State,
    DueAt,
    Lease,
    CancelRequested,
    Failures,
    Done,
    Total,
    Skipped,
    LastError,
    CreatedAt,
    StartedAt,
    FinishedAt,
}
