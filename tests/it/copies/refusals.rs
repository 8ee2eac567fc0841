//! What WeChat would refuse of a news is refused here, before WeChat is called, with the field that is at fault.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ARTICLE_IMAGE, CREATE_DRAFT, DRAFT, MATERIAL, jpeg, mp3};
use crate::support::TestApp;

with_upkeep!(
    what_is_too_long_is_refused_with_its_field,
    what_is_just_long_enough_is_taken,
    a_deleted_cover_is_refused,
    deleted_and_unfit_images_are_refused,
    a_cover_that_is_deleted_while_the_job_waits_fails_it,
    a_news_that_does_not_exist_is_not_found,
);

/// A news of two articles, the second one with these members instead of its own.
async fn second(app: &TestApp, account: &str, member: &str, value: Value) -> String {
    let (cover, _) = app.upload_article_image(account, jpeg(1, 900)).await;
    let mut articles = json!([
        { "title": "好", "content": "<p>文</p>", "coverImageId": cover },
        { "title": "坏", "content": "<p>文</p>", "coverImageId": cover },
    ]);
    articles[1][member] = value;
    app.create_news(account, articles).await
}

/// Asks for a draft that is refused for this field, and makes sure that nobody heard of it.
async fn refused(app: &TestApp, account: &str, news: &str, field: &str) -> String {
    let jobs = app.jobs(account, "news_draft").await.len();
    let error = app.error(CREATE_DRAFT, json!({ "account": account, "id": news })).await;
    let extensions = &error["extensions"];
    assert_eq!((&extensions["code"], &extensions["field"]), (&json!("BAD_USER_INPUT"), &json!(field)), "{error}");
    assert_eq!(app.jobs(account, "news_draft").await.len(), jobs, "{field}");
    assert_eq!(app.copies(account, "newsById", news).await, Vec::<Value>::new());
    assert_eq!((app.calls(MATERIAL).await, app.calls(ARTICLE_IMAGE).await, app.calls(DRAFT).await), (0, 0, 0));
    error["message"].as_str().unwrap().to_owned()
}

async fn what_is_too_long_is_refused_with_its_field(app: TestApp) {
    let account = app.bind(0).await;
    for (member, value, number) in [
        ("title", "题".repeat(33), "33"),
        ("author", "🍵".repeat(17), "17"),
        ("digest", "摘".repeat(129), "129"),
        ("content", format!("<p>{}</p>", "a".repeat(20_000 - 7)), "20000"),
        ("contentSourceUrl", format!("https://example.com/{}", "a".repeat(1_005)), "1025"),
        ("contentSourceUrl", format!("https://example.com/{}", "字".repeat(335)), "1025"),
    ] {
        let news = second(&app, &account, member, json!(value)).await;
        let message = refused(&app, &account, &news, &format!("articles[1].{member}")).await;
        assert!(message.contains(number), "{member}: {message}");
        // The warning says the same, before anybody asks.
        let query = "query ($account: ID!, $id: ID!) { account(id: $account) { newsById(id: $id) {
            articles { warnings { field isBlocking } } } } }";
        let data = app.data(query, json!({ "account": account, "id": news })).await;
        let warnings = |index: usize| data.pointer(&format!("/account/newsById/articles/{index}/warnings")).unwrap();
        assert_eq!(warnings(0), &json!([]));
        assert_eq!(warnings(1), &json!([{ "field": member, "isBlocking": true }]));
    }
}

async fn what_is_just_long_enough_is_taken(app: TestApp) {
    let account = app.bind(0).await;
    for (member, value) in [
        ("title", "🍵".repeat(32)),
        ("author", "作".repeat(16)),
        ("digest", "🍵".repeat(128)),
        ("content", format!("<p>{}</p>", "字".repeat(19_999 - 7))),
        ("contentSourceUrl", format!("https://example.com/{}", "a".repeat(1_004))),
    ] {
        let news = second(&app, &account, member, json!(value)).await;
        app.ask_for_draft(&account, &news).await;
        app.wait_until_drafted(&account, &news).await;
    }
}

async fn a_deleted_cover_is_refused(app: TestApp) {
    let account = app.bind(0).await;
    let cover = app.upload_image(&account, jpeg(2, 900)).await;
    let news = second(&app, &account, "coverImageId", json!(cover)).await;
    let conflict = app.delete(&format!("/{account}/image/{cover}")).await;
    assert_eq!(conflict["code"], 409, "{conflict}");
    assert_eq!(app.delete(&format!("/{account}/image/{cover}?force=1")).await["code"], 200);
    let message = refused(&app, &account, &news, "articles[1].coverImageId").await;
    assert!(message.contains(&cover), "{message}");
}

async fn deleted_and_unfit_images_are_refused(app: TestApp) {
    let account = app.bind(0).await;
    let url = async |image: &str| {
        app.get(&format!("/{account}/image/url/{image}")).await["data"]["url"].as_str().unwrap().to_owned()
    };
    let deleted = app.upload_image(&account, jpeg(2, 900)).await;
    let gone = url(&deleted).await;
    assert_eq!(app.delete(&format!("/{account}/image/{deleted}")).await["code"], 200);
    // 1 MiB in all: we take it, WeChat takes less than that.
    let large = app.upload_image(&account, jpeg(3, (1 << 20) - 6)).await;
    let large = url(&large).await;
    let (_, voice) = app.uploaded(&format!("/{account}/voice"), "a.mp3", mp3(1)).await;
    let voices = app.get(&format!("/{account}/voice")).await;
    let voice = if voice.is_empty() { voices["data"]["voice"][0]["url"].as_str().unwrap().to_owned() } else { voice };
    let never = format!("https://files.example/files/{account}/01900000-0000-7000-8000-000000000000.jpg");
    for image in [gone, large, voice, never] {
        let content = json!(format!("<p>文</p><img src=\"{image}\">"));
        let news = second(&app, &account, "content", content).await;
        let message = refused(&app, &account, &news, "articles[1].content").await;
        assert!(message.contains(&image), "{message}");
    }
}

async fn a_cover_that_is_deleted_while_the_job_waits_fails_it(app: TestApp) {
    let account = app.bind(0).await;
    let cover = app.upload_image(&account, jpeg(2, 900)).await;
    let news = second(&app, &account, "coverImageId", json!(cover)).await;
    app.fault(json!({ "path": MATERIAL, "errcode": -1 })).await;
    app.ask_for_draft(&account, &news).await;
    app.wait_for_copy(&account, ("newsById", &news), "DRAFT", |copy| copy["lastError"].is_string()).await;
    assert_eq!(app.delete(&format!("/{account}/image/{cover}?force=1")).await["code"], 200);
    let failed = |copy: &Value| copy["state"] == "FAILED";
    let copy = app.wait_for_copy(&account, ("newsById", &news), "DRAFT", failed).await;
    assert!(copy["lastError"].as_str().unwrap().starts_with("articles[1].coverImageId"), "{copy}");
    assert_eq!(app.calls(DRAFT).await, 0);
}

async fn a_news_that_does_not_exist_is_not_found(app: TestApp) {
    let account = app.bind(0).await;
    let (news, _) = app.simple_news(&account, "题").await;
    app.rest(Method::DELETE, &format!("/{account}/news/{news}")).send().await.unwrap();
    for id in [news.as_str(), "nonsense", "01900000-0000-7000-8000-000000000000"] {
        let error = app.error(CREATE_DRAFT, json!({ "account": account, "id": id })).await;
        assert_eq!(error["extensions"]["code"], "NOT_FOUND", "{id} {error}");
    }
}
