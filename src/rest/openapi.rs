//! The OpenAPI 3.1 document of the routes.
//!
//! Summaries come from the comments above the operations, descriptions from the schema. Everything stands in the order
//! of the documents, so that the same documents give the same bytes.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::Options;
use super::coerce::Inputs;
use super::envelope::StatusPolicy;
use super::feeds::needs_json;
use super::operation::{Binding, Body, Reply};
use super::routes::Presence;
use super::schemas::{described, object_schema, of_default, of_input, of_kind, of_node, reference};
use super::types::Types;
use super::variables::Variable;

/// Builds the document.
pub(super) fn document(bindings: &[Arc<Binding>], inputs: &Inputs, types: &Types, options: &Options) -> Value {
    let writer = Writer { inputs, types, status: options.status };
    let (mut paths, mut tags, mut ids) = (Map::new(), Vec::<Value>::new(), Vec::<String>::new());
    for binding in bindings {
        let tag = tag(binding);
        if !tags.iter().any(|known| known["name"] == tag) {
            let about = binding.operation.about_file.as_deref();
            tags.push(described(json!({"name": tag}), about));
        }
        let path = paths.entry(binding.path.to_string()).or_insert_with(|| json!({}));
        let method = binding.route.method.as_str().to_ascii_lowercase();
        if path.get(&method).is_some() {
            continue;
        }
        let same = |other: &&Arc<Binding>| other.route.method == binding.route.method && other.path == binding.path;
        let (main, bodiless): (Vec<&Arc<Binding>>, Vec<&Arc<Binding>>) =
            bindings.iter().filter(same).partition(|binding| binding.presence != Presence::Absent);
        let mut operation = match (main.first(), bodiless.first()) {
            (Some(main), bodiless) => writer.operation(main, bodiless.map(|it| &***it)),
            (None, Some(bodiless)) => writer.operation(bodiless, None),
            (None, None) => continue,
        };
        operation["operationId"] = Value::from(unique(&mut ids, operation["operationId"].as_str().unwrap_or_default()));
        path[method] = operation;
    }

    let mut schemas = Map::from_iter([("Failure".to_owned(), failure())]);
    let text = Value::Object(paths.clone()).to_string();
    for name in reachable(&text, inputs, types) {
        if let Some(object) = inputs.objects.iter().find(|object| object.name == name) {
            schemas.insert(name, of_input(inputs, types, object));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": options.title, "version": options.version, "description": options.description},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"basic": []}],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "An API token."},
                "basic": {"type": "http", "scheme": "basic", "description": "An API token as the password, under any user name."},
            },
            "schemas": schemas,
        },
    })
}

/// The stem of the document's file name.
fn tag(binding: &Binding) -> &'static str {
    let name = binding.operation.file.rsplit('/').next().unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}

/// An operation with several routes keeps its name for the first one.
fn unique(ids: &mut Vec<String>, name: &str) -> String {
    let mut id = name.to_owned();
    let mut count = 1;
    while ids.contains(&id) {
        count += 1;
        id = format!("{name}_{count}");
    }
    ids.push(id.clone());
    id
}

/// The input objects that are referred to, directly or by each other, in alphabetical order.
fn reachable(paths: &str, inputs: &Inputs, types: &Types) -> Vec<String> {
    let refers = |text: &str, name: &str| text.contains(&format!("\"{}{name}\"", "#/components/schemas/"));
    let mut found: Vec<&str> = Vec::new();
    let mut texts = vec![paths.to_owned()];
    while let Some(text) = texts.pop() {
        for object in &inputs.objects {
            if !found.contains(&object.name.as_str()) && refers(&text, &object.name) {
                found.push(&object.name);
                texts.push(of_input(inputs, types, object).to_string());
            }
        }
    }
    found.sort_unstable();
    found.into_iter().map(str::to_owned).collect()
}

fn failure() -> Value {
    json!({
        "type": "object",
        "description": "An answer that is not a success.",
        "properties": {
            "code": {"type": "integer", "minimum": 400, "maximum": 599},
            "message": {"type": "string", "description": "What is wrong; it names the parameter, if one is at fault."},
            "data": {"type": "null"},
        },
        "required": ["code", "message", "data"],
    })
}

fn success(data: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {"code": {"const": 200}, "message": {"const": "OK"}, "data": data},
        "required": ["code", "message", "data"],
    })
}

fn json_content(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn failing(description: &str) -> Value {
    json!({"description": description, "content": json_content(&reference("Failure"))})
}

struct Writer<'a> {
    inputs: &'a Inputs,
    types: &'a Types,
    status: StatusPolicy,
}

