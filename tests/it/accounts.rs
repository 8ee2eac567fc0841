//! Binding accounts and filling in their credentials.

use reqwest::Method;
use serde_json::json;

use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    binding_is_repeatable,
    two_who_bind_at_once_get_the_same_account,
    credentials_are_checked_before_they_are_stored,
    a_second_fillin_corrects_a_wrong_secret,
    wechat_out_of_reach_is_told_apart_from_a_refusal,
    an_encrypted_mode_needs_a_key,
    settings_of_an_account_can_be_changed,
);

async fn binding_is_repeatable(app: TestApp) {
    let first = app.post("/bind", json!({ "weixin_id": "gh_1" })).await;
    assert_eq!(first["code"], 200);
    let id = first["data"]["id"].as_str().unwrap();
    assert_eq!(first["data"]["url"], format!("{}/wx/{id}", app.url));
    assert_eq!(first["data"]["token"].as_str().unwrap().len(), 32);
    assert_eq!(app.post("/bind", json!({ "weixin_id": " gh_1 " })).await, first);
    assert_ne!(app.post("/bind", json!({ "weixin_id": "GH_1" })).await["data"]["id"], first["data"]["id"]);
    let count = app.data("{ accounts { totalCount nodes { weixinId } } }", json!({})).await;
    assert_eq!(
        count,
        json!({ "accounts": { "totalCount": 2, "nodes": [{ "weixinId": "GH_1" }, { "weixinId": "gh_1" }] } })
    );
}

async fn two_who_bind_at_once_get_the_same_account(app: TestApp) {
    let bind = || app.post("/bind", json!({ "weixin_id": "gh_race" }));
    let (a, b, c, d) = tokio::join!(bind(), bind(), bind(), bind());
    assert_eq!(a["code"], 200, "{a}");
    assert!(a == b && b == c && c == d, "{a} {b} {c} {d}");
    let groups = app.get(&format!("/{}/group", a["data"]["id"].as_str().unwrap())).await;
    assert_eq!(groups["data"]["groups"].as_array().unwrap().len(), 3);
}

async fn credentials_are_checked_before_they_are_stored(app: TestApp) {
    let id = app.bind_only("gh_1").await;
    let answer = app.post("/bind/fillin", json!({ "id": id, "app_id": APP_ID, "app_secret": "wrong" })).await;
    assert_eq!(answer["code"], 400, "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.starts_with("app_secret: ") && message.contains("40125"), "{message}");
    let answer = app.post("/bind/fillin", json!({ "id": id, "app_id": "nonsense", "app_secret": "sandbox" })).await;
    assert_eq!(answer["code"], 400, "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.starts_with("app_id: ") && message.contains("40013"), "{message}");
    let account = "query ($id: ID!) { account(id: $id) { hasCredentials appId jobs { totalCount } } }";
    assert_eq!(
        app.data(account, json!({ "id": id })).await,
        json!({ "account": { "hasCredentials": false, "appId": null, "jobs": { "totalCount": 0 } } })
    );
    let fetch = app.get(&format!("/{id}/user/fetch")).await;
    assert_eq!(fetch["code"], 400, "{fetch}");
    assert!(fetch["message"].as_str().unwrap().contains("app id and app secret"), "{fetch}");
}

async fn a_second_fillin_corrects_a_wrong_secret(app: TestApp) {
    app.add_followers(3).await;
    let id = app.bind_only("gh_1").await;
    let fillin = |secret: &str| json!({ "id": id, "app_id": APP_ID, "app_secret": secret });
    assert_eq!(app.post("/bind/fillin", fillin("wrong")).await["code"], 400);
    let ok = json!({ "code": 200, "message": "OK", "data": null });
    assert_eq!(app.post("/bind/fillin", fillin("sandbox")).await, ok);
    app.wait_for_all_jobs(&id).await;
    assert_eq!(app.get(&format!("/{id}/group")).await["data"]["total"], 3);
    // And a third one starts no other fetch, neither of the menu nor of the followers.
    assert_eq!(app.post("/bind/fillin", fillin("sandbox")).await, ok);
    let jobs = app.data("query ($id: ID!) { account(id: $id) { jobs { totalCount } } }", json!({ "id": id })).await;
    assert_eq!(jobs["account"]["jobs"]["totalCount"], 2);
}

async fn wechat_out_of_reach_is_told_apart_from_a_refusal(app: TestApp) {
    let id = app.bind_only("gh_1").await;
    app.fault(json!({ "path": "/cgi-bin/stable_token", "times": 10, "drop": true })).await;
    let answer = app.post("/bind/fillin", json!({ "id": id, "app_id": APP_ID, "app_secret": "sandbox" })).await;
    assert_eq!(answer["code"], 502, "{answer}");
    app.control(Method::DELETE, "/faults", json!(null)).await;
    let answer = app.post("/bind/fillin", json!({ "id": id, "app_id": APP_ID, "app_secret": "sandbox" })).await;
    assert_eq!(answer["code"], 200, "{answer}");
}

async fn an_encrypted_mode_needs_a_key(app: TestApp) {
    let id = app.bind_only("gh_1").await;
    let fillin = |key: &str, mode: &str| json!({ "id": id, "app_id": APP_ID, "app_secret": "sandbox", "encoding_aes_key": key, "mode": mode });
    let key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    for (body, parameter) in [
        (fillin("", "safe"), "encoding_aes_key: "),
        (fillin("too short", "safe"), "encoding_aes_key: "),
        (fillin(&key.replace('a', "!"), "safe"), "encoding_aes_key: "),
        (fillin(key, "loud"), "mode: "),
    ] {
        let answer = app.post("/bind/fillin", body).await;
        assert_eq!(answer["code"], 400, "{answer}");
        assert!(answer["message"].as_str().unwrap().starts_with(parameter), "{answer}");
    }
    assert_eq!(app.post("/bind/fillin", fillin(key, "safe")).await["code"], 200);
    let query = "query ($id: ID!) { account(id: $id) { webhookMode hasEncodingAesKey } }";
    assert_eq!(
        app.data(query, json!({ "id": id })).await,
        json!({ "account": { "webhookMode": "SAFE", "hasEncodingAesKey": true } })
    );
}

async fn settings_of_an_account_can_be_changed(app: TestApp) {
    let id = app.bind_only("gh_1").await;
    let update = "mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) {
        account { name kind isVerified webhookMode } } }";
    let changed = app
        .data(
            update,
            json!({ "input": { "accountId": id, "name": "茶馆 🍵", "kind": "SUBSCRIPTION", "isVerified": false } }),
        )
        .await;
    assert_eq!(
        changed["updateAccount"]["account"],
        json!({ "name": "茶馆 🍵", "kind": "SUBSCRIPTION", "isVerified": false, "webhookMode": "PLAIN" })
    );
    let unchanged = app.data(update, json!({ "input": { "accountId": id } })).await;
    assert_eq!(unchanged, changed);
    let error = app.error(update, json!({ "input": { "accountId": id, "name": "名".repeat(101) } })).await;
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(error["extensions"]["field"], "name");
}
