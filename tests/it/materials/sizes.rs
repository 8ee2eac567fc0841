//! How large files may be: as the replaced service had it, or as the flags say.

use serde_json::json;

use super::graphql_uploads::{UPLOAD_IMAGE, operation};
use super::samples;
use super::shelf::{self, SIZE_REFUSAL, material, refused};
use crate::support::TestApp;

on_every_database!(
    a_file_may_be_as_large_as_its_limit_and_no_larger,
    the_limits_are_set_by_flags,
    a_limit_is_looked_at_before_the_format,
);

async fn a_file_may_be_as_large_as_its_limit_and_no_larger(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for (route, name, limit, make) in [
        ("image", "a.jpg", 1 << 20, samples::jpeg as fn(usize) -> Vec<u8>),
        ("news/image", "a.jpg", 1 << 20, samples::jpeg),
        ("voice", "a.mp3", 2 << 20, samples::tagged_mp3),
        ("video/upload", "a.mp4", 10 << 20, samples::mp4),
    ] {
        let path = format!("/{account}/{route}");
        let (largest, larger) = (make(limit), make(limit + 1));
        let kept = material(&shelf::upload(&app, &path, name, &largest).await);
        assert!(shelf::fetched(&app, &kept.url).await.1 == largest, "{route}");
        let before = shelf::stored(&app, &account).await;
        let body = shelf::form(&[(&shelf::file_header("file", name), &larger)]);
        assert_eq!(refused(shelf::post_form(&app, &path, body), 413, route).await, SIZE_REFUSAL);
        assert_eq!(shelf::stored(&app, &account).await, before, "{route}");
    }
}

async fn the_limits_are_set_by_flags(mut app: TestApp) {
    app.restart_with(&["--image-bytes", "2000", "--voice-bytes", "3000", "--video-bytes", "4000"]).await;
    let account = app.bind_only("gh_1").await;
    for (route, name, limit, make) in [
        ("image", "a.jpg", 2_000, samples::jpeg as fn(usize) -> Vec<u8>),
        ("news/image", "a.jpg", 2_000, samples::jpeg),
        ("voice", "a.mp3", 3_000, samples::tagged_mp3),
        ("video/upload", "a.mp4", 4_000, samples::mp4),
    ] {
        let path = format!("/{account}/{route}");
        material(&shelf::upload(&app, &path, name, &make(limit)).await);
        for size in [limit + 1, 100_000] {
            let body = shelf::form(&[(&shelf::file_header("file", name), &make(size))]);
            assert_eq!(refused(shelf::post_form(&app, &path, body), 413, route).await, SIZE_REFUSAL);
        }
    }
    assert_eq!(shelf::stored(&app, &account).await["kept"], 4);
    // A limit above the default is one, too, by both doors.
    app.restart_with(&["--image-bytes", "20000000"]).await;
    let large = samples::jpeg(20_000_000);
    material(&shelf::upload(&app, &format!("/{account}/image"), "a.jpg", &large).await);
    let variables = json!({ "input": { "accountId": account, "file": null } });
    let header = shelf::file_header("0", "a.jpg");
    let request = operation(&app, UPLOAD_IMAGE, &variables, &[("variables.input.file", &header, &large)]);
    let answer = app.json(request).await;
    assert_eq!(answer["data"]["uploadImage"]["image"]["size"], 20_000_000, "{answer}");
}

async fn a_limit_is_looked_at_before_the_format(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for (route, name, size) in [("image", "a.exe", 1 << 20), ("voice", "a", 2 << 20), ("video/upload", "", 10 << 20)] {
        let body = shelf::form(&[(&shelf::file_header("file", name), &vec![b'<'; size + 1])]);
        let request = shelf::post_form(&app, &format!("/{account}/{route}"), body);
        assert_eq!(refused(request, 413, route).await, SIZE_REFUSAL);
    }
}
