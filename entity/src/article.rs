//! Articles: the parts of a news.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One article of a news.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "article")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7. An article that stays when its news is replaced keeps it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The news it is part of.
    pub news_id: String,
    /// Its place in the news, from 1.
    pub position: i32,
    /// 1 to 100 characters.
    pub title: String,
    /// At most 100 characters; none where nobody is named.
    pub author: Option<String>,
    /// At most 500 characters, may be empty.
    pub digest: String,
    /// HTML as it was saved, at most 1 MiB.
    pub content: String,
    /// Address behind 阅读原文, at most 2,000 characters.
    pub content_source_url: Option<String>,
    /// The image that is its cover.
    pub cover_image_id: String,
    /// Whether the cover stands above the content, too.
    pub show_cover_pic: bool,
    /// When it was saved first.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// When it was taken out of its news; null while it is part of it.
    pub deleted_at: Option<Timestamp>,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
