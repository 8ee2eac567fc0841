//! Which variable feeds which argument: the way back from an error of the schema to the parameter of the client, and
//! from a parameter to its description.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use async_graphql::parser::types::{FragmentDefinition, InputValueDefinition, Selection, SelectionSet};
use async_graphql::{Name, PathSegment, Positioned, ServerError};
use async_graphql_value::Value;

use super::coerce::{Inputs, Kind, Typed};
use super::directives::snake_case;
use super::types::{Types, named_type};
use super::variables::Variable;

/// The arguments and input fields of an operation that variables feed.
#[derive(Debug, Default)]
pub(super) struct Feeds(Vec<Feed>);

#[derive(Debug)]
struct Feed {
    /// Response keys of the field that takes the argument.
    path: Vec<Name>,
    /// The argument or input field, as GraphQL spells it; within an object that the document writes out, with the way to
    /// it, joined by dots.
    field: String,
    /// The parameter, as the client spells it; empty for a whole body.
    parameter: String,
    /// Whether the document makes it an element of a list, whose index the client knows nothing of.
    in_list: bool,
    /// Whether it is a member of what a variable holds, and not an argument.
    is_member: bool,
}

/// Walks the arguments of an operation.
pub(super) struct Tracer<'a> {
    pub(super) types: &'a Types,
    pub(super) inputs: &'a Inputs,
    pub(super) fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    pub(super) variables: &'a mut [Variable],
    feeds: Vec<Feed>,
    path: Vec<Name>,
    /// The fields of the argument that lead to the object that is being walked.
    within: Vec<Name>,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(
        types: &'a Types,
        inputs: &'a Inputs,
        fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
        variables: &'a mut [Variable],
    ) -> Self {
        Self { types, inputs, fragments, variables, feeds: Vec::new(), path: Vec::new(), within: Vec::new() }
    }

    /// The feeds of the selection; as a side effect every variable learns the description of what it feeds.
    pub(super) fn trace(mut self, root: &str, set: &SelectionSet) -> Feeds {
        self.selection(root, set);
        Feeds(self.feeds)
    }

    fn selection(&mut self, parent: &str, set: &SelectionSet) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let types = self.types;
                    let Some(definition) = types.field(parent, &field.node.name.node) else { continue };
                    self.path.push(field.node.response_key().node.clone());
                    for (name, value) in &field.node.arguments {
                        let declared = definition.arguments.iter().find(|known| known.node.name.node == name.node);
                        if let Some(declared) = declared {
                            self.value(&declared.node, &value.node, false);
                        }
                    }
                    self.selection(named_type(&definition.ty.node), &field.node.selection_set.node);
                    self.path.pop();
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    self.selection(on.unwrap_or(parent), &inline.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.selection(on, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn value(&mut self, declared: &InputValueDefinition, value: &Value, in_list: bool) {
        match value {
            Value::Variable(name) => self.variable(declared, name, in_list),
            Value::List(values) => values.iter().for_each(|value| self.value(declared, value, true)),
            Value::Object(members) => {
                let types = self.types;
                let Some(kind) = types.input_object(named_type(&declared.ty.node)) else { return };
                for (name, value) in members {
                    if let Some(field) = kind.fields.iter().find(|field| field.node.name.node == *name) {
                        self.within.push(name.clone());
                        self.value(&field.node, value, false);
                        self.within.pop();
                    }
                }
            }
            _ => {}
        }
    }

    fn variable(&mut self, declared: &InputValueDefinition, name: &Name, in_list: bool) {
        let Some(variable) = self.variables.iter_mut().find(|variable| variable.name == *name) else { return };
        // What is said of a list is not true of its elements.
        if variable.description.is_none() && !in_list {
            variable.description = declared.description.as_ref().map(|text| text.node.clone());
        }
        let parameter = if variable.whole_body { String::new() } else { variable.names[0].clone() };
        let typed = variable.typed.clone();
        let field = match self.within.as_slice() {
            [] => declared.name.node.to_string(),
            way => way.iter().map(Name::as_str).collect::<Vec<_>>().join("."),
        };
        self.feed(&field, parameter, in_list, false);
        self.members(&typed, &mut HashSet::new());
    }

    /// The fields of an input object that a variable holds.
    fn members(&mut self, typed: &Typed, seen: &mut HashSet<usize>) {
        match &typed.kind {
            Kind::List(element) => self.members(element, seen),
            Kind::Object(index) if seen.insert(*index) => {
                let inputs = self.inputs;
                for field in &inputs.objects[*index].fields {
                    self.feed(&field.name, field.names[0].clone(), false, true);
                    self.members(&field.typed, seen);
                }
            }
            _ => {}
        }
    }

    fn feed(&mut self, field: &str, parameter: String, in_list: bool, is_member: bool) {
        self.feeds.push(Feed { path: self.path.clone(), field: field.to_owned(), parameter, in_list, is_member });
    }
}

impl Feeds {
    /// The error's message, with the field that it names spelled as the client spells it.
    pub(super) fn translate(&self, error: &ServerError, field: &str) -> String {
        let Some(reason) = error.message.strip_prefix(field).and_then(|rest| rest.strip_prefix(": ")) else {
            return error.message.clone();
        };
        let path: Vec<&str> = error.path.iter().filter_map(key).collect();
        let segment = |segment| str::find(segment, '[').map_or((segment, ""), |at| segment.split_at(at));
        let segments: Vec<(&str, &str)> = field.split('.').map(segment).collect();
        let names: Vec<&str> = segments.iter().map(|(name, _)| *name).collect();
        // What the document writes out is one parameter to the client, and what leads there is nothing.
        let outer = (2..=names.len()).rev().find(|count| self.of(&path, &names[..*count].join("."), false).is_some());
        let outer = outer.unwrap_or(1);
        let mut spelled = String::new();
        for (depth, (name, index)) in segments.iter().enumerate().skip(outer - 1) {
            let whole_name = if depth < outer { names[..outer].join(".") } else { (*name).to_owned() };
            let feed = self.of(&path, &whole_name, depth >= outer);
            let parameter = feed.map_or_else(|| snake_case(name), |feed| feed.parameter.clone());
            let index = if feed.is_some_and(|feed| feed.in_list) { "" } else { *index };
            let dot = if spelled.is_empty() || parameter.is_empty() { "" } else { "." };
            // Writing to memory cannot fail.
            let _ = write!(spelled, "{dot}{parameter}{index}");
        }
        let spelled = if spelled.is_empty() { "body" } else { &spelled };
        format!("{spelled}: {reason}")
    }

    /// What feeds the argument, or the member where it lies within one: of the field at fault, else of any.
    fn of(&self, path: &[&str], field: &str, is_member: bool) -> Option<&Feed> {
        let named = self.0.iter().filter(|feed| feed.field == field);
        let is_known = named.clone().any(|feed| feed.is_member == is_member);
        let mut of_field = named.filter(move |feed| !is_known || feed.is_member == is_member);
        let exact = of_field.clone().find(|feed| feed.path.iter().map(Name::as_str).eq(path.iter().copied()));
        exact.or_else(|| of_field.next_back())
    }
}

fn key(segment: &PathSegment) -> Option<&str> {
    match segment {
        PathSegment::Field(name) => Some(name),
        PathSegment::Index(_) => None,
    }
}

/// Whether values of the type can only come from a JSON body.
pub(super) fn needs_json(kind: &Kind) -> bool {
    match kind {
        Kind::Object(_) => true,
        Kind::List(element) => needs_json(&element.kind) || matches!(element.kind, Kind::List(_)),
        _ => false,
    }
}
