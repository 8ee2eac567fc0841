//! The envelope around every answer, and the HTTP status that goes with it.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};

use crate::error::Code;

const JSON: HeaderValue = HeaderValue::from_static("application/json;charset=UTF-8");

/// RFC 7617: the realm, and that user name and password are UTF-8.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"odaesan\", charset=\"UTF-8\"");

/// How failures on documented routes show in the HTTP status. The envelope is the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatusPolicy {
    /// 200, as it always was; only missing credentials are 401.
    #[default]
    EnvelopeOnly,
    /// The envelope's code.
    Mirror,
}

/// An answer that is not a success.
#[derive(Debug)]
pub(super) struct Failure {
    code: u16,
    message: String,
    /// The true status is sent whatever the policy says.
    outright: bool,
}

impl Failure {
    /// A failure of a documented route.
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code: code.rest(), message: message.into(), outright: code == Code::Unauthenticated }
    }

    /// A failure that is no answer of a documented route, sent with its true status.
    pub(super) fn outright(status: StatusCode, message: impl Into<String>) -> Self {
        Self { code: status.as_u16(), message: message.into(), outright: true }
    }

    /// A defect, of which the client learns nothing.
    pub(super) fn internal() -> Self {
        Self::new(Code::Internal, "internal error")
    }

    pub(super) fn into_response(self, policy: StatusPolicy) -> Response<Body> {
        let status = match (self.outright, policy) {
            (true, _) | (_, StatusPolicy::Mirror) => {
                StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            (false, StatusPolicy::EnvelopeOnly) => StatusCode::OK,
        };
        let mut bytes = Vec::with_capacity(self.message.len() + 48);
        bytes.extend_from_slice(b"{\"code\":");
        bytes.extend_from_slice(self.code.to_string().as_bytes());
        bytes.extend_from_slice(b",\"message\":");
        super::shape::write_text(&self.message, &mut bytes);
        bytes.extend_from_slice(b",\"data\":null}");
        let mut response = respond(status, bytes);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        response
    }
}

/// A failing answer with its envelope, for middleware in front of the routes (authentication, rate limits), which
/// must answer as the routes do.
pub fn refusal(code: Code, message: &str, policy: StatusPolicy) -> Response<Body> {
    Failure::new(code, message).into_response(policy)
}

/// What precedes `data` in a success; [`success`] adds what follows it.
pub(super) const OPENING: &[u8] = b"{\"code\":200,\"message\":\"OK\",\"data\":";

/// A success, from [`OPENING`] and the data.
pub(super) fn success(mut opened: Vec<u8>) -> Response<Body> {
    opened.push(b'}');
    respond(StatusCode::OK, opened)
}

fn respond(status: StatusCode, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
