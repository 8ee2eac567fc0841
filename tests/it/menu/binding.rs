//! What buttons do: replies, links, and the keys that stay.

use odaesan::domain::menu::reply_of_key;
use sea_orm::Database;
use serde_json::{Value, json};

use super::{OK, bind, button, create, fetch_again, listed, publish, refused, text, unbind};
use crate::support::TestApp;
use crate::support::uploads::File;

on_every_database!(
    every_kind_of_reply_can_be_bound,
    a_reply_that_is_of_no_use_is_refused,
    a_link_must_be_a_web_address,
    a_button_keeps_its_key_for_good,
    a_click_finds_its_reply_by_the_key,
    a_material_that_a_button_uses_is_not_deleted_by_mistake,
);

/// The id of what was uploaded.
async fn uploaded(app: &TestApp, account: &str, route: &str, file: File) -> String {
    let saved = app.upload(&format!("/{account}/{route}"), file).await;
    saved["data"]["id"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned()
}

async fn news(app: &TestApp, account: &str) -> String {
    let image = uploaded(app, account, "news/image", File::image("a.jpg")).await;
    let article = json!({ "title": "春茶", "image_id": image, "content": "a" });
    let saved = app.post(&format!("/{account}/news/single"), article).await;
    saved["data"].as_str().unwrap_or_else(|| panic!("{saved}")).to_owned()
}

async fn every_kind_of_reply_can_be_bound(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let id = create(&app, &account, "0", "a").await;
    let voice = uploaded(&app, &account, "voice", File::voice("a.mp3")).await;
    let materials = [
        ("text", text(&app, &account, "你好").await, "Text"),
        ("image", uploaded(&app, &account, "image", File::image("a.jpg")).await, "Image"),
        ("voice", voice.clone(), "Voice"),
        ("video", uploaded(&app, &account, "video/upload", File::video("a.mp4")).await, "Video"),
        ("music", voice, "Voice"),
        ("news", news(&app, &account).await, "News"),
    ];
    for (kind, material, type_name) in &materials {
        bind(&app, &account, &id, kind, material).await;
        let shown = &listed(&app, &account).await[0];
        assert_eq!((&shown["reply_type"], &shown["reply_id"]), (&json!(kind), &json!(material)), "{shown}");
        assert_eq!((&shown["type"], &shown["url"]), (&json!("click"), &Value::Null), "{shown}");
        let query = "query ($a: ID!, $id: ID!) { account(id: $a) { menuButton(id: $id) { replyType reply { __typename
            ... on Text { id } ... on Image { id } ... on Voice { id } ... on Video { id } ... on News { id } } } } }";
        let shown = app.data(query, json!({ "a": account, "id": id })).await["account"]["menuButton"].take();
        assert_eq!(
            shown,
            json!({ "replyType": kind.to_uppercase(), "reply": { "__typename": type_name, "id": material } })
        );
    }
    bind(&app, &account, &id, "link", " https://example.com/路?a=1#b ").await;
    let shown = &listed(&app, &account).await[0];
    assert_eq!(
        (&shown["type"], &shown["url"], &shown["reply_type"], &shown["reply_id"], &shown["keycode"]),
        (&json!("view"), &json!("https://example.com/路?a=1#b"), &Value::Null, &Value::Null, &Value::Null)
    );
}

async fn a_reply_that_is_of_no_use_is_refused(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let other = app.bind_only("gh_2").await;
    let id = create(&app, &account, "0", "a").await;
    let (own, foreign) = (text(&app, &account, "a").await, text(&app, &other, "a").await);
    let long = text(&app, &account, &"汉".repeat(700)).await;
    let cover = uploaded(&app, &account, "news/image", File::image("a.jpg")).await;
    let path = format!("/{account}/menu/bind");
    for (reply_type, reply_id) in
        [("text", &foreign), ("image", &own), ("news", &own), ("music", &own), ("text", &long), ("image", &cover)]
    {
        let body = json!({ "menu_id": id, "reply_id": reply_id, "reply_type": reply_type });
        let message = refused(&app.post(&path, body).await, 400);
        assert!(message.starts_with("reply_id: ") && message.contains(reply_id), "{message}");
    }
    let body = json!({ "menu_id": id, "reply_id": own, "reply_type": "song" });
    let message = refused(&app.post(&path, body).await, 400);
    assert!(message.starts_with("reply_type: ") && message.contains("link"), "{message}");
    assert_eq!(listed(&app, &account).await[0]["type"], Value::Null);
}

