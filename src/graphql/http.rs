//! `/graphql` over HTTP, to the letter of the specification.
//!
//! What it answers:
//!
//! | request | answer |
//! |---|---|
//! | `POST` `application/json` | one operation, or a list of up to [`Limits::batch`] |
//! | `POST` `multipart/form-data` | the same with files, by the GraphQL multipart request specification |
//! | `GET ?query=` | queries only; others 405 |
//! | `GET`, HTML preferred | the playground |
//! | anything else | an error in JSON with `extensions.code`, like every refusal here |
//!
//! Sources: "GraphQL over HTTP" (GraphQL Foundation, working draft), with the audits of the npm package
//! `graphql-http` as its referee; "GraphQL multipart request specification" (Jayden Seric). The stock integration
//! fails a quarter of those audits, which is why this one exists.
//!
//! **Status.** What is wrong with the HTTP request itself (body, parameters, credential) has its true status whatever
//! the client accepts. A well-formed request whose operation is refused is 400 for clients that list
//! `application/graphql-response+json`, and 200 for `application/json`, as the specification asks. An operation that
//! ran is 200, whatever its fields say.
//!
//! **Cross-site requests.** A page of another origin can make a browser send, with the browser's stored credentials,
//! what an HTML form can send. A JSON body is not among that, so a POST of JSON has always passed a preflight, which
//! CORS decides. A multipart form is: it must come from our own origin, from no browser at all, or carry something
//! that forces a preflight (module `origin`). Queries over GET change nothing, and their answers stay unreadable.
//!
//! The schema is any [`Executor`]. Who calls, and what the resolvers find in their context, is the [`Gate`]'s part.

pub(crate) mod accept;
mod answer;
pub(crate) mod body;
mod multipart;
pub(crate) mod origin;
pub(crate) mod params;

use std::{future::Future, sync::Arc, time::Duration};

use async_graphql::{BatchResponse, Executor, Request, parser::types::OperationType};
use axum::{
    Router,
    body::BodyDataStream,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
        request::Parts,
    },
    response::Response,
    routing::get,
};
use mime::Mime;
use tokio_util::sync::CancellationToken;

use self::accept::Media;
pub(crate) use self::answer::{Answer, Refusal, is_request_error};
use crate::{
    error::{Code, Error},
    graphql::{limits::Limits, playground, transport},
};

/// Who may come in, and what he finds inside. The same for HTTP, WebSocket and event stream.
pub trait Gate: Send + Sync + 'static {
    /// The caller's identity, and whatever else belongs to one HTTP request or one WebSocket.
    type Caller: Send + Sync + 'static;

    /// Finds out who calls. Runs before the body is read.
    ///
    /// `authorization` is the value of the HTTP header of that name, or of the member `authorization` of the payload
    /// of `connection_init`, which wins over the header: a browser cannot set headers on a WebSocket.
    ///
    /// Errors: what the caller is told, with the status of its code. Let a caller without a credential in, if fields
    /// decide for themselves.
    fn authenticate(
        &self,
        parts: &Parts,
        authorization: Option<&str>,
    ) -> impl Future<Output = Result<Self::Caller, Error>> + Send;

    /// Puts the identity, the data loaders and the like into `request.data`. Runs once for every operation.
    fn equip(&self, caller: &Self::Caller, request: &mut Request);
}

/// How often the credential behind a stream is looked at again: a revoked one ends it within this time.
pub(crate) const CREDENTIAL_CHECK: Duration = Duration::from_secs(10);

/// Settings of the door.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What one request may ask for. Give the schema the same limits (`.extension(limits)`): it enforces those of a
    /// document, the door those of a request.
    pub limits: Limits,
    /// Origins (`https://app.example`) whose pages may open a WebSocket, besides our own.
    pub origins: Vec<String>,
    /// Cancelled when the server stops: ends the subscriptions, which would otherwise never end.
    pub stopping: CancellationToken,
}

/// Everything the handlers need.
pub(crate) struct Door<E, G> {
    pub(crate) executor: E,
    pub(crate) gate: G,
    pub(crate) options: Options,
}

/// The routes `/graphql`, `/graphql/ws`, `/graphql/stream` and `/graphql/assets/…`.
///
/// `OPTIONS` is left to a CORS layer around it.
pub fn router<E: Executor, G: Gate>(executor: E, gate: G, options: Options) -> Router {
    Router::new()
        .route("/graphql", get(get_handler::<E, G>).post(post_handler::<E, G>).fallback(not_get_or_post))
        .route("/graphql/ws", get(transport::socket::<E, G>).fallback(not_get))
        .route(
            "/graphql/stream",
            get(transport::stream_get::<E, G>).post(transport::stream_post::<E, G>).fallback(not_get_or_post),
        )
        .with_state(Arc::new(Door { executor, gate, options }))
        .merge(playground::assets())
}

