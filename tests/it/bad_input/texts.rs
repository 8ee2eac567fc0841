//! Texts: what is saved is what was sent, up to the last character, or nothing at all.

use serde_json::json;

use super::room::{Room, ask};
use crate::support::TestApp;

on_every_database!(
    a_text_has_at_most_1000_characters,
    any_text_is_kept_as_it_is,
    a_weixin_id_has_at_most_100_characters,
    any_weixin_id_binds_an_account_of_its_own,
);

async fn a_text_has_at_most_1000_characters(app: TestApp) {
    let room = Room::furnish(app).await;
    for unit in ["a", "汉", "😀", " x"] {
        let most = unit.repeat(1_000 / unit.chars().count());
        let before = room.state().await;
        let answer = ask(room.post("/text", &json!({ "content": format!("{most}!") }))).await;
        answer.is_refusal(400, unit);
        assert_eq!(answer.message(), "content: must have at most 1000 characters, has 1001");
        room.is_as_it_was(&before, unit).await;
        let saved = ask(room.post("/text", &json!({ "content": most }))).await;
        assert_eq!(saved.code(), 200, "{unit} {}", saved.body);
        let read = ask(room.get(&format!("/text/{}", saved.body["data"].as_str().unwrap()))).await;
        assert_eq!(read.body["data"], json!({ "id": saved.body["data"], "content": most }));
    }
}

async fn any_text_is_kept_as_it_is(app: TestApp) {
    let room = Room::furnish(app).await;
    for content in [
        "\"",
        "'",
        "`",
        "%",
        "_",
        "\\",
        "\\\\",
        "\\n",
        "\\u0041",
        "a\"b'c%d_e\\f",
        "'; DROP TABLE text; --",
        "{\"a\":1}",
        "null",
        "😀",
        "👩‍👩‍👧‍👦 🇨🇳",
        "e\u{301}",
        "\u{202e}abc",
        "<a href=\"x\">",
        "]]>",
        "a\nb\r\n\tc",
        "  around  ",
        "\n.\n",
        "\u{1}\u{7f}",
        "\u{feff}bom",
        "\u{10ffff}",
        "\u{fffd}",
    ] {
        let saved = ask(room.post("/text", &json!({ "content": content }))).await;
        assert_eq!(saved.code(), 200, "{content:?} {}", saved.body);
        let read = ask(room.get(&format!("/text/{}", saved.body["data"].as_str().unwrap()))).await;
        assert_eq!(read.body["data"]["content"], content, "{content:?}");
    }
}

async fn a_weixin_id_has_at_most_100_characters(app: TestApp) {
    let room = Room::furnish(app).await;
    for unit in ["a", "汉", "😀"] {
        let before = room.state().await;
        let answer =
            ask(room.app.rest(reqwest::Method::POST, "/bind").json(&json!({ "weixin_id": unit.repeat(101) }))).await;
        answer.is_refusal(400, unit);
        assert_eq!(answer.message(), "weixin_id: must have at most 100 characters, has 101");
        room.is_as_it_was(&before, unit).await;
        room.app.bind_only(&unit.repeat(100)).await;
    }
}

async fn any_weixin_id_binds_an_account_of_its_own(app: TestApp) {
    let ids = [
        "gh_1", "GH_1", "gh_%", "gh_", "%", "_", "'", "\"", "\\", "\\'", "😀", "😁", "账号", "á", "a", "a b", "0",
        "null",
    ];
    let mut bound = Vec::new();
    for weixin_id in ids {
        bound.push(app.bind_only(weixin_id).await);
    }
    let distinct: std::collections::BTreeSet<_> = bound.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    for (weixin_id, id) in ids.into_iter().zip(&bound) {
        assert_eq!(app.bind_only(weixin_id).await, *id, "{weixin_id:?}");
        let account = app.data("query ($id: ID!) { account(id: $id) { weixinId } }", json!({ "id": id })).await;
        assert_eq!(account["account"]["weixinId"], weixin_id);
    }
}
