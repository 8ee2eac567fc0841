//! Serving one stored file, to the letter of RFC 9110 (HTTP Semantics): validators, preconditions, one range.
//!
//! The content under a key never changes, but it can be withdrawn. Whoever routes here has looked the file up and knows
//! that the caller may have it.

mod conditions;
mod range;
#[cfg(test)]
mod tests;

use std::ops::Range;

use axum::body::Body;
use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use headers::{AcceptRanges, ContentLength, ContentRange, HeaderMapExt as _};

use self::conditions::{Outcome, Validators};
use self::range::Selection;
use crate::error::chain;
use crate::storage::{self, Storage};

/// How long a browser or a shared cache may answer by itself, and need not ask even on a reload (RFC 8246).
///
/// An hour: most visits to a page follow its publication closely, and those are what a cache saves. A file that was
/// withdrawn is then gone everywhere an hour later, which is as long as one may have to wait after withdrawing a picture
/// by mistake. A longer time would save little: asking again costs an answer without a body (304).
const FRESH: HeaderValue = HeaderValue::from_static("public, max-age=3600, immutable");

/// Of a file that should be there and is not: it can come back.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// A stored file that is a document runs no script, loads nothing and has no origin, whatever somebody uploaded.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What the database knows of a stored file.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    /// Where it is in the storage.
    pub(crate) key: String,
    /// Its length, in bytes.
    pub(crate) size: u64,
    /// Its media type, as `image/jpeg`.
    pub(crate) media_type: String,
    /// The SHA-256 of its content in hexadecimal; its entity tag.
    pub(crate) sha256: String,
    /// Since when the content is under this URL.
    pub(crate) modified: DateTime<Utc>,
}

/// Answers a `GET` or `HEAD` of one file; only the header of the request is looked at. Holds a few hundred KiB of the
/// file in memory at a time.
///
/// 200 or 206 with content, 304, 412, 416; 405 for other methods; 404 if the object is gone from the storage, 503 if the
/// storage fails, both with the cause in the log. If the storage fails half-way, the connection is cut, so that nobody
/// takes a part for the whole.
pub(crate) async fn serve(storage: &Storage, file: &Served, request: &Parts) -> Response<Body> {
    let mut response = answer(storage, file, request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    // The pages that show these files are served elsewhere.
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

async fn answer(storage: &Storage, file: &Served, request: &Parts) -> Response<Body> {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let Some(validators) = Validators::of(file) else {
        tracing::error!(storage.key = file.key, "a stored file has a digest that is none");
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    match conditions::evaluate(&request.headers, &validators) {
        Outcome::Failed => return empty(StatusCode::PRECONDITION_FAILED),
        Outcome::NotModified => {
            let mut response = empty(StatusCode::NOT_MODIFIED);
            describe(response.headers_mut(), &validators);
            return response;
        }
        Outcome::Passed => {}
    }
    // A range is defined for GET only (section 14.2).
    let selection = if request.method == Method::GET && conditions::range_applies(&request.headers, &validators) {
        range::select(&request.headers, file.size)
    } else {
        Selection::Whole
    };
    let (status, range) = match selection {
        Selection::Whole => (StatusCode::OK, 0..file.size),
        Selection::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Selection::Unsatisfiable => {
            let mut response = empty(StatusCode::RANGE_NOT_SATISFIABLE);
            response.headers_mut().typed_insert(ContentRange::unsatisfied_bytes(file.size));
            response.headers_mut().typed_insert(AcceptRanges::bytes());
            return response;
        }
    };
    let body = match body(storage, file, &request.method, range.clone()).await {
        Ok(body) => body,
        Err(error) => return unavailable(&error),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    describe(headers, &validators);
    headers.typed_insert(validators.last_modified);
    headers.typed_insert(AcceptRanges::bytes());
    headers.typed_insert(ContentLength(range.end - range.start));
    headers.insert(CONTENT_TYPE, content_type(file));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(content_range) = ContentRange::bytes(range, file.size)
    {
        headers.typed_insert(content_range);
    }
    response
}

/// What 200, 206 and 304 have in common (section 15.4.5).
fn describe(headers: &mut HeaderMap, validators: &Validators) {
    headers.typed_insert(validators.etag.clone());
    headers.insert(CACHE_CONTROL, FRESH);
}

/// `HEAD` reads nothing, but answers as `GET` would if the object is gone.
async fn body(storage: &Storage, file: &Served, method: &Method, range: Range<u64>) -> Result<Body, storage::Error> {
    if *method == Method::HEAD {
        storage.size(&file.key).await?;
        return Ok(Body::empty());
    }
    let key = file.key.clone();
    let content = storage.read(&file.key, range).await?.inspect_err(move |error| {
        tracing::error!(storage.key = key, error = chain(error), "a stored file broke off while it was served");
    });
    Ok(Body::from_stream(content))
}

fn unavailable(error: &storage::Error) -> Response<Body> {
    tracing::error!(error = chain(error), "a stored file cannot be served");
    let status = match error {
        storage::Error::Missing { .. } => StatusCode::NOT_FOUND,
        storage::Error::Failed { .. } => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let mut response = empty(status);
    response.headers_mut().insert(CACHE_CONTROL, NOT_KEPT);
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn content_type(file: &Served) -> HeaderValue {
    HeaderValue::from_str(&file.media_type).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}
