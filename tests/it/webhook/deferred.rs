//! Replies whose picture is not at WeChat when they are due.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::process::Process;
use crate::support::uploads::File;
use crate::support::wechat::{CANCEL, RETRY};

on_every_database!(
    a_late_reply_goes_out_by_itself,
    a_reply_that_is_ready_in_time_is_the_answer,
    what_wechat_refuses_is_shown,
    an_unclear_outcome_is_not_repeated,
    repetitions_wait_for_the_first,
    a_reply_that_failed_can_be_tried_again,
    a_reply_that_is_cancelled_is_shown_as_failed,
);

mod killed {
    with_processes!(a_reply_that_was_being_sent_is_not_sent_again);

    use super::a_reply_that_was_being_sent_is_not_sent_again;
}

const UPLOAD: &str = "/cgi-bin/media/upload";
const SEND: &str = "/cgi-bin/message/custom/send";

/// An account whose default reply is a picture that takes so long to go to WeChat. Returns it and a follower.
async fn slow_picture(app: &TestApp, delay_ms: u64) -> (String, String) {
    let account = app.bind(1).await;
    app.connect_webhook(&account, "plain").await;
    app.fault(json!({ "path": UPLOAD, "times": 1_000, "delay_ms": delay_ms })).await;
    let image = app.upload(&format!("/{account}/image"), File::image("慢.jpg")).await;
    let image = image["data"]["id"].as_str().unwrap().to_owned();
    app.reply_with(&account, "__default", &[], ("image", &image)).await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    (account, openid)
}

/// How many customer-service messages somebody received.
async fn received(app: &TestApp) -> usize {
    let messages = app.control(Method::GET, &format!("/{APP_ID}/messages"), Value::Null).await;
    messages.as_array().unwrap().iter().filter(|message| message["kind"] == "custom").count()
}

/// The automatic reply to the newest message, once it stands where it stays.
async fn settled(app: &TestApp, account: &str) -> Value {
    reply_once(app, account, |state| !matches!(state, "PENDING" | "DEFERRED")).await
}

