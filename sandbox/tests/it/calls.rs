//! The record of calls.

use serde_json::{Value, json};

use crate::support::{APP, OTHER_APP, Simulator};

const USERS: &str = "/cgi-bin/user/get";
const CREATE: &str = "/cgi-bin/tags/create";

#[tokio::test]
async fn calls_are_recorded_newest_last_and_filtered() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 3).await;
    account.get(USERS, &[("next_openid", "oUnknown")]).await;
    account.post(CREATE, json!({"tag": {"name": "标签"}})).await;
    simulator.account(OTHER_APP, 0).await;

    let calls = simulator.control("GET", "/calls", Value::Null).await;
    let paths: Vec<_> = calls.as_array().unwrap().iter().map(|call| call["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/cgi-bin/token", USERS, CREATE, "/cgi-bin/token"]);
    let create = &calls[2];
    let members: Vec<_> = create.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["at", "app_id", "method", "path", "query", "body", "status", "response"]);
    assert_eq!((&create["app_id"], &create["method"], &create["status"]), (&json!(APP), &json!("POST"), &json!(200)));
    assert_eq!(create["body"], json!({"tag": {"name": "标签"}}).to_string());
    assert!(create["response"].as_str().unwrap().contains("标签"));
    assert!(create["at"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(calls[1]["query"]["next_openid"], "oUnknown");
    assert_eq!(calls[3]["app_id"], OTHER_APP);

    let filtered = |filters: &'static str| simulator.control("GET", filters, Value::Null);
    assert_eq!(filtered("/calls?path=/cgi-bin/token").await.as_array().unwrap().len(), 2);
    assert_eq!(filtered("/calls?path=/cgi-bin/tok").await, json!([]), "the path is exact");
    assert_eq!(filtered("/calls?app_id=wxfedcba9876543210").await, json!([calls[3]]));
    assert_eq!(filtered("/calls?limit=2").await, json!([calls[2], calls[3]]), "the latest");
    assert_eq!(filtered("/calls?path=/cgi-bin/token&limit=1").await, json!([calls[3]]));
    let counts = json!({"/cgi-bin/tags/create": 1, "/cgi-bin/token": 2, "/cgi-bin/user/get": 1});
    assert_eq!(filtered("/counts").await, counts);

    simulator.control("POST", "/reset", Value::Null).await;
    assert_eq!(filtered("/calls").await, json!([]));
    assert_eq!(filtered("/counts").await, json!({}));
}

#[tokio::test]
async fn no_access_token_is_kept() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let stable = simulator.stable_token(APP, false).await["access_token"].as_str().unwrap().to_owned();
    account.get(USERS, &[]).await;
    account.post(CREATE, json!({"tag": {"name": "x"}, "echo": account.token})).await;
    let calls = simulator.control("GET", "/calls", Value::Null).await.to_string();
    assert!(!calls.contains(&account.token) && !calls.contains(&stable));
    assert!(calls.contains("***"));
}

#[tokio::test]
async fn long_bodies_are_cut() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 10_000).await;
    account.get(USERS, &[]).await;
    account.post_text(CREATE, "标".repeat(1 << 20)).await;
    let calls = simulator.control("GET", "/calls", Value::Null).await;
    assert!(calls[1]["response"].as_str().unwrap().len() < 5 << 10);
    assert!(calls[2]["body"].as_str().unwrap().len() < 17 << 10);
    assert!(calls[2]["body"].as_str().unwrap().ends_with('…'));
}

#[tokio::test]
async fn bad_filters_are_refused_by_name() {
    let simulator = Simulator::start().await;
    for (query, field) in [("limit=x", "limit"), ("limit=-1", "limit"), ("since=1", "since")] {
        let (status, answer) = simulator.try_control("GET", &format!("/calls?{query}"), Value::Null).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), (400, field));
    }
}
