//! A copy belongs to one content: what was edited is never sent in its old form.

use std::time::Duration;

use serde_json::{Value, json};

use super::{DRAFT, MATERIAL, ROUNDS, UPLOAD, WITHDRAWAL, jpeg, mp3, mp4, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;

with_upkeep!(
    another_file_of_a_video_is_another_copy,
    names_and_captions_are_not_uploaded,
    an_edited_news_has_no_draft_until_it_is_asked_for,
    a_deleted_news_leaves_no_draft,
    a_news_that_is_edited_while_its_draft_is_made_leaves_no_old_draft,
    a_withdrawal_that_wechat_has_done_already_succeeds,
);

async fn another_file_of_a_video_is_another_copy(app: TestApp) {
    let account = app.bind(0).await;
    let (id, _) = app.uploaded(&format!("/{account}/video/upload"), "a.mp4", mp4(1)).await;
    let before = app.wait_until_uploaded(&account, "video", &id).await;
    app.fault(json!({ "path": UPLOAD, "delay_ms": 700 })).await;
    app.uploaded(&format!("/{account}/video/upload/{id}"), "b.mp4", mp4(2)).await;
    // From the answer on, whatever the upload of the new one does, the old one is not shown any more.
    let copies = app.copies(&account, "video", &id).await;
    assert_eq!(copies.len(), 1);
    assert_eq!((&copies[0]["state"], &copies[0]["mediaId"]), (&json!("PENDING"), &Value::Null), "{copies:?}");
    let after = app.wait_until_uploaded(&account, "video", &id).await;
    assert_ne!(after["mediaId"], before["mediaId"]);
    assert_eq!(app.medium(&after["mediaId"]).await["sha256"], json!(sha256(&mp4(2))));
    assert_eq!(app.medium(&before["mediaId"]).await["sha256"], json!(sha256(&mp4(1))));
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, 2);

    // Replaced while its upload runs: only what is there now has a copy in the end.
    app.fault(json!({ "path": UPLOAD, "times": 2, "delay_ms": 700 })).await;
    app.uploaded(&format!("/{account}/video/upload/{id}"), "c.mp4", mp4(3)).await;
    app.wait_until_struck(UPLOAD, 1).await;
    app.uploaded(&format!("/{account}/video/upload/{id}"), "d.mp4", mp4(4)).await;
    let last = app.wait_until_uploaded(&account, "video", &id).await;
    assert_eq!(app.medium(&last["mediaId"]).await["sha256"], json!(sha256(&mp4(4))));
    app.wait_until_done(&account).await;
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.copies(&account, "video", &id).await, [last]);
    assert_eq!(app.calls(UPLOAD).await, 4);
}

async fn names_and_captions_are_not_uploaded(app: TestApp) {
    let account = app.bind(0).await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    let (voice, _) = app.uploaded(&format!("/{account}/voice"), "b.mp3", mp3(2)).await;
    let (video, _) = app.uploaded(&format!("/{account}/video/upload"), "c.mp4", mp4(3)).await;
    let mut before = Vec::new();
    for (kind, id) in [("image", &image), ("voice", &voice), ("video", &video)] {
        before.push(app.wait_until_uploaded(&account, kind, id).await);
    }
    assert_eq!(app.put(&format!("/{account}/image/{image}"), json!({ "name": "新名" })).await["code"], 200);
    assert_eq!(app.put(&format!("/{account}/voice/{voice}"), json!({ "name": "新声" })).await["code"], 200);
    let caption = json!({ "title": "标题 🎬", "description": "说明" });
    assert_eq!(app.post(&format!("/{account}/video/{video}"), caption).await["code"], 200);
    tokio::time::sleep(ROUNDS).await;
    for ((kind, id), before) in [("image", &image), ("voice", &voice), ("video", &video)].into_iter().zip(before) {
        assert_eq!(app.copies(&account, kind, id).await, [before]);
    }
    assert_eq!(app.calls(UPLOAD).await, 3);
}

/// The titles of the drafts at WeChat, with their ids.
async fn drafts(app: &TestApp) -> Vec<(Value, Value)> {
    let drafts = app.drafts_at(APP_ID).await;
    drafts.into_iter().map(|draft| (draft["media_id"].clone(), draft["articles"][0]["title"].clone())).collect()
}

