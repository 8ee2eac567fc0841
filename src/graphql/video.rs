//! Videos.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, Upload};
use entity::api_token::Role;
use entity::media::{Kind, Model};

use super::connection::page_cost;
use super::media::{self, DeleteMediaInput};
use super::scalars::DateTime;
use super::wechat_copy::WechatCopy;
use super::{domain, scope};
use crate::domain::media::{self as rules, Caption, download_name};

/// A video: an MP4 film with title and description, a material to be sent.
pub struct Video(pub(super) Model);

/// A video: an MP4 film with title and description, a material to be sent.
#[Object]
impl Video {
    /// Id of the video.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// Title; may be empty.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Description; may be empty.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Public address of the file, for everybody who knows it. It changes with the file.
    async fn url(&self, ctx: &Context<'_>) -> String {
        media::url(ctx, &self.0)
    }

    /// Name under which a download is saved: that of the uploaded file.
    async fn file_name(&self) -> String {
        download_name(&self.0)
    }

    /// Media type of the file, `video/mp4`.
    async fn media_type(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(media::file(ctx, &self.0).await?.media_type)
    }

    /// Length of the file in bytes.
    async fn size(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(media::file(ctx, &self.0).await?.size)
    }

    /// SHA-256 of the file, 64 hexadecimal digits.
    async fn sha256(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(media::file(ctx, &self.0).await?.sha256)
    }

    /// What WeChat holds of the file.
    #[graphql(complexity = "page_cost(3, child_complexity)")]
    async fn wechat_copies(&self, ctx: &Context<'_>) -> Result<Vec<WechatCopy>> {
        media::copies(ctx, &self.0).await
    }

    /// When it was uploaded.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}

/// A video to be uploaded.
#[derive(InputObject)]
pub struct UploadVideoInput {
    /// The account.
    account_id: ID,
    /// The file: an MP4 whose name ends in `.mp4`, at most 10 MiB unless the service is set otherwise.
    file: Upload,
    /// Title, at most 100 characters.
    title: Option<String>,
    /// Description, at most 1,000 characters.
    description: Option<String>,
}

/// Another title and description for a video; what is absent stays as it is.
#[derive(InputObject)]
pub struct UpdateVideoInput {
    /// The account.
    account_id: ID,
    /// The video.
    id: ID,
    /// Title, at most 100 characters; may be empty.
    title: Option<String>,
    /// Description, at most 1,000 characters; may be empty.
    description: Option<String>,
}

/// Another file for a video.
#[derive(InputObject)]
pub struct ReplaceVideoFileInput {
    /// The account.
    account_id: ID,
    /// The video.
    id: ID,
    /// The file, as for an upload.
    file: Upload,
}

/// The video that a mutation concerned, as it is now; as it was, if it was deleted.
#[derive(SimpleObject)]
pub struct VideoPayload {
    /// The video.
    video: Video,
}

/// Mutations of videos.
#[derive(Default)]
pub struct VideoMutation;

#[Object]
impl VideoMutation {
    /// Uploads a video. It is taken to WeChat right after.
    async fn upload_video(&self, ctx: &Context<'_>, input: UploadVideoInput) -> Result<Option<VideoPayload>> {
        let caption = Caption { title: input.title, description: input.description };
        let media = media::upload(ctx, &input.account_id, Kind::Video, input.file, caption).await?;
        Ok(Some(VideoPayload { video: Video(media) }))
    }

    /// Changes title and description of a video.
    async fn update_video(&self, ctx: &Context<'_>, input: UpdateVideoInput) -> Result<Option<VideoPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let caption = Caption { title: input.title, description: input.description };
        let media = rules::caption(domain(ctx), &scope, &input.id, caption).await?;
        Ok(Some(VideoPayload { video: Video(media) }))
    }

    /// Gives a video another file, and another address with it. The old file is served and sent no more.
    async fn replace_video_file(
        &self,
        ctx: &Context<'_>,
        input: ReplaceVideoFileInput,
    ) -> Result<Option<VideoPayload>> {
        let scope = scope(ctx, &input.account_id, Role::Writer).await?;
        let upload = media::received(ctx, input.file)?;
        let media = rules::replace_file(domain(ctx), &scope, &input.id, upload).await?;
        Ok(Some(VideoPayload { video: Video(media) }))
    }

    /// Deletes a video.
    async fn delete_video(&self, ctx: &Context<'_>, input: DeleteMediaInput) -> Result<Option<VideoPayload>> {
        Ok(Some(VideoPayload { video: Video(input.apply(ctx, &[Kind::Video]).await?) }))
    }
}
