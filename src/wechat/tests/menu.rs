//! The menu: both shapes in which it is read, how it is written, and when there is none.

use serde_json::{Value, json};

use super::{Reply, Upstream, credentials, ok};
use crate::wechat::{CurrentMenu, Error, MenuButton};

fn button(name: &str, kind: &str) -> MenuButton {
    MenuButton { kind: Some(kind.to_owned()), name: name.to_owned(), ..MenuButton::default() }
}

fn more(members: Value) -> serde_json::Map<String, Value> {
    members.as_object().unwrap().clone()
}

/// What both shapes say of the same menu.
fn buttons() -> [MenuButton; 2] {
    let click = MenuButton { key: Some("SONG_TODAY".to_owned()), ..button("今日歌曲", "click") };
    let view = MenuButton { url: Some("https://example.com/s".to_owned()), ..button("搜索", "view") };
    let program = MenuButton {
        url: Some("https://example.com/m".to_owned()),
        more: more(json!({"appid": "wx286b93c14bbf93aa", "pagepath": "pages/index"})),
        ..button("小程序", "miniprogram")
    };
    let material = MenuButton { more: more(json!({"media_id": "HTHz"})), ..button("图片", "media_id") };
    let new = MenuButton { more: more(json!({"future": {"a": [1, null]}})), ..button("新", "type_of_2030") };
    let list = vec![view, program, material, new];
    [click, MenuButton { name: "菜单".to_owned(), sub_button: list, ..MenuButton::default() }]
}

#[tokio::test]
async fn a_menu_of_the_api_is_read_and_written_back_as_it_was() {
    let answer = json!({"menu": {"button": [
        {"type": "click", "name": "今日歌曲", "key": "SONG_TODAY", "sub_button": []},
        {"name": "菜单", "sub_button": [
            {"type": "view", "name": "搜索", "url": "https://example.com/s", "sub_button": []},
            {"type": "miniprogram", "name": "小程序", "url": "https://example.com/m", "appid": "wx286b93c14bbf93aa",
             "pagepath": "pages/index", "sub_button": []},
            {"type": "media_id", "name": "图片", "media_id": "HTHz", "sub_button": []},
            {"type": "type_of_2030", "name": "新", "future": {"a": [1, null]}, "sub_button": null},
        ]},
    ], "menuid": 208_396_938}, "conditionalmenu": [{"button": [], "matchrule": {"tag_id": "134"}}]});
    let upstream = Upstream::with_replies([Reply::json(answer), ok()]).await;
    let client = upstream.client();
    let read = client.menu(&credentials()).await.unwrap();
    assert_eq!(read, buttons());
    client.create_menu(&credentials(), &read).await.unwrap();
    let [get, create] = upstream.calls().try_into().unwrap();
    assert_eq!((get.method.as_str(), get.path.as_str()), ("GET", "/cgi-bin/menu/get"));
    assert_eq!((create.method.as_str(), create.path.as_str()), ("POST", "/cgi-bin/menu/create"));
    assert_eq!(
        create.json(),
        json!({"button": [
            {"type": "click", "name": "今日歌曲", "key": "SONG_TODAY"},
            {"name": "菜单", "sub_button": [
                {"type": "view", "name": "搜索", "url": "https://example.com/s"},
                {"type": "miniprogram", "name": "小程序", "url": "https://example.com/m",
                 "appid": "wx286b93c14bbf93aa", "pagepath": "pages/index"},
                {"type": "media_id", "name": "图片", "media_id": "HTHz"},
                {"type": "type_of_2030", "name": "新", "future": {"a": [1, null]}},
            ]},
        ]})
    );
}

#[tokio::test]
async fn the_menu_that_users_see_has_another_shape() {
    let answer = json!({"is_menu_open": 1, "selfmenu_info": {"button": [
        {"type": "click", "name": "今日歌曲", "key": "SONG_TODAY"},
        {"name": "菜单", "sub_button": {"list": [
            {"type": "view", "name": "搜索", "url": "https://example.com/s"},
            {"type": "miniprogram", "name": "小程序", "url": "https://example.com/m", "appid": "wx286b93c14bbf93aa",
             "pagepath": "pages/index"},
            {"type": "media_id", "name": "图片", "value": "HTHz"},
            {"type": "type_of_2030", "name": "新", "future": {"a": [1, null]}},
        ]}},
    ]}});
    let upstream = Upstream::with_replies([Reply::json(answer)]).await;
    let menu = upstream.client().current_menu(&credentials()).await.unwrap();
    assert_eq!(menu, CurrentMenu { is_open: true, buttons: buttons().to_vec() });
    let [call] = upstream.calls().try_into().unwrap();
    assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", "/cgi-bin/get_current_selfmenu_info"));
}

