//! What uses a material: the reason not to delete it.

use entity::article;
use entity::media::{self, Kind};
use sea_orm::sea_query::LikeExpr;
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _};

use crate::domain::{mass_sends, replies};
use crate::error::Result;

/// Errors: `Conflict`, saying where the material is used.
pub(super) async fn refuse_used(connection: &impl ConnectionTrait, media: &media::Model) -> Result<()> {
    let mut uses = in_articles(connection, media).await?;
    uses.extend(replies::uses(connection, &media.account_id, &media.id).await?);
    uses.extend(mass_sends::uses(connection, &media.account_id, &media.id).await?);
    replies::refuse_used(super::noun(media.kind), uses)
}

/// Articles that show an image, as their cover or by its address in their content.
async fn in_articles(connection: &impl ConnectionTrait, media: &media::Model) -> Result<Vec<String>> {
    if !matches!(media.kind, Kind::Image | Kind::ArticleImage) {
        return Ok(Vec::new());
    }
    // The id of a file is a UUID and an extension: nothing in it means anything to LIKE.
    let shown = article::Column::Content.like(LikeExpr::new(format!("%{}%", media.file_id)));
    let articles: Vec<(String, String)> = article::Entity::find()
        .select_only()
        .columns([article::Column::NewsId, article::Column::Title])
        .filter(article::Column::AccountId.eq(&media.account_id))
        .filter(article::Column::DeletedAt.is_null())
        .filter(Condition::any().add(article::Column::CoverImageId.eq(&media.id)).add(shown))
        .limit(replies::NAMED)
        .into_tuple()
        .all(connection)
        .await?;
    Ok(articles.into_iter().map(|(news_id, title)| format!("article {title:?} of news {news_id}")).collect())
}
