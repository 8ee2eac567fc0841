//! A stored file over HTTP: a table for every rule, and ranges of any text.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod ranges;
mod wire;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use chrono::DateTime;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{Served, serve};
use crate::storage::Storage;

const MODIFIED: &str = "Tue, 15 Nov 1994 12:45:26 GMT";
const EARLIER: &str = "Tue, 15 Nov 1994 12:45:25 GMT";
const LATER: &str = "Tue, 15 Nov 1994 12:45:27 GMT";
const TEXT: &[u8] = b"0123456789abcdefghij";

struct Shelf {
    _directory: TempDir,
    storage: Storage,
    file: Served,
}

impl Shelf {
    async fn with(content: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let storage = Storage::open(&format!("fs:{}", directory.path().display())).unwrap();
        storage.write("account/file", content).await.unwrap();
        let file = Served {
            key: "account/file".into(),
            size: content.len() as u64,
            media_type: "image/png".into(),
            sha256: Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect(),
            // Half a second after the date that is sent, which has none.
            modified: DateTime::from_timestamp_millis(784_903_526_500).unwrap(),
        };
        Self { _directory: directory, storage, file }
    }

    fn etag(&self) -> String {
        format!("\"{}\"", self.file.sha256)
    }

    async fn answer(&self, method: Method, headers: &[(&str, &str)]) -> Response<Body> {
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        serve(&self.storage, &self.file, &request.body(()).unwrap().into_parts().0).await
    }

    async fn get(&self, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
        read(self.answer(Method::GET, headers).await).await
    }
}

