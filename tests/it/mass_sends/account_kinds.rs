//! What each kind of account can do: a 公众号 sends to everybody or to a tag, once a day, and only who is verified sends.

use serde_json::{Value, json};

use super::{
    OK, SEND, SENDALL, at_wechat, bind, code, comes_to, counts, create, profile, received, refused, says, send,
    send_text, status, step_in, text, wait_until,
};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::wechat::RETRY;

on_every_database!(
    a_subscription_account_sends_to_everybody_and_to_tags,
    what_a_subscription_account_cannot_send_is_refused_with_a_way_out,
    what_differs_from_wechat_is_refused_at_its_preparation,
    an_account_that_is_not_verified_does_not_send,
    the_second_of_a_day_waits_for_the_next_day,
);

/// Makes the account a 公众号, here and at WeChat.
async fn subscription(app: &TestApp, account: &str, quota: Value) {
    let mutation = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { kind } } }";
    app.data(mutation, json!({ "input": { "accountId": account, "kind": "SUBSCRIPTION" } })).await;
    profile(app, json!({ "kind": "subscription", "mass_quota": quota })).await;
}

async fn join(app: &TestApp, account: &str, group: &str, openid: &str) {
    let body = json!({ "openid": openid, "group_id": group });
    assert_eq!(app.post(&format!("/{account}/user/add"), body).await.to_string(), OK);
}

async fn a_subscription_account_sends_to_everybody_and_to_tags(app: TestApp) {
    app.add_followers(8).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    let tag = app.tag(APP_ID, "茶友", &openids[..3]).await;
    let single = app.tag(APP_ID, "一人", &openids[4..5]).await;
    app.blacklist(APP_ID, &openids[2..4]).await;
    let account = bind(&app, 0).await;
    subscription(&app, &account, json!(false)).await;
    let text = text(&app, &account, "a").await;
    let everybody = vec![0, 1, 4, 5, 6, 7];
    for (group, way, filter, wanted) in [
        ("-1".to_owned(), "EVERYBODY", json!({ "is_to_all": true }), everybody),
        (tag.to_string(), "TAG", json!({ "is_to_all": false, "tag_id": tag }), vec![0, 1]),
        (single.to_string(), "TAG", json!({ "is_to_all": false, "tag_id": single }), vec![4]),
    ] {
        let id = send(&app, &account, &group, ("text", &text)).await;
        let done = comes_to(&app, &account, &id, "FINISHED").await;
        assert_eq!((&done["way"], &done["recipientCount"]), (&json!(way), &json!(wanted.len())), "{done:#}");
        assert_eq!(done["chunks"].as_array().unwrap().len(), 1);
        assert_eq!(done["sentCount"], wanted.len());
        let sent = at_wechat(&app).await.pop().unwrap();
        assert_eq!((&sent["api"], &sent["received"]), (&json!("sendall"), &json!(wanted.len())));
        let calls = app.control(reqwest::Method::GET, &format!("/calls?path={SENDALL}&limit=1"), Value::Null).await;
        let body = &calls[0]["body"];
        let body = body.as_str().map_or_else(|| body.clone(), |text| serde_json::from_str(text).unwrap());
        assert_eq!(body["filter"], filter);
        let ledger = app.control(reqwest::Method::GET, &format!("/{APP_ID}/ledger"), Value::Null).await;
        for (place, openid) in openids.iter().enumerate() {
            let is = |line: &Value| line["msg_id"] == sent["msg_id"] && line["openid"] == *openid;
            assert_eq!(ledger.as_array().unwrap().iter().any(is), wanted.contains(&place), "{group} {place}");
        }
    }
    assert_eq!(app.calls(SEND).await, 0);
}

async fn what_a_subscription_account_cannot_send_is_refused_with_a_way_out(app: TestApp) {
    let account = bind(&app, 4).await;
    subscription(&app, &account, json!(false)).await;
    let openids = app.openids(&account, "-1", 4).await;
    let local = app.post(&format!("/{account}/group"), json!({ "name": "客人" })).await["data"].take();
    let local = local.as_str().unwrap();
    join(&app, &account, local, &openids[0]).await;
    let text = text(&app, &account, "a").await;
    let path = format!("/{account}/masssend/send");
    for (group, gender, named, helps) in [
        ("-1", json!("0"), "gender: ", "leave it out"),
        ("0", Value::Null, "group_id: ", "send to -1"),
        (local, Value::Null, "group_id: ", "console"),
    ] {
        let body = json!({ "group_id": group, "gender": gender, "msg_type": "text", "msg_id": text });
        let message = refused(&app.post(&path, body).await, 400);
        assert!(message.starts_with(named) && message.contains(helps), "{message}");
    }
    let body = json!({ "group_id": "1", "msg_type": "text", "msg_id": text });
    let message = refused(&app.post(&path, body).await, 400);
    assert_eq!(message, "invalid openid list under selection condition");
    let list = app.get(&format!("/{account}/masssend")).await;
    assert_eq!(list["data"]["pagination"]["count"], 0);
    assert_eq!(app.calls(SENDALL).await, 0);
}

