//! The OpenAPI document.

use serde_json::Value;

use super::{adapter, options};
use crate::rest::{Options, StatusPolicy};

#[tokio::test]
async fn the_document_is_as_reviewed() {
    insta::assert_json_snapshot!(adapter(options()).await.openapi());
}

#[tokio::test]
async fn the_same_documents_give_the_same_bytes() {
    let first = adapter(options()).await.openapi().to_string();
    for _ in 0..5 {
        assert_eq!(adapter(options()).await.openapi().to_string(), first);
    }
}

#[tokio::test]
async fn mirrored_statuses_are_documented() {
    let mirror = adapter(Options { status: StatusPolicy::Mirror, ..options() }).await;
    let responses = &mirror.openapi()["paths"]["/v1/books"]["post"]["responses"];
    let statuses: Vec<&str> = responses.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(statuses, ["200", "401", "413", "4XX", "5XX"]);
}

/// Every operation has what generators need, and every reference leads somewhere.
#[tokio::test]
async fn the_document_is_complete() {
    let adapter = adapter(options()).await;
    let document = adapter.openapi();
    let mut ids = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for member in ["operationId", "summary", "tags", "responses"] {
                assert!(operation.get(member).is_some(), "{method} {path}: {member}");
            }
            ids.push(operation["operationId"].as_str().unwrap());
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    // PUT with and without body is one operation there.
    assert_eq!(count, adapter.routes().count() - 1);
    references(document, &mut |pointer| {
        assert!(document.pointer(pointer.strip_prefix('#').unwrap()).is_some(), "{pointer}");
    });
}

fn references(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| match (name.as_str(), value) {
            ("$ref", Value::String(pointer)) => visit(pointer),
            (_, value) => references(value, visit),
        }),
        Value::Array(elements) => elements.iter().for_each(|element| references(element, visit)),
        _ => {}
    }
}
