//! `/`: a small page that links the rest.

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::IntoResponse as _;
use axum::routing::get;

const PAGE: &str = include_str!("page.html");

/// Nothing but the page's own style sheet, which stands in it and is named by its digest.
const POLICY: &str =
    "default-src 'none'; style-src 'sha256-STYLE'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router() -> Router {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, POLICY.replace("STYLE", &style_digest())),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Router::new().route("/", get(move || async move { (headers.clone(), PAGE).into_response() }))
}

fn style_digest() -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let style = PAGE.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).map(|(style, _)| style);
    base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style.unwrap_or_default()))
}
