use axum::http::{HeaderMap, HeaderValue, StatusCode};
use proptest::prelude::*;

use super::super::range::{Selection, select};
use super::{Shelf, TEXT, text};

#[tokio::test]
async fn one_range_is_served_and_everything_else_is_the_whole() {
    let shelf = Shelf::with(TEXT).await;
    let huge = "bytes=0-99999999999999999999999999";
    let far = "bytes=99999999999999999999999999-";
    for (range, expected) in [
        ("bytes=0-0", Some(0..1)),
        ("bytes=0-4", Some(0..5)),
        ("bytes=5-", Some(5..20)),
        ("bytes=19-19", Some(19..20)),
        ("bytes=10-1000", Some(10..20)),
        ("bytes=0-", Some(0..20)),
        ("bytes=-1", Some(19..20)),
        ("bytes=-20", Some(0..20)),
        ("bytes=-21", Some(0..20)),
        ("bytes=-18446744073709551616", Some(0..20)),
        ("bytes=007-008", Some(7..9)),
        ("BYTES=0-1", Some(0..2)),
        ("bytes= 0-1 ", Some(0..2)),
        ("bytes=,0-1,", Some(0..2)),
        (huge, Some(0..20)),
        ("bytes=20-", None),
        ("bytes=20-30", None),
        ("bytes=-0", None),
        ("bytes=18446744073709551615-", None),
        (far, None),
    ] {
        let (status, headers, body) = shelf.get(&[("range", range)]).await;
        let length = body.len().to_string();
        match expected {
            Some(expected) => {
                assert_eq!(
                    (status, body.as_slice()),
                    (StatusCode::PARTIAL_CONTENT, &TEXT[expected.clone()]),
                    "{range}"
                );
                let content_range = format!("bytes {}-{}/20", expected.start, expected.end - 1);
                assert_eq!(text(&headers, "content-range"), Some(content_range.as_str()), "{range}");
                assert_eq!(text(&headers, "content-length"), Some(length.as_str()), "{range}");
                assert_eq!(text(&headers, "etag"), Some(shelf.etag().as_str()));
                assert_eq!(text(&headers, "content-type"), Some("image/png"));
            }
            None => {
                assert_eq!((status, body.len()), (StatusCode::RANGE_NOT_SATISFIABLE, 0), "{range}");
                assert_eq!(text(&headers, "content-range"), Some("bytes */20"), "{range}");
            }
        }
    }
    for range in [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=5-2",
        "bytes=0-1,3-4",
        "bytes=99-,0-1",
        "bytes=a-b",
        "bytes=+1-2",
        "bytes=1-2-3",
        "bytes=--1",
        "bytes=0x1-2",
        "bytes=1 - 2",
        "items=0-1",
        "bytes:0-1",
        "bytes=9999999999999999999999-3",
        "bytes=１-２",
    ] {
        let (status, headers, body) = shelf.get(&[("range", range)]).await;
        assert_eq!((status, body.as_slice()), (StatusCode::OK, TEXT), "{range}");
        assert_eq!(text(&headers, "content-range"), None, "{range}");
    }
    let (status, _, body) = shelf.get(&[("range", "bytes=0-1"), ("range", "bytes=0-1")]).await;
    assert_eq!((status, body.as_slice()), (StatusCode::OK, TEXT));
}

#[tokio::test]
async fn a_file_without_content_has_no_part() {
    let shelf = Shelf::with(b"").await;
    for (range, expected) in [
        ("bytes=0-", StatusCode::RANGE_NOT_SATISFIABLE),
        ("bytes=0-0", StatusCode::RANGE_NOT_SATISFIABLE),
        ("bytes=-0", StatusCode::RANGE_NOT_SATISFIABLE),
        ("bytes=-5", StatusCode::OK),
        ("garbage", StatusCode::OK),
    ] {
        let (status, headers, body) = shelf.get(&[("range", range)]).await;
        assert_eq!((status, body.len()), (expected, 0), "{range}");
        let unsatisfied = (expected != StatusCode::OK).then_some("bytes */0");
        assert_eq!(text(&headers, "content-range"), unsatisfied, "{range}");
    }
}

fn header(value: &str) -> HeaderMap {
    HeaderValue::from_str(value)
        .map(|value| [(axum::http::header::RANGE, value)].into_iter().collect())
        .unwrap_or_default()
}

/// Texts that look like ranges more often than not.
fn any_range() -> impl Strategy<Value = String> {
    prop_oneof![
        "(bytes|Bytes)=[0-9]{0,3}-[0-9]{0,3}",
        "bytes=[0-9]{0,25}-[0-9]{0,25}",
        "bytes=[0-9, -]{0,20}",
        "[ -~]{0,30}",
        "\\PC{0,20}",
    ]
}

proptest! {
    #[test]
    fn a_part_is_never_empty_nor_beyond_the_file(value in any_range(), size in prop_oneof![0..300_u64, any::<u64>()]) {
        if let Selection::Part(range) = select(&header(&value), size) {
            prop_assert!(range.start < range.end && range.end <= size, "{value}: {range:?} of {size}");
        }
    }

    #[test]
    fn a_range_within_the_file_is_that_range(first in 0..500_u64, length in 1..500_u64, size in 1..500_u64) {
        let selected = select(&header(&format!("bytes={first}-{}", first + length - 1)), size);
        let expected = if first < size { Selection::Part(first..(first + length).min(size)) } else { Selection::Unsatisfiable };
        prop_assert_eq!(selected, expected);
        let selected = select(&header(&format!("bytes=-{length}")), size);
        prop_assert_eq!(selected, Selection::Part(size.saturating_sub(length)..size));
    }
}

#[test]
fn the_bytes_are_those_that_the_headers_say() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let content: Vec<u8> = (0..600_000_u32).map(|index| index.to_le_bytes()[0] ^ index.to_le_bytes()[1]).collect();
    for content in [content.as_slice(), TEXT, b"x", b""] {
        let shelf = runtime.block_on(Shelf::with(content));
        let config = ProptestConfig { cases: 100, ..ProptestConfig::default() };
        proptest!(config, |(value in any_range())| {
            let headers = if HeaderValue::from_str(&value).is_ok() { vec![("range", value.as_str())] } else { vec![] };
            let (status, headers, body) = runtime.block_on(shelf.get(&headers));
            if status != StatusCode::RANGE_NOT_SATISFIABLE {
                let length = body.len().to_string();
                prop_assert_eq!(text(&headers, "content-length"), Some(length.as_str()));
            }
            match (status, text(&headers, "content-range")) {
                (StatusCode::OK, None) => prop_assert!(body == content),
                (StatusCode::PARTIAL_CONTENT, Some(said)) => {
                    let (range, size) = said.strip_prefix("bytes ").unwrap().split_once('/').unwrap();
                    let (first, last) = range.split_once('-').unwrap();
                    let (first, last): (usize, usize) = (first.parse().unwrap(), last.parse().unwrap());
                    prop_assert_eq!(size, content.len().to_string());
                    prop_assert!(body == content[first..=last], "{}", said);
                }
                (StatusCode::RANGE_NOT_SATISFIABLE, Some(said)) => {
                    prop_assert_eq!(said, format!("bytes */{}", content.len()));
                    prop_assert!(body.is_empty());
                }
                other => prop_assert!(false, "{:?}", other),
            }
        });
    }
}
