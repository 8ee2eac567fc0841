//! The schema as the adapter sees it: the SDL, and what the documents add to it with `extend enum` and `extend input`.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, DirectiveLocation, EnumType, FieldDefinition, InputObjectType, OperationType, Type, TypeDefinition,
    TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::ConstValue;

use super::Source;
use super::coerce::Inputs;
use super::directives::{Definitions, Taken, snake_case};
use super::problem::Problem;

const SCHEMA: &str = "schema";

/// Types by name, with the legacy codes of enums and the legacy names of input fields.
pub(super) struct Types {
    types: HashMap<String, TypeDefinition>,
    enums: HashMap<String, Arc<EnumTable>>,
    member_names: HashMap<(String, String), Vec<String>>,
    query: String,
    mutation: Option<String>,
}

/// The values of an enum and their legacy codes.
#[derive(Debug)]
pub(super) struct EnumTable {
    /// In the order of the schema.
    pub(super) values: Vec<EnumValue>,
}

#[derive(Debug)]
pub(super) struct EnumValue {
    pub(super) name: Name,
    /// The first one is shown, every one is accepted.
    pub(super) codes: Vec<ConstValue>,
}

impl EnumValue {
    fn has_code(&self, given: &str) -> bool {
        self.codes.iter().any(|code| code_text(code) == given)
    }
}

impl EnumTable {
    fn new(kind: &EnumType) -> Self {
        let value = |name: &Name| EnumValue { name: name.clone(), codes: Vec::new() };
        Self { values: kind.values.iter().map(|definition| value(&definition.node.value.node)).collect() }
    }

    /// The value of that name.
    pub(super) fn named(&self, name: &str) -> Option<&EnumValue> {
        self.values.iter().find(|value| value.name == name)
    }

    /// The value that a client means: by code, else by name in any case.
    pub(super) fn meant(&self, given: &str) -> Option<&EnumValue> {
        let is_code = |value: &&EnumValue| value.has_code(given);
        let is_name = |value: &&EnumValue| value.name.eq_ignore_ascii_case(given);
        self.values.iter().find(is_code).or_else(|| self.values.iter().find(is_name))
    }
}

/// A code as a client would type it.
pub(super) fn code_text(code: &ConstValue) -> String {
    match code {
        ConstValue::String(text) => text.clone(),
        ConstValue::Enum(name) => name.to_string(),
        other => other.to_string(),
    }
}

