//! Who may send, whose mass sends they are, and what leaves a trace.

use entity::api_token::Role;
use entity::audit::{Column, Entity};
use odaesan::access::{self, NewToken};
use reqwest::{Method, RequestBuilder};
use sea_orm::{ColumnTrait as _, Database, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::{Value, json};

use super::{OK, SEND, at_wechat, bind, code, comes_to, refused, send, send_text, shown, step_in, text};
use crate::support::TestApp;

on_every_database!(
    a_reader_reads_and_sends_nothing,
    the_mass_sends_of_another_account_do_not_exist,
    who_sent_and_stepped_in_is_on_record,
    a_repeated_request_with_a_key_sends_once,
);

/// Every mutation of mass sends, with what is fine in it, and the rights of whom they need.
fn mutations(account: &str, send: &Value, material: &str, openid: &str) -> Vec<(&'static str, &'static str, Value)> {
    let one = json!({ "accountId": account, "id": send["id"] });
    let show = json!({ "accountId": account, "type": "TEXT", "materialId": material });
    let mut preview = show.clone();
    preview["openid"] = json!(openid);
    let decision = json!({ "accountId": account, "chunkId": send["chunks"][0]["id"], "decision": "SENT" });
    vec![
        ("createMassSend", "CreateMassSendInput", show),
        ("previewMassSend", "PreviewMassSendInput", preview),
        ("cancelMassSend", "MassSendInput", one.clone()),
        ("retryMassSend", "MassSendInput", one.clone()),
        ("deleteMassSendAtWechat", "MassSendInput", one),
        ("decideMassSendChunk", "DecideMassSendChunkInput", decision),
    ]
}

fn mutation(app: &TestApp, name: &str, input: &str, value: &Value) -> RequestBuilder {
    let query = format!("mutation ($input: {input}!) {{ {name}(input: $input) {{ __typename }} }}");
    let body = json!({ "query": query, "variables": { "input": value } });
    app.http.post(format!("{}/graphql", app.url)).json(&body)
}

async fn token(app: &TestApp, role: Role, accounts: &[&str]) -> String {
    let database = Database::connect(&app.database.url).await.unwrap();
    let accounts = accounts.iter().map(ToString::to_string).collect();
    let token =
        access::create_token(&database, NewToken { role, accounts, label: None, lifetime: None }).await.unwrap();
    database.close().await.unwrap();
    token
}

async fn a_reader_reads_and_sends_nothing(mut app: TestApp) {
    let account = bind(&app, 3).await;
    let text = text(&app, &account, "a").await;
    let id = send(&app, &account, "-1", ("text", &text)).await;
    let done = comes_to(&app, &account, &id, "FINISHED").await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let (reader, writer) = (token(&app, Role::Reader, &[]).await, token(&app, Role::Writer, &[&account]).await);
    let other = app.bind_only("gh_other").await;
    let stranger = token(&app, Role::Writer, &[&other]).await;
    app.restart_with(&["--auth", "required"]).await;
    for (token, wanted) in [(&reader, "FORBIDDEN"), (&stranger, "NOT_FOUND")] {
        for (name, input, value) in mutations(&account, &done, &text, &openid) {
            let response = app.json(mutation(&app, name, input, &value).bearer_auth(token)).await;
            assert_eq!(code(&response), wanted, "{name} {response}");
        }
    }
    let body = json!({ "group_id": "-1", "msg_type": "text", "msg_id": text });
    let preview = json!({ "openid": openid, "msg_type": "text", "msg_id": text });
    for (path, body) in [("send", &body), ("preview", &preview)] {
        let request = || app.rest(Method::POST, &format!("/{account}/masssend/{path}")).json(body);
        refused(&app.json(request().bearer_auth(&reader)).await, 403);
        refused(&app.json(request().bearer_auth(&stranger)).await, 404);
    }
    assert_eq!((at_wechat(&app).await.len(), super::received(&app, "preview").await.len()), (1, 0));
    for path in ["", &format!("/{id}")] {
        let request = || app.rest(Method::GET, &format!("/{account}/masssend{path}"));
        assert_eq!(app.json(request().bearer_auth(&reader)).await["code"], 200, "{path}");
        refused(&app.json(request().bearer_auth(&stranger)).await, 404);
    }
    let request = app.rest(Method::POST, &format!("/{account}/masssend/send")).json(&body).bearer_auth(&writer);
    assert_eq!(app.json(request).await.to_string(), OK);
}

async fn the_mass_sends_of_another_account_do_not_exist(app: TestApp) {
    let account = bind(&app, 1).await;
    app.fault(json!({ "path": "/cgi-bin/message/mass/preview", "drop": true })).await;
    let id = send_text(&app, &account, "a").await;
    let unclear = comes_to(&app, &account, &id, "UNCLEAR").await;
    let other = app.bind_only("gh_other").await;
    let text = text(&app, &other, "a").await;
    for (name, input, value) in mutations(&other, &unclear, &text, "o").into_iter().skip(2) {
        let response = app.json(mutation(&app, name, input, &value)).await;
        assert_eq!(code(&response), "NOT_FOUND", "{name} {response}");
    }
    refused(&app.get(&format!("/{other}/masssend/{id}")).await, 404);
    let query = "query ($a: ID!, $id: ID!) { account(id: $a) { massSends { totalCount } massSend(id: $id) { id } } }";
    let response = app.graphql(query, json!({ "a": other, "id": id })).await;
    assert_eq!((code(&response), &response["data"]["account"]["massSends"]["totalCount"]), ("NOT_FOUND", &json!(0)));
    // Nor can what belongs to another account be sent.
    let body = json!({ "group_id": "-1", "msg_type": "text", "msg_id": text });
    let message = refused(&app.post(&format!("/{account}/masssend/send"), body).await, 400);
    assert!(message.starts_with("msg_id: "), "{message}");
    assert_eq!(shown(&app, &account, &id).await, unclear);
}

async fn who_sent_and_stepped_in_is_on_record(app: TestApp) {
    let account = bind(&app, 3).await;
    app.fault(json!({ "path": SEND, "errcode": 48003 })).await;
    let news = super::news(&app, &account, "a").await;
    let first = send(&app, &account, "-1", ("mpnews", &news)).await;
    comes_to(&app, &account, &first, "FAILED").await;
    step_in(&app, "retryMassSend", &account, &first).await;
    let done = comes_to(&app, &account, &first, "FINISHED").await;
    step_in(&app, "deleteMassSendAtWechat", &account, &first).await;
    let at = (chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    let second = super::create(&app, &account, json!({ "type": "NEWS", "materialId": news, "scheduledAt": at })).await;
    step_in(&app, "cancelMassSend", &account, &second).await;
    // What is refused leaves none.
    step_in(&app, "cancelMassSend", &account, &second).await;
    step_in(&app, "retryMassSend", &account, &first).await;
    let database = Database::connect(&app.database.url).await.unwrap();
    let rows = Entity::find()
        .filter(Column::AccountId.eq(&account))
        .filter(Column::Action.starts_with("massSend."))
        .order_by_asc(Column::Id)
        .all(&database)
        .await
        .unwrap();
    database.close().await.unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.action.as_str(), row.object_id.as_deref().unwrap())).collect();
    assert_eq!(
        rows,
        [
            ("massSend.create", first.as_str()),
            ("massSend.retry", &first),
            ("massSend.deleteAtWechat", &first),
            ("massSend.create", &second),
            ("massSend.cancel", &second),
        ]
    );
    assert!(!done["actor"].as_str().unwrap().is_empty(), "{done}");
}

