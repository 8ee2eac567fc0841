//! Temporary media: files that WeChat keeps for three days, for replies, customer-service messages and mass sends.
//!
//! Any number of them may exist. Every kind of account may use them.
//! Source: the page "新增临时素材" (uploading temporary media) of the Official Account documentation.

use std::fmt;
use std::ops::RangeInclusive;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::multipart::Part;
use serde::Deserialize;

use super::call::{Call, Repeat};
use super::client::{Client, Credentials};
use super::error::{Error, Result};
use super::wire;

/// A file to be uploaded. Cheap to clone; the content is held in memory, at most 10 MB of it.
#[derive(Clone, PartialEq, Eq)]
pub struct MediaFile {
    /// A plain name such as `cat.jpg`. WeChat needs one and goes by its extension; it shows the name in the console's
    /// list of permanent materials and nowhere else. Other characters than ASCII letters, digits, `.`, `-` and `_` go
    /// out as `_`, because there is no way of writing them that all gateways read alike.
    pub file_name: String,
    /// MIME type, for example `image/jpeg`. One that cannot be parsed is not sent; WeChat can do without.
    pub content_type: &'static str,
    /// The bytes of the file.
    pub content: Bytes,
}

impl MediaFile {
    /// The file as a part of a form, with a length known in advance.
    pub(super) fn part(&self) -> Part {
        let part = || Part::stream(self.content.clone()).file_name(self.plain_name());
        part().mime_str(self.content_type).unwrap_or_else(|_| part())
    }

    fn plain_name(&self) -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        self.file_name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
    }
}

impl fmt::Debug for MediaFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaFile")
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .finish()
    }
}

/// What a media file is to WeChat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A picture: PNG, JPEG or GIF.
    Image,
    /// A recording of at most 60 seconds: AMR or MP3.
    Voice,
    /// MP4.
    Video,
    /// A small cover picture: JPEG.
    Thumb,
}

impl MediaKind {
    /// How long temporary media last, from [`TemporaryMedia::created_at`] on; until then they can be used repeatedly.
    pub const LIFETIME: TimeDelta = TimeDelta::days(3);

    /// The largest file, in bytes, temporary or permanent: 10 MB for images and videos, 2 MB for voices, 64 KB for thumbs.
    ///
    /// For images the documentation says 10 MB in one place and 2 MB in another of the same page. The larger figure
    /// stands here, so that nothing is refused which WeChat might take; what it does refuse is its 40009.
    pub const fn max_bytes(self) -> usize {
        match self {
            Self::Image | Self::Video => 10 << 20,
            Self::Voice => 2 << 20,
            Self::Thumb => 64 << 10,
        }
    }

    /// WeChat's name of it, the `type` of the calls.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::Thumb => "thumb",
        }
    }

    /// Refuses a file that is empty or too large, before anything is sent.
    pub(super) fn check(self, api: &'static str, file: &MediaFile) -> Result<()> {
        let what = match self {
            Self::Image => "bytes of an image",
            Self::Voice => "bytes of a voice",
            Self::Video => "bytes of a video",
            Self::Thumb => "bytes of a thumb",
        };
        check_size(api, what, file, 1..=self.max_bytes())
    }
}

/// Refuses a file of another size, before anything is sent.
pub(super) fn check_size(
    api: &'static str,
    what: &'static str,
    file: &MediaFile,
    bounds: RangeInclusive<usize>,
) -> Result<()> {
    Error::check_bounds(api, what, file.content.len(), bounds)
}

/// A file at WeChat that ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryMedia {
    /// What messages name it by; opaque, at most 128 characters.
    pub media_id: String,
    /// When WeChat took it.
    pub created_at: DateTime<Utc>,
}

impl TemporaryMedia {
    /// From when on it is gone (40007).
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.created_at + MediaKind::LIFETIME
    }
}

impl Client {
    /// Uploads a file for three days.
    ///
    /// `POST /cgi-bin/media/upload`; 100,000 a day (test accounts 500). **Not repeated** after an unclear outcome: each
    /// attempt makes another media and counts towards the quota, and a file that was too slow once would occupy the
    /// line for as long again. It does no harm to ask anew, since what nobody uses is gone in three days. The time-out
    /// of an attempt grows with the file, see [`Settings::attempt_timeout`].
    ///
    /// # Errors
    /// 40004 (kind), 40005 (file format), 40006 or 45001 (size), 40009–40012 (size of an image, voice, video or thumb),
    /// 41005 or 44001 (no file), 45007 (voice longer than 60 seconds), 45009 (quota). A file that is empty or larger
    /// than [`MediaKind::max_bytes`] is refused here, before anything is sent.
    ///
    /// [`Settings::attempt_timeout`]: super::Settings::attempt_timeout
    pub async fn upload_media(
        &self,
        credentials: &Credentials,
        kind: MediaKind,
        file: &MediaFile,
    ) -> Result<TemporaryMedia> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(default, deserialize_with = "wire::text")]
            media_id: Option<String>,
            /// In the place of `media_id`, from older servers and for thumbs.
            #[serde(default, deserialize_with = "wire::text")]
            thumb_media_id: Option<String>,
            #[serde(deserialize_with = "wire::required_integer")]
            created_at: i64,
        }
        const API: &str = "/cgi-bin/media/upload";
        kind.check(API, file)?;
        let call = Call::upload(API, file, Repeat::IfUnprocessed).query("type", kind.as_str());
        let answer: Answer = self.call(credentials, call).await?;
        let unreadable = |reason: &str| Error::Unreadable { api: API, reason: reason.to_owned() };
        let media_id = answer.media_id.or(answer.thumb_media_id).ok_or_else(|| unreadable("it names no media"))?;
        let created_at =
            DateTime::from_timestamp(answer.created_at, 0).ok_or_else(|| unreadable("its time is none"))?;
        Ok(TemporaryMedia { media_id, created_at })
    }
}