async fn what_differs_from_wechat_is_refused_at_its_preparation(app: TestApp) {
    app.add_followers(5).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    let tag = app.tag(APP_ID, "茶友", &openids[..2]).await.to_string();
    let account = bind(&app, 0).await;
    subscription(&app, &account, json!(false)).await;
    let text = text(&app, &account, "a").await;
    // Changed here alone: one more is meant than the tag has.
    join(&app, &account, &tag, &openids[2]).await;
    let to_tag = send(&app, &account, &tag, ("text", &text)).await;
    let failed = comes_to(&app, &account, &to_tag, "FAILED").await;
    let reason = failed["lastError"].as_str().unwrap();
    assert!(reason.contains("reach 0 followers who are not meant and miss 1"), "{reason}");
    assert_eq!(status(&app, &account, &to_tag).await, says("send fail", [Some(3), Some(3), Some(0), Some(3)]));
    // Blocked here alone: everybody would be one too many.
    join(&app, &account, "1", &openids[4]).await;
    let to_all = send(&app, &account, "-1", ("text", &text)).await;
    let failed = comes_to(&app, &account, &to_all, "FAILED").await;
    let reason = failed["lastError"].as_str().unwrap();
    assert!(reason.contains("reach 1 followers who are not meant"), "{reason}");
    assert_eq!(app.calls(SENDALL).await, 0);
    // Brought into line at WeChat, both go out.
    app.tag_more(APP_ID, tag.parse().unwrap(), &openids[2..3]).await;
    app.blacklist(APP_ID, &openids[4..]).await;
    for id in [&to_tag, &to_all] {
        step_in(&app, "retryMassSend", &account, id).await;
        let done = comes_to(&app, &account, id, "FINISHED").await;
        assert_eq!((&done["lastError"], &done["sentCount"]), (&Value::Null, &done["recipientCount"]), "{done:#}");
    }
    let sent = received_by_each(&app, &openids).await;
    assert_eq!(sent, [2, 2, 2, 1, 0]);
}

async fn received_by_each(app: &TestApp, openids: &[String]) -> Vec<usize> {
    let ledger = app.control(reqwest::Method::GET, &format!("/{APP_ID}/ledger"), Value::Null).await;
    let of = |openid: &String| ledger.as_array().unwrap().iter().filter(|line| line["openid"] == *openid).count();
    openids.iter().map(of).collect()
}

async fn an_account_that_is_not_verified_does_not_send(app: TestApp) {
    let account = bind(&app, 3).await;
    let mutation = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { isVerified } } }";
    app.data(mutation, json!({ "input": { "accountId": account, "isVerified": false } })).await;
    let text = text(&app, &account, "a").await;
    for kind in ["SERVICE", "SUBSCRIPTION"] {
        app.data(mutation, json!({ "input": { "accountId": account, "kind": kind } })).await;
        let body = json!({ "group_id": "-1", "msg_type": "text", "msg_id": text });
        let message = refused(&app.post(&format!("/{account}/masssend/send"), body).await, 400);
        assert!(message.contains("verif"), "{kind}: {message}");
        let response = super::ask_to_send(&app, &account, json!({ "type": "TEXT", "materialId": text })).await;
        assert_eq!(
            (code(&response), &response["errors"][0]["extensions"]["field"]),
            ("BAD_USER_INPUT", &json!("accountId"))
        );
    }
    assert_eq!(app.calls(SEND).await + app.calls(SENDALL).await, 0);
}

async fn the_second_of_a_day_waits_for_the_next_day(app: TestApp) {
    let account = bind(&app, 3).await;
    subscription(&app, &account, json!(true)).await;
    let first = send_text(&app, &account, "一").await;
    comes_to(&app, &account, &first, "FINISHED").await;
    let text = text(&app, &account, "二").await;
    let second = create(&app, &account, json!({ "type": "TEXT", "materialId": text })).await;
    let waits = |shown: &Value| shown["chunks"][0]["error"].as_str().is_some_and(|error| error.contains("45028"));
    let waiting = wait_until(&app, &account, &second, waits).await;
    assert_eq!((&waiting["chunks"][0]["state"], &waiting["finishedAt"]), (&json!("PENDING"), &Value::Null));
    assert_eq!((counts(&waiting), status(&app, &account, &second).await), ([None; 4], says("sending", [None; 4])));
    assert_eq!(at_wechat(&app).await.len(), 1);
    super::pass_at_wechat(&app, 86_400).await;
    // It asks by itself, more and more rarely; nobody here waits for that.
    let done = wait_until_hurried(&app, &account, &second).await;
    assert_eq!((&done["chunks"][0]["error"], &done["sentCount"]), (&Value::Null, &json!(3)), "{done:#}");
    assert_eq!(received(&app, "mass").await.len(), 3);
}

/// Waits until a mass send has finished, and cuts the pauses of its chunk short.
async fn wait_until_hurried(app: &TestApp, account: &str, id: &str) -> Value {
    let job = app.wait_for_job_of(account, "mass_send_chunk", |job| job["state"] != "RUNNING").await;
    // It may have begun by itself just now.
    app.graphql(RETRY, json!({ "id": job["id"] })).await;
    comes_to(app, account, id, "FINISHED").await
}
