//! What an upload is, before anything is stored of it.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use sha2::{Digest as _, Sha256};

use super::{Format, Upload};
use crate::error::{Error, Result};

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// What uploads of a kind must be.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) struct Accepted {
    /// Most bytes.
    pub(in crate::domain) bytes: u64,
    /// The formats.
    pub(in crate::domain) formats: &'static [Format],
    /// The words of the V1 document for any other format.
    pub(in crate::domain) refusal: &'static str,
}

/// An upload that may be stored.
#[derive(Debug)]
pub(in crate::domain) struct Inspected {
    /// The name without folders and control characters. Never empty, since it has an extension; but of what WeChat gave.
    pub(in crate::domain) file_name: String,
    /// Its format.
    pub(in crate::domain) format: Format,
    /// Length in bytes.
    pub(in crate::domain) size: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub(in crate::domain) sha256: String,
    /// The content, at its start.
    pub(in crate::domain) content: File,
}

/// Looks at an upload: its size, its format by content and by name, which must agree.
///
/// Errors: `PayloadTooLarge` beyond the limit; `Invalid` when it is empty; `UnsupportedMediaType` for another format.
/// In this order, as the replaced service did. Source: behaviour, part 7.
pub(in crate::domain) async fn inspect(upload: Upload, accepted: Accepted) -> Result<Inspected> {
    let look = move || look(upload, accepted);
    tokio::task::spawn_blocking(look).await.map_err(|panic| Error::Internal(panic.to_string()))?
}

/// A file that WeChat gave, of any format; `otherwise`: what it is where its content does not tell.
///
/// Errors: `Internal` when it cannot be read.
pub(in crate::domain) async fn received(content: File, otherwise: Format) -> Result<Inspected> {
    let look = move || {
        let mut content = content;
        let unreadable = |error: std::io::Error| Error::Internal(format!("a download could not be read: {error}"));
        let size = content.metadata().map_err(unreadable)?.len();
        let format = Format::sniff(&mut content).map_err(unreadable)?.unwrap_or(otherwise);
        content.rewind().map_err(unreadable)?;
        let sha256 = hash(&mut content).map_err(unreadable)?;
        content.rewind().map_err(unreadable)?;
        Ok(Inspected { file_name: String::new(), format, size, sha256, content })
    };
    tokio::task::spawn_blocking(look).await.map_err(|panic| Error::Internal(panic.to_string()))?
}

fn look(upload: Upload, accepted: Accepted) -> Result<Inspected> {
    let Upload { file_name, mut content } = upload;
    let unreadable = |error: std::io::Error| Error::Internal(format!("an upload could not be read: {error}"));
    let size = content.metadata().map_err(unreadable)?.len();
    if size > accepted.bytes {
        return Err(Error::PayloadTooLarge("file size exceeded limit"));
    }
    if size == 0 {
        return Err(Error::invalid("file", "is empty"));
    }
    let file_name = base_name(&file_name);
    let format = Format::detect(&mut content).map_err(unreadable)?;
    let format = format.filter(|format| accepted.formats.contains(format) && format.is_extension_of(&file_name));
    let format = format.ok_or(Error::UnsupportedMediaType(accepted.refusal))?;
    content.rewind().map_err(unreadable)?;
    let sha256 = hash(&mut content).map_err(unreadable)?;
    content.rewind().map_err(unreadable)?;
    Ok(Inspected { file_name, format, size, sha256, content })
}

/// Whether a character changes the direction of the text after it (Unicode Standard Annex 9): a name must not look like
/// another one.
const fn turns_text(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The last part of a path, of Unix or of Windows, without what no name should hold.
fn base_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = base.chars().filter(|character| !character.is_control() && !turns_text(*character)).collect();
    clean.trim().to_owned()
}

fn hash(content: &mut File) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match content.read(&mut chunk)? {
            0 => break,
            read => hasher.update(&chunk[..read]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests;
