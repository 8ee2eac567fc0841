//! Followers, groups and who is in which.

use sea_orm_migration::prelude::*;

use crate::columns::{count, flag, id, instant, optional_instant, optional_string, optional_text, string, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_follower(manager).await?;
        create_group(manager).await?;
        create_member(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(GroupMember::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(FollowerGroup::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Follower::Table).to_owned()).await
    }
}

async fn create_follower(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table(manager, Follower::Table)
                .col(id(Follower::AccountId))
                .col(string(Follower::Openid, 64))
                .col(optional_string(Follower::Unionid, 64))
                .col(optional_text(Follower::Nickname))
                .col(optional_text(Follower::Remark))
                .col(ColumnDef::new(Follower::Gender).small_integer().not_null().default(0))
                .col(optional_text(Follower::Country))
                .col(optional_text(Follower::Province))
                .col(optional_text(Follower::City))
                .col(optional_text(Follower::Language))
                .col(optional_text(Follower::AvatarUrl))
                .col(optional_text(Follower::SubscribeScene))
                .col(flag(Follower::Subscribed))
                .col(flag(Follower::Blocked))
                .col(flag(Follower::Ungrouped))
                .col(instant(Follower::SubscribedAt))
                .col(optional_instant(Follower::UnsubscribedAt))
                .col(instant(Follower::SeenAt))
                .primary_key(Index::create().col(Follower::AccountId).col(Follower::Openid))
                .foreign_key(
                    ForeignKey::create()
                        .name("follower_account")
                        .from(Follower::Table, Follower::AccountId)
                        .to(Account::Table, Account::Id)
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    // "All followers" and the blacklist, newest subscription first.
    manager
        .create_index(
            Index::create()
                .name("follower_listed")
                .table(Follower::Table)
                .col(Follower::AccountId)
                .col(Follower::Subscribed)
                .col(Follower::Blocked)
                .col(Follower::SubscribedAt)
                .col(Follower::Openid)
                .to_owned(),
        )
        .await?;
    // Group 0, newest subscription first.
    manager
        .create_index(
            Index::create()
                .name("follower_ungrouped")
                .table(Follower::Table)
                .col(Follower::AccountId)
                .col(Follower::Ungrouped)
                .col(Follower::SubscribedAt)
                .col(Follower::Openid)
                .to_owned(),
        )
        .await
}

async fn create_group(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table(manager, FollowerGroup::Table)
                .col(id(FollowerGroup::AccountId))
                .col(id(FollowerGroup::Id))
                .col(string(FollowerGroup::Name, 100))
                .col(optional_string(FollowerGroup::LiveName, 100))
                .col(ColumnDef::new(FollowerGroup::WechatTagId).big_integer().null())
                .col(count(FollowerGroup::FollowerCount))
                .col(instant(FollowerGroup::CreatedAt))
                .col(optional_instant(FollowerGroup::DeletedAt))
                .primary_key(Index::create().col(FollowerGroup::AccountId).col(FollowerGroup::Id))
                .foreign_key(
                    ForeignKey::create()
                        .name("follower_group_account")
                        .from(FollowerGroup::Table, FollowerGroup::AccountId)
                        .to(Account::Table, Account::Id)
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    // One live group a name: null never equals null, so deleted groups do not count.
    manager
        .create_index(
            Index::create()
                .name("follower_group_live_name")
                .table(FollowerGroup::Table)
                .col(FollowerGroup::AccountId)
                .col(FollowerGroup::LiveName)
                .unique()
                .to_owned(),
        )
        .await
}

async fn create_member(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            table(manager, GroupMember::Table)
                .col(id(GroupMember::AccountId))
                .col(id(GroupMember::GroupId))
                .col(string(GroupMember::Openid, 64))
                .col(instant(GroupMember::JoinedAt))
                .primary_key(
                    Index::create().col(GroupMember::AccountId).col(GroupMember::GroupId).col(GroupMember::Openid),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("group_member_group")
                        .from(GroupMember::Table, (GroupMember::AccountId, GroupMember::GroupId))
                        .to(FollowerGroup::Table, (FollowerGroup::AccountId, FollowerGroup::Id))
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .foreign_key(
                    ForeignKey::create()
                        .name("group_member_follower")
                        .from(GroupMember::Table, (GroupMember::AccountId, GroupMember::Openid))
                        .to(Follower::Table, (Follower::AccountId, Follower::Openid))
                        .on_delete(ForeignKeyAction::Cascade),
                )
                .to_owned(),
        )
        .await?;
    // The members of a group, newest first.
    manager
        .create_index(
            Index::create()
                .name("group_member_joined")
                .table(GroupMember::Table)
                .col(GroupMember::AccountId)
                .col(GroupMember::GroupId)
                .col(GroupMember::JoinedAt)
                .col(GroupMember::Openid)
                .to_owned(),
        )
        .await?;
    // The groups of a follower.
    manager
        .create_index(
            Index::create()
                .name("group_member_openid")
                .table(GroupMember::Table)
                .col(GroupMember::AccountId)
                .col(GroupMember::Openid)
                .col(GroupMember::GroupId)
                .to_owned(),
        )
        .await
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Follower {
    Table,
    AccountId,
    Openid,
    Unionid,
    Nickname,
    Remark,
    Gender,
    Country,
    Province,
    City,
    Language,
    AvatarUrl,
    SubscribeScene,
    Subscribed,
    Blocked,
    Ungrouped,
    SubscribedAt,
    UnsubscribedAt,
    SeenAt,
}

#[derive(DeriveIden)]
enum FollowerGroup {
    Table,
    AccountId,
    Id,
    Name,
    LiveName,
    WechatTagId,
    FollowerCount,
    CreatedAt,
    DeletedAt,
}

#[derive(DeriveIden)]
enum GroupMember {
    Table,
    AccountId,
    GroupId,
    Openid,
    JoinedAt,
}
