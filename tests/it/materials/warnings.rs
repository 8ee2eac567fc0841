//! What WeChat would mind about an article is said, and does not keep it from being saved.

use serde_json::{Value, json};

use super::shelf::{self, article};
use crate::support::TestApp;

on_every_database!(limits_of_wechat_are_warned_of_and_block, what_wechat_drops_is_warned_of_and_does_not_block);

/// The warnings of an article, as field and whether it blocks.
async fn warnings(app: &TestApp, account: &str, change: &[(&str, Value)]) -> Vec<(String, bool)> {
    let image = shelf::article_image(app, account).await;
    let mut body = article("a", &image);
    for (member, value) in change {
        body[*member] = value.clone();
    }
    let news = shelf::news(app, account, &[body]).await;
    let query = "query ($a: ID!, $id: ID!) { account(id: $a) { newsById(id: $id) {
        articles { warnings { field message isBlocking } } } } }";
    let data = app.data(query, json!({ "a": account, "id": news })).await;
    let listed = data["account"]["newsById"]["articles"][0]["warnings"].as_array().unwrap().clone();
    let read = |warning: &Value| {
        assert!(!warning["message"].as_str().unwrap().is_empty());
        (warning["field"].as_str().unwrap().to_owned(), warning["isBlocking"].as_bool().unwrap())
    };
    listed.iter().map(read).collect()
}

async fn limits_of_wechat_are_warned_of_and_block(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for (member, field, least, most) in [
        ("title", "title", json!("题".repeat(32)), json!("题".repeat(33))),
        ("title", "title", json!("🎉".repeat(32)), json!("🎉".repeat(33))),
        ("author", "author", json!("者".repeat(16)), json!("者".repeat(17))),
        ("digest", "digest", json!("摘".repeat(128)), json!("摘".repeat(129))),
        ("content", "content", json!("文".repeat(19_999)), json!("文".repeat(20_000))),
        (
            "content_source_url",
            "contentSourceUrl",
            json!(format!("https://e.cn/{}", "u".repeat(1_024 - 13))),
            json!(format!("https://e.cn/{}", "u".repeat(1_025 - 13))),
        ),
    ] {
        assert_eq!(warnings(&app, &account, &[(member, least)]).await, [], "{member}");
        assert_eq!(warnings(&app, &account, &[(member, most)]).await, [(field.to_owned(), true)], "{member}");
    }
    let all =
        [("title", json!("题".repeat(33))), ("author", json!("者".repeat(17))), ("digest", json!("摘".repeat(129)))];
    let named: Vec<_> = warnings(&app, &account, &all).await.into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["title", "author", "digest"]);
    // A megabyte is too much in characters and in bytes.
    let large = warnings(&app, &account, &[("content", json!("x".repeat(1 << 20)))]).await;
    assert!(!large.is_empty() && large.iter().all(|(field, blocks)| field == "content" && *blocks), "{large:?}");
}

async fn what_wechat_drops_is_warned_of_and_does_not_block(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let (own, foreign) = (shelf::image(&app, &account, "a.jpg").await, shelf::image(&app, &other, "a.jpg").await);
    for (source, is_lost) in [
        (own.url.as_str(), false),
        ("https://mmbiz.qpic.cn/mmbiz_png/abc/0", false),
        ("//mmbiz.qpic.cn/a", false),
        (&foreign.url, true),
        ("https://example.com/a.jpg", true),
        ("https://mmbiz.qpic.cn.example.com/a.jpg", true),
        ("https://example.com/?mmbiz.qpic.cn/", true),
        ("data:image/png;base64,AAAA", true),
        ("a.jpg", true),
    ] {
        let content = json!(format!("<p>a</p><img src=\"{source}\">"));
        let expected = if is_lost { vec![("content".to_owned(), false)] } else { vec![] };
        assert_eq!(warnings(&app, &account, &[("content", content)]).await, expected, "{source}");
    }
    for (url, is_lost) in [
        ("https://example.com/a", false),
        ("HTTP://example.com", false),
        ("javascript:alert(1)", true),
        ("example.com", true),
        ("ftp://example.com", true),
    ] {
        let expected = if is_lost { vec![("contentSourceUrl".to_owned(), false)] } else { vec![] };
        assert_eq!(warnings(&app, &account, &[("content_source_url", json!(url))]).await, expected, "{url}");
    }
}
