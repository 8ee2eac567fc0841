//! Reading what WeChat writes: its types are not as strict as its documentation.
//!
//! Numbers come as numbers or as strings of digits, flags as `0`/`1`, and what is not given as `""`, `null` or not
//! at all. The functions here are for `#[serde(deserialize_with)]`, always together with `default`; [`writable`] goes
//! the other way.

use serde::{Deserialize, Deserializer, Serializer, de};

#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Integer(i64),
    Text(String),
    Flag(bool),
    Nothing(()),
}

/// An integer, or a string that holds one; `null` and `""` count as not given.
pub(super) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Number::deserialize(deserializer)? {
        Number::Integer(number) => Ok(Some(number)),
        Number::Flag(flag) => Ok(Some(i64::from(flag))),
        Number::Text(text) if text.is_empty() => Ok(None),
        Number::Text(text) => text.trim().parse().map(Some).map_err(|_| de::Error::custom("not an integer")),
        Number::Nothing(()) => Ok(None),
    }
}

/// An integer of at least 0 that must be given; for counts.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    integer(deserializer)?.and_then(|number| u64::try_from(number).ok()).ok_or_else(|| de::Error::custom("not a count"))
}

/// An integer that must be given.
pub(super) fn required_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    integer(deserializer)?.ok_or_else(|| de::Error::custom("a number is missing"))
}

/// A flag, written as 0 or 1.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    integer(deserializer).map(|number| number.unwrap_or(0) != 0)
}

/// A list of integers; `null` counts as not given.
pub(super) fn integers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<i64>>, D::Error> {
    #[derive(Deserialize)]
    struct Item(#[serde(deserialize_with = "required_integer")] i64);
    let items = Option::<Vec<Item>>::deserialize(deserializer)?;
    Ok(items.map(|items| items.into_iter().map(|Item(number)| number).collect()))
}

/// A text; `null` and `""` count as not given.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()))
}

/// A text that must be given.
pub(super) fn required_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer)?.ok_or_else(|| de::Error::custom("a text is missing"))
}

/// Writes a flag as 0 or 1.
pub(super) fn digit<S: Serializer>(flag: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(u8::from(*flag))
}

/// Writes a text without the control characters for which JSON has only a `\u` escape: WeChat stores the escape itself
/// in places, or refuses it (40033, 47002), and HTML has no use for them.
pub(super) fn writable<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    const fn is_escaped(character: char) -> bool {
        matches!(character, '\0'..='\x1f') && !matches!(character, '\x08' | '\t' | '\n' | '\x0c' | '\r')
    }
    if text.contains(is_escaped) {
        serializer.serialize_str(&text.replace(is_escaped, ""))
    } else {
        serializer.serialize_str(text)
    }
}
