//! Names of groups, the groups that belong to WeChat, and the two ways to delete one.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::room::{Room, ask};
use crate::support::TestApp;

on_every_database!(
    a_name_has_at_most_100_characters,
    any_name_is_kept_as_it_is_and_is_unique,
    names_that_only_look_alike_are_different,
    groups_of_wechat_are_neither_renamed_nor_deleted,
    what_is_gone_cannot_be_deleted_or_renamed,
    a_put_deletes_only_without_a_single_byte,
    a_put_that_breaks_off_deletes_nothing,
    a_put_with_the_name_in_the_query_deletes_nothing,
);

async fn a_name_has_at_most_100_characters(app: TestApp) {
    let room = Room::furnish(app).await;
    let rename = format!("/group/{}", room.own.group);
    for unit in ["a", "汉", "😀", "\\"] {
        let (most, more) = (unit.repeat(100), unit.repeat(101));
        let before = room.state().await;
        for request in [room.post("/group", &json!({ "name": more })), room.put(&rename, &json!({ "name": more }))] {
            let answer = ask(request).await;
            answer.is_refusal(400, unit);
            assert_eq!(answer.message(), "name: must have at most 100 characters, has 101");
        }
        room.is_as_it_was(&before, unit).await;
        // White space around a name is no part of it.
        assert_eq!(ask(room.put(&rename, &json!({ "name": format!(" {most}\n") }))).await.code(), 200);
        assert!(room.group_names().await.contains(&most));
        assert_eq!(ask(room.put(&rename, &json!({ "name": "客人" }))).await.code(), 200);
        assert_eq!(ask(room.post("/group", &json!({ "name": most }))).await.code(), 200);
        assert!(room.group_names().await.contains(&most));
    }
}

async fn any_name_is_kept_as_it_is_and_is_unique(app: TestApp) {
    let room = Room::furnish(app).await;
    let names = [
        "\"",
        "'",
        "`",
        "%",
        "_",
        "\\",
        "\\\\",
        "\\'",
        "%s",
        "{}",
        "$1",
        "?",
        ";",
        "--",
        "a\"b'c%d_e\\f",
        "'; DROP TABLE x; --",
        "😀",
        "👩‍👩‍👧‍👦 🇨🇳",
        "e\u{301}",
        "\u{202e}abc",
        "<script>",
        "a\nb\tc",
        "null",
        "0",
        "-1",
        "true",
        "\u{1}",
        "\u{10ffff}",
    ];
    for name in names {
        let created = ask(room.post("/group", &json!({ "name": name }))).await;
        assert_eq!(created.code(), 200, "{name:?} {}", created.body);
        let id = created.body["data"].as_str().unwrap().to_owned();
        let names = room.group_names().await;
        assert_eq!(names.iter().filter(|known| *known == name).count(), 1, "{name:?} {names:?}");
        let before = room.state().await;
        let rename = format!("/group/{}", room.own.group);
        for request in [
            room.post("/group", &json!({ "name": name })),
            room.post("/group", &json!({ "name": format!(" {name} ") })),
            room.put(&rename, &json!({ "name": name })),
        ] {
            ask(request).await.is_refusal(409, name);
        }
        room.is_as_it_was(&before, name).await;
        // Its own name is free for a group, and so is the name of a group of another account.
        assert_eq!(ask(room.put(&format!("/group/{id}"), &json!({ "name": name }))).await.code(), 200);
        let elsewhere = room.app.post(&format!("/{}/group", room.other.id), json!({ "name": name })).await;
        assert_eq!(elsewhere["code"], 200, "{name:?} {elsewhere}");
    }
}

async fn names_that_only_look_alike_are_different(app: TestApp) {
    let room = Room::furnish(app).await;
    let names = [
        "ab",
        "AB",
        "áb",
        "a\u{301}b",
        "ａｂ",
        "a%",
        "a_",
        "%b",
        "_b",
        "ß",
        "ss",
        "😀",
        "😁",
        "ab\u{200b}",
        "a b",
        "a  b",
    ];
    for name in names {
        let created = ask(room.post("/group", &json!({ "name": name }))).await;
        assert_eq!(created.code(), 200, "{name:?} {}", created.body);
    }
    let known = room.group_names().await;
    assert!(names.iter().all(|name| known.iter().any(|known| known == name)), "{known:?}");
}

async fn groups_of_wechat_are_neither_renamed_nor_deleted(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for id in ["-1", "0", "1", "2"] {
        let path = format!("/group/{id}");
        let put = room.app.rest(Method::PUT, &room.path(&path));
        for request in [room.put(&path, &json!({ "name": "我的" })), put, room.delete(&path)] {
            let answer = ask(request).await;
            answer.is_refusal(400, id);
            answer.names("id", id);
        }
    }
    room.is_as_it_was(&before, "groups of WeChat").await;
}

