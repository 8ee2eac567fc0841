#![expect(clippy::unwrap_used, reason = "a test may panic")]

use axum::http;
use futures_util::StreamExt;
use serde_json::{Value, json};

use async_graphql::{Request, Variables, value};

use crate::graphql::{
    http::Gate as _,
    limits::Limits,
    toy::{self, OpenGate},
};

async fn equipped(request: impl Into<Request>) -> Request {
    let mut request = request.into();
    let (parts, ()) = http::Request::new(()).into_parts();
    OpenGate.equip(&OpenGate.authenticate(&parts, None).await.unwrap(), &mut request);
    request
}

async fn execute(request: impl Into<Request>) -> Value {
    json!(toy::schema(Limits::default()).execute(equipped(request).await).await)
}

async fn follow(query: &str) -> Vec<Value> {
    let stream = toy::schema(Limits::default()).execute_stream(equipped(query).await);
    stream.map(|response| json!(response)).collect().await
}

#[tokio::test]
async fn every_kind_of_failure_has_its_code_and_says_no_more_than_it_may() {
    for (query, code, message) in [
        ("{ book(id: \"77\") { id } }", "NOT_FOUND", "book \"77\" does not exist"),
        ("{ book(id: \"x\") { id } }", "BAD_USER_INPUT", "id: must be a number"),
        ("{ database }", "INTERNAL", "internal error"),
        ("{ foreign }", "INTERNAL", "internal error"),
        ("{ lacking }", "INTERNAL", "internal error"),
        ("{ shared }", "CONFLICT", "the name is in use"),
        (
            "{ wechat }",
            "UPSTREAM",
            "WeChat refused /cgi-bin/tags/create with 45157 (invalid tag name rid: 1-2-3): the name is empty, not allowed, or another tag has it; choose another",
        ),
        ("{ nothing }", "BAD_USER_INPUT", "Unknown field \"nothing\" on type \"Query\"."),
        ("{", "BAD_USER_INPUT", "syntax error: expected selection"),
        ("mutation { __typename } query { caller }", "BAD_USER_INPUT", "document contains multiple operations"),
    ] {
        let answer = execute(query).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
        assert_eq!(answer["errors"][0]["message"], message, "{answer}");
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{answer}");
    }
}

#[tokio::test]
async fn what_wechat_said_is_passed_on() {
    let extensions = &execute("{ wechat }").await["errors"][0]["extensions"];
    assert_eq!(*extensions, json!({"code": "UPSTREAM", "errcode": 45157, "errmsg": "invalid tag name rid: 1-2-3"}));
}

#[tokio::test]
async fn the_value_of_an_argument_is_the_callers_fault_and_the_argument_is_named() {
    for (query, variables, field) in [
        ("{ book(id: \"x\") { id } }", value!({}), "id"),
        ("{ at(time: \"yesterday\") }", value!({}), "time"),
        ("query ($t: DateTime!) { at(time: $t) }", value!({"t": "yesterday"}), "time"),
        ("{ short(text: \"四个字符\") }", value!({}), "text"),
        ("{ shelf { books(first: \"1\") { id } } }", value!({}), "first"),
        ("query ($n: Int!) { shelf { books(first: $n) { id } } }", value!({"n": "1"}), "first"),
        ("mutation ($i: NewBook!) { addBook(input: $i) { id } }", value!({"i": {"title": 1}}), "title"),
    ] {
        let answer = execute(Request::new(query).variables(Variables::from_value(variables))).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"], json!({"code": "BAD_USER_INPUT", "field": field}), "{answer}");
        assert!(error["message"].as_str().unwrap().contains(field), "{answer}");
    }
}

#[tokio::test]
async fn a_thousand_errors_are_not_listed() {
    let fields: String = (0..1000).map(|number| format!("unknown{number} ")).collect();
    let errors = execute(format!("{{ {fields} }}")).await["errors"].as_array().unwrap().clone();
    assert_eq!(errors.len(), 21);
    assert_eq!(errors[20], json!({"message": "and 980 more errors", "extensions": {"code": "BAD_USER_INPUT"}}));
}

#[tokio::test]
async fn a_failed_field_is_null_and_so_is_what_must_not_hold_a_null() {
    for (query, data) in [
        ("{ caller database }", json!({"caller": "nobody", "database": null})),
        ("{ caller book(id: 2) { id author } }", json!({"caller": "nobody", "book": null})),
        ("{ caller b: book(id: 1) { id author } }", json!({"caller": "nobody", "b": {"id": "1", "author": "Anon"}})),
        ("{ caller book(id: 1) { shelf { books { author } } } }", json!({"caller": "nobody", "book": null})),
        ("{ caller shelf { books { author } } }", json!(null)),
        (
            "{ shelf { places { author } } }",
            json!({"shelf": {"places": [{"author": "Anon"}, null, {"author": "Anon"}]}}),
        ),
        ("{ a: book(id: 77) { id } b: book(id: 1) { id } }", json!({"a": null, "b": {"id": "1"}})),
        ("{ caller short(text: \"long\") }", json!(null)),
    ] {
        let answer = execute(query).await;
        assert_eq!(answer["data"], data, "{query}");
    }
}

#[tokio::test]
async fn errors_of_subscriptions_pass_the_same_way() {
    let codes = |events: &[Value]| -> Vec<Value> {
        events.iter().map(|event| event["errors"][0]["extensions"]["code"].clone()).collect()
    };
    assert_eq!(codes(&follow("subscription { closed }").await), ["NOT_FOUND"]);
    assert_eq!(codes(&follow("subscription { nothing }").await), ["BAD_USER_INPUT"]);

    let failing = follow("subscription { failing }").await;
    assert_eq!(failing[0]["errors"][0]["message"], "internal error");
    assert_eq!(failing[0]["data"], json!(null));
    assert_eq!(failing[1], json!({"data": {"failing": true}}));

    let since = follow("subscription { since(time: \"yesterday\") }").await;
    assert_eq!(since[0]["errors"][0]["extensions"], json!({"code": "BAD_USER_INPUT", "field": "time"}), "{since:?}");
}

#[test]
fn the_log_gets_the_whole_chain_without_repetitions() {
    let error: crate::error::Error = sea_orm::DbErr::Custom("disk full".to_owned()).into();
    assert_eq!(super::chain(&error), "the database failed: Custom Error: disk full");
}
