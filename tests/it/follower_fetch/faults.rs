//! What goes wrong on the way to WeChat, and that the followers are all there in the end.

use reqwest::Method;
use serde_json::{Value, json};

use super::{BLACKLIST, DETAILS, LIST, TAGS};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    a_single_fault_stays_below_the_job,
    a_lasting_fault_ends_the_attempt_but_not_the_job,
    a_fault_after_the_last_follower_is_forgotten_too,
    a_token_that_dies_on_the_way_is_replaced,
    everything_at_once_loses_nobody,
    a_follower_whom_wechat_refuses_does_not_lose_the_others,
    a_page_that_wechat_refuses_fails_the_job,
);

/// Every endpoint that a fetch calls.
const ENDPOINTS: [&str; 4] = [LIST, DETAILS, TAGS, BLACKLIST];

fn on(path: &str, times: u32, fault: &Value) -> Value {
    let mut fault = fault.clone();
    fault["path"] = json!(path);
    fault["times"] = json!(times);
    fault
}

/// Faults that pass: one of each kind that has nothing to do with tokens.
fn passing() -> [Value; 5] {
    [
        json!({ "errcode": -1 }),
        json!({ "drop": true }),
        json!({ "garbage": true }),
        json!({ "status": 502 }),
        json!({ "delay_ms": 150 }),
    ]
}

