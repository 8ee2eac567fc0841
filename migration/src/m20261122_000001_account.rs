//! Accounts.

use sea_orm_migration::prelude::*;

use crate::columns::{count, flag, id, instant, optional_instant, optional_string, optional_text, string, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, Account::Table)
                    .col(id(Account::Id))
                    .col(string(Account::WeixinId, 100))
                    .col(optional_string(Account::Name, 100))
                    .col(string(Account::Kind, 20))
                    .col(flag(Account::Verified))
                    .col(optional_string(Account::AppId, 100))
                    .col(optional_text(Account::AppSecret))
                    .col(string(Account::WebhookToken, 100))
                    .col(optional_text(Account::EncodingAesKey))
                    .col(string(Account::WebhookMode, 20))
                    .col(count(Account::FollowerCount))
                    .col(optional_instant(Account::FollowersFetchedAt))
                    .col(instant(Account::CreatedAt))
                    .col(instant(Account::UpdatedAt))
                    .primary_key(Index::create().col(Account::Id))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("account_weixin_id")
                    .table(Account::Table)
                    .col(Account::WeixinId)
                    .unique()
                    .to_owned(),
            )
            .await?;
        // The list of accounts, newest first.
        manager
            .create_index(
                Index::create()
                    .name("account_created")
                    .table(Account::Table)
                    .col(Account::CreatedAt)
                    .col(Account::Id)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Account::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
    WeixinId,
    Name,
    Kind,
    Verified,
    AppId,
    AppSecret,
    WebhookToken,
    EncodingAesKey,
    WebhookMode,
    FollowerCount,
    FollowersFetchedAt,
    CreatedAt,
    UpdatedAt,
}
