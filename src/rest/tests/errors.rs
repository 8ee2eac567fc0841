//! Failures: codes, messages and HTTP status.

use async_graphql::{self as graphql, ServerError, Value};
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::json;

use super::library::Toy;
use super::{Adapter, CODES, SHELVES, Server, WORKS, options};
use crate::error::Code;
use crate::rest::{Executor, Options, StatusPolicy, refusal};

#[tokio::test]
async fn every_code_of_the_table_becomes_its_number() {
    for (policy, mirrored) in [(StatusPolicy::EnvelopeOnly, false), (StatusPolicy::Mirror, true)] {
        let server = Server::with(Options { status: policy, ..options() }).await;
        for code in Code::ALL {
            let answer = server.get(&format!("/v1/fail?code={}&message=why", code.as_str())).await;
            assert_eq!(answer.refused(), (u64::from(code.rest()), "why".to_owned()));
            let status = if mirrored || code == Code::Unauthenticated { code.rest() } else { 200 };
            assert_eq!(answer.status, StatusCode::from_u16(status).unwrap(), "{code:?}");
        }
    }
}

#[tokio::test]
async fn an_error_without_a_known_code_tells_nothing() {
    let server = Server::start().await;
    for query in ["message=SELECT", "message=SELECT&code=UNHEARD_OF"] {
        assert_eq!(server.get(&format!("/v1/fail?{query}")).await.failure(), (500, "internal error".to_owned()));
    }
}

#[tokio::test]
async fn a_field_is_named_as_the_client_spells_it() {
    let server = Server::start().await;
    let long = "{\"name\":\"12345678901\"}";
    assert_eq!(server.post("/v1/l1/shelf", long).await.failure(), (400, "name: 1 to 10 characters".to_owned()));
    let books = "[{\"title\":\"a\"},{\"title\":\"forbidden\"}]";
    assert_eq!(server.post("/v1/books", books).await.failure(), (400, "[1].page_count: not this one".to_owned()));
    for (field, message, expected) in [
        ("field", "field: bad", "shelf_field: bad"),
        ("someWhere", "someWhere: bad", "some_where: bad"),
        ("field", "not about it", "not about it"),
        ("field", "fieldwork: bad", "fieldwork: bad"),
    ] {
        let uri = format!("/v1/fail?code=BAD_USER_INPUT&shelf_field={field}&message={}", message.replace(' ', "%20"));
        assert_eq!(server.get(&uri).await.failure(), (400, expected.to_owned()));
    }
}

#[tokio::test]
async fn missing_credentials_are_challenged() {
    let server = Server::start().await;
    let request = Request::get("/v1/l1/works").header("x-token", "wrong").body(Body::empty()).unwrap();
    let answer = server.send(request).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers[WWW_AUTHENTICATE], "Basic realm=\"odaesan\", charset=\"UTF-8\"");
    assert_eq!(answer.refused(), (401, "the token is not valid".to_owned()));
}

#[tokio::test]
async fn middleware_can_refuse_as_the_routes_do() {
    let response = refusal(Code::RateLimited, "slow \"down\"", StatusPolicy::EnvelopeOnly);
    assert_eq!(
        (response.status(), &response.headers()[CONTENT_TYPE]),
        (StatusCode::OK, &"application/json;charset=UTF-8".parse().unwrap())
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&*body, br#"{"code":429,"message":"slow \"down\"","data":null}"#);
}

/// Answers every operation with the same data, valid or not.
#[derive(Clone)]
struct Fixed(Value);

impl Executor for Fixed {
    async fn execute(&self, _: graphql::Request, _: &Parts) -> graphql::Response {
        graphql::Response::new(self.0.clone())
    }

    async fn check(&self, _: graphql::Request) -> Vec<ServerError> {
        Vec::new()
    }
}

#[tokio::test]
async fn data_that_breaks_the_schema_is_a_defect() {
    let answer = async |uri: &str, data: serde_json::Value| {
        let executor = Fixed(Value::from_json(json!({ "library": data })).unwrap());
        let adapter = Adapter::new(&[SHELVES, WORKS, CODES], &Toy::new().sdl(), executor, options()).await;
        Server(adapter.map_err(|problem| problem.to_string()).unwrap().router()).get(uri).await
    };
    let shelf = "/v1/l1/shelf/s1";
    for (uri, data) in [
        (shelf, json!({"shelf": 1})),
        (shelf, json!({"shelf": {"labels": "a"}})),
        (shelf, json!({"shelf": {"labels": [{"a": 1}]}})),
        (shelf, json!({"shelf": {"titles": ["a"]}})),
        (shelf, json!({"shelf": {"by_id": [{"title": "no id"}]}})),
        (shelf, json!({"shelf": {"by_id": ["b1"]}})),
        (shelf, json!({"shelf": {"book": [{"added": "yesterday"}]}})),
        (shelf, json!({"shelf": {"book": [{"added": 5}]}})),
        (shelf, json!({"shelf": {"book": [{"genre_code": "SCIENCE"}]}})),
        (shelf, json!({"shelf": {"book": [{"author": "李白"}]}})),
        ("/v1/l1/works", json!({"works": [{"id": "without a type"}]})),
        ("/v1/l1/works", json!({"works": [{"__type": "Map"}]})),
    ] {
        assert_eq!(answer(uri, data.clone()).await.failure(), (500, "internal error".to_owned()), "{data}");
    }
    let nulls = json!({"shelf": {"id": null, "labels": null, "titles": [null, {"title": null}], "by_id": [null], "book": null}});
    let expected = json!({"id": null, "labels": null, "titles": [null, null], "by_id": {}});
    assert_eq!(answer(shelf, nulls).await.data(), expected, "a null is a null anywhere");
}
