//! Keyword rules and their keywords.

use sea_orm_migration::prelude::*;

use crate::columns::{count, flag, id, instant, integer, optional_instant, optional_string, string, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table(Account::Table).add_column(count(Account::RulesVersion)).to_owned())
            .await?;
        manager
            .create_table(
                table(manager, KeywordRule::Table)
                    .col(id(KeywordRule::AccountId))
                    .col(id(KeywordRule::Id))
                    .col(string(KeywordRule::Name, 100))
                    .col(string(KeywordRule::Purpose, 20))
                    .col(optional_string(KeywordRule::OnlyOne, 20))
                    .col(string(KeywordRule::ReplyKind, 20))
                    .col(id(KeywordRule::ReplyId))
                    .col(instant(KeywordRule::CreatedAt))
                    .col(instant(KeywordRule::UpdatedAt))
                    .col(optional_instant(KeywordRule::DeletedAt))
                    .primary_key(Index::create().col(KeywordRule::AccountId).col(KeywordRule::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("keyword_rule_account")
                            .from(KeywordRule::Table, KeywordRule::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The list of rules, oldest first.
        manager
            .create_index(
                Index::create()
                    .name("keyword_rule_created")
                    .table(KeywordRule::Table)
                    .col(KeywordRule::AccountId)
                    .col(KeywordRule::Purpose)
                    .col(KeywordRule::DeletedAt)
                    .col(KeywordRule::CreatedAt)
                    .col(KeywordRule::Id)
                    .to_owned(),
            )
            .await?;
        // One rule for each purpose that allows only one.
        manager
            .create_index(
                Index::create()
                    .name("keyword_rule_only_one")
                    .table(KeywordRule::Table)
                    .col(KeywordRule::AccountId)
                    .col(KeywordRule::OnlyOne)
                    .unique()
                    .to_owned(),
            )
            .await?;
        // Which rules reply with a material.
        manager
            .create_index(
                Index::create()
                    .name("keyword_rule_reply")
                    .table(KeywordRule::Table)
                    .col(KeywordRule::AccountId)
                    .col(KeywordRule::ReplyId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, Keyword::Table)
                    .col(id(Keyword::AccountId))
                    .col(id(Keyword::Id))
                    .col(id(Keyword::RuleId))
                    .col(integer(Keyword::Position))
                    .col(string(Keyword::Content, 500))
                    .col(flag(Keyword::Fuzzy))
                    .primary_key(Index::create().col(Keyword::AccountId).col(Keyword::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("keyword_of_rule")
                            .from(Keyword::Table, (Keyword::AccountId, Keyword::RuleId))
                            .to(KeywordRule::Table, (KeywordRule::AccountId, KeywordRule::Id))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The keywords of a rule, in their order.
        manager
            .create_index(
                Index::create()
                    .name("keyword_position")
                    .table(Keyword::Table)
                    .col(Keyword::AccountId)
                    .col(Keyword::RuleId)
                    .col(Keyword::Position)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Keyword::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(KeywordRule::Table).to_owned()).await?;
        manager.alter_table(Table::alter().table(Account::Table).drop_column(Account::RulesVersion).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
    RulesVersion,
}

#[derive(DeriveIden)]
enum KeywordRule {
    Table,
    AccountId,
    Id,
    Name,
    Purpose,
    OnlyOne,
    ReplyKind,
    ReplyId,
    CreatedAt,
    UpdatedAt,
    DeletedAt,
}

#[derive(DeriveIden)]
enum Keyword {
    Table,
    AccountId,
    Id,
    RuleId,
    Position,
    Content,
    Fuzzy,
}
