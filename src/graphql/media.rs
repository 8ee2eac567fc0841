//! What images, voices and videos have in common.

use async_graphql::{Context, ID, InputObject, Object, Result, Upload};
use entity::api_token::Role;
use entity::media::{Kind, Model};
use entity::stored_file;

use super::connection::Count;
use super::loaders::{CopiesOfSource, FileById, MediaCount, find};
use super::wechat_copy::WechatCopy;
use super::{domain, scope};
use crate::domain::files;
use crate::domain::media::{self, Caption, List};
use crate::error::Error;

/// How many materials there are in a list.
pub struct MediaTotal(pub(super) List);

impl Count for MediaTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(find(ctx, MediaCount(self.0.clone())).await?.unwrap_or_default())
    }
}

#[Object]
impl MediaTotal {
    /// How many materials the list has in all.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i64> {
        self.count(ctx).await
    }
}

/// Public address of the file.
pub(super) fn url(ctx: &Context<'_>, media: &Model) -> String {
    files::url(domain(ctx), &media.account_id, &media.file_id)
}

/// The file. Errors: `Internal` if its row is gone.
pub(super) async fn file(ctx: &Context<'_>, media: &Model) -> Result<stored_file::Model> {
    let file = find(ctx, FileById(media::file_key(media))).await?;
    Ok(file.ok_or_else(|| Error::Internal(format!("the file {} of a live material has no row", media.file_id)))?)
}

/// What WeChat holds of the file.
pub(super) async fn copies(ctx: &Context<'_>, media: &Model) -> Result<Vec<WechatCopy>> {
    let copies = find(ctx, CopiesOfSource(media::file_key(media))).await?;
    Ok(copies.unwrap_or_default().into_iter().map(WechatCopy).collect())
}

/// Saves an upload.
pub(super) async fn upload(
    ctx: &Context<'_>,
    account_id: &str,
    kind: Kind,
    file: Upload,
    caption: Caption,
) -> Result<Model> {
    let scope = scope(ctx, account_id, Role::Writer).await?;
    Ok(media::upload(domain(ctx), &scope, kind, received(ctx, file)?, caption).await?)
}

/// An upload as the rules take it.
pub(super) fn received(ctx: &Context<'_>, file: Upload) -> Result<files::Upload> {
    let value = file.value(ctx).map_err(|error| Error::Internal(format!("an upload is gone: {error}")))?;
    Ok(files::Upload { file_name: value.filename, content: value.content })
}

/// A material to be renamed.
#[derive(InputObject)]
pub struct RenameMediaInput {
    /// The account.
    account_id: ID,
    /// The material.
    id: ID,
    /// Name: 1 to 100 characters.
    name: String,
}

impl RenameMediaInput {
    pub(super) async fn apply(self, ctx: &Context<'_>, kinds: &[Kind]) -> Result<Model> {
        let scope = scope(ctx, &self.account_id, Role::Writer).await?;
        Ok(media::rename(domain(ctx), &scope, kinds, &self.id, &self.name).await?)
    }
}

/// A material to be deleted.
#[derive(InputObject)]
pub struct DeleteMediaInput {
    /// The account.
    account_id: ID,
    /// The material.
    id: ID,
    /// Whether to delete it also while something uses it.
    #[graphql(default = false)]
    force: bool,
}

impl DeleteMediaInput {
    pub(super) async fn apply(self, ctx: &Context<'_>, kinds: &[Kind]) -> Result<Model> {
        let scope = scope(ctx, &self.account_id, Role::Writer).await?;
        Ok(media::delete(domain(ctx), &scope, kinds, &self.id, self.force).await?)
    }
}
