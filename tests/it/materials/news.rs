//! News as a legacy client sees them.

use reqwest::Method;
use serde_json::{Value, json};

use super::samples;
use super::shelf::{self, Material, OK, article, refused};
use crate::support::TestApp;

on_every_database!(
    a_news_has_the_documented_answers,
    what_may_be_absent_has_defaults,
    show_cover_pic_is_read_in_all_its_spellings,
    a_news_is_listed_by_its_last_change,
    single_and_multiple_become_each_other,
    articles_are_checked_and_named_as_they_were_sent,
    news_that_do_not_exist_are_404,
);

async fn a_news_has_the_documented_answers(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/news");
    assert_eq!(
        app.get(&path).await.to_string(),
        r#"{"code":200,"message":"OK","data":{"news":{},"pagination":{"index":1,"size":10,"count":0}}}"#
    );
    let answer = shelf::upload(&app, &format!("{path}/image"), "封面.jpg", &samples::jpeg(2_000)).await;
    let Material { id: image, url } = shelf::material(&answer);
    assert_eq!(answer.to_string(), format!(r#"{{"code":200,"message":"OK","data":{{"id":"{image}","url":"{url}"}}}}"#));
    let body = json!({
        "title": "标题 <b>\"一\"</b>", "author": "作者", "image_id": image, "digest": "摘要", "show_cover_pic": false,
        "content": "<p>正文 😀 \\ \"引号\"\r\n</p>", "content_source_url": "https://example.com/?a=1&b=2",
    });
    let answer = app.post(&format!("{path}/single"), body).await;
    let id = answer["data"].as_str().unwrap().to_owned();
    assert_eq!(answer.to_string(), format!(r#"{{"code":200,"message":"OK","data":"{id}"}}"#));
    let single = app.get(&format!("{path}/{id}")).await;
    let (time, item) = (&single["data"][0]["update_time"], single["data"][0]["id"].as_str().unwrap());
    assert!((chrono::Utc::now().timestamp_millis() - time.as_i64().unwrap()).abs() < 60_000, "{time}");
    let page = format!("{}/page/{account}/{item}", app.url);
    assert_eq!(
        single.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":[{{"update_time":{time},"title":"标题 <b>\"一\"</b>","author":"作者","image_id":"{image}","url":"{url}","show_cover_pic":false,"digest":"摘要","content":"<p>正文 😀 \\ \"引号\"\r\n</p>","content_source_url":"https://example.com/?a=1&b=2","id":"{item}","article_url":"{page}"}}]}}"#
        )
    );
    assert_eq!(
        app.get(&path).await.to_string(),
        format!(
            r#"{{"code":200,"message":"OK","data":{{"news":{{"{id}":[{{"update_time":{time},"title":"标题 <b>\"一\"</b>","url":"{url}","show_cover_pic":false,"digest":"摘要","id":"{item}","article_url":"{page}"}}]}},"pagination":{{"index":1,"size":10,"count":1}}}}}}"#
        )
    );
    assert_eq!(app.delete(&format!("{path}/{id}")).await.to_string(), OK);
    assert_eq!(app.get(&path).await["data"]["news"], json!({}));
}

async fn what_may_be_absent_has_defaults(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::image(&app, &account, "a.jpg").await;
    let bare = article("a", &image);
    let mut nulls = article("b", &image);
    for member in ["author", "digest", "show_cover_pic", "content_source_url"] {
        nulls[member] = Value::Null;
    }
    let mut blank = article("c", &image);
    for member in ["author", "digest", "content_source_url"] {
        blank[member] = json!(" ");
    }
    let mut numbers = article("d", &image);
    (numbers["title"], numbers["content"], numbers["digest"]) = (json!(1), json!(2.5), json!(true));
    let id = shelf::news(&app, &account, &[bare, nulls, blank, numbers]).await;
    let articles = shelf::articles(&app, &account, &id).await;
    for article in &articles[..3] {
        assert_eq!(
            (&article["author"], &article["digest"], &article["show_cover_pic"], &article["content_source_url"]),
            (&Value::Null, &json!(""), &json!(true), &Value::Null),
            "{article}"
        );
    }
    assert_eq!(
        (&articles[3]["title"], &articles[3]["content"], &articles[3]["digest"]),
        (&json!("1"), &json!("2.5"), &json!("true"))
    );
    // What an edit leaves out has its default again.
    let mut full = article("a", &image);
    (full["author"], full["digest"], full["show_cover_pic"]) = (json!("x"), json!("y"), json!("0"));
    app.put(&format!("/{account}/news/single/{id}"), full).await;
    app.put(&format!("/{account}/news/single/{id}"), article("a", &image)).await;
    let edited = &shelf::articles(&app, &account, &id).await[0];
    assert_eq!(
        (&edited["author"], &edited["digest"], &edited["show_cover_pic"]),
        (&Value::Null, &json!(""), &json!(true))
    );
}