async fn a_single_fault_stays_below_the_job(app: TestApp) {
    let account = app.bind(250).await;
    // A token is refused once: WeChat forces no second new one so soon after the first.
    let token = (vec![LIST], json!({ "errcode": 40001 }));
    for (paths, fault) in passing().map(|fault| (ENDPOINTS.to_vec(), fault)).into_iter().chain([token]) {
        for path in paths {
            app.fault(on(path, 1, &fault)).await;
        }
        let job = app.fetch_again(&account).await;
        assert_eq!((&job["state"], &job["lastError"]), (&json!("SUCCEEDED"), &Value::Null), "{fault} {job}");
        assert_eq!((&job["failures"], &job["done"]), (&json!(0), &json!(250)), "{fault}");
        let left = app.control(Method::GET, "/faults", Value::Null).await;
        assert_eq!(left, json!([]), "every fault has struck");
    }
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn a_lasting_fault_ends_the_attempt_but_not_the_job(app: TestApp) {
    let account = app.bind(250).await;
    // More often than the client tries, also with the three calls for details at the same time.
    for (path, fault, words) in [
        (TAGS, json!({ "errcode": -1 }), "-1"),
        (BLACKLIST, json!({ "garbage": true }), "unreadable"),
        (LIST, json!({ "errcode": 45009 }), "45009"),
        (LIST, json!({ "errcode": 45011 }), "45011"),
        (DETAILS, json!({ "garbage": true }), "unreadable"),
        (DETAILS, json!({ "status": 502 }), "502"),
        (DETAILS, json!({ "errcode": 40001 }), "40001"),
        (BLACKLIST, json!({ "drop": true }), "broke"),
    ] {
        app.fault(on(path, 1_000, &fault)).await;
        app.get(&format!("/{account}/user/fetch?force=1")).await;
        let waits = app.wait_for_job(&account, |job| job["failures"] != 0).await;
        assert_eq!(waits["state"], "QUEUED", "{path} {fault} {waits}");
        let error = waits["lastError"].as_str().unwrap();
        assert!(error.contains(path) && error.contains(words), "{path} {fault}: {error}");
        app.control(Method::DELETE, "/faults", Value::Null).await;
        if words == "45011" {
            // WeChat wants a minute, which the job would wait and a test would not.
            let retry = "mutation ($id: ID!) { retryJob(input: { id: $id }) { job { id } } }";
            app.data(retry, json!({ "id": waits["id"] })).await;
        }
        // Its own pause, not cut short: the second attempt comes by itself.
        let job = app.wait_until_idle(&account).await;
        assert_eq!((&job["state"], &job["done"], &job["failures"]), (&json!("SUCCEEDED"), &json!(250), &json!(0)));
        assert_eq!(job["lastError"], error, "it still tells what happened");
        assert_eq!(job["id"], waits["id"]);
    }
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn a_fault_after_the_last_follower_is_forgotten_too(app: TestApp) {
    app.add_followers(150).await;
    // The page that says that there are no more.
    let mut fault = on(LIST, 3, &json!({ "errcode": -1 }));
    fault["after"] = json!(1);
    app.fault(fault).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!((&job["state"], &job["done"]), (&json!("SUCCEEDED"), &json!(150)), "{job}");
    assert!(job["lastError"].as_str().unwrap().contains(LIST), "{job}");
    assert_eq!(job["failures"], 0, "a job that succeeded has no failures in a row: {job}");
    assert_eq!(app.calls(DETAILS).await, 2);
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn a_token_that_dies_on_the_way_is_replaced(app: TestApp) {
    let account = app.bind(3_000).await;
    for action in ["revoke", "expire"] {
        super::slow_down(&app, DETAILS, std::time::Duration::from_millis(60)).await;
        let before = app.calls(DETAILS).await;
        app.get(&format!("/{account}/user/fetch?force=1")).await;
        app.wait_for_calls(DETAILS, before + 6).await;
        app.control(Method::POST, &format!("/{APP_ID}/token"), json!({ "action": action })).await;
        let job = app.wait_until_idle(&account).await;
        assert_eq!((&job["state"], &job["lastError"]), (&json!("SUCCEEDED"), &Value::Null), "{action} {job}");
        let calls = app.calls(DETAILS).await - before;
        assert!((31..=34).contains(&calls), "{action}: only calls under way are repeated, not {calls}");
        app.control(Method::DELETE, "/faults", Value::Null).await;
    }
    // The first one, and one for each that died: four calls at a time share the new one.
    let renewed = app.calls("/cgi-bin/stable_token").await;
    assert_eq!(renewed, 3);
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn everything_at_once_loses_nobody(app: TestApp) {
    app.add_followers(1_500).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    app.tag(APP_ID, "a", &openids[..60]).await;
    app.blacklist(APP_ID, &openids[50..70]).await;
    let refusals = [40001, 42001, 45009, 45011].map(|errcode| json!({ "errcode": errcode }));
    for fault in passing().iter().chain(&refusals) {
        for path in ENDPOINTS {
            // The calls of a page share the faults: some pass, some fail for good.
            let times = if path == DETAILS { 5 } else { 2 };
            app.fault(on(path, times, fault)).await;
        }
    }
    let account = app.bind_app("gh_1", APP_ID).await;
    let job = app.hurry(&account).await;
    assert_eq!(
        (&job["state"], &job["done"], &job["failures"]),
        (&json!("SUCCEEDED"), &json!(1_500), &json!(0)),
        "{job}"
    );
    assert!(job["lastError"].is_string(), "{job}");
    assert_eq!(job["skipped"], 0);
    assert_eq!(app.assert_mirrors_wechat(&account, APP_ID).await.all.len(), 1_480);
}

async fn a_follower_whom_wechat_refuses_does_not_lose_the_others(app: TestApp) {
    app.add_followers(100).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    app.tag(APP_ID, "a", &openids[1..]).await;
    // One of 100 is refused: the calls with 100, 50, 25, 12, 6, 3 and 1 openids that hold it.
    app.fault(json!({ "path": DETAILS, "times": 7, "errcode": 40003 })).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!((&job["state"], &job["done"], &job["skipped"]), (&json!("SUCCEEDED"), &json!(100), &json!(1)), "{job}");
    assert_eq!(app.calls(DETAILS).await, 13, "halves, not one by one");
    // It is on WeChat's list, so it follows; nothing else is known of it.
    let lists = app.assert_mirrors_wechat(&account, APP_ID).await;
    assert_eq!(lists.groups["0"].1.first(), Some(&openids[0]));
    let follower = app.get(&format!("/{account}/user/{}", openids[0])).await;
    assert_eq!(follower["data"]["subscribed"], true, "{follower}");

    // With the next fetch WeChat tells about everybody, and nobody is refused any more.
    app.tag_more(APP_ID, 100, &openids[..1]).await;
    let job = app.fetch_again(&account).await;
    assert_eq!((&job["state"], &job["skipped"]), (&json!("SUCCEEDED"), &json!(0)), "{job}");
    app.assert_mirrors_wechat(&account, APP_ID).await;

    // Refusing all of them takes away nothing that is known.
    app.change_follower(APP_ID, &openids[5], json!({ "remark": "记得" })).await;
    app.fetch_again(&account).await;
    let before = app.lists(&account).await;
    app.fault(json!({ "path": DETAILS, "times": 1_000, "errcode": 40003 })).await;
    let job = app.fetch_again(&account).await;
    assert_eq!((&job["state"], &job["skipped"]), (&json!("SUCCEEDED"), &json!(100)), "{job}");
    assert_eq!(app.lists(&account).await, before);
    let follower = app.get(&format!("/{account}/user/{}", openids[5])).await;
    assert_eq!(follower["data"]["remark"], "记得");
}

async fn a_page_that_wechat_refuses_fails_the_job(app: TestApp) {
    app.add_followers(20).await;
    app.fault(json!({ "path": LIST, "times": 1, "errcode": 40003 })).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!(job["state"], "FAILED", "{job}");
    assert!(job["lastError"].as_str().unwrap().contains("40003"), "{job}");
    assert_eq!(app.calls(LIST).await, 1, "what is refused for good is not asked again");
    assert_eq!(app.get(&format!("/{account}/user/fetch")).await, super::ok());
    assert_eq!(app.wait_until_idle(&account).await["state"], "SUCCEEDED");
    app.assert_mirrors_wechat(&account, APP_ID).await;
}
