//! What the members of an object are and in which order they come: `CollectFields` of the specification.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned,
    indexmap::{IndexMap, map::Entry},
    parser::types::{Directive, FragmentDefinition, Selection, SelectionSet},
    registry::Registry,
};
use async_graphql_value::Value;

/// Where to look up what a selection set comes to.
#[derive(Clone, Copy)]
pub(super) struct Source<'d> {
    pub(super) registry: &'d Registry,
    pub(super) fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    pub(super) switches: &'d HashMap<Name, bool>,
}

/// The members of an object of one concrete type, in order.
pub(super) struct Shape<'d> {
    pub(super) members: Vec<Member<'d>>,
}

pub(super) struct Member<'d> {
    pub(super) key: &'d Name,
    /// The type as the schema writes it, `[Book!]!`.
    pub(super) kind: &'d str,
    pub(super) below: Below<'d>,
}

/// What the value of a member is to be compared with.
pub(super) struct Below<'d> {
    /// The type's name without lists and nulls.
    named: &'d str,
    is_abstract: bool,
    /// The merged selection sets; none for a scalar or an enum.
    sets: Vec<&'d SelectionSet>,
    /// By concrete type, as far as they were met. A handful at most, so that a list is quicker than a table.
    shapes: Vec<(&'d str, Shape<'d>)>,
}

impl<'d> Below<'d> {
    /// For an object type, or for a type whose values have no members.
    pub(super) fn new(source: &Source<'d>, kind: &'d str) -> Self {
        let named = named(kind);
        Self { named, is_abstract: is_abstract(source.registry, named), sets: Vec::new(), shapes: Vec::new() }
    }

    pub(super) fn select(&mut self, set: &'d SelectionSet) {
        if !set.items.is_empty() {
            self.sets.push(set);
        }
    }

    pub(super) const fn is_leaf(&self) -> bool {
        self.sets.is_empty()
    }

    pub(super) const fn is_abstract(&self) -> bool {
        self.is_abstract
    }

    /// The shape of an object; `concrete` is what it says of its type, which only matters if the type is abstract.
    ///
    /// `None` if the type is not known.
    pub(super) fn shape(&mut self, source: &Source<'d>, concrete: Option<&str>) -> Option<&mut Shape<'d>> {
        let concrete = match (self.is_abstract, concrete) {
            (false, _) => self.named,
            (true, concrete) => source.registry.types.get_key_value(concrete?)?.0,
        };
        let index = match self.shapes.iter().position(|(known, _)| *known == concrete) {
            Some(index) => index,
            None => {
                self.shapes.push((concrete, Shape::collect(source, concrete, &self.sets)));
                self.shapes.len() - 1
            }
        };
        Some(&mut self.shapes[index].1)
    }
}

impl<'d> Shape<'d> {
    fn collect(source: &Source<'d>, concrete: &'d str, sets: &[&'d SelectionSet]) -> Self {
        let mut collection = Collection { source, concrete, members: IndexMap::new(), spread: HashSet::new() };
        for set in sets {
            collection.add(set);
        }
        Self { members: collection.members.into_values().collect() }
    }
}

struct Collection<'s, 'd> {
    source: &'s Source<'d>,
    concrete: &'d str,
    members: IndexMap<&'d str, Member<'d>>,
    /// Fragments that were spread already. Spreading them again would change nothing.
    spread: HashSet<&'d str>,
}

impl<'d> Collection<'_, 'd> {
    fn add(&mut self, set: &'d SelectionSet) {
        for Positioned { node: selection, .. } in &set.items {
            if self.is_skipped(selection.directives()) {
                continue;
            }
            match selection {
                Selection::Field(field) => {
                    let Some(kind) = self.kind(&field.node.name.node) else { continue };
                    let key = &field.node.response_key().node;
                    let member = match self.members.entry(key) {
                        Entry::Occupied(member) => member.into_mut(),
                        Entry::Vacant(place) => {
                            place.insert(Member { key, kind, below: Below::new(self.source, kind) })
                        }
                    };
                    if !is_introspection(&field.node.name.node) {
                        member.below.select(&field.node.selection_set.node);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.applies(&condition.node.on.node)) {
                        self.add(&fragment.node.selection_set.node);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if self.spread.insert(name)
                        && let Some(fragment) = self.source.fragments.get(name)
                        && self.applies(&fragment.node.type_condition.node.on.node)
                    {
                        self.add(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// The type of a field; `None` for what the validator refuses.
    fn kind(&self, field: &str) -> Option<&'d str> {
        match field {
            "__typename" => Some("String!"),
            "__schema" => Some("__Schema!"),
            "__type" => Some("__Type"),
            _ => Some(&self.source.registry.types.get(self.concrete)?.field_by_name(field)?.ty),
        }
    }

    fn applies(&self, condition: &str) -> bool {
        condition == self.concrete
            || self.source.registry.types.get(condition).is_some_and(|it| it.is_possible_type(self.concrete))
    }

    /// As the library decides it, which does not look at the defaults of variables.
    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let skips_if = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return false,
            };
            let on = match directive.node.get_argument("if").map(|value| &value.node) {
                Some(Value::Boolean(on)) => *on,
                Some(Value::Variable(name)) => self.source.switches.get(name).copied().unwrap_or(false),
                _ => return false,
            };
            on == skips_if
        })
    }
}

fn is_introspection(field: &str) -> bool {
    matches!(field, "__schema" | "__type")
}

/// The name in `[Book!]!`.
pub(super) fn named(kind: &str) -> &str {
    kind.trim_matches(|c| matches!(c, '[' | ']' | '!'))
}

pub(super) fn is_abstract(registry: &Registry, named: &str) -> bool {
    registry.types.get(named).is_some_and(|kind| kind.is_abstract())
}
