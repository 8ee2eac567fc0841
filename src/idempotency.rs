//! Writes that a client may safely send again: the HTTP header `Idempotency-Key`, for both doors.
//!
//! The same key with the same request gives the same answer for 24 hours, and the work is done once. With another
//! request, or while the first one runs, it is a 409. Answers of 4xx codes are repeated, 5xx ones are forgotten, so that
//! trying again means something. Keys belong to a caller and an account.
//! Source: draft-ietf-httpapi-idempotency-key-header; design, sections 2 and 13.
//!
//! The row that claims a key is written before the work and names its answer after it. A request with a key runs to its
//! end even if its client hangs up: otherwise the client could never learn what became of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use entity::idempotency;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _, SqlErr};
use sha2::{Digest as _, Sha256};
use tracing::Instrument as _;

use crate::access::{Access, Principal};
use crate::clock;
use crate::error::{Code, Error, Result};
use crate::rest::{self, StatusPolicy};

/// How long an answer is repeated. Source: design, section 2.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// How long a request may run before its key can be claimed again: its process must have died.
const CLAIMED: Duration = Duration::from_secs(300);

/// Longest key, in bytes.
const KEY_LENGTH: usize = 255;

/// Largest body of a repeated request that is read for comparison, in bytes; above any upload limit.
const LARGEST_REQUEST: usize = 64 << 20;

/// Largest answer that is kept, in bytes.
const LARGEST_ANSWER: usize = 4 << 20;

/// One in so many claims also forgets what has expired.
const SWEEP: u32 = 64;

/// Where keys and answers are kept. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: DatabaseConnection,
}

impl Store {
    /// In this database.
    pub const fn new(database: DatabaseConnection) -> Self {
        Self { database }
    }

    /// Claims a key. `None`: claimed. Otherwise the row that holds it.
    async fn claim(&self, id: &str) -> Result<Option<idempotency::Model>> {
        if rand::random_ratio(1, SWEEP) {
            self.sweep().await?;
        }
        loop {
            let now = clock::now();
            let row = idempotency::ActiveModel {
                id: Set(id.to_owned()),
                fingerprint: Set(None),
                status: Set(None),
                content_type: Set(None),
                body: Set(None),
                created_at: Set(now),
                expires_at: Set(clock::after(now, CLAIMED)),
            };
            match idempotency::Entity::insert(row).exec_without_returning(&self.database).await {
                Ok(_) => return Ok(None),
                Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {}
                Err(error) => return Err(error.into()),
            }
            match idempotency::Entity::find_by_id(id).one(&self.database).await? {
                Some(row) if *row.expires_at > *now => return Ok(Some(row)),
                Some(_) => self.sweep().await?,
                // Released in between.
                None => {}
            }
        }
    }

    async fn sweep(&self) -> Result<()> {
        idempotency::Entity::delete_many()
            .filter(idempotency::Column::ExpiresAt.lte(clock::now()))
            .exec(&self.database)
            .await?;
        Ok(())
    }

    async fn release(&self, id: &str) -> Result<()> {
        idempotency::Entity::delete_by_id(id).exec(&self.database).await?;
        Ok(())
    }

    async fn keep(&self, id: &str, fingerprint: &str, answer: &Answer) -> Result<()> {
        use idempotency::Column as C;
        let status = i16::try_from(answer.status.as_u16()).unwrap_or(200);
        idempotency::Entity::update_many()
            .col_expr(C::Fingerprint, Expr::value(fingerprint))
            .col_expr(C::Status, Expr::value(status))
            .col_expr(C::ContentType, Expr::value(answer.content_type()))
            .col_expr(C::Body, Expr::value(answer.body.to_vec()))
            .col_expr(C::ExpiresAt, Expr::value(clock::after(clock::now(), KEPT)))
            .filter(C::Id.eq(id))
            .exec(&self.database)
            .await?;
        Ok(())
    }
}

/// Which door a request comes through: how its caller is known, and how failures look.
#[derive(Clone)]
pub enum Door {
    /// The REST adapter; a layer before this one has put the caller into the request.
    Rest(StatusPolicy),
    /// GraphQL over HTTP, which finds out about the caller by itself.
    Graphql(Access),
}

impl Door {
    /// The caller. `None`: the door will turn him away.
    async fn caller(&self, head: &Parts) -> Option<Arc<Principal>> {
        match self {
            Self::Rest(_) => head.extensions.get::<Arc<Principal>>().cloned(),
            Self::Graphql(access) => {
                let header = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
                access.authenticate(header).await.ok()
            }
        }
    }

    fn refuse(&self, code: Code, message: &str) -> Response {
        match self {
            Self::Rest(status) => rest::refusal(code, message, *status).into_response(),
            Self::Graphql(_) => {
                let error = serde_json::json!({
                    "errors": [{ "message": message, "extensions": { "code": code.as_str() } }]
                });
                let status = StatusCode::from_u16(code.rest()).unwrap_or(StatusCode::BAD_REQUEST);
                (status, axum::Json(error)).into_response()
            }
        }
    }

    /// Whether the answer tells of a failure on our side, or WeChat's, which a new try may overcome.
    fn failed(&self, answer: &Answer) -> bool {
        let Ok(body) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return true };
        let code = match self {
            Self::Rest(_) => body.get("code").and_then(serde_json::Value::as_u64),
            // One response, or a batch of them.
            Self::Graphql(_) => std::slice::from_ref(&body)
                .iter()
                .flat_map(|body| body.as_array().map_or(std::slice::from_ref(body), Vec::as_slice))
                .filter_map(|response| response.get("errors")?.as_array())
                .flatten()
                // Whether it was done is not known, so it must not be done again.
                .filter(|error| error.pointer("/extensions/isUnclear").is_none())
                .filter_map(|error| error.pointer("/extensions/code")?.as_str())
                .filter_map(Code::from_name)
                .map(|code| u64::from(code.rest()))
                .max(),
        };
        answer.status.is_server_error() || code.is_some_and(|code| code >= 500)
    }
}

