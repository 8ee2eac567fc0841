//! Route documents: parsed, checked for our directives, and split into what is written and what is executed.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    Directive, DirectiveLocation, DocumentOperations, ExecutableDocument, Field, FragmentDefinition,
    OperationDefinition, OperationType, Selection, SelectionSet, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned};

use super::Source;
use super::directives::{Definitions, Taken};
use super::plan::varies;
use super::problem::Problem;
use super::shape::TYPE_KEY;
use super::source::{comment_above, defaults_last, opening_comment};
use super::types::{Types, named_type};

/// One operation of a document.
pub(super) struct Parsed {
    pub(super) file: &'static str,
    pub(super) position: Pos,
    pub(super) name: Name,
    /// The comment lines right above it.
    pub(super) comment: Vec<String>,
    /// The comment that opens the document.
    pub(super) about_file: Option<String>,
    /// One for each route.
    pub(super) rest: Vec<Taken>,
    pub(super) variables: Vec<Declared>,
    /// As written, with our directives on its fields.
    pub(super) written: OperationDefinition,
    /// The document's fragments, as written.
    pub(super) fragments: HashMap<Name, Positioned<FragmentDefinition>>,
    /// The operation and its fragments without our directives.
    pub(super) executable: ExecutableDocument,
}

/// A variable and its `@from`.
pub(super) struct Declared {
    pub(super) definition: VariableDefinition,
    pub(super) position: Pos,
    pub(super) from: Option<Taken>,
}

/// The operations of a document, in the order in which they stand there.
pub(super) fn parse(source: &Source, definitions: &Definitions) -> Result<Vec<Parsed>, Problem> {
    let reader = Reader { file: source.file, definitions };
    let document = parse_query(defaults_last(source.text)).map_err(|error| Problem::of_parser(source.file, &error))?;
    let mut operations: Vec<(Name, Positioned<OperationDefinition>)> = match document.operations {
        DocumentOperations::Single(operation) => {
            return Err(Problem::new(source.file, operation.pos, "an operation without a name"));
        }
        DocumentOperations::Multiple(operations) => operations.into_iter().collect(),
    };
    operations.sort_by_key(|(_, operation)| operation.pos);

    let mut stripped = document.fragments.clone();
    for fragment in stripped.values_mut() {
        reader.none(DirectiveLocation::FragmentDefinition, &mut fragment.node.directives)?;
        reader.strip(&mut fragment.node.selection_set.node)?;
    }
    let mut used = HashSet::new();
    let parsed = operations.into_iter().map(|(name, operation)| {
        let mut parsed = reader.operation(&name, operation, &stripped).map_err(|it| it.in_operation(&name))?;
        used.extend(parsed.executable.fragments.keys().cloned());
        parsed.comment = comment_above(source.text, parsed.position.line).into_iter().map(str::to_owned).collect();
        parsed.about_file = opening_comment(source.text);
        parsed.fragments.clone_from(&document.fragments);
        Ok(parsed)
    });
    let parsed = parsed.collect::<Result<_, _>>()?;
    match document.fragments.iter().find(|(name, _)| !used.contains(*name)) {
        None => Ok(parsed),
        Some((name, fragment)) => {
            Err(Problem::new(source.file, fragment.pos, format!("the fragment {name} is used by no operation")))
        }
    }
}

struct Reader<'a> {
    file: &'static str,
    definitions: &'a Definitions,
}

