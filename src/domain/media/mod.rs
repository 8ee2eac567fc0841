//! Materials that are files: images, voices, videos, and the images of articles.
//!
//! They differ in what they accept and in whether they have a title, and in nothing else. Source: behaviour, parts 7 to 9.

use entity::media::{self, Kind};
use entity::stored_file;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, Select,
};

use super::files::{self, Format, Upload};
use super::{Context, Key, Scope, any_of, checks, copies, possible};
use crate::error::{Error, Result};
use crate::{audit, clock};

mod lists;
mod uses;

pub use lists::{List, counts, pages, place, slices};

/// Longest title of a video. Source: design, section 13.
const TITLE_LENGTH: usize = 100;

/// Longest description of a video. Source: design, section 13.
const DESCRIPTION_LENGTH: usize = 1_000;

/// Largest files that are taken, in bytes. The defaults are those of the replaced service. Source: behaviour, parts 7 to 9.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of an image, also of articles.
    pub image: u64,
    /// Of a voice.
    pub voice: u64,
    /// Of a video.
    pub video: u64,
}

impl Limits {
    fn accepted(self, kind: Kind) -> files::Accepted {
        let (bytes, formats, refusal): (_, &'static [Format], _) = match kind {
            Kind::Image | Kind::ArticleImage => (self.image, &[Format::Jpeg], "only JPG formated images are supported"),
            Kind::Voice => (self.voice, &[Format::Mp3, Format::Amr], "only AMR/MP3 formated voices are supported"),
            Kind::Video => (self.video, &[Format::Mp4], "only MP4 formated videos are supported"),
        };
        files::Accepted { bytes, formats, refusal }
    }
}

/// A kind in words, for messages.
pub const fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "image",
        Kind::ArticleImage => "article image",
        Kind::Voice => "voice",
        Kind::Video => "video",
    }
}

/// The name under which a material is saved on somebody's disk: its own, with the extension of its file's format.
pub fn download_name(media: &media::Model) -> String {
    let extension = media.file_id.rsplit_once('.').map_or("", |(_, extension)| extension);
    let format = [Format::Jpeg, Format::Mp3, Format::Amr, Format::Mp4].into_iter().find(|f| f.extension() == extension);
    let name = if media.name.is_empty() { &media.title } else { &media.name };
    let name = if name.is_empty() { noun(media.kind) } else { name };
    match format {
        Some(format) if !format.is_extension_of(name) => format!("{name}.{extension}"),
        _ => name.to_owned(),
    }
}

/// Title and description of a video; `None` leaves what is there.
#[derive(Clone, Debug, Default)]
pub struct Caption {
    /// At most 100 characters.
    pub title: Option<String>,
    /// At most 1,000 characters.
    pub description: Option<String>,
}

impl Caption {
    fn checked(self) -> Result<Self> {
        let text = |field: &'static str, value: Option<String>, longest| {
            let checked = value.map(|value| checks::optional(field, Some(&value), longest)).transpose()?;
            Ok::<_, Error>(checked.map(Option::unwrap_or_default))
        };
        Ok(Self {
            title: text("title", self.title, TITLE_LENGTH)?,
            description: text("description", self.description, DESCRIPTION_LENGTH)?,
        })
    }
}

/// Saves an upload as a material; a job takes it to WeChat. The name is that of the file.
///
/// Errors: `PayloadTooLarge`, `UnsupportedMediaType` in the words of the V1 document; `Invalid` for an empty file, a file
/// name that is too long for a name, and a title or description that is too long.
/// Source: /v1 "上传图片", "上传语音", "上传视频", "上传图文的图片".
pub async fn upload(
    context: &Context,
    scope: &Scope,
    kind: Kind,
    upload: Upload,
    caption: Caption,
) -> Result<media::Model> {
    let caption = caption.checked()?;
    let inspected = files::inspect(upload, context.upload_limits.accepted(kind)).await?;
    let name = match kind {
        Kind::Image | Kind::Voice => {
            checks::required("file", &inspected.file_name, checks::NAME_LENGTH).map_err(|error| in_file_name(&error))?
        }
        // Nobody sees it but who saves the file.
        Kind::ArticleImage | Kind::Video => shortened(&inspected.file_name),
    };
    let file = files::store(context, scope.id(), inspected).await?;
    let now = clock::now();
    let media = media::ActiveModel {
        account_id: Set(scope.id().to_owned()),
        id: Set(clock::new_id()),
        kind: Set(kind),
        name: Set(name),
        title: Set(caption.title.unwrap_or_default()),
        description: Set(caption.description.unwrap_or_default()),
        file_id: Set(file.id.clone()),
        created_at: Set(now),
        updated_at: Set(now),
        deleted_at: Set(None),
    };
    let txn = context.begin(scope.id()).await?;
    files::keep(&txn, &file).await?;
    let media = media::Entity::insert(media).exec_with_returning(&txn).await?;
    copies::upload_ahead(&txn, &scope.account, &media).await?;
    context.commit_work(txn).await?;
    Ok(media)
}

/// A name that is too long is the file's, and there is no other field that it could be in.
fn in_file_name(error: &Error) -> Error {
    match error {
        Error::Invalid { reason, .. } => Error::invalid("file", format!("the file's name {reason}")),
        _ => Error::invalid("file", error.to_string()),
    }
}

