//! The files that the draft of an article needs, found and checked before WeChat is called.

use entity::media::Kind;
use entity::{article, stored_file};
use sea_orm::ConnectionTrait;

use super::{Head, Warning, warnings};
use crate::article_html;
use crate::domain::files::{self, Format};
use crate::domain::{Context, Key, media};
use crate::error::{Error, Result};
use crate::wechat::{MAX_ARTICLE_IMAGE_BYTES, MediaKind};

/// Our files that WeChat must have before it can have the article.
#[derive(Debug)]
pub(super) struct Needs {
    /// Its cover.
    pub(super) cover: stored_file::Model,
    /// The images of its content that are files of this service: our address, as it stands there, and the file.
    pub(super) images: Vec<(String, stored_file::Model)>,
}

impl Needs {
    /// What the draft of this article needs.
    ///
    /// Errors: `Invalid`, naming article and field, for the first thing that WeChat would refuse and for files that are
    /// gone.
    pub(super) async fn find(
        context: &Context,
        connection: &impl ConnectionTrait,
        article: &article::Model,
    ) -> Result<Self> {
        refuse_blocked(context, article)?;
        let cover = cover(connection, article).await?;
        let images = images(context, connection, article).await?;
        Ok(Self { cover, images })
    }
}

/// The field of an article as callers know it: `articles[0].title`.
pub(super) fn field_of(article: &article::Model, field: &str) -> String {
    format!("articles[{}].{field}", article.position - 1)
}

fn refuse_blocked(context: &Context, article: &article::Model) -> Result<()> {
    let blocking =
        warnings(context, &Head::from(article), &article.content).into_iter().find(|warning| warning.is_blocking);
    match blocking {
        None => Ok(()),
        Some(Warning { field, message, .. }) => Err(Error::invalid(field_of(article, field), message)),
    }
}

async fn cover(connection: &impl ConnectionTrait, article: &article::Model) -> Result<stored_file::Model> {
    let refused = |reason| {
        Error::invalid(field_of(article, "coverImageId"), format!("image {:?} {reason}", article.cover_image_id))
    };
    let missing = || refused("was deleted".to_owned());
    let key = (article.account_id.clone(), article.cover_image_id.clone());
    let image = media::find_many(connection, &[key]).await?.into_iter().next().ok_or_else(missing)?;
    let file = files::find_many(connection, &[media::file_key(&image)]).await?.into_iter().next();
    let file = file.filter(|_| matches!(image.kind, Kind::Image | Kind::ArticleImage)).ok_or_else(missing)?;
    refuse_large(&file, MediaKind::Image.max_bytes()).map_err(refused)?;
    Ok(file)
}

async fn images(
    context: &Context,
    connection: &impl ConnectionTrait,
    article: &article::Model,
) -> Result<Vec<(String, stored_file::Model)>> {
    let refused = |reason: String| Error::invalid(field_of(article, "content"), reason);
    let sources: Vec<(String, Key)> = article_html::image_sources(&article.content)
        .map_err(|error| refused(error.to_string()))?
        .into_iter()
        .filter_map(|source| files::at_url(context, &source).map(|key| (source, key)))
        .filter(|(_, (account_id, _))| *account_id == article.account_id)
        .collect();
    let keys: Vec<Key> = sources.iter().map(|(_, key)| key.clone()).collect();
    let files = files::find_many(connection, &keys).await?;
    let mut images = Vec::with_capacity(sources.len());
    for (source, (_, id)) in sources {
        let file = files.iter().find(|file| file.id == id);
        let file = file.ok_or_else(|| refused(format!("the image {source} was deleted")))?;
        if media::format(file)? != Format::Jpeg {
            return Err(refused(format!("{source} is no image")));
        }
        refuse_large(file, MAX_ARTICLE_IMAGE_BYTES)
            .map_err(|reason| refused(format!("the image {source} {reason}")))?;
        images.push((source, file.clone()));
    }
    Ok(images)
}

fn refuse_large(file: &stored_file::Model, most: usize) -> Result<(), String> {
    let fits = usize::try_from(file.size).is_ok_and(|size| size <= most);
    if fits { Ok(()) } else { Err(format!("has {} bytes, WeChat takes {most}", file.size)) }
}