async fn what_is_gone_cannot_be_deleted_or_renamed(app: TestApp) {
    let room = Room::furnish(app).await;
    let path = format!("/group/{}", room.own.group);
    assert_eq!(ask(room.delete(&path)).await.code(), 200);
    let before = room.state().await;
    for request in [
        room.delete(&path),
        room.app.rest(Method::PUT, &room.path(&path)),
        room.put(&path, &json!({ "name": "还在吗" })),
        room.get(&format!("/user?group={}", room.own.group)),
        room.post("/user/add", &json!({ "openid": room.own.openids[0], "group_id": room.own.group })),
        room.post("/user/rm", &json!({ "openid": room.own.openids[0], "group_id": room.own.group })),
        room.post("/user/add/batch", &json!({ "openid": [], "group_id": room.own.group })),
    ] {
        let answer = ask(request).await;
        answer.is_refusal(404, &path);
        assert_eq!(answer.message(), format!("group {:?} does not exist", room.own.group));
    }
    room.is_as_it_was(&before, "a deleted group").await;
    // Its name is free again, and its member is ungrouped.
    assert_eq!(ask(room.post("/group", &json!({ "name": "客人" }))).await.code(), 200);
    assert_eq!(ask(room.get(&format!("/user/groups/{}", room.own.openids[0]))).await.body["data"], json!(["0"]));
}

async fn a_put_deletes_only_without_a_single_byte(app: TestApp) {
    let room = Room::furnish(app).await;
    let path = room.path(&format!("/group/{}", room.own.group));
    let before = room.state().await;
    for (body, content_type, code) in [
        ("{}", "application/json", 400),
        ("null", "application/json", 400),
        ("{\"name\":null}", "application/json", 400),
        ("{\"name\":\"\"}", "application/json", 400),
        ("{\"nmae\":\"a\"}", "application/json", 400),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        (" ", "application/json", 400),
        ("\n", "application/json", 400),
        ("\u{feff}", "application/json", 400),
        ("name=a", "application/x-www-form-urlencoded", 415),
        ("{\"name\":\"a\"}", "text/plain", 415),
        (" ", "text/plain", 415),
    ] {
        let request = room.app.rest(Method::PUT, &path).header("content-type", content_type).body(body);
        let context = format!("{body:?} {content_type}");
        ask(request).await.is_refusal(code, &context);
        room.is_as_it_was(&before, &context).await;
    }
    for (content_type, length) in [(None, None), (Some("application/json"), Some("0")), (Some("text/plain"), None)] {
        let created = ask(room.post("/group", &json!({ "name": "一时" }))).await;
        let id = created.body["data"].as_str().unwrap().to_owned();
        let mut request = room.app.rest(Method::PUT, &room.path(&format!("/group/{id}")));
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        assert_eq!(ask(request).await.body, json!({ "code": 200, "message": "OK", "data": null }));
        room.is_as_it_was(&before, "made and deleted").await;
    }
}

async fn a_put_that_breaks_off_deletes_nothing(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let path = room.path(&format!("/group/{}", room.own.group));
    let host = room.app.url.trim_start_matches("http://");
    for rest in
        ["Content-Length: 20\r\n\r\n", "Content-Length: 20\r\n\r\n{\"name\"", "Transfer-Encoding: chunked\r\n\r\n"]
    {
        let mut stream = TcpStream::connect(host).await.unwrap();
        let head = format!("PUT /v1{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{rest}");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        // Answered or not: the connection ends.
        tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(!answer.contains("\"code\":200"), "{rest:?} {answer}");
        room.is_as_it_was(&before, rest).await;
    }
    let still = ask(room.get(&format!("/user?group={}", room.own.group))).await;
    assert_ne!(still.body["data"], Value::Null);
}

/// `name` is a parameter of the route and may stand in the query, as in `POST /group?name=…`: who sends it does not
/// mean to delete, even without a body.
async fn a_put_with_the_name_in_the_query_deletes_nothing(app: TestApp) {
    let room = Room::furnish(app).await;
    let path = room.path(&format!("/group/{}?name=%E6%94%B9", room.own.group));
    let answer = ask(room.app.rest(Method::PUT, &path)).await;
    assert!(matches!(answer.code(), 200 | 400), "{}", answer.body);
    let kept = ask(room.get(&format!("/user?group={}", room.own.group))).await;
    assert_eq!(kept.code(), 200, "the group is gone: {}", kept.body);
}
