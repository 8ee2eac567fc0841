//! Random names: of media, of drafts, and inside the addresses of images and articles.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

/// 64 characters of URL-safe base64, as WeChat's media_ids have them, that nobody can guess.
pub(crate) fn random() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 48]>())
}
