//! Files, and the materials that are files.

use sea_orm_migration::prelude::*;

use crate::columns::{count, id, instant, optional_instant, string, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, StoredFile::Table)
                    .col(id(StoredFile::AccountId))
                    .col(id(StoredFile::Id))
                    .col(string(StoredFile::MediaType, 100))
                    .col(count(StoredFile::Size))
                    .col(string(StoredFile::Sha256, 64))
                    .col(string(StoredFile::State, 20))
                    .col(instant(StoredFile::ChangedAt))
                    .col(instant(StoredFile::CreatedAt))
                    .primary_key(Index::create().col(StoredFile::AccountId).col(StoredFile::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("stored_file_account")
                            .from(StoredFile::Table, StoredFile::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // What the sweep looks for.
        manager
            .create_index(
                Index::create()
                    .name("stored_file_state")
                    .table(StoredFile::Table)
                    .col(StoredFile::State)
                    .col(StoredFile::ChangedAt)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, Media::Table)
                    .col(id(Media::AccountId))
                    .col(id(Media::Id))
                    .col(string(Media::Kind, 20))
                    .col(string(Media::Name, 100))
                    .col(string(Media::Title, 100))
                    .col(string(Media::Description, 1_000))
                    .col(id(Media::FileId))
                    .col(instant(Media::CreatedAt))
                    .col(instant(Media::UpdatedAt))
                    .col(optional_instant(Media::DeletedAt))
                    .primary_key(Index::create().col(Media::AccountId).col(Media::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("media_account")
                            .from(Media::Table, Media::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("media_file")
                            .from(Media::Table, (Media::AccountId, Media::FileId))
                            .to(StoredFile::Table, (StoredFile::AccountId, StoredFile::Id))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The list of a kind, newest first.
        manager
            .create_index(
                Index::create()
                    .name("media_created")
                    .table(Media::Table)
                    .col(Media::AccountId)
                    .col(Media::Kind)
                    .col(Media::DeletedAt)
                    .col(Media::CreatedAt)
                    .col(Media::Id)
                    .to_owned(),
            )
            .await?;
        // Whose file it is.
        manager
            .create_index(
                Index::create()
                    .name("media_of_file")
                    .table(Media::Table)
                    .col(Media::AccountId)
                    .col(Media::FileId)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Media::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(StoredFile::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum StoredFile {
    Table,
    AccountId,
    Id,
    MediaType,
    Size,
    Sha256,
    State,
    ChangedAt,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Media {
    Table,
    AccountId,
    Id,
    Kind,
    Name,
    Title,
    Description,
    FileId,
    CreatedAt,
    UpdatedAt,
    DeletedAt,
}
