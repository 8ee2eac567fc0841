//! The bytes of what was uploaded: each content once, however often and to however many accounts it was uploaded,
//! and forgotten with the last media that has it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, Weak},
};

use bytes::Bytes;

use crate::state::lock;

/// Most bytes that are kept in all.
const MAX_BYTES: usize = 512 << 20;

/// The contents that are kept now; clones are the same store.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    kept: Arc<Mutex<Kept>>,
    limit: usize,
}

#[derive(Debug, Default)]
struct Kept {
    by_sha256: HashMap<String, Weak<Content>>,
    bytes: usize,
}

/// Bytes that are kept for as long as somebody holds this.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) bytes: Bytes,
    /// In hexadecimal.
    pub(crate) sha256: String,
    kept: Arc<Mutex<Kept>>,
}

impl Default for Contents {
    fn default() -> Self {
        Self { kept: Arc::default(), limit: MAX_BYTES }
    }
}

impl Contents {
    /// Keeps these bytes; `None` when there is no room for them.
    pub(crate) fn keep(&self, bytes: &[u8], sha256: &str) -> Option<Arc<Content>> {
        let mut kept = lock(&self.kept);
        if let Some(content) = kept.by_sha256.get(sha256).and_then(Weak::upgrade) {
            return Some(content);
        }
        if kept.bytes + bytes.len() > self.limit {
            return None;
        }
        let content = Arc::new(Content {
            // A copy: a part of a form would keep the whole body alive.
            bytes: Bytes::copy_from_slice(bytes),
            sha256: sha256.to_owned(),
            kept: Arc::clone(&self.kept),
        });
        kept.bytes += bytes.len();
        kept.by_sha256.insert(sha256.to_owned(), Arc::downgrade(&content));
        Some(content)
    }

    pub(crate) fn find(&self, sha256: &str) -> Option<Arc<Content>> {
        lock(&self.kept).by_sha256.get(sha256).and_then(Weak::upgrade)
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        let mut kept = lock(&self.kept);
        kept.bytes -= self.bytes.len();
        // Somebody may have kept the same bytes anew since the last holder let go.
        if kept.by_sha256.get(&self.sha256).is_some_and(|content| content.strong_count() == 0) {
            kept.by_sha256.remove(&self.sha256);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_kept_once_and_as_long_as_somebody_holds_it() {
        let contents = Contents::default();
        let first = contents.keep(b"cat", "1").unwrap();
        let second = contents.keep(b"cat", "1").unwrap();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(lock(&contents.kept).bytes, 3);
        drop(first);
        assert_eq!(contents.find("1").unwrap().bytes, "cat");
        drop(second);
        assert!(contents.find("1").is_none());
        let kept = lock(&contents.kept);
        assert_eq!((kept.bytes, kept.by_sha256.len()), (0, 0));
    }

    #[test]
    fn the_room_is_bounded_and_comes_back() {
        let contents = Contents { limit: 5, ..Contents::default() };
        let first = contents.keep(b"cat", "1").unwrap();
        assert!(contents.keep(b"dog", "2").is_none());
        assert!(contents.keep(b"cat", "1").is_some(), "what is there needs no room");
        let ox = contents.keep(b"ox", "3").unwrap();
        drop(first);
        assert!(contents.keep(b"dog", "2").is_some());
        assert_eq!(ox.bytes, "ox");
    }
}
