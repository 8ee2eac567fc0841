//! Mass sends, their chunks, and to whom each chunk goes.

use sea_orm_migration::prelude::*;

use crate::columns::{
    count, flag, id, instant, integer, optional_instant, optional_string, optional_text, string, table, text,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, MassSend::Table)
                    .col(id(MassSend::AccountId))
                    .col(id(MassSend::Id))
                    .col(string(MassSend::AppId, 100))
                    .col(string(MassSend::Kind, 20))
                    .col(id(MassSend::MaterialId))
                    .col(id(MassSend::GroupId))
                    .col(ColumnDef::new(MassSend::Gender).small_integer().null())
                    .col(string(MassSend::Way, 20))
                    .col(optional_number(MassSend::TagId))
                    .col(flag(MassSend::IgnoreReprint))
                    .col(string(MassSend::State, 20))
                    .col(count(MassSend::Recipients))
                    .col(optional_instant(MassSend::ScheduledAt))
                    .col(optional_instant(MassSend::PreparedAt))
                    .col(optional_instant(MassSend::FinishedAt))
                    .col(optional_instant(MassSend::DeletedAt))
                    .col(optional_text(MassSend::LastError))
                    .col(text(MassSend::Actor))
                    .col(instant(MassSend::CreatedAt))
                    .primary_key(Index::create().col(MassSend::AccountId).col(MassSend::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("mass_send_account")
                            .from(MassSend::Table, MassSend::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The list of an account, newest first.
        manager
            .create_index(
                Index::create()
                    .name("mass_send_list")
                    .table(MassSend::Table)
                    .col(MassSend::AccountId)
                    .col(MassSend::CreatedAt)
                    .col(MassSend::Id)
                    .to_owned(),
            )
            .await?;
        // Which mass sends show a material.
        manager
            .create_index(
                Index::create()
                    .name("mass_send_material")
                    .table(MassSend::Table)
                    .col(MassSend::AccountId)
                    .col(MassSend::MaterialId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, MassSendChunk::Table)
                    .col(id(MassSendChunk::AccountId))
                    .col(id(MassSendChunk::Id))
                    .col(id(MassSendChunk::MassSendId))
                    .col(integer(MassSendChunk::Position))
                    .col(count(MassSendChunk::Recipients))
                    .col(string(MassSendChunk::ClientMsgId, 32))
                    .col(string(MassSendChunk::State, 20))
                    .col(optional_string(MassSendChunk::MediaId, 255))
                    .col(flag(MassSendChunk::MaybeSent))
                    .col(optional_number(MassSendChunk::MsgId))
                    .col(optional_number(MassSendChunk::MsgDataId))
                    .col(optional_text(MassSendChunk::Status))
                    .col(optional_number(MassSendChunk::Errcode))
                    .col(optional_text(MassSendChunk::Error))
                    .col(optional_number(MassSendChunk::TotalCount))
                    .col(optional_number(MassSendChunk::FilterCount))
                    .col(optional_number(MassSendChunk::SentCount))
                    .col(optional_number(MassSendChunk::ErrorCount))
                    .col(optional_instant(MassSendChunk::SubmittedAt))
                    .col(optional_instant(MassSendChunk::SentAt))
                    .col(optional_instant(MassSendChunk::FinishedAt))
                    .col(optional_instant(MassSendChunk::DeletedAt))
                    .primary_key(Index::create().col(MassSendChunk::AccountId).col(MassSendChunk::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("mass_send_chunk_mass_send")
                            .from(MassSendChunk::Table, (MassSendChunk::AccountId, MassSendChunk::MassSendId))
                            .to(MassSend::Table, (MassSend::AccountId, MassSend::Id))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The chunks of a mass send, in order.
        manager
            .create_index(
                Index::create()
                    .name("mass_send_chunk_order")
                    .table(MassSendChunk::Table)
                    .col(MassSendChunk::AccountId)
                    .col(MassSendChunk::MassSendId)
                    .col(MassSendChunk::Position)
                    .unique()
                    .to_owned(),
            )
            .await?;
        // Which chunk WeChat reports on.
        manager
            .create_index(
                Index::create()
                    .name("mass_send_chunk_msg")
                    .table(MassSendChunk::Table)
                    .col(MassSendChunk::AccountId)
                    .col(MassSendChunk::MsgId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, MassSendAudience::Table)
                    .col(id(MassSendAudience::AccountId))
                    .col(id(MassSendAudience::ChunkId))
                    .col(integer(MassSendAudience::Slice))
                    .col(text(MassSendAudience::Openids))
                    .primary_key(
                        Index::create()
                            .col(MassSendAudience::AccountId)
                            .col(MassSendAudience::ChunkId)
                            .col(MassSendAudience::Slice),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("mass_send_audience_chunk")
                            .from(MassSendAudience::Table, (MassSendAudience::AccountId, MassSendAudience::ChunkId))
                            .to(MassSendChunk::Table, (MassSendChunk::AccountId, MassSendChunk::Id))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(MassSendAudience::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(MassSendChunk::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(MassSend::Table).to_owned()).await
    }
}

/// A number that may not be known.
fn optional_number<T: IntoIden>(name: T) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer().null();
    column
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum MassSend {
    Table,
    AccountId,
    Id,
    AppId,
    Kind,
    MaterialId,
    GroupId,
    Gender,
    Way,
    TagId,
    IgnoreReprint,
    State,
    Recipients,
    ScheduledAt,
    PreparedAt,
    FinishedAt,
    DeletedAt,
    LastError,
    Actor,
    CreatedAt,
}

#[derive(DeriveIden)]
enum MassSendChunk {
    Table,
    AccountId,
    Id,
    MassSendId,
    Position,
    Recipients,
    ClientMsgId,
    State,
    MediaId,
    MaybeSent,
    MsgId,
    MsgDataId,
    Status,
    Errcode,
    Error,
    TotalCount,
    FilterCount,
    SentCount,
    ErrorCount,
    SubmittedAt,
    SentAt,
    FinishedAt,
    DeletedAt,
}

#[derive(DeriveIden)]
enum MassSendAudience {
    Table,
    AccountId,
    ChunkId,
    Slice,
    Openids,
}