async fn a_repeated_request_with_a_key_sends_once(app: TestApp) {
    let account = bind(&app, 3).await;
    let text = text(&app, &account, "a").await;
    let body = json!({ "group_id": "-1", "msg_type": "text", "msg_id": text });
    let post = || app.rest(Method::POST, &format!("/{account}/masssend/send")).json(&body);
    for _ in 0..3 {
        assert_eq!(app.json(post().header("Idempotency-Key", "rest")).await.to_string(), OK);
    }
    let query = "mutation ($input: CreateMassSendInput!) { createMassSend(input: $input) { massSend { id } } }";
    let variables = json!({ "input": { "accountId": account, "type": "TEXT", "materialId": text } });
    let mut ids = Vec::new();
    for _ in 0..3 {
        let request = app.http.post(format!("{}/graphql", app.url)).header("Idempotency-Key", "graphql");
        let request = request.json(&json!({ "query": query, "variables": variables }));
        ids.push(app.json(request).await["data"]["createMassSend"]["massSend"]["id"].take());
    }
    assert!(ids[0].is_string() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let query = "query ($id: ID!) { account(id: $id) { massSends { totalCount nodes { id } } } }";
    let data = app.data(query, json!({ "id": account })).await;
    assert_eq!(
        (&data["account"]["massSends"]["totalCount"], &data["account"]["massSends"]["nodes"][0]["id"]),
        (&json!(2), &ids[0])
    );
    for node in data["account"]["massSends"]["nodes"].as_array().unwrap() {
        comes_to(&app, &account, node["id"].as_str().unwrap(), "FINISHED").await;
    }
    assert_eq!((at_wechat(&app).await.len(), app.calls(SEND).await), (2, 2));
    // Without a key, or with another one, it is another mass send.
    for request in [post(), post(), post().header("Idempotency-Key", "rest 2")] {
        assert_eq!(app.json(request).await.to_string(), OK);
    }
    let data = app.data(query, json!({ "id": account })).await;
    assert_eq!(data["account"]["massSends"]["totalCount"], 5);
}
