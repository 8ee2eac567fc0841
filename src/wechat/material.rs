//! Permanent material: files that WeChat keeps until they are deleted, and the images within articles.
//!
//! An account has at most 100,000 images (articles included) and 1,000 of each other kind (45074, 45034). A permanent
//! media id works wherever a temporary one does; the cover of a draft has to be permanent. Every kind of account may
//! use them. Articles are drafts, see [`Article`].
//! Source: the group "永久素材" (permanent material) of the Official Account documentation.
//!
//! [`Article`]: super::Article

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::call::{Call, Done, Repeat};
use super::client::{Client, Credentials};
use super::error::Result;
use super::media::{MediaFile, MediaKind, check_size};
use super::wire;

/// The largest image within an article, in bytes: less than 1 MB. Source: the page of `media/uploadimg`.
pub const MAX_ARTICLE_IMAGE_BYTES: usize = (1 << 20) - 1;

/// What a permanent material is, with what WeChat wants to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaterialKind {
    /// A picture: BMP, PNG, JPEG or GIF.
    Image,
    /// A recording of at most 60 seconds: MP3, WMA, WAV or AMR.
    Voice,
    /// MP4.
    Video(VideoDescription),
    /// A small cover picture: JPEG.
    Thumb,
}

impl MaterialKind {
    /// The same kind without details; its [`MediaKind::max_bytes`] holds for permanent material, too.
    pub const fn media_kind(&self) -> MediaKind {
        match self {
            Self::Image => MediaKind::Image,
            Self::Voice => MediaKind::Voice,
            Self::Video(_) => MediaKind::Video,
            Self::Thumb => MediaKind::Thumb,
        }
    }
}

/// What readers see beside a permanent video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VideoDescription {
    /// Its title; must not be empty.
    #[serde(serialize_with = "wire::writable")]
    pub title: String,
    /// What it is about; must not be empty.
    #[serde(serialize_with = "wire::writable")]
    pub introduction: String,
}

/// A file at WeChat that stays until it is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PermanentMaterial {
    /// What messages and drafts name it by; opaque, at most 128 characters.
    #[serde(deserialize_with = "wire::required_text")]
    pub media_id: String,
    /// Where it can be fetched, for images and, on some accounts, thumbs. Works within Tencent's domains only.
    #[serde(default, deserialize_with = "wire::text")]
    pub url: Option<String>,
}

/// How many permanent materials an account has, those made in the console included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct MaterialCounts {
    /// Recordings; at most 1,000.
    #[serde(rename = "voice_count", deserialize_with = "wire::count")]
    pub voices: u64,
    /// Videos; at most 1,000.
    #[serde(rename = "video_count", deserialize_with = "wire::count")]
    pub videos: u64,
    /// Images; at most 100,000 together with the articles.
    #[serde(rename = "image_count", deserialize_with = "wire::count")]
    pub images: u64,
    /// Sets of articles.
    #[serde(rename = "news_count", deserialize_with = "wire::count")]
    pub news: u64,
}

impl Client {
    /// Uploads an image for the content of articles, JPEG or PNG, and returns its URL. An `<img>` with a URL of another
    /// host is taken out of articles.
    ///
    /// `POST /cgi-bin/media/uploadimg`; the quota is not documented. Repeated: a second upload leaves an image that no
    /// article shows, that has no media id and that counts towards no limit.
    ///
    /// # Errors
    /// 40005 or 40137 (file format), 40009 (size), 41005 (no file). An image that is empty or larger than
    /// [`MAX_ARTICLE_IMAGE_BYTES`] is refused here, before anything is sent.
    pub async fn upload_article_image(&self, credentials: &Credentials, image: &MediaFile) -> Result<String> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(deserialize_with = "wire::required_text")]
            url: String,
        }
        const API: &str = "/cgi-bin/media/uploadimg";
        check_size(API, "bytes of an image in an article", image, 1..=MAX_ARTICLE_IMAGE_BYTES)?;
        let answer: Answer = self.call(credentials, Call::upload(API, image, Repeat::Always)).await?;
        Ok(answer.url)
    }

    /// Uploads a file to stay.
    ///
    /// `POST /cgi-bin/material/add_material`; the quota is not documented. **Not repeated** after an unclear outcome: a
    /// second material would count towards the limit, and nobody would know of the first to delete it.
    ///
    /// # Errors
    /// As [`Client::upload_media`], and 45074 or 45034 (the limit of materials is reached). A file that is empty or larger
    /// than [`MediaKind::max_bytes`] is refused here, before anything is sent.
    pub async fn add_material(
        &self,
        credentials: &Credentials,
        kind: &MaterialKind,
        file: &MediaFile,
    ) -> Result<PermanentMaterial> {
        const API: &str = "/cgi-bin/material/add_material";
        let media_kind = kind.media_kind();
        media_kind.check(API, file)?;
        let mut call = Call::upload(API, file, Repeat::IfUnprocessed).query("type", media_kind.as_str());
        if let MaterialKind::Video(description) = kind {
            call = call.field("description", json!(description).to_string());
        }
        self.call(credentials, call).await
    }

    /// Deletes a permanent material.
    ///
    /// `POST /cgi-bin/material/del_material`; the quota is not documented. **Not repeated** after an unclear outcome: the
    /// second attempt would find no such material.
    ///
    /// # Errors
    /// 40007 (no such material), 48005 or 45060 (an auto-reply or the menu uses it).
    pub async fn delete_material(&self, credentials: &Credentials, media_id: &str) -> Result<()> {
        const API: &str = "/cgi-bin/material/del_material";
        let call = Call::post(API, &json!({"media_id": media_id}), Repeat::IfUnprocessed);
        self.call(credentials, call).await.map(|Done {}| ())
    }

    /// How many permanent materials the account has.
    ///
    /// `GET /cgi-bin/material/get_materialcount`; the quota is not documented. Reads, so it is repeated.
    ///
    /// # Errors
    /// 45009 (quota).
    pub async fn material_counts(&self, credentials: &Credentials) -> Result<MaterialCounts> {
        self.call(credentials, Call::get("/cgi-bin/material/get_materialcount")).await
    }
}
