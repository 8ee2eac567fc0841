//! Replies: what keyword rules and menu buttons answer with.

use async_graphql::{Context, Enum, ID, InputObject, Result, Union};
use entity::keyword_rule::ReplyKind;

use super::image::Image;
use super::loaders::{MediaById, NewsById, TextById, find};
use super::news::News;
use super::text::Text;
use super::video::Video;
use super::voice::Voice;
use crate::domain::replies::{self, Target};

/// What a reply is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ReplyKind")]
pub enum ReplyType {
    /// A text.
    Text,
    /// An image.
    Image,
    /// A voice.
    Voice,
    /// A video.
    Video,
    /// A voice, shown as music with a title and a cover.
    Music,
    /// A news (图文): a card that leads to the page of its article.
    News,
}

/// A reply.
#[derive(Clone, Debug, InputObject)]
pub struct ReplyInput {
    /// What it is sent as.
    #[graphql(name = "type")]
    kind: ReplyType,
    /// Id of the text, image, voice, video or news; of music that of the voice.
    id: ID,
}

impl From<ReplyInput> for Target {
    fn from(input: ReplyInput) -> Self {
        Self { kind: input.kind.into(), id: input.id.0 }
    }
}

/// A material.
#[derive(Union)]
pub enum Material {
    /// A text.
    Text(Text),
    /// An image.
    Image(Image),
    /// A voice; also what is sent as music.
    Voice(Voice),
    /// A video.
    Video(Video),
    /// A news.
    News(News),
}

/// The material of a reply; `None` when it was deleted.
pub(super) async fn material(ctx: &Context<'_>, account_id: &str, target: &Target) -> Result<Option<Material>> {
    let key = (account_id.to_owned(), target.id.clone());
    Ok(match target.kind {
        ReplyKind::Text => find(ctx, TextById(key)).await?.map(|text| Material::Text(Text(text))),
        ReplyKind::News => find(ctx, NewsById(key)).await?.map(|news| Material::News(News(news))),
        kind => {
            let media = find(ctx, MediaById(key)).await?;
            media.filter(|media| replies::media_kind(kind) == Some(media.kind)).map(|media| match kind {
                ReplyKind::Image => Material::Image(Image(media)),
                ReplyKind::Video => Material::Video(Video(media)),
                _ => Material::Voice(Voice(media)),
            })
        }
    })
}
