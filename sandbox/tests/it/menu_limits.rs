//! What a menu may not be, refusal by refusal.

use serde_json::{Value, json};

use crate::{
    menus::CREATE,
    support::{APP, Account, OTHER_APP, Simulator, errcode, file, ok},
};

fn click(name: &str, key: &str) -> Value {
    json!({"type": "click", "name": name, "key": key})
}

fn view(url: &str) -> Value {
    json!({"type": "view", "name": "v", "url": url})
}

async fn create(account: &Account<'_>, button: Value) -> i64 {
    errcode(&account.post(CREATE, json!({ "button": button })).await)
}

/// A button alone, and the same one below another.
async fn both(account: &Account<'_>, button: &Value) -> (i64, i64) {
    let below = json!([{"name": "父", "sub_button": [button]}]);
    (create(account, json!([button])).await, create(account, below).await)
}

#[tokio::test]
async fn lengths_count_bytes_and_have_a_code_for_each_level() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let url = |length: usize| format!("https://example.com/{}", "x".repeat(length - 20));
    for (button, expected) in [
        (click(&"名".repeat(5), "K"), (0, 0)),
        (click(&"n".repeat(16), "K"), (0, 0)),
        (click(&"名".repeat(6), "K"), (40018, 0)),
        (click(&"名".repeat(20), "K"), (40018, 0)),
        (click(&"名".repeat(21), "K"), (40018, 40025)),
        (click("", "K"), (40018, 40025)),
        (json!({"type": "click", "key": "K"}), (40018, 40025)),
        (click("n", &"k".repeat(128)), (0, 0)),
        (click("n", &"键".repeat(43)), (40019, 40026)),
        (click("n", ""), (40019, 40026)),
        (json!({"type": "location_select", "name": "n"}), (40019, 40026)),
        (view(&url(1024)), (0, 0)),
        (view(&url(1025)), (40020, 40027)),
        (view(""), (40020, 40027)),
        (view("example.com"), (40055, 40054)),
        (view("ftp://example.com/"), (40055, 40054)),
        (json!({"name": "n", "type": "sticker"}), (40017, 40024)),
        (json!({"name": "n"}), (40017, 40024)),
        (json!({"name": "n", "type": "view_limited", "media_id": "m"}), (40119, 40120)),
        (json!({"name": 1, "type": "click", "key": "K"}), (47001, 47001)),
        (json!("n"), (47001, 47001)),
    ] {
        assert_eq!(both(&account, &button).await, expected, "{button}");
    }
}

#[tokio::test]
async fn the_number_of_buttons_and_levels_is_limited() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let buttons = |count: usize| Value::from(vec![click("n", "K"); count]);
    let parent = |children: Value| json!([{"name": "父", "sub_button": children}]);
    for (button, expected) in [
        (buttons(1), 0),
        (buttons(3), 0),
        (buttons(4), 40016),
        (buttons(0), 40016),
        (Value::Null, 47001),
        (json!({}), 47001),
        (parent(buttons(1)), 0),
        (parent(buttons(5)), 0),
        (parent(buttons(6)), 40023),
        (parent(buttons(0)), 41007),
        (parent(json!("x")), 47001),
        (parent(parent(buttons(1))), 40022),
        (json!([{"name": "名".repeat(6), "sub_button": buttons(1)}]), 40018),
        (json!([{"name": "n", "type": "click", "key": "K", "sub_button": []}]), 0),
    ] {
        assert_eq!(create(&account, button.clone()).await, expected, "{button}");
    }
    for (body, expected) in [("", 44002), ("{", 47001), ("[]", 47001), ("{}", 47001)] {
        assert_eq!(errcode(&account.post_text(CREATE, body.to_owned()).await), expected, "{body}");
    }
}

#[tokio::test]
async fn a_media_button_has_permanent_media_of_the_account() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let button = |media_id: &Value| json!({"type": "media_id", "name": "n", "media_id": media_id});
    for (kind, name, expected) in
        [("image", "a.png", 0), ("voice", "a.amr", 0), ("video", "a.mp4", 0), ("thumb", "a.jpg", 40007)]
    {
        let bytes = file(&name[2..], 100);
        let media_id = json!(account.material(kind, name, bytes.clone()).await);
        assert_eq!(both(&account, &button(&media_id)).await, (expected, expected), "{kind}");
        let temporary = account.upload("/cgi-bin/media/upload", kind, name, bytes).await["media_id"].clone();
        assert_eq!(create(&account, json!([button(&temporary)])).await, 40007, "a temporary {kind}");
    }
    assert_eq!(both(&account, &button(&Value::Null)).await, (40117, 40118));
    assert_eq!(both(&account, &button(&json!("m".repeat(129)))).await, (40117, 40118));
    assert_eq!(both(&account, &button(&json!("unknown"))).await, (40007, 40007));
    let other = simulator.account(OTHER_APP, 0).await;
    let foreign = json!(other.material("image", "a.png", file("png", 100)).await);
    assert_eq!(create(&account, json!([button(&foreign)])).await, 40007);
}

#[tokio::test]
async fn an_article_button_has_a_published_article() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let article = account.publish().await;
    for kind in ["article_id", "article_view_limited"] {
        for (article_id, expected) in [(json!(article), 0), (json!("unknown"), 53600), (Value::Null, 53600)] {
            let button = json!([{"type": kind, "name": "n", "article_id": article_id}]);
            assert_eq!(create(&account, button.clone()).await, expected, "{button}");
        }
    }
    assert_eq!(account.control("GET", "/state", Value::Null).await["published"], 1);
    assert_eq!(account.get("/cgi-bin/draft/count", &[]).await, json!({"total_count": 0}), "the draft is used up");
    let (status, answer) = simulator.try_control("POST", &format!("/{APP}/publish"), json!({"media_id": "x"})).await;
    assert_eq!((status, &answer["field"]), (400, &json!("media_id")));
}

#[tokio::test]
async fn a_mini_program_button_names_program_page_and_fallback() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let whole = json!({"type": "miniprogram", "name": "n", "url": "http://a.b/", "appid": "wx286b93c14bbf93aa", "pagepath": "p"});
    assert_eq!(account.post(CREATE, json!({"button": [whole]})).await, ok());
    for (member, value, expected) in [
        ("url", "", (40020, 40027)),
        ("url", "x", (40055, 40054)),
        ("appid", "", (40166, 40166)),
        ("appid", "wx1", (40166, 40166)),
        ("appid", "gh286b93c14bbf93aa", (40166, 40166)),
        ("pagepath", "", (40165, 40165)),
    ] {
        let mut button = whole.clone();
        button[member] = json!(value);
        assert_eq!(both(&account, &button).await, expected, "{button}");
    }
}
