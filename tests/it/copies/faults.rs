//! What goes wrong for a while between this service and WeChat, and that everything is there in the end, once.

use serde_json::{Value, json};

use super::{ARTICLE_IMAGE, DRAFT, MATERIAL, UPLOAD, is_ready, jpeg, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;

with_upkeep!(
    an_upload_is_tried_again,
    a_draft_is_tried_again_without_what_is_there_already,
    an_upload_survives_a_fault_by_itself,
    what_takes_too_long_is_tried_again,
    a_token_that_dies_on_the_way_is_replaced,
);

/// Faults that pass, and a word that the reason has. None of them takes effect.
fn passing() -> [(Value, &'static str); 6] {
    [
        (json!({ "errcode": 45009 }), "45009"),
        (json!({ "errcode": -1 }), "-1"),
        (json!({ "errcode": 40001 }), "40001"),
        (json!({ "garbage": true }), "unreadable"),
        (json!({ "drop": true }), "broke"),
        (json!({ "status": 502 }), "502"),
    ]
}

fn on(path: &str, times: u32, fault: &Value) -> Value {
    let mut fault = fault.clone();
    fault["path"] = json!(path);
    fault["times"] = json!(times);
    fault
}

async fn an_upload_is_tried_again(app: TestApp) {
    let account = app.bind(0).await;
    for (seed, (fault, word)) in (1..).zip(passing()) {
        app.fault(on(UPLOAD, 1_000, &fault)).await;
        let image = app.upload_image(&account, jpeg(seed, 900)).await;
        let failing = |copy: &Value| copy["lastError"].is_string();
        let copy = app.wait_for_copy(&account, ("image", &image), "TEMPORARY", failing).await;
        assert_eq!((&copy["state"], &copy["mediaId"]), (&json!("PENDING"), &Value::Null), "{fault} {copy}");
        let reason = copy["lastError"].as_str().unwrap();
        assert!(reason.contains(word) && reason.contains(UPLOAD), "{fault}: {reason}");
        app.heal().await;
        // By itself, or at once on request.
        if seed % 2 == 0 {
            app.retry_job(&app.jobs(&account, "media_upload").await[0]).await;
        }
        let copy = app.wait_until_uploaded(&account, "image", &image).await;
        assert_eq!(copy["lastError"], Value::Null, "{fault} {copy}");
        app.wait_until_done(&account).await;
        let held: Vec<_> = app.media_at(APP_ID).await;
        assert_eq!(held.len(), usize::from(seed), "{fault}: one media for each image");
        assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&jpeg(seed, 900))));
    }
}

async fn a_draft_is_tried_again_without_what_is_there_already(app: TestApp) {
    let account = app.bind(0).await;
    let mut seed = 0;
    for path in [MATERIAL, ARTICLE_IMAGE, DRAFT] {
        for (fault, word) in passing() {
            // Two covers and two illustrations; the second upload of a sort fails, or the draft itself.
            seed += 4;
            let (first, _) = app.upload_article_image(&account, jpeg(seed, 900)).await;
            let (second, _) = app.upload_article_image(&account, jpeg(seed + 1, 900)).await;
            let (_, third) = app.upload_article_image(&account, jpeg(seed + 2, 900)).await;
            let (_, fourth) = app.upload_article_image(&account, jpeg(seed + 3, 900)).await;
            let articles = json!([
                { "title": "一", "content": format!("<img src=\"{third}\">"), "coverImageId": first },
                { "title": "二", "content": format!("<img src=\"{fourth}\">"), "coverImageId": second },
            ]);
            let news = app.create_news(&account, articles).await;
            let mut fault = on(path, 1_000, &fault);
            fault["after"] = json!(i32::from(path != DRAFT));
            app.fault(fault.clone()).await;
            app.ask_for_draft(&account, &news).await;
            let failing = |copy: &Value| copy["lastError"].is_string();
            let copy = app.wait_for_copy(&account, ("newsById", &news), "DRAFT", failing).await;
            // Whether WeChat made the draft may not be known: then a person decides.
            let stands = if path == DRAFT { ["PENDING", "FAILED"] } else { ["PENDING"; 2] };
            assert!(stands.iter().any(|state| copy["state"] == *state), "{fault} {copy}");
            assert_eq!(copy["mediaId"], Value::Null, "{fault} {copy}");
            let reason = copy["lastError"].as_str().unwrap();
            assert!(reason.contains(word) && reason.contains(path), "{fault}: {reason}");
            let ready = app.copy(&account, ("image", &first), "PERMANENT").await;
            assert!(is_ready(&ready), "{fault}: what was uploaded before is known: {ready}");
            app.heal().await;
            app.retry_job(&app.jobs(&account, "news_draft").await[0]).await;
            let copy = app.wait_until_drafted(&account, &news).await;
            assert_eq!(copy["lastError"], Value::Null, "{fault}");
            assert_eq!(app.copy(&account, ("image", &first), "PERMANENT").await, ready, "{fault}");
            let shas = [jpeg(seed, 900), jpeg(seed + 1, 900)].map(|content| json!(sha256(&content)));
            let held = app.media_at(APP_ID).await;
            let covers = held.iter().filter(|medium| shas.contains(&medium["sha256"])).count();
            assert_eq!(covers, 2, "{fault}: each cover once");
            let drafts = app.drafts_at(APP_ID).await;
            assert_eq!(drafts.len(), 1, "{fault}: one draft");
            assert_eq!(drafts[0]["media_id"], copy["mediaId"], "{fault}");
            assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
            app.wait_until_done(&account).await;
        }
    }
}

