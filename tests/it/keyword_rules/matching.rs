//! The dry run: which rule would answer a message, why, and with what.

use serde_json::{Value, json};

use super::shelf::{self, body, matched, special};
use crate::support::TestApp;

on_every_database!(
    the_order_of_rules_is_that_of_the_matcher,
    a_change_of_rules_counts_at_once,
    a_rule_whose_reply_is_gone_leaves_it_to_the_default,
    a_dry_run_shows_the_reply,
);

fn outcome(reason: &str, rule: &str, keyword: &str) -> (String, Value, Value) {
    let keyword = if keyword.is_empty() { Value::Null } else { json!(keyword) };
    (reason.to_owned(), json!(rule), keyword)
}

fn nothing() -> (String, Value, Value) {
    ("NONE".to_owned(), Value::Null, Value::Null)
}

async fn the_order_of_rules_is_that_of_the_matcher(app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let reply = shelf::text(&app, &account, "您好").await;
    assert_eq!(matched(&app, &account, "优惠券").await, nothing(), "no rules at all");
    for (name, keywords) in [
        ("旧", &["优惠券", "vip"][..]),
        ("新", &["优惠券", "优惠券领取"]),
        ("全", &["=优惠券", "=ＶＩＰ"]),
        ("晚", &["=优惠券", "shipping fees"]),
        ("无", &[]),
    ] {
        shelf::rule(&app, &account, name, keywords, &reply).await;
    }
    let foreign = shelf::text(&app, &other, "您好").await;
    shelf::rule(&app, &other, "别", &["我的"], &foreign).await;
    for (text, expected) in [
        // Exact before fuzzy, and then the older rule.
        ("优惠券", outcome("EXACT", "全", "优惠券")),
        // Case, width and outer white space.
        (" vip\u{3000}", outcome("EXACT", "全", "ＶＩＰ")),
        ("ｖＩｐ", outcome("EXACT", "全", "ＶＩＰ")),
        ("开通ＶＩＰ", outcome("CONTAINS", "旧", "vip")),
        // The older of two rules with the keyword, but a longer keyword before either.
        ("我要优惠券", outcome("CONTAINS", "旧", "优惠券")),
        ("怎么优惠券领取", outcome("CONTAINS", "新", "优惠券领取")),
        // The keyword contains the message, but not by a cut word, and not by one letter.
        ("领取", outcome("CONTAINED", "新", "优惠券领取")),
        ("FEES", outcome("CONTAINED", "晚", "shipping fees")),
        ("hi", nothing()),
        ("领", nothing()),
        ("我的", nothing()),
        // Nothing means anything special.
        ("%", nothing()),
        ("_", nothing()),
        ("it's", nothing()),
        ("", nothing()),
        ("\0", nothing()),
    ] {
        assert_eq!(matched(&app, &account, text).await, expected, "{text:?}");
    }
    assert_eq!(matched(&app, &other, "我的").await, outcome("CONTAINS", "别", "我的"));
    app.post(&format!("/{account}/keyword"), special("__default", "text", &reply)).await;
    app.post(&format!("/{account}/keyword"), special("__subscribe", "text", &reply)).await;
    assert_eq!(matched(&app, &account, "hi").await, outcome("DEFAULT", "__default", ""));
    assert_eq!(matched(&app, &account, "vip").await, outcome("EXACT", "全", "ＶＩＰ"));
}

