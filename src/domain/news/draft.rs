//! The draft of a news at WeChat: covers as permanent material, images of the content as WeChat's, then the articles.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::wechat_copy::{self, Form};
use entity::{article, job, news};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::limits::is_web_address;
use super::needs::{Needs, field_of};
use super::{find, full};
use crate::article_html;
use crate::domain::copies::{self, Received, Wanted};
use crate::domain::{Context, Scope, credentials};
use crate::error::{Error, Result};
use crate::queue::{self, NewJob};
use crate::wechat::{self, Credentials};

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
        Needs::find(context, &txn, &article).await?;
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
    let job = NewJob { name: DRAFT_JOB, account_id: scope.id(), unique_key: Some(unique_key), due_at: None };
    let payload = DraftPayload { news_id: news.id.clone(), revision: news.revision.clone() };
    let job = queue::enqueue(&txn, job, &payload).await?;
    context.commit_work(txn).await?;
    Ok((news, Some(job)))
}

/// Makes the draft of a revision; what it needs is uploaded first, each piece recorded before the next. `None` when the
/// news has another revision by now, or is gone.
///
/// Errors: `Invalid`, naming article and field; `Wechat`; `Unclear` when WeChat may have made the draft; `Storage`; `Conflict` when the account has another app by now.
pub async fn make_draft(
    context: &Context,
    credentials: &Credentials,
    account_id: &str,
    payload: &DraftPayload,
) -> Result<Option<wechat_copy::Model>> {
    let Some(news) = present(&context.database, account_id, payload).await? else { return Ok(None) };
    if let Some(draft) = copies::find(&context.database, account_id, Form::Draft, &news.revision).await?
        && copies::is_usable(&draft, TimeDelta::zero())
    {
        return Ok(Some(draft));
    }
    let media_id = add_anew(context, credentials, &news).await?;
    let txn = copies::begin_recording(context, account_id, credentials).await?;
    let received = Received { media_id: Some(media_id), ..Received::default() };
    let draft = copies::record(&txn, account_id, Form::Draft, &payload.revision, received).await?;
    // Edited or deleted while WeChat was busy: whoever did so found no draft to take away.
    if present(&txn, account_id, payload).await?.is_none() {
        copies::withdraw(&txn, account_id, &payload.revision).await?;
    }
    context.commit_work(txn).await?;
    Ok(Some(draft))
}

/// Checks that WeChat would take a news as it is now.
///
/// Errors: `NotFound`; `Invalid`, naming article and field.
pub(in crate::domain) async fn require_sendable(
    context: &Context,
    connection: &impl ConnectionTrait,
    account_id: &str,
    id: &str,
) -> Result<()> {
    let news = find(connection, account_id, id).await?;
    for article in full(connection, &news).await? {
        Needs::find(context, connection, &article).await?;
    }
    Ok(())
}

/// Makes a draft to be used up: beside the one that [`make_draft`] keeps, and known to nobody but the caller. Returns its
/// media id.
///
/// Errors: as [`make_draft`], and `NotFound`.
pub(in crate::domain) async fn draft_to_send(
    context: &Context,
    credentials: &Credentials,
    account_id: &str,
    id: &str,
) -> Result<String> {
    let news = find(&context.database, account_id, id).await?;
    add_anew(context, credentials, &news).await
}

/// Makes a draft of a news as it is now, whether or not there is one. Returns its media id.
async fn add_anew(context: &Context, credentials: &Credentials, news: &news::Model) -> Result<String> {
    let mut articles = Vec::new();
    for article in full(&context.database, news).await? {
        let needs = Needs::find(context, &context.database, &article).await?;
        articles.push((article, needs));
    }
    match add(context, credentials, &articles).await {
        Err(Error::Wechat(error)) if error.is_unknown_media() => {
            // Somebody deleted a cover in WeChat's console. Which one, WeChat does not say.
            for (_, needs) in &articles {
                copies::forget(&context.database, &news.account_id, Form::Permanent, &needs.cover.id).await?;
            }
            add(context, credentials, &articles).await
        }
        added => added,
    }
}

/// The news, if it still has the revision that the draft is to be a copy of.
async fn present(
    connection: &impl ConnectionTrait,
    account_id: &str,
    payload: &DraftPayload,
) -> Result<Option<news::Model>> {
    match find(connection, account_id, &payload.news_id).await {
        Ok(news) => Ok(Some(news).filter(|news| news.revision == payload.revision)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Uploads what the articles need, then makes a draft of them. Returns its media id.
async fn add(context: &Context, credentials: &Credentials, articles: &[(article::Model, Needs)]) -> Result<String> {
    let mut composed = Vec::with_capacity(articles.len());
    for (article, needs) in articles {
        composed.push(compose(context, credentials, article, needs).await?);
    }
    let hint = "it is not known whether WeChat made the draft: look into the draft box before asking again";
    context.wechat.add_draft(credentials, &composed).await.map_err(|source| match source.may_have_been_processed() {
        true => Error::Unclear { hint, source },
        false => source.into(),
    })
}

/// An article as WeChat takes it.
async fn compose(
    context: &Context,
    credentials: &Credentials,
    article: &article::Model,
    needs: &Needs,
) -> Result<wechat::Article> {
    let wanted = |form, file| Wanted { form, file, life: TimeDelta::zero() };
    let cover = copies::ensure(context, credentials, wanted(Form::Permanent, &needs.cover)).await?;
    let thumb_media_id = cover.media_id.ok_or_else(|| Error::Internal("a permanent copy has no media id".into()))?;
    let mut images = HashMap::new();
    for (source, file) in &needs.images {
        let copy = copies::ensure(context, credentials, wanted(Form::ArticleImage, file)).await?;
        let url = copy.url.ok_or_else(|| Error::Internal("an article image has no address".into()))?;
        images.insert(source.as_str(), url);
    }
    let content = article_html::replace_images(&article.content, |source| images.get(source).cloned())
        .map_err(|error| Error::invalid(field_of(article, "content"), error.to_string()))?;
    Ok(wechat::Article {
        title: article.title.clone(),
        author: article.author.clone().unwrap_or_default(),
        digest: article.digest.clone(),
        content,
        // WeChat refuses a whole draft for any other (41039).
        content_source_url: article.content_source_url.clone().filter(|url| is_web_address(url)).unwrap_or_default(),
        thumb_media_id,
        show_cover_pic: article.show_cover_pic,
        ..wechat::Article::default()
    })
}
