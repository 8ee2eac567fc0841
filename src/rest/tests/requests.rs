//! Which route a request means, and where its values come from.

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use serde_json::json;

use super::{Server, adapter, options};
use crate::rest::Route;

#[tokio::test]
async fn the_listing_has_every_route_in_the_order_of_the_documents() {
    let adapter = adapter(options()).await;
    let lines: Vec<String> =
        adapter.routes().map(|Route { method, path, operation }| format!("{method} {path} {operation}")).collect();
    assert_eq!(
        lines,
        [
            "POST /v1/{library}/shelf CreateShelf",
            "GET /v1/{library}/shelf ListShelves",
            "GET /v1/{library}/shelf/{id} ShowShelf",
            "GET /v1/{library}/shelf/{id}/or-null FindShelf",
            "PUT /v1/{library}/shelf/{id} RenameShelf",
            "DELETE /v1/{library}/shelf/{id} RemoveShelf",
            "PUT /v1/{library}/shelf/{id} RemoveShelf",
            "GET /v1/remove/{id} RemoveShelf",
            "GET /v1/{library}/works ListWorks",
            "GET /v1/{library}/loans ListLoans",
            "POST /v1/books AddBooks",
            "POST /v1/echo Echo",
            "POST /v1/strict Strict",
            "GET /v1/echo EchoQuery",
            "GET /v1/fail Fail",
            "POST /v1/cover UploadCover",
            "GET /v1/cover/{id} DownloadCover",
        ]
    );
}

#[tokio::test]
async fn a_put_renames_with_a_body_and_removes_without() {
    let server = Server::start().await;
    let put = |body: &'static str| server.json(Method::PUT, "/v1/l1/shelf/s1", body);
    assert_eq!(put("{\"name\":\"新\"}").await.data(), "s1:新");
    assert_eq!(put("").await.data(), "removed s1");
    let untyped = Request::put("/v1/l1/shelf/s1").body(Body::empty()).unwrap();
    assert_eq!(server.send(untyped).await.data(), "removed s1");
    // Anything else is a body: nothing is removed by mistake.
    for body in ["{}", "null", " {} ", "{\"title\":\"x\"}"] {
        assert_eq!(put(body).await.failure(), (400, "name: missing, expected a text".to_owned()), "{body}");
    }
    assert_eq!(put("[]").await.failure(), (400, "body: expected an object, got a list".to_owned()));
    assert!(put("\n").await.failure().1.starts_with("the body is not valid JSON: "));
    assert_eq!(server.json(Method::DELETE, "/v1/l1/shelf/s1", "").await.data(), "removed s1");
}

#[tokio::test]
async fn values_come_from_the_path_then_the_query_then_the_body() {
    let server = Server::start().await;
    let rename = async |uri: &str, body: &'static str| server.json(Method::PUT, uri, body).await.data();
    assert_eq!(rename("/v1/l1/shelf/s1?id=s2&name=query", "{\"id\":\"s3\",\"name\":\"body\"}").await, "s1:query");
    assert_eq!(rename("/v1/l1/shelf/s1?id=s2", "{\"id\":\"s3\",\"name\":\"body\"}").await, "s1:body");
}

#[tokio::test]
async fn a_variable_has_a_name_of_its_own_and_aliases() {
    let server = Server::start().await;
    for body in ["{\"name\":\" a \"}", "{\"label\":\"a\"}"] {
        assert_eq!(server.post("/v1/l1/shelf", body).await.data(), "a");
    }
    for (query, size) in [("limit=1", 1), ("size=1", 1), ("limit=0&size=1", 0), ("index=2", 10), ("limit=", 10)] {
        let data = server.get(&format!("/v1/l1/shelf?{query}")).await.data();
        assert_eq!(data["pagination"]["size"], size, "{query}");
    }
}

#[tokio::test]
async fn path_segments_are_decoded_and_literal_ones_win() {
    let server = Server::start().await;
    let data = server.json(Method::DELETE, "/v1/l1/shelf/%E5%B1%B1%2Fa%20b+c", "").await.data();
    assert_eq!(data, "removed 山/a b+c");
    assert_eq!(server.get("/v1/remove/shelf").await.data(), json!(null), "not the shelf list of the library `remove`");
    assert_eq!(server.get("/v1/echo/shelf").await.data(), json!(null), "the library `echo` has no page");
    assert_eq!(server.get("/v1/l1/shelf/%ff").await.failure(), (400, "the path is not UTF-8".to_owned()));
    let nul = server.json(Method::DELETE, "/v1/l1/shelf/a%00b", "").await.failure();
    assert_eq!(nul, (400, "id: a text cannot contain the character NUL".to_owned()));
}

#[tokio::test]
async fn a_trailing_slash_is_tolerated() {
    let server = Server::start().await;
    assert_eq!(server.get("/v1/l1/works/").await.body, server.get("/v1/l1/works").await.body);
}

