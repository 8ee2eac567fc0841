//! The draft box.

use serde_json::{Value, json};

use crate::support::{APP, Account, OTHER_APP, Simulator, errcode, file, ok};

const ADD: &str = "/cgi-bin/draft/add";
const UPDATE: &str = "/cgi-bin/draft/update";
const GET: &str = "/cgi-bin/draft/get";
const DELETE: &str = "/cgi-bin/draft/delete";
const LIST: &str = "/cgi-bin/draft/batchget";
const COUNT: &str = "/cgi-bin/draft/count";

async fn thumb(account: &Account<'_>) -> String {
    account.material("thumb", "a.jpg", file("jpg", 100)).await
}

async fn add(account: &Account<'_>, articles: Value) -> String {
    let answer = account.post(ADD, json!({ "articles": articles })).await;
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    answer["media_id"].as_str().unwrap().to_owned()
}

async fn first(account: &Account<'_>, media_id: &str) -> Value {
    account.post(GET, json!({"media_id": media_id})).await["news_item"][0].clone()
}

#[tokio::test]
async fn a_draft_lives_through_add_get_update_and_delete() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = thumb(&account).await;
    let mut article = json!({
        "article_type": "news", "title": "十月活动", "author": "小欧", "digest": "摘要",
        "content": "<p>正文</p><p><img src=\"http://mmbiz.qpic.cn/mmbiz_png/abc/0\"></p>",
        "content_source_url": "https://example.com/a", "thumb_media_id": thumb,
        "need_open_comment": 1, "only_fans_can_comment": 1, "show_cover_pic": 1,
        "pic_crop_235_1": "0_0.1_1_0.945678", "product_info": {"footer_product_info": {"product_key": "k"}},
    });
    let media_id = add(&account, json!([article])).await;
    assert_eq!(media_id.len(), 64);
    let got = account.post(GET, json!({"media_id": media_id})).await;
    assert_eq!(got.as_object().unwrap().len(), 1);
    article["show_cover_pic"] = json!(0);
    for (name, value) in article.as_object().unwrap() {
        assert_eq!(&got["news_item"][0][name], value, "{name}");
    }
    let shown = &got["news_item"][0];
    assert!(shown["url"].as_str().unwrap().starts_with("http://mp.weixin.qq.com/s?"));
    assert!(shown["thumb_url"].as_str().unwrap().starts_with("http://mmbiz.qpic.cn/mmbiz_jpeg/"));

    let other = json!({"title": "第二篇", "content": "x", "thumb_media_id": thumb});
    let pair = add(&account, json!([article, other])).await;
    let change = json!({"title": "改过", "content": "y", "thumb_media_id": thumb});
    assert_eq!(account.post(UPDATE, json!({"media_id": pair, "index": 1, "articles": change})).await, ok());
    let items = account.post(GET, json!({"media_id": pair})).await["news_item"].clone();
    assert_eq!((&items[0]["title"], &items[1]["title"]), (&json!("十月活动"), &json!("改过")));
    assert_eq!(items[1]["author"], "", "the article is replaced, not merged");
    assert_ne!(items[0]["url"], items[1]["url"]);

    assert_eq!(account.get(COUNT, &[]).await, json!({"total_count": 2}));
    assert_eq!(account.post(DELETE, json!({"media_id": media_id})).await, ok());
    assert_eq!(account.get(COUNT, &[]).await, json!({"total_count": 1}));
    for path in [GET, DELETE, UPDATE] {
        let body = json!({"media_id": media_id, "index": 0, "articles": change});
        assert_eq!(errcode(&account.post(path, body).await), 40007, "{path}");
        assert_eq!(errcode(&account.post(path, json!({})).await), 41006, "{path}");
    }
}

#[tokio::test]
async fn an_update_names_an_article_that_is_there() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = thumb(&account).await;
    let article = json!({"title": "十月", "content": "x", "thumb_media_id": thumb});
    let media_id = add(&account, json!([article])).await;
    for (index, articles, expected) in [
        (json!(0), article.clone(), 0),
        (json!("0"), article.clone(), 0),
        (json!(1), article.clone(), 40114),
        (json!(-1), article.clone(), 40114),
        (Value::Null, article.clone(), 40114),
        (json!(0), json!([article]), 47001),
        (json!(0), Value::Null, 47001),
        (json!(0), json!({"title": "十月", "content": "x", "thumb_media_id": "unknown"}), 40007),
    ] {
        let body = json!({"media_id": media_id, "index": index, "articles": articles});
        assert_eq!(errcode(&account.post(UPDATE, body.clone()).await), expected, "{body}");
    }
}

#[tokio::test]
async fn an_empty_digest_is_the_beginning_of_the_only_article() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = thumb(&account).await;
    let article = json!({"title": "t", "content": format!("<p>{}</p>", "文".repeat(60)), "thumb_media_id": thumb});
    let alone = add(&account, json!([article])).await;
    assert_eq!(first(&account, &alone).await["digest"], "文".repeat(54));
    let pair = add(&account, json!([article, article])).await;
    assert_eq!(first(&account, &pair).await["digest"], "");
}