impl Writer<'_> {
    /// One method and path: a binding, and the one that is meant where there is no body.
    fn operation(&self, main: &Binding, bodiless: Option<&Binding>) -> Value {
        let summaries: Vec<String> = std::iter::once(main).chain(bodiless).map(summary).collect();
        let mut operation = json!({
            "operationId": main.operation.name.as_str(),
            "tags": [tag(main)],
            "summary": summaries.join(" / "),
        });
        let mut about: Vec<String> = main.operation.comment.iter().skip(1).cloned().collect();
        about.extend(match &main.reply {
            // What a mutation does counts, and what a query gives.
            _ if main.operation.is_mutation => main.operation.about.clone(),
            Reply::Data(_, node) => node.description.clone(),
            Reply::Nothing | Reply::File(..) => None,
        });
        if let [_, without_body] = summaries.as_slice() {
            about.push(format!("Without a body, not a single byte: {without_body}."));
        }
        if !about.is_empty() {
            operation["description"] = Value::from(about.join("\n"));
        }
        let parameters = self.parameters(main);
        if !parameters.is_empty() {
            operation["parameters"] = Value::from(parameters);
        }
        if let Some(mut body) = self.request_body(main) {
            if bodiless.is_some() {
                body["required"] = Value::from(false);
            }
            operation["requestBody"] = body;
        }
        operation["responses"] = self.responses(main, bodiless);
        operation
    }

    fn parameters(&self, binding: &Binding) -> Vec<Value> {
        let variables = &binding.operation.variables;
        let in_path = binding.path_variables.iter().map(|index| {
            let variable = &variables[*index];
            self.parameter(variable, "path", &variable.name, true)
        });
        let in_query = self.rest(binding).filter(|variable| is_query(binding, variable));
        let in_query =
            in_query.map(|variable| self.parameter(variable, "query", &variable.names[0], variable.typed.required));
        in_path.chain(in_query).collect()
    }

    /// The variables that the path does not give.
    fn rest<'b>(&self, binding: &'b Binding) -> impl Iterator<Item = &'b Variable> {
        let variables = binding.operation.variables.iter().enumerate();
        variables.filter(|(index, _)| !binding.path_variables.contains(index)).map(|(_, variable)| variable)
    }

    fn parameter(&self, variable: &Variable, place: &str, name: &str, required: bool) -> Value {
        let parameter = json!({"name": name, "in": place, "required": required, "schema": self.schema(variable)});
        described(parameter, variable.description.as_deref())
    }

    fn schema(&self, variable: &Variable) -> Value {
        let mut schema = of_kind(self.inputs, &variable.typed.kind);
        if let Some(default) = variable.default.as_ref().and_then(of_default) {
            schema["default"] = default;
        }
        schema
    }

    fn request_body(&self, binding: &Binding) -> Option<Value> {
        let members: Vec<&Variable> = self.rest(binding).filter(|variable| !is_query(binding, variable)).collect();
        let media_type = match binding.body {
            _ if members.is_empty() => return None,
            Body::Unread => return None,
            Body::Json => "application/json",
            Body::Form => "multipart/form-data",
        };
        if let Some(whole) = members.iter().find(|variable| variable.whole_body) {
            let schema = described(self.schema(whole), whole.description.as_deref());
            return Some(json!({"required": whole.typed.required, "content": {media_type: {"schema": schema}}}));
        }
        let properties = members.iter().map(|variable| {
            (variable.names[0].clone(), described(self.schema(variable), variable.description.as_deref()))
        });
        let required: Vec<String> = members
            .iter()
            .filter(|variable| variable.typed.required)
            .map(|variable| variable.names[0].clone())
            .collect();
        let is_required = !required.is_empty();
        let schema = object_schema(properties.collect(), required);
        Some(json!({"required": is_required, "content": {media_type: {"schema": schema}}}))
    }

    fn responses(&self, main: &Binding, bodiless: Option<&Binding>) -> Value {
        let mut schemas: Vec<Value> = Vec::new();
        for binding in std::iter::once(main).chain(bodiless) {
            let data = match &binding.reply {
                Reply::Nothing => json!({"type": "null"}),
                Reply::Data(_, node) => of_node(self.types, node),
                Reply::File(..) => continue,
            };
            let schema = success(&data);
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        if self.status == StatusPolicy::EnvelopeOnly {
            schemas.push(reference("Failure"));
        }
        let mut content = match schemas.as_slice() {
            [] => json!({}),
            [one] => json_content(one),
            several => json_content(&json!({"anyOf": several})),
        };
        let is_file = matches!(main.reply, Reply::File(..));
        if is_file {
            // The file has its own media type, and bytes have no schema (OpenAPI 3.1, section 4.8.14.3).
            content["*/*"] = json!({});
        }
        let description = if is_file { "The file." } else { "The answer." };
        let mut responses = json!({"200": {"description": description, "content": content}});
        if is_file {
            let part = "The part of the file that `Range` asks for.";
            responses["206"] = json!({"description": part, "content": {"*/*": {}}});
            responses["304"] = json!({"description": "The file has not changed."});
            responses["412"] =
                json!({"description": "The file is not the one that the conditions of the request mean."});
            responses["416"] = json!({"description": "The file has nothing of the part that `Range` asks for."});
        }
        responses["401"] = failing("No credential, or one that is not valid.");
        if main.body != Body::Unread || bodiless.is_some() {
            responses["413"] = failing("The body is too large.");
        }
        if self.status == StatusPolicy::Mirror {
            responses["4XX"] = failing("The request cannot be fulfilled.");
            responses["5XX"] = failing("The service failed, or what it depends on.");
        }
        responses
    }
}

fn summary(binding: &Binding) -> String {
    binding.operation.comment.first().cloned().unwrap_or_else(|| binding.operation.name.to_string())
}

/// Whether the document shows the variable as a query parameter. A route with a body takes its members there.
fn is_query(binding: &Binding, variable: &Variable) -> bool {
    let has_whole_body = binding.operation.variables.iter().any(|other| other.whole_body);
    match binding.body {
        Body::Unread => true,
        Body::Json if binding.route.method == Method::DELETE => {
            !needs_json(&variable.typed.kind) && !variable.whole_body
        }
        Body::Json => has_whole_body && !variable.whole_body,
        Body::Form => false,
    }
}
