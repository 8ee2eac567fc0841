//! WeChat's copy of the built-in cover, which music and videos of customer-service messages need.

use chrono::TimeDelta;
use entity::wechat_copy::{self, Form};
use sha2::{Digest as _, Sha256};

use super::{Received, begin_recording, find, is_usable, record};
use crate::domain::Context;
use crate::error::Result;
use crate::wechat::{Credentials, MediaFile, MediaKind};

/// The cover: made by `scripts/cover`.
const COVER: &[u8] = include_bytes!("../../../assets/cover.jpg");

/// What the copy is of: no file that somebody uploaded, whose ids are UUIDs. Another picture is another source.
pub(in crate::domain) fn cover_source() -> String {
    let digest = Sha256::digest(COVER);
    digest.iter().take(8).fold("cover-".to_owned(), |name, byte| format!("{name}{byte:02x}"))
}

/// A usable copy of the built-in cover as thumb, as [`super::ensure`] gives those of files.
///
/// Errors: `Wechat`; `Conflict` when the account has another app by now.
pub(in crate::domain) async fn ensure_cover(
    context: &Context,
    credentials: &Credentials,
    account_id: &str,
    life: TimeDelta,
) -> Result<wechat_copy::Model> {
    let source = cover_source();
    if let Some(copy) = find(&context.database, account_id, Form::Temporary, &source).await?
        && is_usable(&copy, life)
    {
        return Ok(copy);
    }
    let file = MediaFile { file_name: "cover.jpg".to_owned(), content_type: "image/jpeg", content: COVER.into() };
    let media = context.wechat.upload_media(credentials, MediaKind::Thumb, &file).await?;
    let received = Received {
        media_id: Some(media.media_id),
        url: None,
        at: Some(media.created_at.into()),
        lifetime: Some(MediaKind::LIFETIME),
    };
    let txn = begin_recording(context, account_id, credentials).await?;
    let copy = record(&txn, account_id, Form::Temporary, &source, received).await?;
    txn.commit().await?;
    Ok(copy)
}
