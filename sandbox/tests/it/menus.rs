//! Menus made over the API.

use serde_json::{Value, json};

use crate::support::{APP, Account, OTHER_APP, Simulator, errcode, file, ok};

pub(crate) const CREATE: &str = "/cgi-bin/menu/create";
const GET: &str = "/cgi-bin/menu/get";
const DELETE: &str = "/cgi-bin/menu/delete";
const CURRENT: &str = "/cgi-bin/get_current_selfmenu_info";

fn click(name: &str) -> Value {
    json!({"type": "click", "name": name, "key": "K"})
}

/// A button of every type, in three groups.
async fn every_type(account: &Account<'_>) -> Value {
    let image = account.material("image", "a.png", file("png", 100)).await;
    let article = account.publish().await;
    json!([
        {"name": "键", "sub_button": [
            {"type": "click", "name": "点击", "key": "A"},
            {"type": "scancode_push", "name": "扫码", "key": "B"},
            {"type": "scancode_waitmsg", "name": "扫码等", "key": "C"},
            {"type": "pic_sysphoto", "name": "拍照", "key": "D"},
            {"type": "pic_photo_or_album", "name": "相册", "key": "E"},
        ]},
        {"name": "其他", "sub_button": [
            {"type": "pic_weixin", "name": "微信相册", "key": "F"},
            {"type": "location_select", "name": "位置", "key": "G"},
            {"type": "media_id", "name": "图片", "media_id": image},
            {"type": "article_id", "name": "文章", "article_id": article},
            {"type": "article_view_limited", "name": "文章页", "article_id": article},
        ]},
        {"name": "链接", "sub_button": [
            {"type": "view", "name": "搜索", "url": "https://example.com/s?a=1&b=2"},
            {"type": "miniprogram", "name": "小程序", "url": "http://mp.weixin.qq.com",
                "appid": "wx286b93c14bbf93aa", "pagepath": "pages/index"},
        ]},
    ])
}

#[tokio::test]
async fn a_menu_lives_through_create_get_and_delete() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    assert_eq!(errcode(&account.get(GET, &[]).await), 46003);
    let buttons = every_type(&account).await;
    assert_eq!(account.post(CREATE, json!({ "button": buttons })).await, ok());

    let got = account.get(GET, &[]).await;
    let mut expected = buttons.clone();
    for parent in expected.as_array_mut().unwrap() {
        for leaf in parent["sub_button"].as_array_mut().unwrap() {
            leaf["sub_button"] = json!([]);
        }
    }
    assert_eq!(got, json!({"menu": {"button": expected}}));
    assert_eq!(account.post(CREATE, json!({"button": got["menu"]["button"]})).await, ok(), "what is read can be set");

    let current = account.get(CURRENT, &[]).await;
    assert_eq!(current["is_menu_open"], 1);
    let shown = &current["selfmenu_info"]["button"];
    assert_eq!(shown[0]["sub_button"]["list"], buttons[0]["sub_button"]);
    let media = &shown[1]["sub_button"]["list"][2];
    assert_eq!(media, &json!({"type": "media_id", "name": "图片", "value": buttons[1]["sub_button"][2]["media_id"]}));
    assert_eq!(shown[2]["sub_button"]["list"], buttons[2]["sub_button"]);

    assert_eq!(account.post(CREATE, json!({"button": [click("今日歌曲")]})).await, ok());
    let leaf = json!({"type": "click", "name": "今日歌曲", "key": "K", "sub_button": []});
    assert_eq!(account.get(GET, &[]).await, json!({"menu": {"button": [leaf]}}), "the whole menu is replaced");
    assert_eq!(account.get(CURRENT, &[]).await["selfmenu_info"], json!({"button": [click("今日歌曲")]}));
    let other = simulator.account(OTHER_APP, 0).await;
    assert_eq!(errcode(&other.get(GET, &[]).await), 46003, "of this account only");

    assert_eq!(account.get(DELETE, &[]).await, ok());
    assert_eq!(errcode(&account.get(GET, &[]).await), 46003);
    let none = json!({"is_menu_open": 0, "selfmenu_info": {"button": []}});
    assert_eq!(account.get(CURRENT, &[]).await, none);
    assert_eq!(account.get(DELETE, &[]).await, ok(), "twice does no harm");
}

#[tokio::test]
async fn a_refused_menu_leaves_the_old_one() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    account.post(CREATE, json!({"button": [click("旧")]})).await;
    assert_eq!(errcode(&account.post(CREATE, json!({"button": [click("新"), click("")]})).await), 40018);
    assert_eq!(account.get(GET, &[]).await["menu"]["button"][0]["name"], "旧");
}

#[tokio::test]
async fn escaped_characters_are_refused() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    account.post(CREATE, json!({"button": [click("旧")]})).await;
    for (name, expected) in [
        (r"\u83dc\u5355", 40033),
        (r"\ud83d\ude00", 40033),
        (r"a\\\u83dc", 40033),
        ("菜单", 0),
        (r"\u0041", 0),
        (r"\\u83dc", 0),
    ] {
        let buttons = format!(r#""button":[{{"type":"click","name":"{name}","key":"K"}}]"#);
        let answer = account.post_text(CREATE, format!("{{{buttons}}}")).await;
        assert_eq!(errcode(&answer), expected, "{name}");
        let conditional = format!(r#"{{{buttons},"matchrule":{{"tag_id":"100"}}}}"#);
        let answer = account.post_text("/cgi-bin/menu/addconditional", conditional).await;
        assert_eq!(errcode(&answer), expected, "{name}");
    }
    assert_eq!(account.get(GET, &[]).await["menu"]["button"][0]["name"], r"\u83dc", "a backslash is a character");
}

#[tokio::test]
async fn methods_and_quotas_are_those_of_the_page() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for path in [GET, DELETE, CURRENT] {
        assert_eq!(errcode(&account.post(path, json!({})).await), 43001, "{path}");
    }
    for (path, daily) in [
        (CREATE, 1000),
        (GET, 10_000),
        (DELETE, 1000),
        ("/cgi-bin/menu/addconditional", 2000),
        ("/cgi-bin/menu/delconditional", 2000),
        ("/cgi-bin/menu/trymatch", 20_000),
        ("/cgi-bin/message/custom/send", 500_000),
    ] {
        let quota = account.post("/cgi-bin/openapi/quota/get", json!({ "cgi_path": path })).await;
        assert_eq!(quota["quota"]["daily_limit"], daily, "{path}");
        account.control("PUT", "/profile", json!({"quotas": {path: 0}})).await;
    }
    assert_eq!(errcode(&account.post(CREATE, json!({"button": [click("a")]})).await), 45009);
    for path in [CREATE, "/cgi-bin/menu/trymatch", "/cgi-bin/message/custom/send", "/cgi-bin/message/custom/typing"] {
        assert_eq!(errcode(&account.get(path, &[]).await), 43002, "{path}");
    }
}
