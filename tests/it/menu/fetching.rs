//! Fetching: complete or not at all, and nothing that WeChat has is lost.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    OK, at_wechat, bind, button, create, fetch_again, listed, make_at_wechat, make_in_console, names, publish, refused,
    state, text,
};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    a_menu_is_fetched_once_unless_by_force,
    buttons_that_are_here_are_not_overwritten,
    a_failure_of_wechat_changes_nothing,
    a_menu_of_the_console_is_fetched_whole,
    a_menu_that_is_switched_off_is_not_published,
    types_that_are_not_edited_here_are_kept_and_published_back,
    known_keys_keep_their_replies,
    a_fetch_that_was_overtaken_is_refused,
    without_credentials_nothing_is_fetched,
);

const GET: &str = "/cgi-bin/menu/get";
const CURRENT: &str = "/cgi-bin/get_current_selfmenu_info";
const FETCHED: &str = r#"{"code":400,"message":"menu info has already been fetched","data":null}"#;

fn song() -> Value {
    json!([{ "type": "click", "name": "歌", "key": "SONG" }])
}

async fn a_menu_is_fetched_once_unless_by_force(app: TestApp) {
    let account = app.bind(0).await;
    let path = format!("/{account}/menu/fetch");
    // Filling in the credentials has fetched: that there was no menu is known.
    make_at_wechat(&app, &song()).await;
    for query in ["", "?force=0", "?force=false", "?force=", "?force=no", "?force=False"] {
        assert_eq!(app.get(&format!("{path}{query}")).await.to_string(), FETCHED, "{query}");
        assert_eq!(names(&app, &account).await, json!([]));
    }
    for query in ["?force=1", "?force=true", "?force=yes", "?force=TRUE"] {
        assert_eq!(app.get(&format!("{path}{query}")).await.to_string(), OK, "{query}");
        assert_eq!(names(&app, &account).await, json!(["歌"]));
        create(&app, &account, "0", "weg").await;
    }
    let fetch = "mutation ($id: ID!) { fetchMenu(input: { accountId: $id }) { menu { fetchedAt } } }";
    let error = app.error(fetch, json!({ "id": account })).await;
    assert_eq!(error["extensions"]["code"], "ALREADY_FETCHED", "{error}");
    app.wechat(APP_ID, "/menu/delete", Value::Null).await;
    fetch_again(&app, &account).await;
    assert_eq!(listed(&app, &account).await, json!([]));
}

async fn buttons_that_are_here_are_not_overwritten(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    create(&app, &account, "0", "a").await;
    make_at_wechat(&app, &song()).await;
    let fillin = json!({ "id": account, "app_id": APP_ID, "app_secret": "sandbox" });
    assert_eq!(app.post("/bind/fillin", fillin).await.to_string(), OK);
    app.wait_for_all_jobs(&account).await;
    assert_eq!(names(&app, &account).await, json!(["a"]));
    assert_eq!(state(&app, &account).await, (Value::Null, false, false));
    assert_eq!(app.get(&format!("/{account}/menu/fetch")).await.to_string(), FETCHED);
    fetch_again(&app, &account).await;
    assert_eq!(names(&app, &account).await, json!(["歌"]));
    assert_eq!(state(&app, &account).await, (json!(true), true, true));
}

async fn a_failure_of_wechat_changes_nothing(app: TestApp) {
    let account = app.bind(0).await;
    let id = create(&app, &account, "0", "a").await;
    let text = text(&app, &account, "你好").await;
    bind(&app, &account, &id, "text", &text).await;
    let before = (listed(&app, &account).await, state(&app, &account).await);
    let path = format!("/{account}/menu/fetch?force=1");
    for (endpoint, fault, code, word) in [
        (GET, json!({ "errcode": 50002 }), 502, "50002"),
        (GET, json!({ "errcode": 45009 }), 429, "45009"),
        (GET, json!({ "errcode": -1, "times": 3 }), 502, "-1"),
        (GET, json!({ "errcode": 46002 }), 502, "46002"),
        (GET, json!({ "garbage": true, "times": 3 }), 502, "unreadable"),
        (GET, json!({ "drop": true, "times": 3 }), 502, "broke"),
        (GET, json!({ "status": 502, "times": 3 }), 502, "502"),
        (CURRENT, json!({ "errcode": 48001 }), 502, "48001"),
        (CURRENT, json!({ "errcode": 45009 }), 429, "45009"),
        (CURRENT, json!({ "errcode": 50002 }), 502, "50002"),
        (CURRENT, json!({ "garbage": true, "times": 3 }), 502, "unreadable"),
    ] {
        let mut fault = fault;
        fault["path"] = json!(endpoint);
        app.fault(fault.clone()).await;
        let message = refused(&app.get(&path).await, code);
        assert!(message.contains(word) && message.contains(endpoint), "{fault}: {message}");
        assert_eq!((listed(&app, &account).await, state(&app, &account).await), before, "{fault}");
        app.control(Method::DELETE, "/faults", Value::Null).await;
    }
    // That there is no menu is not a failure.
    app.fault(json!({ "path": GET, "errcode": 46003 })).await;
    assert_eq!(app.get(&path).await.to_string(), OK);
    assert_eq!(listed(&app, &account).await, json!([]));
}

