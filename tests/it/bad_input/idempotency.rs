//! Writes that are sent twice, with and without the header `Idempotency-Key`.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::room::{Answer, Room, ask};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    the_same_request_is_done_once_and_answered_twice,
    deleting_with_a_key_is_done_once_and_answered_twice,
    another_request_under_the_same_key_is_a_conflict,
    without_a_key_everything_is_done_twice,
    of_requests_at_the_same_time_one_is_done,
    a_key_is_1_to_255_visible_characters,
    a_refusal_is_repeated_and_a_failure_is_not,
    a_key_belongs_to_one_account,
    graphql_does_the_same_request_once,
    graphql_refuses_another_request_under_the_same_key,
    graphql_does_one_of_the_requests_at_the_same_time,
);

const CREATE_TEXT: &str = "mutation ($input: CreateTextInput!) { createText(input: $input) { text { id content } } }";

fn keyed(request: RequestBuilder, key: &str) -> RequestBuilder {
    request.header("Idempotency-Key", key)
}

fn create_text(room: &Room, content: &str, key: &str) -> RequestBuilder {
    let variables = json!({ "input": { "accountId": room.own.id, "content": content } });
    keyed(room.graphql(CREATE_TEXT, variables), key)
}

/// How many texts of the account have this content.
async fn texts(room: &Room, content: &str) -> usize {
    let texts = room.state().await["own"]["texts"]["nodes"].as_array().unwrap().clone();
    texts.iter().filter(|text| text["content"] == content).count()
}

fn is_replay_of(again: &Answer, first: &Answer, context: &str) {
    assert_eq!((again.status, &again.body), (first.status, &first.body), "{context}");
    assert_eq!(again.header("content-type"), first.header("content-type"), "{context}");
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"), "{context}");
}

async fn the_same_request_is_done_once_and_answered_twice(app: TestApp) {
    let room = Room::furnish(app).await;
    let member = json!({ "openid": room.own.openids[1], "group_id": room.own.group });
    let renamed = format!("/group/{}", room.own.group);
    let writes: [(&str, &dyn Fn() -> RequestBuilder); 5] = [
        ("text", &|| room.post("/text", &json!({ "content": "一次 😀" }))),
        ("group", &|| room.post("/group", &json!({ "name": "一次" }))),
        ("rename", &|| room.put(&renamed, &json!({ "name": "新名" }))),
        ("member", &|| room.post("/user/add", &member)),
        ("bind", &|| room.app.rest(Method::POST, "/bind").json(&json!({ "weixin_id": "gh_once" }))),
    ];
    for (key, write) in writes {
        let first = ask(keyed(write(), key)).await;
        assert_eq!(first.code(), 200, "{key} {}", first.body);
        let after = room.state().await;
        for _ in 0..2 {
            is_replay_of(&ask(keyed(write(), key)).await, &first, key);
            // The draft writes the key in quotes.
            is_replay_of(&ask(keyed(write(), &format!("\"{key}\""))).await, &first, key);
        }
        room.is_as_it_was(&after, key).await;
    }
    assert_eq!(texts(&room, "一次 😀").await, 1);
}

async fn deleting_with_a_key_is_done_once_and_answered_twice(app: TestApp) {
    let room = Room::furnish(app).await;
    for method in [Method::PUT, Method::DELETE] {
        let created = ask(room.post("/group", &json!({ "name": "一时" }))).await;
        let path = room.path(&format!("/group/{}", created.body["data"].as_str().unwrap()));
        let delete = || keyed(room.app.rest(method.clone(), &path), method.as_str());
        let first = ask(delete()).await;
        assert_eq!(first.code(), 200, "{method} {}", first.body);
        is_replay_of(&ask(delete()).await, &first, method.as_str());
    }
}

