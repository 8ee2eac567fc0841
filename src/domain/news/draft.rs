//! The draft of a news at WeChat: covers as permanent material, images of the content as WeChat's, then the articles.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::wechat_copy::{self, Form};
use entity::{article, job, news, stored_file};
use serde::{Deserialize, Serialize};

use super::{Head, Warning, find, full, warnings};
use crate::article_html;
use crate::domain::copies::{self, Received, Wanted};
use crate::domain::{Context, Key, Scope, credentials, files, media};
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};
use crate::wechat::{self, Credentials, MAX_ARTICLE_IMAGE_BYTES};

/// The kind of job that makes a draft.
pub const DRAFT_JOB: &str = "news_draft";

/// What a draft job works on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DraftPayload {
    /// The news.
    pub news_id: String,
    /// The revision that the draft is to be a copy of.
    pub revision: String,
}

/// Asks for a draft of a news as it is now. Returns the job, or `None` when the draft is there already.
///
/// Errors: `Invalid`, naming article and field, for what WeChat would refuse; for an account without credentials.
pub async fn request_draft(context: &Context, scope: &Scope, id: &str) -> Result<(news::Model, Option<job::Model>)> {
    credentials::open(context, &scope.account)?;
    let txn = context.begin(scope.id()).await?;
    let news = find(&txn, scope.id(), id).await?;
    for article in full(&txn, &news).await? {
        refuse_blocked(context, &article)?;
    }
    if let Some(draft) = copies::find(&txn, scope.id(), Form::Draft, &news.revision).await?
        && copies::is_usable(&draft, TimeDelta::zero())
    {
        return Ok((news, None));
    }
    let unique_key = format!("{DRAFT_JOB}:{}:{}", scope.id(), news.revision);
    if let Some(live) = queue::find_live(&txn, &unique_key).await? {
        return Ok((news, Some(live)));
    }
    copies::announce(&txn, scope.id(), Form::Draft, &news.revision).await?;
    let job = NewJob { name: DRAFT_JOB, account_id: scope.id(), unique_key: Some(unique_key) };
    let payload = DraftPayload { news_id: news.id.clone(), revision: news.revision.clone() };
    let job = queue::enqueue(&txn, job, &payload).await?;
    context.commit_work(txn).await?;
    Ok((news, Some(job)))
}

