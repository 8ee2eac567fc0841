//! Lists as Relay connections and as numbered pages: the arguments both take, and what both are made of.
//!
//! Source: the GraphQL Cursor Connections Specification.

use std::borrow::Cow;

use async_graphql::{Context, Object, ObjectType, OutputType, SimpleObject, TypeName};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;

use super::limits::list_cost;
use crate::domain::checks;
use crate::domain::page::{Keyset, MAX_SIZE, Numbered, Page, Slice, Window};
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
    1 + list_cost(size.min(MAX_SIZE as usize), of_one)
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
            Some(cursor) => decode_cursor(&cursor).map(Some).map_err(|reason| Error::invalid(field, reason)),
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
fn encode_cursor(place: &Keyset) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", place.at.timestamp_millis(), place.id))
}

/// Errors: why the text is no cursor.
fn decode_cursor(cursor: &str) -> Result<Keyset, &'static str> {
    const FOREIGN: &str = "is not a cursor of this list";
    let decoded = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| FOREIGN)?;
    let decoded = String::from_utf8(decoded).map_err(|_| FOREIGN)?;
    let (at, id) = decoded.split_once(':').ok_or(FOREIGN)?;
    let at = at.parse().ok().and_then(DateTime::from_timestamp_millis).ok_or(FOREIGN)?;
    let place = Keyset { at: at.into(), id: id.to_owned() };
    // One spelling a place: what encodes differently was not made here.
    if id.is_empty() || !checks::is_possible_id(id) || encode_cursor(&place) != cursor {
        return Err(FOREIGN);
    }
    Ok(place)
}

/// A stretch of a list. `Total` adds the field that counts the whole list, only when it is asked for.
pub struct Connection<Node, Total> {
    edges: Vec<Edge<Node>>,
    page_info: PageInfo,
    total: Total,
}

impl<Node: OutputType, Total: ObjectType> Connection<Node, Total> {
    /// Of a slice. `place` and `node` say where a row stands and what it shows.
    pub(super) fn new<Row>(
        slice: Slice<Row>,
        total: Total,
        place: impl Fn(&Row) -> Keyset,
        node: impl Fn(Row) -> Node,
    ) -> Self {
        let edge = |row| Edge { cursor: encode_cursor(&place(&row)), node: node(row) };
        let edges: Vec<_> = slice.rows.into_iter().map(edge).collect();
        let page_info = PageInfo {
            has_previous_page: slice.has_previous,
            has_next_page: slice.has_next,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Self { edges, page_info, total }
    }
}

impl<Node: OutputType, Total: ObjectType> TypeName for Connection<Node, Total> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", Node::type_name()).into()
    }
}

/// A stretch of a list, by the GraphQL Cursor Connections Specification.
#[Object(name_type)]
impl<Node: OutputType, Total: ObjectType> Connection<Node, Total> {
    /// The rows of the stretch, each with its cursor.
    async fn edges(&self) -> &[Edge<Node>] {
        &self.edges
    }

    /// The rows of the stretch, without cursors.
    async fn nodes(&self) -> Vec<&Node> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// What lies beyond the stretch.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    #[graphql(flatten)]
    async fn total(&self) -> &Total {
        &self.total
    }
}

/// A row of a list, and its place.
pub struct Edge<Node> {
    cursor: String,
    node: Node,
}

impl<Node: OutputType> TypeName for Edge<Node> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", Node::type_name()).into()
    }
}

/// A row of a list, and its place.
#[Object(name_type)]
impl<Node: OutputType> Edge<Node> {
    /// The row.
    async fn node(&self) -> &Node {
        &self.node
    }

    /// The row's place in the list, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
}

/// What lies beyond a stretch of a list.
#[derive(Debug, SimpleObject)]
pub struct PageInfo {
    /// Whether the list goes on before the stretch.
    has_previous_page: bool,
    /// Whether the list goes on after the stretch.
    has_next_page: bool,
    /// Cursor of the first row; null in an empty stretch.
    start_cursor: Option<String>,
    /// Cursor of the last row; null in an empty stretch.
    end_cursor: Option<String>,
}

/// How long a whole list is.
pub trait Count: Send + Sync {
    /// Counts, or looks up what is kept.
    fn count(&self, ctx: &Context<'_>) -> impl Future<Output = async_graphql::Result<i64>> + Send;
}

/// A numbered page of a list.
pub struct NumberedPage<Node, Total> {
    nodes: Vec<Node>,
    numbered: Numbered,
    total: Total,
}

impl<Node: OutputType, Total: Count> NumberedPage<Node, Total> {
    /// Of a page. `node` says what a row shows.
    pub(super) fn new<Row>(page: Page<Row>, total: Total, node: impl Fn(Row) -> Node) -> Self {
        Self { nodes: page.rows.into_iter().map(node).collect(), numbered: page.numbered, total }
    }
}

impl<Node: OutputType, Total: Count> TypeName for NumberedPage<Node, Total> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Page", Node::type_name()).into()
    }
}

/// A numbered page of a list.
#[Object(name_type)]
impl<Node: OutputType, Total: Count> NumberedPage<Node, Total> {
    /// The rows on the page.
    async fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Which page it is, and how many rows there are on all pages.
    async fn pagination(&self, ctx: &Context<'_>) -> async_graphql::Result<Pagination> {
        let counted = ctx.look_ahead().field("count").exists();
        let count = if counted { self.total.count(ctx).await? } else { 0 };
        Ok(Pagination::new(self.numbered, count))
    }
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
            if let Ok(place) = decode_cursor(&text) {
                prop_assert_eq!(encode_cursor(&place), text);
            }
        }

        #[test]
        fn a_cursor_reads_back(at in -8_000_000_000_000_i64..8_000_000_000_000, id in "[a-zA-Z0-9:_-]{1,45}") {
            let place = Keyset { at: DateTime::from_timestamp_millis(at).unwrap().into(), id };
            prop_assert_eq!(decode_cursor(&encode_cursor(&place)).unwrap(), place);
        }
    }
}
