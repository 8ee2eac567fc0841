//! Files that nobody uploads over the API: what users send and what the owner puts into the console. A test gives
//! them, or takes the small ones from `media/`: a picture, a second of silence, a second of film.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use crate::{
    contents::Contents,
    format::Format,
    library::File,
    media::{Keeping, MediaKind},
};

const PICTURE: &[u8] = include_bytes!("../media/picture.jpg");
/// 50 frames of 20 ms in the mode of 4.75 kbit/s (RFC 4867, 5.3).
const VOICE: &[u8] = include_bytes!("../media/voice.amr");
const FILM: &[u8] = include_bytes!("../media/film.mp4");

/// A file of this type: the given base64, or the simulator's own. Errors: a sentence about what is wrong with it.
pub(crate) fn file(contents: &Contents, kind: MediaKind, given: Option<&str>) -> Result<File, String> {
    let decoded = given.map(|given| BASE64_STANDARD.decode(given).map_err(|_| "is no base64".to_owned()));
    let bytes = match (decoded.transpose()?, kind) {
        (Some(bytes), _) => bytes,
        (None, MediaKind::Image | MediaKind::Thumb) => PICTURE.to_vec(),
        (None, MediaKind::Voice) => VOICE.to_vec(),
        (None, MediaKind::Video) => FILM.to_vec(),
    };
    let format = Format::of_content(&bytes).ok_or("is a file of no known format")?;
    let filename = format!("{}.{}", kind.name(), format.extension());
    let format = kind.check(Keeping::Temporary, &filename, &bytes);
    let format = format.map_err(|errcode| format!("is no {} that WeChat takes: {}", kind.name(), errcode.errmsg()))?;
    let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let content = contents.keep(&bytes, &sha256).ok_or("finds no room")?;
    Ok(File { kind, filename, format, content })
}
