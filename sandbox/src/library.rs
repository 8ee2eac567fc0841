//! The media of an account: temporary ones, which expire, and permanent material, which is counted.
//!
//! Source: WeChat "Asset management" (素材管理).

use std::sync::Arc;

use indexmap::IndexMap;

use crate::{
    contents::Content,
    errcode::Errcode,
    format::Format,
    identifier,
    media::{Keeping, MediaKind},
};

/// Temporary media can be used for three days.
const TEMPORARY_SECONDS: i64 = 3 * 86_400;
/// Most permanent images, drafts included.
const MAX_IMAGES: usize = 100_000;
/// Most permanent media of each other type.
const MAX_OTHERS: usize = 1000;

/// A file that passed the checks of its type.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) kind: MediaKind,
    pub(crate) filename: String,
    /// Of the content, whatever the name says.
    pub(crate) format: Format,
    pub(crate) content: Arc<Content>,
}

/// What is told about a permanent video.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) title: String,
    pub(crate) introduction: String,
}

/// One upload.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    pub(crate) media_id: String,
    pub(crate) file: File,
    pub(crate) keeping: Keeping,
    /// Permanent videos have one.
    pub(crate) description: Option<Description>,
    /// Where WeChat would show it; permanent images and thumbs have one.
    pub(crate) url: Option<String>,
    /// Unix seconds.
    pub(crate) created_at: i64,
}

/// The uploads that were not deleted, oldest first. Expired ones stay until their room is needed.
#[derive(Debug, Default)]
pub(crate) struct Library(IndexMap<String, Media>);

impl Media {
    fn new(file: File, keeping: Keeping, now: i64) -> Self {
        let media_id = identifier::random();
        Self { media_id, file, keeping, description: None, url: None, created_at: now }
    }

    /// Unix seconds; `None` for permanent material.
    pub(crate) fn expires_at(&self) -> Option<i64> {
        (self.keeping == Keeping::Temporary).then(|| self.created_at.saturating_add(TEMPORARY_SECONDS))
    }

    fn is_expired(&self, now: i64) -> bool {
        self.expires_at().is_some_and(|end| now >= end)
    }

    /// The name of a download: the media_id with the extension of the content.
    pub(crate) fn download_name(&self) -> String {
        format!("{}.{}", self.media_id, self.file.format.extension())
    }
}

impl Library {
    pub(crate) fn add_temporary(&mut self, file: File, now: i64) -> &Media {
        self.insert(Media::new(file, Keeping::Temporary, now))
    }

    /// Adds permanent material to an account with so many drafts. Errors: 45074 when there is too much of its type.
    pub(crate) fn add_permanent(
        &mut self,
        file: File,
        description: Option<Description>,
        drafts: usize,
        now: i64,
    ) -> Result<&Media, Errcode> {
        let kind = file.kind;
        let (used, limit) = match kind {
            MediaKind::Image => (self.count(kind) + drafts, MAX_IMAGES),
            MediaKind::Voice | MediaKind::Video | MediaKind::Thumb => (self.count(kind), MAX_OTHERS),
        };
        if used >= limit {
            return Err(Errcode::TOO_MUCH_MATERIAL);
        }
        let pictured = matches!(kind, MediaKind::Image | MediaKind::Thumb);
        let name = file.format.address_name();
        let url = pictured.then(|| format!("{}?wx_fmt={name}", image_address(file.format)));
        Ok(self.insert(Media { description, url, ..Media::new(file, Keeping::Permanent, now) }))
    }

    fn insert(&mut self, media: Media) -> &Media {
        self.0.entry(media.media_id.clone()).or_insert(media)
    }

    /// Media of either sort. Errors: 40007 when there is none with this id, or it has expired.
    pub(crate) fn usable(&self, media_id: &str, now: i64) -> Result<&Media, Errcode> {
        self.0.get(media_id).filter(|media| !media.is_expired(now)).ok_or(Errcode::INVALID_MEDIA_ID)
    }