async fn another_request_under_the_same_key_is_a_conflict(app: TestApp) {
    let room = Room::furnish(app).await;
    let first = ask(keyed(room.post("/text", &json!({ "content": "a" })), "key")).await;
    assert_eq!(first.code(), 200);
    let before = room.state().await;
    for other in [
        room.post("/text", &json!({ "content": "b" })),
        room.post("/text", &json!({})),
        room.post("/text?a=b", &json!({ "content": "a" })),
        room.post("/group", &json!({ "content": "a", "name": "b" })),
        room.put(&format!("/group/{}", room.own.group), &json!({ "content": "a", "name": "b" })),
        room.app.rest(Method::PUT, &room.path(&format!("/group/{}", room.own.group))),
        room.delete(&format!("/group/{}", room.own.group)),
    ] {
        let answer = ask(keyed(other, "key")).await;
        answer.is_refusal(409, "another request");
        assert!(answer.message().contains("Idempotency-Key"), "{}", answer.body);
    }
    room.is_as_it_was(&before, "another request").await;
    is_replay_of(&ask(keyed(room.post("/text", &json!({ "content": "a" })), "key")).await, &first, "the first one");
}

async fn without_a_key_everything_is_done_twice(app: TestApp) {
    let room = Room::furnish(app).await;
    for _ in 0..2 {
        assert_eq!(ask(room.post("/text", &json!({ "content": "两次" }))).await.code(), 200);
        let variables = json!({ "input": { "accountId": room.own.id, "content": "两次" } });
        room.app.data(CREATE_TEXT, variables).await;
    }
    assert_eq!(texts(&room, "两次").await, 4);
}

/// One is done; the others hear that it runs, or its answer.
async fn of_requests_at_the_same_time_one_is_done(app: TestApp) {
    let room = Room::furnish(app).await;
    for round in 0..5 {
        let (key, content) = (format!("race {round}"), format!("赛 {round}"));
        let write = || ask(keyed(room.post("/text", &json!({ "content": content })), &key));
        let (a, b, c, d) = tokio::join!(write(), write(), write(), write());
        let done: Vec<&Value> = [&a, &b, &c, &d].into_iter().filter(|it| it.code() == 200).map(|it| &it.body).collect();
        assert!(!done.is_empty() && done.iter().all(|body| *body == done[0]), "{a:?} {b:?} {c:?} {d:?}");
        assert!([&a, &b, &c, &d].iter().all(|it| matches!(it.code(), 200 | 409)), "{a:?} {b:?} {c:?} {d:?}");
        assert_eq!(texts(&room, &content).await, 1);
        assert_eq!(write().await.body, *done[0]);
    }
}

async fn a_key_is_1_to_255_visible_characters(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let too_long = "k".repeat(256);
    let keys: [&[u8]; 6] = [b"", b" ", b"\"\"", too_long.as_bytes(), "😀".as_bytes(), b"\xff"];
    for key in keys {
        let context = String::from_utf8_lossy(key);
        let request = room.post("/text", &json!({ "content": "a" })).header("Idempotency-Key", key);
        let answer = ask(request).await;
        answer.is_refusal(400, &context);
        answer.names("Idempotency-Key", &context);
        let variables = json!({ "input": { "accountId": room.own.id, "content": "a" } });
        let answer = ask(room.graphql(CREATE_TEXT, variables).header("Idempotency-Key", key)).await;
        assert_eq!(answer.error()["extensions"]["code"], "BAD_USER_INPUT", "{context}: {}", answer.body);
        assert!(answer.error()["message"].as_str().unwrap().starts_with("Idempotency-Key: "), "{}", answer.body);
    }
    room.is_as_it_was(&before, "unusable keys").await;
    for (index, key) in ["k".repeat(255), "a'b\\c%_;--".to_owned(), "'".to_owned()].iter().enumerate() {
        let content = format!("键 {index}");
        for _ in 0..2 {
            assert_eq!(ask(keyed(room.post("/text", &json!({ "content": content })), key)).await.code(), 200);
        }
        assert_eq!(texts(&room, &content).await, 1, "{key}");
    }
}

