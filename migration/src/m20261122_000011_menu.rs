//! Menus and their buttons.

use sea_orm_migration::prelude::*;

use crate::columns::{
    id, instant, integer, optional_instant, optional_long_text, optional_string, optional_text, string, table,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, Menu::Table)
                    .col(id(Menu::AccountId))
                    .col(optional_instant(Menu::FetchedAt))
                    .col(optional_instant(Menu::PublishedAt))
                    .col(optional_long_text(manager, Menu::Published))
                    .primary_key(Index::create().col(Menu::AccountId))
                    .foreign_key(
                        ForeignKey::create()
                            .name("menu_account")
                            .from(Menu::Table, Menu::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, MenuButton::Table)
                    .col(id(MenuButton::AccountId))
                    .col(id(MenuButton::Id))
                    .col(optional_string(MenuButton::ParentId, 45))
                    .col(string(MenuButton::Name, 100))
                    .col(optional_string(MenuButton::Kind, 50))
                    .col(optional_string(MenuButton::Keycode, 500))
                    .col(optional_string(MenuButton::Url, 2_000))
                    .col(optional_string(MenuButton::ReplyKind, 20))
                    .col(optional_string(MenuButton::ReplyId, 45))
                    .col(integer(MenuButton::Sequence))
                    .col(optional_text(MenuButton::Details))
                    .col(instant(MenuButton::CreatedAt))
                    .col(instant(MenuButton::UpdatedAt))
                    .primary_key(Index::create().col(MenuButton::AccountId).col(MenuButton::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("menu_button_account")
                            .from(MenuButton::Table, MenuButton::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // Which buttons reply with a material.
        manager
            .create_index(
                Index::create()
                    .name("menu_button_reply")
                    .table(MenuButton::Table)
                    .col(MenuButton::AccountId)
                    .col(MenuButton::ReplyId)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(MenuButton::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Menu::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Menu {
    Table,
    AccountId,
    FetchedAt,
    PublishedAt,
    Published,
}

#[derive(DeriveIden)]
enum MenuButton {
    Table,
    AccountId,
    Id,
    ParentId,
    Name,
    Kind,
    Keycode,
    Url,
    ReplyKind,
    ReplyId,
    Sequence,
    Details,
    CreatedAt,
    UpdatedAt,
}
