//! What WeChat holds of files and news.

use sea_orm_migration::prelude::*;

use crate::columns::{id, instant, optional_instant, optional_string, optional_text, string, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, WechatCopy::Table)
                    .col(id(WechatCopy::AccountId))
                    .col(string(WechatCopy::Form, 20))
                    .col(id(WechatCopy::SourceId))
                    .col(string(WechatCopy::State, 20))
                    .col(optional_string(WechatCopy::MediaId, 200))
                    .col(optional_text(WechatCopy::Url))
                    .col(optional_text(WechatCopy::LastError))
                    .col(optional_instant(WechatCopy::UploadedAt))
                    .col(optional_instant(WechatCopy::ExpiresAt))
                    .col(instant(WechatCopy::ChangedAt))
                    .primary_key(
                        Index::create().col(WechatCopy::AccountId).col(WechatCopy::Form).col(WechatCopy::SourceId),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("wechat_copy_account")
                            .from(WechatCopy::Table, WechatCopy::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // What is to be refreshed before WeChat drops it.
        manager
            .create_index(
                Index::create()
                    .name("wechat_copy_expires")
                    .table(WechatCopy::Table)
                    .col(WechatCopy::State)
                    .col(WechatCopy::ExpiresAt)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(WechatCopy::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum WechatCopy {
    Table,
    AccountId,
    Form,
    SourceId,
    State,
    MediaId,
    Url,
    LastError,
    UploadedAt,
    ExpiresAt,
    ChangedAt,
}
