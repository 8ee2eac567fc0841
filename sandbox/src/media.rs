//! What may be uploaded: the types of media with their formats and sizes.
//!
//! Source: WeChat "Upload temporary media" (新增临时素材), "Upload permanent material" (新增永久素材) and "Upload images in
//! articles" (上传图文消息图片).

use crate::{errcode::Errcode, format::Format};

/// Largest image or video; the same page of WeChat's also says 2 MB for images.
const MAX_IMAGE: usize = 10 << 20;
const MAX_VIDEO: usize = 10 << 20;
const MAX_VOICE: usize = 2 << 20;
const MAX_THUMB: usize = 64 << 10;
/// An image inside an article has to be smaller than this.
const ARTICLE_IMAGE_LIMIT: usize = 1 << 20;

/// The `type` of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Image,
    Voice,
    Video,
    Thumb,
}

/// For how long a file is uploaded: the formats differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// `media/upload`: three days.
    Temporary,
    /// `material/add_material`: until it is deleted.
    Permanent,
}

impl MediaKind {
    pub(crate) const ALL: [Self; 4] = [Self::Image, Self::Voice, Self::Video, Self::Thumb];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Voice => "voice",
            Self::Video => "video",
            Self::Thumb => "thumb",
        }
    }

    /// Errors: 40004 for any other name.
    pub(crate) fn named(name: &str) -> Result<Self, Errcode> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(Errcode::INVALID_MEDIA_TYPE)
    }

    /// Checks a file by size, name and content; returns the format of its content. Errors: 44001 when it is empty,
    /// 40009 to 40012 when it is too large, 40005 when name or content is of no format that is taken here.
    pub(crate) fn check(self, keeping: Keeping, filename: &str, bytes: &[u8]) -> Result<Format, Errcode> {
        let (largest, error) = match self {
            Self::Image => (MAX_IMAGE, Errcode::INVALID_IMAGE_SIZE),
            Self::Voice => (MAX_VOICE, Errcode::INVALID_VOICE_SIZE),
            Self::Video => (MAX_VIDEO, Errcode::INVALID_VIDEO_SIZE),
            Self::Thumb => (MAX_THUMB, Errcode::INVALID_THUMB_SIZE),
        };
        check_size(bytes, largest, error)?;
        check_format(self.formats(keeping), filename, bytes)
    }

    const fn formats(self, keeping: Keeping) -> &'static [Format] {
        match (self, keeping) {
            (Self::Image, Keeping::Temporary) => &[Format::Png, Format::Jpeg, Format::Gif],
            (Self::Image, Keeping::Permanent) => &[Format::Bmp, Format::Png, Format::Jpeg, Format::Gif],
            (Self::Voice, Keeping::Temporary) => &[Format::Amr, Format::Mp3],
            (Self::Voice, Keeping::Permanent) => &[Format::Mp3, Format::Wma, Format::Wav, Format::Amr],
            (Self::Video, _) => &[Format::Mp4],
            (Self::Thumb, _) => &[Format::Jpeg],
        }
    }
}

/// Checks an image for the inside of an article: JPEG or PNG, smaller than 1 MB. Errors: 44001, 40009, 40005.
pub(crate) fn check_article_image(filename: &str, bytes: &[u8]) -> Result<Format, Errcode> {
    check_size(bytes, ARTICLE_IMAGE_LIMIT - 1, Errcode::INVALID_IMAGE_SIZE)?;
    check_format(&[Format::Jpeg, Format::Png], filename, bytes)
}

fn check_size(bytes: &[u8], largest: usize, error: Errcode) -> Result<(), Errcode> {
    match bytes.len() {
        0 => Err(Errcode::EMPTY_MEDIA),
        size if size > largest => Err(error),
        _ => Ok(()),
    }
}

/// Name and content each have to be of a format that is taken; they need not be of the same one.
fn check_format(taken: &[Format], filename: &str, bytes: &[u8]) -> Result<Format, Errcode> {
    let taken = |format: &Format| taken.contains(format);
    Format::of_name(filename).filter(taken).ok_or(Errcode::INVALID_FILE_TYPE)?;
    Format::of_content(bytes).filter(taken).ok_or(Errcode::INVALID_FILE_TYPE)
}