    /// Permanent material. Errors: 40007 for anything else.
    pub(crate) fn permanent(&self, media_id: &str) -> Result<&Media, Errcode> {
        let media = self.0.get(media_id).filter(|media| media.keeping == Keeping::Permanent);
        media.ok_or(Errcode::INVALID_MEDIA_ID)
    }

    /// Deletes permanent material. Errors: 40007 for anything else.
    pub(crate) fn delete(&mut self, media_id: &str) -> Result<(), Errcode> {
        self.permanent(media_id)?;
        self.0.shift_remove(media_id);
        Ok(())
    }

    /// Everything that is kept, oldest first, expired media included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Media> {
        self.0.values()
    }

    /// The permanent material of a type, newest first.
    pub(crate) fn material(&self, kind: MediaKind) -> impl Iterator<Item = &Media> {
        let matches = move |media: &&Media| media.keeping == Keeping::Permanent && media.file.kind == kind;
        self.0.values().rev().filter(matches)
    }

    /// How much permanent material of a type there is.
    pub(crate) fn count(&self, kind: MediaKind) -> usize {
        self.material(kind).count()
    }

    /// How many temporary media can still be used.
    pub(crate) fn temporary(&self, now: i64) -> usize {
        self.iter().filter(|media| media.keeping == Keeping::Temporary && !media.is_expired(now)).count()
    }

    /// Makes room: lets go of what nobody can use any more.
    pub(crate) fn forget_expired(&mut self, now: i64) {
        self.0.retain(|_, media| !media.is_expired(now));
    }
}

/// An address in the shape of WeChat's image host; nothing answers there.
pub(crate) fn image_address(format: Format) -> String {
    format!("http://mmbiz.qpic.cn/mmbiz_{}/{}/0", format.address_name(), identifier::random())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use crate::contents::Contents;

    fn file(kind: MediaKind) -> File {
        let content = Contents::default().keep(b"x", "1").unwrap();
        File { kind, filename: "x".to_owned(), format: Format::Jpeg, content }
    }

    #[test]
    fn temporary_media_expire_after_three_days() {
        let mut library = Library::default();
        let media_id = library.add_temporary(file(MediaKind::Image), 1000).media_id.clone();
        assert!(library.usable(&media_id, 1000 + 3 * 86_400 - 1).is_ok());
        assert_eq!(library.usable(&media_id, 1000 + 3 * 86_400).err(), Some(Errcode::INVALID_MEDIA_ID));
        assert_eq!((library.temporary(1000), library.temporary(1000 + 3 * 86_400)), (1, 0));
        library.forget_expired(1000 + 3 * 86_400 - 1);
        assert_eq!(library.iter().count(), 1);
        library.forget_expired(1000 + 3 * 86_400);
        assert_eq!(library.iter().count(), 0);
    }

    #[test]
    fn permanent_material_is_counted_by_type() {
        let mut library = Library::default();
        let thumb = file(MediaKind::Thumb);
        for _ in 0..1000 {
            library.add_permanent(thumb.clone(), None, 0, 0).unwrap();
        }
        assert_eq!(library.add_permanent(thumb, None, 0, 0).err(), Some(Errcode::TOO_MUCH_MATERIAL));
        let voice = library.add_permanent(file(MediaKind::Voice), None, 0, 0).unwrap().media_id.clone();
        library.delete(&voice).unwrap();
        assert_eq!(library.delete(&voice), Err(Errcode::INVALID_MEDIA_ID));
    }

    #[test]
    fn images_and_drafts_share_a_limit() {
        let mut library = Library::default();
        let image = file(MediaKind::Image);
        library.add_permanent(image.clone(), None, 99_999, 0).unwrap();
        assert_eq!(library.add_permanent(image, None, 99_999, 0).err(), Some(Errcode::TOO_MUCH_MATERIAL));
    }
}
