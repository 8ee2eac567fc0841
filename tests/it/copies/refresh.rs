//! Temporary media end after three days by WeChat's clock; those of live materials are uploaded anew before.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ROUNDS, UPLOAD, is_ready, jpeg, mp4, seconds, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;

with_upkeep!(
    what_ends_soon_is_refreshed_once,
    what_is_fresh_is_left_alone,
    what_ended_while_nobody_looked_is_refreshed_after_the_start,
    what_was_deleted_is_not_refreshed,
    a_copy_stays_usable_while_its_refresh_fails,
    a_refresh_that_wechat_refuses_is_not_repeated_without_end,
);

const HOUR: i64 = 3_600;
/// 2.6 days: less than half a day is left.
const OLD: i64 = 624 * HOUR / 10;

/// Uploads an image that WeChat took so many seconds ago, by its clock. Returns its id.
async fn aged(app: &TestApp, account: &str, seed: u8, seconds: i64) -> (String, Value) {
    app.set_clock(-seconds).await;
    let image = app.upload_image(account, jpeg(seed, 900)).await;
    let copy = app.wait_for_copy(account, ("image", &image), "TEMPORARY", |copy| copy["mediaId"].is_string()).await;
    app.set_clock(0).await;
    (image, copy)
}

async fn what_ends_soon_is_refreshed_once(app: TestApp) {
    let account = app.bind(0).await;
    let (image, before) = aged(&app, &account, 1, OLD).await;
    assert_eq!(before["state"], "READY", "it can still be sent: {before}");
    let changed = |copy: &Value| copy["mediaId"] != before["mediaId"];
    let after = app.wait_for_copy(&account, ("image", &image), "TEMPORARY", changed).await;
    assert_eq!((&after["state"], &after["lastError"]), (&json!("READY"), &Value::Null), "{after}");
    assert!(seconds(&after["expiresAt"]) - seconds(&before["expiresAt"]) >= OLD - 60, "{before} {after}");
    let medium = app.medium(&after["mediaId"]).await;
    assert_eq!(medium["sha256"], json!(sha256(&jpeg(1, 900))));
    assert_eq!(medium["created_at"].as_i64().unwrap(), seconds(&after["uploadedAt"]));
    app.wait_until_done(&account).await;
    let calls = app.calls(UPLOAD).await;
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, calls, "once is enough");
}

async fn what_is_fresh_is_left_alone(app: TestApp) {
    let account = app.bind(0).await;
    // Half an hour more than it takes, and one that WeChat took an hour from now.
    for (seed, age) in [(1, 0), (2, 60 * HOUR - HOUR / 2), (3, -HOUR)] {
        let (image, before) = aged(&app, &account, seed, age).await;
        tokio::time::sleep(ROUNDS).await;
        assert_eq!(app.calls(UPLOAD).await, u64::from(seed), "{age} {before}");
        assert_eq!(app.copies(&account, "image", &image).await, [before]);
    }
}

async fn what_ended_while_nobody_looked_is_refreshed_after_the_start(mut app: TestApp) {
    let account = app.bind(0).await;
    let (video, _) = app.uploaded(&format!("/{account}/video/upload"), "a.mp4", mp4(1)).await;
    let fresh = app.wait_until_uploaded(&account, "video", &video).await;
    app.fault(json!({ "path": UPLOAD, "times": 1_000, "delay_ms": 200 })).await;
    app.set_clock(-96 * HOUR).await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    let expired = |copy: &Value| copy["state"] == "EXPIRED";
    app.wait_for_copy(&account, ("image", &image), "TEMPORARY", expired).await;
    app.stop_service().await;
    app.heal().await;
    app.set_clock(0).await;
    app.start_service().await;
    let copy = app.wait_until_uploaded(&account, "image", &image).await;
    assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&jpeg(1, 900))));
    app.wait_until_done(&account).await;
    let calls = app.calls(UPLOAD).await;
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, calls);
    assert_eq!(app.copies(&account, "video", &video).await, [fresh], "the other one was fresh all the time");
}

async fn what_was_deleted_is_not_refreshed(app: TestApp) {
    let account = app.bind(0).await;
    app.set_clock(-OLD).await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    let (video, _) = app.uploaded(&format!("/{account}/video/upload"), "a.mp4", mp4(1)).await;
    app.wait_for_calls(UPLOAD, 2).await;
    // The old file of the video is as gone as the image.
    assert_eq!(app.delete(&format!("/{account}/image/{image}")).await["code"], 200);
    app.set_clock(0).await;
    app.uploaded(&format!("/{account}/video/upload/{video}"), "b.mp4", mp4(2)).await;
    app.wait_until_uploaded(&account, "video", &video).await;
    app.wait_until_done(&account).await;
    let calls = app.calls(UPLOAD).await;
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, calls);
    let newest = app.media_at(APP_ID).await.pop().unwrap();
    assert_eq!(newest["sha256"], json!(sha256(&mp4(2))), "{newest}");
}

async fn a_copy_stays_usable_while_its_refresh_fails(app: TestApp) {
    let account = app.bind(0).await;
    app.fault(json!({ "path": UPLOAD, "after": 1, "times": 1_000, "errcode": 45009 })).await;
    let (image, before) = aged(&app, &account, 1, OLD).await;
    let failing = |copy: &Value| copy["lastError"].is_string();
    let copy = app.wait_for_copy(&account, ("image", &image), "TEMPORARY", failing).await;
    assert_eq!((&copy["state"], &copy["mediaId"]), (&json!("READY"), &before["mediaId"]), "{copy}");
    assert!(copy["lastError"].as_str().unwrap().contains("45009"), "{copy}");
    app.heal().await;
    let job = app.jobs(&account, "media_upload").await.remove(0);
    app.retry_job(&job).await;
    let renewed = |copy: &Value| is_ready(copy) && copy["mediaId"] != before["mediaId"];
    let copy = app.wait_for_copy(&account, ("image", &image), "TEMPORARY", renewed).await;
    assert_eq!(copy["lastError"], Value::Null);
}

async fn a_refresh_that_wechat_refuses_is_not_repeated_without_end(app: TestApp) {
    let account = app.bind(0).await;
    app.fault(json!({ "path": UPLOAD, "after": 1, "times": 1_000, "errcode": 45007 })).await;
    let (image, before) = aged(&app, &account, 1, OLD).await;
    let failing = |copy: &Value| copy["lastError"].is_string();
    let copy = app.wait_for_copy(&account, ("image", &image), "TEMPORARY", failing).await;
    assert_eq!((&copy["state"], &copy["mediaId"]), (&json!("READY"), &before["mediaId"]), "{copy}");
    tokio::time::sleep(ROUNDS + Duration::from_secs(2)).await;
    let calls = app.calls(UPLOAD).await;
    assert!(calls <= 3, "{calls} uploads of what WeChat does not take, within five rounds");
}
