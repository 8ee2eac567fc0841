//! What WeChat would refuse is refused before it is asked, and names the button.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Database, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{OK, at_wechat, bind, create, publish, refused, state};
use crate::support::TestApp;

on_every_database!(
    names_are_measured_in_bytes,
    a_bar_has_three_buttons_and_a_list_five,
    a_button_that_does_nothing_is_named,
    keys_and_addresses_are_measured,
);

const LINK: &str = "http://example.com";
const CREATE: &str = "/cgi-bin/menu/create";

/// Publishes a menu that is not fit for it; WeChat is not asked. Returns the message.
async fn unfit(app: &TestApp, account: &str, field: &str, button: &str) -> String {
    let calls = app.calls(CREATE).await;
    let message = refused(&publish(app, account).await, 400);
    let spelled = field.replace("subButtons", "sub_buttons");
    assert!(message.starts_with(&format!("{spelled}: ")) && message.contains(button), "{field} {button}: {message}");
    let query = "mutation ($id: ID!) { publishMenu(input: { accountId: $id }) { menu { isPublished } } }";
    let error = app.error(query, json!({ "id": account })).await;
    assert_eq!(error["extensions"]["field"], field, "{error}");
    assert_eq!(app.calls(CREATE).await, calls);
    assert_eq!(at_wechat(app).await["origin"], Value::Null);
    message
}

async fn rename(app: &TestApp, account: &str, id: &str, name: &str, sequence: usize) {
    let answer = app.put(&format!("/{account}/menu/{id}"), json!({ "name": name, "sequence": sequence })).await;
    assert_eq!(answer.to_string(), OK);
}

async fn names_are_measured_in_bytes(app: TestApp) {
    let account = app.bind(0).await;
    let parent = create(&app, &account, "0", "a").await;
    let child = create(&app, &account, &parent, "b").await;
    let top = create(&app, &account, "0", "c").await;
    bind(&app, &account, &child, "link", LINK).await;
    bind(&app, &account, &top, "link", LINK).await;
    let before = state(&app, &account).await;
    for (id, sequence, field, long, fine) in [
        (
            &top,
            2,
            "buttons[1].name",
            ["菜单菜单菜单".to_owned(), "a".repeat(17)],
            ["菜单菜单菜a".to_owned(), "a".repeat(16)],
        ),
        (
            &parent,
            1,
            "buttons[0].name",
            ["菜".repeat(6), "😀😀😀😀a".to_owned()],
            ["菜".repeat(5), "😀😀😀😀".to_owned()],
        ),
        (
            &child,
            1,
            "buttons[0].subButtons[0].name",
            ["菜".repeat(21), "a".repeat(61)],
            ["菜".repeat(20), "a".repeat(60)],
        ),
    ] {
        for name in long {
            rename(&app, &account, id, &name, sequence).await;
            let message = unfit(&app, &account, field, id).await;
            assert!(message.contains(&name), "{message}");
        }
        for name in &fine {
            rename(&app, &account, id, name, sequence).await;
        }
    }
    assert_eq!(state(&app, &account).await.1, before.1, "nothing was published");
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    // WeChat took the longest of all.
    let shown = at_wechat(&app).await;
    assert_eq!(shown["button"][0]["sub_button"][0]["name"], "a".repeat(60));
}

async fn a_bar_has_three_buttons_and_a_list_five(app: TestApp) {
    let account = app.bind(0).await;
    let mut tops = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let id = create(&app, &account, "0", name).await;
        bind(&app, &account, &id, "link", LINK).await;
        tops.push(id);
    }
    let message = unfit(&app, &account, "buttons", "4").await;
    assert!(message.contains('3'), "{message}");
    assert_eq!(app.delete(&format!("/{account}/menu/{}", tops[0])).await.to_string(), OK);
    let mut below = Vec::new();
    for name in ["e", "f", "g", "h", "i", "j"] {
        let id = create(&app, &account, &tops[2], name).await;
        bind(&app, &account, &id, "link", LINK).await;
        below.push(id);
    }
    unfit(&app, &account, "buttons[1].subButtons", &tops[2]).await;
    assert_eq!(app.delete(&format!("/{account}/menu/{}", below[0])).await.to_string(), OK);
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    assert_eq!(at_wechat(&app).await["button"][1]["sub_button"].as_array().unwrap().len(), 5);
}

async fn a_button_that_does_nothing_is_named(app: TestApp) {
    let account = app.bind(0).await;
    let top = create(&app, &account, "0", "a").await;
    unfit(&app, &account, "buttons[0].type", &top).await;
    let child = create(&app, &account, &top, "b").await;
    unfit(&app, &account, "buttons[0].subButtons[0].type", &child).await;
    bind(&app, &account, &child, "link", LINK).await;
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    super::unbind(&app, &account, &child).await;
    let message = refused(&publish(&app, &account).await, 400);
    assert!(message.starts_with("buttons[0].sub_buttons[0].type: ") && message.contains(&child), "{message}");
}

/// What only another program could have written.
async fn keys_and_addresses_are_measured(app: TestApp) {
    use entity::menu_button::{Column, Entity};

    let account = app.bind(0).await;
    let id = create(&app, &account, "0", "a").await;
    let database = Database::connect(&app.database.url).await.unwrap();
    let set = async |kind: &str, keycode: Option<String>, url: Option<String>| {
        let update = Entity::update_many()
            .col_expr(Column::Kind, Expr::value(kind))
            .col_expr(Column::Keycode, Expr::value(keycode))
            .col_expr(Column::Url, Expr::value(url))
            .filter(Column::Id.eq(&id));
        assert_eq!(update.exec(&database).await.unwrap().rows_affected, 1);
    };
    for kind in ["click", "scancode_push", "pic_weixin", "location_select"] {
        for keycode in [None, Some(String::new()), Some("a".repeat(129)), Some("汉".repeat(43))] {
            set(kind, keycode, None).await;
            unfit(&app, &account, "buttons[0].keycode", &id).await;
        }
    }
    for kind in ["view", "miniprogram"] {
        for url in [None, Some(String::new()), Some(format!("http://a.cn/{}", "a".repeat(1_013)))] {
            set(kind, None, url).await;
            unfit(&app, &account, "buttons[0].url", &id).await;
        }
    }
    for kind in ["text", "img", "voice", "video", "news"] {
        set(kind, None, None).await;
        let message = unfit(&app, &account, "buttons[0].type", &id).await;
        assert!(message.contains(kind) && message.contains("bind it as a reply"), "{message}");
    }
    set("click", Some("汉".repeat(42) + "aa"), None).await;
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    set("view", None, Some(format!("http://a.cn/{}", "a".repeat(1_012)))).await;
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    database.close().await.unwrap();
}
