//! The life of a mass send, as both doors show it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    SEND, advance, at_wechat, bind, comes_to, counts, create, finish_at_wechat, news, profile, says, send_text, status,
    wait_until,
};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    a_life_from_beginning_to_end,
    many_followers_make_several_chunks_whose_counts_add_up,
    an_event_that_comes_before_the_answer_is_not_lost,
    an_end_without_an_event_is_found_by_asking,
);

async fn a_life_from_beginning_to_end(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app, json!({ "mass_finish": "manual" })).await;
    let news = news(&app, &account, "春茶").await;
    app.wait_for_all_jobs(&account).await;
    let at = (chrono::Utc::now() + chrono::TimeDelta::minutes(30)).to_rfc3339();
    let id = create(&app, &account, json!({ "type": "NEWS", "materialId": news, "scheduledAt": at })).await;
    let times = |shown: &Value| {
        let of = |name: &str| shown[name].is_string();
        let chunk = &shown["chunks"][0];
        (of("preparedAt"), chunk["submittedAt"].is_string(), chunk["sentAt"].is_string(), of("finishedAt"))
    };
    let chunk = |shown: &Value| shown["chunks"][0]["state"].as_str().unwrap().to_owned();
    let is = async |state: &str| {
        let shown = comes_to(&app, &account, &id, state).await;
        assert_eq!(shown["status"], "sending");
        assert_eq!(counts(&shown), [None; 4]);
        assert_eq!(status(&app, &account, &id).await, says("sending", [None; 4]));
        shown
    };
    let shown = is("QUEUED").await;
    assert_eq!((times(&shown), chunk(&shown)), ((false, false, false, false), "PENDING".into()));
    app.fault(json!({ "path": "/cgi-bin/draft/add", "delay_ms": 1_500 })).await;
    advance(&app, &account, "mass_send").await;
    let shown = is("PREPARING").await;
    assert_eq!((times(&shown), chunk(&shown)), ((false, false, false, false), "PENDING".into()));
    let shown = wait_until(&app, &account, &id, |shown| shown["preparedAt"].is_string()).await;
    assert_eq!((&shown["state"], chunk(&shown)), (&json!("QUEUED"), "PENDING".into()), "its time has not come");
    assert_eq!(app.calls(SEND).await, 0);
    app.fault(json!({ "path": SEND, "delay_ms": 1_500 })).await;
    advance(&app, &account, "mass_send_chunk").await;
    let shown = is("SENDING").await;
    assert_eq!((times(&shown), chunk(&shown)), ((true, true, false, false), "SUBMITTING".into()));
    let shown = is("SENT").await;
    assert_eq!((times(&shown), chunk(&shown)), ((true, true, true, false), "SENT".into()));
    let sent = at_wechat(&app).await;
    assert_eq!(shown["chunks"][0]["wechatMsgId"], sent[0]["msg_id"]);
    finish_at_wechat(&app, &sent[0]["msg_id"], json!({})).await;
    let shown = comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!((times(&shown), chunk(&shown)), ((true, true, true, true), "FINISHED".into()));
    assert_eq!((&shown["status"], &shown["chunks"][0]["status"]), (&json!("send success"), &json!("send success")));
    assert_eq!(status(&app, &account, &id).await, says("send success", [Some(3), Some(3), Some(3), Some(0)]));
    for none in ["lastError", "deletedAt", "gender", "group"] {
        assert_eq!(shown[none], Value::Null, "{none}");
    }
    assert_eq!((app.calls(SEND).await, app.calls("/cgi-bin/draft/add").await), (1, 1));
}