async fn a_change_of_rules_counts_at_once(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let reply = shelf::text(&app, &account, "您好").await;
    assert_eq!(matched(&app, &account, "你好").await, nothing());
    let rule = shelf::rule(&app, &account, "甲", &["你好"], &reply).await;
    let expected = outcome("CONTAINS", "甲", "你好");
    assert_eq!(matched(&app, &account, "你好").await, expected);
    assert_eq!(matched(&app, &account, "你好").await, expected);
    app.put(&format!("{path}/{rule}"), body("甲", &["=再见"], "text", &reply)).await;
    assert_eq!(matched(&app, &account, "你好").await, nothing());
    assert_eq!(matched(&app, &account, "再见").await, outcome("EXACT", "甲", "再见"));
    // Renamed, its keywords being kept; then without any.
    app.put(&format!("{path}/{rule}"), special("乙", "text", &reply)).await;
    assert_eq!(matched(&app, &account, "再见").await, outcome("EXACT", "乙", "再见"));
    app.put(&format!("{path}/{rule}"), body("乙", &[], "text", &reply)).await;
    assert_eq!(matched(&app, &account, "再见").await, nothing());
    app.put(&format!("{path}/{rule}"), special("__default", "text", &reply)).await;
    assert_eq!(matched(&app, &account, "再见").await, outcome("DEFAULT", "__default", ""));
    app.delete(&format!("{path}/{rule}")).await;
    assert_eq!(matched(&app, &account, "再见").await, nothing());
    // A change and the look at it in one document.
    let query = "mutation ($input: CreateKeywordRuleInput!) { createKeywordRule(input: $input) { rule {
        name purpose keywords { content isFuzzy } } } }";
    let input = json!({ "accountId": account, "name": "丙", "keywords": [{ "content": "再见", "isFuzzy": false }],
        "reply": { "type": "TEXT", "id": reply } });
    app.data(query, json!({ "input": input })).await;
    assert_eq!(matched(&app, &account, "再见").await, outcome("EXACT", "丙", "再见"));
}

async fn a_rule_whose_reply_is_gone_leaves_it_to_the_default(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/keyword");
    let replies = shelf::replies(&app, &account).await;
    let reply = |kind: &str| replies.iter().find(|(known, _)| *known == kind).unwrap().1.clone();
    app.post(&path, body("图", &["图"], "image", &reply("image"))).await;
    app.post(&path, body("乐", &["乐"], "music", &reply("music"))).await;
    app.post(&path, body("文", &["文"], "news", &reply("news"))).await;
    for (text, name) in [("图", "图"), ("乐", "乐"), ("文", "文")] {
        assert_eq!(matched(&app, &account, text).await, outcome("CONTAINS", name, text));
    }
    app.delete(&format!("/{account}/news/{}?force=1", reply("news"))).await;
    app.delete(&format!("/{account}/image/{}?force=1", reply("image"))).await;
    app.delete(&format!("/{account}/voice/{}?force=1", reply("music"))).await;
    for text in ["图", "乐", "文"] {
        assert_eq!(matched(&app, &account, text).await, nothing());
    }
    app.post(&path, special("__default", "video", &reply("video"))).await;
    for text in ["图", "乐", "文", "别"] {
        assert_eq!(matched(&app, &account, text).await, outcome("DEFAULT", "__default", ""));
    }
    app.delete(&format!("/{account}/video/{}?force=1", reply("video"))).await;
    assert_eq!(matched(&app, &account, "图").await, nothing());
}

async fn a_dry_run_shows_the_reply(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let replies = shelf::replies(&app, &account).await;
    for (kind, reply) in &replies {
        app.post(&format!("/{account}/keyword"), body(kind, &[kind], kind, reply)).await;
    }
    let query = "query ($id: ID!, $text: String!) { account(id: $id) { keywordMatch(text: $text) {
        rule { replyType replyId reply { ...Material } } reply { ...Material } } } }
        fragment Material on Material { __typename ... on Text { id } ... on Image { id } ... on Voice { id }
          ... on Video { id } ... on News { id } }";
    for (kind, reply) in &replies {
        let data = app.data(query, json!({ "id": account, "text": format!("a {kind}!") })).await;
        let outcome = &data["account"]["keywordMatch"];
        let typename = match *kind {
            "text" => "Text",
            "image" => "Image",
            "video" => "Video",
            "news" => "News",
            _ => "Voice",
        };
        let material = json!({ "__typename": typename, "id": reply });
        let rule = json!({ "replyType": kind.to_uppercase(), "replyId": reply, "reply": material });
        assert_eq!(*outcome, json!({ "rule": rule, "reply": material }));
    }
}