async fn reply_once(app: &TestApp, account: &str, is: impl Fn(&str) -> bool) -> Value {
    let query =
        "query ($id: ID!) { account(id: $id) { messages(first: 1) { nodes { reply { state error repliedAt } } } } }";
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let mut data = app.data(query, json!({ "id": account })).await;
        let reply = data["account"]["messages"]["nodes"][0]["reply"].take();
        if is(reply["state"].as_str().unwrap()) {
            return reply;
        }
        assert!(Instant::now() < deadline, "{reply}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_late_reply_goes_out_by_itself(app: TestApp) {
    let (account, openid) = slow_picture(&app, 8_000).await;
    let answer = app.push(&openid, json!({ "type": "text", "content": "?" })).await;
    assert_eq!((&answer["status"], &answer["body"]), (&json!(200), &json!("success")));
    assert!(answer["ms"].as_f64().unwrap() < 5_000.0, "before WeChat loses its patience: {answer:#}");
    app.heal().await;
    assert_eq!(settled(&app, &account).await["state"], "SENT");
    assert_eq!((received(&app).await, app.calls(SEND).await), (1, 1));
    let messages = app.control(Method::GET, &format!("/{APP_ID}/messages?openid={openid}"), Value::Null).await;
    assert_eq!(messages[0]["type"], "image", "{messages:#}");
    // A repetition of the delivery changes nothing.
    let id = app.stored_pushes().await[0].id.parse::<i64>().unwrap();
    let again = app.push(&openid, json!({ "type": "text", "content": "?", "msg_id": id })).await;
    assert_eq!(again["body"], "success");
    assert_eq!(received(&app).await, 1);
}

async fn a_reply_that_is_ready_in_time_is_the_answer(app: TestApp) {
    let (account, openid) = slow_picture(&app, 500).await;
    let answer = app.push(&openid, json!({ "type": "text", "content": "?" })).await;
    assert_eq!(answer["message"]["type"], "image", "{answer:#}");
    assert_eq!(settled(&app, &account).await["state"], "ANSWERED");
    // The job comes, and finds nothing to do.
    app.heal().await;
    let job = app.wait_for_job_of(&account, "deferred_reply", |job| job["state"] == "SUCCEEDED").await;
    assert_eq!(job["failures"], 0);
    assert_eq!(app.calls(SEND).await, 0);
}

async fn what_wechat_refuses_is_shown(app: TestApp) {
    let (account, openid) = slow_picture(&app, 8_000).await;
    app.push(&openid, json!({ "type": "text", "content": "?" })).await;
    app.heal().await;
    app.fault(json!({ "path": SEND, "times": 1, "errcode": 45015 })).await;
    let reply = settled(&app, &account).await;
    assert_eq!(reply["state"], "FAILED");
    assert!(reply["error"].as_str().unwrap().contains("45015"), "{reply}");
    assert_eq!((received(&app).await, app.calls(SEND).await), (0, 1));
}

async fn an_unclear_outcome_is_not_repeated(app: TestApp) {
    let (account, openid) = slow_picture(&app, 8_000).await;
    app.push(&openid, json!({ "type": "text", "content": "?" })).await;
    app.heal().await;
    app.fault(json!({ "path": SEND, "times": 1, "drop": true })).await;
    assert_eq!(settled(&app, &account).await["state"], "UNCLEAR");
    app.wait_for_all_jobs(&account).await;
    assert_eq!(app.calls(SEND).await, 1);
}

async fn a_reply_that_failed_can_be_tried_again(app: TestApp) {
    let (account, openid) = slow_picture(&app, 8_000).await;
    app.push(&openid, json!({ "type": "text", "content": "?" })).await;
    app.heal().await;
    app.fault(json!({ "path": SEND, "times": 1, "errcode": 48001 })).await;
    assert_eq!(settled(&app, &account).await["state"], "FAILED");
    let job = app.wait_for_job_of(&account, "deferred_reply", |job| job["state"] == "FAILED").await;
    app.data(RETRY, json!({ "id": job["id"] })).await;
    reply_once(&app, &account, |state| state == "SENT").await;
    assert_eq!(received(&app).await, 1);
}

async fn a_reply_that_is_cancelled_is_shown_as_failed(app: TestApp) {
    let (account, openid) = slow_picture(&app, 8_000).await;
    app.push(&openid, json!({ "type": "text", "content": "?" })).await;
    let job = app.wait_for_job_of(&account, "deferred_reply", |_| true).await;
    app.data(CANCEL, json!({ "id": job["id"] })).await;
    let reply = settled(&app, &account).await;
    assert_eq!((&reply["state"], &reply["error"]), (&json!("FAILED"), &json!("the job was cancelled")));
    assert_eq!(received(&app).await, 0);
}

async fn repetitions_wait_for_the_first(app: TestApp) {
    let (_, openid) = slow_picture(&app, 1_000).await;
    let what = json!({ "type": "text", "content": "?", "deliveries": 3, "concurrent": true });
    let answer = app.push(&openid, what).await;
    let deliveries = answer["deliveries"].as_array().unwrap();
    assert_eq!(deliveries.len(), 3);
    for delivery in deliveries {
        assert_eq!(delivery["message"]["type"], "image", "{answer:#}");
        assert_eq!(delivery["body"], deliveries[0]["body"]);
    }
}

async fn a_reply_that_was_being_sent_is_not_sent_again(mut app: TestApp) {
    let mut process = Process::serve(&app.serve_flags());
    app.url = process.address("Odaesan serves ").await;
    let (account, openid) = slow_picture(&app, 8_000).await;
    app.push(&openid, json!({ "type": "text", "content": "?" })).await;
    app.heal().await;
    app.fault(json!({ "path": SEND, "times": 1, "delay_ms": 3_000 })).await;
    reply_once(&app, &account, |state| state == "DEFERRED").await;
    process.kill();
    let mut process = Process::serve(&app.serve_flags());
    app.url = process.address("Odaesan serves ").await;
    assert_eq!(settled(&app, &account).await["state"], "UNCLEAR");
    app.wait_for_all_jobs(&account).await;
    assert!(received(&app).await <= 1, "it is not sent again");
    process.kill();
}
