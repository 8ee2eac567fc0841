//! Mass sends that wait for their time.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{SEND, advance, ask_to_send, at_wechat, bind, code, comes_to, create, shown, step_in, text, wait_until};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    it_goes_out_at_its_time_and_not_before,
    it_outlives_a_restart,
    one_whose_time_passed_while_nobody_ran_goes_out,
    a_cancelled_one_never_goes_out,
    what_is_edited_before_the_preparation_is_what_is_sent,
    a_time_must_lie_ahead_and_within_a_year,
);

fn time(of: &Value) -> DateTime<Utc> {
    of.as_str().unwrap_or_else(|| panic!("{of}")).parse().unwrap()
}

/// Schedules a new text for everybody. Returns the id of the mass send.
async fn schedule(app: &TestApp, account: &str, content: &str, at: DateTime<Utc>) -> String {
    let text = text(app, account, content).await;
    create(app, account, json!({ "type": "TEXT", "materialId": text, "scheduledAt": at.to_rfc3339() })).await
}

async fn it_goes_out_at_its_time_and_not_before(app: TestApp) {
    let account = bind(&app, 3).await;
    let at = Utc::now() + TimeDelta::seconds(3);
    let id = schedule(&app, &account, "a", at).await;
    // What it shows is taken to WeChat ahead of its time.
    let prepared = wait_until(&app, &account, &id, |shown| shown["preparedAt"].is_string()).await;
    assert_eq!((prepared["scheduledAt"].is_string(), &prepared["chunks"][0]["state"]), (true, &json!("PENDING")));
    assert!(time(&prepared["preparedAt"]) < at, "{prepared:#}");
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    let submitted = time(&done["chunks"][0]["submittedAt"]);
    assert!(submitted >= time(&done["scheduledAt"]), "{done:#}");
    assert!(submitted - at < TimeDelta::seconds(30), "{done:#}");
    // By WeChat's clock, too, which counts seconds.
    let sent = at_wechat(&app).await;
    assert!(sent[0]["sent_at"].as_i64().unwrap() >= at.timestamp(), "{sent:?} {at}");
    assert_eq!((sent.len(), app.calls(SEND).await), (1, 1));
}

async fn it_outlives_a_restart(mut app: TestApp) {
    let account = bind(&app, 3).await;
    let at = Utc::now() + TimeDelta::seconds(4);
    let id = schedule(&app, &account, "a", at).await;
    app.restart_with(&[]).await;
    app.connect_webhook(&account, "plain").await;
    assert_eq!(app.calls(SEND).await, 0);
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    assert!(time(&done["chunks"][0]["submittedAt"]) >= time(&done["scheduledAt"]), "{done:#}");
    assert_eq!((app.calls(SEND).await, super::received(&app, "mass").await.len()), (1, 3));
}

async fn one_whose_time_passed_while_nobody_ran_goes_out(mut app: TestApp) {
    let account = bind(&app, 3).await;
    let at = Utc::now() + TimeDelta::milliseconds(1_500);
    let id = schedule(&app, &account, "a", at).await;
    app.stop_service().await;
    if let Ok(left) = (at - Utc::now()).to_std() {
        tokio::time::sleep(left).await;
    }
    app.start_service().await;
    app.connect_webhook(&account, "plain").await;
    let done = wait_until(&app, &account, &id, |shown| shown["chunks"][0]["wechatMsgId"].is_i64()).await;
    assert!(time(&done["chunks"][0]["submittedAt"]) >= time(&done["scheduledAt"]), "{done:#}");
    assert_eq!((app.calls(SEND).await, super::received(&app, "mass").await.len()), (1, 3));
}

