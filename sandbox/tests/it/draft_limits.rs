//! What an article may be: every refusal of `draft/add`.

use serde_json::{Value, json};

use crate::support::{APP, Account, Simulator, errcode, file};

const ADD: &str = "/cgi-bin/draft/add";

async fn add(account: &Account<'_>, articles: Value) -> i64 {
    errcode(&account.post(ADD, json!({ "articles": articles })).await)
}

/// An article with one member set, or taken away by `null`.
fn with(base: &Value, member: &str, value: Value) -> Value {
    let mut article = base.clone();
    article[member] = value;
    article
}

#[tokio::test]
async fn a_draft_has_one_to_eight_articles() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = account.material("thumb", "a.jpg", file("jpg", 100)).await;
    let article = json!({"title": "t", "content": "x", "thumb_media_id": thumb});
    for (articles, expected) in [
        (json!(vec![&article; 8]), 0),
        (json!(vec![&article; 9]), 45008),
        (json!([]), 44003),
        (Value::Null, 44003),
        (article.clone(), 47001),
        (json!(["t"]), 47001),
    ] {
        assert_eq!(add(&account, articles.clone()).await, expected, "{articles}");
    }
    assert_eq!(errcode(&account.post(ADD, json!({})).await), 44003);
    assert_eq!(account.control("GET", "/state", Value::Null).await["drafts"], 1);
}

#[tokio::test]
async fn the_members_of_an_article_are_limited() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = account.material("thumb", "a.jpg", file("jpg", 100)).await;
    let image = account.material("image", "a.png", file("png", 100)).await;
    let voice = account.material("voice", "a.mp3", file("mp3", 100)).await;
    let temporary = account.upload("/cgi-bin/media/upload", "thumb", "a.jpg", file("jpg", 100)).await;
    let article = json!({"title": "t", "content": "x", "thumb_media_id": thumb});
    for (member, value, expected) in [
        ("title", json!("题".repeat(32)), 0),
        ("title", json!("题".repeat(33)), 45003),
        ("title", json!(""), 45003),
        ("title", Value::Null, 45003),
        ("title", json!(7), 47001),
        ("author", json!("者".repeat(16)), 0),
        ("author", json!("者".repeat(17)), 40192),
        ("digest", json!("摘".repeat(128)), 0),
        ("digest", json!("摘".repeat(129)), 45004),
        ("content", json!("文".repeat(19_999)), 0),
        ("content", json!("文".repeat(20_000)), 45002),
        ("content", json!("x".repeat(1 << 20)), 45002),
        ("content", json!(" "), 44004),
        ("content", Value::Null, 44004),
        ("content_source_url", json!(format!("http://a/{}", "x".repeat(1015))), 0),
        ("content_source_url", json!(format!("http://a/{}", "x".repeat(1016))), 41039),
        ("content_source_url", json!("javascript:x()"), 41039),
        ("content_source_url", json!("example"), 41039),
        ("thumb_media_id", json!(image), 0),
        ("thumb_media_id", json!(voice), 40007),
        ("thumb_media_id", temporary["media_id"].clone(), 40007),
        ("thumb_media_id", json!("unknown"), 40007),
        ("thumb_media_id", Value::Null, 40007),
        ("article_type", json!("newspic"), 40097),
        ("article_type", json!("video"), 40097),
        ("need_open_comment", json!(1), 0),
        ("need_open_comment", json!(2), 40097),
        ("only_fans_can_comment", json!("yes"), 40097),
        ("pic_crop_1_1", json!("0_0_1_0.123456"), 0),
        ("pic_crop_1_1", json!("0_0_1_0.1234567"), 40097),
        ("pic_crop_1_1", json!("0_0_1_1.5"), 40097),
        ("pic_crop_235_1", json!("0_0_1"), 40097),
        ("product_info", json!("k"), 40097),
    ] {
        let shown = value.to_string().chars().take(40).collect::<String>();
        assert_eq!(add(&account, json!([with(&article, member, value)])).await, expected, "{member} {shown}");
    }
}

#[tokio::test]
async fn an_image_post_has_one_to_twenty_permanent_images_and_no_html() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let image = json!({"image_media_id": account.material("image", "a.png", file("png", 100)).await});
    let thumb = json!({"image_media_id": account.material("thumb", "a.jpg", file("jpg", 100)).await});
    let images = |list: Vec<&Value>| json!({ "image_list": list });
    let article = json!({"article_type": "newspic", "title": "t", "content": "x", "image_info": images(vec![&image])});
    let crop = |ratio: &str, x1: &str| json!({"crop_percent_list": [{"ratio": ratio, "x1": x1, "y1": "0", "x2": "1", "y2": "1"}]});
    for (member, value, expected) in [
        ("title", json!("t"), 0),
        ("image_info", images(vec![&image; 20]), 0),
        ("image_info", images(vec![&image; 21]), 40097),
        ("image_info", images(vec![]), 40097),
        ("image_info", Value::Null, 40097),
        ("image_info", images(vec![&image, &thumb]), 40007),
        ("image_info", images(vec![&json!({})]), 40007),
        ("content", json!("<p>x</p>"), 45166),
        ("cover_info", crop("16_9", "0.1"), 0),
        ("cover_info", crop("4_3", "0.1"), 40097),
        ("cover_info", crop("1_1", "2"), 40097),
        ("cover_info", json!({}), 40097),
    ] {
        let answer = add(&account, json!([with(&article, member, value.clone())])).await;
        assert_eq!(answer, expected, "{member} {value}");
    }
}

#[tokio::test]
async fn comments_need_the_right() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = account.material("thumb", "a.jpg", file("jpg", 100)).await;
    let article = json!({"title": "t", "content": "x", "thumb_media_id": thumb, "need_open_comment": 1});
    let state = account.control("PUT", "/profile", json!({"comments": false})).await;
    assert_eq!(state["comments"], false);
    assert_eq!(add(&account, json!([article])).await, 88000);
    assert_eq!(add(&account, json!([with(&article, "need_open_comment", json!(0))])).await, 0);
    account.control("PUT", "/profile", json!({"comments": true})).await;
    assert_eq!(add(&account, json!([article])).await, 0);
}
