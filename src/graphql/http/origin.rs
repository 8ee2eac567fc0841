//! Which pages may make a browser call.
//!
//! A browser says where a request comes from (`Sec-Fetch-Site`, `Origin`) and a page cannot forge that; a client that
//! is not a browser says nothing and has no stored credentials that a page could borrow. So: our own origin and
//! non-browsers are welcome; a page of another origin is, if it had to pass a CORS preflight first.

use axum::http::{
    HeaderMap, HeaderName, StatusCode,
    header::{AUTHORIZATION, HOST, ORIGIN},
};

use super::Refusal;
use crate::error::Code;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A page can only set these after a preflight. The value does not matter.
const PREFLIGHTED: [HeaderName; 3] = [
    HeaderName::from_static("graphql-require-preflight"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-apollo-operation-name"),
];

/// Refuses a multipart form that a page of another origin could have made the browser send.
pub(super) fn refuse_cross_site_form(headers: &HeaderMap) -> Result<(), Refusal> {
    if is_ours(headers) || passed_preflight(headers) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        Code::Forbidden,
        "an upload from another origin needs the header graphql-require-preflight, with any value",
    ))
}

/// Whether a page may open a WebSocket, which CORS does not guard. `origins`: those allowed besides our own.
pub(crate) fn may_open_socket(headers: &HeaderMap, origins: &[String]) -> bool {
    is_ours(headers) || origin(headers).is_some_and(|origin| origins.iter().any(|it| it.eq_ignore_ascii_case(origin)))
}

/// The request comes from a page of ours, or from no browser.
pub(crate) fn is_ours(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site == "same-origin" || site == "none";
    }
    match headers.get(ORIGIN) {
        None => true,
        // The scheme is left out: behind a proxy that ends TLS we do not know our own.
        Some(_) => match (origin(headers).and_then(|origin| origin.split_once("://")), headers.get(HOST)) {
            (Some((_, authority)), Some(host)) => host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()),
            _ => false,
        },
    }
}

/// `Bearer` tokens are only ever set by scripts; Basic credentials a browser adds by itself.
fn passed_preflight(headers: &HeaderMap) -> bool {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().get(..7));
    PREFLIGHTED.iter().any(|name| headers.contains_key(name))
        || bearer.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
}

fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(ORIGIN)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers: HeaderMap = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        headers.insert(HOST, HeaderValue::from_static("api.example:8080"));
        headers
    }

    #[test]
    fn a_form_must_be_ours_or_preflighted() {
        for (pairs, passes) in [
            (&[][..], true),
            (&[("origin", "http://api.example:8080")], true),
            (&[("origin", "https://API.example:8080")], true),
            (&[("origin", "http://api.example")], false),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://behind-a-proxy.example")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "http://api.example:8080")], false),
            (&[("origin", "https://app.example"), ("graphql-require-preflight", "1")], true),
            (&[("origin", "https://app.example"), ("apollo-require-preflight", "")], true),
            (&[("origin", "https://app.example"), ("authorization", "Bearer t")], true),
            (&[("origin", "https://app.example"), ("authorization", "Basic dDp0")], false),
        ] {
            assert_eq!(refuse_cross_site_form(&headers(pairs)).is_ok(), passes, "{pairs:?}");
        }
    }

    #[test]
    fn a_socket_must_be_ours_or_allowed() {
        let allowed = ["https://app.example".to_owned()];
        assert!(may_open_socket(&headers(&[]), &allowed));
        assert!(may_open_socket(&headers(&[("origin", "http://api.example:8080")]), &allowed));
        assert!(may_open_socket(&headers(&[("origin", "https://app.example")]), &allowed));
        assert!(!may_open_socket(&headers(&[("origin", "https://evil.example")]), &allowed));
        assert!(!may_open_socket(&headers(&[("origin", "https://app.example")]), &[]));
    }
}
