//! Pushes, their number, and what the staff wrote.

use sea_orm_migration::prelude::*;

use crate::columns::{
    count, flag, id, instant, long_text, optional_instant, optional_long_text, optional_string, optional_text, string,
    table, text,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, Message::Table)
                    .col(id(Message::AccountId))
                    .col(id(Message::Id))
                    .col(id(Message::Delivery))
                    .col(string(Message::Kind, 20))
                    .col(flag(Message::IsEvent))
                    .col(optional_string(Message::Event, 100))
                    .col(id(Message::Openid))
                    .col(optional_long_text(manager, Message::Content))
                    .col(optional_long_text(manager, Message::Folded))
                    .col(long_text(manager, Message::Payload))
                    .col(instant(Message::CreatedAt))
                    .col(instant(Message::ReceivedAt))
                    .col(flag(Message::ByKeyword))
                    .col(optional_string(Message::RuleId, 45))
                    .col(optional_string(Message::ButtonId, 45))
                    .col(string(Message::ReplyState, 20))
                    .col(optional_string(Message::ReplyKind, 20))
                    .col(optional_string(Message::ReplyId, 45))
                    .col(optional_long_text(manager, Message::Reply))
                    .col(optional_instant(Message::RepliedAt))
                    .col(optional_text(Message::ReplyError))
                    .col(optional_string(Message::FileId, 45))
                    .col(optional_string(Message::ThumbFileId, 45))
                    .col(optional_text(Message::FileError))
                    .primary_key(Index::create().col(Message::AccountId).col(Message::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("message_account")
                            .from(Message::Table, Message::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The list of messages, and that of events, newest first; what they are filtered by is in the index, so that
        // pages that lie deep and counts of a stretch of time need no row.
        manager
            .create_index(
                Index::create()
                    .name("message_created")
                    .table(Message::Table)
                    .col(Message::AccountId)
                    .col(Message::IsEvent)
                    .col(Message::CreatedAt)
                    .col(Message::Id)
                    .col(Message::Kind)
                    .col(Message::ByKeyword)
                    .to_owned(),
            )
            .await?;
        // The messages of one kind, and how many they are.
        manager
            .create_index(
                Index::create()
                    .name("message_kind")
                    .table(Message::Table)
                    .col(Message::AccountId)
                    .col(Message::Kind)
                    .col(Message::CreatedAt)
                    .col(Message::Id)
                    .to_owned(),
            )
            .await?;
        // What one follower sent.
        manager
            .create_index(
                Index::create()
                    .name("message_sender")
                    .table(Message::Table)
                    .col(Message::AccountId)
                    .col(Message::Openid)
                    .col(Message::IsEvent)
                    .col(Message::CreatedAt)
                    .col(Message::Id)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, MessageTally::Table)
                    .col(id(MessageTally::AccountId))
                    .col(count(MessageTally::Messages))
                    .col(count(MessageTally::ByKeyword))
                    .primary_key(Index::create().col(MessageTally::AccountId))
                    .foreign_key(
                        ForeignKey::create()
                            .name("message_tally_account")
                            .from(MessageTally::Table, MessageTally::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, HumanReply::Table)
                    .col(id(HumanReply::AccountId))
                    .col(id(HumanReply::Id))
                    .col(id(HumanReply::Openid))
                    .col(string(HumanReply::Kind, 20))
                    .col(optional_text(HumanReply::Text))
                    .col(optional_string(HumanReply::MaterialId, 45))
                    .col(string(HumanReply::State, 20))
                    .col(ColumnDef::new(HumanReply::Errcode).big_integer().null())
                    .col(optional_text(HumanReply::Error))
                    .col(text(HumanReply::Actor))
                    .col(instant(HumanReply::CreatedAt))
                    .col(optional_instant(HumanReply::SentAt))
                    .primary_key(Index::create().col(HumanReply::AccountId).col(HumanReply::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("human_reply_account")
                            .from(HumanReply::Table, HumanReply::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // What was written to anybody, newest first.
        manager
            .create_index(
                Index::create()
                    .name("human_reply_list")
                    .table(HumanReply::Table)
                    .col(HumanReply::AccountId)
                    .col(HumanReply::CreatedAt)
                    .col(HumanReply::Id)
                    .to_owned(),
            )
            .await?;
        // What was written to one follower, newest first.
        manager
            .create_index(
                Index::create()
                    .name("human_reply_created")
                    .table(HumanReply::Table)
                    .col(HumanReply::AccountId)
                    .col(HumanReply::Openid)
                    .col(HumanReply::CreatedAt)
                    .col(HumanReply::Id)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(HumanReply::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(MessageTally::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Message::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Message {
    Table,
    AccountId,
    Id,
    Delivery,
    Kind,
    IsEvent,
    Event,
    Openid,
    Content,
    Folded,
    Payload,
    CreatedAt,
    ReceivedAt,
    ByKeyword,
    RuleId,
    ButtonId,
    ReplyState,
    ReplyKind,
    ReplyId,
    Reply,
    RepliedAt,
    ReplyError,
    FileId,
    ThumbFileId,
    FileError,
}

#[derive(DeriveIden)]
enum MessageTally {
    Table,
    AccountId,
    Messages,
    ByKeyword,
}

#[derive(DeriveIden)]
enum HumanReply {
    Table,
    AccountId,
    Id,
    Openid,
    Kind,
    Text,
    MaterialId,
    State,
    Errcode,
    Error,
    Actor,
    CreatedAt,
    SentAt,
}
