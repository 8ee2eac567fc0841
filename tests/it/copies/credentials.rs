//! Copies belong to the app whose credentials made them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{DRAFT, MATERIAL, ROUNDS, UPLOAD, is_ready, jpeg, mp3, mp4, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;

with_upkeep!(
    what_was_saved_without_credentials_is_uploaded_with_them,
    another_app_gets_copies_of_its_own,
    an_upload_that_ends_after_the_change_is_not_kept,
    a_draft_that_ends_after_the_change_is_not_kept,
);

const OTHER: &str = "wxfedcba9876543210";

async fn fill_in(app: &TestApp, account: &str, app_id: &str) {
    let body = json!({ "id": account, "app_id": app_id, "app_secret": "sandbox" });
    let answer = app.post("/bind/fillin", body).await;
    assert_eq!(answer["code"], 200, "{answer}");
}

async fn what_was_saved_without_credentials_is_uploaded_with_them(app: TestApp) {
    let account = app.bind_only("gh_0123456789ab").await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    let (voice, _) = app.uploaded(&format!("/{account}/voice"), "b.mp3", mp3(2)).await;
    let (video, _) = app.uploaded(&format!("/{account}/video/upload"), "c.mp4", mp4(3)).await;
    let (of_articles, _) = app.upload_article_image(&account, jpeg(4, 900)).await;
    let deleted = app.upload_image(&account, jpeg(5, 900)).await;
    assert_eq!(app.delete(&format!("/{account}/image/{deleted}")).await["code"], 200);
    tokio::time::sleep(ROUNDS).await;
    assert_eq!((app.calls(UPLOAD).await, app.jobs(&account, "media_upload").await.len()), (0, 0));
    for (kind, id) in [("image", &image), ("voice", &voice), ("video", &video)] {
        assert_eq!(app.copies(&account, kind, id).await, Vec::<Value>::new());
    }
    // Asking for a draft says what is missing.
    let articles = json!([{ "title": "题", "content": "<p>文</p>", "coverImageId": of_articles }]);
    let news = app.create_news(&account, articles).await;
    let error = app.error(super::CREATE_DRAFT, json!({ "account": account, "id": news })).await;
    assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");

    fill_in(&app, &account, APP_ID).await;
    for (kind, id, content) in [("image", &image, jpeg(1, 900)), ("voice", &voice, mp3(2)), ("video", &video, mp4(3))] {
        let copy = app.wait_until_uploaded(&account, kind, id).await;
        let medium = app.medium(&copy["mediaId"]).await;
        assert_eq!((&medium["type"], &medium["sha256"]), (&json!(kind), &json!(sha256(&content))));
    }
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, 3, "not the deleted one, not the one of articles, and each once");
    assert_eq!(app.copies(&account, "image", &of_articles).await, Vec::<Value>::new());
    // The same credentials again change nothing.
    fill_in(&app, &account, APP_ID).await;
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, 3);
}

async fn another_app_gets_copies_of_its_own(app: TestApp) {
    let account = app.bind(0).await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    let before = app.wait_until_uploaded(&account, "image", &image).await;
    let (news, _) = app.simple_news(&account, "题").await;
    app.ask_for_draft(&account, &news).await;
    let draft = app.wait_until_drafted(&account, &news).await;

    fill_in(&app, &account, OTHER).await;
    assert_eq!(
        app.copies(&account, "newsById", &news).await,
        Vec::<Value>::new(),
        "a draft is made when it is asked for"
    );
    let after = app.wait_until_uploaded(&account, "image", &image).await;
    assert_ne!(after["mediaId"], before["mediaId"]);
    let there = app.media_at(OTHER).await;
    assert_eq!(there.len(), 1, "{there:?}");
    assert_eq!((&there[0]["media_id"], &there[0]["sha256"]), (&after["mediaId"], &json!(sha256(&jpeg(1, 900)))));

    app.ask_for_draft(&account, &news).await;
    let anew = app.wait_until_drafted(&account, &news).await;
    assert_ne!(anew["mediaId"], draft["mediaId"]);
    let drafts = app.drafts_at(OTHER).await;
    assert_eq!((drafts.len(), &drafts[0]["media_id"]), (1, &anew["mediaId"]));
    let covers: Vec<_> = app.media_at(OTHER).await.into_iter().filter(|medium| medium["permanent"] == true).collect();
    assert_eq!(covers.len(), 1, "the cover is uploaded there, too");
    assert_eq!(drafts[0]["articles"][0]["thumb_media_id"], covers[0]["media_id"]);
    // Editing it does not take the draft away from an app that is not ours any more, and takes this one.
    assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
    app.wait_until_done(&account).await;
    assert_eq!((app.drafts_at(OTHER).await.len(), app.drafts_at(APP_ID).await.len()), (0, 1));
}

async fn an_upload_that_ends_after_the_change_is_not_kept(app: TestApp) {
    let account = app.bind(0).await;
    app.fault(json!({ "path": UPLOAD, "app_id": APP_ID, "times": 10, "delay_ms": 900 })).await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    app.wait_until_struck(UPLOAD, 9).await;
    fill_in(&app, &account, OTHER).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    app.wait_until_done(&account).await;
    let copy = app.wait_until_uploaded(&account, "image", &image).await;
    let there: Vec<_> = app.media_at(OTHER).await;
    assert!(
        there.iter().any(|medium| medium["media_id"] == copy["mediaId"]),
        "{copy} is not at the new app: {there:?}"
    );
}

async fn a_draft_that_ends_after_the_change_is_not_kept(app: TestApp) {
    for slow in [MATERIAL, DRAFT] {
        app.control(Method::POST, "/reset", Value::Null).await;
        let account = app.bind_only(slow).await;
        fill_in(&app, &account, APP_ID).await;
        app.wait_until_done(&account).await;
        let (news, _) = app.simple_news(&account, "题").await;
        app.fault(json!({ "path": slow, "app_id": APP_ID, "times": 10, "delay_ms": 900 })).await;
        app.ask_for_draft(&account, &news).await;
        app.wait_until_struck(slow, 9).await;
        fill_in(&app, &account, OTHER).await;
        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
        app.wait_until_done(&account).await;
        // Nobody sees a draft or a cover that the new app does not have.
        if !is_ready(&app.copy(&account, ("newsById", &news), "DRAFT").await) {
            app.ask_for_draft(&account, &news).await;
        }
        let copy = app.wait_until_drafted(&account, &news).await;
        let drafts = app.drafts_at(OTHER).await;
        assert_eq!(drafts.len(), 1, "{slow}");
        assert_eq!(drafts[0]["media_id"], copy["mediaId"], "{slow}");
    }
}
