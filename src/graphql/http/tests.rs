#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod multipart;

use axum::{
    body::Body,
    http::{HeaderName, Method, Request as HttpRequest, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::graphql::toy::{self, OpenGate};

const STRICT: &str = "application/graphql-response+json";

/// What came back.
struct Reply {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl Reply {
    fn code(&self) -> &str {
        self.json["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
    }
}

fn door(limits: Limits) -> Router {
    router(toy::schema(limits.clone()), OpenGate, Options { limits, ..Options::default() })
}

async fn send(limits: Limits, request: HttpRequest<Body>) -> Reply {
    let response = door(limits).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Reply { status: parts.status.as_u16(), headers: parts.headers, json }
}

fn post(body: impl Into<Body>) -> HttpRequest<Body> {
    HttpRequest::post("/graphql").header(CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

fn with(mut request: HttpRequest<Body>, name: HeaderName, value: &'static str) -> HttpRequest<Body> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

async fn post_json(body: Value) -> Reply {
    send(Limits::default(), with(post(body.to_string()), header::ACCEPT, STRICT)).await
}

fn get_url(parameters: &[(&str, &str)]) -> HttpRequest<Body> {
    let uri = reqwest::Url::parse_with_params("http://x/graphql", parameters).unwrap();
    HttpRequest::get(format!("/graphql?{}", uri.query().unwrap_or_default())).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn an_operation_is_answered_in_the_media_type_asked_for() {
    let query = || post(json!({"query": "{ caller }"}).to_string());
    let old = send(Limits::default(), query()).await;
    assert_eq!((old.status, &old.json), (200, &json!({"data": {"caller": "nobody"}})));
    assert_eq!(old.headers[CONTENT_TYPE], "application/json; charset=utf-8");
    assert_eq!(old.headers[header::CACHE_CONTROL], "no-store");
    let new = send(Limits::default(), with(query(), header::ACCEPT, STRICT)).await;
    assert_eq!(new.headers[CONTENT_TYPE], "application/graphql-response+json; charset=utf-8");
    let none = send(Limits::default(), with(query(), header::ACCEPT, "image/png")).await;
    assert_eq!((none.status, none.code()), (406, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn a_refused_operation_has_no_data_and_the_status_of_its_media_type() {
    for query in ["{", "{ nothing }", "query ($id: ID!) { book(id: $id) { id } }", "subscription { silence }"] {
        let body = || post(json!({"query": query}).to_string());
        let strict = send(Limits::default(), with(body(), header::ACCEPT, STRICT)).await;
        assert_eq!((strict.status, strict.code()), (400, "BAD_USER_INPUT"), "{query}");
        assert!(!strict.json.as_object().unwrap().contains_key("data"), "{query}");
        let old = send(Limits::default(), body()).await;
        assert_eq!((old.status, old.json), (200, strict.json), "{query}");
    }
}

#[tokio::test]
async fn a_failed_field_is_an_answer_like_any_other() {
    let reply = post_json(json!({"query": "{ caller database }"})).await;
    assert_eq!((reply.status, reply.code()), (200, "INTERNAL"));
    assert_eq!(reply.json["data"], json!({"caller": "nobody", "database": null}));
    let all = post_json(json!({"query": "{ shelf { books { author } } }"})).await;
    assert_eq!((all.status, &all.json["data"]), (200, &Value::Null));
    assert!(all.json.as_object().unwrap().contains_key("data"), "it ran");
}

#[tokio::test]
async fn parameters_of_the_wrong_kind_are_400_whatever_is_accepted() {
    for body in [
        json!("{ caller }"),
        json!(null),
        json!({}),
        json!({"query": ""}),
        json!({"query": "  "}),
        json!({"query": null}),
        json!({"query": 1}),
        json!({"query": ["{ caller }"]}),
        json!({"query": "{ caller }", "operationName": 1}),
        json!({"query": "{ caller }", "operationName": {}}),
        json!({"query": "{ caller }", "variables": []}),
        json!({"query": "{ caller }", "variables": "{}"}),
        json!({"query": "{ caller }", "extensions": 0}),
        json!([]),
        json!([1]),
        json!([[{"query": "{ caller }"}]]),
    ] {
        for accept in [STRICT, "application/json"] {
            let reply = send(Limits::default(), with(post(body.to_string()), header::ACCEPT, accept)).await;
            assert_eq!((reply.status, reply.code()), (400, "BAD_USER_INPUT"), "{body}");
        }
    }
    for text in ["", "{", "{\"query\": \"{ caller }\"} x", "\u{feff}{}"] {
        assert_eq!(send(Limits::default(), post(text)).await.status, 400, "{text}");
    }
    let reply =
        post_json(json!({"query": "{ caller }", "operationName": null, "variables": null, "extensions": null})).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn json_may_nest_and_not_without_bounds() {
    let nested = |levels: usize| {
        format!(r#"{{"query":"{{ caller }}","variables":{{"a":{}{}}}}}"#, "[".repeat(levels), "]".repeat(levels))
    };
    assert_eq!(send(Limits::default(), post(nested(125))).await.status, 200);
    let deep = send(Limits::default(), post(nested(126))).await;
    assert_eq!((deep.status, deep.code()), (400, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn a_body_has_its_type() {
    for (kind, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=UTF-8", 200),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/graphql", 415),
        ("nonsense", 415),
        ("multipart/form-data", 400),
    ] {
        let reply = send(Limits::default(), with(post(r#"{"query":"{ caller }"}"#), CONTENT_TYPE, kind)).await;
        assert_eq!(reply.status, status, "{kind}");
        assert_eq!(reply.code() == "UNSUPPORTED_MEDIA_TYPE", status == 415, "{kind}");
    }
    let untyped = HttpRequest::post("/graphql").body(Body::from(r#"{"query":"{ caller }"}"#)).unwrap();
    assert_eq!(send(Limits::default(), untyped).await.status, 415);
}

#[tokio::test]
async fn a_body_has_its_size() {
    let limits = Limits { body_bytes: 100, ..Limits::default() };
    let padded = |size: usize| format!("{:<size$}", r#"{"query":"{ caller }"}"#);
    assert_eq!(send(limits.clone(), post(padded(100))).await.status, 200);
    let silence = Body::from_stream(futures_util::stream::pending::<std::io::Result<String>>());
    let announced = with(with(post(silence), header::CONTENT_LENGTH, "101"), header::EXPECT, "100-continue");
    let pieces = futures_util::stream::iter([padded(60), padded(60)].map(Ok::<_, std::io::Error>));
    for request in [post(padded(101)), announced, post(Body::from_stream(pieces))] {
        let reply = send(limits.clone(), request).await;
        assert_eq!((reply.status, reply.code()), (413, "PAYLOAD_TOO_LARGE"));
    }
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_has_its_length() {
    let batch = |length: usize| Value::Array(vec![json!({"query": "{ caller }"}); length]);
    assert_eq!(post_json(batch(10)).await.json.as_array().unwrap().len(), 10);
    let long = post_json(batch(11)).await;
    assert_eq!((long.status, long.code()), (400, "BAD_USER_INPUT"));
    let mixed = post_json(json!([{"query": "{ nothing }"}, {"query": "{ caller }"}])).await;
    assert_eq!(mixed.status, 200);
    assert_eq!(mixed.json[0]["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert!(!mixed.json[0].as_object().unwrap().contains_key("data"));
    assert_eq!(mixed.json[1], json!({"data": {"caller": "nobody"}}));
}

#[tokio::test]
async fn get_queries_and_nothing_else() {
    let reply = send(Limits::default(), get_url(&[("query", "{ caller }")])).await;
    assert_eq!((reply.status, reply.json), (200, json!({"data": {"caller": "nobody"}})));
    let query = ("query", "query A($id: ID!) { book(id: $id) { title } } mutation B { __typename }");
    let variables = ("variables", r#"{"id": "3"}"#);
    let named = send(Limits::default(), get_url(&[query, variables, ("operationName", "A"), ("extensions", "")])).await;
    assert_eq!(named.json, json!({"data": {"book": {"title": "Book 3"}}}));

    let mutation = "mutation { addBook(input: {title: \"x\"}) { id } }";
    for parameters in
        [&[query, ("operationName", "B")][..], &[("query", mutation)], &[("query", "subscription { silence }")]]
    {
        let reply = send(Limits::default(), get_url(parameters)).await;
        assert_eq!((reply.status, reply.code()), (405, "BAD_USER_INPUT"), "{parameters:?}");
        assert_eq!(reply.headers[header::ALLOW], "POST");
    }
    for parameters in [
        &[][..],
        &[("query", "")],
        &[("query", "{ caller }"), ("variables", "{")],
        &[("query", "{ caller }"), ("variables", "[]")],
        &[("query", "{ caller }"), ("query", "{ shelf }")],
    ] {
        let reply = send(Limits::default(), get_url(parameters)).await;
        assert_eq!((reply.status, reply.code()), (400, "BAD_USER_INPUT"), "{parameters:?}");
    }
    let syntax = send(Limits::default(), with(get_url(&[("query", "{")]), header::ACCEPT, STRICT)).await;
    assert_eq!((syntax.status, syntax.code()), (400, "BAD_USER_INPUT"));
}

#[tokio::test]
async fn other_methods_are_told_which_would_do() {
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = HttpRequest::builder().method(method).uri("/graphql").body(Body::empty()).unwrap();
        let reply = send(Limits::default(), request).await;
        assert_eq!((reply.status, reply.code()), (405, "BAD_USER_INPUT"));
        assert_eq!(reply.headers[header::ALLOW], "GET, HEAD, POST");
    }
    let mut head = get_url(&[("query", "{ caller }")]);
    *head.method_mut() = Method::HEAD;
    let reply = send(Limits::default(), head).await;
    assert_eq!((reply.status, reply.json), (200, Value::Null));
}

#[tokio::test]
async fn a_browser_gets_the_playground_under_its_policy() {
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let reply = send(Limits::default(), with(get_url(&[]), header::ACCEPT, browser)).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers[CONTENT_TYPE], "text/html; charset=utf-8");
    let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn the_gate_decides_who_comes_in() {
    let caller = || post(r#"{"query":"{ caller }"}"#);
    let known = send(Limits::default(), with(caller(), header::AUTHORIZATION, "Bearer me")).await;
    assert_eq!(known.json, json!({"data": {"caller": "Bearer me"}}));
    let wrong = send(Limits::default(), with(caller(), header::AUTHORIZATION, "Bearer wrong")).await;
    assert_eq!((wrong.status, wrong.code()), (401, "UNAUTHENTICATED"));
    assert_eq!(wrong.headers[header::WWW_AUTHENTICATE], "Bearer");
    let unlucky = send(Limits::default(), with(caller(), header::AUTHORIZATION, "Bearer unlucky")).await;
    assert_eq!((unlucky.status, unlucky.code()), (500, "INTERNAL"));
    assert_eq!(unlucky.json["errors"][0]["message"], "internal error");
}

#[tokio::test]
async fn what_takes_too_long_is_no_success_in_either_media_type() {
    let limits = Limits { operation_time: std::time::Duration::from_millis(20), ..Limits::default() };
    for accept in [STRICT, "application/json"] {
        let slow = with(post(r#"{"query":"{ shared slow(ms: 60000) }"}"#), header::ACCEPT, accept);
        let reply = send(limits.clone(), slow).await;
        assert_eq!((reply.status, reply.code()), (500, "INTERNAL"));
        assert_eq!(reply.json["errors"].as_array().unwrap().len(), 1, "{}", reply.json);
    }
}
