//! Replies as the answer to a push.

use std::collections::HashMap;

use chrono::TimeDelta;
use entity::account;
use entity::keyword_rule::ReplyKind;
use entity::media::{self, Kind};
use entity::text;
use entity::wechat_copy::Form;
use sea_orm::EntityTrait as _;

use super::{TEXT_BYTES, Target, media_kind};
use crate::domain::copies::{self, Wanted};
use crate::domain::{Context, Key, credentials, files, news};
use crate::error::{Error, Result};
use crate::webhook::reply::{Article, Content, Music};

/// How long a copy must still be at WeChat to be named in a reply: the follower's WeChat fetches it later than we answer.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// A reply, as far as it can be given now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::domain) enum Passive {
    /// At once.
    Ready(Content),
    /// Once what it shows is at WeChat; see [`prepare`].
    Waiting,
    /// Not at all: its material was deleted, or is such that WeChat would not show it.
    Missing,
}

/// The reply that a target is. `articles`: how many WeChat shows of a news; one as the answer to a message, eight as that
/// to an event (WeChat reference, section 20). Asks the database only.
pub(in crate::domain) async fn passive(
    context: &Context,
    account_id: &str,
    target: &Target,
    articles: usize,
) -> Result<Passive> {
    match target.kind {
        ReplyKind::Text => text(context, account_id, &target.id).await,
        ReplyKind::News => of_news(context, account_id, &target.id, articles).await,
        ReplyKind::Image | ReplyKind::Voice | ReplyKind::Video | ReplyKind::Music => {
            match material(context, account_id, target).await? {
                Some(material) => of_media(context, target.kind, &material).await,
                None => Ok(Passive::Missing),
            }
        }
    }
}

/// Brings what a reply shows to WeChat, so that it is ready.
///
/// Errors: those of [`copies::ensure`]; `Invalid` while the account has no credentials.
pub(in crate::domain) async fn prepare(context: &Context, account: &account::Model, target: &Target) -> Result<()> {
    let Some(material) = material(context, &account.id, target).await? else { return Ok(()) };
    let credentials = credentials::open(context, account)?;
    if target.kind == ReplyKind::Music {
        return copies::ensure_cover(context, &credentials, &account.id, LIFE).await.map(|_| ());
    }
    let file = files::find(context, &account.id, &material.file_id).await?;
    let wanted = Wanted { form: Form::Temporary, file: &file, life: LIFE };
    copies::ensure(context, &credentials, wanted).await.map(|_| ())
}

async fn text(context: &Context, account_id: &str, id: &str) -> Result<Passive> {
    let text = text::Entity::find_by_id((account_id.to_owned(), id.to_owned())).one(&context.database).await?;
    // What is longer was never accepted as a reply.
    let text = text.filter(|text| text.content.len() <= TEXT_BYTES);
    Ok(text.map_or(Passive::Missing, |text| Passive::Ready(Content::Text(text.content))))
}

/// The live material of a target that is a file.
async fn material(context: &Context, account_id: &str, target: &Target) -> Result<Option<media::Model>> {
    let key = (account_id.to_owned(), target.id.clone());
    let found = crate::domain::media::find_many(&context.database, &[key]).await?;
    Ok(found.into_iter().find(|media| Some(media.kind) == media_kind(target.kind)))
}

async fn of_media(context: &Context, kind: ReplyKind, material: &media::Model) -> Result<Passive> {
    if kind == ReplyKind::Music {
        let url = files::url(context, &material.account_id, &material.file_id);
        let ready = |thumb_media_id| {
            Passive::Ready(Content::Music(Music {
                title: Some(material.name.clone()),
                description: None,
                url: Some(url.clone()),
                high_quality_url: Some(url.clone()),
                thumb_media_id,
            }))
        };
        let cover = usable(context, &material.account_id, &copies::cover_source()).await?;
        return Ok(cover.map_or(Passive::Waiting, ready));
    }
    let Some(media_id) = usable(context, &material.account_id, &material.file_id).await? else {
        return Ok(Passive::Waiting);
    };
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    Ok(Passive::Ready(match kind {
        ReplyKind::Image => Content::Image { media_id },
        ReplyKind::Video => {
            let (title, description) = (filled(&material.title), filled(&material.description));
            Content::Video { media_id, title, description }
        }
        _ => Content::Voice { media_id },
    }))
}

/// WeChat's id of a file, if it is there for long enough.
async fn usable(context: &Context, account_id: &str, source_id: &str) -> Result<Option<String>> {
    let copy = copies::find(&context.database, account_id, Form::Temporary, source_id).await?;
    Ok(copy.filter(|copy| copies::is_usable(copy, LIFE)).and_then(|copy| copy.media_id))
}

async fn of_news(context: &Context, account_id: &str, id: &str, most: usize) -> Result<Passive> {
    let key = (account_id.to_owned(), id.to_owned());
    match news::find(&context.database, account_id, id).await {
        Err(Error::NotFound { .. }) => return Ok(Passive::Missing),
        found => found?,
    };
    let mut heads = news::heads_of(context, std::slice::from_ref(&key)).await?.remove(&key).unwrap_or_default();
    heads.truncate(most);
    let covers: Vec<Key> = heads.iter().map(|head| (account_id.to_owned(), head.cover_image_id.clone())).collect();
    let covers = crate::domain::media::find_many(&context.database, &covers).await?;
    let images = covers.iter().filter(|media| matches!(media.kind, Kind::Image | Kind::ArticleImage));
    let covers: HashMap<&str, &str> = images.map(|cover| (cover.id.as_str(), cover.file_id.as_str())).collect();
    let article = |head: &news::Head| Article {
        title: head.title.clone(),
        description: head.digest.clone(),
        picture_url: covers
            .get(head.cover_image_id.as_str())
            .map(|file_id| files::url(context, account_id, file_id))
            .unwrap_or_default(),
        url: news::url(context, head),
    };
    let articles: Vec<Article> = heads.iter().map(article).collect();
    Ok(if articles.is_empty() { Passive::Missing } else { Passive::Ready(Content::News(articles)) })
}
