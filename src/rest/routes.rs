//! Paths: how they are written in documents, and which of them could match the same request.

use std::fmt;

use axum::http::Method;

use super::problem::Problem;

/// A path of a document: `/v1/{libraryId}/shelf/{id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable(String),
}

/// Whether a request must have a body for the route to be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Any,
    Absent,
    Present,
}

impl Presence {
    const fn overlaps(self, other: Self) -> bool {
        !matches!((self, other), (Self::Absent, Self::Present) | (Self::Present, Self::Absent))
    }
}

impl Path {
    /// Reads a path as `@rest` has it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else { return Err(format!("the path {text:?} does not begin with /")) };
        let segments = rest.split('/').map(|segment| {
            let variable = segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
            match variable {
                Some(name) if !name.is_empty() && plain(name) => Ok(Segment::Variable(name.to_owned())),
                None if !segment.is_empty() && plain(segment) => Ok(Segment::Literal(segment.to_owned())),
                _ => Err(format!("the path {text:?} has the unusable segment {segment:?}")),
            }
        });
        Ok(Self { segments: segments.collect::<Result<_, _>>()? })
    }

    /// The names in braces, in order.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Variable(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// The path for the router: variables are named by their place, because a router wants one name at one place.
    pub(super) fn pattern(&self) -> String {
        let mut pattern = String::new();
        for (index, segment) in self.segments.iter().enumerate() {
            pattern.push('/');
            match segment {
                Segment::Literal(text) => pattern.push_str(text),
                Segment::Variable(_) => pattern.push_str(&format!("{{s{index}}}")),
            }
        }
        pattern
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.segments.iter().try_for_each(|segment| match segment {
            Segment::Literal(text) => write!(f, "/{text}"),
            Segment::Variable(name) => write!(f, "/{{{name}}}"),
        })
    }
}

/// What tells one route from another.
#[derive(Clone, Debug)]
pub(super) struct Key<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a Path,
    pub(super) presence: Presence,
    pub(super) operation: &'a str,
}

/// Refuses `new` if one of `earlier` could match the same request. A literal segment beside a variable is no conflict:
/// the literal wins, always.
pub(super) fn check_conflict<'a>(
    earlier: impl Iterator<Item = Key<'a>>,
    new: &Key<'_>,
    problem: impl Fn(String) -> Problem,
) -> Result<(), Problem> {
    for other in earlier.filter(|other| other.path.pattern() == new.path.pattern()) {
        if other.path != new.path {
            let reason = format!("the path {} is {} of {} with other names", new.path, other.path, other.operation);
            return Err(problem(reason));
        }
        if other.method == new.method && other.presence.overlaps(new.presence) {
            let reason = format!("{} {} is a route of {} already", new.method, new.path, other.operation);
            return Err(problem(reason));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn a_path_reads_and_prints_the_same() {
        for text in ["/a", "/v1/{x}/b-c/{y_2}", "/openapi.json"] {
            assert_eq!(Path::read(text).unwrap().to_string(), text);
        }
        assert_eq!(Path::read("/v1/{x}/{y}").unwrap().pattern(), "/v1/{s1}/{s2}");
    }

    #[test]
    fn unusable_paths_are_refused() {
        for text in ["", "a", "/", "/a/", "//a", "/{}", "/{a", "/a}", "/x{a}", "/{a}{b}", "/*", "/{*a}", "/é", "/a?b"]
        {
            assert!(Path::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_absence_and_presence_exclude_each_other() {
        use Presence::{Absent, Any, Present};
        for (left, right, overlap) in [
            (Any, Any, true),
            (Any, Absent, true),
            (Present, Any, true),
            (Absent, Absent, true),
            (Absent, Present, false),
            (Present, Absent, false),
        ] {
            assert_eq!(left.overlaps(right), overlap);
        }
    }
}
