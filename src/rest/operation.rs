//! Operations and their routes, compiled from the documents.

use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection};
use async_graphql::{Name, Pos};
use axum::http::Method;

use super::Route;
use super::coerce::Inputs;
use super::directives::{Definitions, Taken};
use super::document::Parsed;
use super::feeds::{Feeds, Tracer, needs_json};
use super::plan::Planner;
use super::problem::Problem;
use super::routes::{Key, Path, Presence};
use super::shape::Node;
use super::types::Types;
use super::variables::Variable;

/// An operation, ready to be executed.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) name: Name,
    pub(super) is_mutation: bool,
    pub(super) file: &'static str,
    pub(super) comment: Vec<String>,
    pub(super) about_file: Option<String>,
    /// The description of the first field of the operation.
    pub(super) about: Option<String>,
    pub(super) document: ExecutableDocument,
    pub(super) variables: Vec<Variable>,
    pub(super) feeds: Feeds,
}

/// One route of an operation.
#[derive(Debug)]
pub(super) struct Binding {
    /// What the listing shows and requests carry.
    pub(super) route: Route,
    pub(super) path: Path,
    pub(super) presence: Presence,
    pub(super) body: Body,
    /// For each variable of the path, in order: its index in the operation.
    pub(super) path_variables: Vec<usize>,
    pub(super) reply: Reply,
    pub(super) not_found: Option<String>,
    pub(super) position: Pos,
    pub(super) operation: Arc<Operation>,
}

impl Binding {
    /// Whether the route answers the method. `HEAD` is a `GET` without its body, and must be as harmless: not where
    /// the old interface changes things over `GET`.
    pub(super) fn answers(&self, method: &Method) -> bool {
        self.route.method == *method
            || *method == Method::HEAD && self.route.method == Method::GET && !self.operation.is_mutation
    }

    /// What tells it from other routes.
    pub(super) fn key(&self) -> Key<'_> {
        Key { method: &self.route.method, path: &self.path, presence: self.presence, operation: &self.operation.name }
    }
}

/// What a route reads from a request's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Unread,
    Json,
    /// `multipart/form-data`, because the operation takes a file.
    Form,
}

/// What a route answers.
#[derive(Debug)]
pub(super) enum Reply {
    /// `data` is null.
    Nothing,
    /// The value at the path.
    Data(Vec<Name>, Node),
    /// The file whose URL is at the path, and the path of the name to save it under.
    File(Vec<Name>, Option<Vec<Name>>),
}

/// Compiles an operation, whose document is valid, and its routes.
pub(super) fn compile(
    mut parsed: Parsed,
    types: &Types,
    inputs: &Inputs,
    definitions: &Definitions,
) -> Result<Vec<Binding>, Problem> {
    let file = parsed.file;
    let root = types.root(parsed.written.ty).unwrap_or_default();
    let set = &parsed.written.selection_set.node;
    let planner = Planner { file, types, definitions, fragments: &parsed.fragments };
    planner.check(root, set)?;
    let mut variables =
        parsed.variables.iter().map(|it| Variable::read(file, it, types, inputs)).collect::<Result<Vec<_>, _>>()?;
    let feeds = Tracer::new(types, inputs, &parsed.fragments, &mut variables).trace(root, set);

    let mut routes = Vec::new();
    for rest in &parsed.rest {
        let wanted = Wanted::read(file, rest, &variables)?;
        let path = |argument: &str| rest.text(argument).map(|path| planner.at(root, set, path, rest)).transpose();
        let reply = match (path("data")?, path("download")?, path("downloadName")?) {
            (None, None, None) => Reply::Nothing,
            (Some((keys, mut node)), None, None) => {
                node.nullable &= rest.text("notFound").is_none();
                Reply::Data(keys, node)
            }
            (None, Some((keys, _)), name) => Reply::File(keys, name.map(|(keys, _)| keys)),
            (None, None, Some(_)) => {
                return Err(Problem::new(file, rest.position, "@rest: downloadName without download"));
            }
            (Some(_), ..) => {
                return Err(Problem::new(file, rest.position, "@rest: data and download exclude each other"));
            }
        };
        if matches!(reply, Reply::Nothing) && rest.text("notFound").is_some() {
            return Err(Problem::new(file, rest.position, "@rest: notFound without data or download"));
        }
        routes.push((wanted, reply, rest.text("notFound").map(str::to_owned), rest.position));
    }

    let first = set.items.iter().find_map(|item| match &item.node {
        Selection::Field(field) => types.field(root, &field.node.name.node),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
    });
    let about = first.and_then(|field| field.description.as_ref()).map(|text| text.node.clone());
    parsed.select_type_names(types);
    let operation = Arc::new(Operation {
        name: parsed.name,
        is_mutation: parsed.written.ty == OperationType::Mutation,
        file,
        comment: parsed.comment,
        about_file: parsed.about_file,
        about,
        document: parsed.executable,
        variables,
        feeds,
    });
    let bindings = routes.into_iter().map(|(wanted, reply, not_found, position)| Binding {
        route: Route { method: wanted.method, path: wanted.path.to_string().into(), operation: operation.name.clone() },
        path: wanted.path,
        presence: wanted.presence,
        body: wanted.body,
        path_variables: wanted.path_variables,
        reply,
        not_found,
        position,
        operation: Arc::clone(&operation),
    });
    Ok(bindings.collect())
}

