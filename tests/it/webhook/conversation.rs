//! The whole conversation: a follower joins, writes, clicks, leaves and comes back, and the account answers.

use reqwest::Method;
use serde_json::{Value, json};

use super::NEWCOMER;
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::uploads::File;
use crate::support::webhook::MODES;

on_every_database!(a_conversation_from_beginning_to_end, voices_are_read_and_pictures_get_the_default);

/// One material of each type that a reply can be: the type, and the id.
struct Shelf(Vec<(&'static str, String)>);

impl Shelf {
    async fn fill(app: &TestApp, account: &str) -> Self {
        let id = |answer: &Value| answer["data"]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        let text = app.post(&format!("/{account}/text"), json!({ "content": "文字 ]]> & <b>" })).await;
        let image = app.upload(&format!("/{account}/image"), File::image("图.jpg")).await;
        let voice = app.upload(&format!("/{account}/voice"), File::voice("音.mp3")).await;
        let video = app.upload(&format!("/{account}/video/upload"), File::video("片.mp4")).await;
        let caption = json!({ "title": "片名", "description": "简介" });
        assert_eq!(app.post(&format!("/{account}/video/{}", id(&video)), caption).await["code"], 200);
        let article =
            |title: &str| json!({ "title": title, "content": "<p>正文</p>", "image_id": id(&image), "digest": "摘要" });
        let news = json!([article("头条"), article("次条")]);
        let news = app.post(&format!("/{account}/news/multiple"), news).await["data"].as_str().unwrap().to_owned();
        app.wait_for_all_jobs(account).await;
        Self(vec![
            ("text", text["data"].as_str().unwrap().to_owned()),
            ("image", id(&image)),
            ("voice", id(&voice)),
            ("video", id(&video)),
            ("news", news),
            ("music", id(&voice)),
        ])
    }
}

/// Asserts that a reply is the shelf's material of a type. `articles`: how many of a news are shown.
fn assert_shows(reply: &Value, kind: &str, articles: usize) {
    assert_eq!(reply["type"], kind, "{reply:#}");
    match kind {
        "text" => assert_eq!(reply["content"], "文字 ]]> & <b>"),
        "image" | "voice" => assert!(!reply["media_id"].as_str().unwrap().is_empty(), "{reply:#}"),
        "video" => assert_eq!((&reply["title"], &reply["description"]), (&json!("片名"), &json!("简介"))),
        "music" => {
            assert_eq!(reply["title"], "音.mp3", "{reply:#}");
            assert!(reply["music_url"].as_str().unwrap().contains("/files/"), "{reply:#}");
            assert!(!reply["thumb_media_id"].as_str().unwrap().is_empty(), "{reply:#}");
        }
        "news" => {
            let shown = reply["articles"].as_array().unwrap();
            assert_eq!(shown.len(), articles, "{reply:#}");
            assert_eq!((&shown[0]["title"], &shown[0]["description"]), (&json!("头条"), &json!("摘要")));
            assert!(shown[0]["url"].as_str().unwrap().contains("/page/"));
            assert!(shown[0]["pic_url"].as_str().unwrap().ends_with(".jpg"));
        }
        other => panic!("{other}"),
    }
}

async fn a_conversation_from_beginning_to_end(app: TestApp) {
    let account = app.bind(1).await;
    let shelf = Shelf::fill(&app, &account).await;
    app.reply_with_text(&account, "__subscribe", &[], "欢迎关注").await;
    app.reply_with_text(&account, "__default", &[], "没听懂").await;
    for (kind, id) in &shelf.0 {
        app.reply_with(&account, &format!("答{kind}"), &[(&format!("要{kind}"), true)], (kind, id)).await;
    }
    let buttons = menu(&app, &account, &shelf).await;

    for (turn, mode) in MODES.iter().enumerate() {
        app.connect_webhook(&account, mode).await;
        let openid = format!("{NEWCOMER}{turn}");
        assert_eq!(app.happen(&openid, "subscribe", json!({})).await["content"], "欢迎关注");
        for (kind, _) in &shelf.0 {
            let text = format!(" 要{} ", kind.to_uppercase());
            assert_shows(&app.write(&openid, &text).await, kind, 1);
        }
        assert_eq!(app.write(&openid, "胡说八道").await["content"], "没听懂");
        for (kind, key) in &buttons {
            assert_shows(&app.happen(&openid, "CLICK", json!({ "event_key": key })).await, kind, 2);
        }
        assert_eq!(app.happen(&openid, "CLICK", json!({ "event_key": "没有" })).await["content"], "没听懂");
        assert_eq!(app.happen(&openid, "VIEW", json!({ "event_key": "https://example.com/" })).await, Value::Null);
        app.happen(&openid, "unsubscribe", json!({})).await;
        let later = chrono::Utc::now().timestamp() + 3;
        let back = json!({ "create_time": later, "event_key": "qrscene_7", "ticket": "T" });
        assert_eq!(app.happen(&openid, "subscribe", back).await["content"], "欢迎关注", "by QR code, too");
        assert_eq!(app.happen(&openid, "SCAN", json!({ "event_key": "7", "ticket": "T" })).await, Value::Null);
    }
    is_listed(&app, &account, shelf.0.len()).await;
}

/// A button for each type, bound and published. Returns their types and keys.
async fn menu(app: &TestApp, account: &str, shelf: &Shelf) -> Vec<(String, String)> {
    let path = format!("/{account}/menu");
    let mut parents = Vec::new();
    for sequence in 1..=2 {
        let top = json!({ "parent_id": "0", "name": format!("菜单{sequence}"), "sequence": sequence });
        parents.push(app.post(&path, top).await["data"].clone());
    }
    for (index, (kind, id)) in shelf.0.iter().enumerate() {
        let button = json!({ "parent_id": parents[index / 3], "name": kind, "sequence": index % 3 + 1 });
        let button = app.post(&path, button).await["data"].clone();
        let bound =
            app.post(&format!("{path}/bind"), json!({ "menu_id": button, "reply_id": id, "reply_type": kind })).await;
        assert_eq!(bound["code"], 200, "{bound}");
    }
    let published = app.json(app.rest(Method::POST, &format!("{path}/publish"))).await;
    assert_eq!(published["code"], 200, "{published}");
    let shown = app.control(Method::GET, &format!("/{APP_ID}/menu"), Value::Null).await;
    let tops = shown["button"].as_array().unwrap_or_else(|| panic!("{shown:#}"));
    let below = tops.iter().flat_map(|top| top["sub_button"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    below.map(|button| (text(&button["name"]), text(&button["key"]))).collect()
}

/// What happened stands in the lists, in REST and in GraphQL.
async fn is_listed(app: &TestApp, account: &str, kinds: usize) {
    let (followers, texts) = (MODES.len(), MODES.len() * (kinds + 1));
    let count = |filter: &'static str| async move {
        let list = app.get(&format!("/{account}/msg?size=100{filter}")).await;
        let shown = list["data"]["message"].as_array().unwrap().len();
        assert_eq!(list["data"]["pagination"]["count"], shown, "{list:#}");
        shown
    };
    assert_eq!(count("").await, texts, "events are no messages");
    assert_eq!(count("&filterivrmsg=1").await, followers, "what no keyword rule answered");
    assert_eq!(count("&filter=胡说").await, followers);
    assert_eq!(count("&filter=要TEXT").await, followers);
    assert_eq!(count("&start_date=2020-01-01&end_date=2020-01-02").await, 0);
    let query = "query ($id: ID!) { account(id: $id) {
        messages(first: 100) { totalCount nodes { __typename answeredByKeyword reply { state type } } }
        events(first: 100) { totalCount nodes { __typename reply { state type } } } } }";
    let data = app.data(query, json!({ "id": account })).await;
    let (messages, events) = (&data["account"]["messages"], &data["account"]["events"]);
    assert_eq!((&messages["totalCount"], &events["totalCount"]), (&json!(texts), &json!(followers * (kinds + 6))));
    let nodes = |list: &Value| list["nodes"].as_array().unwrap().clone();
    assert!(
        nodes(messages).iter().all(|node| node["__typename"] == "TextMessage" && node["reply"]["state"] == "ANSWERED")
    );
    let clicks = nodes(events).into_iter().filter(|node| node["__typename"] == "MenuClickEvent").count();
    assert_eq!(clicks, followers * (kinds + 1));
}

async fn voices_are_read_and_pictures_get_the_default(app: TestApp) {
    let account = app.bind(1).await;
    app.connect_webhook(&account, "plain").await;
    let openid = app.openids(&account, "-1", 1).await.remove(0);
    let image = json!({ "type": "image" });
    assert_eq!(app.push(&openid, image.clone()).await["body"], "success", "without a rule there is nothing to say");
    app.reply_with_text(&account, "__default", &[], "没听懂").await;
    app.reply_with_text(&account, "优惠", &[("优惠券", true)], "这是优惠券").await;
    let said = |what: Value| {
        let (app, openid) = (&app, &openid);
        async move { app.push(openid, what).await["message"]["content"].clone() }
    };
    assert_eq!(said(json!({ "type": "voice", "recognition": "优惠券。" })).await, "这是优惠券");
    assert_eq!(said(json!({ "type": "voice", "recognition": "什么" })).await, "没听懂");
    assert_eq!(said(json!({ "type": "voice" })).await, "没听懂");
    let place = json!({ "type": "location", "latitude": "23.1", "longitude": "113.3", "scale": "16", "label": "广州" });
    let link = json!({ "type": "link", "title": "题", "description": "述", "url": "https://example.com/" });
    let files = ["image", "video", "shortvideo"].map(|kind| json!({ "type": kind }));
    for what in files.into_iter().chain([place, link]) {
        assert_eq!(said(what.clone()).await, "没听懂", "{what}");
    }
    let unknown = app.push(&openid, json!({ "type": "hologram", "content": "优惠券" })).await;
    assert_eq!(unknown["body"], "success", "what is not known is stored and acknowledged");
    let unknown = app.push(&openid, json!({ "type": "event", "event": "card_pass_check", "card_id": "c" })).await;
    assert_eq!(unknown["body"], "success");
    assert_eq!(app.stored_pushes().await.len(), 11);
    let list = app.get(&format!("/{account}/msg?filterivrmsg=1")).await;
    assert_eq!(list["data"]["pagination"]["count"], 8, "one voice was answered by its words: {list:#}");
}
