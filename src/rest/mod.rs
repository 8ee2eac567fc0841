//! The generated REST adapter: **a REST route is a GraphQL operation**.
//!
//! Route documents are GraphQL operations with a `@rest` directive that names method and path. From them the adapter
//! makes an axum router, an OpenAPI document and a listing; there is no handler per route. It knows GraphQL documents,
//! the SDL as text, something that executes operations ([`Executor`]), a service for files and the table of error
//! codes; no resource, no resolver and no table of this service, so that a new route is a new document and nothing else.
//!
//! Why documents and not annotations on resolvers: a directive can name method and path, but not the shape of the
//! answer. A selection set with aliases says exactly that, the schema's validator checks it, and it reads like the
//! document that the customer wrote.
//!
//! What it promises:
//!
//! - A mistake in a document stops the start and names file, line and column ([`Problem`]): a field that the schema
//!   does not have, two routes for one request, a variable that nothing can fill, a directive where it means nothing.
//! - A request never fails because of how a legacy client writes a value (`coerce`); where a value is of no use, the
//!   message names the parameter as that client spells it, also when the schema found the fault (`feeds`).
//! - An answer is always `{"code":…,"message":…,"data":…}`, members in the order of the document.
//! - Nothing is parsed, planned or looked up per request that the start could do: the document is parsed and checked
//!   once, the shape of the answer is a plan (`shape`), and the response is written in one pass.
//!
//! The way of a request: `serve` (route, body) → `variables` and `coerce` (values) → [`Executor`] → `shape` (answer).
//! The way of a document: `source` → `document` → `types` and `plan` → `operation` → `routes`, `openapi`.

mod body;
mod coerce;
mod directives;
mod document;
mod download;
mod envelope;
mod feeds;
mod openapi;
mod operation;
mod plan;
mod problem;
mod routes;
mod schemas;
mod serve;
mod shape;
mod source;
#[cfg(test)]
mod tests;
mod types;
mod upload;
mod variables;

use std::convert::Infallible;
use std::sync::Arc;

use async_graphql::{Name, Request, Response, ServerError};
use axum::Router;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{self, Method, StatusCode};
use axum::routing::any;
use tower::util::BoxCloneSyncService;

pub use directives::DEFINITIONS as DIRECTIVES;
pub use envelope::{StatusPolicy, refusal};
pub use problem::Problem;

use directives::Definitions;
use envelope::Failure;
use operation::Binding;
use serve::{Endpoint, Service};
use types::Types;

/// A document: its name, as messages show it, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// `routes/shelves.graphql`; the stem becomes the tag of its routes in the OpenAPI document.
    pub file: &'static str,
    /// Operations and fragments, or `extend enum` and `extend input`.
    pub text: &'static str,
}

/// Executes operations. The service implements it over its schema.
///
/// An error's `extensions.code` is a name of [`Code`](crate::error::Code), its `extensions.field` the argument or
/// input field at fault; messages of internal errors are masked.
pub trait Executor: Clone + Send + Sync + 'static {
    /// Executes a request. It carries the parsed document of one operation that [`check`](Self::check) has accepted,
    /// so that validation can be skipped. `parts` is the head of the HTTP request: headers, and the extensions that
    /// middleware has put there, with [`Route`] added.
    fn execute(&self, request: Request, parts: &Parts) -> impl Future<Output = Response> + Send;

    /// Parses and validates a request strictly, without variables, and executes nothing.
    fn check(&self, request: Request) -> impl Future<Output = Vec<ServerError>> + Send;
}

/// Serves the URLs that download routes lead to, by their path.
pub type FileService = BoxCloneSyncService<http::Request<Body>, http::Response<Body>, Infallible>;

/// What the documents do not say.
#[derive(Clone, Debug)]
pub struct Options {
    /// How failures show in the HTTP status.
    pub status: StatusPolicy,
    /// Title of the OpenAPI document.
    pub title: String,
    /// Version of the OpenAPI document.
    pub version: String,
    /// Description of the OpenAPI document, in Markdown.
    pub description: String,
    /// Largest JSON body, and largest sum of a form's text parts, in bytes.
    pub max_json_bytes: usize,
    /// Largest uploaded file, in bytes.
    pub max_upload_bytes: u64,
    /// Where downloads come from. Needed if a route is one.
    pub files: Option<FileService>,
}

