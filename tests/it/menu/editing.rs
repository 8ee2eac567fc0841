//! Making, moving and deleting buttons.

use serde_json::{Value, json};

use super::{OK, bind, button, create, listed, names, refused, text};
use crate::support::TestApp;

on_every_database!(
    a_place_is_brought_within_what_there_is,
    moving_a_button_moves_those_in_between,
    siblings_are_numbered_without_gaps_whatever_happens_at_once,
    deleting_a_button_deletes_its_list,
    a_menu_has_two_levels,
    a_button_that_gets_a_list_does_nothing_else,
    graphql_changes_one_thing_at_a_time,
);

/// The numbers that the buttons of a list show, in order.
fn sequences(buttons: &Value) -> Vec<i64> {
    buttons.as_array().unwrap().iter().map(|button| button["sequence"].as_i64().unwrap()).collect()
}

async fn a_place_is_brought_within_what_there_is(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let path = format!("/{account}/menu");
    for (name, sequence, expected) in [
        ("a", 7, json!(["a"])),
        ("b", 0, json!(["b", "a"])),
        ("c", i32::MIN, json!(["c", "b", "a"])),
        ("d", 2, json!(["c", "d", "b", "a"])),
        ("e", 5, json!(["c", "d", "b", "a", "e"])),
        ("f", i32::MAX, json!(["c", "d", "b", "a", "e", "f"])),
    ] {
        let answer = app.post(&path, json!({ "parent_id": "0", "name": name, "sequence": sequence })).await;
        assert_eq!(answer["code"], 200, "{answer}");
        assert_eq!(names(&app, &account).await, expected, "{name}");
    }
    assert_eq!(sequences(&listed(&app, &account).await), [1, 2, 3, 4, 5, 6]);
}

async fn moving_a_button_moves_those_in_between(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let parent = create(&app, &account, "0", "菜单").await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(create(&app, &account, &parent, name).await);
    }
    for (moved, sequence, expected) in [
        (3, 1, ["d", "a", "b", "c"]),
        (3, 3, ["a", "b", "d", "c"]),
        (0, 4, ["b", "d", "c", "a"]),
        (1, 1, ["b", "d", "c", "a"]),
        (1, -3, ["b", "d", "c", "a"]),
        (2, 2, ["b", "c", "d", "a"]),
        (1, 99, ["c", "d", "a", "b"]),
    ] {
        let name = ["a", "b", "c", "d"][moved];
        let path = format!("/{account}/menu/{}", ids[moved]);
        assert_eq!(app.put(&path, json!({ "name": name, "sequence": sequence })).await.to_string(), OK);
        assert_eq!(names(&app, &account).await, json!([{ "菜单": expected }]), "{name} to {sequence}");
        assert_eq!(sequences(&listed(&app, &account).await[0]["sub_button"]), [1, 2, 3, 4]);
    }
}

async fn siblings_are_numbered_without_gaps_whatever_happens_at_once(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(create(&app, &account, "0", &number.to_string()).await);
    }
    let path = format!("/{account}/menu");
    let changes = (0..24).map(|round: usize| {
        let (app, path, ids) = (&app, &path, &ids);
        async move {
            let body = json!({ "parent_id": "0", "name": format!("n{round}"), "sequence": round % 7 });
            match round % 4 {
                0 => app.post(path, body).await,
                3 if round > 20 => app.delete(&format!("{path}/{}", ids[5])).await,
                _ => {
                    let id = &ids[round % 5];
                    app.put(&format!("{path}/{id}"), json!({ "name": "x", "sequence": round % 9 })).await
                }
            }
        }
    });
    for answer in futures_util::future::join_all(changes).await {
        assert_eq!(answer["code"], 200, "{answer}");
    }
    // Six at first, six made, one deleted.
    assert_eq!(sequences(&listed(&app, &account).await), (1..=11).collect::<Vec<_>>());
}

