//! The real Python SDK wechatpy encrypts deliveries and decrypts our replies.
//!
//! `ODAESAN_TEST_PYTHON` names an interpreter that can import it; without one the test says so and passes.

use serde_json::json;

use super::signed::Signer;
use crate::support::app::APP_ID;
use crate::support::process::finish;
use crate::support::webhook::ENCODING_AES_KEY;
use crate::support::{Backend, TestApp};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/webhook/real_sdk.py");

#[tokio::test]
async fn wechatpy_and_the_webhook_understand_each_other() {
    let Ok(python) = std::env::var("ODAESAN_TEST_PYTHON") else {
        eprintln!("skipped: ODAESAN_TEST_PYTHON is not set");
        return;
    };
    let app = TestApp::start(Backend::Sqlite).await.unwrap();
    let account = app.bind(1).await;
    app.connect_webhook(&account, "safe").await;
    let expected = "你好 <&> ]]> 🎈";
    app.reply_with_text(&account, "__default", &[], expected).await;
    let signer = Signer::of(&app, &account).await;
    let mut command = std::process::Command::new(python);
    command.args([SCRIPT, &signer.url, &signer.token, ENCODING_AES_KEY, APP_ID, expected]).env("NO_PROXY", "*");
    let output = finish(command).await;
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.ends_with("every part passed\n"), "{stdout}\n{stderr}");
    let stored = app.stored_pushes().await;
    assert_eq!(stored.len(), 72);
    assert!(stored.iter().any(|row| row.content.as_deref() == Some("真的")));
    let list = app.get(&format!("/{account}/msg?filter=假的")).await;
    assert_eq!(list["data"]["pagination"]["count"], json!(0));
}