async fn show_cover_pic_is_read_in_all_its_spellings(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let path = format!("/{account}/news/single");
    for (given, read) in [
        (json!(true), true),
        (json!(false), false),
        (json!(1), true),
        (json!(0), false),
        (json!("1"), true),
        (json!("0"), false),
        (json!("true"), true),
        (json!("false"), false),
        (json!(null), true),
    ] {
        let mut body = article("a", &image);
        body["show_cover_pic"] = given.clone();
        let answer = app.post(&path, body).await;
        let id = answer["data"].as_str().unwrap_or_else(|| panic!("{given}: {answer}"));
        assert_eq!(shelf::articles(&app, &account, id).await[0]["show_cover_pic"], read, "{given}");
    }
    for given in [json!(2), json!("maybe"), json!([]), json!({}), json!(-1), json!("\u{ff11}")] {
        let mut body = article("a", &image);
        body["show_cover_pic"] = given.clone();
        let message = refused(app.rest(Method::POST, &path).json(&body), 400, &given.to_string()).await;
        assert!(message.starts_with("show_cover_pic: "), "{given}: {message}");
    }
}

/// The ids of the listed news, in the order of the text.
async fn listed(app: &TestApp, account: &str, query: &str) -> (Vec<String>, Value) {
    let answer = app.get(&format!("/{account}/news{query}")).await;
    let news = answer["data"]["news"].as_object().unwrap_or_else(|| panic!("{answer}"));
    (news.keys().cloned().collect(), answer["data"]["pagination"].clone())
}

async fn a_news_is_listed_by_its_last_change(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.insert(0, shelf::news(&app, &account, &[article(&format!("{number}"), &image)]).await);
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    let pagination = |index, size| json!({ "index": index, "size": size, "count": 5 });
    assert_eq!(listed(&app, &account, "").await, (ids.clone(), pagination(1, 10)));
    // The oldest is edited, and comes first.
    let oldest = ids.pop().unwrap();
    app.put(&format!("/{account}/news/single/{oldest}"), article("again", &image)).await;
    ids.insert(0, oldest);
    assert_eq!(listed(&app, &account, "").await.0, ids);
    assert_eq!(listed(&app, &account, "?size=2").await, (ids[..2].to_vec(), pagination(1, 2)));
    assert_eq!(listed(&app, &account, "?size=2&index=3").await, (ids[4..].to_vec(), pagination(3, 2)));
    assert_eq!(listed(&app, &account, "?size=0").await, (Vec::new(), pagination(1, 0)));
    assert_eq!(listed(&app, &account, "?index=9").await, (Vec::new(), pagination(9, 10)));
    app.delete(&format!("/{account}/news/{}", ids.remove(1))).await;
    let (left, pagination) = listed(&app, &account, "").await;
    assert_eq!((left, &pagination["count"]), (ids, &json!(4)));
}

