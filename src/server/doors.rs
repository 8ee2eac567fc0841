//! The two doors: the schema with its extensions, the route documents, and how both learn who is calling.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::{Request, Response, Schema, ServerError, ValidationMode, Value};
use axum::extract::{Request as HttpRequest, State};
use axum::http::Uri;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use axum::routing::get;
use axum::{Json, Router};
use tokio_util::sync::CancellationToken;

use super::origin::{Policy, check_origin};
use crate::access::{Access, Principal};
use crate::config::Serve;
use crate::domain::Context;
use crate::error::{Code, Error};
use crate::graphql::batches::Batches;
use crate::graphql::completion::Completion;
use crate::graphql::errors::Errors;
use crate::graphql::http::{self, Gate};
use crate::graphql::limits::{Limits, Trusted};
use crate::graphql::spans::Spans;
use crate::graphql::{self, Mutation, OdaesanSchema, Query, Subscription};
use crate::idempotency;
use crate::rest::{self, Adapter, Executor, FileService, Problem, Source, StatusPolicy};

macro_rules! documents {
    ($($file:literal),+ $(,)?) => {
        [$(Source { file: $file, text: include_str!(concat!("../rest/", $file)) }),+]
    };
}

/// The route documents. A new one is a line here and nothing else.
const DOCUMENTS: [Source; 12] = documents![
    "routes/codes.graphql",
    "routes/accounts.graphql",
    "routes/followers.graphql",
    "routes/texts.graphql",
    "routes/images.graphql",
    "routes/voices.graphql",
    "routes/videos.graphql",
    "routes/news.graphql",
    "routes/keywords.graphql",
    "routes/menu.graphql",
    "routes/messages.graphql",
    "routes/mass_sends.graphql",
];

/// The route that comes in two forms: the documented one, and the one that the replaced service really had.
const GROUPS_OF_FOLLOWER: [Source; 2] =
    documents!["routes/groups_of_follower.graphql", "routes/groups_of_follower_as_objects.graphql"];

fn limits(settings: &Serve) -> Limits {
    let limits = &settings.limits;
    Limits {
        depth: limits.graphql_depth,
        complexity: limits.graphql_complexity,
        aliases: limits.graphql_aliases,
        directives: limits.graphql_directives,
        fragment_spreads: limits.graphql_spreads,
        batch: limits.graphql_batch,
        body_bytes: limits.body_bytes,
        upload_bytes: settings.uploads.largest(),
        operation_time: std::time::Duration::from_secs(limits.graphql_seconds),
        ..Limits::default()
    }
}

/// The schema that requests run against.
pub(super) fn schema(settings: &Serve, context: &Context) -> OdaesanSchema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .data(context.clone())
        .extension(Completion)
        .extension(Errors)
        .extension(limits(settings))
        .extension(Spans)
        .extension(Batches)
        .finish()
}

/// What the REST adapter executes.
#[derive(Clone)]
pub struct Operations {
    /// Fast validation: every document was validated strictly at the start.
    schema: OdaesanSchema,
    checker: OdaesanSchema,
    context: Option<Context>,
    files: FileService,
}

impl Operations {
    pub(super) fn new(schema: OdaesanSchema, context: Context, files: Router) -> Self {
        let files = file_service(&context, files);
        Self { schema, checker: checker(), context: Some(context), files }
    }

    /// Checks documents and executes none: for listings and for the OpenAPI document.
    pub fn unconnected() -> Self {
        Self { schema: checker(), checker: checker(), context: None, files: FileService::new(Router::new()) }
    }
}

impl Executor for Operations {
    async fn execute(&self, request: Request, parts: &Parts) -> Response {
        let Some(context) = &self.context else { return Response::new(Value::Null) };
        let principal = parts.extensions.get::<Arc<Principal>>().cloned();
        // The layer before the adapter has put the caller there.
        let Some(principal) = principal else {
            let mut error = ServerError::new("internal error", None);
            error.extensions.get_or_insert_default().set("code", Code::Internal.as_str());
            return Response::from_errors(vec![error]);
        };
        self.schema.execute(graphql::prepare(request, context, principal).data(Trusted)).await
    }

    async fn check(&self, request: Request) -> Vec<ServerError> {
        self.checker.execute(request).await.errors
    }
}

/// A schema that parses and validates everything, and runs nothing.
fn checker() -> OdaesanSchema {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .validation_mode(ValidationMode::Strict)
        .extension(NeverRuns)
        .finish()
}

struct NeverRuns;

