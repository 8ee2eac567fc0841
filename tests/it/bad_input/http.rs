//! Where HTTP itself is at fault: paths, methods, sizes. Only these answers have a status of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use odaesan::server::{Operations, RestOptions, adapter};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::room::{Answer, PATIENCE, Room, ask};
use crate::support::{Backend, TestApp};

on_every_database!(
    a_path_that_is_no_route_is_404,
    an_empty_segment_of_a_path_names_nothing,
    a_method_that_is_no_route_is_405_and_says_which_are,
    a_path_or_query_that_is_not_utf_8_is_refused,
    a_body_up_to_the_limit_is_read,
    a_body_beyond_the_limit_is_413_before_it_is_sent,
    a_client_that_sends_a_large_body_in_one_go_reads_the_answer,
);

/// Largest body, by default.
const LIMIT: usize = 2 << 20;

fn is_outright(answer: &Answer, status: StatusCode, context: &str) {
    assert_eq!(answer.status, status, "{context}: {}", answer.body);
    assert_eq!(answer.code(), u64::from(status.as_u16()), "{context}: {}", answer.body);
    assert_eq!(answer.body["data"], Value::Null, "{context}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json;charset=UTF-8", "{context}");
}

async fn a_path_that_is_no_route_is_404(app: TestApp) {
    let room = Room::furnish(app).await;
    let own = &room.own.id;
    for path in [
        String::new(),
        "/".into(),
        "/nothing".into(),
        format!("/{own}"),
        format!("/{own}/"),
        format!("/{own}/nothing"),
        format!("/{own}/GROUP"),
        format!("//{own}/group"),
        format!("/{own}/group/{}/more", room.own.group),
        format!("/{own}/user/groups/{}/more", room.own.openids[0]),
        format!("/{own}/user/add/batch/more"),
        format!("/{own}/text/{}/more", room.own.text),
        "/bind/refresh/a/b".into(),
        "/😀/😀/😀/😀/😀".into(),
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let context = format!("{method} {path}");
            is_outright(&ask(room.app.rest(method, &path)).await, StatusCode::NOT_FOUND, &context);
        }
    }
}

async fn an_empty_segment_of_a_path_names_nothing(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let own = &room.own.id;
    for path in [
        format!("/{own}/group//"),
        format!("/{own}/user//"),
        format!("/{own}/user/groups//"),
        format!("/{own}/text//"),
        "//group".into(),
        "//user/fetch?force=1".into(),
        "/bind/refresh//".into(),
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let answer = ask(room.app.rest(method.clone(), &path)).await;
            assert!(matches!(answer.code(), 400 | 404 | 405), "{method} {path}: {}", answer.body);
        }
    }
    room.is_as_it_was(&before, "empty segments").await;
}

/// The program's own list of routes says which methods each path has.
async fn a_method_that_is_no_route_is_405_and_says_which_are(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let adapter = adapter(Operations::unconnected(), RestOptions::default()).await.unwrap();
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for route in adapter.routes() {
        let methods = paths.entry(route.path.to_string()).or_default();
        methods.insert(route.method.to_string());
        // Not where something is changed over GET.
        let reads = ["Get", "List", "Download"].iter().any(|verb| route.operation.starts_with(verb));
        if route.method == Method::GET && reads {
            methods.insert("HEAD".to_owned());
        }
    }
    for (template, allowed) in paths {
        let path =
            template.trim_start_matches("/v1").replace("{infoId}", &room.own.id).replace("{id}", &room.own.group);
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
            if allowed.contains(method) {
                continue;
            }
            let context = format!("{method} {path}");
            let request =
                room.app.rest(method.parse().unwrap(), &path).json(&json!({ "name": "a", "id": room.own.id }));
            let allow = if method == "HEAD" {
                let response = request.timeout(PATIENCE).send().await.unwrap();
                assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{context}");
                response.headers()["allow"].to_str().unwrap().to_owned()
            } else {
                let answer = ask(request).await;
                is_outright(&answer, StatusCode::METHOD_NOT_ALLOWED, &context);
                answer.header("allow").to_owned()
            };
            let allow: BTreeSet<String> = allow.split(", ").map(str::to_owned).collect();
            assert_eq!(allow, allowed, "{context}");
        }
    }
    room.is_as_it_was(&before, "wrong methods").await;
}