/// A route, as the listing shows it and as requests and responses carry it in their extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method.
    pub method: Method,
    /// The path as documented: `/v1/{libraryId}/shelf/{id}`.
    pub path: Arc<str>,
    /// The operation's name.
    pub operation: Name,
}

/// The routes of a set of documents.
pub struct Adapter<E> {
    bindings: Vec<Arc<Binding>>,
    service: Arc<Service<E>>,
    openapi: serde_json::Value,
}

impl<E: Executor> Adapter<E> {
    /// Reads the documents and checks them against the schema. `sdl` is the schema that `executor` executes, in the
    /// schema language.
    ///
    /// # Errors
    ///
    /// The first mistake in a document; see the module's documentation.
    pub async fn new(sources: &[Source], sdl: &str, executor: E, options: Options) -> Result<Self, Problem> {
        let definitions = Definitions::read()?;
        let mut types = Types::read(sdl)?;
        let (extensions, documents): (Vec<&Source>, Vec<&Source>) =
            sources.iter().partition(|source| source::extends_types(source.text));
        for source in extensions {
            types.extend(source, &definitions)?;
        }
        let inputs = types.inputs();

        let mut bindings: Vec<Arc<Binding>> = Vec::new();
        for source in documents {
            for parsed in document::parse(source, &definitions)? {
                let (name, position) = (parsed.name.clone(), parsed.position);
                let in_operation = |problem: Problem| problem.in_operation(&name);
                if let Some(other) = bindings.iter().find(|binding| binding.operation.name == name) {
                    let reason = format!("an operation of this name stands in {}, too", other.operation.file);
                    return Err(in_operation(Problem::new(source.file, position, reason)));
                }
                let mut request = Request::new("").operation_name(name.as_str());
                request.set_parsed_query(parsed.executable.clone());
                if let Some(error) = executor.check(request).await.into_iter().next() {
                    return Err(in_operation(Problem::of_validator(source.file, position, error)));
                }
                for binding in operation::compile(parsed, &types, &inputs, &definitions).map_err(in_operation)? {
                    let problem = |reason| in_operation(Problem::new(source.file, binding.position, reason));
                    routes::check_conflict(bindings.iter().map(|earlier| earlier.key()), &binding.key(), problem)?;
                    if matches!(binding.reply, operation::Reply::File(..)) && options.files.is_none() {
                        return Err(problem("a download, but there is no file service".to_owned()));
                    }
                    bindings.push(Arc::new(binding));
                }
            }
        }
        let openapi = openapi::document(&bindings, &inputs, &types, &options);
        let service = Service {
            executor,
            inputs,
            files: options.files,
            status: options.status,
            max_json_bytes: options.max_json_bytes,
            max_upload_bytes: options.max_upload_bytes,
        };
        Ok(Self { bindings, service: Arc::new(service), openapi })
    }

    /// The routes, each with and without a trailing slash, and a fallback that answers every other path with an
    /// envelope of code 404. A router that is merged with this one can add paths, but no fallback of its own.
    pub fn router(&self) -> Router {
        let mut patterns: Vec<(String, Vec<Arc<Binding>>)> = Vec::new();
        for binding in &self.bindings {
            let pattern = binding.path.pattern();
            match patterns.iter_mut().find(|(known, _)| *known == pattern) {
                Some((_, bindings)) => bindings.push(Arc::clone(binding)),
                None => patterns.push((pattern, vec![Arc::clone(binding)])),
            }
        }
        let status = self.service.status;
        let mut router = Router::new();
        for (pattern, bindings) in patterns {
            let (service, endpoint) = (Arc::clone(&self.service), Arc::new(Endpoint::new(bindings)));
            let handler =
                any(move |request: http::Request<Body>| async move { service.answer(&endpoint, request).await });
            router = router.route(&format!("{pattern}/"), handler.clone()).route(&pattern, handler);
        }
        router.fallback(move || async move {
            Failure::outright(StatusCode::NOT_FOUND, "there is no such path").into_response(status)
        })
    }

    /// Every route, in the order of the documents.
    pub fn routes(&self) -> impl Iterator<Item = Route> {
        self.bindings.iter().map(|binding| binding.route.clone())
    }

    /// The OpenAPI 3.1 document of the routes. The same documents give the same bytes.
    pub const fn openapi(&self) -> &serde_json::Value {
        &self.openapi
    }
}