async fn a_refusal_is_repeated_and_a_failure_is_not(app: TestApp) {
    let room = Room::furnish(app).await;
    let unnamed = || keyed(room.post("/group", &json!({ "name": " " })), "refused");
    let first = ask(unnamed()).await;
    first.is_refusal(400, "no name");
    is_replay_of(&ask(unnamed()).await, &first, "no name");

    let id = room.app.bind_only("gh_later").await;
    let fillin = json!({ "id": id, "app_id": APP_ID, "app_secret": "sandbox" });
    let fillin = || keyed(room.app.rest(Method::POST, "/bind/fillin").json(&fillin), "failed");
    room.app.fault(json!({ "path": "/cgi-bin/stable_token", "times": 10, "drop": true })).await;
    assert_eq!(ask(fillin()).await.code(), 502);
    room.app.control(Method::DELETE, "/faults", Value::Null).await;
    let second = ask(fillin()).await;
    assert_eq!(second.code(), 200, "{}", second.body);
    is_replay_of(&ask(fillin()).await, &second, "after the failure");
}

async fn a_key_belongs_to_one_account(app: TestApp) {
    let room = Room::furnish(app).await;
    for account in [&room.own, &room.other] {
        let request = room.app.rest(Method::POST, &format!("/{}/text", account.id)).json(&json!({ "content": "同" }));
        let answer = ask(keyed(request, "shared")).await;
        assert_eq!((answer.code(), answer.header("idempotency-replayed")), (200, ""), "{}", answer.body);
    }
    assert_eq!(texts(&room, "同").await, 1);
}

async fn graphql_does_the_same_request_once(app: TestApp) {
    let room = Room::furnish(app).await;
    let first = ask(create_text(&room, "一次 😀", "key")).await;
    assert_eq!(first.body["data"]["createText"]["text"]["content"], "一次 😀", "{}", first.body);
    is_replay_of(&ask(create_text(&room, "一次 😀", "key")).await, &first, "again");
    assert_eq!(texts(&room, "一次 😀").await, 1);
    // A refusal, too.
    let first = ask(create_text(&room, "", "empty")).await;
    assert_eq!(first.error()["extensions"]["field"], "content", "{}", first.body);
    is_replay_of(&ask(create_text(&room, "", "empty")).await, &first, "refused again");
}

async fn graphql_refuses_another_request_under_the_same_key(app: TestApp) {
    let room = Room::furnish(app).await;
    let first = ask(create_text(&room, "a", "key")).await;
    assert!(first.body["errors"].is_null(), "{}", first.body);
    let before = room.state().await;
    let delete = "mutation ($input: DeleteGroupInput!) { deleteGroup(input: $input) { group { id } } }";
    let delete = room.graphql(delete, json!({ "input": { "accountId": room.own.id, "id": room.own.group } }));
    for other in [create_text(&room, "b", "key"), keyed(delete, "key")] {
        let answer = ask(other).await;
        assert_eq!(answer.error()["extensions"]["code"], "CONFLICT", "{}", answer.body);
        assert!(answer.body["data"].is_null(), "{}", answer.body);
    }
    room.is_as_it_was(&before, "another request").await;
}

async fn graphql_does_one_of_the_requests_at_the_same_time(app: TestApp) {
    let room = Room::furnish(app).await;
    for round in 0..5 {
        let (key, content) = (format!("race {round}"), format!("赛 {round}"));
        let write = || ask(create_text(&room, &content, &key));
        let (a, b, c) = tokio::join!(write(), write(), write());
        let all = [&a, &b, &c];
        let done: Vec<&Value> = all.iter().filter(|it| it.body["errors"].is_null()).map(|it| &it.body).collect();
        assert!(!done.is_empty() && done.iter().all(|body| *body == done[0]), "{all:?}");
        for refused in all.iter().filter(|it| !it.body["errors"].is_null()) {
            assert_eq!(refused.error()["extensions"]["code"], "CONFLICT", "{all:?}");
        }
        assert_eq!(texts(&room, &content).await, 1);
    }
}
