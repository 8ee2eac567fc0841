//! The fetch that filling in the credentials starts.

use reqwest::Method;
use serde_json::{Value, json};

use super::{OK, create, names, refused, state};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::wechat::RETRY;

on_every_database!(
    filling_in_the_credentials_fetches_the_menu,
    a_first_fetch_that_failed_is_tried_again,
    it_gives_way_to_whoever_makes_buttons,
    a_fetch_by_hand_waits_for_it_or_replaces_it,
    another_app_is_another_menu,
    an_account_that_is_not_verified_has_a_menu_too,
);

const GET: &str = "/cgi-bin/menu/get";
const OTHER_APP_ID: &str = "wxfedcba9876543210";

fn has_ended(job: &Value) -> bool {
    !matches!(job["state"].as_str(), Some("QUEUED" | "RUNNING"))
}

async fn make(app: &TestApp, app_id: &str, name: &str) {
    let button = json!({ "type": "click", "name": name, "key": "K" });
    app.wechat(app_id, "/menu/create", json!({ "button": [button] })).await;
}

async fn filling_in_the_credentials_fetches_the_menu(app: TestApp) {
    make(&app, APP_ID, "歌").await;
    let account = app.bind(0).await;
    assert_eq!(names(&app, &account).await, json!(["歌"]));
    assert_eq!(state(&app, &account).await, (json!(true), true, true));
    let job = app.wait_for_job_of(&account, "menu_fetch", has_ended).await;
    assert_eq!(job["state"], "SUCCEEDED", "{job}");
    // The same credentials again fetch nothing again.
    app.bind_app("gh_0123456789ab", APP_ID).await;
    app.wait_for_all_jobs(&account).await;
    assert_eq!(app.calls(GET).await, 1);
}

async fn an_account_that_is_not_verified_has_a_menu_too(app: TestApp) {
    make(&app, APP_ID, "歌").await;
    app.control(Method::PUT, &format!("/{APP_ID}/profile"), json!({ "verified": false })).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    app.wait_for_job_of(&account, "menu_fetch", |job| job["state"] == "SUCCEEDED").await;
    assert_eq!(names(&app, &account).await, json!(["歌"]));
}

async fn a_first_fetch_that_failed_is_tried_again(app: TestApp) {
    make(&app, APP_ID, "歌").await;
    app.fault(json!({ "path": GET, "times": 3, "errcode": -1 })).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let waiting = app.wait_for_job_of(&account, "menu_fetch", |job| job["failures"] == 1).await;
    assert!(waiting["lastError"].as_str().unwrap().contains(GET), "{waiting}");
    assert_eq!(names(&app, &account).await, json!([]));
    app.graphql(RETRY, json!({ "id": waiting["id"] })).await;
    app.wait_for_all_jobs(&account).await;
    assert_eq!(names(&app, &account).await, json!(["歌"]));
}

async fn it_gives_way_to_whoever_makes_buttons(app: TestApp) {
    make(&app, APP_ID, "歌").await;
    // Asked for both menus, the second answer takes its time.
    app.fault(json!({ "path": GET, "errcode": 46003 })).await;
    app.fault(json!({ "path": "/cgi-bin/get_current_selfmenu_info", "delay_ms": 1_500 })).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    app.wait_for_calls(GET, 1).await;
    create(&app, &account, "0", "a").await;
    let job = app.wait_for_job_of(&account, "menu_fetch", has_ended).await;
    assert_eq!(job["state"], "SUCCEEDED", "{job}");
    assert_eq!(names(&app, &account).await, json!(["a"]));
    assert_eq!(state(&app, &account).await, (Value::Null, false, false));
}

async fn a_fetch_by_hand_waits_for_it_or_replaces_it(app: TestApp) {
    make(&app, APP_ID, "歌").await;
    app.fault(json!({ "path": GET, "times": 3, "errcode": -1 })).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let path = format!("/{account}/menu/fetch");
    assert_eq!(refused(&app.get(&path).await, 400), "menu info has already been fetched");
    app.wait_for_job_of(&account, "menu_fetch", |job| job["failures"] == 1 && job["state"] == "QUEUED").await;
    assert_eq!(app.get(&format!("{path}?force=1")).await.to_string(), OK);
    assert_eq!(names(&app, &account).await, json!(["歌"]));
    let job = app.wait_for_job_of(&account, "menu_fetch", has_ended).await;
    assert_eq!(job["state"], "CANCELLED", "its work is done: {job}");
}

async fn another_app_is_another_menu(app: TestApp) {
    make(&app, OTHER_APP_ID, "别").await;
    let account = app.bind(0).await;
    let fillin = |app_id: &str| json!({ "id": account, "app_id": app_id, "app_secret": "sandbox" });
    // Nothing was fetched and nothing made: the other app's menu is fetched by itself.
    assert_eq!(app.post("/bind/fillin", fillin(OTHER_APP_ID)).await.to_string(), OK);
    app.wait_for_all_jobs(&account).await;
    assert_eq!(names(&app, &account).await, json!(["别"]));
    // Buttons that are here stay, and nobody knows what the first app shows.
    assert_eq!(app.post("/bind/fillin", fillin(APP_ID)).await.to_string(), OK);
    app.wait_for_all_jobs(&account).await;
    assert_eq!(names(&app, &account).await, json!(["别"]));
    assert_eq!(state(&app, &account).await, (Value::Null, false, false));
    assert_eq!(app.json(app.rest(Method::POST, &format!("/{account}/menu/publish"))).await.to_string(), OK);
    assert_eq!(state(&app, &account).await, (json!(true), true, false));
}
