//! Permanent material.

use reqwest::{
    header,
    multipart::{Form, Part},
};
use serde_json::{Value, json};

use crate::support::{APP, Account, OTHER_APP, Simulator, errcode, file, ok};

const ADD: &str = "/cgi-bin/material/add_material";
const GET: &str = "/cgi-bin/material/get_material";
const DELETE: &str = "/cgi-bin/material/del_material";
const COUNT: &str = "/cgi-bin/material/get_materialcount";
const LIST: &str = "/cgi-bin/material/batchget_material";

async fn list(account: &Account<'_>, kind: &str, offset: i64, count: i64) -> Value {
    account.post(LIST, json!({"type": kind, "offset": offset, "count": count})).await
}

#[tokio::test]
async fn only_an_image_gets_an_address() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (kind, format, url) in [
        ("image", "jpg", "jpeg"),
        ("image", "png", "png"),
        ("image", "gif", "gif"),
        ("image", "bmp", "bmp"),
        ("voice", "mp3", ""),
        ("voice", "wma", ""),
        ("voice", "wav", ""),
        ("voice", "amr", ""),
        ("thumb", "jpg", ""),
    ] {
        let answer = account.upload(ADD, kind, &format!("a.{format}"), file(format, 100)).await;
        assert!(answer["media_id"].as_str().is_some_and(|id| id.len() == 64), "{kind} {format}: {answer}");
        match url {
            "" => assert!(answer.get("url").is_none(), "{answer}"),
            name => {
                let url = answer["url"].as_str().unwrap();
                assert!(url.starts_with(&format!("http://mmbiz.qpic.cn/mmbiz_{name}/")), "{url}");
                assert!(url.ends_with(&format!("/0?wx_fmt={name}")), "{url}");
            }
        }
    }
}

#[tokio::test]
async fn types_formats_and_sizes_are_checked() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (kind, name, format, size, expected) in [
        ("image", "a.jpg", "jpg", (10 << 20) + 1, 40009),
        ("voice", "a.wav", "wav", (2 << 20) + 1, 40010),
        ("thumb", "a.jpg", "jpg", (64 << 10) + 1, 40012),
        ("image", "a.jpg", "jpg", 0, 44001),
        ("image", "a.webp", "none", 100, 40005),
        ("voice", "a.mp3", "mp4", 100, 40005),
        ("thumb", "a.png", "png", 100, 40005),
        ("news", "a.jpg", "jpg", 100, 40004),
    ] {
        let answer = account.upload(ADD, kind, name, file(format, size)).await;
        assert_eq!(errcode(&answer), expected, "{kind} {name} {format} {size}");
    }
    assert_eq!(account.control("GET", "/media", Value::Null).await, json!([]));
}

