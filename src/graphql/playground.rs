//! The page for people: GraphiQL, embedded, with nothing loaded from anywhere else.
//!
//! The files under `assets/playground` are built by `scripts/playground` from pinned npm packages and stand in the
//! repository with licences and checksums, so that building the service needs no Node. Script and style sheet are kept
//! compressed and are served so to everybody; every client that can run them can inflate them.
//!
//! The policy allows scripts, styles and connections of our own origin and nothing inline, no `eval`, no frames.
//! GraphiQL 4 is the last line that can live under it: GraphiQL 5 edits with Monaco, which injects style elements and
//! needs workers, at almost four times the size (1.7 MB against 0.45 MB, compressed).

use std::sync::LazyLock;

use axum::{
    Router,
    extract::{Path, RawQuery},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
            REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

/// What the page may load and do.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    encoding: Option<&'static str>,
    bytes: &'static [u8],
}

static ASSETS: [Asset; 4] = [
    Asset {
        name: "playground.js",
        content_type: "text/javascript; charset=utf-8",
        encoding: Some("gzip"),
        bytes: include_bytes!("../../assets/playground/playground.js.gz"),
    },
    Asset {
        name: "playground.css",
        content_type: "text/css; charset=utf-8",
        encoding: Some("gzip"),
        bytes: include_bytes!("../../assets/playground/playground.css.gz"),
    },
    Asset {
        name: "icon.svg",
        content_type: "image/svg+xml",
        encoding: None,
        bytes: include_bytes!("../../assets/playground/icon.svg"),
    },
    Asset {
        name: "LICENSES.txt",
        content_type: "text/plain; charset=utf-8",
        encoding: None,
        bytes: include_bytes!("../../assets/playground/LICENSES.txt"),
    },
];

const PAGE: &str = include_str!("../../assets/playground/index.html");

/// Entity tags of [`ASSETS`], in their order: the first half of the SHA-256.
static TAGS: LazyLock<[HeaderValue; ASSETS.len()]> = LazyLock::new(|| {
    ASSETS.each_ref().map(|asset| {
        let digest: String = Sha256::digest(asset.bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        HeaderValue::try_from(format!("\"{digest}\"")).unwrap_or_else(|_never| HeaderValue::from_static("\"\""))
    })
});

/// The page itself. It names script and style by the hash of their content, so it alone must be asked for again.
pub(crate) fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "accept"),
        (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
    ];
    (HARDENED, headers, PAGE).into_response()
}

/// The route of the page's files. Unknown names are 404.
pub(crate) fn assets() -> Router {
    Router::new().route("/graphql/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>, RawQuery(version): RawQuery, headers: HeaderMap) -> Response {
    let Some(index) = ASSETS.iter().position(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (asset, tag) = (&ASSETS[index], &TAGS[index]);
    // Named by its content's hash, a file never changes; named plainly, it does with the next release.
    let caching = if version.is_some() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let caching = [(CACHE_CONTROL, HeaderValue::from_static(caching)), (ETAG, tag.clone())];
    if headers.get(IF_NONE_MATCH) == Some(tag) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let content = [(CONTENT_TYPE, asset.content_type)];
    let mut response = (HARDENED, caching, content, asset.bytes).into_response();
    if let Some(encoding) = asset.encoding {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

const HARDENED: [(HeaderName, &str); 2] = [(X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "no-referrer")];

#[cfg(test)]
mod tests;
