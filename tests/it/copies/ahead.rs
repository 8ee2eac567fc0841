//! Uploading materials ahead of the message that will need them.

use serde_json::{Value, json};

use super::{ROUNDS, UPLOAD, amr, jpeg, mp3, mp4, seconds, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::uploads::File;

with_upkeep!(
    each_material_is_uploaded_once,
    images_of_articles_are_not_uploaded,
    many_uploads_at_once_are_each_uploaded_once,
    a_refused_upload_reaches_nobody,
);

/// Three days, in seconds. Source: WeChat reference, section 5.1.
const LIFETIME: i64 = 3 * 86_400;

async fn each_material_is_uploaded_once(app: TestApp) {
    let account = app.bind(0).await;
    let materials = [
        ("image", "image", "image", "a.jpg", jpeg(1, 70_000)),
        ("voice", "voice", "voice", "b.mp3", mp3(2)),
        ("voice", "voice", "voice", "c.amr", amr(3)),
        ("video/upload", "video", "video", "d.mp4", mp4(4)),
    ];
    for (index, (path, field, kind, name, content)) in materials.into_iter().enumerate() {
        let (id, url) = app.uploaded(&format!("/{account}/{path}"), name, content.clone()).await;
        let copy = app.wait_until_uploaded(&account, field, &id).await;
        assert_eq!((&copy["lastError"], &copy["url"]), (&Value::Null, &Value::Null), "{copy}");
        assert_eq!(app.copies(&account, field, &id).await.len(), 1, "nothing but the temporary copy");

        let medium = app.medium(&copy["mediaId"]).await;
        assert_eq!((&medium["type"], &medium["permanent"]), (&json!(kind), &json!(false)), "{name} {medium}");
        assert_eq!(medium["sha256"], json!(sha256(&content)), "{name}: the bytes as they came");
        assert_eq!(medium["size"], json!(content.len()), "{name}");
        let taken = medium["created_at"].as_i64().unwrap();
        assert_eq!((seconds(&copy["uploadedAt"]), seconds(&copy["expiresAt"])), (taken, taken + LIFETIME), "{copy}");
        assert_eq!(app.calls(UPLOAD).await, index as u64 + 1, "{name}");

        // The file that was given out is the one that WeChat has.
        let path = url.strip_prefix("https://files.example").unwrap();
        let served = app.http.get(format!("{}{path}", app.url)).send().await.unwrap().bytes().await.unwrap();
        assert_eq!(served, content, "{name}");
    }
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, 4, "the upkeep finds nothing to do");
    let jobs = app.jobs(&account, "media_upload").await;
    assert_eq!(jobs.len(), 4);
    assert!(jobs.iter().all(|job| job["state"] == "SUCCEEDED" && job["failures"] == 0), "{jobs:?}");
}

async fn images_of_articles_are_not_uploaded(app: TestApp) {
    let account = app.bind(0).await;
    let (id, _) = app.upload_article_image(&account, jpeg(1, 500)).await;
    app.upload_image(&account, jpeg(2, 500)).await;
    app.wait_until_done(&account).await;
    tokio::time::sleep(ROUNDS).await;
    assert_eq!(app.calls(UPLOAD).await, 1, "the other image alone");
    assert_eq!(app.copies(&account, "image", &id).await, Vec::<Value>::new());
    assert_eq!(app.media_at(APP_ID).await.len(), 1);
}

async fn many_uploads_at_once_are_each_uploaded_once(app: TestApp) {
    const COUNT: u8 = 24;
    let account = app.bind(0).await;
    // Slow enough for the upkeep to look at them several times on the way.
    app.fault(json!({ "path": UPLOAD, "times": 1_000, "delay_ms": 150 })).await;
    let uploads = (0..COUNT).map(|seed| app.upload_image(&account, jpeg(seed, 2_000)));
    let ids = futures_util::future::join_all(uploads).await;
    app.wait_until_done(&account).await;
    for (seed, id) in (0..COUNT).zip(&ids) {
        let copy = app.wait_until_uploaded(&account, "image", id).await;
        assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&jpeg(seed, 2_000))));
    }
    assert_eq!(app.calls(UPLOAD).await, u64::from(COUNT));
    assert_eq!(app.jobs(&account, "media_upload").await.len(), usize::from(COUNT));
}

async fn a_refused_upload_reaches_nobody(app: TestApp) {
    let account = app.bind(0).await;
    for (path, name, content, code) in [
        ("image", "a.png", jpeg(1, 10), 415),
        ("image", "a.jpg", mp3(1), 415),
        ("image", "a.jpg", Vec::new(), 400),
        ("image", "a.jpg", jpeg(1, 1 << 20), 413),
        ("video/upload", "a.mp4", mp4(1)[..100].to_vec(), 415),
    ] {
        let answer = app.upload(&format!("/{account}/{path}"), File::new(name, content)).await;
        assert_eq!(answer["code"], code, "{path} {name} {answer}");
    }
    tokio::time::sleep(ROUNDS).await;
    assert_eq!((app.calls(UPLOAD).await, app.jobs(&account, "media_upload").await.len()), (0, 0));
}
