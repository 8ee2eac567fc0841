//! Uploads that a client sends again, with the same `Idempotency-Key`.

use serde_json::json;

use super::graphql_uploads::{UPLOAD_IMAGE, operation};
use super::samples;
use super::shelf;
use crate::support::TestApp;

on_every_database!(an_upload_with_a_key_is_stored_once, a_refused_upload_with_a_key_is_refused_again);

async fn an_upload_with_a_key_is_stored_once(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for (number, size) in [1_000, 300_000, 1_000_000].into_iter().enumerate() {
        let content = samples::jpeg(size);
        let body = shelf::form(&[(&shelf::file_header("file", "a.jpg"), &content)]);
        let key = format!("rest-{number}");
        let send =
            || shelf::post_form(&app, &format!("/{account}/image"), body.clone()).header("idempotency-key", &key);
        let first = app.json(send()).await;
        assert_eq!(first["code"], 200, "{first}");
        assert_eq!(app.json(send()).await, first, "{size}");
        let variables = json!({ "input": { "accountId": account, "file": null } });
        let header = shelf::file_header("0", "a.jpg");
        let key = format!("graphql-{number}");
        let send = || {
            let files: [(&str, &[u8], &[u8]); 1] = [("variables.input.file", &header, &content)];
            operation(&app, UPLOAD_IMAGE, &variables, &files).header("idempotency-key", &key)
        };
        let first = app.json(send()).await;
        assert!(first["errors"].is_null(), "{first}");
        assert_eq!(app.json(send()).await, first, "{size}");
    }
    assert_eq!(shelf::stored(&app, &account).await["kept"], 6);
    // The same key with another file is another request.
    let body = shelf::form(&[(&shelf::file_header("file", "b.jpg"), &samples::jpeg(2_000))]);
    let request = shelf::post_form(&app, &format!("/{account}/image"), body).header("idempotency-key", "rest-0");
    shelf::refused(request, 409, "another file").await;
}

async fn a_refused_upload_with_a_key_is_refused_again(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let body = shelf::form(&[(&shelf::file_header("file", "a.jpg"), b"no image")]);
    for _ in 0..2 {
        let request = shelf::post_form(&app, &format!("/{account}/image"), body.clone());
        let message = shelf::refused(request.header("idempotency-key", "k"), 415, "no image").await;
        assert_eq!(message, shelf::IMAGE_REFUSAL);
    }
}