async fn many_followers_make_several_chunks_whose_counts_add_up(app: TestApp) {
    let account = bind(&app, 20_001).await;
    profile(&app, json!({ "mass_finish": "manual" })).await;
    let query = "query ($id: ID!) { account(id: $id) { massSendEstimate { recipientCount way chunkCount problem } } }";
    let estimate = app.data(query, json!({ "id": account })).await["account"]["massSendEstimate"].take();
    assert_eq!(estimate, json!({ "recipientCount": 20_001, "way": "OPENIDS", "chunkCount": 3, "problem": null }));
    let id = send_text(&app, &account, "你好").await;
    let shown = comes_to(&app, &account, &id, "SENT").await;
    let chunks = shown["chunks"].as_array().unwrap();
    assert_eq!(chunks.iter().map(|chunk| chunk["recipientCount"].as_i64().unwrap()).collect::<Vec<_>>(), [6_667; 3]);
    assert_eq!((&shown["recipientCount"], counts(&shown)), (&json!(20_001), [None; 4]));
    let sum = app.control(Method::GET, &format!("/{APP_ID}/ledger/mass"), Value::Null).await;
    assert_eq!(
        sum,
        json!({ "sends": 3, "received": 20_001, "followers": 20_001, "more_than_once": [], "more_than_once_count": 0 })
    );
    assert_eq!(app.calls(SEND).await, 3);
    // WeChat reports on one after the other.
    let ids: Vec<Value> = chunks.iter().map(|chunk| chunk["wechatMsgId"].clone()).collect();
    finish_at_wechat(&app, &ids[1], json!({ "filter_count": 6_600, "sent_count": 6_500, "error_count": 100 })).await;
    let first = [Some(6_667), Some(6_600), Some(6_500), Some(100)];
    assert_eq!(status(&app, &account, &id).await, says("sending", first));
    finish_at_wechat(&app, &ids[0], json!({})).await;
    let second = [Some(13_334), Some(13_267), Some(13_167), Some(100)];
    assert_eq!(status(&app, &account, &id).await, says("sending", second));
    let shown = comes_to(&app, &account, &id, "SENT").await;
    assert_eq!((counts(&shown), &shown["finishedAt"]), (second, &Value::Null));
    assert_eq!(counts(&shown["chunks"][1]), first);
    // The last one fails: some of it was sent.
    let failure = json!({ "status": "err(20001)", "sent_count": 0, "error_count": 6_667 });
    finish_at_wechat(&app, &ids[2], failure).await;
    let all = [Some(20_001), Some(19_934), Some(13_167), Some(6_767)];
    assert_eq!(status(&app, &account, &id).await, says("err(20001)", all));
    let shown = comes_to(&app, &account, &id, "PARTLY_FAILED").await;
    assert!(shown["finishedAt"].is_string());
    let states: Vec<&str> =
        shown["chunks"].as_array().unwrap().iter().map(|chunk| chunk["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["FINISHED", "FINISHED", "FAILED"]);
    assert!(shown["chunks"][2]["error"].as_str().unwrap().contains("politics"), "{shown:#}");
}

async fn an_event_that_comes_before_the_answer_is_not_lost(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app, json!({ "mass_early_event": true })).await;
    let id = send_text(&app, &account, "你好").await;
    let shown = comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!(counts(&shown), [Some(3), Some(3), Some(3), Some(0)]);
    assert_eq!(shown["chunks"][0]["wechatMsgId"], at_wechat(&app).await[0]["msg_id"]);
    assert_eq!(app.calls("/cgi-bin/message/mass/get").await, 0);
    // Also the one that tells of a failure.
    profile(&app, json!({ "mass_status": "err(10001)" })).await;
    let id = send_text(&app, &account, "再见").await;
    comes_to(&app, &account, &id, "FAILED").await;
    assert_eq!(status(&app, &account, &id).await, says("err(10001)", [Some(3), Some(3), Some(0), Some(3)]));
}

async fn an_end_without_an_event_is_found_by_asking(mut app: TestApp) {
    let account = app.bind(3).await;
    app.restart_with(&["--mass-status-after", "1"]).await;
    app.connect_webhook(&account, "plain").await;
    profile(&app, json!({ "mass_finish": "quiet" })).await;
    let id = send_text(&app, &account, "你好").await;
    let shown = comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!((&shown["chunks"][0]["status"], counts(&shown)), (&json!("send success"), [None; 4]));
    assert_eq!(status(&app, &account, &id).await, says("send success", [None; 4]));
    // What the event tells besides is taken in when it comes after all.
    finish_at_wechat(&app, &at_wechat(&app).await[0]["msg_id"], json!({ "sent_count": 2, "error_count": 1 })).await;
    assert_eq!(status(&app, &account, &id).await, says("send success", [Some(3), Some(3), Some(2), Some(1)]));
    profile(&app, json!({ "mass_status": "send fail" })).await;
    let id = send_text(&app, &account, "再见").await;
    let shown = comes_to(&app, &account, &id, "FAILED").await;
    assert_eq!(shown["chunks"][0]["status"], "send fail", "{shown:#}");
    assert!(shown["chunks"][0]["error"].is_string() && shown["chunks"][0]["wechatMsgId"].is_i64(), "{shown:#}");
    // What goes on is asked about again, more and more rarely.
    profile(&app, json!({ "mass_finish": "manual" })).await;
    let asked = app.calls("/cgi-bin/message/mass/get").await;
    let id = send_text(&app, &account, "长").await;
    app.wait_for_calls("/cgi-bin/message/mass/get", asked + 2).await;
    assert_eq!(status(&app, &account, &id).await, says("sending", [None; 4]));
}
