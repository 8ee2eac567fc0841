//! Texts.

use sea_orm_migration::prelude::*;

use crate::columns::{id, instant, table, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, Text::Table)
                    .col(id(Text::AccountId))
                    .col(id(Text::Id))
                    .col(text(Text::Content))
                    .col(instant(Text::CreatedAt))
                    .primary_key(Index::create().col(Text::AccountId).col(Text::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("text_account")
                            .from(Text::Table, Text::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The list of texts, newest first.
        manager
            .create_index(
                Index::create()
                    .name("text_created")
                    .table(Text::Table)
                    .col(Text::AccountId)
                    .col(Text::CreatedAt)
                    .col(Text::Id)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Text::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Text {
    Table,
    AccountId,
    Id,
    Content,
    CreatedAt,
}
