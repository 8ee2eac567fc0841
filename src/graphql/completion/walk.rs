//! Walks a response next to the shape that it should have.

use std::{collections::HashMap, mem};

use async_graphql::{Name, PathSegment, Response, ServerError, Value, indexmap::IndexMap, parser::types::SelectionSet};

use super::{
    CONCRETE,
    shape::{Below, Member, Shape, Source},
};

type Members = IndexMap<Name, Value>;

/// Completes `response`, which answers `set` on the type `root`.
pub(super) fn complete<'d>(source: &Source<'d>, root: &'d str, set: &'d SelectionSet, response: &mut Response) {
    let mut below = Below::new(source, root);
    below.select(set);
    let failures = Failures::of(&response.errors);
    // An error without a path is the refusal of the whole request: there was no execution.
    if response.data == Value::Null && failures.is_none() && !response.errors.is_empty() {
        return;
    }
    if !(Walk { source }).object(&mut below, &mut response.data, failures.as_ref()) {
        response.data = Value::Null;
    }
}

/// The paths of the errors, at and below one place of the response.
#[derive(Default)]
struct Failures<'e> {
    members: HashMap<&'e str, Failures<'e>>,
    items: HashMap<usize, Failures<'e>>,
}

impl<'e> Failures<'e> {
    fn of(errors: &'e [ServerError]) -> Option<Self> {
        let mut root = Self::default();
        for error in errors {
            error.path.iter().fold(&mut root, |place, segment| match segment {
                PathSegment::Field(name) => place.members.entry(name).or_default(),
                PathSegment::Index(index) => place.items.entry(*index).or_default(),
            });
        }
        (!root.members.is_empty() || !root.items.is_empty()).then_some(root)
    }
}

struct Walk<'s, 'd> {
    source: &'s Source<'d>,
}

/// Every method answers whether its value may stay; `false` means that null belongs into its place.
impl<'d> Walk<'_, 'd> {
    /// A value of the type `kind`.
    fn value(&self, kind: &str, below: &mut Below<'d>, value: &mut Value, failures: Option<&Failures<'_>>) -> bool {
        let (kind, nullable) = match kind.strip_suffix('!') {
            Some(kind) => (kind, false),
            None => (kind, true),
        };
        let item_kind = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']'));
        let stays = match (item_kind, &mut *value) {
            (Some(item_kind), Value::List(items)) => items.iter_mut().enumerate().all(|(index, item)| {
                self.value(item_kind, below, item, failures.and_then(|failures| failures.items.get(&index)))
            }),
            (None, Value::Object(_)) if !below.is_leaf() => self.object(below, value, failures),
            // The library's word for an object without members.
            (None, Value::Null) if !below.is_leaf() && failures.map_or(!nullable, |it| !it.members.is_empty()) => {
                self.object(below, value, failures)
            }
            (_, Value::Null) => failures.is_none(),
            _ => true,
        };
        if !stays {
            *value = Value::Null;
        }
        stays || nullable
    }

    /// An object, or null in its place: one of which no member is there.
    fn object(&self, below: &mut Below<'d>, value: &mut Value, failures: Option<&Failures<'_>>) -> bool {
        let is_null = *value == Value::Null;
        let mut members = match mem::take(value) {
            Value::Object(members) => members,
            other => {
                *value = other;
                Members::new()
            }
        };
        let concrete = if below.is_abstract() { members.shift_remove(CONCRETE) } else { None };
        let concrete = match &concrete {
            Some(Value::String(name)) => Some(name.as_str()),
            _ => None,
        };
        let stays = match below.shape(self.source, concrete) {
            // Without failure, an object of which members are selected and none is there is not an object.
            Some(shape) if is_null && failures.is_none() && !shape.members.is_empty() => return true,
            Some(shape) => self.members(shape, &mut members, failures),
            None => !is_null,
        };
        *value = Value::Object(members);
        stays
    }

    /// Brings `members` into order and completes them.
    fn members(&self, shape: &mut Shape<'d>, members: &mut Members, failures: Option<&Failures<'_>>) -> bool {
        let mut position = 0;
        for Member { key, kind, below } in &mut shape.members {
            let failure = failures.and_then(|failures| failures.members.get(key.as_str()));
            let in_place = members.get_index(position).is_some_and(|(name, _)| name == *key);
            if !in_place {
                let found = members.get_index_of(key.as_str());
                let Some(found) = found.or_else(|| failure.map(|_| members.insert_full((*key).clone(), Value::Null).0))
                else {
                    continue;
                };
                members.swap_indices(position, found);
            }
            if let Some((_, value)) = members.get_index_mut(position)
                && (failure.is_some() || !below.is_leaf())
                && !self.value(kind, below, value, failure)
            {
                return false;
            }
            position += 1;
        }
        true
    }
}