#[tokio::test]
async fn unknown_paths_and_methods_have_their_true_status() {
    let server = Server::start().await;
    for uri in ["/", "/v1", "/v1/l1/unknown", "/v2/l1/shelf", "/v1/l1//shelf", "/v1/l1/shelf/s1/or-null/x"] {
        let answer = server.get(uri).await;
        assert_eq!((answer.status, answer.refused().0), (StatusCode::NOT_FOUND, 404), "{uri}");
    }
    for (method, uri, allow) in [
        (Method::PATCH, "/v1/l1/shelf/s1", "GET, HEAD, PUT, DELETE"),
        (Method::OPTIONS, "/v1/books", "POST"),
        (Method::GET, "/v1/books/", "POST"),
        (Method::HEAD, "/v1/remove/s1", "GET"),
    ] {
        let answer = server.json(method.clone(), uri, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {uri}");
        assert_eq!(answer.headers[ALLOW], allow);
        if method != Method::HEAD {
            assert_eq!(answer.refused(), (405, format!("the method {method} is not allowed here")));
        }
    }
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let server = Server::start().await;
    let get = server.get("/v1/l1/works").await;
    let head = server.send(Request::head("/v1/l1/works").body(Body::empty()).unwrap()).await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    assert_eq!(head.headers[CONTENT_LENGTH], get.body.len().to_string());
}

#[tokio::test]
async fn json_comes_under_its_types_or_none() {
    let server = Server::start().await;
    let send = async |content_type: Option<&str>, body: &'static str| {
        let mut request = Request::post("/v1/echo");
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        server.send(request.body(Body::from(body)).unwrap()).await
    };
    let json_types = ["application/json", "Application/JSON; charset=gbk", "application/vnd.api+json"];
    for content_type in json_types.map(Some).into_iter().chain([None]) {
        assert_eq!(send(content_type, "{\"text\":\"é\"}").await.data()["text"], "é", "{content_type:?}");
    }
    assert_eq!(send(Some("text/plain"), "").await.data()["text"], json!(null), "no body, no type");
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "jsonx"]
    {
        let (code, message) = send(Some(content_type), "{}").await.failure();
        assert_eq!(code, 415);
        assert!(message.ends_with("is not supported, expected application/json"), "{message}");
    }
}

#[tokio::test]
async fn malformed_bodies_say_where_they_are_wrong() {
    let server = Server::start().await;
    for (body, message) in [
        ("{\"a\":1,}", "the body is not valid JSON: key must be a string at line 1 column 8"),
        ("{\n\"a\" 1}", "the body is not valid JSON: expected `:` at line 2 column 5"),
        ("{} x", "the body is not valid JSON: trailing characters at line 1 column 4"),
        ("{\"text\":\"\\ud800\"}", "text: unusable: unexpected end of hex escape at line 1 column 8"),
        ("7", "body: expected an object, got a number"),
        ("\"a\"", "body: expected an object, got a text"),
    ] {
        assert_eq!(server.post("/v1/echo", body).await.failure(), (400, message.to_owned()), "{body}");
    }
    let not_utf8 = server.post("/v1/echo", &b"{\"text\":\"\xff\"}"[..]).await.failure();
    assert_eq!(not_utf8, (400, "the body is not UTF-8: wrong at byte 10".to_owned()));
    assert_eq!(server.post("/v1/echo", "\u{feff}{\"text\":\"bom\"}").await.data()["text"], "bom");
    assert_eq!(server.post("/v1/echo", "{\"text\":\"a\",\"text\":\"b\"}").await.data()["text"], "b");
    let deep = format!("{{\"unknown\":{}{}}}", "[".repeat(4_000), "]".repeat(4_000));
    assert_eq!(server.post("/v1/echo", deep).await.data()["whole"], 7);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_not_read() {
    let server = Server::start().await;
    let exact = format!("{{\"text\":\"{}\"}}", "x".repeat(10_000 - 11));
    assert_eq!(server.post("/v1/echo", exact.clone()).await.data()["text"].as_str().map(str::len), Some(9_989));
    let expected = (413, "the body is larger than 10000 bytes".to_owned());
    for answer in [
        server.post("/v1/echo", format!("{exact} ")).await,
        // Without a declared length.
        server
            .post(
                "/v1/echo",
                Body::from_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(format!("{exact} "))])),
            )
            .await,
        server.send(Request::put("/v1/l1/shelf/s1").header(CONTENT_LENGTH, "10001").body(Body::empty()).unwrap()).await,
    ] {
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer.refused(), expected);
    }
}

#[tokio::test]
async fn a_broken_body_removes_nothing() {
    let server = Server::start().await;
    let broken = Body::from_stream(futures_util::stream::iter([Err::<String, _>(std::io::Error::other("reset"))]));
    let answer = server.json(Method::PUT, "/v1/l1/shelf/s1", broken).await;
    assert_eq!(answer.failure(), (400, "the body broke off".to_owned()));
}

#[tokio::test]
async fn include_and_skip_leave_members_out() {
    let server = Server::start().await;
    assert_eq!(server.post("/v1/books?dry=1", "[]").await.data(), json!([]));
    assert_eq!(server.post("/v1/books", "{\"title\":\"one\"}").await.data(), json!(["one"]), "one is a list of one");
}

#[tokio::test]
async fn the_router_can_lie_below_another() {
    let server = Server::start().await;
    let below = Server(axum::Router::new().nest("/api/{tenant}", server.0.clone()));
    let data = below.json(Method::DELETE, "/api/t1/v1/l1/shelf/s1", "").await.data();
    assert_eq!(data, "removed s1", "the outer path has its own variables");
}