async fn single_and_multiple_become_each_other(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let single = app.post(&format!("/{account}/news/single"), article("a", &image)).await;
    let id = single["data"].as_str().unwrap();
    let titles = |count: usize| -> Vec<Value> { (0..count).map(|it| article(&format!("t{it}"), &image)).collect() };
    for count in [3, 8, 2, 1] {
        let answer = app.put(&format!("/{account}/news/multiple/{id}"), json!(titles(count))).await;
        assert_eq!(answer.to_string(), OK);
        let saved = shelf::articles(&app, &account, id).await;
        let saved: Vec<_> = saved.iter().map(|article| article["title"].as_str().unwrap()).collect();
        assert_eq!(saved, ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"][..count]);
    }
    assert_eq!(app.put(&format!("/{account}/news/multiple/{id}"), article("alone", &image)).await.to_string(), OK);
    assert_eq!(app.put(&format!("/{account}/news/multiple/{id}"), json!(titles(2))).await.to_string(), OK);
    assert_eq!(app.put(&format!("/{account}/news/single/{id}"), article("b", &image)).await.to_string(), OK);
    assert_eq!(shelf::articles(&app, &account, id).await.len(), 1);
    assert_eq!(app.get(&format!("/{account}/news")).await["data"]["pagination"]["count"], 1);
}

async fn articles_are_checked_and_named_as_they_were_sent(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let other = app.bind_only("gh_2").await;
    let image = shelf::image(&app, &account, "a.jpg").await;
    let (voice, foreign) = (shelf::voice(&app, &account, "a.mp3").await, shelf::image(&app, &other, "a.jpg").await);
    let kept = shelf::news(&app, &account, &[article("a", &image)]).await;
    let before = shelf::stored(&app, &account).await;
    for (member, value) in [
        ("title", Value::Null),
        ("title", json!(" ")),
        ("title", json!("题".repeat(101))),
        ("title", json!("a\0")),
        ("image_id", Value::Null),
        ("image_id", json!("")),
        ("image_id", json!("nobody")),
        ("image_id", json!(voice.id)),
        ("image_id", json!(foreign.id)),
        ("image_id", json!("x".repeat(500))),
        ("content", Value::Null),
        ("content", json!(" \n")),
        ("content", json!("x".repeat((1 << 20) + 1))),
        ("content", json!({ "html": "x" })),
        ("author", json!("者".repeat(101))),
        ("digest", json!("摘".repeat(501))),
        ("content_source_url", json!("u".repeat(2_001))),
    ] {
        let mut wrong = article("b", &image);
        wrong[member] = value.clone();
        let several = json!([article("a", &image), wrong]);
        for (method, path, body, named) in [
            (Method::POST, "single".to_owned(), &wrong, format!("{member}: ")),
            (Method::POST, "multiple".to_owned(), &several, format!("[1].{member}: ")),
            (Method::PUT, format!("single/{kept}"), &wrong, format!("{member}: ")),
            (Method::PUT, format!("multiple/{kept}"), &several, format!("[1].{member}: ")),
        ] {
            let context = format!("{method} {path} {member}");
            let request = app.rest(method, &format!("/{account}/news/{path}")).json(body);
            let message = refused(request, 400, &context).await;
            assert!(message.starts_with(&named), "{context}: {message:.200}");
        }
    }
    for body in [json!([]), json!(null), json!("a"), json!([null]), json!([[article("a", &image)]]), json!({})] {
        let request = app.rest(Method::POST, &format!("/{account}/news/multiple")).json(&body);
        refused(request, 400, &body.to_string()).await;
    }
    let nine: Vec<Value> = (0..9).map(|it| article(&format!("{it}"), &image)).collect();
    refused(app.rest(Method::POST, &format!("/{account}/news/multiple")).json(&nine), 400, "nine").await;
    refused(app.rest(Method::POST, &format!("/{account}/news/single")).json(&nine[..2]), 400, "two").await;
    assert_eq!(shelf::stored(&app, &account).await, before);
}

async fn news_that_do_not_exist_are_404(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let (image, foreign) = (shelf::image(&app, &account, "a.jpg").await, shelf::image(&app, &other, "a.jpg").await);
    let kept = shelf::news(&app, &account, &[article("a", &image)]).await;
    let gone = shelf::news(&app, &account, &[article("gone", &image)]).await;
    assert_eq!(app.delete(&format!("/{account}/news/{gone}")).await.to_string(), OK);
    let shouted = kept.to_uppercase();
    for (account, id, image) in [
        (&account, "nobody", &image),
        (&account, gone.as_str(), &image),
        (&account, shouted.as_str(), &image),
        (&account, image.id.as_str(), &image),
        (&other, kept.as_str(), &foreign),
        (&"nobody".to_owned(), kept.as_str(), &image),
    ] {
        let path = format!("/{account}/news/{id}");
        refused(app.rest(Method::GET, &path), 404, &path).await;
        refused(app.rest(Method::DELETE, &path), 404, &path).await;
        let single = app.rest(Method::PUT, &format!("/{account}/news/single/{id}")).json(&article("x", image));
        refused(single, 404, &path).await;
        let several = app.rest(Method::PUT, &format!("/{account}/news/multiple/{id}")).json(&[article("x", image)]);
        refused(several, 404, &path).await;
    }
    assert_eq!(shelf::articles(&app, &account, &kept).await[0]["title"], "a");
}
