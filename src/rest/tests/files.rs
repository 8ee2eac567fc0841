//! Uploads and downloads.

use axum::body::Body;
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, RANGE,
};
use axum::http::{HeaderName, Request, StatusCode};
use serde_json::json;

use super::{Answer, Server};

const FORM: &str = "multipart/form-data; boundary=X";

/// A form of parts, each with its headers and its content.
fn form(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut form = Vec::new();
    for (headers, content) in parts {
        form.extend_from_slice(format!("--X\r\n{headers}\r\n\r\n").as_bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(b"\r\n");
    }
    form.extend_from_slice(b"--X--\r\n");
    form
}

async fn upload(server: &Server, content_type: &str, body: impl Into<Body>) -> Answer {
    server.send(Request::post("/v1/cover").header(CONTENT_TYPE, content_type).body(body.into()).unwrap()).await
}

const PICTURE: &str =
    "Content-Disposition: form-data; name=\"file\"; filename=\"图 1.jpg\"\r\nContent-Type: image/jpeg";

#[tokio::test]
async fn a_file_arrives_with_name_type_and_the_other_parts() {
    let server = Server::start().await;
    let caption = "Content-Disposition: form-data; name=\"cover_text\"";
    let unknown = "Content-Disposition: form-data; name=\"unknown\"";
    let parts: [(&str, &[u8]); 3] = [(unknown, b"x"), (PICTURE, b"0123456789"), (caption, "山".as_bytes())];
    let expected = json!({"name": "图 1.jpg", "type": "image/jpeg", "size": 10, "start": "01234567", "caption": "山"});
    assert_eq!(upload(&server, FORM, form(&parts)).await.data(), expected);
}

#[tokio::test]
async fn an_upload_must_be_a_form_with_the_part_once() {
    let server = Server::start().await;
    for (content_type, body, code, message) in [
        (FORM, form(&[]), 400, "file: missing, expected a file"),
        (
            FORM,
            form(&[("Content-Disposition: form-data; name=\"cover_text\"", b"a")]),
            400,
            "file: missing, expected a file",
        ),
        (FORM, form(&[(PICTURE, b"1"), (PICTURE, b"2")]), 400, "file: the form has two of it"),
        (
            "application/json",
            b"{}".to_vec(),
            415,
            "the content type application/json is not supported, expected multipart/form-data",
        ),
        ("multipart/form-data", form(&[(PICTURE, b"1")]), 400, "the form has no usable boundary"),
        (
            FORM,
            form(&[("Content-Disposition: form-data; name=\"cover_text\"", b"\xff"), (PICTURE, b"")]),
            400,
            "cover_text: not UTF-8",
        ),
    ] {
        assert_eq!(upload(&server, content_type, body).await.failure(), (code, message.to_owned()));
    }
    let (code, message) = upload(&server, FORM, "--X\r\nbroken").await.failure();
    assert_eq!(code, 400);
    assert!(message.starts_with("the form is not readable: "), "{message}");
    let untyped = server.send(Request::post("/v1/cover").body(Body::empty()).unwrap()).await;
    assert_eq!(untyped.failure(), (415, "the content type is missing, expected multipart/form-data".to_owned()));
}

#[tokio::test]
async fn a_file_is_as_large_as_its_limit() {
    let server = Server::start().await;
    let fits = upload(&server, FORM, form(&[(PICTURE, &vec![b'a'; 100_000])])).await;
    assert_eq!(fits.data()["size"], 100_000);
    let too_large = upload(&server, FORM, form(&[(PICTURE, &vec![b'a'; 100_001])])).await;
    assert_eq!(too_large.failure(), (413, "file size exceeded limit".to_owned()));
    let empty = upload(&server, FORM, form(&[(PICTURE, b"")])).await;
    assert_eq!(empty.data()["size"], 0);
}

#[tokio::test]
async fn a_form_beyond_every_limit_is_not_read() {
    let server = Server::start().await;
    let request = Request::post("/v1/cover").header(CONTENT_TYPE, FORM).header(CONTENT_LENGTH, "1000000");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.refused().0), (StatusCode::PAYLOAD_TOO_LARGE, 413));
    // Without a declared length it is read, but not to the end.
    let endless = futures_util::stream::iter(
        std::iter::once(form(&[(PICTURE, b"a")]).drain(..90).collect::<Vec<u8>>())
            .chain(std::iter::repeat_n(vec![b'a'; 10_000], 100))
            .map(Ok::<_, std::io::Error>),
    );
    let answer = upload(&server, FORM, Body::from_stream(endless)).await;
    assert_eq!((answer.status, answer.refused().0), (StatusCode::PAYLOAD_TOO_LARGE, 413));
    let text = form(&[("Content-Disposition: form-data; name=\"cover_text\"", &vec![b'a'; 10_001])]);
    assert_eq!(upload(&server, FORM, text).await.refused().0, 413);
}

async fn download(server: &Server, id: &str, header: Option<(HeaderName, &str)>) -> Answer {
    let mut request = Request::get(format!("/v1/cover/{id}")).header("x-token", "right");
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_download_is_the_file_behind_the_url() {
    let server = Server::start().await;
    let answer = download(&server, "sea", None).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "0123456789"));
    assert_eq!(answer.headers[CONTENT_TYPE], "image/jpeg");
    assert_eq!(answer.headers[ETAG], "\"v1\"");
    assert_eq!(answer.headers[CONTENT_DISPOSITION], "attachment; filename=\"l1\"; filename*=UTF-8''l1");

    let part = download(&server, "sea", Some((RANGE, "bytes=2-4"))).await;
    assert_eq!((part.status, part.body.as_str()), (StatusCode::PARTIAL_CONTENT, "234"));
    assert_eq!(part.headers[CONTENT_RANGE], "bytes 2-4/10");
    let beyond = download(&server, "sea", Some((RANGE, "bytes=99-"))).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    let known = download(&server, "sea", Some((IF_NONE_MATCH, "\"v1\""))).await;
    assert_eq!((known.status, known.body.as_str()), (StatusCode::NOT_MODIFIED, ""));

    let head = server.send(Request::head("/v1/cover/sea").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (head.status, head.headers[CONTENT_LENGTH].to_str().unwrap(), head.body.as_str()),
        (StatusCode::OK, "10", "")
    );
}

#[tokio::test]
async fn a_download_that_fails_is_an_envelope() {
    let server = Server::start().await;
    for (id, code, message) in [
        ("none", 404, "the file does not exist"),
        ("lost", 404, "the file does not exist"),
        ("broken", 500, "internal error"),
        ("odd", 500, "internal error"),
    ] {
        assert_eq!(download(&server, id, None).await.failure(), (code, message.to_owned()), "{id}");
    }
}