/// An answer as it is repeated.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn content_type(&self) -> Option<String> {
        self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(Into::into)
    }
}

/// The middleware.
pub async fn layer(State((store, door)): State<(Store, Door)>, request: Request, next: Next) -> Response {
    let writes = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    let Some(key) = request.headers().get("idempotency-key").filter(|_| writes) else {
        return next.run(request).await;
    };
    let Some(key) = readable(key) else {
        return door.refuse(Code::BadUserInput, "Idempotency-Key: must be 1 to 255 visible ASCII characters");
    };
    let (head, body) = request.into_parts();
    let caller = door.caller(&head).await;
    let request = Request::from_parts(head, body);
    let Some(caller) = caller else { return next.run(request).await };
    let id = digest(&[&caller.actor, account_in(request.uri().path()), &key]);
    match store.claim(&id).await {
        Ok(None) => {
            let refuse = door.clone();
            let work = tokio::spawn(async move { first(&store, &door, &id, request, next).await }.in_current_span());
            work.await.unwrap_or_else(|_| refuse.refuse(Code::Internal, "internal error"))
        }
        Ok(Some(row)) => again(&door, row, request).await,
        Err(error) => failed(&door, &error),
    }
}

/// Does the work, and keeps its answer.
async fn first(store: &Store, door: &Door, id: &str, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // A body that is empty need not be read for its end to be known; a route that wants none does not.
    let nothing_to_read = body.size_hint().exact() == Some(0);
    let hasher = Arc::new(Mutex::new((start_fingerprint(&parts.method, &parts.uri), nothing_to_read)));
    let seen = Arc::clone(&hasher);
    let ended = Arc::clone(&hasher);
    let hashed = body
        .into_data_stream()
        .inspect_ok(move |chunk| {
            if let Ok(mut state) = seen.lock() {
                state.0.update(chunk);
            }
        })
        .chain(futures_util::stream::poll_fn(move |_| {
            if let Ok(mut state) = ended.lock() {
                state.1 = true;
            }
            std::task::Poll::Ready(None)
        }));
    let response = next.run(Request::from_parts(parts, Body::from_stream(hashed))).await;
    let (head, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_ANSWER).await else {
        tracing::error!("the answer to an idempotent request is too large to be kept");
        if let Err(error) = store.release(id).await {
            return failed(door, &error);
        }
        return door.refuse(Code::Internal, "internal error");
    };
    let answer = Answer { status: head.status, headers: head.headers.clone(), body: body.clone() };
    // A request that was refused before it was read has no fingerprint; it may be sent again in any case.
    let fingerprint = hasher.lock().ok().filter(|state| state.1).map(|state| hex(state.0.clone()));
    let kept = match fingerprint {
        Some(fingerprint) if !door.failed(&answer) => store.keep(id, &fingerprint, &answer).await,
        _ => store.release(id).await,
    };
    if let Err(error) = kept {
        tracing::error!(error = crate::error::chain(&error), "the answer to an idempotent request was not kept");
    }
    Response::from_parts(head, Body::from(body))
}

/// Repeats the answer of the first request.
async fn again(door: &Door, row: idempotency::Model, request: Request) -> Response {
    let (Some(fingerprint), Some(status)) = (row.fingerprint, row.status) else {
        return door.refuse(Code::Conflict, "a request with this Idempotency-Key is running");
    };
    let (parts, body) = request.into_parts();
    let mut hasher = start_fingerprint(&parts.method, &parts.uri);
    let mut read = 0;
    let mut body = body.into_data_stream();
    while let Some(chunk) = body.next().await {
        let Ok(chunk) = chunk else { return door.refuse(Code::BadUserInput, "the body could not be read") };
        read += chunk.len();
        if read > LARGEST_REQUEST {
            return door.refuse(Code::PayloadTooLarge, "the body is too large");
        }
        hasher.update(&chunk);
    }
    if hex(hasher) != fingerprint {
        return door.refuse(Code::Conflict, "this Idempotency-Key was used with another request");
    }
    let mut response = Response::new(Body::from(row.body.unwrap_or_default()));
    *response.status_mut() =
        u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::OK);
    if let Some(content_type) = row.content_type.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

fn failed(door: &Door, error: &Error) -> Response {
    tracing::error!(error = crate::error::chain(error), "an Idempotency-Key could not be looked up");
    door.refuse(Code::Internal, "internal error")
}

/// The key; the draft writes it in quotes, most clients do not.
fn readable(value: &HeaderValue) -> Option<String> {
    let key = value.to_str().ok()?.trim().trim_matches('"');
    (1..=KEY_LENGTH).contains(&key.len()).then(|| key.to_owned())
}

/// The account's segment in `/v1/{account}/…`. Elsewhere the account is part of the body, and so of the fingerprint.
fn account_in(path: &str) -> &str {
    path.strip_prefix("/v1/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

fn start_fingerprint(method: &Method, uri: &axum::http::Uri) -> Sha256 {
    let mut hasher = Sha256::new();
    for part in [method.as_str(), uri.path(), uri.query().unwrap_or_default()] {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    hasher
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    hex(hasher)
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