async fn a_menu_of_the_console_is_fetched_whole(app: TestApp) {
    let account = app.bind(0).await;
    let article = json!({ "title": "T", "author": "A", "digest": "D", "show_cover": 1, "cover_url": "http://mmbiz.qpic.cn/a",
        "content_url": "http://mp.weixin.qq.com/s?__biz=a", "source_url": "" });
    let buttons = json!([
        { "type": "text", "name": "文本", "value": "This is text" },
        { "name": "菜单", "sub_button": [
            { "type": "img", "name": "图" },
            { "type": "voice", "name": "语音" },
            { "type": "video", "name": "视频" },
            { "type": "news", "name": "图文", "articles": [article] },
            { "type": "miniprogram", "name": "小程序", "url": "http://a.cn", "appid": "wx286b93c14bbf93aa", "pagepath": "p" },
        ] },
        { "type": "view", "name": "链接", "url": "https://example.com" },
    ]);
    make_in_console(&app, json!({ "button": buttons })).await;
    fetch_again(&app, &account).await;
    assert_eq!(
        names(&app, &account).await,
        json!(["文本", { "菜单": ["图", "语音", "视频", "图文", "小程序"] }, "链接"])
    );
    assert_eq!(state(&app, &account).await.0, json!(true));
    let menu = listed(&app, &account).await;
    let types: Vec<_> = menu[1]["sub_button"].as_array().unwrap().iter().map(|button| &button["type"]).collect();
    assert_eq!(json!(types), json!(["img", "voice", "video", "news", "miniprogram"]));
    assert_eq!((&menu[0]["type"], &menu[2]["url"]), (&json!("text"), &json!("https://example.com")));
    let details = async |button_of: &Value| -> Value {
        let shown = button(&app, &account, button_of["id"].as_str().unwrap()).await;
        serde_json::from_str(shown["details"].as_str().unwrap()).unwrap()
    };
    assert_eq!(details(&menu[0]).await, json!({ "value": "This is text" }));
    assert!(details(&menu[1]["sub_button"][0]).await["value"].is_string());
    assert_eq!(details(&menu[1]["sub_button"][3]).await["news_info"]["list"], json!([article]));
    assert_eq!(details(&menu[1]["sub_button"][4]).await, json!({ "appid": "wx286b93c14bbf93aa", "pagepath": "p" }));
    // WeChat's API takes none of the console's own types; what would help is said.
    let message = refused(&publish(&app, &account).await, 400);
    assert!(message.contains("文本") && message.contains("console") && message.contains("bind"), "{message}");
    assert_eq!(at_wechat(&app).await["origin"], "console");
}

async fn a_menu_that_is_switched_off_is_not_published(app: TestApp) {
    let account = app.bind(0).await;
    let buttons = json!([{ "type": "view", "name": "a", "url": "https://example.com" }]);
    make_in_console(&app, json!({ "button": buttons, "is_menu_open": false })).await;
    fetch_again(&app, &account).await;
    assert_eq!(names(&app, &account).await, json!(["a"]));
    assert_eq!(state(&app, &account).await, (json!(false), true, true));
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    assert_eq!(state(&app, &account).await.0, json!(true));
    assert_eq!(at_wechat(&app).await["is_menu_open"], true);
}

