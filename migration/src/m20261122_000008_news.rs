//! News and their articles.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, id, instant, integer, long_text, optional_instant, optional_string, string, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(manager, News::Table)
                    .col(id(News::AccountId))
                    .col(id(News::Id))
                    .col(id(News::Revision))
                    .col(instant(News::CreatedAt))
                    .col(instant(News::UpdatedAt))
                    .col(optional_instant(News::DeletedAt))
                    .primary_key(Index::create().col(News::AccountId).col(News::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("news_account")
                            .from(News::Table, News::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The list of news, last changed first.
        manager
            .create_index(
                Index::create()
                    .name("news_updated")
                    .table(News::Table)
                    .col(News::AccountId)
                    .col(News::DeletedAt)
                    .col(News::UpdatedAt)
                    .col(News::Id)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                table(manager, Article::Table)
                    .col(id(Article::AccountId))
                    .col(id(Article::Id))
                    .col(id(Article::NewsId))
                    .col(integer(Article::Position))
                    .col(string(Article::Title, 100))
                    .col(optional_string(Article::Author, 100))
                    .col(string(Article::Digest, 500))
                    .col(long_text(manager, Article::Content))
                    .col(optional_string(Article::ContentSourceUrl, 2_000))
                    .col(id(Article::CoverImageId))
                    .col(flag(Article::ShowCoverPic))
                    .col(instant(Article::CreatedAt))
                    .col(instant(Article::UpdatedAt))
                    .col(optional_instant(Article::DeletedAt))
                    .primary_key(Index::create().col(Article::AccountId).col(Article::Id))
                    .foreign_key(
                        ForeignKey::create()
                            .name("article_news")
                            .from(Article::Table, (Article::AccountId, Article::NewsId))
                            .to(News::Table, (News::AccountId, News::Id))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .name("article_cover")
                            .from(Article::Table, (Article::AccountId, Article::CoverImageId))
                            .to(Media::Table, (Media::AccountId, Media::Id))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        // The articles of a news, in order.
        manager
            .create_index(
                Index::create()
                    .name("article_position")
                    .table(Article::Table)
                    .col(Article::AccountId)
                    .col(Article::NewsId)
                    .col(Article::DeletedAt)
                    .col(Article::Position)
                    .to_owned(),
            )
            .await?;
        // Where an image is a cover.
        manager
            .create_index(
                Index::create()
                    .name("article_of_cover")
                    .table(Article::Table)
                    .col(Article::AccountId)
                    .col(Article::CoverImageId)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(Article::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(News::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Media {
    Table,
    AccountId,
    Id,
}

#[derive(DeriveIden)]
enum News {
    Table,
    AccountId,
    Id,
    Revision,
    CreatedAt,
    UpdatedAt,
    DeletedAt,
}

#[derive(DeriveIden)]
enum Article {
    Table,
    AccountId,
    Id,
    NewsId,
    Position,
    Title,
    Author,
    Digest,
    Content,
    ContentSourceUrl,
    CoverImageId,
    ShowCoverPic,
    CreatedAt,
    UpdatedAt,
    DeletedAt,
}
