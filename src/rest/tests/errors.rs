//! Failures: codes, messages and HTTP status.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;

use super::{Server, options};
use crate::error::Code;
use crate::rest::{Options, StatusPolicy, refusal};

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
