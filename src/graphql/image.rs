//! Images, to be sent and of articles.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject, Upload};
use entity::media::{Kind, Model};

use super::connection::page_cost;
use super::media::{self, DeleteMediaInput, RenameMediaInput};
use super::scalars::DateTime;
use super::wechat_copy::WechatCopy;
use crate::domain::media::{Caption, download_name};

/// A JPEG image: a material to be sent, or the cover or an illustration of articles.
pub struct Image(pub(super) Model);

/// A JPEG image: a material to be sent, or the cover or an illustration of articles.
#[Object]
impl Image {
    /// Id of the image.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// What it is for.
    async fn purpose(&self) -> ImagePurpose {
        match self.0.kind {
            Kind::ArticleImage => ImagePurpose::Article,
            Kind::Image | Kind::Voice | Kind::Video => ImagePurpose::Message,
        }
    }

    /// Name, at first that of the uploaded file.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Public address of the file, for everybody who knows it. It changes with the file.
    async fn url(&self, ctx: &Context<'_>) -> String {
        media::url(ctx, &self.0)
    }

    /// Name under which a download is saved: its name, with `.jpg` where that is missing.
    async fn file_name(&self) -> String {
        download_name(&self.0)
    }

    /// Media type of the file, `image/jpeg`.
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

/// An image may be of either purpose.
pub(super) const KINDS: [Kind; 2] = [Kind::Image, Kind::ArticleImage];

/// What an image is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ImagePurpose {
    /// To be sent: in replies, menus and mass sends.
    Message,
    /// For articles: a cover, or an illustration of the content.
    Article,
}

impl ImagePurpose {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Message => Kind::Image,
            Self::Article => Kind::ArticleImage,
        }
    }
}

/// An image to be uploaded.
#[derive(InputObject)]
pub struct UploadImageInput {
    /// The account.
    account_id: ID,
    /// The file: a JPEG whose name ends in `.jpg` or `.jpeg`, at most 1 MiB unless the service is set otherwise.
    file: Upload,
    /// What it is for.
    #[graphql(default_with = "ImagePurpose::Message")]
    purpose: ImagePurpose,
}

/// The image that a mutation concerned, as it is now; as it was, if it was deleted.
#[derive(SimpleObject)]
pub struct ImagePayload {
    /// The image.
    image: Image,
}

/// Mutations of images.
#[derive(Default)]
pub struct ImageMutation;

#[Object]
impl ImageMutation {
    /// Uploads an image. One that is to be sent is taken to WeChat right after.
    async fn upload_image(&self, ctx: &Context<'_>, input: UploadImageInput) -> Result<Option<ImagePayload>> {
        let UploadImageInput { account_id, file, purpose } = input;
        let media = media::upload(ctx, &account_id, purpose.kind(), file, Caption::default()).await?;
        Ok(Some(ImagePayload { image: Image(media) }))
    }

    /// Renames an image. Its address stays.
    async fn rename_image(&self, ctx: &Context<'_>, input: RenameMediaInput) -> Result<Option<ImagePayload>> {
        Ok(Some(ImagePayload { image: Image(input.apply(ctx, &KINDS).await?) }))
    }

    /// Deletes an image; refused while an article shows it.
    async fn delete_image(&self, ctx: &Context<'_>, input: DeleteMediaInput) -> Result<Option<ImagePayload>> {
        Ok(Some(ImagePayload { image: Image(input.apply(ctx, &KINDS).await?) }))
    }
}
