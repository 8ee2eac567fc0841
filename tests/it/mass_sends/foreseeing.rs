//! What would come of a mass send, and how many WeChat still takes today.

use serde_json::{Value, json};

use super::{SEND, SENDALL, advance, bind, comes_to, profile, send_text, text};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(an_estimate_says_who_and_how, the_quota_is_what_wechat_says);

async fn estimate(app: &TestApp, account: &str, arguments: &str) -> Value {
    let query = format!(
        "query ($id: ID!) {{ account(id: $id) {{ massSendEstimate{arguments} {{ recipientCount way chunkCount problem }} }} }}"
    );
    app.data(&query, json!({ "id": account })).await["account"]["massSendEstimate"].take()
}

async fn an_estimate_says_who_and_how(app: TestApp) {
    app.add_followers(12).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    let tag = app.tag(APP_ID, "茶友", &openids[..3]).await;
    app.change_follower(APP_ID, &openids[0], json!({ "sex": 1 })).await;
    let account = bind(&app, 0).await;
    let local = app.post(&format!("/{account}/group"), json!({ "name": "空" })).await["data"].take();
    let fine = |recipients: u64, way: &str, chunks: u64| json!({ "recipientCount": recipients, "way": way, "chunkCount": chunks, "problem": null });
    let empty = json!({ "recipientCount": 0, "way": null, "chunkCount": 0,
        "problem": "invalid openid list under selection condition" });
    let to_tag = format!("(groupId: {tag})");
    let to_local = format!("(groupId: {local})");
    for (arguments, wanted) in [
        ("", fine(12, "OPENIDS", 1)),
        ("(groupId: \"-1\")", fine(12, "OPENIDS", 1)),
        (&to_tag, fine(3, "OPENIDS", 1)),
        ("(gender: MALE)", fine(1, "PREVIEW", 1)),
        ("(gender: UNKNOWN)", fine(11, "OPENIDS", 1)),
        ("(groupId: \"0\")", fine(9, "OPENIDS", 1)),
        ("(groupId: \"1\")", empty.clone()),
        (&to_local, empty.clone()),
        ("(groupId: \"nobody\")", empty.clone()),
    ] {
        assert_eq!(estimate(&app, &account, arguments).await, wanted, "{arguments}");
    }
    let mutation = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { account { id } } }";
    app.data(mutation, json!({ "input": { "accountId": account, "kind": "SUBSCRIPTION" } })).await;
    for (arguments, wanted) in [("", fine(12, "EVERYBODY", 1)), (&to_tag, fine(3, "TAG", 1))] {
        assert_eq!(estimate(&app, &account, arguments).await, wanted, "{arguments}");
    }
    for (arguments, recipients, named) in [
        ("(groupId: \"0\")", 9, "groupId: "),
        ("(gender: MALE)", 1, "gender: "),
        (&format!("(groupId: {tag}, gender: MALE)"), 1, "gender: "),
    ] {
        let shown = estimate(&app, &account, arguments).await;
        assert_eq!(
            (&shown["recipientCount"], &shown["way"], &shown["chunkCount"]),
            (&json!(recipients), &Value::Null, &json!(0))
        );
        assert!(shown["problem"].as_str().unwrap().contains(named.trim_end_matches(": ")), "{shown}");
    }
    app.data(mutation, json!({ "input": { "accountId": account, "isVerified": false } })).await;
    let shown = estimate(&app, &account, "").await;
    assert_eq!((&shown["recipientCount"], &shown["way"]), (&json!(12), &Value::Null));
    assert!(shown["problem"].as_str().unwrap().contains("verif"), "{shown}");
    assert_eq!(app.calls(SEND).await + app.calls(SENDALL).await, 0);
}

async fn the_quota_is_what_wechat_says(app: TestApp) {
    let account = bind(&app, 3).await;
    let query = "query ($id: ID!) { account(id: $id) { massSendQuota { dailyLimit used remaining } } }";
    let quota = async || app.data(query, json!({ "id": account })).await["account"]["massSendQuota"].take();
    assert_eq!(quota().await, json!({ "dailyLimit": 100, "used": 0, "remaining": 100 }));
    let id = send_text(&app, &account, "a").await;
    comes_to(&app, &account, &id, "FINISHED").await;
    assert_eq!(quota().await, json!({ "dailyLimit": 100, "used": 1, "remaining": 99 }));
    profile(&app, json!({ "quotas": { SENDALL: 1 } })).await;
    assert_eq!(quota().await, json!({ "dailyLimit": 1, "used": 1, "remaining": 0 }));
    // What is beyond waits, and says so.
    let id = send_text(&app, &account, "b").await;
    let waits = |shown: &Value| shown["chunks"][0]["error"].as_str().is_some_and(|error| error.contains("45009"));
    super::wait_until(&app, &account, &id, waits).await;
    profile(&app, json!({ "quotas": { SENDALL: 100 } })).await;
    advance(&app, &account, "mass_send_chunk").await;
    comes_to(&app, &account, &id, "FINISHED").await;
    // An account without credentials has nobody to ask.
    let bare = app.bind_only("gh_bare").await;
    text(&app, &bare, "a").await;
    let error = app.error(query, json!({ "id": bare })).await;
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
    app.fault(json!({ "path": "/cgi-bin/openapi/quota/get", "errcode": 48001 })).await;
    let error = app.error(query, json!({ "id": account })).await;
    assert_eq!((&error["extensions"]["code"], &error["extensions"]["errcode"]), (&json!("UPSTREAM"), &json!(48001)));
}
