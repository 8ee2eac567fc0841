//! From JSON or URL parameters to a GraphQL request, with the checks that the specification asks for.

use async_graphql::{BatchRequest, Request, parser::types::OperationType};
use axum::{extract::Query, http::Uri};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::Refusal;
use crate::graphql::limits::{self, Limits};

/// A body: one request, or a list of one to `batch`.
///
/// Errors: no JSON (nested deeper than 127 levels included, which is where the parser stops), wrong types, no query,
/// an empty or too long list.
pub(super) fn from_json(body: &[u8], batch: usize) -> Result<BatchRequest, Refusal> {
    from_value(json(body, "the request body")?, batch)
}

/// The same for JSON that is parsed already.
pub(super) fn from_value(body: Value, batch: usize) -> Result<BatchRequest, Refusal> {
    match body {
        Value::Array(list) if list.is_empty() => Err(Refusal::bad("the batch is empty")),
        Value::Array(list) if list.len() > batch => {
            Err(Refusal::bad(format!("the batch has {} operations, at most {batch} are allowed", list.len())))
        }
        Value::Array(list) => Ok(BatchRequest::Batch(list.into_iter().map(one).collect::<Result<_, _>>()?)),
        single => Ok(BatchRequest::Single(one(single)?)),
    }
}

/// One request that is not part of a batch.
pub(crate) fn single_from_json(body: &[u8]) -> Result<Request, Refusal> {
    one(json(body, "the request body")?)
}

/// One request: `query` a string, `operationName` a string or null, `variables` and `extensions` objects or null.
/// Other members are ignored.
pub(crate) fn one(body: Value) -> Result<Request, Refusal> {
    let Value::Object(mut body) = body else { return Err(Refusal::bad("the request must be a JSON object")) };
    let query = match body.remove("query") {
        Some(Value::String(query)) => query,
        Some(_) => return Err(Refusal::bad("query must be a string")),
        None => String::new(),
    };
    let operation_name = match body.remove("operationName") {
        Some(Value::String(name)) => Some(name),
        Some(Value::Null) | None => None,
        Some(_) => return Err(Refusal::bad("operationName must be a string or null")),
    };
    request(
        query,
        operation_name,
        object(body.remove("variables"), "variables")?,
        object(body.remove("extensions"), "extensions")?,
    )
}

/// The parameters `query`, `operationName`, `variables` and `extensions`, the last two in JSON. An empty parameter
/// counts as none.
pub(crate) fn from_url(uri: &Uri) -> Result<Request, Refusal> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_malformed| Refusal::bad("the URL parameters are malformed"))?;
    let parameter = |name: &str| {
        let mut found = pairs.iter().filter(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Refusal::bad(format!("the parameter {name} is given twice"))),
            (first, None) => Ok(first.cloned()),
        }
    };
    let parsed = |name: &str| parameter(name)?.map(|text| json(text.as_bytes(), name)).transpose();
    request(
        parameter("query")?.unwrap_or_default(),
        parameter("operationName")?,
        object(parsed("variables")?, "variables")?,
        object(parsed("extensions")?, "extensions")?,
    )
}

fn request(
    query: String,
    operation_name: Option<String>,
    variables: Map<String, Value>,
    extensions: Map<String, Value>,
) -> Result<Request, Refusal> {
    if query.trim().is_empty() {
        return Err(Refusal::bad("query is missing"));
    }
    let mut request = Request::new(query);
    request.operation_name = operation_name;
    request.variables = convert(variables, "variables")?;
    request.extensions = convert(extensions, "extensions")?;
    Ok(request)
}

fn object(value: Option<Value>, name: &str) -> Result<Map<String, Value>, Refusal> {
    match value {
        Some(Value::Object(members)) => Ok(members),
        Some(Value::Null) | None => Ok(Map::new()),
        Some(_) => Err(Refusal::bad(format!("{name} must be an object or null"))),
    }
}

fn convert<T: DeserializeOwned>(members: Map<String, Value>, name: &str) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(members)).map_err(|error| Refusal::bad(format!("{name}: {error}")))
}

pub(super) fn json<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::bad(format!("{what} is not the JSON expected: {error}")))
}

/// The type of the operation that would be executed; `None` if that cannot be told, which the schema will explain.
///
/// What is parsed here stays in the request and is not parsed again.
pub(crate) fn operation_type(request: &mut Request, limits: &Limits) -> Option<OperationType> {
    let name = request.operation_name.clone();
    let document = limits::parse(request, limits).ok()?;
    limits::selected(document, name.as_deref()).map(|operation| operation.node.ty)
}
