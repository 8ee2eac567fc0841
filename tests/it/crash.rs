//! The program as a process: dying in the middle of its work, stopping when it is asked to, starting again.

mod commands;
mod settings;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::follower_fetch::{DETAILS, slow_down};
use crate::support::app::APP_ID;
use crate::support::process::Process;
use crate::support::{Backend, TestApp};

/// What the line that says "ready" begins with.
const SERVES: &str = "Odaesan serves ";

/// Followers of the account that is being fetched, and the calls for details that they need.
const FOLLOWERS: u64 = 3_000;
const CALLS: u64 = 30;

/// Calls whose answers may be lost with a worker: what a transaction collects (1,000 followers), and twice the four
/// calls at a time, under way or waiting to be collected.
const LOST: u64 = 10 + 8;

/// How long a dead worker's lease lasts, and some time to get at it.
const LEASE: Duration = Duration::from_secs(15);

/// A process that serves this test's database and simulator, which `app` asks from now on.
async fn serve(app: &mut TestApp) -> Process {
    let mut process = Process::serve(&app.serve_flags());
    app.url = process.address(SERVES).await;
    process
}

/// Binds an account, and waits until its fetch is in the middle: some followers are written, others are not.
async fn fetch_half(app: &TestApp) -> String {
    app.add_followers(FOLLOWERS).await;
    slow_down(app, DETAILS, Duration::from_millis(600)).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let job = app.wait_for_job(&account, |job| job["done"].as_i64() > Some(0)).await;
    assert_eq!(job["state"], "RUNNING", "{job}");
    assert!(job["done"].as_u64().unwrap() < FOLLOWERS, "the fetch was over before it could be disturbed: {job}");
    account
}

async fn full_speed(app: &TestApp) {
    app.control(Method::DELETE, "/faults", Value::Null).await;
}

async fn assert_everybody_was_fetched_once(app: &TestApp, account: &str) {
    let job = app.wait_until_idle(account).await;
    assert_eq!(
        (&job["state"], &job["done"], &job["failures"]),
        (&json!("SUCCEEDED"), &json!(FOLLOWERS), &json!(0)),
        "{job}"
    );
    let calls = app.calls(DETAILS).await;
    assert!((CALLS..=CALLS + LOST).contains(&calls), "{calls} calls for details: it resumes, and does not start again");
    assert_eq!(app.assert_mirrors_wechat(account, APP_ID).await.all.len() as u64, FOLLOWERS);
}

with_processes!(a_killed_fetch_is_resumed, a_stopped_fetch_is_handed_back);

async fn a_killed_fetch_is_resumed(mut app: TestApp) {
    let process = serve(&mut app).await;
    let account = fetch_half(&app).await;
    process.kill();
    full_speed(&app).await;

    let _process = serve(&mut app).await;
    let job = app.wait_for_job(&account, |_| true).await;
    assert!(job["done"].as_u64().unwrap() >= 1_000, "what was written is still there: {job}");
    assert_everybody_was_fetched_once(&app, &account).await;
}

async fn a_stopped_fetch_is_handed_back(mut app: TestApp) {
    let process = serve(&mut app).await;
    let account = fetch_half(&app).await;
    // Far more than the grace: whoever waited for WeChat would be cut off.
    full_speed(&app).await;
    slow_down(&app, DETAILS, Duration::from_secs(60)).await;
    let (code, took) = process.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "nothing of this is worth waiting for: {took:?}");
    full_speed(&app).await;

    let started = Instant::now();
    let _process = serve(&mut app).await;
    let job = app.wait_until_idle(&account).await;
    assert!(started.elapsed() < LEASE / 2, "handed back, and not left until the lease ran out");
    assert_eq!(job["lastError"], Value::Null, "being stopped is no failure: {job}");
    assert_everybody_was_fetched_once(&app, &account).await;
}

#[tokio::test]
async fn another_replica_takes_over() {
    let Some(mut app) = TestApp::without_service(Backend::Postgres).await else { return };
    let first = serve(&mut app).await;
    let account = fetch_half(&app).await;
    // The second one has started when the first one dies, and finds the job by itself.
    let first_url = app.url.clone();
    let _second = serve(&mut app).await;
    assert_ne!(app.url, first_url);
    let job = app.wait_for_job(&account, |_| true).await;
    assert_eq!(job["state"], "RUNNING", "{job}");
    first.kill();
    let died = Instant::now();
    full_speed(&app).await;
    app.wait_until_idle(&account).await;
    assert!(died.elapsed() < LEASE + Duration::from_secs(8), "{:?} after the death", died.elapsed());
    assert_everybody_was_fetched_once(&app, &account).await;
}

#[tokio::test]
async fn two_replicas_do_the_work_once() {
    const OTHER: &str = "wxfedcba9876543210";
    let Some(mut app) = TestApp::without_service(Backend::Postgres).await else { return };
    let _first = serve(&mut app).await;
    let first_url = app.url.clone();
    let _second = serve(&mut app).await;
    app.add_followers(1_000).await;
    app.control(Method::POST, &format!("/{OTHER}/followers"), json!({ "count": 1_000 })).await;
    let one = app.bind_app("gh_1", APP_ID).await;
    app.url = first_url;
    let two = app.bind_app("gh_2", OTHER).await;
    for (account, app_id) in [(&one, APP_ID), (&two, OTHER)] {
        let job = app.wait_until_idle(account).await;
        assert_eq!((&job["state"], &job["failures"]), (&json!("SUCCEEDED"), &json!(0)), "{job}");
        assert_eq!(app.assert_mirrors_wechat(account, app_id).await.all.len(), 1_000);
    }
    assert_eq!(app.calls(DETAILS).await, 20);
}

#[tokio::test]
async fn an_idle_service_stops_at_once() {
    let mut app = TestApp::without_service(Backend::Sqlite).await.unwrap();
    let process = serve(&mut app).await;
    // Connections that wait for nothing, of a browser for example, do not hold it up.
    assert_eq!(app.http.get(format!("{}/readyz", app.url)).send().await.unwrap().status(), 200);
    let (code, took) = process.terminate().await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(app.http.get(format!("{}/readyz", app.url)).send().await.is_err(), "nobody listens any more");
}