#[tokio::test]
async fn what_the_console_makes_is_kept() {
    let news = json!({"list": [{"title": "T", "show_cover": 0, "content_url": "http://mp.weixin.qq.com/s?__biz=a"}]});
    let answer = json!({"is_menu_open": "0", "selfmenu_info": {"button": [
        {"type": "text", "name": "文本", "value": "This is text"},
        {"type": "news", "name": "图文", "value": "KQb_w", "news_info": news},
    ]}});
    let upstream = Upstream::with_replies([Reply::json(answer)]).await;
    let menu = upstream.client().current_menu(&credentials()).await.unwrap();
    let text = MenuButton { more: more(json!({"value": "This is text"})), ..button("文本", "text") };
    let card = MenuButton { more: more(json!({"value": "KQb_w", "news_info": news})), ..button("图文", "news") };
    assert_eq!(menu, CurrentMenu { is_open: false, buttons: vec![text, card] });
}

#[tokio::test]
async fn no_menu_is_an_empty_one_and_every_other_refusal_an_error() {
    let no_menu = || Reply::refusal(46003, "menu no exist");
    let upstream = Upstream::with_replies([no_menu(), no_menu(), no_menu()]).await;
    let client = upstream.client();
    assert_eq!(client.menu(&credentials()).await.unwrap(), []);
    assert_eq!(client.current_menu(&credentials()).await.unwrap(), CurrentMenu::default());
    client.delete_menu(&credentials()).await.unwrap();
    let [_, _, delete] = upstream.calls().try_into().unwrap();
    assert_eq!((delete.method.as_str(), delete.path.as_str()), ("GET", "/cgi-bin/menu/delete"));

    let refused = || Reply::refusal(48001, "api unauthorized");
    let upstream = Upstream::with_replies([refused(), refused(), refused(), refused()]).await;
    let client = upstream.client();
    let errors = [
        client.menu(&credentials()).await.unwrap_err(),
        client.current_menu(&credentials()).await.unwrap_err(),
        client.create_menu(&credentials(), &buttons()).await.unwrap_err(),
        client.delete_menu(&credentials()).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.refusal().map(|(errcode, _)| errcode), Some(48001), "{error:?}");
    }
}

#[tokio::test]
async fn an_empty_answer_is_read_in_every_dress() {
    for answer in [
        json!({"is_menu_open": 0, "selfmenu_info": {"button": []}}),
        json!({"is_menu_open": 0, "selfmenu_info": {"button": null}}),
        json!({"is_menu_open": 0, "selfmenu_info": {}}),
        json!({"is_menu_open": 0}),
    ] {
        let upstream = Upstream::with_replies([Reply::json(answer)]).await;
        assert_eq!(upstream.client().current_menu(&credentials()).await.unwrap(), CurrentMenu::default());
    }
}

/// What cannot be read must not pass for an empty menu: a fetch would delete everything.
#[tokio::test]
async fn an_answer_without_a_menu_is_no_empty_menu() {
    for answer in [json!({}), json!({"menu": {}}), json!({"menu": {"button": {}}}), json!({"errcode": 0})] {
        let upstream = Upstream::with_token(move |_| Reply::json(answer.clone())).await;
        let client = upstream.client();
        assert!(matches!(client.menu(&credentials()).await, Err(Error::Unreadable { .. })));
        assert!(matches!(client.current_menu(&credentials()).await, Err(Error::Unreadable { .. })));
    }
}

#[tokio::test]
async fn a_name_goes_out_without_what_json_escapes() {
    let upstream = Upstream::with_replies([ok()]).await;
    let button = MenuButton { key: Some("k".to_owned()), ..button("a\u{1}b\u{1f600}", "click") };
    upstream.client().create_menu(&credentials(), &[button]).await.unwrap();
    let [call] = upstream.calls().try_into().unwrap();
    assert_eq!(call.json(), json!({"button": [{"type": "click", "name": "ab😀", "key": "k"}]}));
    assert!(!String::from_utf8_lossy(&call.body).contains("\\u"));
}
