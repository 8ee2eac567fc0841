//! Rules through GraphQL: what the mutations answer, and how the list is walked.

use serde_json::{Value, json};

use super::shelf::{self, special};
use crate::support::TestApp;

on_every_database!(
    a_rule_is_created_replaced_and_deleted,
    the_two_special_rules_are_null_without_error,
    the_list_is_walked_in_both_directions,
    a_cursor_stays_right_while_rules_come_and_go,
);

const RULE: &str = "rule { id name purpose keywords { content isFuzzy } replyType replyId
    reply { __typename ... on Text { content } } createdAt updatedAt }";

async fn mutate(app: &TestApp, name: &str, input: Value) -> Value {
    let kind = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    let query =
        format!("mutation ($input: {kind}KeywordRuleInput!) {{ {name}KeywordRule(input: $input) {{ {RULE} }} }}");
    app.data(&query, json!({ "input": input })).await[format!("{name}KeywordRule")]["rule"].take()
}

async fn a_rule_is_created_replaced_and_deleted(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (first, second) = (shelf::text(&app, &account, "一").await, shelf::text(&app, &account, "二").await);
    let created = mutate(
        &app,
        "create",
        json!({
            "accountId": account, "name": " 规则 ", "reply": { "type": "TEXT", "id": format!(" {first} ") },
            "keywords": [{ "content": " a ", "isFuzzy": true }, { "content": "b", "isFuzzy": false }],
        }),
    )
    .await;
    let keywords = json!([{ "content": " a ", "isFuzzy": true }, { "content": "b", "isFuzzy": false }]);
    assert_eq!(
        created,
        json!({
            "id": created["id"], "name": "规则", "purpose": "KEYWORDS", "keywords": keywords, "replyType": "TEXT",
            "replyId": first, "reply": { "__typename": "Text", "content": "一" },
            "createdAt": created["createdAt"], "updatedAt": created["createdAt"],
        })
    );
    let replaced = mutate(
        &app,
        "replace",
        json!({
            "accountId": account, "id": created["id"], "name": "新", "reply": { "type": "TEXT", "id": second },
        }),
    )
    .await;
    assert_eq!(
        replaced,
        json!({
            "id": created["id"], "name": "新", "purpose": "KEYWORDS", "keywords": keywords, "replyType": "TEXT",
            "replyId": second, "reply": { "__typename": "Text", "content": "二" },
            "createdAt": created["createdAt"], "updatedAt": replaced["updatedAt"],
        })
    );
    let query = format!(
        "query ($a: ID!, $id: ID!) {{ account(id: $a) {{ {} }} }}",
        RULE.replacen("rule", "rule: keywordRule(id: $id)", 1)
    );
    let read = app.data(&query, json!({ "a": account, "id": created["id"] })).await;
    assert_eq!(read["account"]["rule"], replaced);
    let deleted = mutate(&app, "delete", json!({ "accountId": account, "id": created["id"] })).await;
    assert_eq!(deleted, replaced, "as it was");
    let error = app.error(&query, json!({ "a": account, "id": created["id"] })).await;
    assert_eq!(error["extensions"]["code"], "NOT_FOUND");
}

async fn the_two_special_rules_are_null_without_error(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let query = "query ($id: ID!) { account(id: $id) {
        subscribeRule { name purpose replyId keywords { content } } defaultRule { name purpose } } }";
    let data = app.data(query, json!({ "id": account })).await;
    assert_eq!(data["account"], json!({ "subscribeRule": null, "defaultRule": null }));
    let reply = shelf::text(&app, &account, "一").await;
    for name in ["__subscribe", "__default"] {
        app.post(&format!("/{account}/keyword"), special(name, "text", &reply)).await;
    }
    let data = app.data(query, json!({ "id": account })).await;
    assert_eq!(
        data["account"],
        json!({
            "subscribeRule": { "name": "__subscribe", "purpose": "SUBSCRIBE", "replyId": reply, "keywords": [] },
            "defaultRule": { "name": "__default", "purpose": "DEFAULT" },
        })
    );
}

const LIST: &str = "query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { account(id: $id) {
    keywordRules(first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }";

async fn window(app: &TestApp, variables: Value) -> (Vec<String>, Value, Value) {
    let mut data = app.data(LIST, variables).await;
    let list = &mut data["account"]["keywordRules"];
    let names =
        list["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect();
    (names, list["pageInfo"].take(), list["totalCount"].take())
}

/// Rules named by numbers, and the two that are not listed.
async fn ten(app: &TestApp, account: &str) -> (Vec<String>, Vec<String>) {
    let reply = shelf::text(app, account, "一").await;
    let (mut names, mut ids) = (Vec::new(), Vec::new());
    for number in 0..10 {
        names.push(number.to_string());
        ids.push(shelf::rule(app, account, &number.to_string(), &["a"], &reply).await);
    }
    for name in ["__subscribe", "__default"] {
        app.post(&format!("/{account}/keyword"), special(name, "text", &reply)).await;
    }
    (names, ids)
}

async fn the_list_is_walked_in_both_directions(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (all, _) = ten(&app, &account).await;
    let (mut forward, mut after) = (Vec::new(), Value::Null);
    loop {
        let (names, info, total) = window(&app, json!({ "id": account, "first": 3, "after": after })).await;
        assert_eq!((total, &info["hasPreviousPage"]), (json!(10), &json!(!forward.is_empty())));
        forward.extend(names);
        if info["hasNextPage"] == false {
            break;
        }
        after = info["endCursor"].clone();
    }
    assert_eq!(forward, all);
    let (mut backward, mut before) = (Vec::new(), Value::Null);
    loop {
        let (names, info, _) = window(&app, json!({ "id": account, "last": 3, "before": before })).await;
        backward = [names, backward].concat();
        if info["hasPreviousPage"] == false {
            break;
        }
        before = info["startCursor"].clone();
    }
    assert_eq!(backward, all);
    let query = "query ($id: ID!, $index: Int!) { account(id: $id) { keywordRulePage(index: $index, size: 4) {
        nodes { name } pagination { index size count } } } }";
    let data = app.data(query, json!({ "id": account, "index": 3 })).await;
    assert_eq!(
        data["account"]["keywordRulePage"],
        json!({
            "nodes": [{ "name": "8" }, { "name": "9" }], "pagination": { "index": 3, "size": 4, "count": 10 },
        })
    );
}

async fn a_cursor_stays_right_while_rules_come_and_go(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let (all, ids) = ten(&app, &account).await;
    let (first, info, _) = window(&app, json!({ "id": account, "first": 4 })).await;
    assert_eq!(first, all[..4]);
    for id in &ids[3..5] {
        app.delete(&format!("/{account}/keyword/{id}")).await;
    }
    let (next, _, total) = window(&app, json!({ "id": account, "first": 4, "after": info["endCursor"] })).await;
    assert_eq!((next, total), (all[5..9].to_vec(), json!(8)));
    let (back, _, _) = window(&app, json!({ "id": account, "last": 9, "before": info["endCursor"] })).await;
    assert_eq!(back, all[..3]);
}