impl ExtensionFactory for NeverRuns {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for NeverRuns {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(Value::Null)
    }
}

/// What can be chosen about the REST door.
#[derive(Clone, Copy, Debug, Default)]
pub struct RestOptions {
    /// How failures show in the HTTP status.
    pub status: StatusPolicy,
    /// Whether the groups of a follower are objects instead of ids.
    pub groups_as_objects: bool,
    /// Largest JSON body, in bytes.
    pub max_json_bytes: usize,
    /// Largest file that any route takes, in bytes; a kind of file may have a smaller limit.
    pub max_upload_bytes: u64,
}

/// Serves the files behind the URLs that this service hands out.
fn file_service(context: &Context, files: Router) -> FileService {
    let prefix = context.public_url.parse::<Uri>().map(|uri| uri.path().trim_end_matches('/').to_owned());
    let files = match prefix {
        Ok(prefix) if !prefix.is_empty() => Router::new().nest(&prefix, files),
        Ok(_) | Err(_) => files,
    };
    FileService::new(files)
}

/// The adapter over this service's documents. Errors: the first mistake in a document.
pub async fn adapter(operations: Operations, chosen: RestOptions) -> Result<Adapter<Operations>, Problem> {
    let documents: Vec<_> =
        DOCUMENTS.into_iter().chain([GROUPS_OF_FOLLOWER[usize::from(chosen.groups_as_objects)]]).collect();
    let options = rest::Options {
        status: chosen.status,
        title: "Odaesan V1".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        description: "The documented REST routes of Odaesan, for clients that exist already. \
                      Every answer is an envelope of `code`, `message` and `data`; the HTTP status is 200 unless the \
                      path, the method, the credential or the size of the body is at fault. \
                      New clients are better off with GraphQL at `/graphql`."
            .into(),
        max_json_bytes: chosen.max_json_bytes,
        max_upload_bytes: chosen.max_upload_bytes,
        files: Some(operations.files.clone()),
    };
    Adapter::new(&documents, &graphql::sdl(), operations, options).await
}

/// `/v1/…` and `/v1/openapi.json`.
pub(super) fn rest_router(
    adapter: &Adapter<Operations>,
    access: &Access,
    idempotency: &idempotency::Store,
    status: StatusPolicy,
    origins: &Arc<Policy>,
) -> Router {
    let openapi = Json(adapter.openapi().clone());
    adapter
        .router()
        .layer(from_fn_with_state((idempotency.clone(), idempotency::Door::Rest(status)), idempotency::layer))
        .layer(from_fn_with_state((access.clone(), status), authenticate))
        .layer(from_fn_with_state(Arc::clone(origins), check_origin))
        .route("/v1/openapi.json", get(move || async move { openapi.clone() }))
}

/// Finds out who is calling before anything of the body is read.
async fn authenticate(
    State((access, status)): State<(Access, StatusPolicy)>,
    mut request: HttpRequest,
    next: Next,
) -> HttpResponse {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    match access.authenticate(header).await {
        Ok(principal) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Err(error) => {
            if error.code() == Code::Internal {
                tracing::error!(error = crate::error::chain(&error), "a caller could not be authenticated");
            }
            rest::refusal(error.code(), &error.public_message(), status).into_response()
        }
    }
}

/// How the GraphQL door learns who is calling.
pub(super) struct Caller {
    access: Access,
    context: Context,
}

impl Caller {
    pub(super) const fn new(access: Access, context: Context) -> Self {
        Self { access, context }
    }
}

impl Gate for Caller {
    type Caller = Arc<Principal>;

    async fn authenticate(&self, _: &Parts, authorization: Option<&str>) -> Result<Self::Caller, Error> {
        self.access.authenticate(authorization).await
    }

    fn equip(&self, caller: &Self::Caller, request: &mut Request) {
        let bare = std::mem::replace(request, Request::new(""));
        *request = graphql::prepare(bare, &self.context, Arc::clone(caller));
    }
}

/// `/graphql`, `/graphql/ws`, `/graphql/stream` and the playground's files.
pub(super) fn graphql_router(
    schema: OdaesanSchema,
    gate: Caller,
    settings: &Serve,
    access: &Access,
    idempotency: &idempotency::Store,
    stop: &CancellationToken,
) -> Router {
    let options =
        http::Options { limits: limits(settings), origins: settings.cors_origins.clone(), stopping: stop.clone() };
    http::router(schema, gate, options).layer(from_fn_with_state(
        (idempotency.clone(), idempotency::Door::Graphql(access.clone())),
        idempotency::layer,
    ))
}
