//! The public page of an article.

use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::shelf::{self, article};
use crate::support::TestApp;

on_every_database!(
    a_page_shows_the_article_and_runs_nothing,
    an_old_link_leads_to_the_edited_text,
    what_is_gone_is_404,
    an_unchanged_page_is_304,
    the_date_is_that_of_the_time_zone,
);

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

async fn open(app: &TestApp, url: &str) -> Response {
    app.http.get(url).send().await.unwrap()
}

fn address(article: &Value) -> &str {
    article["article_url"].as_str().unwrap()
}

async fn a_page_shows_the_article_and_runs_nothing(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (cover, shown) = (shelf::image(&app, &account, "a.jpg").await, shelf::article_image(&app, &account).await);
    let mut body = article("</title><script>alert('title')</script> & \"q\"", &cover);
    body["author"] = json!("<b>作者</b>");
    body["digest"] = json!("\"><script>alert('digest')</script>");
    body["content_source_url"] = json!("https://example.com/?a=1&b=\"><script>");
    body["content"] = json!(format!(
        "<p onclick=\"alert(1)\" style=\"color:red;position:fixed\">正文 😀</p><script>alert(2)</script>\
         <iframe src=\"https://example.com\"></iframe><a href=\"javascript:alert(3)\">a</a><style>*{{}}</style>\
         <img src=\"{}\" onerror=\"alert(4)\"><img src=\"javascript:alert(5)\"><form action=\"/v1\"><input></form></div></main>",
        shown.url
    ));
    let news = shelf::news(&app, &account, &[body]).await;
    let saved = &shelf::articles(&app, &account, &news).await[0];
    let response = open(&app, address(saved)).await;
    let (status, headers) = (response.status(), response.headers().clone());
    let html = response.text().await.unwrap();
    assert_eq!((status, header(&headers, "content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert_eq!(header(&headers, "x-content-type-options"), "nosniff");
    let policy = header(&headers, "content-security-policy");
    let directive = |name: &str| policy.split(';').map(str::trim).find(|it| it.starts_with(&format!("{name} ")));
    assert_eq!(directive("default-src"), Some("default-src 'none'"), "{policy}");
    assert_eq!((directive("script-src"), directive("script-src-attr")), (None, None), "{policy}");
    assert!(!directive("style-src").unwrap().contains("unsafe"), "{policy}");
    for part in [
        "<h1>&#60;/title&#62;&#60;script&#62;alert(&#39;title&#39;)&#60;/script&#62; &#38; &#34;q&#34;</h1>",
        "&#60;b&#62;作者&#60;/b&#62;",
        "正文 😀",
        "阅读原文",
        &format!("<img class=\"cover\" src=\"{}\"", cover.url),
        &format!("src=\"{}\"", shown.url),
    ] {
        assert!(html.contains(part), "{part} is not in\n{html}");
    }
    for part in ["<script", "onclick", "onerror", "<iframe", "javascript:", "<form", "<input", "position:fixed"] {
        assert!(!html.contains(part), "{part} is in\n{html}");
    }
    // The content cannot leave its place.
    assert_eq!((html.matches("<main>").count(), html.matches("</main>").count()), (1, 1));
    assert_eq!(app.http.head(address(saved)).send().await.unwrap().status(), StatusCode::OK);
    // The same article without its cover.
    let mut body = article("a", &cover);
    body["show_cover_pic"] = json!(0);
    app.put(&format!("/{account}/news/single/{news}"), body).await;
    let html = open(&app, address(saved)).await.text().await.unwrap();
    assert!(!html.contains("class=\"cover\"") && html.contains("og:image") && !html.contains("阅读原文"), "{html}");
}

async fn an_old_link_leads_to_the_edited_text(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let news = shelf::news(&app, &account, &["one", "two"].map(|title| article(title, &image))).await;
    let before = shelf::articles(&app, &account, &news).await;
    let edited = [article("uno", &image), article("two", &image)];
    app.put(&format!("/{account}/news/multiple/{news}"), json!(edited)).await;
    for (link, title) in [(address(&before[1]), "two"), (address(&before[0]), "uno")] {
        let html = open(&app, link).await.text().await.unwrap();
        assert!(html.contains(&format!("<h1>{title}</h1>")) && html.contains(&format!("<p>{title}</p>")), "{html}");
    }
}

async fn what_is_gone_is_404(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let image = shelf::article_image(&app, &account).await;
    let news = shelf::news(&app, &account, &["a", "b"].map(|title| article(title, &image))).await;
    let articles = shelf::articles(&app, &account, &news).await;
    let id = articles[0]["id"].as_str().unwrap();
    let page = |account: &str, id: &str| format!("{}/page/{account}/{id}", app.url);
    let mut gone = vec![
        page(&account, "nobody"),
        page(&other, id),
        page("nobody", id),
        page(&account, &id.to_uppercase()),
        page(&account, &format!("{id}%20")),
        page(&account, "%00"),
        page(&account, &news),
        page(&account, &"x".repeat(3_000)),
        page(&account, "<script>"),
    ];
    app.put(&format!("/{account}/news/single/{news}"), article("a", &image)).await;
    gone.push(address(&articles[1]).to_owned());
    assert_eq!(open(&app, address(&articles[0])).await.status(), StatusCode::OK);
    app.delete(&format!("/{account}/news/{news}")).await;
    gone.push(address(&articles[0]).to_owned());
    for url in gone {
        let response = open(&app, &url).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let html = response.text().await.unwrap();
        assert_eq!(status, StatusCode::NOT_FOUND, "{url:.200}");
        assert_eq!(header(&headers, "content-type"), "text/html; charset=utf-8", "{url:.200}");
        assert!(header(&headers, "content-security-policy").starts_with("default-src 'none'"));
        assert!(html.contains("文章不存在") && !html.contains("<script"), "{html}");
    }
}

async fn an_unchanged_page_is_304(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let news = shelf::news(&app, &account, &[article("a", &image)]).await;
    let saved = &shelf::articles(&app, &account, &news).await[0];
    let etag = open(&app, address(saved)).await.headers()["etag"].clone();
    let again = async || app.http.get(address(saved)).header("if-none-match", &etag).send().await.unwrap();
    let same = again().await;
    assert_eq!((same.status(), &same.headers()["etag"]), (StatusCode::NOT_MODIFIED, &etag));
    assert!(same.text().await.unwrap().is_empty());
    let mut body = article("a", &image);
    body["content"] = json!("<p>other</p>");
    app.put(&format!("/{account}/news/single/{news}"), body).await;
    let changed = again().await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()["etag"], etag);
    app.delete(&format!("/{account}/news/{news}")).await;
    assert_eq!(again().await.status(), StatusCode::NOT_FOUND);
}

async fn the_date_is_that_of_the_time_zone(mut app: TestApp) {
    use entity::article::{Column, Entity};
    use sea_orm::sea_query::Expr;
    use sea_orm::{EntityTrait as _, QueryFilter as _, prelude::ColumnTrait as _};

    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let news = shelf::news(&app, &account, &[article("a", &image)]).await;
    let id = shelf::articles(&app, &account, &news).await[0]["id"].as_str().unwrap().to_owned();
    // Written before the cover was uploaded, an hour before midnight of universal time.
    let written: entity::Timestamp =
        chrono::DateTime::parse_from_rfc3339("2020-02-28T23:00:00Z").unwrap().to_utc().into();
    let database = shelf::database(&app).await;
    let aged = Entity::update_many().col_expr(Column::CreatedAt, Expr::value(written)).filter(Column::Id.eq(&id));
    assert_eq!(aged.exec(&database).await.unwrap().rows_affected, 1);
    for (zone, date) in [
        ("Asia/Shanghai", "2020-02-29"),
        ("UTC", "2020-02-28"),
        ("America/New_York", "2020-02-28"),
        ("Pacific/Kiritimati", "2020-02-29"),
    ] {
        app.restart_with(&["--time-zone", zone]).await;
        let html = open(&app, &format!("{}/page/{account}/{id}", app.url)).await.text().await.unwrap();
        assert!(html.contains(&format!("<time datetime=\"{date}\">{date}</time>")), "{zone}: {html}");
    }
    // An edit does not change it.
    app.put(&format!("/{account}/news/single/{news}"), article("b", &image)).await;
    let html = open(&app, &format!("{}/page/{account}/{id}", app.url)).await.text().await.unwrap();
    assert!(html.contains("2020-02-29") && html.contains("<h1>b</h1>"), "{html}");
}
