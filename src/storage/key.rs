//! The rule for keys.

use super::Error;

/// The longest key, in bytes. A file system takes 255 bytes a name, of which an unfinished file needs some for itself;
/// S3, COS and OSS take over 800 for the whole key with the prefix.
const LONGEST: usize = 200;

/// Keys are segments of letters, digits, `-`, `_` and `.`, joined by `/`. No segment is empty or starts with a dot, so
/// that no key leaves the storage's directory, is hidden, or meets the unfinished files.
pub(super) fn check(key: &str) -> Result<(), Error> {
    let wrong = |reason| Err(Error::Key { key: key.to_owned(), reason });
    if key.len() > LONGEST {
        return wrong("it is longer than 200 bytes");
    }
    for segment in key.split('/') {
        if segment.is_empty() {
            return wrong("a segment is empty");
        }
        if segment.starts_with('.') {
            return wrong("a segment starts with a dot");
        }
        if !segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')) {
            return wrong("only letters, digits, '-', '_' and '.' make a segment");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_within_the_storage_are_keys() {
        for key in ["a", "account/0198-file.jpg", "a/b/c", "A_b-c.d..e", &"a".repeat(200)] {
            assert!(check(key).is_ok(), "{key}");
        }
        let too_long = "a".repeat(201);
        let wrong = [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "../a",
            "a/../b",
            "a/..",
            "./a",
            ".unfinished/a",
            "a\\b",
            "C:\\a",
            "a b",
            "a\0b",
            "a\nb",
            "文件",
            "a?b",
            "a%2fb",
            "a#b",
            &too_long,
        ];
        for key in wrong {
            assert!(matches!(check(key), Err(Error::Key { .. })), "{key:?}");
        }
    }
}
