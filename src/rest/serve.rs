//! One request: from the route to the answer.

use std::sync::Arc;

use async_graphql::{Name, Response as Executed, ServerError, UploadValue};
use async_graphql_value::ConstValue;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::{FromRequestParts as _, Query, RawPathParams, Request};
use axum::http::header::ALLOW;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};

use super::body;
use super::coerce::Inputs;
use super::download;
use super::envelope::{Failure, OPENING, StatusPolicy, success};
use super::operation::{Binding, Body, Operation, Reply};
use super::routes::Presence;
use super::upload::{self, Form};
use super::variables::{Members, Offered, fill};
use super::{Executor, FileService};
use crate::error::Code;

/// The bindings of one path.
pub(super) struct Endpoint {
    /// In the order of the documents.
    pub(super) bindings: Vec<Arc<Binding>>,
    pub(super) allow: HeaderValue,
}

/// What all routes share.
pub(super) struct Service<E> {
    pub(super) executor: E,
    pub(super) inputs: Inputs,
    pub(super) files: Option<FileService>,
    pub(super) status: StatusPolicy,
    pub(super) max_json_bytes: usize,
    pub(super) max_upload_bytes: u64,
}

/// What was read of a request.
enum Received {
    Nothing,
    Json(Bytes),
    Form(Form),
}

impl Endpoint {
    pub(super) fn new(bindings: Vec<Arc<Binding>>) -> Self {
        let all = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let methods = all.iter().filter(|method| bindings.iter().any(|binding| binding.answers(method)));
        let methods: Vec<&str> = methods.map(Method::as_str).collect();
        // Method names are visible ASCII.
        let allow = HeaderValue::from_str(&methods.join(", ")).unwrap_or(HeaderValue::from_static(""));
        Self { bindings, allow }
    }

    fn candidates(&self, method: &Method) -> Vec<&Arc<Binding>> {
        self.bindings.iter().filter(|binding| binding.answers(method)).collect()
    }
}

impl<E: Executor> Service<E> {
    pub(super) async fn answer(&self, endpoint: &Endpoint, request: Request) -> Response<HttpBody> {
        let (mut parts, body) = request.into_parts();
        let candidates = endpoint.candidates(&parts.method);
        if candidates.is_empty() {
            let message = format!("the method {} is not allowed here", parts.method);
            let mut response = Failure::outright(StatusCode::METHOD_NOT_ALLOWED, message).into_response(self.status);
            response.headers_mut().insert(ALLOW, endpoint.allow.clone());
            return response;
        }
        match self.choose(&candidates, &mut parts, body).await {
            Ok(response) => response,
            Err(failure) => failure.into_response(self.status),
        }
    }

    /// Reads what the route needs of the body. Where two routes differ by its presence, that decides.
    async fn choose(
        &self,
        candidates: &[&Arc<Binding>],
        parts: &mut Parts,
        body: HttpBody,
    ) -> Result<Response<HttpBody>, Failure> {
        if let [binding] = candidates
            && binding.presence == Presence::Any
        {
            let received = match binding.body {
                Body::Unread => Received::Nothing,
                Body::Json => Received::Json(body::read(&parts.headers, body, self.max_json_bytes).await?),
                Body::Form => {
                    let limits = upload::Limits { file: self.max_upload_bytes, text: self.max_json_bytes as u64 };
                    let variables = &binding.operation.variables;
                    Received::Form(upload::read(&parts.headers, body, variables, limits).await?)
                }
            };
            return self.run(binding, parts, received).await;
        }
        let bytes = body::read(&parts.headers, body, self.max_json_bytes).await?;
        let presence = if bytes.is_empty() { Presence::Absent } else { Presence::Present };
        if bytes.is_empty() {
            refuse_body_in_query(candidates, parts)?;
        }
        match candidates.iter().find(|binding| binding.presence == presence) {
            Some(binding) => self.run(binding, parts, Received::Json(bytes)).await,
            None if bytes.is_empty() => Err(Failure::new(Code::BadUserInput, "the body is missing")),
            None => Err(Failure::new(Code::BadUserInput, "there must be no body")),
        }
    }

    async fn run(
        &self,
        binding: &Binding,
        parts: &mut Parts,
        received: Received,
    ) -> Result<Response<HttpBody>, Failure> {
        let operation = &*binding.operation;
        let request = self.request(binding, parts, received).await?;
        parts.extensions.insert(binding.route.clone());
        let Executed { data, errors, http_headers, .. } = self.executor.execute(request, parts).await;
        let mut response = match errors.first() {
            Some(error) => failure(operation, error).into_response(self.status),
            None => {
                self.reply(binding, &data, parts).await.unwrap_or_else(|failure| failure.into_response(self.status))
            }
        };
        response.headers_mut().extend(http_headers);
        response.extensions_mut().insert(binding.route.clone());
        Ok(response)
    }