async fn deleting_a_button_deletes_its_list(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let first = create(&app, &account, "0", "a").await;
    let parent = create(&app, &account, "0", "b").await;
    create(&app, &account, "0", "c").await;
    let (one, two) = (create(&app, &account, &parent, "d").await, create(&app, &account, &parent, "e").await);
    assert_eq!(app.delete(&format!("/{account}/menu/{one}")).await.to_string(), OK);
    assert_eq!(names(&app, &account).await, json!(["a", { "b": ["e"] }, "c"]));
    assert_eq!(button(&app, &account, &two).await["sequence"], 1);
    assert_eq!(app.delete(&format!("/{account}/menu/{parent}")).await.to_string(), OK);
    assert_eq!(names(&app, &account).await, json!(["a", "c"]));
    assert_eq!(sequences(&listed(&app, &account).await), [1, 2]);
    for gone in [&parent, &one, &two] {
        refused(&app.delete(&format!("/{account}/menu/{gone}")).await, 404);
        refused(&app.put(&format!("/{account}/menu/{gone}"), json!({ "name": "x", "sequence": 1 })).await, 404);
    }
    assert_eq!(button(&app, &account, &first).await["name"], "a");
}

async fn a_menu_has_two_levels(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let top = create(&app, &account, "0", "a").await;
    let below = create(&app, &account, &top, "b").await;
    let path = format!("/{account}/menu");
    let third = app.post(&path, json!({ "parent_id": below, "name": "c", "sequence": 1 })).await;
    let message = refused(&third, 400);
    assert!(message.starts_with("parent_id: ") && message.contains(&below), "{message}");
    let orphan = app.post(&path, json!({ "parent_id": "nobody", "name": "c", "sequence": 1 })).await;
    assert_eq!(refused(&orphan, 404), "menu button \"nobody\" does not exist");
    // How many there are, and how long their names, matters when they are published.
    let long = "菜".repeat(100);
    for _ in 0..6 {
        create(&app, &account, &top, &long).await;
        create(&app, &account, "0", &long).await;
    }
    assert_eq!(listed(&app, &account).await.as_array().unwrap().len(), 7);
    assert_eq!(listed(&app, &account).await[0]["sub_button"].as_array().unwrap().len(), 7);
}

async fn a_button_that_gets_a_list_does_nothing_else(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let top = create(&app, &account, "0", "a").await;
    let text = text(&app, &account, "你好").await;
    bind(&app, &account, &top, "text", &text).await;
    let keycode = button(&app, &account, &top).await["keycode"].clone();
    let below = create(&app, &account, &top, "b").await;
    let shown = listed(&app, &account).await;
    assert_eq!(
        (&shown[0]["type"], &shown[0]["keycode"], &shown[0]["reply_id"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    let body = json!({ "menu_id": top, "reply_id": text, "reply_type": "text" });
    let message = refused(&app.post(&format!("/{account}/menu/bind"), body).await, 409);
    assert!(message.contains("\"a\""), "{message}");
    // Without its list it can be bound again, and has its key again.
    assert_eq!(app.delete(&format!("/{account}/menu/{below}")).await.to_string(), OK);
    bind(&app, &account, &top, "text", &text).await;
    assert_eq!(button(&app, &account, &top).await["keycode"], keycode);
}

async fn graphql_changes_one_thing_at_a_time(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let make = "mutation ($input: CreateMenuButtonInput!) { createMenuButton(input: $input) { menuButton {
        id name sequence type subButtons { id } } } }";
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let data = app.data(make, json!({ "input": { "accountId": account, "name": name } })).await;
        ids.push(data["createMenuButton"]["menuButton"]["id"].clone());
    }
    let change = "mutation ($input: UpdateMenuButtonInput!) { updateMenuButton(input: $input) { menuButton {
        name sequence } } }";
    for (input, expected) in [
        (json!({ "name": "B" }), json!({ "name": "B", "sequence": 2 })),
        (json!({ "sequence": 1 }), json!({ "name": "B", "sequence": 1 })),
        (json!({}), json!({ "name": "B", "sequence": 1 })),
    ] {
        let mut input = input;
        (input["accountId"], input["id"]) = (json!(account), ids[1].clone());
        let data = app.data(change, json!({ "input": input })).await;
        assert_eq!(data["updateMenuButton"]["menuButton"], expected);
    }
    assert_eq!(names(&app, &account).await, json!(["B", "a", "c"]));
    let delete = "mutation ($input: MenuButtonInput!) { deleteMenuButton(input: $input) { menuButton { name } } }";
    let data = app.data(delete, json!({ "input": { "accountId": account, "id": ids[0] } })).await;
    assert_eq!(data["deleteMenuButton"]["menuButton"]["name"], "a");
    assert_eq!(names(&app, &account).await, json!(["B", "c"]));
}