async fn an_edited_news_has_no_draft_until_it_is_asked_for(app: TestApp) {
    let account = app.bind(0).await;
    let (news, mut articles) = app.simple_news(&account, "旧题").await;
    let (other, _) = app.simple_news(&account, "别的").await;
    for id in [&news, &other] {
        app.ask_for_draft(&account, id).await;
    }
    let old = app.wait_until_drafted(&account, &news).await;
    let untouched = app.wait_until_drafted(&account, &other).await;
    assert_eq!(drafts(&app).await.len(), 2);

    articles[0]["title"] = json!("新题");
    articles[0]["content"] = json!("<p>新的正文</p>");
    app.replace_news(&account, &news, articles).await;
    assert_eq!(app.copies(&account, "newsById", &news).await, Vec::<Value>::new());
    app.wait_until_done(&account).await;
    assert_eq!(drafts(&app).await, [(untouched["mediaId"].clone(), json!("别的"))]);
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.copies(&account, "newsById", &news).await, Vec::<Value>::new(), "nobody asked");
    assert_eq!(app.calls(DRAFT).await, 2);

    assert!(app.ask_for_draft(&account, &news).await.is_object());
    let new = app.wait_until_drafted(&account, &news).await;
    assert_ne!(new["mediaId"], old["mediaId"]);
    assert_eq!(drafts(&app).await[1], (new["mediaId"].clone(), json!("新题")));
    assert_eq!(app.drafts_at(APP_ID).await[1]["articles"][0]["content"], "<p>新的正文</p>");
    assert_eq!(app.copies(&account, "newsById", &other).await, [untouched]);
    assert_eq!(app.calls(WITHDRAWAL).await, 1);
}

async fn a_deleted_news_leaves_no_draft(app: TestApp) {
    let account = app.bind(0).await;
    let (news, _) = app.simple_news(&account, "题").await;
    app.ask_for_draft(&account, &news).await;
    app.wait_until_drafted(&account, &news).await;
    // WeChat is away for a moment.
    app.fault(json!({ "path": WITHDRAWAL, "errcode": -1 })).await;
    assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
    app.wait_until_done(&account).await;
    assert_eq!(drafts(&app).await, []);
    assert_eq!(app.calls(WITHDRAWAL).await, 2);
    // One that never had a draft calls nobody.
    let (news, _) = app.simple_news(&account, "题").await;
    assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
    app.wait_until_done(&account).await;
    assert_eq!(app.calls(WITHDRAWAL).await, 2);
}

async fn a_news_that_is_edited_while_its_draft_is_made_leaves_no_old_draft(app: TestApp) {
    let account = app.bind(0).await;
    for (slow, deletes) in [(MATERIAL, false), (DRAFT, false), (DRAFT, true)] {
        let (news, mut articles) = app.simple_news(&account, "旧题").await;
        app.fault(json!({ "path": slow, "delay_ms": 800 })).await;
        app.ask_for_draft(&account, &news).await;
        app.wait_until_struck(slow, 0).await;
        if deletes {
            assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
        } else {
            articles[0]["title"] = json!("新题");
            app.replace_news(&account, &news, articles).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        app.wait_until_done(&account).await;
        assert_eq!(drafts(&app).await, [], "{slow}: what nobody wants any more is not left in the draft box");
        if !deletes {
            assert_eq!(app.copies(&account, "newsById", &news).await, Vec::<Value>::new());
            app.ask_for_draft(&account, &news).await;
            app.wait_until_drafted(&account, &news).await;
            assert_eq!(drafts(&app).await.len(), 1, "{slow}");
            assert_eq!(drafts(&app).await[0].1, "新题", "{slow}");
            assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
            app.wait_until_done(&account).await;
        }
    }
}

async fn a_withdrawal_that_wechat_has_done_already_succeeds(app: TestApp) {
    let account = app.bind(0).await;
    let (news, _) = app.simple_news(&account, "题").await;
    app.ask_for_draft(&account, &news).await;
    let draft = app.wait_until_drafted(&account, &news).await;
    // Somebody deleted it in WeChat's console.
    app.wechat(APP_ID, "/draft/delete", json!({ "media_id": draft["mediaId"] })).await;
    assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
    app.wait_until_done(&account).await;
    let jobs = app.jobs(&account, "draft_withdrawal").await;
    assert_eq!((jobs.len(), &jobs[0]["state"], &jobs[0]["lastError"]), (1, &json!("SUCCEEDED"), &Value::Null));

    // Its answer was lost.
    let (news, _) = app.simple_news(&account, "题").await;
    app.ask_for_draft(&account, &news).await;
    app.wait_until_drafted(&account, &news).await;
    app.fault(json!({ "path": WITHDRAWAL, "drop": true, "executes": true })).await;
    assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
    app.wait_until_done(&account).await;
    assert_eq!(app.jobs(&account, "draft_withdrawal").await[0]["state"], "SUCCEEDED");
    assert_eq!(drafts(&app).await, []);
}
