//! Uploads that are refused: each with its code, and nothing left of any.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::samples;
use super::shelf::{self, BOUNDARY, refused};
use crate::support::TestApp;

on_every_database!(
    files_of_other_formats_are_415_in_the_documented_words,
    an_empty_file_is_400,
    forms_without_the_file_are_400,
    what_is_no_form_is_refused,
    broken_forms_are_400,
    a_refusal_comes_before_the_file_is_looked_at,
);

/// The routes that take files, and what each says of a wrong one.
const ROUTES: [(&str, &str, &str); 4] = [
    ("image", "a.jpg", shelf::IMAGE_REFUSAL),
    ("news/image", "a.jpg", shelf::IMAGE_REFUSAL),
    ("voice", "a.mp3", shelf::VOICE_REFUSAL),
    ("video/upload", "a.mp4", shelf::VIDEO_REFUSAL),
];

fn sample(file_name: &str) -> Vec<u8> {
    match file_name.rsplit_once('.').unwrap().1 {
        "jpg" => samples::jpeg(2_000),
        "mp3" => samples::mp3(3),
        _ => samples::mp4(2_000),
    }
}

async fn files_of_other_formats_are_415_in_the_documented_words(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    let images = samples::no_jpegs().into_iter().map(|(what, content)| ("image", "a.jpg", what, content));
    let drawn = samples::no_jpegs().into_iter().map(|(what, content)| ("news/image", "a.JPEG", what, content));
    let films = samples::no_mp4s().into_iter().map(|(what, content)| ("video/upload", "a.mp4", what, content));
    let voices = [
        ("a.amr", "an MP3 as AMR", samples::mp3(3)),
        ("a.amr", "a tagged MP3 as AMR", samples::tagged_mp3(5_000)),
        ("a.mp3", "an AMR as MP3", samples::amr(3)),
        ("a.mp3", "a WAV", [&b"RIFF\x40\0\0\0WAVEfmt "[..], &[0; 60]].concat()),
        ("a.mp3", "AAC", [&[0xff, 0xf1, 0x50, 0x80][..], &[0; 200]].concat()),
        ("a.mp3", "an empty ID3 tag", b"ID3\x03\0\0\0\0\0\0".to_vec()),
        ("a.mp3", "an ID3 tag that is longer than the file", b"ID3\x03\0\0\x7f\x7f\x7f\x7faudio".to_vec()),
        ("a.mp3", "layer II", [&[0xff, 0xfd, 0x90, 0x00][..], &[0; 413]].concat()),
        ("a.mp3", "HTML", b"<html>".to_vec()),
        ("a.amr", "the start of AMR's first bytes", b"#!AM".to_vec()),
        ("a.mp3", "a JPEG", samples::jpeg(1_000)),
        ("a.wav", "an MP3 as WAV", samples::mp3(3)),
    ];
    let voices = voices.map(|(name, what, content)| ("voice", name, what, content));
    let mut wrong = Vec::new();
    for (route, name, what, content) in images.chain(drawn).chain(films).chain(voices) {
        let (_, _, words) = ROUTES.iter().find(|(known, ..)| *known == route).unwrap();
        let answer = shelf::upload(&app, &format!("/{account}/{route}"), name, &content).await;
        if answer != json!({ "code": 415, "message": words, "data": null }) {
            wrong.push(format!("{what} as {name}: {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn an_empty_file_is_400(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    for (route, name, _) in ROUTES {
        let body = shelf::form(&[(&shelf::file_header("file", name), b"")]);
        let request = shelf::post_form(&app, &format!("/{account}/{route}"), body);
        assert_eq!(refused(request, 400, route).await, "file: is empty");
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn forms_without_the_file_are_400(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    for (route, name, _) in ROUTES {
        let (content, file) = (sample(name), shelf::file_header("file", name));
        let text = b"Content-Disposition: form-data; name=\"note\"".to_vec();
        let other = shelf::file_header("image", name);
        let shouted = shelf::file_header("FILE", name);
        for (what, body, message) in [
            ("no part", shelf::form(&[]), "file: missing"),
            ("only a text", shelf::form(&[(&text, b"x")]), "file: missing"),
            ("another field", shelf::form(&[(&other, &content)]), "file: missing"),
            ("another case", shelf::form(&[(&shouted, &content)]), "file: missing"),
            ("two files", shelf::form(&[(&file, &content), (&file, &content)]), "file: "),
        ] {
            let request = shelf::post_form(&app, &format!("/{account}/{route}"), body);
            let said = refused(request, 400, &format!("{route}: {what}")).await;
            assert!(said.starts_with(message), "{route}: {what}: {said}");
        }
        // A text of that name is no file: it has neither name nor format.
        let text = b"Content-Disposition: form-data; name=\"file\"".to_vec();
        for content in [&b"a text"[..], &content, b""] {
            let body = shelf::form(&[(&text, content)]);
            let answer = app.json(shelf::post_form(&app, &format!("/{account}/{route}"), body)).await;
            assert!(matches!(answer["code"].as_u64(), Some(400 | 415)), "{route}: {answer}");
        }
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn what_is_no_form_is_refused(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    for (route, name, _) in ROUTES {
        let (path, content) = (format!("/{account}/{route}"), sample(name));
        let post = |content_type: Option<&str>, body: Vec<u8>| -> RequestBuilder {
            let request = app.rest(Method::POST, &path).body(body);
            content_type.map_or(request.try_clone().unwrap(), |it| request.header("content-type", it))
        };
        let body = shelf::form(&[(&shelf::file_header("file", name), &content)]);
        for (content_type, body, code) in [
            (Some("application/json"), b"{\"file\":\"x\"}".to_vec(), 415),
            (Some("application/x-www-form-urlencoded"), b"file=x".to_vec(), 415),
            (Some("image/jpeg"), content.clone(), 415),
            (Some("multipart/mixed; boundary=x"), body.clone(), 415),
            (None, body.clone(), 415),
            (None, Vec::new(), 415),
            (Some("multipart/form-data"), body.clone(), 400),
            (Some("multipart/form-data; boundary="), body.clone(), 400),
            (Some("multipart/form-data; boundary=another"), body, 400),
        ] {
            refused(post(content_type, body), code, &format!("{route}: {content_type:?}")).await;
        }
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn broken_forms_are_400(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let before = shelf::stored(&app, &account).await;
    let whole = shelf::form(&[(&shelf::file_header("file", "a.jpg"), &samples::jpeg(2_000))]);
    let closing = format!("--{BOUNDARY}--\r\n");
    let without_end = whole[..whole.len() - closing.len() - 2].to_vec();
    for (what, body) in [
        ("nothing", Vec::new()),
        ("nothing of a form", b"broken".to_vec()),
        ("half of a boundary", format!("--{}", &BOUNDARY[..10]).into_bytes()),
        ("half of a header", whole[..BOUNDARY.len() + 20].to_vec()),
        ("half of the file", whole[..1_000].to_vec()),
        ("no closing boundary", without_end),
        ("a header without end", [format!("--{BOUNDARY}\r\nX: ").into_bytes(), vec![b'x'; 100_000]].concat()),
    ] {
        let request = shelf::post_form(&app, &format!("/{account}/image"), body);
        refused(request, 400, what).await;
    }
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn a_refusal_comes_before_the_file_is_looked_at(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("{}/v1/{account}/image", app.url);
    // What no limit allows is refused by its length, with its true status.
    let request = app.http.post(&path).header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
    let response = request.body(vec![b'x'; 32 << 20]).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let envelope: Value = response.json().await.unwrap();
    assert_eq!((&envelope["code"], &envelope["data"]), (&json!(413), &Value::Null), "{envelope}");
    assert!(shelf::objects(&app).is_empty());
}
