//! Voices.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject, Upload};
use entity::media::{Kind, Model};

use super::connection::page_cost;
use super::media::{self, DeleteMediaInput, RenameMediaInput};
use super::scalars::DateTime;
use super::wechat_copy::WechatCopy;
use crate::domain::media::{Caption, download_name};

/// A voice: MP3 or AMR audio, a material to be sent.
pub struct Voice(pub(super) Model);

/// A voice: MP3 or AMR audio, a material to be sent.
#[Object]
impl Voice {
    /// Id of the voice.
    async fn id(&self) -> ID {
        ID(self.0.id.clone())
    }

    /// Name, at first that of the uploaded file.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Public address of the file, for everybody who knows it. It changes with the file.
    async fn url(&self, ctx: &Context<'_>) -> String {
        media::url(ctx, &self.0)
    }

    /// Name under which a download is saved: its name, with `.mp3` or `.amr` where that is missing.
    async fn file_name(&self) -> String {
        download_name(&self.0)
    }

    /// Media type of the file, `audio/mpeg` or `audio/amr`.
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

/// A voice to be uploaded.
#[derive(InputObject)]
pub struct UploadVoiceInput {
    /// The account.
    account_id: ID,
    /// The file: MP3 or AMR whose name ends so, at most 2 MiB unless the service is set otherwise. WeChat takes 60 seconds.
    file: Upload,
}

/// The voice that a mutation concerned, as it is now; as it was, if it was deleted.
#[derive(SimpleObject)]
pub struct VoicePayload {
    /// The voice.
    voice: Voice,
}

/// Mutations of voices.
#[derive(Default)]
pub struct VoiceMutation;

#[Object]
impl VoiceMutation {
    /// Uploads a voice. It is taken to WeChat right after.
    async fn upload_voice(&self, ctx: &Context<'_>, input: UploadVoiceInput) -> Result<Option<VoicePayload>> {
        let media = media::upload(ctx, &input.account_id, Kind::Voice, input.file, Caption::default()).await?;
        Ok(Some(VoicePayload { voice: Voice(media) }))
    }

    /// Renames a voice. Its address stays.
    async fn rename_voice(&self, ctx: &Context<'_>, input: RenameMediaInput) -> Result<Option<VoicePayload>> {
        Ok(Some(VoicePayload { voice: Voice(input.apply(ctx, &[Kind::Voice]).await?) }))
    }

    /// Deletes a voice.
    async fn delete_voice(&self, ctx: &Context<'_>, input: DeleteMediaInput) -> Result<Option<VoicePayload>> {
        Ok(Some(VoicePayload { voice: Voice(input.apply(ctx, &[Kind::Voice]).await?) }))
    }
}