async fn read(response: Response<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
    let (head, body) = response.into_parts();
    (head.status, head.headers, axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    assert!(headers.get_all(name).iter().count() <= 1, "{name} twice");
    headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_whole_file_has_all_its_headers() {
    let shelf = Shelf::with(TEXT).await;
    let (status, headers, body) = shelf.get(&[]).await;
    assert_eq!((status, body.as_slice()), (StatusCode::OK, TEXT));
    for (name, value) in [
        ("content-length", "20"),
        ("content-type", "image/png"),
        ("etag", &shelf.etag()),
        ("last-modified", MODIFIED),
        ("accept-ranges", "bytes"),
        ("cache-control", "public, max-age=3600, immutable"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(text(&headers, name), Some(value), "{name}");
    }
    assert_eq!(headers.len(), 9, "{headers:?}");

    let (status, of_head, body) = read(shelf.answer(Method::HEAD, &[("range", "bytes=0-1")]).await).await;
    assert_eq!((status, body.len()), (StatusCode::OK, 0), "a range is for GET only");
    assert_eq!(of_head, headers);
}

#[tokio::test]
async fn preconditions_are_checked_in_their_order() {
    let shelf = Shelf::with(TEXT).await;
    let etag = shelf.etag();
    let weak = format!("W/{etag}");
    let listed = format!("\"a,b\", {etag}, W/\"c\"");
    let (ok, not_modified, failed) = (StatusCode::OK, StatusCode::NOT_MODIFIED, StatusCode::PRECONDITION_FAILED);
    let table: &[(&[(&str, &str)], StatusCode)] = &[
        // If-Match compares strongly.
        (&[("if-match", &etag)], ok),
        (&[("if-match", "*")], ok),
        (&[("if-match", &listed)], ok),
        (&[("if-match", "\"a\""), ("if-match", &etag)], ok),
        (&[("if-match", &weak)], failed),
        (&[("if-match", "\"other\"")], failed),
        (&[("if-match", "garbage")], failed),
        (&[("if-match", "")], failed),
        // If-Unmodified-Since counts only without it.
        (&[("if-unmodified-since", MODIFIED)], ok),
        (&[("if-unmodified-since", LATER)], ok),
        (&[("if-unmodified-since", EARLIER)], failed),
        (&[("if-unmodified-since", "yesterday")], ok),
        (&[("if-unmodified-since", EARLIER), ("if-unmodified-since", EARLIER)], ok),
        (&[("if-match", &etag), ("if-unmodified-since", EARLIER)], ok),
        (&[("if-match", "\"other\""), ("if-unmodified-since", LATER)], failed),
        // If-None-Match compares weakly.
        (&[("if-none-match", &etag)], not_modified),
        (&[("if-none-match", &weak)], not_modified),
        (&[("if-none-match", "*")], not_modified),
        (&[("if-none-match", &listed)], not_modified),
        (&[("if-none-match", "\"other\"")], ok),
        (&[("if-none-match", "garbage")], ok),
        // If-Modified-Since counts only without it.
        (&[("if-modified-since", MODIFIED)], not_modified),
        (&[("if-modified-since", LATER)], not_modified),
        (&[("if-modified-since", EARLIER)], ok),
        (&[("if-modified-since", "Tuesday, 15-Nov-94 12:45:26 GMT")], not_modified),
        (&[("if-modified-since", "Tue Nov 15 12:45:26 1994")], not_modified),
        (&[("if-modified-since", "tomorrow")], ok),
        (&[("if-none-match", "\"other\""), ("if-modified-since", LATER)], ok),
        (&[("if-none-match", "garbage"), ("if-modified-since", LATER)], ok),
        (&[("if-none-match", &etag), ("if-modified-since", EARLIER)], not_modified),
        // The first two before the last two, and all of them before the range.
        (&[("if-match", "\"other\""), ("if-none-match", &etag)], failed),
        (&[("if-unmodified-since", EARLIER), ("if-modified-since", LATER)], failed),
        (&[("if-match", &etag), ("if-none-match", &etag)], not_modified),
        (&[("if-none-match", &etag), ("range", "bytes=0-1")], not_modified),
        (&[("if-none-match", &etag), ("range", "bytes=99-")], not_modified),
        (&[("if-match", "\"other\""), ("range", "bytes=0-1")], failed),
    ];
    for (headers, expected) in table {
        for method in [Method::GET, Method::HEAD] {
            let (status, answered, body) = read(shelf.answer(method.clone(), headers).await).await;
            assert_eq!(status, *expected, "{method} {headers:?}");
            assert_eq!(body.is_empty(), status != ok || method == Method::HEAD, "{method} {headers:?}");
            let described = status != failed;
            assert_eq!(text(&answered, "etag").is_some(), described, "{headers:?}");
            assert_eq!(text(&answered, "cache-control").is_some(), described, "{headers:?}");
            assert_eq!(text(&answered, "content-length").is_some(), status == ok, "{headers:?}");
            assert_eq!(text(&answered, "x-content-type-options"), Some("nosniff"));
        }
    }
}

#[tokio::test]
async fn if_range_wants_the_very_validator() {
    let shelf = Shelf::with(TEXT).await;
    let etag = shelf.etag();
    let weak = format!("W/{etag}");
    let (part, whole) = (StatusCode::PARTIAL_CONTENT, StatusCode::OK);
    let table: &[(&[(&str, &str)], StatusCode)] = &[
        (&[("if-range", &etag)], part),
        (&[("if-range", MODIFIED)], part),
        (&[("if-range", "Tue Nov 15 12:45:26 1994")], part),
        (&[("if-range", &weak)], whole),
        (&[("if-range", "\"other\"")], whole),
        (&[("if-range", EARLIER)], whole),
        (&[("if-range", LATER)], whole),
        (&[("if-range", "garbage")], whole),
        (&[("if-range", "*")], whole),
        (&[("if-range", &etag), ("if-range", &etag)], whole),
        (&[("if-range", &etag), ("if-match", &etag)], part),
    ];
    for (headers, expected) in table {
        let headers: Vec<_> = headers.iter().copied().chain([("range", "bytes=3-4")]).collect();
        let (status, _, body) = shelf.get(&headers).await;
        assert_eq!(status, *expected, "{headers:?}");
        assert_eq!(body, if status == part { &TEXT[3..5] } else { TEXT }, "{headers:?}");
    }
    // Without its validator, a range that cannot be satisfied is not looked at either.
    assert_eq!(shelf.get(&[("if-range", "\"other\""), ("range", "bytes=99-")]).await.0, whole);
    assert_eq!(shelf.get(&[("if-range", "\"other\"")]).await.0, whole);
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let shelf = Shelf::with(TEXT).await;
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let (status, headers, body) = read(shelf.answer(method, &[]).await).await;
        assert_eq!((status, body.len()), (StatusCode::METHOD_NOT_ALLOWED, 0));
        assert_eq!(text(&headers, "allow"), Some("GET, HEAD"));
    }
}

#[tokio::test]
async fn a_file_that_is_gone_from_the_storage_is_not_found_and_not_cached() {
    let shelf = Shelf::with(TEXT).await;
    shelf.storage.delete("account/file").await.unwrap();
    for (method, headers) in [(Method::GET, &[][..]), (Method::HEAD, &[]), (Method::GET, &[("range", "bytes=0-1")])] {
        let (status, headers, body) = read(shelf.answer(method, headers).await).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_FOUND, 0));
        assert_eq!(text(&headers, "cache-control"), Some("no-store"));
        assert_eq!(text(&headers, "etag"), None);
    }
}

#[tokio::test]
async fn what_the_database_has_wrong_does_no_harm() {
    let mut shelf = Shelf::with(TEXT).await;
    shelf.file.media_type = "text/html\r\nset-cookie: a=b".into();
    // A date in the future, and one that HTTP cannot say.
    for (modified, sent_before_now) in
        [(DateTime::UNIX_EPOCH - chrono::TimeDelta::days(1), true), (chrono::DateTime::<chrono::Utc>::MAX_UTC, true)]
    {
        shelf.file.modified = modified;
        let (status, headers, _) = shelf.get(&[]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(text(&headers, "content-type"), Some("application/octet-stream"));
        let sent = DateTime::parse_from_rfc2822(text(&headers, "last-modified").unwrap()).unwrap();
        assert_eq!(sent <= chrono::Utc::now(), sent_before_now);
    }
    shelf.file.sha256 = "no\"digest".into();
    assert_eq!(shelf.get(&[]).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}