/// Makes the draft of a revision; what it needs is uploaded first, each piece recorded before the next. `None` when the
/// news has another revision by now, or is gone.
///
/// Errors: `Invalid`, naming article and field; `Wechat`; `Storage`.
pub async fn make_draft(
    context: &Context,
    credentials: &Credentials,
    account_id: &str,
    payload: &DraftPayload,
) -> Result<Option<wechat_copy::Model>> {
    let news = match find(&context.database, account_id, &payload.news_id).await {
        Ok(news) if news.revision == payload.revision => news,
        Ok(_) | Err(Error::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    if let Some(draft) = copies::find(&context.database, account_id, Form::Draft, &news.revision).await?
        && copies::is_usable(&draft, TimeDelta::zero())
    {
        return Ok(Some(draft));
    }
    let articles = full(&context.database, &news).await?;
    let mut composed = Vec::with_capacity(articles.len());
    for article in &articles {
        refuse_blocked(context, article)?;
        composed.push(compose(context, credentials, article).await?);
    }
    let media_id = context.wechat.add_draft(credentials, &composed).await?;
    let received = Received { media_id: Some(media_id), ..Received::default() };
    copies::record(&context.database, account_id, Form::Draft, &news.revision, received).await.map(Some)
}

/// Errors: `Invalid` for the first thing that WeChat would refuse.
fn refuse_blocked(context: &Context, article: &article::Model) -> Result<()> {
    let blocking = warnings(context, &head(article), &article.content).into_iter().find(|warning| warning.is_blocking);
    match blocking {
        None => Ok(()),
        Some(Warning { field, message, .. }) => Err(Error::invalid(field_of(article, field), message)),
    }
}

fn field_of(article: &article::Model, field: &str) -> String {
    format!("articles[{}].{field}", article.position - 1)
}

/// An article as WeChat takes it.
async fn compose(context: &Context, credentials: &Credentials, article: &article::Model) -> Result<wechat::Article> {
    let cover = cover(context, article).await?;
    let wanted = Wanted { form: Form::Permanent, file: &cover, life: TimeDelta::zero() };
    let cover = copies::ensure(context, credentials, wanted).await?;
    let thumb_media_id = cover.media_id.ok_or_else(|| Error::Internal("a permanent copy has no media id".into()))?;
    let images = images(context, credentials, article).await?;
    let content = article_html::replace_images(&article.content, |source| images.get(source).cloned())
        .map_err(|error| Error::invalid(field_of(article, "content"), error.to_string()))?;
    Ok(wechat::Article {
        title: article.title.clone(),
        author: article.author.clone().unwrap_or_default(),
        digest: article.digest.clone(),
        content,
        content_source_url: article.content_source_url.clone().unwrap_or_default(),
        thumb_media_id,
        show_cover_pic: article.show_cover_pic,
        ..wechat::Article::default()
    })
}

async fn cover(context: &Context, article: &article::Model) -> Result<stored_file::Model> {
    let missing =
        || Error::invalid(field_of(article, "coverImageId"), format!("image {:?} was deleted", article.cover_image_id));
    let key = (article.account_id.clone(), article.cover_image_id.clone());
    let image = media::find_many(&context.database, &[key]).await?.into_iter().next().ok_or_else(missing)?;
    files::find_kept(context, &[media::file_key(&image)]).await?.into_iter().next().ok_or_else(missing)
}

/// WeChat's addresses of the images of the content that are files of this service: our address → WeChat's.
async fn images(
    context: &Context,
    credentials: &Credentials,
    article: &article::Model,
) -> Result<HashMap<String, String>> {
    let unreadable = |error: article_html::Error| Error::invalid(field_of(article, "content"), error.to_string());
    let sources: HashMap<String, Key> = article_html::image_sources(&article.content)
        .map_err(unreadable)?
        .into_iter()
        .filter_map(|source| files::at_url(context, &source).map(|key| (source, key)))
        .filter(|(_, (account_id, _))| *account_id == article.account_id)
        .collect();
    let keys: Vec<Key> = sources.values().cloned().collect();
    let files = files::find_kept(context, &keys).await?;
    let mut addresses = HashMap::new();
    for (source, (_, id)) in sources {
        let file = files.iter().find(|file| file.id == id);
        let file = file
            .ok_or_else(|| Error::invalid(field_of(article, "content"), format!("the image {source} was deleted")))?;
        if file.size > i64::try_from(MAX_ARTICLE_IMAGE_BYTES)? {
            let reason = format!("the image {source} has {} bytes, WeChat takes {MAX_ARTICLE_IMAGE_BYTES}", file.size);
            return Err(Error::invalid(field_of(article, "content"), reason));
        }
        let wanted = Wanted { form: Form::ArticleImage, file, life: TimeDelta::zero() };
        let copy = copies::ensure(context, credentials, wanted).await?;
        let url = copy.url.ok_or_else(|| Error::Internal("an article image has no address".into()))?;
        addresses.insert(source, url);
    }
    Ok(addresses)
}

fn head(article: &article::Model) -> Head {
    let article = article.clone();
    Head {
        account_id: article.account_id,
        id: article.id,
        news_id: article.news_id,
        position: article.position,
        title: article.title,
        author: article.author,
        digest: article.digest,
        content_source_url: article.content_source_url,
        cover_image_id: article.cover_image_id,
        show_cover_pic: article.show_cover_pic,
        created_at: article.created_at,
        updated_at: article.updated_at,
    }
}
