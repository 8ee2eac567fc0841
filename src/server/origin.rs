//! Which pages may make a browser call this service.
//!
//! A browser adds by itself what it remembers of a host (Basic credentials), and reaches loopback addresses that nobody
//! else does, where nobody is asked for a token. The old clients of `/v1` change things over GET and without a JSON
//! Content-Type, so nothing there forces a preflight: the origin has to be looked at. A client that is not a browser says
//! nothing of an origin and passes.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::config::Serve;
use crate::error::Code;
use crate::graphql::http::origin::is_ours;
use crate::rest::{self, StatusPolicy};

/// What a request may come from and go to.
#[derive(Debug)]
pub(super) struct Policy {
    /// Origins besides our own.
    origins: Vec<String>,
    /// Host names by which this service may be called; `None` where a token is asked for, or where it is meant to be
    /// open. Without either, a page could give its own name our loopback address and so become our origin (DNS
    /// rebinding).
    hosts: Option<Vec<String>>,
}

impl Policy {
    pub(super) fn new(settings: &Serve) -> Arc<Self> {
        let public = settings.public_url.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
        let guarded = settings.auth_required() || settings.i_know_this_is_open;
        Arc::new(Self {
            origins: settings.cors_origins.clone(),
            hosts: (!guarded).then(|| public.into_iter().chain(["localhost".to_owned()]).collect()),
        })
    }

    fn knows_host(&self, headers: &HeaderMap) -> bool {
        let Some(hosts) = &self.hosts else { return true };
        let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return true };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        // An address cannot be rebound: no name was asked for it.
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        is_address || hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn knows_origin(&self, headers: &HeaderMap) -> bool {
        let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
        is_ours(headers) || origin.is_some_and(|origin| self.origins.iter().any(|it| it.eq_ignore_ascii_case(origin)))
    }
}

/// For everything: refuses a request to a host name that is not ours.
pub(super) async fn check_host(State(policy): State<Arc<Policy>>, request: Request, next: Next) -> Response {
    if policy.knows_host(request.headers()) {
        return next.run(request).await;
    }
    let message = "this host name is not known here; set --public-url, or use --auth required";
    rest::refusal(Code::Forbidden, message, StatusPolicy::Mirror).into_response()
}

/// For the REST door: refuses what a page of a foreign origin made a browser send.
pub(super) async fn check_origin(State(policy): State<Arc<Policy>>, request: Request, next: Next) -> Response {
    if policy.knows_origin(request.headers()) {
        return next.run(request).await;
    }
    let message = "pages of this origin may not call; add it to --cors-origins if they should";
    rest::refusal(Code::Forbidden, message, StatusPolicy::Mirror).into_response()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_names_and_addresses_are_known_hosts() {
        let policy = Policy { origins: Vec::new(), hosts: Some(vec!["localhost".into(), "odaesan.example".into()]) };
        for (host, known) in [
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("odaesan.example:443", true),
            ("evil.example:8080", false),
            ("localhost.evil.example", false),
            ("", false),
        ] {
            assert_eq!(policy.knows_host(&headers(&[("host", host)])), known, "{host}");
        }
        let open = Policy { origins: Vec::new(), hosts: None };
        assert!(open.knows_host(&headers(&[("host", "evil.example")])));
    }

    #[test]
    fn pages_come_from_us_from_allowed_origins_or_from_nowhere() {
        let policy = Policy { origins: vec!["https://app.example".into()], hosts: None };
        for (pairs, known) in [
            (&[("host", "a:1")][..], true),
            (&[("host", "a:1"), ("origin", "http://a:1")], true),
            (&[("host", "a:1"), ("origin", "https://app.example")], true),
            (&[("host", "a:1"), ("origin", "https://app.example"), ("sec-fetch-site", "cross-site")], true),
            (&[("host", "a:1"), ("origin", "https://evil.example")], false),
            (&[("host", "a:1"), ("sec-fetch-site", "cross-site")], false),
            (&[("host", "a:1"), ("origin", "null")], false),
        ] {
            assert_eq!(policy.knows_origin(&headers(pairs)), known, "{pairs:?}");
        }
    }
}