async fn types_that_are_not_edited_here_are_kept_and_published_back(app: TestApp) {
    let account = app.bind(0).await;
    let keyed = |kind: &str| json!({ "type": kind, "name": kind, "key": format!("K_{kind}") });
    let menu = json!([
        { "name": "扫", "sub_button": [keyed("scancode_push"), keyed("scancode_waitmsg"), keyed("location_select")] },
        { "name": "拍", "sub_button": [keyed("pic_sysphoto"), keyed("pic_photo_or_album"), keyed("pic_weixin")] },
        { "type": "miniprogram", "name": "小程序", "url": "http://a.cn", "appid": "wx286b93c14bbf93aa", "pagepath": "p/q?a=1" },
    ]);
    make_at_wechat(&app, &menu).await;
    let before = at_wechat(&app).await["button"].take();
    fetch_again(&app, &account).await;
    let shown = listed(&app, &account).await;
    assert_eq!(
        (&shown[0]["sub_button"][1]["type"], &shown[0]["sub_button"][1]["keycode"]),
        (&json!("scancode_waitmsg"), &json!("K_scancode_waitmsg"))
    );
    // Something else is edited, and all of it published.
    let parent = shown[1]["id"].as_str().unwrap();
    assert_eq!(
        app.put(&format!("/{account}/menu/{parent}"), json!({ "name": "摄", "sequence": 2 })).await["code"],
        200
    );
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    let mut expected = before;
    expected[1]["name"] = json!("摄");
    assert_eq!(at_wechat(&app).await["button"], expected);
    // Bound to something else, it keeps nothing of what it was.
    let program = shown[2]["id"].as_str().unwrap();
    bind(&app, &account, program, "link", "http://b.cn").await;
    assert_eq!(publish(&app, &account).await.to_string(), OK);
    assert_eq!(
        at_wechat(&app).await["button"][2],
        json!({ "type": "view", "name": "小程序", "url": "http://b.cn", "sub_button": [] })
    );
}

async fn known_keys_keep_their_replies(app: TestApp) {
    let account = app.bind(0).await;
    let click = |name: &str, key: &str| json!({ "type": "click", "name": name, "key": key });
    make_at_wechat(&app, &json!([click("a", "A"), click("b", "B"), { "name": "c", "sub_button": [click("d", "D")] }]))
        .await;
    fetch_again(&app, &account).await;
    let before = listed(&app, &account).await;
    let text = text(&app, &account, "你好").await;
    let (a, d) = (before[0]["id"].as_str().unwrap(), before[2]["sub_button"][0]["id"].as_str().unwrap());
    bind(&app, &account, a, "text", &text).await;
    bind(&app, &account, d, "text", &text).await;
    assert_eq!(button(&app, &account, a).await["keycode"], "A", "WeChat's own key stays");
    // Elsewhere it is renamed, moved into a list and out of it, and copied; `B` becomes a scanner.
    let scanner = json!({ "type": "scancode_waitmsg", "name": "b", "key": "B" });
    make_at_wechat(
        &app,
        &json!([{ "name": "l", "sub_button": [scanner, click("x", "A"), click("y", "A")] }, click("d", "D")]),
    )
    .await;
    fetch_again(&app, &account).await;
    let after = listed(&app, &account).await;
    let list = &after[0]["sub_button"];
    assert_eq!((&list[1]["id"], &list[1]["name"], &list[1]["reply_id"]), (&json!(a), &json!("x"), &json!(text)));
    assert_eq!((&list[2]["reply_id"], list[2]["id"] == json!(a)), (&json!(text), false));
    assert_eq!((&after[1]["id"], &after[1]["reply_id"]), (&json!(d), &json!(text)));
    assert_eq!((&list[0]["id"], &list[0]["reply_id"]), (&before[1]["id"], &Value::Null));
    assert_eq!(after.as_array().unwrap().len(), 2);
}

async fn a_fetch_that_was_overtaken_is_refused(app: TestApp) {
    let account = app.bind(0).await;
    make_at_wechat(&app, &song()).await;
    fetch_again(&app, &account).await;
    let id = listed(&app, &account).await[0]["id"].as_str().unwrap().to_owned();
    bind(&app, &account, &id, "link", "http://example.com").await;
    let calls = app.calls(GET).await;
    // Asked for both menus, the second answer takes its time.
    app.fault(json!({ "path": GET, "errcode": 46003 })).await;
    app.fault(json!({ "path": CURRENT, "delay_ms": 1_500 })).await;
    let path = format!("/{account}/menu/fetch?force=1");
    let overtaken = async {
        app.wait_for_calls(GET, calls + 1).await;
        publish(&app, &account).await
    };
    let (fetched, published) = tokio::join!(app.get(&path), overtaken);
    assert_eq!(published.to_string(), OK);
    refused(&fetched, 409);
    assert_eq!(listed(&app, &account).await[0]["type"], "view");
    assert_eq!(state(&app, &account).await.0, json!(true));
}

async fn without_credentials_nothing_is_fetched(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    for answer in [
        app.get(&format!("/{account}/menu/fetch")).await,
        app.get(&format!("/{account}/menu/fetch?force=1")).await,
        publish(&app, &account).await,
    ] {
        assert!(refused(&answer, 400).contains("app id and app secret"), "{answer}");
    }
}
