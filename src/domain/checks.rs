//! What every input must satisfy before a rule looks at it. Lengths are in characters, as people count them.

use std::borrow::Cow;

use crate::error::{Error, Result};

/// Longest WeChat id of an account, group name and account name. Source: design, section 13.
pub const NAME_LENGTH: usize = 100;

/// Longest text. Source: design, section 13.
pub const TEXT_LENGTH: usize = 1_000;

/// Longest id that can exist; see the migrations.
const ID_LENGTH: usize = 64;

/// A string that must say something: trimmed, 1 to `longest` characters.
pub fn required(field: impl Into<Cow<'static, str>>, value: &str, longest: usize) -> Result<String> {
    let field = field.into();
    let value = clean(field.clone(), value, longest)?;
    if value.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    Ok(value)
}

/// A string that may be empty: trimmed, `None` when nothing is left, at most `longest` characters.
pub fn optional(field: impl Into<Cow<'static, str>>, value: Option<&str>, longest: usize) -> Result<Option<String>> {
    Ok(value.map(|value| clean(field, value, longest)).transpose()?.filter(|value| !value.is_empty()))
}

/// A text whose white space matters: kept as it is, but not blank, 1 to `longest` characters.
pub fn text(field: impl Into<Cow<'static, str>>, value: &str, longest: usize) -> Result<String> {
    let field = field.into();
    if value.trim().is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    bounded(field, value, longest)?;
    Ok(value.to_owned())
}

/// The id of an object or a follower, trimmed. Errors: `Invalid` when it is empty.
///
/// An id that no object can have (too long) is left to the caller's look-up, which will not find it.
pub fn id(field: impl Into<Cow<'static, str>>, value: &str) -> Result<String> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    Ok(value.to_owned())
}

/// Whether an object can have this id at all. What is longer than the column, holds a NUL that PostgreSQL cannot even
/// compare with, or ends in a blank that MySQL would not see does not exist.
pub fn is_possible_id(value: &str) -> bool {
    value.chars().count() <= ID_LENGTH && !value.contains('\0') && !value.ends_with(char::is_whitespace)
}

fn clean(field: impl Into<Cow<'static, str>>, value: &str, longest: usize) -> Result<String> {
    let value = value.trim();
    bounded(field, value, longest)?;
    Ok(value.to_owned())
}

fn bounded(field: impl Into<Cow<'static, str>>, value: &str, longest: usize) -> Result<()> {
    let length = value.chars().count();
    if length > longest {
        return Err(Error::invalid(field, format!("must have at most {longest} characters, has {length}")));
    }
    // PostgreSQL cannot store it, and no client means it.
    if value.contains('\0') {
        return Err(Error::invalid(field, "must not contain a NUL character"));
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(required("name", &"标".repeat(100), 100).unwrap().chars().count(), 100);
        assert!(required("name", &"标".repeat(101), 100).is_err());
        assert_eq!(required("name", " 🎉 ", 1).unwrap(), "🎉");
    }

    #[test]
    fn blank_is_empty_and_nul_is_refused() {
        for blank in ["", " ", "\u{3000}\t\n"] {
            assert!(required("name", blank, 10).is_err(), "{blank:?}");
            assert!(text("content", blank, 10).is_err(), "{blank:?}");
            assert_eq!(optional("name", Some(blank), 10).unwrap(), None);
        }
        assert!(required("name", "a\0b", 10).is_err());
        assert!(text("content", "a\0b", 10).is_err());
    }

    #[test]
    fn a_text_keeps_its_white_space() {
        assert_eq!(text("content", "  a\n", 10).unwrap(), "  a\n");
    }
}
