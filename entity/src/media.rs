//! Materials that are files: images, voices, videos, and the images of articles.

use sea_orm::entity::prelude::*;

use crate::Timestamp;

/// One material that is a file.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "media")]
pub struct Model {
    /// The account it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: String,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Name for people; at first that of the uploaded file.
    pub name: String,
    /// Title of a video, may be empty; empty for the others.
    pub title: String,
    /// Description of a video, may be empty; empty for the others.
    pub description: String,
    /// Its file. Another file is another content.
    pub file_id: String,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was deleted; null while it is live.
    pub deleted_at: Option<Timestamp>,
}

/// What a material is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(20))")]
pub enum Kind {
    /// An image to be sent.
    #[sea_orm(string_value = "image")]
    Image,
    /// An image of articles: a cover, or within the content.
    #[sea_orm(string_value = "article_image")]
    ArticleImage,
    /// A voice.
    #[sea_orm(string_value = "voice")]
    Voice,
    /// A video.
    #[sea_orm(string_value = "video")]
    Video,
}

/// Relations are declared where a query needs them.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