#[tokio::test]
async fn a_video_needs_a_description() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (description, expected) in [
        (Some(r#"{"title":"片名","introduction":"介绍"}"#), 0),
        (Some(r#"{"title":"片名","introduction":""}"#), 40097),
        (Some(r#"{"introduction":"介绍"}"#), 40097),
        (Some(r#"{"title":7,"introduction":"介绍"}"#), 40097),
        (Some("title=片名"), 47001),
        (Some("[]"), 47001),
        (None, 40097),
    ] {
        let mut form = Form::new().part("media", Part::bytes(file("mp4", 100)).file_name("a.mp4"));
        if let Some(description) = description {
            form = form.text("description", description);
        }
        let answer: Value = account.send_form(ADD, &[("type", "video")], form).await.json().await.unwrap();
        assert_eq!(errcode(&answer), expected, "{description:?}");
        assert!(answer.get("url").is_none());
    }
    assert_eq!(account.get(COUNT, &[]).await["video_count"], 1);
}

#[tokio::test]
async fn material_comes_back_in_three_shapes() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for (kind, format, content_type) in
        [("image", "png", "image/png"), ("voice", "wav", "audio/wav"), ("thumb", "jpg", "image/jpeg")]
    {
        let media_id = account.material(kind, &format!("a.{format}"), file(format, 321)).await;
        let request = simulator.http.post(format!("{}{GET}", simulator.base));
        let request = request.query(&[("access_token", account.token.as_str())]);
        let response = request.body(json!({"media_id": media_id}).to_string()).send().await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], content_type);
        let disposition = format!("attachment; filename=\"{media_id}.{format}\"");
        assert_eq!(response.headers()[header::CONTENT_DISPOSITION], disposition);
        assert_eq!(response.bytes().await.unwrap(), file(format, 321));
    }

    let video = account.material("video", "a.mp4", file("mp4", 321)).await;
    let answer = account.post(GET, json!({"media_id": video})).await;
    assert_eq!((&answer["title"], &answer["description"]), (&json!("片名"), &json!("介绍")));
    let bytes = simulator.http.get(answer["down_url"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, file("mp4", 321));

    let thumb = account.material("thumb", "a.jpg", file("jpg", 321)).await;
    let article = json!({"title": "十月", "content": "正文", "thumb_media_id": thumb});
    let draft = account.post("/cgi-bin/draft/add", json!({"articles": [article]})).await["media_id"].clone();
    let answer = account.post(GET, json!({"media_id": draft})).await;
    assert_eq!(
        (&answer["news_item"][0]["title"], &answer["news_item"][0]["show_cover_pic"]),
        (&json!("十月"), &json!(0))
    );
    assert!(answer["create_time"].is_i64() && answer["update_time"].is_i64());
}

#[tokio::test]
async fn deleted_temporary_and_foreign_material_is_unknown() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let other = simulator.account(OTHER_APP, 0).await;
    let foreign = other.material("image", "a.jpg", file("jpg", 100)).await;
    let temporary = account.upload("/cgi-bin/media/upload", "image", "a.jpg", file("jpg", 100)).await;
    let media_id = account.material("image", "a.jpg", file("jpg", 100)).await;
    assert_eq!(account.post(DELETE, json!({"media_id": media_id})).await, ok());
    for path in [GET, DELETE] {
        for (body, expected) in [
            (json!({"media_id": media_id}), 40007),
            (json!({"media_id": foreign}), 40007),
            (json!({"media_id": temporary["media_id"]}), 40007),
            (json!({}), 41006),
        ] {
            assert_eq!(errcode(&account.post(path, body.clone()).await), expected, "{path} {body}");
        }
    }
    assert_eq!(errcode(&account.get("/cgi-bin/media/get", &[("media_id", &media_id)]).await), 40007);
    assert_eq!(other.get(COUNT, &[]).await["image_count"], 1);
}

#[tokio::test]
async fn lists_and_counts_go_by_type_newest_first() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let counts = json!({"voice_count": 0, "video_count": 0, "image_count": 0, "news_count": 0});
    assert_eq!(account.get(COUNT, &[]).await, counts);
    let mut images = Vec::new();
    for number in 0..23 {
        images.push(account.material("image", &format!("{number}.png"), file("png", 100)).await);
    }
    let voice = account.material("voice", "a.mp3", file("mp3", 100)).await;
    let video = account.material("video", "a.mp4", file("mp4", 100)).await;
    let thumb = account.material("thumb", "a.jpg", file("jpg", 100)).await;
    let article = json!({"title": "十月", "content": "正文", "thumb_media_id": thumb});
    let draft = account.post("/cgi-bin/draft/add", json!({"articles": [article]})).await["media_id"].clone();
    let counts = json!({"voice_count": 1, "video_count": 1, "image_count": 23, "news_count": 1});
    assert_eq!(account.get(COUNT, &[]).await, counts);

    let page = list(&account, "image", 0, 20).await;
    assert_eq!((&page["total_count"], &page["item_count"]), (&json!(23), &json!(20)));
    let item = &page["item"][0];
    let members: Vec<_> = item.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["media_id", "name", "update_time", "url"]);
    assert_eq!((&item["media_id"], &item["name"]), (&json!(images[22]), &json!("22.png")));
    let rest = list(&account, "image", 20, 20).await;
    assert_eq!((&rest["item_count"], &rest["item"][2]["media_id"]), (&json!(3), &json!(images[0])));
    assert_eq!(list(&account, "image", 23, 20).await, json!({"total_count": 23, "item_count": 0, "item": []}));

    let voices = list(&account, "voice", 0, 1).await;
    assert_eq!(voices["item"][0]["media_id"], json!(voice));
    assert!(voices["item"][0].get("url").is_none());
    let videos = list(&account, "video", 0, 1).await;
    assert_eq!(videos["item"][0]["media_id"], json!(video));
    assert_eq!(videos["item"][0]["description"], "介绍");
    let news = list(&account, "news", 0, 20).await;
    assert_eq!((&news["total_count"], &news["item"][0]["media_id"]), (&json!(1), &draft));
    assert_eq!(news["item"][0]["content"]["news_item"][0]["content"], "正文");

    for (kind, offset, count, expected) in [
        ("thumb", 0, 20, 40004),
        ("", 0, 20, 40004),
        ("image", 0, 0, 40097),
        ("image", 0, 21, 40097),
        ("image", -1, 20, 40097),
        ("news", 0, 21, 40097),
    ] {
        assert_eq!(errcode(&list(&account, kind, offset, count).await), expected, "{kind} {offset} {count}");
    }
    assert_eq!(errcode(&account.post(LIST, json!({"type": "image"})).await), 40097);
}

#[tokio::test]
async fn an_account_has_up_to_1000_voices() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let mut last = String::new();
    for _ in 0..1000 {
        last = account.material("voice", "a.mp3", file("mp3", 100)).await;
    }
    let add = async || errcode(&account.upload(ADD, "voice", "a.mp3", file("mp3", 100)).await);
    assert_eq!(add().await, 45074);
    assert_eq!(account.post(DELETE, json!({"media_id": last})).await, ok());
    assert_eq!(add().await, 0);
    assert_eq!(add().await, 45074);
}