impl Reader<'_> {
    fn operation(
        &self,
        name: &Name,
        written: Positioned<OperationDefinition>,
        fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    ) -> Result<Parsed, Problem> {
        let position = written.pos;
        let mut executed = written.node.clone();
        let location = match executed.ty {
            OperationType::Query => DirectiveLocation::Query,
            OperationType::Mutation => DirectiveLocation::Mutation,
            OperationType::Subscription => {
                return Err(Problem::new(self.file, position, "a subscription cannot be a route"));
            }
        };
        let rest = self.definitions.take(self.file, location, &mut executed.directives)?;
        if rest.is_empty() {
            return Err(Problem::new(self.file, position, "no @rest says which route this is"));
        }
        let mut variables = Vec::new();
        for variable in &mut executed.variable_definitions {
            let at = DirectiveLocation::VariableDefinition;
            let from = self.definitions.take(self.file, at, &mut variable.node.directives)?.pop();
            variables.push(Declared { definition: variable.node.clone(), position: variable.pos, from });
        }
        self.strip(&mut executed.selection_set.node)?;
        let mut needed = HashMap::new();
        needed_fragments(&executed.selection_set.node, fragments, &mut needed);
        let operations = HashMap::from([(name.clone(), Positioned::new(executed, position))]);
        let executable = ExecutableDocument { operations: DocumentOperations::Multiple(operations), fragments: needed };
        Ok(Parsed {
            file: self.file,
            position,
            name: name.clone(),
            comment: Vec::new(),
            about_file: None,
            rest,
            variables,
            written: written.node,
            fragments: HashMap::new(),
            executable,
        })
    }

    /// Takes our directives off every field below, and refuses those that stand where none can.
    fn strip(&self, set: &mut SelectionSet) -> Result<(), Problem> {
        for item in &mut set.items {
            match &mut item.node {
                Selection::Field(field) => {
                    self.definitions.take(self.file, DirectiveLocation::Field, &mut field.node.directives)?;
                    self.strip(&mut field.node.selection_set.node)?;
                }
                Selection::FragmentSpread(spread) => {
                    self.none(DirectiveLocation::FragmentSpread, &mut spread.node.directives)?;
                }
                Selection::InlineFragment(inline) => {
                    self.none(DirectiveLocation::InlineFragment, &mut inline.node.directives)?;
                    self.strip(&mut inline.node.selection_set.node)?;
                }
            }
        }
        Ok(())
    }

    fn none(&self, at: DirectiveLocation, directives: &mut Vec<Positioned<Directive>>) -> Result<(), Problem> {
        self.definitions.take(self.file, at, directives).map(drop)
    }
}

fn needed_fragments(
    set: &SelectionSet,
    all: &HashMap<Name, Positioned<FragmentDefinition>>,
    needed: &mut HashMap<Name, Positioned<FragmentDefinition>>,
) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => needed_fragments(&field.node.selection_set.node, all, needed),
            Selection::InlineFragment(inline) => needed_fragments(&inline.node.selection_set.node, all, needed),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = all.get(name)
                    && needed.insert(name.clone(), fragment.clone()).is_none()
                {
                    needed_fragments(&fragment.node.selection_set.node, all, needed);
                }
            }
        }
    }
}

impl Parsed {
    /// Selects the type's name wherever members depend on it. The document must be valid.
    pub(super) fn select_type_names(&mut self, types: &Types) {
        let DocumentOperations::Multiple(operations) = &mut self.executable.operations else { return };
        for operation in operations.values_mut() {
            if let Some(root) = types.root(operation.node.ty) {
                select_type_names(types, root, &mut operation.node.selection_set.node);
            }
        }
        for fragment in self.executable.fragments.values_mut() {
            let on = fragment.node.type_condition.node.on.node.clone();
            select_type_names(types, &on, &mut fragment.node.selection_set.node);
        }
    }
}

fn select_type_names(types: &Types, parent: &str, set: &mut SelectionSet) {
    for item in &mut set.items {
        match &mut item.node {
            Selection::Field(field) => {
                let Some(definition) = types.field(parent, &field.node.name.node) else { continue };
                let ty = named_type(&definition.ty.node).clone();
                let below = &mut field.node.selection_set.node;
                select_type_names(types, &ty, below);
                if types.is_abstract(&ty) && varies(below) {
                    below.items.push(Positioned::new(Selection::Field(type_name()), field.pos));
                }
            }
            Selection::InlineFragment(inline) => {
                let on = inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.clone());
                select_type_names(types, on.as_deref().unwrap_or(parent), &mut inline.node.selection_set.node);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn type_name() -> Positioned<Field> {
    let name = |text: &str| Positioned::new(Name::new(text), Pos::default());
    let field = Field {
        alias: Some(name(TYPE_KEY)),
        name: name("__typename"),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet::default(), Pos::default()),
    };
    Positioned::new(field, Pos::default())
}
