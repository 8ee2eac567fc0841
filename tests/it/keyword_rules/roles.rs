//! Who may do what with rules, where authentication is on, and the trail that a deletion leaves.

use entity::api_token::Role;
use odaesan::access::{self, NewToken};
use odaesan::database;
use reqwest::Method;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use super::shelf::{self, body};
use crate::support::TestApp;

on_every_database!(a_reader_reads_and_a_stranger_finds_nothing, a_deletion_leaves_a_trail);

async fn token(app: &TestApp, role: Role, accounts: &[&str]) -> String {
    let database = database::connect(&app.database.url, 1).await.unwrap();
    let accounts = accounts.iter().map(ToString::to_string).collect();
    let new = NewToken { role, accounts, label: None, lifetime: None };
    let token = access::create_token(&database, new).await.unwrap();
    database.close().await.unwrap();
    token
}

async fn a_reader_reads_and_a_stranger_finds_nothing(mut app: TestApp) {
    let (account, other) = (app.bind_only("gh_1").await, app.bind_only("gh_2").await);
    let reply = shelf::text(&app, &account, "您好").await;
    let rule = shelf::rule(&app, &account, "a", &["a"], &reply).await;
    app.restart_with(&["--auth", "required"]).await;
    let (reader, writer) = (token(&app, Role::Reader, &[&account]).await, token(&app, Role::Writer, &[&account]).await);
    let stranger = token(&app, Role::Writer, &[&other]).await;
    let path = format!("/{account}/keyword");
    let requests = || {
        let rule = format!("{path}/{rule}");
        [
            (app.rest(Method::GET, &path), true),
            (app.rest(Method::GET, &rule), true),
            (app.rest(Method::GET, &format!("{path}/subscribe")), true),
            (app.rest(Method::GET, &format!("{path}/default")), true),
            (app.rest(Method::POST, &path).json(&body("b", &["b"], "text", &reply)), false),
            (app.rest(Method::PUT, &rule).json(&body("b", &["b"], "text", &reply)), false),
            (app.rest(Method::DELETE, &rule), false),
        ]
    };
    for (request, _) in requests() {
        assert_eq!(app.json(request.bearer_auth(&stranger)).await["code"], 404);
    }
    for (request, reads) in requests() {
        assert_eq!(app.json(request.bearer_auth(&reader)).await["code"], if reads { 200 } else { 403 });
    }
    let query = format!("{{ account(id: {account:?}) {{ keywordMatch(text: \"a\") {{ rule {{ id }} }} }} }}");
    for (token, code) in [(&reader, Value::Null), (&stranger, json!("NOT_FOUND"))] {
        let request = app.http.post(format!("{}/graphql", app.url)).bearer_auth(token);
        let answer = app.json(request.json(&json!({ "query": query }))).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{answer}");
        assert_eq!(answer["data"]["account"]["keywordMatch"]["rule"]["id"] == json!(rule), code.is_null(), "{answer}");
    }
    for (request, _) in requests() {
        assert_eq!(app.json(request.bearer_auth(&writer)).await["code"], 200);
    }
}

async fn a_deletion_leaves_a_trail(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let reply = shelf::text(&app, &account, "您好").await;
    let rule = shelf::rule(&app, &account, "a", &["a"], &reply).await;
    app.delete(&format!("/{account}/keyword/{rule}")).await;
    let database = database::connect(&app.database.url, 1).await.unwrap();
    let trail = entity::audit::Entity::find().all(&database).await.unwrap();
    let trail: Vec<_> = trail.iter().filter(|row| row.action == "keyword_rule.delete").collect();
    assert_eq!(trail.len(), 1);
    assert_eq!((&trail[0].account_id, &trail[0].object_id), (&Some(account), &Some(rule)));
}
