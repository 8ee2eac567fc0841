//! Several clients at the same material at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::samples;
use super::shelf::{self, article};
use crate::support::TestApp;

on_every_database!(
    of_files_that_replace_each_other_one_is_kept,
    a_cover_is_either_deleted_or_used,
    edits_of_one_news_leave_whole_articles,
);

async fn of_files_that_replace_each_other_one_is_kept(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let film = shelf::video(&app, &account).await;
    let path = format!("/{account}/video/upload/{}", film.id);
    let uploads = (0..8).map(|number| {
        let (app, path) = (&app, &path);
        async move { shelf::upload(app, path, "a.mp4", &samples::mp4(2_000 + number)).await }
    });
    let answers: Vec<Value> = join_all(uploads).await;
    assert!(answers.iter().all(|answer| answer["code"] == 200), "{answers:?}");
    let url = app.get(&format!("/{account}/video/{}", film.id)).await["data"]["url"].take();
    let mut served = Vec::new();
    for answer in &answers {
        if shelf::is_served(&app, answer["data"]["url"].as_str().unwrap()).await {
            served.push(&answer["data"]["url"]);
        }
    }
    assert_eq!(served, [&url]);
    assert_eq!(shelf::stored(&app, &account).await["kept"], 1);
}

async fn a_cover_is_either_deleted_or_used(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let save = format!("/{account}/news/single");
    for _ in 0..10 {
        let image = shelf::image(&app, &account, "a.jpg").await;
        let one = format!("/{account}/image/{}", image.id);
        let (deleted, saved) = tokio::join!(app.delete(&one), app.post(&save, article("a", &image)));
        let codes = (deleted["code"].as_u64().unwrap(), saved["code"].as_u64().unwrap());
        assert!(matches!(codes, (200, 400) | (409, 200)), "{deleted} {saved}");
    }
}

async fn edits_of_one_news_leave_whole_articles(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let image = shelf::article_image(&app, &account).await;
    let news = shelf::news(&app, &account, &[article("a", &image)]).await;
    let edits = (1..=8).map(|count| {
        let (app, account, news, image) = (&app, &account, &news, &image);
        async move {
            let articles: Vec<Value> = (0..count).map(|it| article(&format!("{count}.{it}"), image)).collect();
            app.put(&format!("/{account}/news/multiple/{news}"), json!(articles)).await
        }
    });
    let answers: Vec<Value> = join_all(edits).await;
    assert!(answers.iter().all(|answer| answer["code"] == 200), "{answers:?}");
    let saved = shelf::articles(&app, &account, &news).await;
    let titles: Vec<_> = saved.iter().map(|article| article["title"].as_str().unwrap()).collect();
    let expected: Vec<String> = (0..saved.len()).map(|it| format!("{}.{it}", saved.len())).collect();
    assert_eq!(titles, expected);
}
