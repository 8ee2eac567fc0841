//! Menus that the owner made in the console.

use serde_json::{Value, json};

use crate::{
    menus::CREATE,
    support::{APP, Account, Simulator, errcode, file, ok},
};

const CURRENT: &str = "/cgi-bin/get_current_selfmenu_info";

fn fixture() -> Value {
    json!([
        {"type": "text", "name": "文本", "value": "This is text"},
        {"name": "菜单", "sub_button": [
            {"type": "img", "name": "图"},
            {"type": "voice", "name": "语音"},
            {"type": "video", "name": "视频"},
            {"type": "news", "name": "图文", "articles": [{"title": "T", "author": "A", "show_cover": 1}]},
            {"type": "miniprogram", "name": "小程序", "url": "http://a.b/", "appid": "wx286b93c14bbf93aa", "pagepath": "p"},
        ]},
        {"type": "view", "name": "搜索", "url": "https://example.com/s"},
    ])
}

async fn current(account: &Account<'_>) -> Value {
    account.get(CURRENT, &[]).await["selfmenu_info"]["button"].clone()
}

#[tokio::test]
async fn only_one_call_shows_it_and_media_ids_are_new_each_time() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    account.post(CREATE, json!({"button": [{"type": "click", "name": "旧", "key": "K"}]})).await;
    let set = account.control("PUT", "/menu", json!({"button": fixture()})).await;
    assert_eq!((&set["origin"], &set["is_menu_open"], &set["menuid"]), (&json!("console"), &json!(true), &Value::Null));
    assert_eq!(set["button"], fixture());
    assert_eq!(errcode(&account.get("/cgi-bin/menu/get", &[]).await), 46003, "invisible here");

    let shown = current(&account).await;
    assert_eq!(shown[0], fixture()[0]);
    assert_eq!(shown[2], fixture()[2]);
    let list = &shown[1]["sub_button"]["list"];
    assert_eq!(list[4], fixture()[1]["sub_button"][4]);
    let article = json!({"show_cover": 1, "title": "T", "author": "A", "digest": "", "cover_url": "", "content_url": "", "source_url": ""});
    assert_eq!((&list[3]["type"], &list[3]["news_info"]), (&json!("news"), &json!({"list": [article]})));
    assert_eq!(list[3]["value"].as_str().unwrap().len(), 64);

    for (place, content_type, size) in [(0, "image/jpeg", 211), (1, "audio/amr", 656)] {
        let media_id = list[place]["value"].as_str().unwrap();
        let url = format!("{}/cgi-bin/media/get?access_token={}&media_id={media_id}", simulator.base, account.token);
        let download = simulator.http.get(url).send().await.unwrap();
        assert_eq!(download.headers()["content-type"], content_type);
        assert_eq!(download.bytes().await.unwrap().len(), size);
    }
    let film = simulator.http.get(list[2]["value"].as_str().unwrap()).send().await.unwrap();
    assert_eq!((film.status().as_u16(), film.bytes().await.unwrap().len()), (200, 1658));

    let again = current(&account).await;
    let value = |shown: &Value, place: usize| shown[1]["sub_button"]["list"][place]["value"].clone();
    assert_ne!(value(&again, 0), value(&shown, 0));
    assert_eq!(value(&again, 3), value(&shown, 3), "articles stay");
    simulator.move_clock(3 * 86_400).await;
    let token = simulator.token(APP, "sandbox").await["access_token"].as_str().unwrap().to_owned();
    let account = Account { simulator: &simulator, app_id: APP, token };
    let expired = account.get("/cgi-bin/media/get", &[("media_id", list[0]["value"].as_str().unwrap())]).await;
    assert_eq!(errcode(&expired), 40007);
}

#[tokio::test]
async fn the_owner_gives_files_closes_the_menu_and_the_api_replaces_it() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    use base64::{Engine, prelude::BASE64_STANDARD};
    let picture = BASE64_STANDARD.encode(file("png", 5000));
    let button = json!([{"type": "img", "name": "图", "media_base64": picture}]);
    account.control("PUT", "/menu", json!({ "button": button })).await;
    let media_id = current(&account).await[0]["value"].clone();
    let media = account.control("GET", "/media", Value::Null).await;
    assert_eq!((&media[0]["media_id"], &media[0]["size"]), (&media_id, &json!(5000)));

    account.control("PUT", "/menu", json!({"is_menu_open": false})).await;
    assert_eq!(account.get(CURRENT, &[]).await["is_menu_open"], 0);
    assert_eq!(current(&account).await[0]["name"], "图", "closed is not deleted");
    let click = json!([{"type": "click", "name": "新", "key": "K"}]);
    assert_eq!(account.post(CREATE, json!({ "button": click })).await, ok());
    let described = account.control("GET", "/menu", Value::Null).await;
    assert_eq!((&described["origin"], &described["conditional"]), (&json!("api"), &json!([])));
    assert!(described["menuid"].is_i64() && described["is_menu_open"] == true, "{described}");
    assert_eq!(current(&account).await, click);
    let none = account.control("PUT", "/menu", json!({"button": []})).await;
    assert_eq!((&none["origin"], &none["button"]), (&Value::Null, &json!([])));
    assert_eq!(account.get(CURRENT, &[]).await, json!({"is_menu_open": 0, "selfmenu_info": {"button": []}}));
}

#[tokio::test]
async fn a_bad_fixture_is_refused_by_name() {
    let simulator = Simulator::start().await;
    for (button, field) in [
        (json!("x"), "button"),
        (json!([{}, {}, {}, {}]), "button"),
        (json!([{"name": "n"}]), "type"),
        (json!([{"name": "n", "type": "click", "key": "K"}]), "type"),
        (json!([{"name": "n", "type": "text"}]), "value"),
        (json!([{"name": "名".repeat(6), "type": "img"}]), "name"),
        (json!([{"name": "n", "type": "view", "url": "x"}]), "url"),
        (json!([{"name": "n", "type": "miniprogram", "url": "http://a/"}]), "appid"),
        (json!([{"name": "n", "type": "news"}]), "articles"),
        (json!([{"name": "n", "type": "img", "media_base64": "?"}]), "media_base64"),
        (json!([{"name": "n", "type": "voice", "media_base64": "iVBORw0KGgo="}]), "media_base64"),
        (json!([{"name": "n", "sub_button": [{}, {}, {}, {}, {}, {}]}]), "sub_button"),
    ] {
        let (status, answer) = simulator.try_control("PUT", &format!("/{APP}/menu"), json!({ "button": button })).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), (400, field), "{button}: {answer}");
    }
}
