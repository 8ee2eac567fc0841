//! Request bodies: JSON read whole within its limit, and the content types that are taken.

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use http_body_util::LengthLimitError;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::error::Error as _;

use super::envelope::Failure;
use crate::error::Code;

/// The body's bytes, at most `limit` of them; a longer one is refused, unread if its length is known.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Failure> {
    check_length(headers, limit as u64)?;
    to_bytes(body, limit).await.map_err(|error| match error.source() {
        Some(cause) if cause.is::<LengthLimitError>() => too_large(limit as u64),
        _ => Failure::new(Code::BadUserInput, "the body broke off"),
    })
}

/// Refuses a body whose declared length is beyond `limit` bytes.
pub(super) fn check_length(headers: &HeaderMap, limit: u64) -> Result<(), Failure> {
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match declared {
        Some(length) if length > limit => Err(too_large(limit)),
        _ => Ok(()),
    }
}

pub(super) fn too_large(limit: u64) -> Failure {
    Failure::outright(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {limit} bytes"))
}

/// The JSON text of a body. `None`: there is no body. Without a content type it is taken for JSON, as real clients
/// send it; its encoding is UTF-8, whatever `charset` says.
pub(super) fn json<'a>(headers: &HeaderMap, bytes: &'a [u8]) -> Result<Option<&'a RawValue>, Failure> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let media_type = media_type(headers);
    if !media_type.as_deref().is_none_or(is_json) {
        return Err(unsupported(media_type.as_deref(), "application/json"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let message = format!("the body is not UTF-8: wrong at byte {}", error.valid_up_to() + 1);
        Failure::new(Code::BadUserInput, message)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(text)
        .map(Some)
        .map_err(|error| Failure::new(Code::BadUserInput, format!("the body is not valid JSON: {error}")))
}

/// The members of a JSON object; of two with one name the last. Null is an object without members.
pub(super) fn members(raw: &RawValue) -> Result<HashMap<String, &RawValue>, Failure> {
    let kind = match raw.get().as_bytes().first() {
        Some(b'n') => return Ok(HashMap::new()),
        Some(b'{') => {
            return serde_json::from_str(raw.get())
                .map_err(|error| Failure::new(Code::BadUserInput, format!("the body is not valid JSON: {error}")));
        }
        Some(b'[') => "a list",
        Some(b'"') => "a text",
        Some(b't' | b'f') => "a boolean",
        _ => "a number",
    };
    Err(Failure::new(Code::BadUserInput, format!("body: expected an object, got {kind}")))
}

/// The media type in lower case, without parameters; `None` if the request names none.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?;
    let text = String::from_utf8_lossy(value.as_bytes());
    let media_type = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (!media_type.is_empty()).then_some(media_type)
}

fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

pub(super) fn unsupported(given: Option<&str>, wanted: &str) -> Failure {
    let message = match given {
        Some(given) => format!("the content type {given} is not supported, expected {wanted}"),
        None => format!("the content type is missing, expected {wanted}"),
    };
    Failure::new(Code::UnsupportedMediaType, message)
}
