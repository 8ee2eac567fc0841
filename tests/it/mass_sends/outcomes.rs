//! How mass sends fail: in WeChat's words, with what they mean.

use serde_json::{Value, json};

use super::{
    at_wechat, bind, comes_to, counts, finish_at_wechat, profile, says, send_text, shown, status, step_in, text,
};
use crate::support::TestApp;

on_every_database!(
    a_failure_is_told_in_wechats_words,
    what_wechat_refuses_at_once_was_not_sent,
    an_event_that_names_no_send_changes_nothing,
    a_failed_preparation_says_why,
);

async fn a_failure_is_told_in_wechats_words(app: TestApp) {
    let account = bind(&app, 3).await;
    for (word, meaning) in [
        ("send fail", "could not"),
        ("err(10001)", "advertising"),
        ("err(20001)", "politics"),
        ("err(20013)", "copyright"),
        ("err(30003)", "ignoreReprint"),
        ("err(99999)", "refused"),
    ] {
        profile(&app, json!({ "mass_status": word })).await;
        let id = send_text(&app, &account, word).await;
        let failed = comes_to(&app, &account, &id, "FAILED").await;
        let chunk = &failed["chunks"][0];
        assert_eq!((&chunk["state"], &chunk["status"]), (&json!("FAILED"), &json!(word)));
        assert!(chunk["error"].as_str().unwrap().contains(meaning), "{word}: {chunk}");
        assert!(chunk["wechatMsgId"].is_i64() && failed["finishedAt"].is_string(), "{failed:#}");
        assert_eq!(counts(&failed), [Some(3), Some(3), Some(0), Some(3)], "{word}");
        assert_eq!(status(&app, &account, &id).await, says(word, counts(&failed)));
        // So it can be tried again, as a send that WeChat has not seen.
        profile(&app, json!({ "mass_status": "send success" })).await;
        step_in(&app, "retryMassSend", &account, &id).await;
        let sent = comes_to(&app, &account, &id, "FINISHED").await;
        assert_ne!(sent["chunks"][0]["clientMsgId"], chunk["clientMsgId"]);
        assert_ne!(sent["chunks"][0]["wechatMsgId"], chunk["wechatMsgId"]);
        assert_eq!(counts(&sent), [Some(3), Some(3), Some(3), Some(0)], "{word}");
    }
    assert_eq!(super::received(&app, "mass").await.len(), 3, "everybody, and nothing twice");
}

async fn what_wechat_refuses_at_once_was_not_sent(app: TestApp) {
    let account = bind(&app, 3).await;
    for (errcode, advice) in [(40007, "40007"), (48001, "verified"), (48003, "agreement"), (50002, "50002")] {
        // An unknown media id is asked for anew once.
        app.fault(json!({ "path": super::SEND, "errcode": errcode, "times": 2 })).await;
        let id = send_text(&app, &account, &errcode.to_string()).await;
        let failed = comes_to(&app, &account, &id, "FAILED").await;
        app.control(reqwest::Method::DELETE, "/faults", Value::Null).await;
        let chunk = &failed["chunks"][0];
        assert_eq!((&chunk["errcode"], &chunk["wechatMsgId"]), (&json!(errcode), &Value::Null), "{chunk}");
        assert!(chunk["error"].as_str().unwrap().contains(advice), "{errcode}: {chunk}");
        assert_eq!(status(&app, &account, &id).await, says("send fail", [Some(3), Some(3), Some(0), Some(3)]));
    }
    assert!(at_wechat(&app).await.is_empty());
}

async fn an_event_that_names_no_send_changes_nothing(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app, json!({ "mass_finish": "manual" })).await;
    let id = send_text(&app, &account, "a").await;
    let before = comes_to(&app, &account, &id, "SENT").await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    for msg_id in [1_i64, 9_007_199_254_740_993] {
        let event = json!({ "type": "event", "event": "MASSSENDJOBFINISH", "msg_id": msg_id, "status": "send fail",
            "total_count": 1, "filter_count": 1, "sent_count": 0, "error_count": 1 });
        assert_eq!(app.push(&openid, event).await["status"], 200, "{msg_id}");
    }
    assert_eq!(shown(&app, &account, &id).await, before);
    // The event of a send of somebody else's program is no business of this one's.
    let openids = app.openids(&account, "-1", 3).await;
    let body = json!({ "touser": openids, "msgtype": "text", "text": { "content": "别人" }, "clientmsgid": "x" });
    let foreign = app.wechat(crate::support::app::APP_ID, "/message/mass/send", body).await;
    finish_at_wechat(&app, &foreign["msg_id"], json!({})).await;
    assert_eq!(shown(&app, &account, &id).await, before);
    finish_at_wechat(&app, &before["chunks"][0]["wechatMsgId"], json!({})).await;
    comes_to(&app, &account, &id, "FINISHED").await;
}

async fn a_failed_preparation_says_why(app: TestApp) {
    let account = bind(&app, 3).await;
    let news = super::news(&app, &account, "a").await;
    app.wait_for_all_jobs(&account).await;
    app.fault(json!({ "path": "/cgi-bin/draft/add", "errcode": 45166 })).await;
    let id = super::send(&app, &account, "-1", ("mpnews", &news)).await;
    let failed = comes_to(&app, &account, &id, "FAILED").await;
    assert!(failed["lastError"].as_str().unwrap().contains("45166"), "{failed:#}");
    assert_eq!((&failed["chunks"][0]["state"], &failed["preparedAt"]), (&json!("FAILED"), &Value::Null));
    assert_eq!(status(&app, &account, &id).await, says("send fail", [Some(3), Some(3), Some(0), Some(3)]));
    let response = step_in(&app, "retryMassSend", &account, &id).await;
    assert!(response["errors"].is_null(), "{response}");
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!((&done["lastError"], done["preparedAt"].is_string()), (&Value::Null, true));
    // Without credentials nothing is accepted, and so nothing can fail later.
    let text = text(&app, &account, "a").await;
    let other = app.bind_only("gh_other").await;
    let response = super::ask_to_send(&app, &other, json!({ "type": "TEXT", "materialId": text })).await;
    assert_eq!(super::code(&response), "BAD_USER_INPUT");
}
