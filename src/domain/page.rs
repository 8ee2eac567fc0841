//! How lists are cut: numbered pages for people, keyset windows for programs.
//!
//! Every list is ordered by an instant and, within it, by an id. A keyset names the place between two rows by these two
//! values, so a window stays right while rows come and go, and costs the same at the end of a list as at its start.

use entity::Timestamp;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

/// Most rows of one page or window. Source: design, section 3.
pub const MAX_SIZE: u64 = 100;

/// A numbered page, as asked for and brought within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Number of the page, from 1.
    pub index: u64,
    /// Rows on a page, 0 to [`MAX_SIZE`].
    pub size: u64,
}

impl Numbered {
    /// `index` below 1 counts as 1, `size` is brought into 0 to [`MAX_SIZE`]. Source: design, section 13.
    pub fn new(index: i64, size: i64) -> Self {
        Self { index: u64::try_from(index).unwrap_or(1).max(1), size: u64::try_from(size).unwrap_or(0).min(MAX_SIZE) }
    }

    /// Rows before this page; never more than a database can be told to skip.
    pub fn offset(self) -> u64 {
        (self.index - 1).saturating_mul(self.size).min(i64::MAX.unsigned_abs())
    }
}

/// One numbered page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The page that was asked for.
    pub numbered: Numbered,
    /// Its rows; none past the end of the list.
    pub rows: Vec<T>,
}

/// The place of a row in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyset {
    /// The instant the list is ordered by.
    pub at: Timestamp,
    /// The id that decides between rows of one instant.
    pub id: String,
}

/// A stretch of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Only what comes after this place.
    pub after: Option<Keyset>,
    /// Only what comes before this place.
    pub before: Option<Keyset>,
    /// At most this many rows.
    pub limit: u64,
    /// Whether the rows are taken from the end of the stretch.
    pub from_end: bool,
}

/// What a window showed.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Whether the list goes on before them.
    pub has_previous: bool,
    /// Whether the list goes on after them.
    pub has_next: bool,
}

impl<T> Slice<T> {
    /// The same slice of other rows.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Slice<U> {
        Slice {
            rows: self.rows.into_iter().map(convert).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

impl Window {
    /// Narrows a query to the window, with one row more than the limit, for [`Window::cut`] to look beyond it.
    ///
    /// `order`: the direction of the list in both columns.
    pub fn apply<E: EntityTrait>(
        &self,
        query: Select<E>,
        at: impl ColumnTrait,
        id: impl ColumnTrait,
        order: Order,
    ) -> Select<E> {
        let descending = matches!(order, Order::Desc);
        let mut query = query;
        if let Some(after) = &self.after {
            query = query.filter(beyond(at, id, after, descending));
        }
        if let Some(before) = &self.before {
            query = query.filter(beyond(at, id, before, !descending));
        }
        let order = if descending == self.from_end { Order::Asc } else { Order::Desc };
        query.order_by(at, order.clone()).order_by(id, order).limit(self.limit + 1)
    }

    /// Makes the slice of what the query gave.
    pub fn cut<T>(&self, mut rows: Vec<T>) -> Slice<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if self.from_end {
            rows.reverse();
            Slice { rows, has_previous: more, has_next: self.before.is_some() }
        } else {
            Slice { rows, has_previous: self.after.is_some(), has_next: more }
        }
    }
}

/// Rows that come after `place` in a descending or ascending list. Spelled so that an index on `(at, id)` is used by all
/// three databases, which a row comparison is not by MySQL.
fn beyond(at: impl ColumnTrait, id: impl ColumnTrait, place: &Keyset, descending: bool) -> Condition {
    let Keyset { at: instant, id: tie } = place;
    if descending {
        Condition::all().add(at.lte(*instant)).add(Condition::any().add(at.lt(*instant)).add(id.lt(tie)))
    } else {
        Condition::all().add(at.gte(*instant)).add(Condition::any().add(at.gt(*instant)).add(id.gt(tie)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_brought_within_bounds() {
        for ((index, size), (page, rows, offset)) in [
            ((1, 10), (1, 10, 0)),
            ((0, 10), (1, 10, 0)),
            ((-5, -1), (1, 0, 0)),
            ((3, 20), (3, 20, 40)),
            ((1, 1_000_000), (1, 100, 0)),
            ((i64::MAX, i64::MAX), (i64::MAX.unsigned_abs(), 100, i64::MAX.unsigned_abs())),
        ] {
            let numbered = Numbered::new(index, size);
            assert_eq!((numbered.index, numbered.size, numbered.offset()), (page, rows, offset), "{index} {size}");
        }
    }

    #[test]
    fn a_cut_says_what_lies_beyond() {
        let keyset = Keyset { at: crate::clock::now(), id: "x".into() };
        let window =
            |after: bool, from_end| Window { after: after.then(|| keyset.clone()), before: None, limit: 2, from_end };
        let slice = window(false, false).cut(vec![1, 2, 3]);
        assert_eq!((slice.rows, slice.has_previous, slice.has_next), (vec![1, 2], false, true));
        let slice = window(true, false).cut(vec![3]);
        assert_eq!((slice.rows, slice.has_previous, slice.has_next), (vec![3], true, false));
        let slice = window(false, true).cut(vec![5, 4, 3]);
        assert_eq!((slice.rows, slice.has_previous, slice.has_next), (vec![4, 5], true, false));
    }
}
