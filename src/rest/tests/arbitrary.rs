//! Whatever is sent, the adapter answers, and never with a defect.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::Server;

/// Any JSON, with members that the routes know among its names.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "text",
            "id",
            "whole",
            "decimal",
            "flag",
            "genre",
            "instant",
            "texts",
            "books",
            "any",
            "title",
            "sequels",
            "page_count",
            "rare",
            "shelf_name",
            "name",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3..10_i32).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["", " ", "0", "1", "true", "novel", "2026-01-31T08:00:00Z", "1.0"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..8).prop_map(|members| json!(members)),
        ]
    })
}

struct Fixture {
    runtime: Runtime,
    server: Server,
}

impl Fixture {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(Server::start());
        Self { runtime, server }
    }

    /// The envelope's code, and whether the HTTP status fits it.
    fn code(&self, request: Request<Body>) -> u64 {
        let answer = self.runtime.block_on(self.server.send(request));
        let code = answer.envelope()["code"].as_u64().unwrap();
        assert!(answer.status == StatusCode::OK || u64::from(answer.status.as_u16()) == code);
        code
    }
}

fn post(uri: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(uri).body(body.into()).unwrap()
}

const ROUTES: [&str; 4] = ["/v1/echo", "/v1/strict", "/v1/books", "/v1/l1/shelf"];

#[test]
fn any_json_is_taken_or_refused() {
    let fixture = Fixture::new();
    proptest!(|(value in any_json(), route in prop::sample::select(ROUTES.to_vec()))| {
        let code = fixture.code(post(route, value.to_string()));
        prop_assert!(matches!(code, 200 | 400 | 413), "{code}");
    });
}

#[test]
fn any_bytes_are_taken_or_refused() {
    let fixture = Fixture::new();
    proptest!(|(bytes in prop::collection::vec(any::<u8>(), 0..64), route in prop::sample::select(ROUTES.to_vec()))| {
        let code = fixture.code(post(route, bytes));
        prop_assert!(matches!(code, 200 | 400), "{code}");
    });
}

#[test]
fn any_form_is_taken_or_refused() {
    let fixture = Fixture::new();
    let piece = prop::sample::select(vec![
        "--X",
        "--X--",
        "\r\n",
        "\r\n\r\n",
        "Content-Disposition: form-data; ",
        "name=\"file\"",
        "name=cover_text",
        "; filename=\"",
        "; filename*=UTF-8''%E5",
        "Content-Type: image/jpeg",
        "\u{0}",
        "山",
        "\"",
    ]);
    proptest!(|(pieces in prop::collection::vec(piece, 0..16))| {
        let request = Request::post("/v1/cover").header("content-type", "multipart/form-data; boundary=X");
        let code = fixture.code(request.body(Body::from(pieces.concat())).unwrap());
        prop_assert!(matches!(code, 200 | 400), "{code}");
    });
}

#[test]
fn any_path_and_query_is_taken_or_refused() {
    let fixture = Fixture::new();
    let methods = vec![Method::GET, Method::PUT, Method::DELETE, Method::PATCH];
    let strategy = ("(/(v1|l1|shelf|echo|[a-z%0-9.;]{0,6})){0,5}", "([a-z_]{1,8}=[ -~&&[^#<>\"]]{0,12}&?){0,4}");
    proptest!(|((path, query) in strategy, method in prop::sample::select(methods))| {
        let request = Request::builder().method(method).uri(format!("/v1{path}?{query}")).body(Body::empty());
        // What is no URI never gets here.
        let Ok(request) = request else { return Ok(()) };
        let code = fixture.code(request);
        prop_assert!(matches!(code, 200 | 400 | 404 | 405 | 415), "{code}");
    });
}

#[test]
fn integers_are_read_as_they_were_written() {
    let fixture = Fixture::new();
    let data = |member: &str, literal: &str| {
        let request = post("/v1/echo", format!("{{\"{member}\":{literal}}}"));
        fixture.runtime.block_on(fixture.server.send(request)).data()[member].take()
    };
    proptest!(|(number in any::<i32>(), digits in "[1-9][0-9]{0,60}")| {
        for literal in [number.to_string(), format!("\"{number}\""), format!("\" {number} \""), format!("{number}.0")] {
            prop_assert_eq!(data("whole", &literal), number, "{}", literal);
        }
        prop_assert_eq!(data("text", &digits), digits);
    });
}
