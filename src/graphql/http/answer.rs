//! What goes back over HTTP: the result of an operation, or the refusal of a request.

use async_graphql::{BatchResponse, Response as GraphqlResponse, Value};
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, VARY, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::json;

use super::accept::Media;
use crate::{
    error::{Code, Error},
    graphql::errors,
};

/// An HTTP request that does not get as far as the schema.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: Code,
    message: String,
    field: Option<String>,
    allow: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), field: None, allow: None }
    }

    /// A 400.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadUserInput, message)
    }

    /// A 413.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge, message)
    }

    /// Names the methods that would do, as a 405 must.
    pub(crate) fn allow(self, methods: &'static str) -> Self {
        Self { allow: Some(methods), ..self }
    }

    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn into_response(self, media: Media) -> Response {
        let mut extensions = json!({ "code": self.code.as_str() });
        if let Some(field) = &self.field {
            extensions["field"] = field.as_str().into();
        }
        let body = json!({ "errors": [{ "message": self.message, "extensions": extensions }] });
        let mut response = json_response(self.status, media, body.to_string());
        if let Some(methods) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let code = error.code();
        if code == Code::Internal {
            tracing::error!(error = crate::error::chain(&error), "a caller could not be authenticated");
        }
        let status = StatusCode::from_u16(code.rest()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { field: error.field().map(str::to_owned), ..Self::new(status, code, error.public_message()) }
    }
}

/// Whether the operation was refused before it ran. The errors of one that ran say where in the answer they belong.
pub(crate) fn is_request_error(response: &GraphqlResponse) -> bool {
    response.data == Value::Null && response.is_err() && response.errors.iter().all(|error| error.path.is_empty())
}

/// One result as the specification shapes it: errors first, where people look; no `data` where nothing ran.
pub(crate) struct Answer<'r>(pub(crate) &'r GraphqlResponse);

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let GraphqlResponse { data, errors, extensions, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        if !errors.is_empty() {
            map.serialize_entry("errors", errors)?;
        }
        if !is_request_error(self.0) {
            map.serialize_entry("data", data)?;
        }
        if !extensions.is_empty() {
            map.serialize_entry("extensions", extensions)?;
        }
        map.end()
    }
}

/// The HTTP response to one operation or a batch. A batch is always 200: its parts may have fared differently.
pub(super) fn respond(response: &BatchResponse, media: Media) -> Response {
    let (status, body) = match response {
        BatchResponse::Single(single) => (status(single, media), serde_json::to_string(&Answer(single))),
        BatchResponse::Batch(batch) => {
            (StatusCode::OK, serde_json::to_string(&batch.iter().map(Answer).collect::<Vec<_>>()))
        }
    };
    match body {
        Ok(body) => {
            let mut http = json_response(status, media, body);
            http.headers_mut().extend(response.http_headers());
            http
        }
        Err(error) => {
            tracing::error!(error = %error, "an answer could not be written as JSON");
            Refusal::from(Error::Internal(error.to_string())).into_response(media)
        }
    }
}

fn status(response: &GraphqlResponse, media: Media) -> StatusCode {
    if !is_request_error(response) {
        return StatusCode::OK;
    }
    let code = response.errors.first().and_then(errors::given_code).unwrap_or(Code::BadUserInput);
    match media {
        // Clients of before the specification take everything but 200 for a broken network.
        Media::Json if code.rest() < 500 => StatusCode::OK,
        Media::Json | Media::GraphqlResponse => {
            StatusCode::from_u16(code.rest()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Nothing here may be kept by a cache: it depends on the caller.
fn json_response(status: StatusCode, media: Media, body: String) -> Response {
    let headers = [(CONTENT_TYPE, media.content_type()), (CACHE_CONTROL, "no-store"), (VARY, "accept")];
    (status, headers, body).into_response()
}
