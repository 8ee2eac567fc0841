//! Downloads: the file behind a URL of the response, from the file service, with ranges and conditions.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, RANGE,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Request, Response, StatusCode, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tower::ServiceExt as _;

use super::FileService;
use super::envelope::Failure;
use crate::error::Code;

/// What a client may ask of a file (RFC 9110, sections 13 and 14).
const FORWARDED: [HeaderName; 6] = [RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];

/// RFC 5987: everything but `attr-char` is encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// There is no file at the URL, or no URL.
pub(super) fn missing() -> Failure {
    Failure::new(Code::NotFound, "the file does not exist")
}

/// The file service's answer to a request for the path of `url`. Its refusals become envelopes.
pub(super) async fn answer(
    files: FileService,
    url: &str,
    name: Option<&str>,
    parts: &Parts,
) -> Result<Response<Body>, Failure> {
    let defect = |reason: &str| {
        tracing::error!(url, reason, "a download is not possible");
        Failure::internal()
    };
    let uri = url.parse::<Uri>().map_err(|_| defect("the URL is not one"))?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = target.parse().map_err(|_| defect("the URL has no usable path"))?;
    *request.method_mut() = parts.method.clone();
    for header in FORWARDED {
        for value in parts.headers.get_all(&header) {
            request.headers_mut().append(header.clone(), value.clone());
        }
    }
    let mut response = match files.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    match response.status() {
        status if status.is_success() => {
            // Who may not ask here must not be answered by a cache.
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
            if let Some(disposition) = name.and_then(disposition) {
                response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
            }
            Ok(response)
        }
        StatusCode::NOT_MODIFIED | StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE => Ok(response),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(missing()),
        status => Err(defect(status.as_str())),
    }
}

/// RFC 6266: the name in ASCII for old clients, and in UTF-8.
fn disposition(name: &str) -> Option<HeaderValue> {
    let ascii: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' | '/' => '_',
            letter if letter == ' ' || letter.is_ascii_graphic() => letter,
            _ => '_',
        })
        .collect();
    let encoded = utf8_percent_encode(name, ENCODED);
    HeaderValue::from_str(&format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::disposition;

    #[test]
    fn a_name_is_written_for_old_and_new_clients() {
        for (name, written) in [
            ("a b.jpg", "attachment; filename=\"a b.jpg\"; filename*=UTF-8''a%20b.jpg"),
            ("图.jpg", "attachment; filename=\"_.jpg\"; filename*=UTF-8''%E5%9B%BE.jpg"),
            ("a\"\r\n\\b", "attachment; filename=\"a____b\"; filename*=UTF-8''a%22%0D%0A%5Cb"),
        ] {
            assert_eq!(disposition(name).unwrap().to_str().unwrap(), written);
        }
    }
}
