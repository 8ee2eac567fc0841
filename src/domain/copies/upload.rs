//! Making a copy of a file.

use chrono::TimeDelta;
use entity::stored_file;
use entity::wechat_copy::{self, Form};

use super::{Received, begin_recording, find, is_usable, media_kind, record};
use crate::domain::{Context, files};
use crate::error::{Error, Result};
use crate::wechat::{Credentials, MaterialKind, MediaFile, MediaKind};

/// Largest file that is read into memory for an upload, in bytes: WeChat's largest, a video or an image. Source: WeChat
/// reference, sections 5.1 and 5.3.
const LARGEST: u64 = 10 << 20;

/// A copy that is needed.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// What it is to be at WeChat; not a draft.
    pub form: Form,
    /// The file.
    pub file: &'a stored_file::Model,
    /// How long it must be usable from now on.
    pub life: TimeDelta,
}

/// A usable copy: the one that is there, else a new upload, recorded before this returns. Two who want the same copy at
/// the same time may both upload it; the later one stays.
///
/// Errors: `Wechat`; `Storage`; `Invalid` for a file that is larger than WeChat takes; `Conflict` when the account has
/// another app by now.
pub async fn ensure(
    context: &Context,
    credentials: &Credentials,
    Wanted { form, file, life }: Wanted<'_>,
) -> Result<wechat_copy::Model> {
    if let Some(copy) = find(&context.database, &file.account_id, form, &file.id).await?
        && is_usable(&copy, life)
    {
        return Ok(copy);
    }
    let received = upload(context, credentials, form, file).await?;
    let txn = begin_recording(context, &file.account_id, credentials).await?;
    let copy = record(&txn, &file.account_id, form, &file.id, received).await?;
    txn.commit().await?;
    Ok(copy)
}

async fn upload(
    context: &Context,
    credentials: &Credentials,
    form: Form,
    file: &stored_file::Model,
) -> Result<Received> {
    let size = u64::try_from(file.size)?;
    if size > LARGEST {
        let reason = format!("WeChat takes files of at most {LARGEST} bytes, this one has {size}");
        return Err(Error::invalid("file", reason));
    }
    let kind = media_kind(file)?;
    let format = super::super::media::format(file)?;
    let content = context.storage.read_to_end(&files::key(&file.account_id, &file.id), LARGEST).await?;
    let content = MediaFile {
        // WeChat looks at the extension only.
        file_name: format!("media.{}", format.extension()),
        content_type: format.media_type(),
        content,
    };
    let client = &context.wechat;
    Ok(match form {
        Form::Temporary => {
            let media = client.upload_media(credentials, kind, &content).await?;
            Received {
                media_id: Some(media.media_id),
                url: None,
                at: Some(media.created_at.into()),
                lifetime: Some(MediaKind::LIFETIME),
            }
        }
        Form::Permanent => {
            let kind = match kind {
                MediaKind::Image | MediaKind::Thumb => MaterialKind::Image,
                MediaKind::Voice => MaterialKind::Voice,
                MediaKind::Video => return Err(Error::Internal("no feature needs a permanent video".into())),
            };
            let material = client.add_material(credentials, &kind, &content).await?;
            Received { media_id: Some(material.media_id), url: material.url, ..Received::default() }
        }
        Form::ArticleImage => {
            let url = client.upload_article_image(credentials, &content).await?;
            Received { url: Some(url), ..Received::default() }
        }
        Form::Draft => return Err(Error::Internal("a file is no draft".into())),
    })
}
