//! Articles that stay when their news is edited: their ids, and with them their addresses.

use serde_json::{Value, json};

use super::shelf::{self, Material, OK, article};
use crate::support::TestApp;

on_every_database!(
    an_article_keeps_its_id_through_edits,
    an_article_that_comes_back_is_a_new_one,
    every_saved_text_is_read_back_as_it_was,
    the_times_of_articles_are_those_of_the_news,
);

/// The ids of a news's articles by their titles.
async fn ids(app: &TestApp, account: &str, news: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let articles = shelf::articles(app, account, news).await;
    articles.iter().map(|article| (text(&article["title"]), text(&article["id"]))).collect()
}

async fn put(app: &TestApp, account: &str, news: &str, titles: &[&str], image: &Material) {
    let articles: Vec<Value> = titles.iter().map(|title| article(title, image)).collect();
    assert_eq!(app.put(&format!("/{account}/news/multiple/{news}"), json!(articles)).await.to_string(), OK);
}

async fn an_article_keeps_its_id_through_edits(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let news = shelf::news(&app, &account, &["a", "b", "c"].map(|title| article(title, &image))).await;
    let first = ids(&app, &account, &news).await;
    let [a, b, c] = [0, 1, 2].map(|place| first[place].1.clone());
    let of = |pairs: &[(&str, &String)]| -> Vec<(String, String)> {
        pairs.iter().map(|(title, id)| ((*title).to_owned(), (*id).clone())).collect()
    };
    // The same again, in another order, with another title.
    put(&app, &account, &news, &["a", "b", "c"], &image).await;
    assert_eq!(ids(&app, &account, &news).await, first);
    put(&app, &account, &news, &["c", "a", "b"], &image).await;
    assert_eq!(ids(&app, &account, &news).await, of(&[("c", &c), ("a", &a), ("b", &b)]));
    put(&app, &account, &news, &["c", "A", "b"], &image).await;
    assert_eq!(ids(&app, &account, &news).await, of(&[("c", &c), ("A", &a), ("b", &b)]));
    // One more in front, then fewer.
    put(&app, &account, &news, &["new", "c", "A", "b"], &image).await;
    let grown = ids(&app, &account, &news).await;
    assert_eq!(grown[1..], of(&[("c", &c), ("A", &a), ("b", &b)]));
    assert!(![&a, &b, &c].contains(&&grown[0].1));
    put(&app, &account, &news, &["b"], &image).await;
    assert_eq!(ids(&app, &account, &news).await, of(&[("b", &b)]));
    // A single that is edited stays the article that it was.
    let edited = app.put(&format!("/{account}/news/single/{news}"), article("another title", &image)).await;
    assert_eq!(edited.to_string(), OK);
    assert_eq!(ids(&app, &account, &news).await, of(&[("another title", &b)]));
}

async fn an_article_that_comes_back_is_a_new_one(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let news = shelf::news(&app, &account, &["a", "b"].map(|title| article(title, &image))).await;
    let first = ids(&app, &account, &news).await;
    put(&app, &account, &news, &["a"], &image).await;
    put(&app, &account, &news, &["a", "b"], &image).await;
    let second = ids(&app, &account, &news).await;
    assert_eq!(second[0], first[0]);
    assert_ne!(second[1].1, first[1].1);
    // Titles that are equal are told apart by their order, and no two articles share an id.
    put(&app, &account, &news, &["a", "a", "a"], &image).await;
    let mut same: Vec<_> = ids(&app, &account, &news).await.into_iter().map(|(_, id)| id).collect();
    assert_eq!(same[0], first[0].1);
    same.sort();
    same.dedup();
    assert_eq!(same.len(), 3);
}

async fn every_saved_text_is_read_back_as_it_was(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let largest = "文".repeat((1 << 20) / 3);
    for content in [
        "<p>\u{feff}a</p>",
        "  leading and trailing white space \r\n\t",
        "</script><script>alert(1)</script>",
        "'; DROP TABLE article; -- \\' \\\" %s {} ${x} {{x}}",
        "😀🏳️‍🌈\u{202e}\u{200b}e\u{301}",
        "\u{1}\u{7f}\u{85}",
        &largest,
    ] {
        let mut body = article("a", &image);
        (body["content"], body["digest"]) = (json!(content), json!("d\n😀"));
        let answer = app.post(&format!("/{account}/news/single"), body).await;
        let id = answer["data"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let saved = &shelf::articles(&app, &account, id).await[0];
        assert!(saved["content"] == *content, "{content:.60} came back as {:.60}", saved["content"].to_string());
        assert_eq!(saved["digest"], "d\n😀");
    }
}

async fn the_times_of_articles_are_those_of_the_news(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let news = shelf::news(&app, &account, &["a", "b"].map(|title| article(title, &image))).await;
    let times = |articles: &[Value]| -> Vec<i64> {
        articles.iter().map(|article| article["update_time"].as_i64().unwrap()).collect()
    };
    let first = times(&shelf::articles(&app, &account, &news).await);
    assert_eq!(first[0], first[1]);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    put(&app, &account, &news, &["a", "c", "d"], &image).await;
    let second = times(&shelf::articles(&app, &account, &news).await);
    assert!(second[0] > first[0] && second.iter().all(|time| *time == second[0]), "{first:?} {second:?}");
}
