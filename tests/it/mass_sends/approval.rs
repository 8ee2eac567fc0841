//! Mass sends that the account's administrator has to confirm in WeChat.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    SEND, advance, at_wechat, bind, code, comes_to, counts, pass_at_wechat, profile, received, says, send_text, status,
    step_in,
};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    a_confirmation_that_nobody_tells_of,
    a_confirmation_that_is_told_of,
    who_refuses_or_is_silent_ends_the_send,
    who_refuses_or_is_silent_ends_an_announced_send,
);

/// The administrator decides about the newest send.
async fn decide(app: &TestApp, accept: bool) {
    let newest = at_wechat(app).await.pop().unwrap();
    assert_eq!(newest["state"], "waiting", "{newest}");
    let path = format!("/{APP_ID}/mass/{}/confirm", newest["msg_id"]);
    app.control(Method::POST, &path, json!({ "accept": accept })).await;
}

/// More than the half of an hour that the administrator has.
const TOO_LONG: i64 = 31 * 60;

async fn a_confirmation_that_nobody_tells_of(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app, json!({ "mass_confirmation": "silent" })).await;
    let id = send_text(&app, &account, "a").await;
    comes_to(&app, &account, &id, "SENT").await;
    assert!(received(&app, "mass").await.is_empty());
    assert_eq!(status(&app, &account, &id).await, says("sending", [None; 4]));
    decide(&app, true).await;
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!((counts(&done), received(&app, "mass").await.len()), ([Some(3), Some(3), Some(3), Some(0)], 3));
}

async fn a_confirmation_that_is_told_of(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app, json!({ "mass_confirmation": "announced" })).await;
    let id = send_text(&app, &account, "a").await;
    let waiting = comes_to(&app, &account, &id, "AWAITING_APPROVAL").await;
    let chunk = &waiting["chunks"][0];
    assert_eq!((&chunk["state"], &chunk["wechatMsgId"]), (&json!("AWAITING_APPROVAL"), &Value::Null));
    assert!(chunk["error"].as_str().unwrap().contains("administrator"), "{chunk}");
    assert_eq!((&waiting["finishedAt"], status(&app, &account, &id).await), (&Value::Null, says("sending", [None; 4])));
    assert_eq!(code(&step_in(&app, "cancelMassSend", &account, &id).await), "CONFLICT");
    assert_eq!(code(&step_in(&app, "retryMassSend", &account, &id).await), "CONFLICT");
    // It is asked again in a minute, and again, until the administrator has decided.
    for asked in 2..4 {
        advance(&app, &account, "mass_send_report").await;
        app.wait_for_calls(SEND, asked).await;
        app.wait_for_job_of(&account, "mass_send_chunk", |job| job["state"] == "SUCCEEDED").await;
        comes_to(&app, &account, &id, "AWAITING_APPROVAL").await;
    }
    assert!(received(&app, "mass").await.is_empty());
    decide(&app, true).await;
    advance(&app, &account, "mass_send_report").await;
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!((counts(&done), &done["chunks"][0]["error"]), ([Some(3), Some(3), Some(3), Some(0)], &Value::Null));
    let sends = at_wechat(&app).await;
    assert_eq!((sends.len(), &sends[0]["msg_id"]), (1, &done["chunks"][0]["wechatMsgId"]));
    assert_eq!((received(&app, "mass").await.len(), app.calls(SEND).await), (3, 4));
}

async fn who_refuses_or_is_silent_ends_the_send(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app, json!({ "mass_confirmation": "silent" })).await;
    let refused = send_text(&app, &account, "a").await;
    comes_to(&app, &account, &refused, "SENT").await;
    decide(&app, false).await;
    let failed = comes_to(&app, &account, &refused, "FAILED").await;
    assert!(failed["chunks"][0]["error"].as_str().unwrap().contains("administrator refused"), "{failed:#}");
    assert!(status(&app, &account, &refused).await.contains(r#""status":"err(40001)""#));
    let overdue = send_text(&app, &account, "b").await;
    comes_to(&app, &account, &overdue, "SENT").await;
    pass_at_wechat(&app, TOO_LONG).await;
    let failed = comes_to(&app, &account, &overdue, "FAILED").await;
    assert!(failed["chunks"][0]["error"].as_str().unwrap().contains("30 minutes"), "{failed:#}");
    assert!(status(&app, &account, &overdue).await.contains(r#""status":"err(40002)""#));
    assert!(received(&app, "mass").await.is_empty());
}

async fn who_refuses_or_is_silent_ends_an_announced_send(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app, json!({ "mass_confirmation": "announced" })).await;
    for word in ["err(40001)", "err(40002)"] {
        let id = send_text(&app, &account, word).await;
        comes_to(&app, &account, &id, "AWAITING_APPROVAL").await;
        if word == "err(40001)" {
            decide(&app, false).await
        } else {
            pass_at_wechat(&app, TOO_LONG).await
        }
        // The event may still be on its way when it is asked.
        advance(&app, &account, "mass_send_report").await;
        let failed = comes_to(&app, &account, &id, "FAILED").await;
        assert_eq!(failed["chunks"][0]["status"], word, "{failed:#}");
        assert!(failed["chunks"][0]["error"].as_str().unwrap().contains("administrator"), "{failed:#}");
    }
    assert!(received(&app, "mass").await.is_empty());
    assert_eq!(at_wechat(&app).await.len(), 2);
}
