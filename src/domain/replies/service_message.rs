//! A material as a customer-service message, for replies that go out by themselves.

use chrono::TimeDelta;
use entity::keyword_rule::ReplyKind;
use entity::media::Kind;
use entity::wechat_copy::{self, Form};
use entity::{account, stored_file, text};
use sea_orm::EntityTrait as _;

use super::{TEXT_BYTES, Target, media_kind};
use crate::domain::copies::{self, Wanted};
use crate::domain::{Context, credentials, files, media, news};
use crate::error::{Error, Result};
use crate::wechat::{Credentials, ServiceMessage};

/// What an upload must live for the message that goes out next.
const LIFE: TimeDelta = TimeDelta::minutes(10);

/// Builds the message; what WeChat does not hold is uploaded first. Of a news it is the first article, which is all that
/// WeChat takes. Source: WeChat reference, section 10.1; design, section 13.
///
/// Errors: `NotFound` when the material was deleted; `Invalid` for a text that is too long for WeChat, for a news without
/// articles, and while the account has no credentials; `Wechat`, `Storage`, `Conflict` from uploads.
pub(in crate::domain) async fn service_message(
    context: &Context,
    account: &account::Model,
    target: &Target,
) -> Result<ServiceMessage> {
    let credentials = credentials::open(context, account)?;
    let builder = Builder { context, account, credentials };
    match target.kind {
        ReplyKind::Text => builder.text(&target.id).await,
        ReplyKind::News => builder.news(&target.id).await,
        kind => builder.media(kind, &target.id).await,
    }
}

/// Forgets what WeChat was thought to hold of a material: it knew nothing of it.
pub(in crate::domain) async fn forget_copies(context: &Context, account_id: &str, target: &Target) -> Result<()> {
    if let Some(kind) = media_kind(target.kind) {
        let media = media::find(&context.database, account_id, &[kind], &target.id).await?;
        copies::forget(&context.database, account_id, Form::Temporary, &media.file_id).await?;
        copies::forget(&context.database, account_id, Form::Temporary, &copies::cover_source()).await?;
    }
    Ok(())
}

struct Builder<'a> {
    context: &'a Context,
    account: &'a account::Model,
    credentials: Credentials,
}

impl Builder<'_> {
    async fn text(&self, id: &str) -> Result<ServiceMessage> {
        let found =
            text::Entity::find_by_id((self.account.id.clone(), id.to_owned())).one(&self.context.database).await?;
        let text = found.ok_or_else(|| Error::not_found("text", id))?;
        if text.content.len() > TEXT_BYTES {
            return Err(Error::invalid(
                "id",
                format!("text {id} has more than {TEXT_BYTES} bytes, which WeChat refuses"),
            ));
        }
        Ok(ServiceMessage::Text { content: text.content })
    }

    async fn news(&self, id: &str) -> Result<ServiceMessage> {
        let context = self.context;
        let key = (self.account.id.clone(), id.to_owned());
        news::find(&context.database, &self.account.id, id).await?;
        let articles = news::heads_of(context, std::slice::from_ref(&key)).await?.remove(&key).unwrap_or_default();
        let first = articles.into_iter().next();
        let article = first.ok_or_else(|| Error::invalid("id", format!("news {id} has no articles")))?;
        let cover = (self.account.id.clone(), article.cover_image_id.clone());
        let cover = media::find_many(&context.database, &[cover]).await?;
        let cover = cover.iter().find(|media| matches!(media.kind, Kind::Image | Kind::ArticleImage));
        let picture_url = cover.map(|image| files::url(context, &image.account_id, &image.file_id));
        Ok(ServiceMessage::News {
            url: news::url(context, &article),
            title: article.title,
            description: article.digest,
            picture_url: picture_url.unwrap_or_default(),
        })
    }

    async fn media(&self, kind: ReplyKind, id: &str) -> Result<ServiceMessage> {
        let kinds: Vec<Kind> = media_kind(kind).into_iter().collect();
        let media = media::find(&self.context.database, &self.account.id, &kinds, id).await?;
        if kind == ReplyKind::Music {
            let url = files::url(self.context, &media.account_id, &media.file_id);
            return Ok(ServiceMessage::Music {
                title: media.name,
                description: String::new(),
                hq_url: url.clone(),
                url,
                thumb_media_id: self.cover().await?,
            });
        }
        let file = files::find(self.context, &self.account.id, &media.file_id).await?;
        let media_id = self.uploaded(&file).await?;
        Ok(match kind {
            ReplyKind::Image => ServiceMessage::Image { media_id },
            ReplyKind::Video => ServiceMessage::Video {
                media_id,
                thumb_media_id: self.cover().await?,
                title: media.title,
                description: media.description,
            },
            _ => ServiceMessage::Voice { media_id },
        })
    }

    async fn uploaded(&self, file: &stored_file::Model) -> Result<String> {
        let wanted = Wanted { form: Form::Temporary, file, life: LIFE };
        media_id(copies::ensure(self.context, &self.credentials, wanted).await?)
    }

    async fn cover(&self) -> Result<String> {
        media_id(copies::ensure_cover(self.context, &self.credentials, &self.account.id, LIFE).await?)
    }
}

fn media_id(copy: wechat_copy::Model) -> Result<String> {
    copy.media_id.ok_or_else(|| Error::Internal("a temporary copy has no media id".into()))
}
