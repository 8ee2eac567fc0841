//! Lists as Relay connections and as numbered pages: the arguments both take, and what both are made of.
//!
//! Source: the GraphQL Cursor Connections Specification.

use async_graphql::connection::{Connection, CursorType, Edge};
use async_graphql::{ObjectType, OutputType, SimpleObject};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;

use crate::domain::page::{Keyset, MAX_SIZE, Numbered, Slice, Window};
use crate::error::{Error, Result};

/// Rows of a window when the client says nothing.
pub(super) const DEFAULT_SIZE: u64 = 20;

/// What a list costs: one for itself and, for each row it may give, what the row costs.
pub(super) fn cost(first: Option<i32>, last: Option<i32>, of_one: usize) -> usize {
    let rows = first.or(last).and_then(|rows| usize::try_from(rows).ok());
    page_cost(rows.unwrap_or(DEFAULT_SIZE as usize), of_one)
}

/// What a numbered page costs.
pub(super) fn page_cost(size: usize, of_one: usize) -> usize {
    1 + size.min(MAX_SIZE as usize).saturating_mul(of_one)
}

/// The four arguments of a connection.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    pub(super) first: Option<i32>,
    pub(super) after: Option<String>,
    pub(super) last: Option<i32>,
    pub(super) before: Option<String>,
}

impl Arguments {
    /// Errors: `Invalid` for a negative or too large number, for both `first` and `last`, and for a foreign cursor.
    pub(super) fn window(self) -> Result<Window> {
        let size = |field, rows: Option<i32>| match rows {
            None => Ok(None),
            Some(rows) => match u64::try_from(rows) {
                Ok(rows) if rows <= MAX_SIZE => Ok(Some(rows)),
                _ => Err(Error::invalid(field, format!("must be 0 to {MAX_SIZE}, is {rows}"))),
            },
        };
        let (first, last) = (size("first", self.first)?, size("last", self.last)?);
        if first.is_some() && last.is_some() {
            return Err(Error::invalid("last", "cannot be combined with first"));
        }
        let place = |field, cursor: Option<String>| match cursor {
            None => Ok(None),
            Some(cursor) => match Cursor::decode_cursor(&cursor) {
                Ok(Cursor(keyset)) => Ok(Some(keyset)),
                Err(reason) => Err(Error::invalid(field, reason)),
            },
        };
        Ok(Window {
            after: place("after", self.after)?,
            before: place("before", self.before)?,
            limit: first.or(last).unwrap_or(DEFAULT_SIZE),
            from_end: last.is_some(),
        })
    }
}

/// The opaque name of a row's place: base64url of the instant in milliseconds, a colon and the id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor(pub(super) Keyset);

impl CursorType for Cursor {
    type Error = &'static str;

    fn decode_cursor(cursor: &str) -> Result<Self, Self::Error> {
        const FOREIGN: &str = "is not a cursor of this list";
        let decoded = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| FOREIGN)?;
        let decoded = String::from_utf8(decoded).map_err(|_| FOREIGN)?;
        let (at, id) = decoded.split_once(':').ok_or(FOREIGN)?;
        let at = at.parse().ok().and_then(DateTime::from_timestamp_millis).ok_or(FOREIGN)?;
        if id.is_empty() || !crate::domain::checks::is_possible_id(id) {
            return Err(FOREIGN);
        }
        Ok(Self(Keyset { at: at.into(), id: id.to_owned() }))
    }

    fn encode_cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.0.at.timestamp_millis(), self.0.id))
    }
}

/// A connection of a slice. `place` and `node` say where a row stands and what it shows; `total` counts on demand.
pub(super) fn connection<Row, Node, Total>(
    slice: Slice<Row>,
    total: Total,
    place: impl Fn(&Row) -> Keyset,
    node: impl Fn(Row) -> Node,
) -> Connection<Cursor, Node, Total>
where
    Node: OutputType,
    Total: ObjectType,
{
    let mut connection = Connection::with_additional_fields(slice.has_previous, slice.has_next, total);
    connection.edges.extend(slice.rows.into_iter().map(|row| Edge::new(Cursor(place(&row)), node(row))));
    connection
}

/// Which page of a list this is, and how long the list is.
#[derive(Debug, SimpleObject)]
pub struct Pagination {
    /// Number of the page, from 1.
    pub index: i64,
    /// Rows on a full page, 0 to 100.
    pub size: i64,
    /// Rows on all pages together.
    pub count: i64,
}

impl Pagination {
    pub(super) fn new(numbered: Numbered, count: i64) -> Self {
        let shown = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Self { index: shown(numbered.index), size: shown(numbered.size), count }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn windows_are_refused_by_the_argument_at_fault() {
        let arguments =
            |first, last, after: Option<&str>| Arguments { first, last, after: after.map(Into::into), before: None };
        for (arguments, field) in [
            (arguments(Some(-1), None, None), "first"),
            (arguments(Some(101), None, None), "first"),
            (arguments(None, Some(101), None), "last"),
            (arguments(Some(1), Some(1), None), "last"),
            (arguments(None, None, Some("nonsense")), "after"),
            (arguments(None, None, Some("")), "after"),
        ] {
            assert_eq!(arguments.window().unwrap_err().field(), Some(field));
        }
        assert_eq!(arguments(Some(100), None, None).window().unwrap().limit, 100);
        assert_eq!(arguments(None, None, None).window().unwrap().limit, DEFAULT_SIZE);
    }

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_an_error(text in any::<String>()) {
            if let Ok(cursor) = Cursor::decode_cursor(&text) {
                prop_assert_eq!(cursor.encode_cursor(), text);
            }
        }

        #[test]
        fn a_cursor_reads_back(at in -8_000_000_000_000_i64..8_000_000_000_000, id in "[a-zA-Z0-9:_-]{1,45}") {
            let cursor = Cursor(Keyset { at: DateTime::from_timestamp_millis(at).unwrap().into(), id });
            prop_assert_eq!(Cursor::decode_cursor(&cursor.encode_cursor()).unwrap(), cursor);
        }
    }
}