async fn a_path_or_query_that_is_not_utf_8_is_refused(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    ask(room.app.rest(Method::GET, "/%FF/group")).await.is_refusal(400, "the account");
    for path in ["/user/%C3%28", "/text/%80", "/user/groups/%F0%9F"] {
        ask(room.get(path)).await.is_refusal(400, path);
    }
    ask(room.delete("/group/%FF")).await.is_refusal(400, "a group");
    let answer = ask(room.get("/user?group=%FF")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(matches!(answer.code(), 400 | 404), "{}", answer.body);
    room.is_as_it_was(&before, "not UTF-8").await;
}

async fn a_body_up_to_the_limit_is_read(app: TestApp) {
    let room = Room::furnish(app).await;
    let mut body = json!({ "content": "大" }).to_string().into_bytes();
    body.resize(LIMIT, b' ');
    let saved = ask(room.app.rest(Method::POST, &room.path("/text")).body(body)).await;
    assert_eq!(saved.code(), 200, "{}", saved.body);
    let before = room.state().await;
    let long = "大".repeat(LIMIT / 3 - 100);
    let answer = ask(room.post("/text", &json!({ "content": long }))).await;
    answer.is_refusal(400, "a long text");
    assert!(answer.message().len() < 200, "the text is not sent back");
    room.is_as_it_was(&before, "a long text").await;
}

/// By hand, because no client library announces a body and then waits.
async fn a_body_beyond_the_limit_is_413_before_it_is_sent(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let host = room.app.url.trim_start_matches("http://");
    let group = format!("/group/{}", room.own.group);
    for (method, path) in [("POST", "/group"), ("POST", "/text"), ("PUT", &group), ("POST", "/user/add/batch")] {
        let line =
            format!("{method} /v1{} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n", room.path(path));
        let announced = format!("{line}Content-Length: {}\r\n\r\n{{", LIMIT + 1);
        assert_eq!(answer_to(host, announced.as_bytes()).await, 413, "{method} {path}");
        // In chunks nothing is announced, and it ends where the limit is passed.
        let mut chunked = format!("{line}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
        let chunk = vec![b' '; 1 << 16];
        for _ in 0..=(LIMIT >> 16) {
            chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            chunked.extend_from_slice(&chunk);
            chunked.extend_from_slice(b"\r\n");
        }
        assert_eq!(answer_to(host, &chunked).await, 413, "{method} {path} in chunks");
    }
    room.is_as_it_was(&before, "too large").await;
}

/// Sends these bytes, goes on listening, and returns the status and, the same, the code of the answer.
async fn answer_to(host: &str, request: &[u8]) -> u16 {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&answer).contains("\"data\":null}") {
            let mut bytes = [0; 4_096];
            match stream.read(&mut bytes).await.unwrap() {
                0 => break,
                length => answer.extend_from_slice(&bytes[..length]),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let status: u16 = answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer}")).parse().unwrap();
    assert!(answer.contains(&format!("{{\"code\":{status},\"message\":\"")), "{answer}");
    status
}

async fn a_client_that_sends_a_large_body_in_one_go_reads_the_answer(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for size in [LIMIT + 1, LIMIT + (1 << 20), 8 << 20] {
        for _ in 0..3 {
            let body = vec![b' '; size];
            let request = room.app.rest(Method::PUT, &room.path(&format!("/group/{}", room.own.group))).body(body);
            is_outright(&ask(request).await, StatusCode::PAYLOAD_TOO_LARGE, &size.to_string());
        }
    }
    room.is_as_it_was(&before, "too large").await;
}

/// `--rest-status mirror`: the envelope is the same, and the status is its code.
#[tokio::test]
async fn the_status_mirrors_the_code_where_that_is_wanted() {
    let app = TestApp::start_with(Backend::Sqlite, &["--rest-status", "mirror"]).await.unwrap();
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let system = room.delete("/group/2");
    let text = room.app.rest(Method::POST, &room.path("/text")).header("content-type", "text/plain").body("a");
    let nobody = room.app.rest(Method::GET, "/nobody/group");
    for (request, status) in [
        (room.get("/group"), 200),
        (room.get("/user/fetch"), 400),
        (room.get("/user"), 400),
        (room.post("/group", &json!({})), 400),
        (system, 400),
        (nobody, 404),
        (room.get("/text/nothing"), 404),
        (room.post("/group", &json!({ "name": "客人" })), 409),
        (text, 415),
        (room.app.rest(Method::GET, "/nothing"), 404),
        (room.app.rest(Method::DELETE, "/bind"), 405),
    ] {
        let answer = ask(request).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, u64::from(status)), "{}", answer.body);
    }
    room.is_as_it_was(&before, "mirrored").await;
}
