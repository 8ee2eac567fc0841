//! Measures what a document comes to once its fragments are expanded, without expanding them.
//!
//! Every fragment is measured once and its sums are added wherever it is spread, so the time is linear in the length
//! of the document while the sums may be astronomical; they saturate. All operations of the document count, because
//! the validator walks all of them, whichever one is executed.

use std::{cmp::max, collections::HashMap, ops::AddAssign};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};

use super::Limits;

/// What a document comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    outside: Sums,
    inside: Introspection,
}

/// Outside introspection. `depth` is a maximum, the others are sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    depth: usize,
    aliases: usize,
    directives: usize,
    spreads: usize,
    selections: usize,
}

/// Below `__schema` and `__type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Introspection {
    /// Fields but `__typename`: what the library's complexity counts.
    fields: usize,
    /// Values the answer may have, by [`items`].
    values: usize,
}

impl Measure {
    /// Measures `document`; `None` when a fragment spreads itself, directly or through others.
    pub(super) fn of(document: &ExecutableDocument) -> Option<Self> {
        let mut walk = Walk { document, fragments: HashMap::new() };
        let mut total = Self::default();
        for (_, operation) in document.operations.iter() {
            let mut measure = walk.set(&operation.node.selection_set.node)?;
            let directives = operation.node.directives.len()
                + operation.node.variable_definitions.iter().map(|it| it.node.directives.len()).sum::<usize>();
            measure.outside.directives = measure.outside.directives.saturating_add(directives);
            total += measure.split();
        }
        // Fragments that nothing spreads are measured too: the validator reads them before it refuses them.
        for name in document.fragments.keys() {
            if !walk.fragments.contains_key(name.as_str()) {
                total += walk.fragment(name)?.split();
            }
        }
        Some(total)
    }

    /// How many fields the library's complexity counts that are introspection.
    pub(super) const fn introspection_fields(&self) -> usize {
        self.inside.fields
    }

    /// Compares with the limits; the error is the message for the caller.
    pub(super) fn within(&self, limits: &Limits) -> Result<(), String> {
        let Sums { depth, aliases, directives, spreads, selections } = self.outside;
        for (what, measured, limit) in [
            ("levels of fields", depth, limits.depth),
            ("aliases", aliases, limits.aliases),
            ("directives", directives, limits.directives),
            ("fragment spreads", spreads, limits.fragment_spreads),
            ("fields", selections, limits.selections),
            ("values of introspection", self.inside.values, limits.introspection),
        ] {
            if measured > limit {
                return Err(format!("the document comes to {measured} {what}, at most {limit} are allowed"));
            }
        }
        Ok(())
    }
}

/// One selection set, before it is known whether it stands inside or outside introspection.
#[derive(Clone, Copy, Debug, Default)]
struct Set {
    /// If it stands outside: its own sums …
    outside: Sums,
    /// … and the introspection it starts.
    started: Introspection,
    /// If it stands inside.
    inside: Introspection,
}

impl Set {
    /// The measure of a set that stands outside.
    const fn split(self) -> Measure {
        Measure { outside: self.outside, inside: self.started }
    }
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    /// By name; `None` while the fragment is being measured.
    fragments: HashMap<&'d str, Option<Set>>,
}

impl<'d> Walk<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Option<Set> {
        let mut total = Set::default();
        for selection in &set.items {
            let directives = selection.node.directives().len();
            total.outside.directives = total.outside.directives.saturating_add(directives);
            total += match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => {
                    let mut set = self.fragment(&spread.node.fragment_name.node)?;
                    set.outside.spreads = set.outside.spreads.saturating_add(1);
                    set
                }
            };
        }
        Some(total)
    }

    fn fragment(&mut self, name: &str) -> Option<Set> {
        // An unknown fragment is the validator's business.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else { return Some(Set::default()) };
        if let Some(known) = self.fragments.get(name.as_str()) {
            return *known;
        }
        self.fragments.insert(name, None);
        let mut set = self.set(&fragment.node.selection_set.node)?;
        set.outside.directives = set.outside.directives.saturating_add(fragment.node.directives.len());
        self.fragments.insert(name, Some(set));
        Some(set)
    }

    fn field(&mut self, field: &'d Field) -> Option<Set> {
        let below = self.set(&field.selection_set.node)?;
        let counted = usize::from(field.name.node != "__typename");
        let inside = Introspection {
            fields: below.inside.fields.saturating_add(counted),
            values: items(&field.name.node).saturating_mul(below.inside.values.saturating_add(1)),
        };
        if matches!(field.name.node.as_str(), "__schema" | "__type") {
            return Some(Set { outside: Sums::default(), started: inside, inside });
        }
        let outside = Sums {
            depth: below.outside.depth + counted,
            aliases: below.outside.aliases.saturating_add(usize::from(field.alias.is_some())),
            selections: below.outside.selections.saturating_add(1),
            ..below.outside
        };
        Some(Set { outside, started: below.started, inside })
    }
}

/// How many items a list of the introspection schema may have, in a schema of our size. An estimate on the high side
/// for the lists that nest through types; nobody is told these numbers.
fn items(field: &str) -> usize {
    match field {
        "types" => 200,
        "fields" => 20,
        "inputFields" | "enumValues" | "directives" => 10,
        "args" | "possibleTypes" | "locations" => 3,
        _ => 1,
    }
}

impl AddAssign for Measure {
    fn add_assign(&mut self, other: Self) {
        self.outside += other.outside;
        self.inside += other.inside;
    }
}

impl AddAssign for Set {
    fn add_assign(&mut self, other: Self) {
        self.outside += other.outside;
        self.started += other.started;
        self.inside += other.inside;
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.depth = max(self.depth, other.depth);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.spreads = self.spreads.saturating_add(other.spreads);
        self.selections = self.selections.saturating_add(other.selections);
    }
}

impl AddAssign for Introspection {
    fn add_assign(&mut self, other: Self) {
        self.fields = self.fields.saturating_add(other.fields);
        self.values = self.values.saturating_add(other.values);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use std::time::{Duration, Instant};

    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn the_standard_introspection_fits_twice_into_its_budget() {
        let measure = Measure::of(&parse_query(include_str!("introspection.graphql")).unwrap()).unwrap();
        assert_eq!(measure.outside, Sums::default());
        assert!(2 * measure.inside.values < Limits::default().introspection, "{measure:?}");
        assert!(4 * measure.inside.values > Limits::default().introspection, "the budget has grown loose: {measure:?}");
    }

    #[test]
    fn measuring_takes_time_linear_in_the_document() {
        // Each fragment spreads all that follow: n² / 2 spreads on paper, 2ⁿ when expanded.
        let spreads = |from: usize| (from..=300).map(|number| format!("...F{number} ")).collect::<String>();
        let fragments: String = (0..300)
            .map(|number| format!("fragment F{number} on Query {{ __typename {} }} ", spreads(number + 1)))
            .collect();
        let document = parse_query(format!("{{ ...F0 }} {fragments} fragment F300 on Query {{ __typename }}")).unwrap();
        let started = Instant::now();
        let measure = Measure::of(&document).unwrap();
        assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
        assert_eq!(measure.outside.spreads, usize::MAX, "saturated");
    }
}