async fn not_get_or_post(headers: HeaderMap) -> Response {
    wrong_method(&headers, "use GET for queries, or POST", "GET, HEAD, POST")
}

async fn not_get(headers: HeaderMap) -> Response {
    wrong_method(&headers, "a WebSocket is opened by GET", "GET, HEAD")
}

fn wrong_method(headers: &HeaderMap, message: &str, allowed: &'static str) -> Response {
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadUserInput, message).allow(allowed);
    refusal.into_response(accept::negotiate(headers).unwrap_or_default())
}

async fn get_handler<E: Executor, G: Gate>(State(door): State<Arc<Door<E, G>>>, parts: Parts) -> Response {
    if accept::prefers_html(&parts.headers) {
        return playground::page();
    }
    respond(&parts.headers, door.get(&parts)).await
}

async fn post_handler<E: Executor, G: Gate>(
    State(door): State<Arc<Door<E, G>>>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = body.into_data_stream();
    respond(&parts.headers, async {
        let outcome = door.post(&parts, &mut body).await;
        if outcome.is_err() {
            body::drain(&parts.headers, &mut body).await;
        }
        outcome
    })
    .await
}

/// Answers in the media type that the client asks for.
async fn respond(headers: &HeaderMap, outcome: impl Future<Output = Result<BatchResponse, Refusal>>) -> Response {
    let media = match accept::negotiate(headers) {
        Ok(media) => media,
        Err(refusal) => return refusal.into_response(Media::Json),
    };
    match outcome.await {
        Ok(response) => answer::respond(&response, media),
        Err(refusal) => refusal.into_response(media),
    }
}

impl<E: Executor, G: Gate> Door<E, G> {
    async fn get(&self, parts: &Parts) -> Result<BatchResponse, Refusal> {
        let caller = self.caller(parts).await?;
        let mut request = params::from_url(&parts.uri)?;
        only_query(&mut request, &self.options.limits)?;
        self.gate.equip(&caller, &mut request);
        Ok(self.executor.execute(request).await.into())
    }

    async fn post(&self, parts: &Parts, body: &mut BodyDataStream) -> Result<BatchResponse, Refusal> {
        let limits = &self.options.limits;
        let content = Content::of(&parts.headers)?;
        if let Content::Multipart { .. } = content {
            origin::refuse_cross_site_form(&parts.headers)?;
        }
        let caller = self.caller(parts).await?;
        let mut request = match content {
            Content::Json => {
                params::from_json(&body::read(&parts.headers, body, limits.body_bytes).await?, limits.batch)?
            }
            Content::Multipart { boundary } => multipart::receive(boundary, body, limits).await?,
        };
        for request in request.iter_mut() {
            self.gate.equip(&caller, request);
        }
        Ok(self.executor.execute_batch(request).await)
    }

    /// Ends when the credential of a request that is still being answered has become worthless.
    pub(crate) async fn revoked(self: Arc<Self>, parts: Parts) {
        loop {
            tokio::time::sleep(CREDENTIAL_CHECK).await;
            if self.caller(&parts).await.is_err_and(|refusal| refusal.code() == Code::Unauthenticated) {
                return;
            }
        }
    }

    /// The caller of a plain HTTP request.
    pub(crate) async fn caller(&self, parts: &Parts) -> Result<G::Caller, Refusal> {
        Ok(self.gate.authenticate(parts, authorization(&parts.headers)).await?)
    }
}

/// The value of the header `Authorization`.
pub(crate) fn authorization(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()
}

/// What a body may be.
pub(crate) enum Content {
    Json,
    Multipart { boundary: String },
}

impl Content {
    /// Reads `Content-Type`. Without one, a body is refused too: a page of another origin could have sent it.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let unsupported = || {
            Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Code::UnsupportedMediaType,
                "the Content-Type must be application/json, or multipart/form-data for uploads",
            )
        };
        let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(unsupported)?;
        let kind: Mime = text.parse().map_err(|_not_a_media_type| unsupported())?;
        if kind.get_param(mime::CHARSET).is_some_and(|charset| charset != mime::UTF_8) {
            return Err(unsupported());
        }
        match kind.essence_str() {
            "application/json" => Ok(Self::Json),
            "multipart/form-data" => match kind.get_param(mime::BOUNDARY) {
                Some(boundary) => Ok(Self::Multipart { boundary: boundary.as_str().to_owned() }),
                None => Err(Refusal::bad("the Content-Type multipart/form-data needs a boundary")),
            },
            _ => Err(unsupported()),
        }
    }
}

/// Lets queries pass, and documents that the schema will refuse anyway.
fn only_query(request: &mut Request, limits: &Limits) -> Result<(), Refusal> {
    match params::operation_type(request, limits) {
        Some(OperationType::Mutation | OperationType::Subscription) => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::BadUserInput,
            "GET may only query; send other operations by POST",
        )
        .allow("POST")),
        Some(OperationType::Query) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