async fn an_upload_survives_a_fault_by_itself(app: TestApp) {
    let account = app.bind(0).await;
    // Each once, in a row: the client's and the job's own repetitions are enough, and nobody steps in.
    for fault in
        [json!({ "errcode": -1 }), json!({ "garbage": true }), json!({ "drop": true }), json!({ "status": 502 })]
    {
        app.fault(on(UPLOAD, 1, &fault)).await;
    }
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    app.wait_until_uploaded(&account, "image", &image).await;
    app.wait_until_done(&account).await;
    assert_eq!((app.calls(UPLOAD).await, app.media_at(APP_ID).await.len()), (5, 1));
    let jobs = app.jobs(&account, "media_upload").await;
    assert_eq!((jobs.len(), &jobs[0]["state"], &jobs[0]["failures"]), (1, &json!("SUCCEEDED"), &json!(0)));
}

async fn what_takes_too_long_is_tried_again(app: TestApp) {
    let account = app.bind(0).await;
    // An upload has half a minute, whatever the setting for other calls says, and one call fails all the time.
    for path in [UPLOAD, DRAFT] {
        app.fault(json!({ "path": path, "errcode": -1, "delay_ms": 34_000 })).await;
    }
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    let (news, _) = app.simple_news(&account, "题").await;
    app.ask_for_draft(&account, &news).await;
    for (source, form) in [(("newsById", &news), "DRAFT"), (("image", &image), "TEMPORARY")] {
        let source = (source.0, source.1.as_str());
        let copy = app.wait_for_copy(&account, source, form, |copy| copy["lastError"].is_string()).await;
        assert!(copy["lastError"].as_str().unwrap().contains("in time"), "{copy}");
        if form == "DRAFT" {
            // It may be there already, so nobody but a person asks again.
            app.wait_for_copy(&account, source, form, |copy| copy["state"] == "FAILED").await;
            app.retry_job(&app.jobs(&account, "news_draft").await[0]).await;
        }
        let copy = app.wait_for_copy(&account, source, form, is_ready).await;
        assert_eq!(copy["lastError"], Value::Null);
    }
    assert_eq!((app.media_at(APP_ID).await.len(), app.drafts_at(APP_ID).await.len()), (2, 1));
}

async fn a_token_that_dies_on_the_way_is_replaced(app: TestApp) {
    let account = app.bind(0).await;
    for (seed, action) in [(1, "revoke"), (2, "expire")] {
        app.control(reqwest::Method::POST, &format!("/{APP_ID}/token"), json!({ "action": action })).await;
        let image = app.upload_image(&account, jpeg(seed, 900)).await;
        let copy = app.wait_until_uploaded(&account, "image", &image).await;
        assert_eq!(copy["lastError"], Value::Null);
        let (news, _) = app.simple_news(&account, "题").await;
        app.ask_for_draft(&account, &news).await;
        app.wait_until_drafted(&account, &news).await;
    }
    app.wait_until_done(&account).await;
    assert_eq!(app.drafts_at(APP_ID).await.len(), 2);
    assert!(app.jobs(&account, "media_upload").await.iter().all(|job| job["lastError"] == Value::Null));
}
