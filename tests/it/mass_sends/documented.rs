//! The routes as the V1 document has them, letter by letter, and the words of their refusals.

use reqwest::Method;
use serde_json::{Value, json};

use super::{OK, bind, comes_to, create, news, refused, says, send, send_text, status, text, uploaded};
use crate::support::TestApp;
use crate::support::uploads::File;

on_every_database!(
    the_routes_answer_as_documented,
    every_type_is_listed_as_documented,
    the_list_has_pages_newest_first,
    a_deleted_material_leaves_a_bare_entry,
    refusals_have_their_documented_words,
    the_names_of_types_and_genders_are_taken_as_clients_write_them,
);

/// The list of the document, of which the members are strings where they are quoted.
async fn listed(app: &TestApp, account: &str, query: &str) -> Value {
    let mut answer = app.get(&format!("/{account}/masssend{query}")).await;
    assert_eq!((&answer["code"], &answer["message"]), (&json!(200), &json!("OK")), "{answer}");
    let members: Vec<&String> = answer["data"].as_object().unwrap().keys().collect();
    assert_eq!(members, ["message", "pagination"]);
    answer["data"].take()
}

async fn the_routes_answer_as_documented(app: TestApp) {
    let account = bind(&app, 3).await;
    assert_eq!(
        app.get(&format!("/{account}/masssend")).await.to_string(),
        r#"{"code":200,"message":"OK","data":{"message":[],"pagination":{"index":1,"size":10,"count":0}}}"#
    );
    super::profile(&app, json!({ "mass_finish": "manual" })).await;
    let text = text(&app, &account, "你好").await;
    let before = chrono::Utc::now().timestamp_millis();
    let id = send(&app, &account, "-1", ("text", &text)).await;
    comes_to(&app, &account, &id, "SENT").await;
    assert_eq!(status(&app, &account, &id).await, says("sending", [None; 4]));
    let answer = app.get(&format!("/{account}/masssend?index=1&size=10")).await;
    let time = answer["data"]["message"][0]["create_time"].as_i64().unwrap();
    assert!((before..=chrono::Utc::now().timestamp_millis()).contains(&time), "{answer}");
    assert_eq!(
        answer.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"message":[{{"id":"{id}","msg_type":"text","sent_as":"text","msg_id":"{text}","create_time":{time},"content":"你好"}}],"pagination":{{"index":1,"size":10,"count":1}}}}}}"#
        )
    );
    let sent = super::at_wechat(&app).await;
    let end = json!({ "total_count": 9, "filter_count": 8, "sent_count": 7, "error_count": 1 });
    super::finish_at_wechat(&app, &sent[0]["msg_id"], end).await;
    assert_eq!(status(&app, &account, &id).await, says("send success", [Some(9), Some(8), Some(7), Some(1)]));
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let preview = json!({ "openid": openid, "msg_type": "text", "msg_id": text });
    assert_eq!(app.post(&format!("/{account}/masssend/preview"), preview).await.to_string(), OK);
}