/// The end of a name, where its extension is.
fn shortened(name: &str) -> String {
    let surplus = name.chars().count().saturating_sub(checks::NAME_LENGTH);
    name.chars().skip(surplus).collect()
}

/// Gives a material another name. `name`: 1 to 100 characters. Source: /v1 "重命名图片", "重命名语音".
pub async fn rename(context: &Context, scope: &Scope, kinds: &[Kind], id: &str, name: &str) -> Result<media::Model> {
    let name = checks::required("name", name, checks::NAME_LENGTH)?;
    let txn = context.begin(scope.id()).await?;
    let mut media = find(&txn, scope.id(), kinds, id).await?.into_active_model();
    media.name = Set(name);
    media.updated_at = Set(clock::now());
    let media = media.update(&txn).await?;
    txn.commit().await?;
    Ok(media)
}

/// Sets title and description of a video. Source: /v1 "为视频消息添加或更新标题和描述信息".
pub async fn caption(context: &Context, scope: &Scope, id: &str, caption: Caption) -> Result<media::Model> {
    let caption = caption.checked()?;
    let txn = context.begin(scope.id()).await?;
    let mut media = find(&txn, scope.id(), &[Kind::Video], id).await?.into_active_model();
    if let Some(title) = caption.title {
        media.title = Set(title);
    }
    if let Some(description) = caption.description {
        media.description = Set(description);
    }
    media.updated_at = Set(clock::now());
    let media = media.update(&txn).await?;
    txn.commit().await?;
    Ok(media)
}

/// Gives a video another file. The old one is served and sent no more. Source: /v1 "更新视频消息的视频".
///
/// Errors: as [`upload`].
pub async fn replace_file(context: &Context, scope: &Scope, id: &str, upload: Upload) -> Result<media::Model> {
    find(&context.database, scope.id(), &[Kind::Video], id).await?;
    let inspected = files::inspect(upload, context.upload_limits.accepted(Kind::Video)).await?;
    let name = shortened(&inspected.file_name);
    let file = files::store(context, scope.id(), inspected).await?;
    let txn = context.begin(scope.id()).await?;
    let media = find(&txn, scope.id(), &[Kind::Video], id).await?;
    files::keep(&txn, &file).await?;
    files::release(&txn, scope.id(), &media.file_id).await?;
    let mut media = media.into_active_model();
    media.name = Set(name);
    media.file_id = Set(file.id);
    media.updated_at = Set(clock::now());
    let media = media.update(&txn).await?;
    copies::upload_ahead(&txn, &scope.account, &media).await?;
    context.commit_work(txn).await?;
    Ok(media)
}

/// Deletes a material. It is listed, served and sent no more.
///
/// Errors: `Conflict` while something uses it, saying what, unless `force`.
/// Source: /v1 "删除图片", "删除语音", "删除单个视频消息信息"; design, section 13.
pub async fn delete(context: &Context, scope: &Scope, kinds: &[Kind], id: &str, force: bool) -> Result<media::Model> {
    let txn = context.begin(scope.id()).await?;
    let media = find(&txn, scope.id(), kinds, id).await?;
    if !force {
        uses::refuse_used(&txn, &media).await?;
    }
    files::release(&txn, scope.id(), &media.file_id).await?;
    let mut media = media.into_active_model();
    media.deleted_at = Set(Some(clock::now()));
    let media = media.update(&txn).await?;
    audit::record(&txn, &scope.actor, deletion(media.kind), Some(scope.id()), Some(id)).await?;
    txn.commit().await?;
    Ok(media)
}

/// The action of the audit trail.
const fn deletion(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "image.delete",
        Kind::ArticleImage => "article_image.delete",
        Kind::Voice => "voice.delete",
        Kind::Video => "video.delete",
    }
}

/// One live material of one of the kinds. Errors: `NotFound`.
pub(super) async fn find(
    connection: &impl ConnectionTrait,
    account_id: &str,
    kinds: &[Kind],
    id: &str,
) -> Result<media::Model> {
    let missing = || Error::not_found(kinds.first().map_or("material", |kind| noun(*kind)), id);
    if !checks::is_possible_id(id) {
        return Err(missing());
    }
    let found = live().filter(media::Column::AccountId.eq(account_id)).filter(media::Column::Id.eq(id));
    found.filter(media::Column::Kind.is_in(kinds.iter().copied())).one(connection).await?.ok_or_else(missing)
}

/// Live materials by account and id, in no order; those that do not exist are left out.
pub async fn find_many(connection: &impl ConnectionTrait, keys: &[Key]) -> Result<Vec<media::Model>> {
    let wanted = any_of(media::Column::AccountId, media::Column::Id, possible(keys));
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(live().filter(wanted).all(connection).await?)
}

fn live() -> Select<media::Entity> {
    media::Entity::find().filter(media::Column::DeletedAt.is_null())
}

/// The file of a material, as a key.
pub fn file_key(media: &media::Model) -> Key {
    (media.account_id.clone(), media.file_id.clone())
}

/// What the file of a material is. Errors: `Internal` if its row is gone.
pub(super) fn format(file: &stored_file::Model) -> Result<Format> {
    Format::of_media_type(&file.media_type)
        .ok_or_else(|| Error::Internal(format!("the file {} has the unknown type {}", file.id, file.media_type)))
}

#[cfg(test)]
mod tests;
