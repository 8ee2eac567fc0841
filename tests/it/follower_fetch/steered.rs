//! Failing visibly, cancelling and retrying.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::{Value, json};

use super::{DETAILS, LIST, TAGS, ok, slow_down};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::wechat::{CANCEL, RETRY};

on_every_database!(
    an_account_that_may_not_fetch_is_told_why,
    a_job_is_retried_only_where_that_makes_sense,
    a_cancelled_fetch_stops_and_resumes,
    a_fetch_cancelled_before_its_attempt_fails_stays_cancelled,
    a_waiting_fetch_is_cancelled_at_once,
);

async fn verify(app: &TestApp, verified: bool) {
    app.control(Method::PUT, &format!("/{APP_ID}/profile"), json!({ "verified": verified })).await;
}

async fn an_account_that_may_not_fetch_is_told_why(app: TestApp) {
    app.add_followers(120).await;
    verify(&app, false).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let failed = app.wait_until_idle(&account).await;
    assert_eq!((&failed["state"], &failed["done"]), (&json!("FAILED"), &json!(0)), "{failed}");
    assert!(failed["finishedAt"].is_string(), "{failed}");
    let reason = failed["lastError"].as_str().unwrap();
    assert!(reason.contains("48001") && reason.contains("api unauthorized"), "WeChat's reason: {reason}");
    assert_eq!(app.calls(TAGS).await, 1, "asking again would not help");

    // Nothing was fetched, so the documented route starts a new one.
    assert_eq!(app.get(&format!("/{account}/user/fetch")).await, ok());
    let second = app.wait_until_idle(&account).await;
    assert_eq!(second["state"], "FAILED");
    assert_ne!(second["id"], failed["id"]);
    verify(&app, true).await;
    let retried = app.data(RETRY, json!({ "id": second["id"] })).await;
    // A worker may have taken it by the time it is read back.
    assert!(matches!(retried["retryJob"]["job"]["state"].as_str(), Some("QUEUED" | "RUNNING")), "{retried}");
    let job = app.wait_until_idle(&account).await;
    assert_eq!((&job["id"], &job["state"]), (&second["id"], &json!("SUCCEEDED")), "{job}");
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn a_job_is_retried_only_where_that_makes_sense(app: TestApp) {
    app.add_followers(3).await;
    verify(&app, false).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let failed = app.wait_until_idle(&account).await;
    let code = async |operation: &str, id: &Value| {
        let error = app.error(operation, json!({ "id": id })).await;
        error["extensions"]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(code(CANCEL, &failed["id"]).await, "CONFLICT", "it has ended");
    verify(&app, true).await;
    slow_down(&app, TAGS, Duration::from_millis(500)).await;
    assert_eq!(app.get(&format!("/{account}/user/fetch")).await, ok());
    let running = app.wait_for_job(&account, |job| job["state"] == "RUNNING").await;
    assert_eq!(code(RETRY, &failed["id"]).await, "CONFLICT", "another one is at it");
    assert_eq!(code(RETRY, &running["id"]).await, "CONFLICT", "it runs");
    app.wait_until_idle(&account).await;
    assert_eq!(code(RETRY, &running["id"]).await, "CONFLICT", "it succeeded");
    assert_eq!(code(CANCEL, &running["id"]).await, "CONFLICT", "it succeeded");
    for id in [json!("00000000-0000-0000-0000-000000000000"), json!(""), json!("x\u{0}")] {
        assert_eq!(code(RETRY, &id).await, "NOT_FOUND");
        assert_eq!(code(CANCEL, &id).await, "NOT_FOUND");
    }
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn a_cancelled_fetch_stops_and_resumes(app: TestApp) {
    app.add_followers(3_000).await;
    // 30 calls, 4 at a time: long enough to be stopped in the middle.
    slow_down(&app, DETAILS, Duration::from_millis(900)).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let running = app.wait_for_job(&account, |job| job["done"].as_i64() > Some(0)).await;
    let cancel = app.data(CANCEL, json!({ "id": running["id"] })).await;
    assert_eq!(cancel["cancelJob"]["job"], json!({ "state": "RUNNING", "isCancelRequested": true }));
    let cancelled = app.wait_until_idle(&account).await;
    assert_eq!((&cancelled["state"], &cancelled["lastError"]), (&json!("CANCELLED"), &Value::Null), "{cancelled}");
    let done = cancelled["done"].as_i64().unwrap();
    assert!((1_000..3_000).contains(&done), "{cancelled}");
    assert_eq!(app.get(&format!("/{account}/group")).await["data"]["total"], done, "what was written counts");

    app.control(Method::DELETE, "/faults", Value::Null).await;
    let retried_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    app.data(RETRY, json!({ "id": running["id"] })).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!((&job["state"], &job["done"]), (&json!("SUCCEEDED"), &json!(3_000)), "{job}");
    let calls = app.control(Method::GET, &format!("/calls?path={DETAILS}"), Value::Null).await;
    let since = calls.as_array().unwrap().iter().filter(|call| u128::from(call["at"].as_u64().unwrap()) >= retried_at);
    assert_eq!(since.count() as i64, (3_000 - done) / 100, "nobody who was written is asked about again");
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn a_fetch_cancelled_before_its_attempt_fails_stays_cancelled(app: TestApp) {
    app.add_followers(20).await;
    app.fault(json!({ "path": LIST, "times": 1, "delay_ms": 700, "errcode": 45009 })).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let running = app.wait_for_job(&account, |job| job["state"] == "RUNNING").await;
    app.data(CANCEL, json!({ "id": running["id"] })).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!(job["state"], "CANCELLED", "somebody wanted it to stop: {job}");
}

async fn a_waiting_fetch_is_cancelled_at_once(app: TestApp) {
    app.add_followers(20).await;
    app.fault(json!({ "path": LIST, "times": 9, "errcode": 45009 })).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let waiting = app.wait_for_job(&account, |job| job["failures"] == 1).await;
    let cancelled = app.data(CANCEL, json!({ "id": waiting["id"] })).await;
    assert_eq!(cancelled["cancelJob"]["job"], json!({ "state": "CANCELLED", "isCancelRequested": false }));
    // The documented route may start another one, since nothing was fetched.
    app.control(Method::DELETE, "/faults", Value::Null).await;
    assert_eq!(app.get(&format!("/{account}/user/fetch")).await, ok());
    assert_eq!(app.wait_until_idle(&account).await["state"], "SUCCEEDED");
    app.assert_mirrors_wechat(&account, APP_ID).await;
}
