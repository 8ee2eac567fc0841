//! How long and how many, and how a refusal names what is at fault, through both doors.

use reqwest::Method;
use serde_json::{Value, json};

use super::shelf::{self, body, refused};
use crate::support::TestApp;

on_every_database!(
    a_refusal_names_the_member_at_fault,
    what_just_fits_is_kept_as_it_is,
    a_reply_must_be_sayable,
    all_keywords_together_are_bounded
);

async fn all_keywords_together_are_bounded(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let reply = shelf::text(&app, &account, "您好").await;
    let path = format!("/{account}/keyword");
    let words: Vec<String> = (0..999).map(|number| format!("{number:0>500}")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let first = shelf::id(&app.post(&path, body("长", &words, "text", &reply)).await);
    let more = app.rest(Method::POST, &path).json(&body("b", &["b".repeat(500).as_str(), "多"], "text", &reply));
    let message = refused(&app, more, 400).await;
    assert!(message.starts_with("keyword: ") && message.contains("500001"), "{message}");
    assert_eq!(app.post(&path, body("b", &["b".repeat(500).as_str()], "text", &reply)).await["code"], 200);
    // What is deleted leaves room.
    app.delete(&format!("{path}/{first}")).await;
    assert_eq!(app.post(&path, body("c", &words, "text", &reply)).await["code"], 200);
}

fn keyword(content: &str) -> Value {
    json!({ "content": content, "fuzzy": 1 })
}

async fn a_refusal_names_the_member_at_fault(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let reply = shelf::text(&app, &account, "您好").await;
    let rule = shelf::rule(&app, &account, "a", &["a"], &reply).await;
    let fine = body("a", &["a", "b"], "text", &reply);
    let long = "长".repeat(501);
    let many: Vec<_> = (0..1_001).map(|number| keyword(&number.to_string())).collect();
    for (member, value, message, field) in [
        ("rule_name", json!(long[..303]), "rule_name: must have at most 100 characters, has 101", "name"),
        ("rule_name", json!(" \u{3000}"), "rule_name: must not be empty", "name"),
        (
            "keyword",
            json!([keyword("a"), keyword(&long)]),
            "keyword[1].content: must have at most 500 characters, has 501",
            "keywords[1].content",
        ),
        (
            "keyword",
            json!([keyword("a"), keyword(" ")]),
            "keyword[1].content: must not be empty",
            "keywords[1].content",
        ),
        ("keyword", json!(many), "keyword: must be at most 1000 keywords, are 1001", "keywords"),
        ("reply_id", json!(" "), "reply_id: must not be empty", "reply.id"),
        ("reply_id", json!("nothing"), "reply_id: text \"nothing\" does not exist", "reply.id"),
    ] {
        let mut bad = fine.clone();
        bad[member] = value;
        for request in [
            app.rest(Method::POST, &format!("/{account}/keyword")).json(&bad),
            app.rest(Method::PUT, &format!("/{account}/keyword/{rule}")).json(&bad),
        ] {
            assert_eq!(refused(&app, request, 400).await, message);
        }
        let keywords: Vec<_> = bad["keyword"]
            .as_array()
            .unwrap()
            .iter()
            .map(|keyword| {
                json!({
                    "content": keyword["content"], "isFuzzy": true,
                })
            })
            .collect();
        let input = json!({ "accountId": account, "name": bad["rule_name"], "keywords": keywords,
            "reply": { "type": "TEXT", "id": bad["reply_id"] } });
        let mutation =
            "mutation ($input: CreateKeywordRuleInput!) { createKeywordRule(input: $input) { rule { id } } }";
        let error = app.error(mutation, json!({ "input": input })).await;
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{error}");
        assert_eq!(error["extensions"]["field"], field, "{error}");
    }
    for (member, value, start) in [
        ("reply_type", json!("link"), "reply_type: expected one of text, "),
        ("reply_type", Value::Null, "reply_type: missing"),
        ("keyword", json!([keyword("a"), {}]), "keyword[1].content: missing"),
        ("keyword", json!([keyword("a"), { "content": "b" }]), "keyword[1].fuzzy: missing"),
        ("keyword", json!([5]), "keyword[0]: "),
    ] {
        let mut bad = fine.clone();
        bad[member] = value;
        let message = refused(&app, app.rest(Method::POST, &format!("/{account}/keyword")).json(&bad), 400).await;
        assert!(message.starts_with(start), "{message}");
    }
    let list = app.get(&format!("/{account}/keyword")).await["data"].take();
    assert_eq!(list["keyword"], json!([{ "id": rule, "name": "a", "keywords": "a" }]), "nothing was done");
}

async fn what_just_fits_is_kept_as_it_is(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let reply = shelf::text(&app, &account, "您好").await;
    let mut words: Vec<String> = (0..998).map(|number| format!(" {number}\n")).collect();
    words.push("😀".repeat(500));
    words.push("%_'\"\\,".to_owned());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let name = "规".repeat(100);
    let id = shelf::id(&app.post(&format!("/{account}/keyword"), body(&name, &words, "text", &reply)).await);
    let read = app.get(&format!("/{account}/keyword/{id}")).await["data"].take();
    let contents: Vec<_> =
        read["keyword"].as_array().unwrap().iter().map(|keyword| keyword["content"].as_str().unwrap()).collect();
    assert_eq!((&read["name"], contents), (&json!(name), words));
}

/// A reply of text has at most 2,048 bytes, though a text may have more.
async fn a_reply_must_be_sayable(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (fits, too_long) = ("a".repeat(998) + &"汉".repeat(2), "汉".repeat(700));
    let (fits, too_long) = (shelf::text(&app, &account, &fits).await, shelf::text(&app, &account, &too_long).await);
    shelf::rule(&app, &account, "a", &["a"], &fits).await;
    let request = app.rest(Method::POST, &format!("/{account}/keyword")).json(&body("a", &["a"], "text", &too_long));
    let message = refused(&app, request, 400).await;
    assert!(message.starts_with("reply_id: ") && message.contains("2100") && message.contains("2048"), "{message}");
}