async fn every_type_is_listed_as_documented(app: TestApp) {
    let account = bind(&app, 2).await;
    let image = uploaded(&app, &account, "image", File::image("茶.jpg")).await;
    let voice = uploaded(&app, &account, "voice", File::voice("问候.mp3")).await;
    let video = uploaded(&app, &account, "video/upload", File::video("a.mp4")).await;
    let caption = json!({ "title": "茶艺", "description": "说明" });
    assert_eq!(app.post(&format!("/{account}/video/{video}"), caption).await.to_string(), OK);
    let news = news(&app, &account, "春茶").await;
    let text = text(&app, &account, "你好").await;
    let address = async |of: &str| app.get(&format!("/{account}/{of}")).await["data"].clone();
    let image_url = address(&format!("image/url/{image}")).await["url"].take();
    let voice_url = address(&format!("voice/url/{voice}")).await["url"].take();
    let video_url = address(&format!("video/{video}")).await["url"].take();
    let article = address(&format!("news/{news}")).await[0].take();
    let article = [
        "id",
        "update_time",
        "title",
        "author",
        "image_id",
        "url",
        "digest",
        "content",
        "content_source_url",
        "article_url",
    ]
    .map(|member| format!("{:?}:{}", member, article[member]))
    .join(",");
    let mut expected = Vec::new();
    for (kind, shown, sent_as, material, more) in [
        ("image", "image", "image", &image, format!(r#""name":"茶.jpg","url":{image_url}"#)),
        ("voice", "voice", "voice", &voice, format!(r#""name":"问候.mp3","url":{voice_url}"#)),
        ("mpvideo", "video", "mpvideo", &video, format!(r#""title":"茶艺","description":"说明","url":{video_url}"#)),
        ("mpnews", "news", "mpnews", &news, format!(r#""news":[{{{article}}}]"#)),
        ("text", "text", "text", &text, r#""content":"你好""#.to_owned()),
    ] {
        let id = send(&app, &account, "-1", (kind, material)).await;
        let entry = listed(&app, &account, "?size=1").await["message"][0].take();
        let time = entry["create_time"].as_i64().unwrap();
        let all = format!(
            r#"{{"id":"{id}","msg_type":"{shown}","sent_as":"{sent_as}","msg_id":"{material}","create_time":{time},{more}}}"#
        );
        assert_eq!(entry.to_string(), all);
        expected.insert(0, entry);
    }
    assert_eq!(listed(&app, &account, "").await["message"], json!(expected));
    for url in [image_url, voice_url, video_url] {
        assert!(url.as_str().unwrap().starts_with("http"), "{url}");
    }
}

async fn the_list_has_pages_newest_first(app: TestApp) {
    let account = bind(&app, 2).await;
    profile(&app).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.insert(0, send_text(&app, &account, &format!("第{number}")).await);
    }
    let page = async |query: &str| -> (Vec<String>, Value) {
        let data = listed(&app, &account, query).await;
        let ids = data["message"].as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap().to_owned());
        (ids.collect(), data["pagination"].clone())
    };
    for (query, range, index, size) in [
        ("", 0..5, 1, 10),
        ("?index=1&size=2", 0..2, 1, 2),
        ("?index=2&size=2", 2..4, 2, 2),
        ("?index=3&size=2", 4..5, 3, 2),
        ("?index=4&size=2", 0..0, 4, 2),
        ("?index=0&size=3", 0..3, 1, 3),
        ("?size=0", 0..0, 1, 0),
        ("?size=1000", 0..5, 1, 100),
    ] {
        let pagination = json!({ "index": index, "size": size, "count": 5 });
        assert_eq!(page(query).await, (ids[range].to_vec(), pagination), "{query}");
    }
    // And by cursors, there and back.
    let query = "query ($id: ID!, $after: String, $before: String, $first: Int, $last: Int) { account(id: $id) {
        massSends(after: $after, before: $before, first: $first, last: $last) { totalCount nodes { id }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";
    let mut walked = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = app.data(query, json!({ "id": account, "first": 2, "after": after })).await;
        let list = &data["account"]["massSends"];
        assert_eq!(list["totalCount"], 5);
        walked.extend(list["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()));
        if list["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(walked, ids);
    let data = app.data(query, json!({ "id": account, "last": 2 })).await;
    assert_eq!(data["account"]["massSends"]["nodes"], json!([{ "id": ids[3] }, { "id": ids[4] }]));
}

/// Any number a day, for lists of some length.
async fn profile(app: &TestApp) {
    super::profile(app, json!({ "mass_quota": false })).await;
}

async fn a_deleted_material_leaves_a_bare_entry(app: TestApp) {
    let account = bind(&app, 2).await;
    let image = uploaded(&app, &account, "image", File::image("a.jpg")).await;
    let voice = uploaded(&app, &account, "voice", File::voice("a.mp3")).await;
    let video = uploaded(&app, &account, "video/upload", File::video("a.mp4")).await;
    let news = news(&app, &account, "a").await;
    for (kind, route, material, state) in [
        ("image", "image", &image, "FINISHED"),
        ("voice", "voice", &voice, "FINISHED"),
        ("video", "video", &video, "FAILED"),
        ("news", "news", &news, "FINISHED"),
    ] {
        let id = send(&app, &account, "-1", (kind, material)).await;
        let before = super::status(&app, &account, &id).await;
        assert!(before.contains("\"code\":200"), "{before}");
        comes_to(&app, &account, &id, state).await;
        let told = status(&app, &account, &id).await;
        assert_eq!(app.delete(&format!("/{account}/{route}/{material}")).await.to_string(), OK);
        let entry = listed(&app, &account, "?size=1").await["message"][0].take();
        let members: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert_eq!(members, ["id", "msg_type", "sent_as", "msg_id", "create_time"]);
        assert_eq!((&entry["id"], &entry["msg_type"], &entry["msg_id"]), (&json!(id), &json!(route), &json!(material)));
        assert_eq!(status(&app, &account, &id).await, told);
        let shown = super::shown(&app, &account, &id).await;
        assert_eq!((&shown["material"], &shown["materialId"]), (&Value::Null, &json!(material)), "{shown}");
    }
    assert_eq!(listed(&app, &account, "").await["pagination"]["count"], 4);
}

async fn refusals_have_their_documented_words(app: TestApp) {
    let account = app.bind(2).await;
    let text = text(&app, &account, "a").await;
    let image = uploaded(&app, &account, "image", File::image("a.jpg")).await;
    let empty = app.post(&format!("/{account}/group"), json!({ "name": "空" })).await["data"].take();
    let path = format!("/{account}/masssend/send");
    let body = |group: &Value, kind: &str, id: &str| json!({ "group_id": group, "msg_type": kind, "msg_id": id });
    for group in [&empty, &json!("1"), &json!("2"), &json!("nobody"), &json!(999)] {
        assert_eq!(
            app.post(&path, body(group, "text", &text)).await.to_string(),
            r#"{"code":400,"message":"invalid openid list under selection condition","data":null}"#,
            "{group}"
        );
    }
    let everybody = json!("-1");
    for (kind, id) in [("text", "nobody"), ("text", &image), ("image", &text), ("news", &text), ("mpvideo", &image)] {
        let message = refused(&app.post(&path, body(&everybody, kind, id)).await, 400);
        assert!(message.starts_with("msg_id: ") && message.contains(id), "{kind} {message}");
    }
    let message = refused(&app.post(&path, body(&everybody, "music", &text)).await, 400);
    assert!(message.starts_with("msg_type: ") && message.contains("mpnews"), "{message}");
    refused(&app.get(&format!("/{account}/masssend/nobody")).await, 404);
    // Where both are wrong, whom it is for is looked at first.
    let message = refused(&app.post(&path, body(&empty, "text", "nobody")).await, 400);
    assert_eq!(message, "invalid openid list under selection condition");
    let bare = app.bind_only("gh_bare").await;
    let own = super::text(&app, &bare, "a").await;
    let message = refused(&app.post(&format!("/{bare}/masssend/send"), body(&everybody, "text", &own)).await, 400);
    assert!(message.starts_with("info_id: ") && message.contains("fill them in"), "{message}");
    for account in [&account, &bare] {
        assert_eq!(listed(&app, account, "").await["message"], json!([]));
    }
    assert_eq!(app.calls(super::SEND).await, 0);
}

async fn the_names_of_types_and_genders_are_taken_as_clients_write_them(app: TestApp) {
    let account = bind(&app, 3).await;
    profile(&app).await;
    let openids = app.openids(&account, "-1", 3).await;
    for openid in &openids[..2] {
        app.change_follower(crate::support::app::APP_ID, openid, json!({ "sex": 2 })).await;
    }
    app.fetch_again(&account).await;
    let (text, news) = (text(&app, &account, "a").await, news(&app, &account, "a").await);
    for (kind, material, gender, wanted) in [
        ("text", &text, json!("2"), "FEMALE"),
        ("TEXT", &text, json!(2), "FEMALE"),
        ("Text", &text, json!("female"), "FEMALE"),
        ("news", &news, json!(2), "FEMALE"),
        ("mpnews", &news, json!(" 2 "), "FEMALE"),
    ] {
        let body = json!({ "group_id": -1, "gender": gender, "msg_type": kind, "msg_id": material });
        let request = app.rest(Method::POST, &format!("/{account}/masssend/send")).json(&body);
        assert_eq!(app.json(request).await.to_string(), OK, "{body}");
        let query =
            "query ($id: ID!) { account(id: $id) { massSends(first: 1) { nodes { id gender recipientCount } } } }";
        let newest = app.data(query, json!({ "id": account })).await["account"]["massSends"]["nodes"][0].take();
        assert_eq!((&newest["gender"], &newest["recipientCount"]), (&json!(wanted), &json!(2)), "{body}");
        comes_to(&app, &account, newest["id"].as_str().unwrap(), "FINISHED").await;
    }
    // No gender is any gender.
    for gender in [Value::Null, json!("")] {
        let body = json!({ "group_id": "-1", "gender": gender, "msg_type": "text", "msg_id": text });
        assert_eq!(app.post(&format!("/{account}/masssend/send"), body).await.to_string(), OK, "{gender}");
    }
    let id = create(&app, &account, json!({ "type": "TEXT", "materialId": text })).await;
    assert_eq!(super::shown(&app, &account, &id).await["recipientCount"], 3, "everybody is the default");
}
