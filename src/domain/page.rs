//! How lists are cut: numbered pages for people, keyset windows for programs.
//!
//! Every list is ordered by an instant and, within it, by an id. A keyset names the place between two rows by these two
//! values, so a window stays right while rows come and go, and costs the same at the end of a list as at its start.
//!
//! Stretches of several lists are read by one statement, a [`Union`], whose number of rows and parts may grow while the
//! number of statements does not.

use entity::Timestamp;
use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Order, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
};

/// Most rows of one page or window. Source: design, section 3.
pub const MAX_SIZE: u64 = 100;

/// A numbered page, as asked for and brought within bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

    /// Narrows a query to the page. `order`: the direction of the list in both columns.
    pub fn apply<E: EntityTrait>(
        self,
        query: Select<E>,
        at: impl ColumnTrait,
        id: impl ColumnTrait,
        order: Order,
    ) -> Stretch {
        let query = query.order_by(at, order.clone()).order_by(id, order.clone());
        Stretch { query: query.offset(self.offset()).limit(self.size).into_query(), order, backwards: false }
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Keyset {
    /// The instant the list is ordered by.
    pub at: Timestamp,
    /// The id that decides between rows of one instant.
    pub id: String,
}

/// The place and the length of a stretch of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// The same stretch of the list, as other rows.
    pub fn with_rows<U>(self, rows: Vec<U>) -> Slice<U> {
        Slice { rows, has_previous: self.has_previous, has_next: self.has_next }
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
    ) -> Stretch {
        let descending = matches!(order, Order::Desc);
        let mut query = query;
        if let Some(after) = &self.after {
            query = query.filter(beyond(at, id, after, descending));
        }
        if let Some(before) = &self.before {
            query = query.filter(beyond(at, id, before, !descending));
        }
        let taken = if descending == self.from_end { Order::Asc } else { Order::Desc };
        let query = query.order_by(at, taken.clone()).order_by(id, taken).limit(self.limit + 1);
        Stretch { query: query.into_query(), order, backwards: self.from_end }
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

/// The rows of a page or a window, as a query.
#[derive(Clone, Debug)]
pub struct Stretch {
    query: SelectStatement,
    /// The direction of the list.
    order: Order,
    /// Whether the query gives the rows from the end of the list.
    backwards: bool,
}

impl Stretch {
    /// Reads the rows, in the order of the query.
    pub async fn read<R: FromQueryResult>(&self, connection: &impl ConnectionTrait) -> Result<Vec<R>, DbErr> {
        let rows = connection.query_all(&self.query).await?;
        rows.iter().map(|row| R::from_query_result(row, "")).collect()
    }
}

/// Stretches of lists that have the same columns and the same direction, to be read by one statement.
#[derive(Clone, Copy, Debug)]
pub struct Union {
    /// The column of the instant, as the queries name it in what they give.
    pub at: &'static str,
    /// The column of the id, likewise.
    pub id: &'static str,
}

impl Union {
    /// Most parts of one statement: SQLite takes 500 (`SQLITE_MAX_COMPOUND_SELECT`).
    const PARTS: usize = 400;

    /// Reads the rows of each stretch, in the order of its query.
    ///
    /// One stretch is read as it is. Several become a `UNION ALL`, each in a derived table of its own, because an order
    /// and a limit of a part are not understood everywhere; a number says which part a row belongs to. What a union does
    /// with the orders of its parts is nowhere promised, so the whole is ordered once more, by the database: its
    /// collation has cut the parts, and only it puts two ids of one instant into the same order again.
    pub async fn read<R: FromQueryResult>(
        self,
        connection: &impl ConnectionTrait,
        stretches: &[Stretch],
    ) -> Result<Vec<Vec<R>>, DbErr> {
        if let [stretch] = stretches {
            return Ok(vec![stretch.read(connection).await?]);
        }
        let mut all = Vec::with_capacity(stretches.len());
        for stretches in stretches.chunks(Self::PARTS) {
            let mut parts: Vec<Vec<R>> = stretches.iter().map(|_| Vec::new()).collect();
            if let Some(statement) = self.statement(stretches) {
                for row in connection.query_all(&statement).await? {
                    let part: i32 = row.try_get("", PART)?;
                    let part = usize::try_from(part).ok().and_then(|part| parts.get_mut(part));
                    let part = part.ok_or_else(|| DbErr::Type("a row of no part".to_owned()))?;
                    part.push(R::from_query_result(&row, "")?);
                }
            }
            for (part, stretch) in parts.iter_mut().zip(stretches) {
                if stretch.backwards {
                    part.reverse();
                }
            }
            all.append(&mut parts);
        }
        Ok(all)
    }

    /// The statement of several stretches; none for no stretch.
    fn statement(self, stretches: &[Stretch]) -> Option<SelectStatement> {
        let part = |(number, stretch): (usize, &Stretch)| {
            Query::select()
                .expr_as(Expr::cust(number.to_string()), Alias::new(PART))
                .expr(Expr::cust("stretch.*"))
                .from_subquery(stretch.query.clone(), Alias::new("stretch"))
                .to_owned()
        };
        let mut parts = stretches.iter().enumerate().map(part);
        let mut whole = parts.next()?;
        for part in parts {
            whole.union(UnionType::All, part);
        }
        let order = stretches[0].order.clone();
        whole
            .order_by(Alias::new(PART), Order::Asc)
            .order_by(Alias::new(self.at), order.clone())
            .order_by(Alias::new(self.id), order);
        Some(whole)
    }
}

/// Counts the rows of queries, by one statement for each few hundred of them.
pub async fn counts<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    queries: &[Select<E>],
) -> Result<Vec<i64>, DbErr> {
    let mut counts = Vec::with_capacity(queries.len());
    for queries in queries.chunks(Union::PARTS) {
        let mut of_parts = vec![0; queries.len()];
        if let Some(statement) = counting(queries) {
            for row in connection.query_all(&statement).await? {
                let part: i32 = row.try_get("", PART)?;
                if let Some(count) = usize::try_from(part).ok().and_then(|part| of_parts.get_mut(part)) {
                    *count = row.try_get("", COUNT)?;
                }
            }
        }
        counts.append(&mut of_parts);
    }
    Ok(counts)
}

/// The statement that counts; none for no query.
fn counting<E: EntityTrait>(queries: &[Select<E>]) -> Option<SelectStatement> {
    let part = |(number, query): (usize, &Select<E>)| {
        let query = query.clone().select_only().expr_as(Expr::cust(number.to_string()), PART);
        query.expr_as(Expr::cust("COUNT(*)"), COUNT).into_query()
    };
    let mut parts = queries.iter().enumerate().map(part);
    let mut whole = parts.next()?;
    for part in parts {
        whole.union(UnionType::All, part);
    }
    Some(whole)
}

/// The column of a union that says how many rows a part has.
const COUNT: &str = "count_of_part";

/// The column of a union that says which part a row belongs to.
const PART: &str = "part_of_union";

#[cfg(test)]
mod tests {
    use entity::text;
    use sea_orm::DbBackend;

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

    #[test]
    fn several_stretches_are_one_statement() {
        let stretch = |account: &str, from_end| {
            let query = text::Entity::find().select_only().columns([text::Column::CreatedAt, text::Column::Id]);
            let query = query.filter(text::Column::AccountId.eq(account));
            let window = Window { after: None, before: None, limit: 2, from_end };
            window.apply(query, text::Column::CreatedAt, text::Column::Id, Order::Desc)
        };
        let union = Union { at: "created_at", id: "id" };
        let statement = union
            .statement(&[stretch("a", false), stretch("b", true)])
            .map(|statement| DbBackend::Sqlite.build(&statement).to_string());
        let part = |number: u8, account: &str, order: &str| {
            format!(
                r#"SELECT {number} AS "part_of_union", stretch.* FROM (SELECT "text"."created_at", "text"."id" FROM "text" "#
            ) + &format!(
                r#"WHERE "text"."account_id" = '{account}' ORDER BY "text"."created_at" {order}, "text"."id" {order} "#
            ) + r#"LIMIT 3) AS "stretch""#
        };
        let whole = format!(
            r#"{} UNION ALL {} ORDER BY "part_of_union" ASC, "created_at" DESC, "id" DESC"#,
            part(0, "a", "DESC"),
            part(1, "b", "ASC")
        );
        assert_eq!(statement, Some(whole));
        assert!(union.statement(&[]).is_none());
    }
}
