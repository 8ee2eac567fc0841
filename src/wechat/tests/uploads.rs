//! How a file is sent: the bytes on the wire, the token, repetition, time-outs.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use futures_util::stream;
use reqwest::Method;
use serde_json::json;

use super::{Reply, Request, TOKEN_API, Upstream, credentials};
use crate::wechat::{Class, Error, MediaFile, MediaKind};

pub(super) const MEDIA_API: &str = "/cgi-bin/media/upload";
pub(super) const IMAGE_API: &str = "/cgi-bin/media/uploadimg";

/// A file whose content no text decoder and no line-ending conversion leaves as it is.
pub(super) fn file(file_name: &str, content_type: &'static str, length: usize) -> MediaFile {
    let content = b"\xff\xd8\r\n--\0\x1a\"".iter().copied().cycle().take(length).collect();
    MediaFile { file_name: file_name.to_owned(), content_type, content }
}

pub(super) fn jpeg(length: usize) -> MediaFile {
    file("media.jpg", "image/jpeg", length)
}

pub(super) fn taken() -> Reply {
    Reply::json(json!({"type": "image", "media_id": "0oS5uSzJzM3PvS", "created_at": 1_790_000_000}))
}

/// A part of a form as a server understands it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) content: Bytes,
}

impl Part {
    pub(super) fn of(file: &MediaFile) -> Self {
        Self {
            name: "media".to_owned(),
            file_name: Some(file.file_name.clone()),
            content_type: Some(file.content_type.to_owned()),
            content: file.content.clone(),
        }
    }
}

pub(super) async fn parts(request: &Request) -> Vec<Part> {
    let boundary = multer::parse_boundary(request.header("content-type").unwrap()).unwrap();
    let body = stream::iter([Ok::<_, std::io::Error>(request.body.clone())]);
    let mut form = multer::Multipart::new(body, boundary);
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.unwrap() {
        parts.push(Part {
            name: field.name().unwrap().to_owned(),
            file_name: field.file_name().map(str::to_owned),
            content_type: field.content_type().map(ToString::to_string),
            content: field.bytes().await.unwrap(),
        });
    }
    parts
}

