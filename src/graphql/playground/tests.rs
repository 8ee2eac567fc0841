#![expect(clippy::unwrap_used, reason = "a test may panic")]

use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

async fn fetch(path: &str, headers: &[(HeaderName, &str)]) -> Response {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    assets().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn everything_that_the_page_names_is_served() {
    let names: Vec<_> = PAGE.split('"').filter(|part| part.starts_with('/')).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    for name in names {
        assert_eq!(fetch(name, &[]).await.status(), StatusCode::OK, "{name}");
    }
    assert!(!PAGE.contains("://") && !PAGE.contains("<script>") && !PAGE.contains("<style>"));
    assert_eq!(fetch("/graphql/assets/nothing.js", &[]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(fetch("/graphql/assets/..%2f..%2fCargo.toml", &[]).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_named_version_is_kept_for_ever_and_others_are_asked_for_again() {
    let versioned = fetch("/graphql/assets/playground.js?v=1", &[]).await;
    assert_eq!(versioned.headers()[CACHE_CONTROL], "public, max-age=31536000, immutable");
    assert_eq!(versioned.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(versioned.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");

    let plain = fetch("/graphql/assets/icon.svg", &[]).await;
    assert_eq!(plain.headers()[CACHE_CONTROL], "no-cache");
    let tag = plain.headers()[ETAG].to_str().unwrap().to_owned();
    let again = fetch("/graphql/assets/icon.svg", &[(IF_NONE_MATCH, &tag)]).await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(again.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[test]
fn the_embedded_files_are_those_of_the_checksums() {
    let sums = include_str!("../../../assets/playground/SHA256SUMS");
    let files = ASSETS.iter().map(|asset| (asset.name, asset.encoding, asset.bytes));
    for (name, encoding, bytes) in files.chain([("index.html", None, PAGE.as_bytes())]) {
        let stored = if encoding.is_some() { format!("{name}.gz") } else { name.to_owned() };
        let sum: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(sums.lines().any(|line| line == format!("{sum}  {stored}")), "{stored}: run scripts/playground");
    }
    assert_eq!(sums.lines().count(), ASSETS.len() + 1);
}
