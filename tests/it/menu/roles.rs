//! Who may do what with a menu, and whose it is.

use entity::api_token::Role;
use odaesan::access::{self, NewToken};
use reqwest::{Method, RequestBuilder};
use sea_orm::{ColumnTrait as _, Database, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{OK, bind, create, fetch_again, names, publish, refused, text};
use crate::support::TestApp;

on_every_database!(
    a_reader_reads_and_changes_nothing,
    the_buttons_of_another_account_do_not_exist,
    what_cannot_be_undone_leaves_a_trace,
);

/// Every change of a menu, with a button of it.
fn changes(app: &TestApp, account: &str, button: &str, text: &str) -> [RequestBuilder; 7] {
    let path = format!("/{account}/menu");
    let post = |rest: &str, body: Value| app.rest(Method::POST, &format!("{path}{rest}")).json(&body);
    [
        app.rest(Method::GET, &format!("{path}/fetch?force=1")),
        app.rest(Method::POST, &format!("{path}/publish")),
        post("", json!({ "parent_id": button, "name": "x", "sequence": 1 })),
        app.rest(Method::PUT, &format!("{path}/{button}")).json(&json!({ "name": "x", "sequence": 1 })),
        app.rest(Method::DELETE, &format!("{path}/{button}")),
        post("/bind", json!({ "menu_id": button, "reply_id": text, "reply_type": "text" })),
        post("/unbind", json!({ "menu_id": button })),
    ]
}

async fn token(app: &TestApp, role: Role, accounts: &[&str]) -> String {
    let database = Database::connect(&app.database.url).await.unwrap();
    let accounts = accounts.iter().map(ToString::to_string).collect();
    let token =
        access::create_token(&database, NewToken { role, accounts, label: None, lifetime: None }).await.unwrap();
    database.close().await.unwrap();
    token
}

async fn a_reader_reads_and_changes_nothing(mut app: TestApp) {
    let account = app.bind(0).await;
    let id = create(&app, &account, "0", "a").await;
    let text = text(&app, &account, "a").await;
    let (reader, writer) = (token(&app, Role::Reader, &[]).await, token(&app, Role::Writer, &[&account]).await);
    let other = app.bind_only("gh_other").await;
    let stranger = token(&app, Role::Writer, &[&other]).await;
    app.restart_with(&["--auth", "required"]).await;
    for request in changes(&app, &account, &id, &text) {
        refused(&app.json(request.bearer_auth(&reader)).await, 403);
    }
    for request in changes(&app, &account, &id, &text) {
        refused(&app.json(request.bearer_auth(&stranger)).await, 404);
    }
    let read = app.rest(Method::GET, &format!("/{account}/menu"));
    let menu = app.json(read.bearer_auth(&reader)).await;
    assert_eq!((&menu["data"][0]["name"], &menu["data"][0]["type"]), (&json!("a"), &Value::Null), "{menu}");
    refused(&app.json(app.rest(Method::GET, &format!("/{account}/menu")).bearer_auth(&stranger)).await, 404);
    // A writer may do all of it, in an order that makes sense.
    let [fetch, publish, _, update, delete, bind, unbind] = changes(&app, &account, &id, &text);
    for request in [update, bind, publish, fetch, unbind, delete] {
        assert_eq!(app.json(request.bearer_auth(&writer)).await.to_string(), OK);
    }
}

async fn the_buttons_of_another_account_do_not_exist(app: TestApp) {
    let account = app.bind(0).await;
    let other = app.bind_only("gh_other").await;
    let id = create(&app, &account, "0", "a").await;
    let (own, foreign) = (text(&app, &account, "a").await, text(&app, &other, "a").await);
    bind(&app, &account, &id, "text", &own).await;
    create(&app, &other, "0", "b").await;
    for request in changes(&app, &other, &id, &foreign).into_iter().skip(2) {
        let message = refused(&app.json(request).await, 404);
        assert_eq!(message, format!("menu button {id:?} does not exist"));
    }
    let query = "query ($a: ID!, $id: ID!) { account(id: $a) { menuButton(id: $id) { id } } }";
    let error = app.error(query, json!({ "a": other, "id": id })).await;
    assert_eq!(error["extensions"]["code"], "NOT_FOUND", "{error}");
    assert_eq!((names(&app, &account).await, names(&app, &other).await), (json!(["a"]), json!(["b"])));
    // And publishing and fetching the one leaves the other alone.
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    fetch_again(&app, &account).await;
    assert_eq!((names(&app, &account).await, names(&app, &other).await), (json!(["a"]), json!(["b"])));
}

async fn what_cannot_be_undone_leaves_a_trace(app: TestApp) {
    use entity::audit::{Column, Entity};

    let account = app.bind(0).await;
    let id = create(&app, &account, "0", "a").await;
    bind(&app, &account, &id, "link", "http://example.com").await;
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    fetch_again(&app, &account).await;
    let id = super::listed(&app, &account).await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(app.delete(&format!("/{account}/menu/{id}")).await.to_string(), OK);
    let database = Database::connect(&app.database.url).await.unwrap();
    let rows = Entity::find().filter(Column::AccountId.eq(&account)).all(&database).await.unwrap();
    database.close().await.unwrap();
    let of_menu: Vec<_> = rows.iter().filter(|row| row.action.starts_with("menu")).collect();
    let mut actions: Vec<_> = of_menu.iter().map(|row| (row.action.as_str(), row.object_id.as_deref())).collect();
    actions.sort_unstable();
    assert_eq!(
        actions,
        [("menu.fetch_again", None), ("menu.publish", None), ("menu_button.delete", Some(id.as_str()))]
    );
}