async fn a_link_must_be_a_web_address(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let id = create(&app, &account, "0", "a").await;
    let long = |bytes: usize| format!("https://example.com/{}", "a".repeat(bytes - 20));
    for address in [
        "example.com",
        "ftp://example.com/",
        "javascript:alert(1)",
        "http:example.com",
        "http://",
        "https:///path",
        "http://exa mple.com",
        "http://example.com/a b",
        "http://example.com/\u{7f}",
        "/menu",
        "汉",
        &long(1_025),
    ] {
        let body = json!({ "menu_id": id, "reply_id": address, "reply_type": "link" });
        let message = refused(&app.post(&format!("/{account}/menu/bind"), body).await, 400);
        assert!(message.starts_with("reply_id: "), "{address}: {message}");
    }
    for address in [&long(1_024), "http://m.yeapoo.com", "HTTP://127.0.0.1:8080", "https://例子.测试/"] {
        bind(&app, &account, &id, "link", address).await;
        assert_eq!(listed(&app, &account).await[0]["url"], *address);
    }
}

async fn a_button_keeps_its_key_for_good(app: TestApp) {
    let account = app.bind(0).await;
    let id = create(&app, &account, "0", "a").await;
    let (one, two) = (text(&app, &account, "a").await, text(&app, &account, "b").await);
    bind(&app, &account, &id, "text", &one).await;
    let keycode = button(&app, &account, &id).await["keycode"].clone();
    assert_eq!(keycode.as_str().unwrap().len(), 36);
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    for round in 0..3 {
        bind(&app, &account, &id, "text", &two).await;
        assert_eq!(button(&app, &account, &id).await["keycode"], keycode, "bound anew, {round}");
        unbind(&app, &account, &id).await;
        let shown = button(&app, &account, &id).await;
        for field in ["type", "keycode", "url", "replyType", "replyId", "details"] {
            assert_eq!(shown[field], Value::Null, "{shown}");
        }
        bind(&app, &account, &id, "link", "http://example.com").await;
        assert_eq!(button(&app, &account, &id).await["keycode"], Value::Null);
        bind(&app, &account, &id, "text", &one).await;
        assert_eq!(button(&app, &account, &id).await["keycode"], keycode, "after all, {round}");
    }
    let before = listed(&app, &account).await;
    fetch_again(&app, &account).await;
    assert_eq!(listed(&app, &account).await, before, "its id, its key and its reply outlive a fetch");
    // Also those of a button that was unbound when the menu was fetched: WeChat still has it.
    unbind(&app, &account, &id).await;
    fetch_again(&app, &account).await;
    let shown = button(&app, &account, &id).await;
    assert_eq!((&shown["type"], &shown["keycode"], &shown["replyId"]), (&json!("click"), &keycode, &Value::Null));
}

async fn a_click_finds_its_reply_by_the_key(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let other = app.bind_only("gh_2").await;
    let id = create(&app, &account, "0", "a").await;
    let text = text(&app, &account, "a").await;
    bind(&app, &account, &id, "text", &text).await;
    let keycode = button(&app, &account, &id).await["keycode"].as_str().unwrap().to_owned();
    let database = Database::connect(&app.database.url).await.unwrap();
    let found = reply_of_key(&database, &account, &keycode).await.unwrap().unwrap();
    assert_eq!((found.0, found.1.id), (id.clone(), text.clone()));
    for key in ["", "nobody", "a\0b", &keycode.to_uppercase(), &format!("{keycode} "), &id] {
        assert_eq!(reply_of_key(&database, &account, key).await.unwrap(), None, "{key:?}");
    }
    assert_eq!(reply_of_key(&database, &other, &keycode).await.unwrap(), None);
    bind(&app, &account, &id, "link", "http://example.com").await;
    assert_eq!(reply_of_key(&database, &account, &keycode).await.unwrap(), None);
    bind(&app, &account, &id, "text", &text).await;
    assert!(reply_of_key(&database, &account, &keycode).await.unwrap().is_some());
    unbind(&app, &account, &id).await;
    assert_eq!(reply_of_key(&database, &account, &keycode).await.unwrap(), None);
    database.close().await.unwrap();
}

async fn a_material_that_a_button_uses_is_not_deleted_by_mistake(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let id = create(&app, &account, "0", "歌").await;
    let voice = uploaded(&app, &account, "voice", File::voice("a.mp3")).await;
    bind(&app, &account, &id, "music", &voice).await;
    let message = refused(&app.delete(&format!("/{account}/voice/{voice}")).await, 409);
    assert!(message.contains("歌") && message.contains(&id), "{message}");
    assert_eq!(app.delete(&format!("/{account}/voice/{voice}?force=1")).await.to_string(), OK);
    let query =
        "query ($a: ID!, $id: ID!) { account(id: $a) { menuButton(id: $id) { replyId reply { __typename } } } }";
    let shown = app.data(query, json!({ "a": account, "id": id })).await["account"]["menuButton"].take();
    assert_eq!(shown, json!({ "replyId": voice, "reply": null }));
}
