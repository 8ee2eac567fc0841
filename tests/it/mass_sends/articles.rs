//! Taking articles back at WeChat.

use serde_json::{Value, json};

use super::{advance, at_wechat, bind, code, comes_to, create, news, profile, send, send_text, shown, step_in};
use crate::support::TestApp;

on_every_database!(
    the_articles_of_a_send_are_deleted_at_wechat,
    what_cannot_be_taken_back_is_refused,
    a_deletion_that_got_halfway_is_taken_up_again,
);

const DELETE: &str = "/cgi-bin/message/mass/delete";
const MUTATION: &str = "deleteMassSendAtWechat";

async fn the_articles_of_a_send_are_deleted_at_wechat(app: TestApp) {
    let account = bind(&app, 3).await;
    let news = news(&app, &account, "春茶").await;
    let id = send(&app, &account, "-1", ("mpnews", &news)).await;
    let before = comes_to(&app, &account, &id, "FINISHED").await;
    let response = step_in(&app, MUTATION, &account, &id).await;
    let deleted = &response["data"][MUTATION]["massSend"];
    assert!(deleted["deletedAt"].is_string(), "{response}");
    assert_eq!((&deleted["state"], &at_wechat(&app).await[0]["state"]), (&json!("FINISHED"), &json!("deleted")));
    let mut after = shown(&app, &account, &id).await;
    after["deletedAt"] = Value::Null;
    assert_eq!(after, before, "what became of it stays");
    // Twice is once.
    let response = step_in(&app, MUTATION, &account, &id).await;
    assert!(response["errors"].is_null(), "{response}");
    assert_eq!(app.get(&format!("/{account}/news/{news}")).await["code"], 200, "the news itself stays here");
}

async fn what_cannot_be_taken_back_is_refused(app: TestApp) {
    let account = bind(&app, 3).await;
    let text = send_text(&app, &account, "a").await;
    comes_to(&app, &account, &text, "FINISHED").await;
    let response = step_in(&app, MUTATION, &account, &text).await;
    assert_eq!((code(&response), &response["errors"][0]["extensions"]["field"]), ("BAD_USER_INPUT", &json!("id")));
    let news = news(&app, &account, "a").await;
    let at = (chrono::Utc::now() + chrono::TimeDelta::minutes(5)).to_rfc3339();
    let waiting = create(&app, &account, json!({ "type": "NEWS", "materialId": news, "scheduledAt": at })).await;
    super::wait_until(&app, &account, &waiting, |shown| shown["preparedAt"].is_string()).await;
    assert_eq!(code(&step_in(&app, MUTATION, &account, &waiting).await), "CONFLICT");
    profile(&app, json!({ "mass_finish": "manual" })).await;
    advance(&app, &account, "mass_send_chunk").await;
    let sent = comes_to(&app, &account, &waiting, "SENT").await;
    assert_eq!(code(&step_in(&app, MUTATION, &account, &waiting).await), "CONFLICT", "WeChat is still at it");
    super::finish_at_wechat(&app, &sent["chunks"][0]["wechatMsgId"], json!({})).await;
    let cancelled = create(&app, &account, json!({ "type": "NEWS", "materialId": news, "scheduledAt": at })).await;
    step_in(&app, "cancelMassSend", &account, &cancelled).await;
    assert_eq!(code(&step_in(&app, MUTATION, &account, &cancelled).await), "CONFLICT", "nothing of it was sent");
    assert_eq!(app.calls(DELETE).await, 0);
}

async fn a_deletion_that_got_halfway_is_taken_up_again(app: TestApp) {
    let account = bind(&app, 3).await;
    let news = news(&app, &account, "a").await;
    let id = send(&app, &account, "-1", ("mpnews", &news)).await;
    comes_to(&app, &account, &id, "FINISHED").await;
    app.fault(json!({ "path": DELETE, "errcode": 45009 })).await;
    let response = step_in(&app, MUTATION, &account, &id).await;
    assert_eq!(code(&response), "RATE_LIMITED", "{response}");
    assert_eq!(response["errors"][0]["extensions"]["errcode"], 45009, "{response}");
    assert_eq!(shown(&app, &account, &id).await["deletedAt"], Value::Null);
    // Done, and the answer lost every time.
    app.fault(json!({ "path": DELETE, "drop": true, "executes": true, "times": 10 })).await;
    let response = step_in(&app, MUTATION, &account, &id).await;
    assert!(response["data"][MUTATION]["massSend"]["deletedAt"].is_string(), "{response}");
    assert_eq!(at_wechat(&app).await[0]["state"], "deleted");
}
