//! The menu: its eight routes, and how it is fetched, edited, bound and published.
//!
//! What WeChat has is read from the simulator's control API.

mod binding;
mod documented;
mod editing;
mod fetching;
mod first_fetch;
mod limits;
mod publishing;
mod roles;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::APP_ID;

const OK: &str = r#"{"code":200,"message":"OK","data":null}"#;

/// The buttons that the documented route lists.
async fn listed(app: &TestApp, account: &str) -> Value {
    let mut answer = app.get(&format!("/{account}/menu")).await;
    assert_eq!((&answer["code"], &answer["message"]), (&json!(200), &json!("OK")), "{answer}");
    answer["data"].take()
}

/// The names of the bar's buttons and of those in their lists, in order.
async fn names(app: &TestApp, account: &str) -> Value {
    let name = |button: &Value| match button["sub_button"].as_array() {
        None => button["name"].clone(),
        Some(list) => json!({ button["name"].as_str().unwrap(): list.iter().map(|b| &b["name"]).collect::<Vec<_>>() }),
    };
    listed(app, account).await.as_array().unwrap().iter().map(name).collect()
}

/// Makes a button at the end of the list of `parent` and returns its id.
async fn create(app: &TestApp, account: &str, parent: &str, name: &str) -> String {
    let body = json!({ "parent_id": parent, "name": name, "sequence": 100 });
    let answer = app.post(&format!("/{account}/menu"), body).await;
    assert_eq!((&answer["code"], &answer["message"]), (&json!(200), &json!("OK")), "{answer}");
    answer["data"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn bind(app: &TestApp, account: &str, button: &str, reply_type: &str, reply_id: &str) {
    let body = json!({ "menu_id": button, "reply_id": reply_id, "reply_type": reply_type });
    assert_eq!(app.post(&format!("/{account}/menu/bind"), body).await.to_string(), OK);
}

async fn unbind(app: &TestApp, account: &str, button: &str) {
    assert_eq!(app.post(&format!("/{account}/menu/unbind"), json!({ "menu_id": button })).await.to_string(), OK);
}

async fn text(app: &TestApp, account: &str, content: &str) -> String {
    let answer = app.post(&format!("/{account}/text"), json!({ "content": content })).await;
    answer["data"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn publish(app: &TestApp, account: &str) -> Value {
    app.json(app.rest(Method::POST, &format!("/{account}/menu/publish"))).await
}

/// Fetches, whatever is here.
async fn fetch_again(app: &TestApp, account: &str) {
    assert_eq!(app.get(&format!("/{account}/menu/fetch?force=1")).await.to_string(), OK);
}

/// The menu that WeChat shows, as the simulator knows it.
async fn at_wechat(app: &TestApp) -> Value {
    app.control(Method::GET, &format!("/{APP_ID}/menu"), Value::Null).await
}

/// Somebody makes a menu over WeChat's API.
async fn make_at_wechat(app: &TestApp, buttons: &Value) {
    app.wechat(APP_ID, "/menu/create", json!({ "button": buttons })).await;
}

/// The owner makes a menu in WeChat's console.
async fn make_in_console(app: &TestApp, menu: Value) {
    app.control(Method::PUT, &format!("/{APP_ID}/menu"), menu).await;
}

/// A field of the button that GraphQL shows.
async fn button(app: &TestApp, account: &str, id: &str) -> Value {
    let query = "query ($a: ID!, $id: ID!) { account(id: $a) { menuButton(id: $id) {
        id name type keycode url replyType replyId sequence details subButtons { id name sequence } } } }";
    app.data(query, json!({ "a": account, "id": id })).await["account"]["menuButton"].take()
}

/// `isPublished`, and whether there are the two times.
async fn state(app: &TestApp, account: &str) -> (Value, bool, bool) {
    let query = "query ($id: ID!) { account(id: $id) { menu { isPublished publishedAt fetchedAt } } }";
    let menu = app.data(query, json!({ "id": account })).await["account"]["menu"].take();
    (menu["isPublished"].clone(), menu["publishedAt"].is_string(), menu["fetchedAt"].is_string())
}

/// Asserts a refusal of this code, and returns its message.
fn refused(answer: &Value, code: u64) -> String {
    assert_eq!((&answer["code"], &answer["data"]), (&json!(code), &Value::Null), "{answer}");
    answer["message"].as_str().unwrap().to_owned()
}
