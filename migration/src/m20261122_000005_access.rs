//! API tokens and the audit trail.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, id, instant, optional_instant, optional_string, string, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, ApiToken::Table)
                    .col(id(ApiToken::Id))
                    .col(optional_string(ApiToken::Label, 100))
                    .col(string(ApiToken::Digest, 64))
                    .col(string(ApiToken::Role, 20))
                    .col(flag(ApiToken::Limited))
                    .col(instant(ApiToken::CreatedAt))
                    .col(optional_instant(ApiToken::ExpiresAt))
                    .col(optional_instant(ApiToken::LastUsedAt))
                    .col(optional_instant(ApiToken::RevokedAt))
                    .primary_key(Index::create().col(ApiToken::Id))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("api_token_digest")
                    .table(ApiToken::Table)
                    .col(ApiToken::Digest)
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, ApiTokenAccount::Table)
                    .col(id(ApiTokenAccount::TokenId))
                    .col(id(ApiTokenAccount::AccountId))
                    .primary_key(Index::create().col(ApiTokenAccount::TokenId).col(ApiTokenAccount::AccountId))
                    .foreign_key(
                        ForeignKey::create()
                            .name("api_token_account_token")
                            .from(ApiTokenAccount::Table, ApiTokenAccount::TokenId)
                            .to(ApiToken::Table, ApiToken::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("api_token_account_account")
                            .from(ApiTokenAccount::Table, ApiTokenAccount::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, Audit::Table)
                    .col(id(Audit::Id))
                    .col(instant(Audit::At))
                    .col(string(Audit::Actor, 100))
                    .col(optional_string(Audit::AccountId, 45))
                    .col(string(Audit::Action, 50))
                    .col(optional_string(Audit::ObjectId, 100))
                    .primary_key(Index::create().col(Audit::Id))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("audit_account")
                    .table(Audit::Table)
                    .col(Audit::AccountId)
                    .col(Audit::Id)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Audit::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(ApiTokenAccount::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(ApiToken::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum ApiToken {
    Table,
    Id,
    Label,
    Digest,
    Role,
    Limited,
    CreatedAt,
    ExpiresAt,
    LastUsedAt,
    RevokedAt,
}

#[derive(DeriveIden)]
enum ApiTokenAccount {
    Table,
    TokenId,
    AccountId,
}

#[derive(DeriveIden)]
enum Audit {
    Table,
    Id,
    At,
    Actor,
    AccountId,
    Action,
    ObjectId,
}
