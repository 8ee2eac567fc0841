//! Answers to requests with an `Idempotency-Key`.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{instant, optional_string, string, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut body = ColumnDef::new(Idempotency::Body);
        // A MySQL `blob` ends at 64 KiB, and a GraphQL answer may be longer.
        match manager.get_database_backend() {
            DbBackend::MySql => body.custom("longblob").null(),
            _ => body.binary().null(),
        };
        manager
            .create_table(
                table(manager, Idempotency::Table)
                    .col(string(Idempotency::Id, 64))
                    .col(optional_string(Idempotency::Fingerprint, 64))
                    .col(ColumnDef::new(Idempotency::Status).small_integer().null())
                    .col(optional_string(Idempotency::ContentType, 200))
                    .col(body)
                    .col(instant(Idempotency::CreatedAt))
                    .col(instant(Idempotency::ExpiresAt))
                    .primary_key(Index::create().col(Idempotency::Id))
                    .to_owned(),
            )
            .await?;
        // What the sweep looks for.
        manager
            .create_index(
                Index::create()
                    .name("idempotency_expires")
                    .table(Idempotency::Table)
                    .col(Idempotency::ExpiresAt)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Idempotency::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Idempotency {
    Table,
    Id,
    Fingerprint,
    Status,
    ContentType,
    Body,
    CreatedAt,
    ExpiresAt,
}
