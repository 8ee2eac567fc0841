//! Replies and rules to start from.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::uploads::File;

pub(super) const OK: &str = r#"{"code":200,"message":"OK","data":null}"#;

/// `data` of an envelope that must be fine, which is an id.
pub(super) fn id(envelope: &Value) -> String {
    assert_eq!(envelope["code"], 200, "{envelope}");
    let data = &envelope["data"];
    data.as_str().or_else(|| data["id"].as_str()).unwrap_or_else(|| panic!("{envelope}")).to_owned()
}

pub(super) async fn text(app: &TestApp, account: &str, content: &str) -> String {
    id(&app.post(&format!("/{account}/text"), json!({ "content": content })).await)
}

/// One material of every kind that can be a reply: the type of the reply and the id.
pub(super) async fn replies(app: &TestApp, account: &str) -> Vec<(&'static str, String)> {
    let text = text(app, account, "您好").await;
    let image = id(&app.upload(&format!("/{account}/image"), File::image("a.jpg")).await);
    let voice = id(&app.upload(&format!("/{account}/voice"), File::voice("a.mp3")).await);
    let video = id(&app.upload(&format!("/{account}/video/upload"), File::video("a.mp4")).await);
    let article = json!({ "title": "a", "image_id": image, "content": "a" });
    let news = id(&app.post(&format!("/{account}/news/single"), article).await);
    let music = voice.clone();
    vec![("text", text), ("image", image), ("news", news), ("video", video), ("music", music), ("voice", voice)]
}

/// The body of a rule; a keyword `=word` is exact, `word` fuzzy.
pub(super) fn body(name: &str, keywords: &[&str], reply_type: &str, reply_id: &str) -> Value {
    let keyword = |word: &&str| match word.strip_prefix('=') {
        Some(word) => json!({ "content": word, "fuzzy": "0" }),
        None => json!({ "content": word, "fuzzy": "1" }),
    };
    let keywords: Vec<_> = keywords.iter().map(keyword).collect();
    json!({ "rule_name": name, "keyword": keywords, "reply_id": reply_id, "reply_type": reply_type })
}

/// Saves a rule that answers with a text. Returns its id.
pub(super) async fn rule(app: &TestApp, account: &str, name: &str, keywords: &[&str], text: &str) -> String {
    id(&app.post(&format!("/{account}/keyword"), body(name, keywords, "text", text)).await)
}

/// The body of one of the two rules without keywords.
pub(super) fn special(name: &str, reply_type: &str, reply_id: &str) -> Value {
    json!({ "rule_name": name, "reply_id": reply_id, "reply_type": reply_type })
}

/// Which rule would answer a message: reason, name of the rule, keyword.
pub(super) async fn matched(app: &TestApp, account: &str, text: &str) -> (String, Value, Value) {
    let query = "query ($id: ID!, $text: String!) { account(id: $id) { keywordMatch(text: $text) {
        reason keyword rule { name } reply { __typename } } } }";
    let data = app.data(query, json!({ "id": account, "text": text })).await;
    let outcome = &data["account"]["keywordMatch"];
    assert_eq!(outcome["rule"].is_null(), outcome["reply"].is_null(), "{outcome}");
    let reason = outcome["reason"].as_str().unwrap_or_else(|| panic!("{data}")).to_owned();
    (reason, outcome["rule"]["name"].clone(), outcome["keyword"].clone())
}

/// The answer must be an envelope of this code and without data. Returns the message.
pub(super) async fn refused(app: &TestApp, request: RequestBuilder, code: u64) -> String {
    let envelope = app.json(request).await;
    assert_eq!((&envelope["code"], &envelope["data"]), (&json!(code), &Value::Null), "{envelope}");
    envelope["message"].as_str().unwrap_or_else(|| panic!("{envelope}")).to_owned()
}
