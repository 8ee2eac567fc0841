//! Copies that were given up: what a client sees of them, and how they are made after all.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::{ARTICLE_IMAGE, DRAFT, MATERIAL, ROUNDS, UPLOAD, jpeg, mp3, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;

with_upkeep!(
    what_wechat_never_takes_is_given_up_at_once,
    what_fails_again_and_again_is_given_up,
    a_draft_that_was_given_up_can_be_asked_for_again,
    a_cancelled_upload_can_be_asked_for_again,
);

fn failed(copy: &Value) -> bool {
    copy["state"] == "FAILED"
}

async fn what_wechat_never_takes_is_given_up_at_once(app: TestApp) {
    let account = app.bind(0).await;
    for (seed, errcode) in [(1, 45007), (2, 40006), (3, 40125)] {
        app.fault(json!({ "path": UPLOAD, "errcode": errcode })).await;
        let (voice, _) = app.uploaded(&format!("/{account}/voice"), "a.mp3", mp3(seed)).await;
        let copy = app.wait_for_copy(&account, ("voice", &voice), "TEMPORARY", failed).await;
        assert!(copy["lastError"].as_str().unwrap().contains(&errcode.to_string()), "{copy}");
        app.wait_until_done(&account).await;
        let job = app.jobs(&account, "media_upload").await.remove(0);
        assert_eq!((&job["state"], &job["lastError"]), (&json!("FAILED"), &copy["lastError"]), "{job}");
        let calls = app.calls(UPLOAD).await;
        tokio::time::sleep(ROUNDS).await;
        assert_eq!(app.calls(UPLOAD).await, calls, "{errcode}: the upkeep does not insist");

        app.fault(json!({ "path": UPLOAD, "delay_ms": 800 })).await;
        app.retry_job(&job).await;
        app.wait_until_struck(UPLOAD, 0).await;
        let copy = app.copy(&account, ("voice", &voice), "TEMPORARY").await;
        assert_eq!(copy["state"], "PENDING", "it is on its way again: {copy}");
        let copy = app.wait_until_uploaded(&account, "voice", &voice).await;
        assert_eq!(copy["lastError"], Value::Null);
        assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&mp3(seed))));
    }
}

async fn what_fails_again_and_again_is_given_up(app: TestApp) {
    let account = app.bind(0).await;
    let database = odaesan::database::connect(&app.database.url, 1).await.unwrap();
    app.fault(json!({ "path": UPLOAD, "times": 1_000, "errcode": -1 })).await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(45);
    while !failed(&app.copy(&account, ("image", &image), "TEMPORARY").await) {
        assert!(tokio::time::Instant::now() < deadline, "it was not given up");
        // Its pauses grow to minutes, which a test does not wait for.
        database.execute_unprepared("UPDATE job SET due_at = 1 WHERE state = 'queued'").await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    assert_eq!(app.calls(UPLOAD).await, 8, "as often as a job is tried");
    let job = app.jobs(&account, "media_upload").await.remove(0);
    assert!(job["lastError"].as_str().unwrap().contains("-1"), "{job}");
    app.heal().await;
    tokio::time::sleep(ROUNDS).await;
    app.retry_job(&app.jobs(&account, "media_upload").await[0]).await;
    app.wait_until_uploaded(&account, "image", &image).await;
    assert_eq!(app.media_at(APP_ID).await.len(), 1);
    database.close().await.unwrap();
}

async fn a_draft_that_was_given_up_can_be_asked_for_again(app: TestApp) {
    let account = app.bind(0).await;
    for (seed, path, errcode) in [(1, MATERIAL, 40009), (4, ARTICLE_IMAGE, 40137), (7, DRAFT, 45166)] {
        let (cover, _) = app.upload_article_image(&account, jpeg(seed, 900)).await;
        let (_, shown) = app.upload_article_image(&account, jpeg(seed + 1, 900)).await;
        let content = format!("<p>文</p><img src=\"{shown}\">");
        let articles = json!([{ "title": "题", "content": content, "coverImageId": cover }]);
        let news = app.create_news(&account, articles).await;
        app.fault(json!({ "path": path, "times": 2, "errcode": errcode })).await;
        let counts = async || (app.calls(MATERIAL).await, app.calls(ARTICLE_IMAGE).await, app.calls(DRAFT).await);
        let before = counts().await;
        app.ask_for_draft(&account, &news).await;
        let copy = app.wait_for_copy(&account, ("newsById", &news), "DRAFT", failed).await;
        assert!(copy["lastError"].as_str().unwrap().contains(&errcode.to_string()), "{copy}");
        app.wait_until_done(&account).await;
        // The job's own retry, and it fails once more.
        app.retry_job(&app.jobs(&account, "news_draft").await[0]).await;
        app.wait_until_struck(path, 0).await;
        app.wait_until_done(&account).await;
        app.wait_for_copy(&account, ("newsById", &news), "DRAFT", failed).await;
        // Asked for once more, it is a new job; the copy tells that it is wanted, not that it is lost.
        app.fault(json!({ "path": path, "delay_ms": 700 })).await;
        let job = app.ask_for_draft(&account, &news).await;
        assert!(job["id"].is_string(), "{job}");
        let copy = app.copy(&account, ("newsById", &news), "DRAFT").await;
        assert_eq!(copy["state"], "PENDING", "{path}: {copy}");
        app.wait_until_drafted(&account, &news).await;
        let after = counts().await;
        let grown = (after.0 - before.0, after.1 - before.1, after.2 - before.2);
        let expected = match path {
            MATERIAL => (3, 1, 1),
            ARTICLE_IMAGE => (1, 3, 1),
            _ => (1, 1, 3),
        };
        assert_eq!(grown, expected, "{path}: nothing is uploaded twice");
    }
    assert_eq!(app.drafts_at(APP_ID).await.len(), 3);
}

async fn a_cancelled_upload_can_be_asked_for_again(app: TestApp) {
    let account = app.bind(0).await;
    app.fault(json!({ "path": UPLOAD, "times": 1_000, "errcode": -1 })).await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    app.wait_for_copy(&account, ("image", &image), "TEMPORARY", |copy| copy["lastError"].is_string()).await;
    let job = app.jobs(&account, "media_upload").await.remove(0);
    app.graphql(crate::support::wechat::CANCEL, json!({ "id": job["id"] })).await;
    app.wait_until_done(&account).await;
    app.heal().await;
    app.retry_job(&job).await;
    app.wait_until_uploaded(&account, "image", &image).await;
    assert_eq!(app.media_at(APP_ID).await.len(), 1);
}
