//! `Range`: RFC 9110, sections 14.1 and 14.2.
//!
//! Not read with the `headers` crate, which takes a suffix longer than the file and a number beyond 64 bits for
//! unsatisfiable and wants the unit in lower case.

use std::ops::Range;

use axum::http::HeaderMap;
use axum::http::header::RANGE;

/// Which bytes of the file a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// All: no range was asked for, or none that is understood, or several.
    Whole,
    /// 206.
    Part(Range<u64>),
    /// 416.
    Unsatisfiable,
}

/// What the header selects of `size` bytes. Several ranges get the whole file, which a server may answer: they serve
/// hardly anybody, and many small ones are a way to attack (section 17.15).
pub(super) fn select(headers: &HeaderMap, size: u64) -> Selection {
    let mut values = headers.get_all(RANGE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Selection::Whole };
    match value.to_str().ok().and_then(one_spec).and_then(Spec::read) {
        Some(spec) => spec.within(size),
        None => Selection::Whole,
    }
}

/// `0-99` of `bytes=0-99`, if it is the only member of the list.
fn one_spec(value: &str) -> Option<&str> {
    let (unit, set) = value.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    // Empty members are to be ignored (section 5.6.1.2).
    let mut members = set.split(',').map(|member| member.trim_matches([' ', '\t'])).filter(|member| !member.is_empty());
    let only = members.next()?;
    members.next().is_none().then_some(only)
}

enum Spec {
    /// First and, if given, last position.
    From(u64, Option<u64>),
    /// The length of a suffix.
    Last(u64),
}

impl Spec {
    /// `None` if it is not one, `5-2` included.
    fn read(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-')?;
        match (first.is_empty(), last.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Self::Last(number(last)?)),
            (false, true) => Some(Self::From(number(first)?, None)),
            (false, false) if is_greater(first, last) => None,
            (false, false) => Some(Self::From(number(first)?, Some(number(last)?))),
        }
    }

    fn within(self, size: u64) -> Selection {
        match self {
            Self::Last(0) => Selection::Unsatisfiable,
            // No 206 can say that it has no bytes, but a suffix of nothing is nothing.
            Self::Last(_) if size == 0 => Selection::Whole,
            Self::Last(length) => Selection::Part(size.saturating_sub(length)..size),
            Self::From(first, _) if first >= size => Selection::Unsatisfiable,
            Self::From(first, None) => Selection::Part(first..size),
            Self::From(first, Some(last)) => Selection::Part(first..last.saturating_add(1).min(size)),
        }
    }
}

/// Digits only. A number beyond 64 bits is beyond every file, as the largest of 64 bits is.
fn number(digits: &str) -> Option<u64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Compares numbers of any length.
fn is_greater(first: &str, last: &str) -> bool {
    let (first, last) = (first.trim_start_matches('0'), last.trim_start_matches('0'));
    (first.len(), first) > (last.len(), last)
}