#[tokio::test]
async fn a_file_goes_out_byte_for_byte_with_its_length_known() {
    let upstream = Upstream::with_replies([taken()]).await;
    let file = jpeg(1000);
    upstream.client().upload_media(&credentials(), MediaKind::Image, &file).await.unwrap();

    let [call] = upstream.calls().try_into().unwrap();
    assert_eq!((&call.method, call.path.as_str()), (&Method::POST, MEDIA_API));
    assert_eq!((call.query("access_token"), call.query("type")), (Some("TOKEN"), Some("image")));
    let boundary = call.header("content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    assert!(boundary.len() <= 70 && !boundary.contains('"'), "{boundary}");
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"media.jpg\"\r\n\
         Content-Type: image/jpeg\r\n\r\n"
    );
    let expected = [head.as_bytes(), &file.content, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
    assert_eq!(call.body, expected);
    assert_eq!(call.header("content-length"), Some(expected.len().to_string().as_str()));
    assert_eq!(call.header("transfer-encoding"), None);
    assert_eq!(call.header("user-agent"), Some(concat!("odaesan/", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn a_name_goes_out_in_ascii_and_keeps_its_extension() {
    let names = [
        ("cat-1_a.JPG", "cat-1_a.JPG"),
        ("小猫.jpg", "__.jpg"),
        ("a b.jpg", "a_b.jpg"),
        ("\"; name=\"x\r\nX-Header: y\\.jpg", "___name__x__X-Header__y_.jpg"),
    ];
    for (given, sent) in names {
        let upstream = Upstream::with_replies([taken()]).await;
        let file = file(given, "image/jpeg", 10);
        upstream.client().upload_media(&credentials(), MediaKind::Image, &file).await.unwrap();
        let [part] = parts(&upstream.calls()[0]).await.try_into().unwrap();
        assert_eq!(part, Part { file_name: Some(sent.to_owned()), ..Part::of(&file) }, "{given}");
    }
}

#[tokio::test]
async fn a_content_type_that_is_none_is_left_out() {
    let upstream = Upstream::with_replies([taken()]).await;
    let file = file("media.jpg", "jpeg\r\nX-Header: y", 10);
    upstream.client().upload_media(&credentials(), MediaKind::Image, &file).await.unwrap();
    let [part] = parts(&upstream.calls()[0]).await.try_into().unwrap();
    assert_eq!(part, Part { content_type: None, ..Part::of(&file) });
}

#[tokio::test]
async fn after_a_stale_token_the_same_file_goes_out_with_the_new_one() {
    let mut tokens = ["STALE", "FRESH"].into_iter();
    let upstream = Upstream::start(move |request| match (request.path.as_str(), request.query("access_token")) {
        (TOKEN_API, _) => Reply::token(tokens.next().unwrap()),
        (_, Some("FRESH")) => taken(),
        _ => Reply::refusal(40001, "invalid credential, access_token is invalid or not latest"),
    })
    .await;
    let file = jpeg(300 << 10);
    upstream.client().upload_media(&credentials(), MediaKind::Image, &file).await.unwrap();

    let [first, second] = upstream.calls().try_into().unwrap();
    assert_eq!((first.query("access_token"), second.query("access_token")), (Some("STALE"), Some("FRESH")));
    assert_eq!((first.query("type"), second.query("type")), (Some("image"), Some("image")));
    assert_eq!(parts(&first).await, [Part::of(&file)]);
    assert_eq!(parts(&second).await, [Part::of(&file)]);
}

#[tokio::test]
async fn an_upload_with_an_unclear_outcome_is_not_repeated_where_it_would_make_two() {
    let slow = || taken().after(Duration::from_secs(5));
    for reply in [Reply::refusal(-1, "system error"), Reply::status(502), Reply::breaking_off(), slow()] {
        let upstream = Upstream::with_replies([reply]).await;
        let result = upstream.client().upload_media(&credentials(), MediaKind::Image, &jpeg(10)).await;
        let error = result.unwrap_err();
        assert_eq!((error.api(), error.class()), (MEDIA_API, Class::Retry), "{error:?}");
        assert!(error.may_have_been_processed(), "{error:?}");
        assert_eq!(upstream.calls().len(), 1);
    }
}

#[tokio::test]
async fn an_upload_that_certainly_was_not_processed_is_repeated() {
    let upstream = Upstream::with_replies([Reply::refusal(45169, "much req"), taken()]).await;
    let file = jpeg(10);
    upstream.client().upload_media(&credentials(), MediaKind::Image, &file).await.unwrap();
    let [first, second] = upstream.calls().try_into().unwrap();
    assert_eq!(parts(&first).await, [Part::of(&file)]);
    assert_eq!(parts(&second).await, [Part::of(&file)]);
}

#[tokio::test]
async fn an_image_for_an_article_is_repeated_after_any_outcome() {
    let url = "http://mmbiz.qpic.cn/mmbiz_png/abc/0";
    let upstream =
        Upstream::with_replies([Reply::status(502), Reply::breaking_off(), Reply::json(json!({"url": url}))]).await;
    let file = file("media.png", "image/png", 10);
    assert_eq!(upstream.client().upload_article_image(&credentials(), &file).await.unwrap(), url);
    for call in upstream.calls() {
        assert_eq!(call.path, IMAGE_API);
        assert_eq!(parts(&call).await, [Part::of(&file)]);
    }
    assert_eq!(upstream.calls().len(), 3);
}

#[tokio::test]
async fn the_time_for_an_upload_grows_with_the_file() {
    // Longer than the read time-out, and longer than an attempt without a file may take.
    let pause = Duration::from_millis(2000);
    let upstream = Upstream::with_replies([taken().after(pause), taken().after(pause)]).await;
    let client = upstream.client();
    client.upload_media(&credentials(), MediaKind::Image, &jpeg(256 << 10)).await.unwrap();

    let started = Instant::now();
    let error = client.upload_media(&credentials(), MediaKind::Image, &jpeg(10)).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    assert!(started.elapsed() >= Duration::from_millis(1500), "the read time-out does not end an upload");
}