impl Types {
    /// Reads the SDL.
    pub(super) fn read(sdl: &str) -> Result<Self, Problem> {
        let document = parse_schema(sdl).map_err(|error| Problem::of_parser(SCHEMA, &error))?;
        let mut read = Self {
            types: HashMap::new(),
            enums: HashMap::new(),
            member_names: HashMap::new(),
            query: "Query".to_owned(),
            mutation: None,
        };
        let mut declared = false;
        for definition in document.definitions {
            match definition {
                TypeSystemDefinition::Type(ty) => {
                    if let TypeKind::Enum(kind) = &ty.node.kind {
                        read.enums.insert(ty.node.name.node.to_string(), Arc::new(EnumTable::new(kind)));
                    }
                    read.types.insert(ty.node.name.node.to_string(), ty.node);
                }
                TypeSystemDefinition::Schema(schema) => {
                    declared = true;
                    let name = |root: Option<Positioned<Name>>| root.map(|root| root.node.to_string());
                    read.query = name(schema.node.query).unwrap_or(read.query);
                    read.mutation = name(schema.node.mutation);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        if !declared && read.types.contains_key("Mutation") {
            read.mutation = Some("Mutation".to_owned());
        }
        Ok(read)
    }

    /// Adds the codes and names of a document of `extend enum` and `extend input`.
    pub(super) fn extend(&mut self, source: &Source, definitions: &Definitions) -> Result<(), Problem> {
        let document = parse_schema(source.text).map_err(|error| Problem::of_parser(source.file, &error))?;
        for definition in document.definitions {
            let problem = |position, reason: &str| Err(Problem::new(source.file, position, reason));
            let TypeSystemDefinition::Type(ty) = definition else {
                return problem(Pos { line: 1, column: 1 }, "only `extend enum` and `extend input` can stand here");
            };
            let name = ty.node.name.node.to_string();
            let mut directives: Vec<_> =
                ty.node.directives.into_iter().map(|directive| directive.map(|it| it.into_directive())).collect();
            let location = match &ty.node.kind {
                TypeKind::Enum(kind) if ty.node.extend && kind.values.is_empty() => DirectiveLocation::Enum,
                TypeKind::InputObject(kind) if ty.node.extend && kind.fields.is_empty() => {
                    DirectiveLocation::InputObject
                }
                _ => return problem(ty.pos, "only `extend enum` and `extend input` with directives can stand here"),
            };
            for directive in definitions.take(source.file, location, &mut directives)? {
                let added = match location {
                    DirectiveLocation::Enum => self.add_code(&name, &directive),
                    _ => self.add_names(&name, &directive),
                };
                added.map_err(|reason| Problem::new(source.file, directive.position, reason))?;
            }
        }
        Ok(())
    }

    fn add_code(&mut self, name: &str, directive: &Taken) -> Result<(), String> {
        let table =
            self.enums.get_mut(name).and_then(Arc::get_mut).ok_or_else(|| format!("there is no enum {name}"))?;
        let code = directive.argument("code").cloned().unwrap_or_default();
        if let Some(taken) = table.values.iter().find(|value| value.has_code(&code_text(&code))) {
            return Err(format!("the code {code} of {name} is that of {} already", taken.name));
        }
        let value = directive.text("value").unwrap_or_default();
        let entry = table.values.iter_mut().find(|entry| entry.name == *value);
        entry.ok_or_else(|| format!("the enum {name} has no value {value:?}"))?.codes.push(code);
        Ok(())
    }

    fn add_names(&mut self, name: &str, directive: &Taken) -> Result<(), String> {
        let field = directive.text("field").unwrap_or_default();
        let kind = self.input_object(name).ok_or_else(|| format!("there is no input object {name}"))?;
        if !kind.fields.iter().any(|known| known.node.name.node == *field) {
            return Err(format!("the input object {name} has no field {field:?}"));
        }
        let names = directive.texts("names");
        if names.is_empty() {
            return Err("@memberName(names:) is empty".to_owned());
        }
        for other in kind.fields.iter().map(|other| &other.node.name.node).filter(|other| **other != *field) {
            let taken = self.names_on_wire(name, other);
            if let Some(taken) = names.iter().find(|name| taken.contains(name)) {
                return Err(format!("{name}.{other} is named {taken:?} on the wire, too"));
            }
        }
        match self.member_names.insert((name.to_owned(), field.to_owned()), names) {
            None => Ok(()),
            Some(_) => Err(format!("the names of {name}.{field} are given twice")),
        }
    }

    /// The name of the root type of an operation; subscriptions have no route.
    pub(super) fn root(&self, operation: OperationType) -> Option<&str> {
        match operation {
            OperationType::Query => Some(&self.query),
            OperationType::Mutation => self.mutation.as_deref(),
            OperationType::Subscription => None,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.get(name)
    }

    pub(super) fn description(&self, name: &str) -> Option<&str> {
        self.get(name)?.description.as_ref().map(|text| text.node.as_str())
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<&Arc<EnumTable>> {
        self.enums.get(name)
    }

    pub(super) fn input_object(&self, name: &str) -> Option<&InputObjectType> {
        match &self.get(name)?.kind {
            TypeKind::InputObject(kind) => Some(kind),
            _ => None,
        }
    }

    /// Every input object, ready to coerce to.
    pub(super) fn inputs(&self) -> Inputs {
        let is_input = |ty: &&TypeDefinition| matches!(ty.kind, TypeKind::InputObject(_));
        let mut names: Vec<String> = self.types.values().filter(is_input).map(|ty| ty.name.node.to_string()).collect();
        names.sort_unstable();
        Inputs::read(self, &names)
    }

    /// The names on the wire of an input field: what the documents give, else its own in snake_case.
    pub(super) fn names_on_wire(&self, object: &str, field: &str) -> Vec<String> {
        let given = self.member_names.get(&(object.to_owned(), field.to_owned()));
        given.cloned().unwrap_or_else(|| vec![snake_case(field)])
    }

    /// A field of an object type or an interface.
    pub(super) fn field(&self, ty: &str, name: &str) -> Option<&FieldDefinition> {
        let fields = match &self.get(ty)?.kind {
            TypeKind::Object(kind) => &kind.fields,
            TypeKind::Interface(kind) => &kind.fields,
            _ => return None,
        };
        fields.iter().map(|field| &field.node).find(|field| field.name.node == name)
    }

    /// The object types that a value of this type can be of: itself, or a union's members, or who implements it.
    pub(super) fn possible(&self, name: &str) -> Vec<&str> {
        match self.get(name).map(|ty| &ty.kind) {
            Some(TypeKind::Union(kind)) => kind.members.iter().map(|member| member.node.as_str()).collect(),
            Some(TypeKind::Interface(_)) => {
                let mut objects: Vec<&str> = self.types.values().filter_map(|ty| implementor(ty, name)).collect();
                objects.sort_unstable();
                objects
            }
            Some(TypeKind::Object(_)) => {
                self.types.get_key_value(name).map(|(name, _)| vec![name.as_str()]).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// Whether values of the type can be of several object types.
    pub(super) fn is_abstract(&self, name: &str) -> bool {
        matches!(self.get(name).map(|ty| &ty.kind), Some(TypeKind::Union(_) | TypeKind::Interface(_)))
    }

    /// Whether the type has fields to select.
    pub(super) fn is_composite(&self, name: &str) -> bool {
        self.is_abstract(name) || matches!(self.get(name).map(|ty| &ty.kind), Some(TypeKind::Object(_)))
    }
}

fn implementor<'a>(ty: &'a TypeDefinition, interface: &str) -> Option<&'a str> {
    match &ty.kind {
        TypeKind::Object(kind) if kind.implements.iter().any(|name| name.node == interface) => Some(&ty.name.node),
        _ => None,
    }
}

/// The type's name below all lists.
pub(super) fn named_type(ty: &Type) -> &Name {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(element) => named_type(element),
    }
}