async fn a_cancelled_one_never_goes_out(app: TestApp) {
    let account = bind(&app, 3).await;
    let at = Utc::now() + TimeDelta::seconds(4);
    let prepared = schedule(&app, &account, "准备", at).await;
    wait_until(&app, &account, &prepared, |shown| shown["preparedAt"].is_string()).await;
    let far = schedule(&app, &account, "远", at + TimeDelta::hours(1)).await;
    let later = schedule(&app, &account, "后", at + TimeDelta::seconds(1)).await;
    for id in [&prepared, &far] {
        let response = step_in(&app, "cancelMassSend", &account, id).await;
        assert_eq!(response["data"]["cancelMassSend"]["massSend"]["state"], "CANCELLED", "{response}");
        assert_eq!(code(&step_in(&app, "cancelMassSend", &account, id).await), "CONFLICT");
        assert_eq!(code(&step_in(&app, "retryMassSend", &account, id).await), "CONFLICT");
    }
    // The one that was to come after it has come.
    comes_to(&app, &account, &later, "FINISHED").await;
    for id in [&prepared, &far] {
        let shown = shown(&app, &account, id).await;
        assert_eq!((&shown["state"], &shown["status"]), (&json!("CANCELLED"), &json!("cancelled")), "{shown:#}");
        assert_eq!(
            (&shown["chunks"][0]["state"], &shown["chunks"][0]["submittedAt"]),
            (&json!("CANCELLED"), &Value::Null)
        );
        assert!(shown["finishedAt"].is_string(), "{shown:#}");
        assert_eq!(super::status(&app, &account, id).await, super::says("cancelled", [None; 4]));
    }
    let sent: Vec<Value> = at_wechat(&app).await.iter().map(|send| send["content"]["content"].clone()).collect();
    assert_eq!(sent, ["后"]);
}

async fn what_is_edited_before_the_preparation_is_what_is_sent(app: TestApp) {
    let account = bind(&app, 3).await;
    let news = super::news(&app, &account, "春茶").await;
    let at = Utc::now() + TimeDelta::minutes(30);
    let input = json!({ "type": "NEWS", "materialId": news, "scheduledAt": at.to_rfc3339() });
    let id = create(&app, &account, input).await;
    app.wait_for_job_of(&account, "mass_send", |job| job["state"] == "QUEUED").await;
    let cover = app.get(&format!("/{account}/news/{news}")).await["data"][0]["image_id"].take();
    let edit = async |title: &str| {
        let article = json!({ "title": title, "image_id": cover, "content": "<p>秋</p>" });
        let answer = app.put(&format!("/{account}/news/single/{news}"), article).await;
        assert_eq!(answer["code"], 200, "{answer}");
    };
    edit("秋茶").await;
    let prepared = || async {
        super::advance(&app, &account, "mass_send").await;
        wait_until(&app, &account, &id, |shown| shown["preparedAt"].is_string()).await
    };
    assert_eq!(prepared().await["state"], "QUEUED");
    // What WeChat has by then is not changed any more.
    edit("冬茶").await;
    let drafts = app.control(reqwest::Method::GET, &format!("/{APP_ID}/drafts"), Value::Null).await;
    let titles = |drafts: &Value| -> Vec<(Value, Value)> {
        let drafts = drafts.as_array().unwrap().iter();
        drafts.map(|draft| (draft["media_id"].clone(), draft["articles"][0]["title"].clone())).collect()
    };
    let titles = titles(&drafts);
    advance(&app, &account, "mass_send_chunk").await;
    comes_to(&app, &account, &id, "FINISHED").await;
    let sent = at_wechat(&app).await.remove(0);
    let of = titles.iter().find(|(media_id, _)| *media_id == sent["content"]["media_id"]);
    assert_eq!(of.unwrap().1, "秋茶", "{titles:?}");
}

async fn a_time_must_lie_ahead_and_within_a_year(app: TestApp) {
    let account = bind(&app, 3).await;
    let text = text(&app, &account, "a").await;
    let now = Utc::now();
    for at in [
        now - TimeDelta::days(400),
        now - TimeDelta::seconds(1),
        now + TimeDelta::days(367),
        "9999-12-31T23:59:59Z".parse().unwrap(),
        "0001-01-01T00:00:00Z".parse().unwrap(),
    ] {
        let input = json!({ "type": "TEXT", "materialId": text, "scheduledAt": at.to_rfc3339() });
        let response = ask_to_send(&app, &account, input).await;
        let extensions = &response["errors"][0]["extensions"];
        assert_eq!(
            (&extensions["code"], &extensions["field"]),
            (&json!("BAD_USER_INPUT"), &json!("scheduledAt")),
            "{response}"
        );
    }
    // Times are absolute, however they are written.
    let at = now + TimeDelta::days(365);
    let china = at.with_timezone(&chrono::FixedOffset::east_opt(8 * 3_600).unwrap()).to_rfc3339();
    let input = json!({ "type": "TEXT", "materialId": text, "scheduledAt": china });
    let response = ask_to_send(&app, &account, input).await;
    let made = &response["data"]["createMassSend"]["massSend"];
    assert_eq!(time(&made["scheduledAt"]).timestamp_millis(), at.timestamp_millis(), "{response}");
    assert_eq!(app.calls(SEND).await, 0);
}
