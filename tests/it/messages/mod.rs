//! Received messages through both doors, their files, and what the staff writes.

mod dates;
mod downloads;
mod filters;
mod human_replies;
mod lists;
mod shapes;

use serde_json::Value;

use crate::support::TestApp;

/// A page of the documented route; `query` without the question mark.
async fn page(app: &TestApp, account: &str, query: &str) -> (Vec<Value>, i64) {
    let mut answer = app.get(&format!("/{account}/msg?{query}")).await;
    assert_eq!(answer["code"], 200, "{query} {answer}");
    let count = answer["data"]["pagination"]["count"].as_i64().unwrap();
    let Value::Array(messages) = answer["data"]["message"].take() else { panic!("{answer}") };
    (messages, count)
}

/// The ids on it, which must be all that are counted.
async fn ids(app: &TestApp, account: &str, query: &str) -> Vec<String> {
    let (messages, count) = page(app, account, &format!("size=100&{query}")).await;
    assert_eq!(messages.len() as i64, count, "{query}");
    messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
}
