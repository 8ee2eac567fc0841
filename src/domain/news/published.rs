//! An article as its readers see it.

use entity::account;
use entity::media::Kind;
use sea_orm::EntityTrait as _;

use super::{Head, contents, find_articles};
use crate::domain::{Context, files, media};
use crate::error::{Error, Result};

/// An article, with what its page shows of what is around it.
#[derive(Clone, Debug)]
pub struct Published {
    /// The article without its content.
    pub article: Head,
    /// HTML as it was saved.
    pub content: String,
    /// Name of the account.
    pub account_name: Option<String>,
    /// Public address of the cover; `None` if the image was deleted.
    pub cover_url: Option<String>,
    /// Public address of the page.
    pub url: String,
}

/// Public address of an article's page.
pub fn url(context: &Context, article: &Head) -> String {
    format!("{}/page/{}/{}", context.public_url, article.account_id, article.id)
}

/// A live article, for everybody. Errors: `NotFound`.
pub async fn published(context: &Context, account_id: &str, id: &str) -> Result<Published> {
    let missing = || Error::not_found("article", id);
    let key = (account_id.to_owned(), id.to_owned());
    let article = find_articles(context, std::slice::from_ref(&key)).await?.into_iter().next().ok_or_else(missing)?;
    let content = contents(context, std::slice::from_ref(&key)).await?.remove(&key).ok_or_else(missing)?;
    let account = account::Entity::find_by_id(account_id).one(&context.database).await?.ok_or_else(missing)?;
    let cover = (account_id.to_owned(), article.cover_image_id.clone());
    let cover = media::find_many(&context.database, &[cover]).await?;
    let cover = cover.iter().find(|media| matches!(media.kind, Kind::Image | Kind::ArticleImage));
    Ok(Published {
        url: url(context, &article),
        cover_url: cover.map(|image| files::url(context, account_id, &image.file_id)),
        account_name: account.name,
        article,
        content,
    })
}
