//! The bodies of news: how many articles, and what stands in a list that is not one.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::room::{Answer, Room, ask};
use crate::support::TestApp;

on_every_database!(
    a_news_has_1_to_8_articles,
    every_article_must_be_an_object,
    the_first_article_at_fault_is_named,
    an_article_stands_once_in_its_news,
    an_id_of_the_old_interface_means_nothing,
    a_content_has_at_most_a_mebibyte,
    covers_are_images_and_nothing_else,
);

fn article(room: &Room, title: &str) -> Value {
    json!({ "title": title, "image_id": room.own.article_image, "content": "<p>茶</p>" })
}

fn graphql_article(room: &Room, title: &str) -> Value {
    json!({ "title": title, "coverImageId": room.own.article_image, "content": "<p>茶</p>" })
}

/// The two requests that take a list.
fn with_list(room: &Room, body: &Value) -> [RequestBuilder; 2] {
    let replace = format!("/news/multiple/{}", room.own.news);
    [room.post("/news/multiple", body), room.put(&replace, body)]
}

async fn create(room: &Room, articles: &[Value]) -> Answer {
    let query = "mutation ($input: CreateNewsInput!) { createNews(input: $input) { news { id } } }";
    ask(room.graphql(query, json!({ "input": { "accountId": room.own.id, "articles": articles } }))).await
}

async fn a_news_has_1_to_8_articles(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    for count in [0, 9, 100] {
        let reason = format!("must have 1 to 8 articles, has {count}");
        for request in with_list(&room, &json!(vec![article(&room, "茶"); count])) {
            let answer = ask(request).await;
            answer.is_refusal(400, &reason);
            assert_eq!(answer.message(), format!("body: {reason}"));
        }
        let answer = create(&room, &vec![graphql_article(&room, "茶"); count]).await;
        assert_eq!(answer.error()["extensions"]["field"], "articles", "{}", answer.body);
        assert_eq!(answer.error()["message"], format!("articles: {reason}"), "{}", answer.body);
    }
    room.is_as_it_was(&before, "too few or too many").await;
    for request in with_list(&room, &json!(vec![article(&room, "茶"); 8])) {
        assert_eq!(ask(request).await.code(), 200);
    }
    // One object stands for a list of one, as everywhere.
    for request in with_list(&room, &article(&room, "茶")) {
        assert_eq!(ask(request).await.code(), 200);
    }
    let read = ask(room.get(&format!("/news/{}", room.own.news))).await;
    assert_eq!(read.body["data"].as_array().unwrap().len(), 1, "{}", read.body);
}

async fn every_article_must_be_an_object(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let fine = article(&room, "茶");
    for odd in [json!(null), json!(5), json!(-1.5), json!("茶"), json!(""), json!(true), json!([]), json!([fine])] {
        for (list, place) in [(json!([odd]), "[0]"), (json!([fine, odd]), "[1]"), (json!([odd, fine]), "[0]")] {
            for request in with_list(&room, &list) {
                let answer = ask(request).await;
                answer.is_refusal(400, &list.to_string());
                answer.names(place, &list.to_string());
            }
        }
    }
    room.is_as_it_was(&before, "no objects").await;
}

async fn the_first_article_at_fault_is_named(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let long = "长".repeat(101);
    for (member, value, message) in [
        ("title", json!(long), "title: must have at most 100 characters, has 101"),
        ("author", json!(long), "author: must have at most 100 characters, has 101"),
        ("digest", json!(long.repeat(5)), "digest: must have at most 500 characters, has 505"),
        (
            "content_source_url",
            json!(long.repeat(20)),
            "content_source_url: must have at most 2000 characters, has 2020",
        ),
        ("image_id", json!("nothing"), "image_id: image \"nothing\" does not exist"),
        ("article_id", json!("nothing"), "article_id: \"nothing\" is no article of this news"),
    ] {
        let mut bad = article(&room, "茶");
        bad[member] = value;
        let mut list = vec![article(&room, "茶"), bad.clone()];
        // Whether it is the news's is seen when all of them are fine by themselves.
        list.extend((member != "article_id").then(|| bad.clone()));
        for request in with_list(&room, &json!(list)) {
            let answer = ask(request).await;
            answer.is_refusal(400, member);
            assert_eq!(answer.message(), format!("[1].{message}"));
        }
        for request in [room.post("/news/single", &bad), room.put(&format!("/news/single/{}", room.own.news), &bad)] {
            let answer = ask(request).await;
            answer.is_refusal(400, member);
            assert_eq!(answer.message(), message);
        }
    }
    room.is_as_it_was(&before, "articles at fault").await;
}

async fn an_article_stands_once_in_its_news(app: TestApp) {
    let room = Room::furnish(app).await;
    let before = room.state().await;
    let mut named = article(&room, "茶");
    named["article_id"] = json!(room.own.article);
    let twice = room.put(&format!("/news/multiple/{}", room.own.news), &json!([named, named]));
    let answer = ask(twice).await;
    answer.is_refusal(400, "twice");
    answer.names("body", "twice");
    room.is_as_it_was(&before, "twice").await;
}

/// What `GET` gives can be sent back: its member `id` was never read.
async fn an_id_of_the_old_interface_means_nothing(app: TestApp) {
    let room = Room::furnish(app).await;
    for stray in [json!("nothing"), json!(""), json!(5), json!({})] {
        let mut article = article(&room, "茶");
        article["id"] = stray;
        for request in with_list(&room, &json!([article])) {
            let answer = ask(request).await;
            assert_eq!(answer.code(), 200, "{article} {}", answer.body);
        }
    }
}

/// Of bytes, since that is what the databases and WeChat count there.
async fn a_content_has_at_most_a_mebibyte(app: TestApp) {
    const MOST: usize = 1 << 20;
    let room = Room::furnish(app).await;
    let mut article = article(&room, "茶");
    for unit in ["a", "汉", "😀"] {
        let most = unit.repeat(MOST / unit.len());
        let before = room.state().await;
        let too_long = format!("{most}{}", "a".repeat(MOST - most.len() + 1));
        article["content"] = json!(too_long);
        let answer = ask(room.post("/news/single", &article)).await;
        answer.is_refusal(400, unit);
        assert_eq!(answer.message(), "content: must have at most 1048576 bytes, has 1048577");
        room.is_as_it_was(&before, unit).await;
        article["content"] = json!(most);
        let saved = ask(room.post("/news/single", &article)).await;
        assert_eq!(saved.code(), 200, "{unit} {}", saved.body);
        let read = ask(room.get(&format!("/news/{}", saved.body["data"].as_str().unwrap()))).await;
        assert!(read.body["data"][0]["content"] == most, "{unit}");
    }
}

async fn covers_are_images_and_nothing_else(app: TestApp) {
    let room = Room::furnish(app).await;
    let mut article = article(&room, "茶");
    let before = room.state().await;
    for other in [&room.own.voice, &room.own.video, &room.own.text, &room.own.news, &room.other.image] {
        article["image_id"] = json!(other);
        let answer = ask(room.post("/news/single", &article)).await;
        answer.is_refusal(400, other);
        assert_eq!(answer.message(), format!("image_id: image {other:?} does not exist"));
    }
    room.is_as_it_was(&before, "other covers").await;
    for image in [&room.own.image, &room.own.article_image] {
        article["image_id"] = json!(image);
        assert_eq!(ask(room.post("/news/single", &article)).await.code(), 200);
    }
}