/// What `@rest` says about requests.
struct Wanted {
    method: Method,
    path: Path,
    presence: Presence,
    body: Body,
    path_variables: Vec<usize>,
}

impl Wanted {
    fn read(file: &'static str, rest: &Taken, variables: &[Variable]) -> Result<Self, Problem> {
        let problem = |reason: String| Problem::new(file, rest.position, format!("@rest: {reason}"));
        let text = |argument: &str| rest.text(argument).unwrap_or_default();
        let method = text("method").parse::<Method>().map_err(|_| problem("unusable method".to_owned()))?;
        let path = Path::read(text("path")).map_err(problem)?;
        let presence = match text("body") {
            "ABSENT" => Presence::Absent,
            "PRESENT" => Presence::Present,
            _ => Presence::Any,
        };
        let mut path_variables = Vec::new();
        for name in path.variables() {
            let index = variables.iter().position(|variable| variable.name == *name);
            let Some(index) = index else {
                return Err(problem(format!("the path {path} has {{{name}}}, but there is no variable ${name}")));
            };
            if path_variables.contains(&index) {
                return Err(problem(format!("the path {path} has {{{name}}} twice")));
            }
            if variables[index].is_upload() || needs_json(&variables[index].typed.kind) || variables[index].whole_body {
                return Err(problem(format!("a path segment cannot give ${name}, a {}", variables[index].ty)));
            }
            path_variables.push(index);
        }
        let rest_of: Vec<&Variable> = variables
            .iter()
            .enumerate()
            .filter_map(|(index, variable)| (!path_variables.contains(&index)).then_some(variable))
            .collect();
        let body = body(&method, presence, &rest_of);
        check_sources(file, body, presence, &rest_of, problem)?;
        Ok(Self { method, path, presence, body, path_variables })
    }
}

/// A body is read where the method has one by custom and a variable could come from it.
fn body(method: &Method, presence: Presence, variables: &[&Variable]) -> Body {
    let has_body = *method != Method::GET && presence != Presence::Absent;
    if variables.is_empty() || !has_body {
        Body::Unread
    } else if variables.iter().any(|variable| variable.is_upload()) {
        Body::Form
    } else {
        Body::Json
    }
}

fn check_sources(
    file: &'static str,
    body: Body,
    presence: Presence,
    variables: &[&Variable],
    problem: impl Fn(String) -> Problem,
) -> Result<(), Problem> {
    if body == Body::Form && presence != Presence::Any {
        return Err(problem("a form cannot be told apart by its presence".to_owned()));
    }
    for (index, variable) in variables.iter().enumerate() {
        let of_variable =
            |reason: String| Err(Problem::new(file, variable.position, format!("${}: {reason}", variable.name)));
        let json_only = variable.whole_body || needs_json(&variable.typed.kind);
        if json_only && body != Body::Json || variable.is_upload() && body != Body::Form {
            return of_variable("nothing in a request to this route can give it".to_owned());
        }
        if variable.whole_body && variables.iter().filter(|other| other.whole_body).count() > 1 {
            return of_variable("two variables take the whole body".to_owned());
        }
        for other in &variables[..index] {
            if let Some(name) = variable.names.iter().find(|name| other.names.contains(name)) {
                return of_variable(format!("${} is named {name:?} on the wire, too", other.name));
            }
        }
    }
    Ok(())
}
