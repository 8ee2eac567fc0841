//! A failed field is null, and if it may not be, what holds it is.
//!
//! That is the specification (October 2021, section 6.4.4), and what generated client code relies on: a member that is
//! missing, or null where its type says it is not, is a crash in a typed client. The library leaves the member of a
//! failed field out, whatever its type. So errors are taken out of its hands here: [`Nulls::settle`] sees the outcome
//! of every field and of every item of a list, after all that lies below it, puts nulls where they belong and keeps
//! the errors until the operation, or the event of a subscription, is done ([`Nulls::finish`]).

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_graphql::{PathSegment, QueryPathNode, QueryPathSegment, Response, ServerError, ServerResult, Value};

/// The failed fields of one operation.
#[derive(Debug, Default)]
pub(super) struct Nulls(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    errors: Vec<ServerError>,
    /// Where there is a null now that may not stay. Ancestors look for what is below them.
    unsettled: Vec<Vec<PathSegment>>,
}

impl Nulls {
    /// What the field or the item of a list at `node` comes to; `kind` is the type, `[Book!]!`.
    ///
    /// Items are left to the field that holds their list: the type that the library names for an item is not to be
    /// trusted (behind a reference it is always non-null).
    pub(super) fn settle(
        &self,
        node: &QueryPathNode<'_>,
        kind: &str,
        outcome: ServerResult<Option<Value>>,
    ) -> Option<Value> {
        let is_field = matches!(node.segment, QueryPathSegment::Name(_));
        let mut state = self.state();
        let (mut value, mut failed) = match outcome {
            Ok(value) if !is_field || state.unsettled.is_empty() => return value,
            Ok(value) => (value.unwrap_or_default(), Vec::new()),
            Err(mut error) => {
                if error.path.is_empty() {
                    error.path = path(node);
                }
                state.errors.push(error);
                (Value::Null, vec![path(node)])
            }
        };
        let here = path(node);
        failed.extend(state.unsettled.extract_if(.., |below| below.starts_with(&here)));
        for place in failed {
            if !is_field || !absorb(kind, &mut value, &place[here.len()..]) {
                state.unsettled.push(here.clone());
            }
        }
        Some(value)
    }

    /// Completes the response of an operation, or of one event of a subscription.
    pub(super) fn finish(&self, mut response: Response) -> Response {
        let State { errors, unsettled } = std::mem::take(&mut *self.state());
        if response.errors.iter().any(|error| error.path.is_empty()) {
            return response; // stopped as a whole: what its fields came to is of no interest
        }
        if !unsettled.is_empty() {
            response.data = Value::Null;
        }
        response.errors.extend(errors);
        response
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the null that is needed at `place`, below `value` of type `kind`, as deep as the types allow; `false` if none
/// of them does.
fn absorb(kind: &str, value: &mut Value, place: &[PathSegment]) -> bool {
    let (kind, nullable) = match kind.strip_suffix('!') {
        Some(kind) => (kind, false),
        None => (kind, true),
    };
    let item_kind = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']'));
    let absorbed_by_item = match (item_kind, &mut *value, place) {
        (Some(item_kind), Value::List(items), [PathSegment::Index(index), below @ ..]) => {
            items.get_mut(*index).is_some_and(|item| absorb(item_kind, item, below))
        }
        _ => false,
    };
    if !absorbed_by_item && nullable {
        *value = Value::Null;
    }
    absorbed_by_item || nullable
}

fn path(node: &QueryPathNode<'_>) -> Vec<PathSegment> {
    let segment = match node.segment {
        QueryPathSegment::Index(index) => PathSegment::Index(index),
        QueryPathSegment::Name(name) => PathSegment::Field(name.to_owned()),
    };
    let mut path = node.parent.map(path).unwrap_or_default();
    path.push(segment);
    path
}