#[tokio::test]
async fn scripts_and_images_of_other_hosts_are_stripped() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = thumb(&account).await;
    let image = account.upload("/cgi-bin/media/uploadimg", "", "a.png", file("png", 100)).await["url"].clone();
    let kept = format!("<p>a<img src={image}></p>");
    let content = format!("{kept}<script>x()</script><img src=\"https://example.com/b.png\">");
    let media_id = add(&account, json!([{"title": "t", "content": content, "thumb_media_id": thumb}])).await;
    assert_eq!(first(&account, &media_id).await["content"], kept);
}

#[tokio::test]
async fn an_image_post_has_its_first_image_as_cover() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let mut images = Vec::new();
    for _ in 0..2 {
        images.push(account.material("image", "a.png", file("png", 100)).await);
    }
    let list: Vec<_> = images.iter().map(|id| json!({"image_media_id": id})).collect();
    let crop = json!({"crop_percent_list": [{"ratio": "1_1", "x1": "0.1", "y1": "0", "x2": "1", "y2": "0.9"}]});
    let article = json!({
        "article_type": "newspic", "title": "图", "content": "1 < 2", "image_info": {"image_list": list}, "cover_info": crop,
    });
    let media_id = add(&account, json!([article])).await;
    let shown = first(&account, &media_id).await;
    assert_eq!(shown["article_type"], "newspic");
    assert_eq!((&shown["image_info"], &shown["cover_info"]), (&article["image_info"], &crop));
    assert_eq!(shown["thumb_media_id"], json!(images[0]));
}

#[tokio::test]
async fn lists_come_in_pages_newest_first() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = thumb(&account).await;
    let mut drafts = Vec::new();
    for number in 0..22 {
        let article = json!({"title": format!("{number}"), "content": "x", "thumb_media_id": thumb});
        drafts.push(add(&account, json!([article])).await);
    }
    let list = async |body: Value| account.post(LIST, body).await;
    let page = list(json!({"offset": 0, "count": 20})).await;
    assert_eq!((&page["total_count"], &page["item_count"]), (&json!(22), &json!(20)));
    let item = &page["item"][0];
    assert_eq!((&item["media_id"], &item["content"]["news_item"][0]["title"]), (&json!(drafts[21]), &json!("21")));
    assert_eq!(item["content"]["news_item"][0]["content"], "x");
    assert!(item["update_time"].is_i64() && item["content"]["create_time"].is_i64());
    let rest = list(json!({"offset": 20, "count": 20, "no_content": 1})).await;
    assert_eq!((&rest["item_count"], &rest["item"][1]["media_id"]), (&json!(2), &json!(drafts[0])));
    assert!(rest["item"][0]["content"]["news_item"][0].get("content").is_none());
    for body in [
        json!({"offset": 0, "count": 21}),
        json!({"offset": 0, "count": 0}),
        json!({"offset": -1, "count": 1}),
        json!({}),
    ] {
        assert_eq!(errcode(&list(body.clone()).await), 40097, "{body}");
    }

    let listed = account.control("GET", "/drafts", Value::Null).await;
    assert_eq!(listed.as_array().unwrap().len(), 22);
    assert_eq!((&listed[0]["media_id"], &listed[0]["articles"][0]["title"]), (&json!(drafts[0]), &json!("0")));
    assert_eq!(account.control("GET", "/state", Value::Null).await["drafts"], 22);
    simulator.control("POST", "/reset", Value::Null).await;
    assert_eq!(account.control("GET", "/drafts", Value::Null).await, json!([]));
}

#[tokio::test]
async fn drafts_belong_to_their_account_and_remember_their_change() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let thumb = thumb(&account).await;
    let article = json!({"title": "t", "content": "x", "thumb_media_id": thumb});
    let media_id = add(&account, json!([article])).await;
    let other = simulator.account(OTHER_APP, 0).await;
    assert_eq!(errcode(&other.post(GET, json!({"media_id": media_id})).await), 40007);
    assert_eq!(errcode(&other.post(ADD, json!({"articles": [article]})).await), 40007, "the cover is foreign");

    simulator.move_clock(1000).await;
    assert_eq!(account.post(UPDATE, json!({"media_id": media_id, "index": 0, "articles": article})).await, ok());
    let draft = account.control("GET", "/drafts", Value::Null).await[0].clone();
    let later = draft["update_time"].as_i64().unwrap() - draft["create_time"].as_i64().unwrap();
    assert!((1000..1060).contains(&later), "{later}");
}

#[tokio::test]
async fn the_switch_is_on() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let answer = account.post_text("/cgi-bin/draft/switch", String::new()).await;
    assert_eq!(answer, json!({"errcode": 0, "is_open": 1}));
}