    /// The GraphQL request that the HTTP request stands for.
    async fn request(
        &self,
        binding: &Binding,
        parts: &mut Parts,
        received: Received,
    ) -> Result<async_graphql::Request, Failure> {
        let operation = &*binding.operation;
        let segments = RawPathParams::from_request_parts(parts, &())
            .await
            .map_err(|_| Failure::new(Code::BadUserInput, "the path is not UTF-8"))?;
        let segments: Vec<&str> = segments.iter().map(|(_, value)| value).collect();
        // Where the router is nested below another, that one's variables come first.
        let own = segments.len().saturating_sub(binding.path_variables.len());
        let path = binding.path_variables.iter().copied().zip(segments.into_iter().skip(own)).collect();
        let query = query(parts)?;
        let (texts, files, bytes) = match received {
            Received::Nothing => (Vec::new(), Vec::new(), Bytes::new()),
            Received::Json(bytes) => (Vec::new(), Vec::new(), bytes),
            Received::Form(Form { texts, files }) => (texts, files, Bytes::new()),
        };
        let members = match binding.body {
            Body::Unread => Members::None,
            Body::Form => Members::Form(&texts),
            Body::Json => match body::json(&parts.headers, &bytes)? {
                None => Members::None,
                Some(raw) if operation.variables.iter().any(|variable| variable.whole_body) => Members::Whole(raw),
                Some(raw) => Members::Json(body::members(raw)?),
            },
        };
        let offered = Offered { path, query: &query, members };
        let variables = fill(&self.inputs, &operation.variables, &offered, &files)?;
        let mut request = async_graphql::Request::new("").operation_name(operation.name.as_str()).variables(variables);
        request.set_parsed_query(operation.document.clone());
        for (index, upload) in files {
            set_upload(&mut request, &operation.variables[index].name, upload);
        }
        Ok(request)
    }

    async fn reply(&self, binding: &Binding, data: &ConstValue, parts: &Parts) -> Result<Response<HttpBody>, Failure> {
        let absent = || {
            let message = binding.not_found.as_ref();
            message.map(|message| Failure::new(Code::NotFound, message))
        };
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(OPENING);
        match &binding.reply {
            Reply::Nothing => out.extend_from_slice(b"null"),
            Reply::Data(keys, node) => {
                let value = at(data, keys);
                if *value == ConstValue::Null
                    && let Some(failure) = absent()
                {
                    return Err(failure);
                }
                node.write(value, &mut out).map_err(|error| {
                    tracing::error!(operation = %binding.operation.name, error = &error as &dyn std::error::Error, "a response does not fit its route");
                    Failure::internal()
                })?;
            }
            Reply::File(keys, name) => {
                let ConstValue::String(url) = at(data, keys) else {
                    return Err(absent().unwrap_or_else(download::missing));
                };
                let name = name.as_ref().and_then(|keys| match at(data, keys) {
                    ConstValue::String(name) => Some(name.as_str()),
                    _ => None,
                });
                let files = self.files.clone().ok_or_else(Failure::internal)?;
                return download::answer(files, url, name, parts).await;
            }
        }
        Ok(success(out))
    }
}

/// The query parameters, in their order.
fn query(parts: &Parts) -> Result<Vec<(String, String)>, Failure> {
    match parts.uri.query() {
        None => Ok(Vec::new()),
        Some(_) => match Query::try_from_uri(&parts.uri) {
            Ok(Query(parameters)) => Ok(parameters),
            Err(_) => Err(Failure::new(Code::BadUserInput, "the query string is not readable")),
        },
    }
}

/// Where the absence of a body chooses the route, whoever put the body's members into the query meant the other route,
/// and must not get this one.
fn refuse_body_in_query(candidates: &[&Arc<Binding>], parts: &Parts) -> Result<(), Failure> {
    let parameters = query(parts)?;
    let with_body = candidates.iter().filter(|binding| binding.presence == Presence::Present);
    let mut members = with_body.flat_map(|binding| &binding.operation.variables).flat_map(|variable| &variable.names);
    match members.find(|member| parameters.iter().any(|(name, _)| name == *member)) {
        Some(member) => Err(Failure::new(Code::BadUserInput, format!("{member}: must stand in the body"))),
        None => Ok(()),
    }
}

fn set_upload(request: &mut async_graphql::Request, variable: &Name, upload: UploadValue) {
    request.set_upload(&format!("variables.{variable}"), upload);
}

/// The value at the path; null where something on the way is.
fn at<'a>(data: &'a ConstValue, keys: &[Name]) -> &'a ConstValue {
    let step = |value: &'a ConstValue, key: &Name| match value {
        ConstValue::Object(map) => map.get(key.as_str()).unwrap_or(&ConstValue::Null),
        _ => &ConstValue::Null,
    };
    keys.iter().fold(data, step)
}

/// The first error of an execution as the client sees it. The executor has masked what must not be seen; an error of
/// no known code is a defect, which the client learns nothing of.
fn failure(operation: &Operation, error: &ServerError) -> Failure {
    let extension = |name: &str| match error.extensions.as_ref()?.get(name)? {
        ConstValue::String(text) => Some(text.as_str()),
        ConstValue::Enum(name) => Some(name.as_str()),
        _ => None,
    };
    match extension("code").and_then(Code::from_name) {
        None => {
            tracing::error!(operation = %operation.name, error = %error.message, "an error without a known code");
            Failure::internal()
        }
        Some(code) => match extension("field") {
            Some(field) => Failure::new(code, operation.feeds.translate(error, field)),
            None => Failure::new(code, error.message.as_str()),
        },
    }
}
