//! The adapter's directives: their definitions, the check against them, and typed access to their arguments.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, Directive, DirectiveDefinition, DirectiveLocation, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Pos, Positioned};
use async_graphql_value::{ConstValue, Value};

use super::problem::Problem;

/// The definitions, in the GraphQL schema language, for editors and code generators.
pub const DEFINITIONS: &str = include_str!("directives.graphql");

const FILE: &str = "directives.graphql";

/// What `directives.graphql` defines.
pub(super) struct Definitions {
    directives: HashMap<String, DirectiveDefinition>,
    enums: HashMap<String, Vec<String>>,
}

impl Definitions {
    pub(super) fn read() -> Result<Self, Problem> {
        let document = parse_schema(DEFINITIONS).map_err(|error| Problem::of_parser(FILE, &error))?;
        let (mut directives, mut enums) = (HashMap::new(), HashMap::new());
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Directive(directive) => {
                    directives.insert(directive.node.name.node.to_string(), directive.node);
                }
                TypeSystemDefinition::Type(ty) => {
                    if let TypeKind::Enum(kind) = ty.node.kind {
                        let values = kind.values.into_iter().map(|value| value.node.value.node.to_string()).collect();
                        enums.insert(ty.node.name.node.to_string(), values);
                    }
                }
                TypeSystemDefinition::Schema(_) => {}
            }
        }
        Ok(Self { directives, enums })
    }

    /// Takes our directives out of `directives`, checked; leaves GraphQL's own `@skip` and `@include`.
    pub(super) fn take(
        &self,
        file: &'static str,
        location: DirectiveLocation,
        directives: &mut Vec<Positioned<Directive>>,
    ) -> Result<Vec<Taken>, Problem> {
        let mut taken: Vec<Taken> = Vec::new();
        for directive in std::mem::take(directives) {
            let name = directive.node.name.node.as_str();
            if matches!(name, "skip" | "include") {
                directives.push(directive);
                continue;
            }
            let definition = self.check(file, location, &directive)?;
            if !is_repeatable(&definition.name.node) && taken.iter().any(|other| other.name == name) {
                return Err(Problem::new(file, directive.pos, format!("@{name} stands here twice")));
            }
            taken.push(Taken { name: name.to_owned(), position: directive.pos, arguments: constants(&directive.node) });
        }
        Ok(taken)
    }

    fn check(
        &self,
        file: &'static str,
        location: DirectiveLocation,
        directive: &Positioned<Directive>,
    ) -> Result<&DirectiveDefinition, Problem> {
        let name = directive.node.name.node.as_str();
        let problem = |position: Pos, reason: String| Err(Problem::new(file, position, reason));
        let Some(definition) = self.directives.get(name) else {
            return problem(directive.pos, format!("there is no directive @{name}"));
        };
        if !definition.locations.iter().any(|allowed| allowed.node == location) {
            return problem(directive.pos, format!("@{name} cannot stand here"));
        }
        for (argument, value) in &directive.node.arguments {
            let known = definition.arguments.iter().find(|known| known.node.name.node == argument.node);
            let Some(known) = known else {
                return problem(argument.pos, format!("@{name} has no argument {:?}", argument.node.as_str()));
            };
            let ty = &known.node.ty.node;
            if !self.fits(ty, &value.node) {
                let reason = format!("@{name}({}:) takes {ty}, not {}", argument.node, value.node);
                return problem(value.pos, reason);
            }
        }
        for known in &definition.arguments {
            let known = &known.node;
            let required = !known.ty.node.nullable && known.default_value.is_none();
            if required && directive.node.get_argument(&known.name.node).is_none() {
                return problem(directive.pos, format!("@{name} needs the argument {:?}", known.name.node.as_str()));
            }
        }
        Ok(definition)
    }

    fn fits(&self, ty: &Type, value: &Value) -> bool {
        match (&ty.base, value) {
            (BaseType::List(element), Value::List(values)) => values.iter().all(|value| self.fits(element, value)),
            (BaseType::List(_), _) => false,
            (BaseType::Named(name), value) => match (name.as_str(), value) {
                ("String", Value::String(_)) | ("Boolean", Value::Boolean(_)) => true,
                ("RestLiteral", Value::String(_) | Value::Boolean(_) | Value::Number(_) | Value::Enum(_)) => true,
                (name, Value::Enum(value)) => {
                    self.enums.get(name).is_some_and(|values| values.iter().any(|known| known == value.as_str()))
                }
                _ => false,
            },
        }
    }
}

/// The parser of async-graphql 7.2 finds every directive repeatable, so that the text is asked.
fn is_repeatable(name: &str) -> bool {
    let defines = |text: &&str| text.strip_prefix(name).is_some_and(|rest| rest.starts_with(['(', ' ']));
    DEFINITIONS.split("directive @").find(defines).is_some_and(|text| text.contains(" repeatable on "))
}

fn constants(directive: &Directive) -> Vec<(String, ConstValue)> {
    let constant = |(name, value): &(Positioned<async_graphql::Name>, Positioned<Value>)| {
        // A variable is of no argument's type, so that the check has refused it.
        Some((name.node.to_string(), value.node.clone().into_const()?))
    };
    directive.arguments.iter().filter_map(constant).collect()
}

/// One of our directives, checked against its definition.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) name: String,
    pub(super) position: Pos,
    arguments: Vec<(String, ConstValue)>,
}

impl Taken {
    /// The argument, as written; its definition says of what type it is.
    pub(super) fn argument(&self, name: &str) -> Option<&ConstValue> {
        self.arguments.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A `String`, or the name of an enum value.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.argument(name)? {
            ConstValue::String(text) => Some(text),
            ConstValue::Enum(name) => Some(name),
            _ => None,
        }
    }

    /// A `Boolean` whose default is false.
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.argument(name), Some(ConstValue::Boolean(true)))
    }

    /// A list of `String`s; empty when absent.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        let Some(ConstValue::List(values)) = self.argument(name) else { return Vec::new() };
        values
            .iter()
            .filter_map(|value| if let ConstValue::String(text) = value { Some(text.clone()) } else { None })
            .collect()
    }
}

/// `subscribeTime` as the old interface spells it: `subscribe_time`.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
