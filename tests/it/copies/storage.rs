//! A storage that fails: nothing is promised that is not kept, and all is well when it is back.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::files::{FILES, assert_files_and_rows_agree};
use super::{ROUNDS, UPLOAD, jpeg, mp4, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::uploads::File;

with_upkeep!(
    an_upload_fails_while_files_cannot_be_written,
    an_upload_fails_where_nobody_may_write,
    files_that_vanished_leave_the_service_working,
    an_upload_to_wechat_waits_for_the_storage,
    a_deleted_file_is_swept_after_a_week,
);

/// What the caller learns of a failure inside.
fn assert_internal(answer: &Value) {
    let message = answer["message"].as_str().unwrap().to_lowercase();
    assert_eq!((&answer["code"], message.as_str(), &answer["data"]), (&json!(500), "internal error", &Value::Null));
}

async fn images(app: &TestApp, account: &str) -> Value {
    app.get(&format!("/{account}/image")).await["data"]["pagination"]["count"].clone()
}

async fn an_upload_fails_while_files_cannot_be_written(app: TestApp) {
    let account = app.bind(0).await;
    let first = app.upload_image(&account, jpeg(1, 900)).await;
    let (video, _) = app.uploaded(&format!("/{account}/video/upload"), "a.mp4", mp4(1)).await;
    app.wait_until_uploaded(&account, "image", &first).await;
    app.wait_until_uploaded(&account, "video", &video).await;
    let files = app.directory.path().join(FILES);
    let away = app.directory.path().join("away");
    std::fs::rename(&files, &away).unwrap();
    // Nothing can be written below a file, whoever tries.
    std::fs::write(&files, "in the way").unwrap();
    assert_internal(&app.upload(&format!("/{account}/image"), File::new("b.jpg", jpeg(2, 900))).await);
    assert_internal(&app.upload(&format!("/{account}/video/upload/{video}"), File::new("b.mp4", mp4(2))).await);
    assert_eq!(images(&app, &account).await, 1);
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, 2, "nobody tells WeChat of what was not taken");

    std::fs::remove_file(&files).unwrap();
    std::fs::rename(&away, &files).unwrap();
    let second = app.upload_image(&account, jpeg(2, 900)).await;
    let copy = app.wait_until_uploaded(&account, "image", &second).await;
    assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&jpeg(2, 900))));
    let copy = app.wait_until_uploaded(&account, "video", &video).await;
    assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&mp4(1))), "the video is the old one");
    assert_eq!(assert_files_and_rows_agree(&app).await, 3);
}

#[cfg(unix)]
async fn an_upload_fails_where_nobody_may_write(app: TestApp) {
    use std::os::unix::fs::PermissionsExt as _;

    let account = app.bind(0).await;
    app.upload_image(&account, jpeg(1, 900)).await;
    let files = app.directory.path().join(FILES);
    let permit = |mode: u32| {
        for directory in [files.join(&account), files.join(".unfinished"), files.clone()] {
            std::fs::set_permissions(directory, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    permit(0o555);
    if std::fs::write(files.join("probe"), "").is_ok() {
        std::fs::remove_file(files.join("probe")).unwrap();
        permit(0o755);
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let answer = app.upload(&format!("/{account}/image"), File::new("b.jpg", jpeg(2, 900))).await;
    permit(0o755);
    assert_internal(&answer);
    assert_eq!(images(&app, &account).await, 1);
    app.upload_image(&account, jpeg(2, 900)).await;
    assert_eq!(assert_files_and_rows_agree(&app).await, 2);
}

#[cfg(not(unix))]
async fn an_upload_fails_where_nobody_may_write(_app: TestApp) {}

async fn files_that_vanished_leave_the_service_working(app: TestApp) {
    let account = app.bind(0).await;
    let first = app.upload_image(&account, jpeg(1, 900)).await;
    let before = app.wait_until_uploaded(&account, "image", &first).await;
    std::fs::remove_dir_all(app.directory.path().join(FILES)).unwrap();
    let url = app.get(&format!("/{account}/image/url/{first}")).await["data"]["url"].as_str().unwrap().to_owned();
    let path = url.strip_prefix("https://files.example").unwrap();
    let status = app.http.get(format!("{}{path}", app.url)).send().await.unwrap().status();
    assert!(status.is_client_error() || status.is_server_error(), "{status}: it is gone");
    // Taken and kept, or refused: never taken and lost.
    let answer = app.upload(&format!("/{account}/image"), File::new("b.jpg", jpeg(2, 900))).await;
    assert_eq!(answer["code"], 200, "the directories are made again: {answer}");
    let second = answer["data"]["id"].as_str().unwrap();
    let copy = app.wait_until_uploaded(&account, "image", second).await;
    assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&jpeg(2, 900))));
    assert_eq!(app.copies(&account, "image", &first).await, [before], "WeChat still has the first one");
}

async fn an_upload_to_wechat_waits_for_the_storage(app: TestApp) {
    let account = app.bind(0).await;
    app.fault(json!({ "path": UPLOAD, "errcode": -1 })).await;
    let image = app.upload_image(&account, jpeg(1, 900)).await;
    let failing = |copy: &Value| copy["lastError"].is_string();
    app.wait_for_copy(&account, ("image", &image), "TEMPORARY", failing).await;
    let files = app.directory.path().join(FILES);
    let away = app.directory.path().join("away");
    std::fs::rename(&files, &away).unwrap();
    std::fs::create_dir(&files).unwrap();
    let inside = |copy: &Value| copy["lastError"] == "internal error";
    let copy = app.wait_for_copy(&account, ("image", &image), "TEMPORARY", inside).await;
    assert_eq!(copy["state"], "PENDING", "it is tried again: {copy}");
    std::fs::remove_dir_all(&files).unwrap();
    std::fs::rename(&away, &files).unwrap();
    app.retry_job(&app.jobs(&account, "media_upload").await[0]).await;
    let copy = app.wait_until_uploaded(&account, "image", &image).await;
    assert_eq!((&copy["lastError"], app.media_at(APP_ID).await.len()), (&Value::Null, 1));
}

async fn a_deleted_file_is_swept_after_a_week(app: TestApp) {
    let account = app.bind(0).await;
    let (image, url) = app.uploaded(&format!("/{account}/image"), "a.jpg", jpeg(1, 900)).await;
    let kept = app.upload_image(&account, jpeg(2, 900)).await;
    assert_eq!(app.delete(&format!("/{account}/image/{image}")).await["code"], 200);
    let object = app.directory.path().join(FILES).join(&account).join(url.rsplit('/').next().unwrap());
    tokio::time::sleep(ROUNDS).await;
    assert!(object.exists(), "a mistake can be undone by hand");
    let database = odaesan::database::connect(&app.database.url, 1).await.unwrap();
    let week = 7 * 86_400_000_i64;
    database.execute_unprepared(&format!("UPDATE stored_file SET changed_at = changed_at - {week}")).await.unwrap();
    database.close().await.unwrap();
    let deadline = tokio::time::Instant::now() + 10 * ROUNDS;
    while object.exists() {
        assert!(tokio::time::Instant::now() < deadline, "nobody sweeps it");
        tokio::time::sleep(ROUNDS / 10).await;
    }
    assert_eq!(assert_files_and_rows_agree(&app).await, 1);
    app.wait_until_uploaded(&account, "image", &kept).await;
}
