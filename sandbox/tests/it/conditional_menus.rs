//! Menus for some followers only.

use serde_json::{Value, json};

use crate::{
    menus::CREATE,
    support::{APP, Account, Simulator, errcode, ok},
};

const ADD: &str = "/cgi-bin/menu/addconditional";
const DELETE: &str = "/cgi-bin/menu/delconditional";
const TRY: &str = "/cgi-bin/menu/trymatch";

fn buttons(name: &str) -> Value {
    json!([{"type": "click", "name": name, "key": "K"}])
}

async fn add(account: &Account<'_>, name: &str, rule: Value) -> String {
    let answer = account.post(ADD, json!({"button": buttons(name), "matchrule": rule})).await;
    assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    answer["menuid"].as_str().unwrap().to_owned()
}

/// The name of the first button that somebody sees.
async fn seen(account: &Account<'_>, openid: &str) -> String {
    let answer = account.post(TRY, json!({"user_id": openid})).await;
    answer["button"][0]["name"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn the_newest_menu_that_fits_is_seen() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 2).await;
    let openids = account.openids(2).await;
    account.post(CREATE, json!({"button": buttons("默认")})).await;
    let tag = account.create_tag("会员").await;
    let older = add(&account, "会员", json!({"tag_id": tag.to_string()})).await;
    let newer = add(&account, "苹果", json!({"client_platform_type": "1"})).await;
    assert!(newer.parse::<i64>().unwrap() > older.parse::<i64>().unwrap());

    assert_eq!(seen(&account, &openids[0]).await, "默认");
    account.control("PUT", &format!("/followers/{}", openids[0]), json!({"tags": [tag]})).await;
    assert_eq!(seen(&account, &openids[0]).await, "会员");
    account.control("PUT", &format!("/followers/{}", openids[0]), json!({"client_platform_type": 1})).await;
    assert_eq!(seen(&account, &openids[0]).await, "苹果", "the newer one");
    assert_eq!(seen(&account, &openids[1]).await, "默认");

    let got = account.get("/cgi-bin/menu/get", &[]).await;
    assert!(got["menu"]["menuid"].is_i64());
    let leaf = |name: &str| json!([{"type": "click", "name": name, "key": "K", "sub_button": []}]);
    let expected = json!([
        {"button": leaf("苹果"), "matchrule": {"client_platform_type": "1"}, "menuid": newer.parse::<i64>().unwrap()},
        {"button": leaf("会员"), "matchrule": {"tag_id": tag.to_string()}, "menuid": older.parse::<i64>().unwrap()},
    ]);
    assert_eq!(got["conditionalmenu"], expected);

    assert_eq!(account.post(DELETE, json!({"menuid": newer})).await, ok());
    assert_eq!(seen(&account, &openids[0]).await, "会员");
    assert_eq!(errcode(&account.post(DELETE, json!({"menuid": newer})).await), 65301);
    assert_eq!(errcode(&account.post(DELETE, json!({})).await), 65301);
    account.post(CREATE, json!({"button": buttons("新默认")})).await;
    assert_eq!(seen(&account, &openids[0]).await, "会员", "a new default menu leaves the others");

    assert_eq!(account.get("/cgi-bin/menu/delete", &[]).await, ok());
    assert_eq!(errcode(&account.post(TRY, json!({"user_id": openids[0]})).await), 46003);
    account.post(CREATE, json!({"button": buttons("默认")})).await;
    assert_eq!(seen(&account, &openids[0]).await, "默认", "deletion took the conditional ones too");
}

#[tokio::test]
async fn both_conditions_have_to_hold_and_the_last_tag_counts() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = account.openids(1).await.remove(0);
    let first = account.create_tag("一").await;
    let second = account.create_tag("二").await;
    account.post(CREATE, json!({"button": buttons("默认")})).await;
    add(&account, "一", json!({"tag_id": first, "client_platform_type": 2})).await;
    let tag = async |id: i64, path: &str| {
        account.post(path, json!({"openid_list": [openid], "tagid": id})).await;
    };
    const TAG: &str = "/cgi-bin/tags/members/batchtagging";
    tag(first, TAG).await;
    assert_eq!(seen(&account, &openid).await, "一");
    account.control("PUT", &format!("/followers/{openid}"), json!({"client_platform_type": 3})).await;
    assert_eq!(seen(&account, &openid).await, "默认");
    account.control("PUT", &format!("/followers/{openid}"), json!({"client_platform_type": 2})).await;
    tag(second, TAG).await;
    assert_eq!(seen(&account, &openid).await, "默认", "the other tag came later");
    tag(second, "/cgi-bin/tags/members/batchuntagging").await;
    assert_eq!(seen(&account, &openid).await, "一");
}

#[tokio::test]
async fn a_conditional_menu_is_refused_by_its_codes() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = account.openids(1).await.remove(0);
    let rule = json!({"tag_id": "100"});
    let body = json!({"button": buttons("a"), "matchrule": rule});
    assert_eq!(errcode(&account.post(ADD, body.clone()).await), 65303, "no default menu");
    account.post(CREATE, json!({"button": buttons("默认")})).await;
    let view = |url: &str| json!({"type": "view", "name": "v", "url": url});
    for (button, rule, expected) in [
        (buttons("a"), Value::Null, 65304),
        (buttons("a"), json!({}), 65304),
        (buttons("a"), json!({"tag_id": ""}), 65304),
        (buttons("a"), json!({"sex": "1"}), 65320),
        (buttons("a"), json!({"tag_id": "100", "city": "广州"}), 65320),
        (buttons("a"), json!({"tag_id": "100", "city": "", "sex": ""}), 0),
        (buttons("a"), json!({"tag_id": "x"}), 40097),
        (buttons("a"), json!({"client_platform_type": 4}), 40097),
        (json!([]), rule.clone(), 65307),
        (Value::Null, rule.clone(), 65307),
        (json!([{"name": "n", "sub_button": []}]), rule.clone(), 65308),
        (json!([view("x")]), rule.clone(), 65317),
        (json!([{"name": "n", "sub_button": [view("x")]}]), rule.clone(), 65317),
        (buttons(""), rule.clone(), 40018),
        (json!([view("https://a.cn/"), view("https://b.cn/"), view("https://a.cn/2")]), rule.clone(), 0),
        (json!([view("https://c.cn/"), view("https://mp.weixin.qq.com/s")]), rule.clone(), 0),
        (json!([view("https://d.cn/")]), rule.clone(), 65316),
    ] {
        let body = json!({"button": button, "matchrule": rule});
        assert_eq!(errcode(&account.post(ADD, body.clone()).await), expected, "{body}");
    }
    for user in [json!("oUnknown"), Value::Null, json!("")] {
        assert_eq!(errcode(&account.post(TRY, json!({ "user_id": user })).await), 65302, "{user}");
    }
    account.control("PUT", &format!("/followers/{openid}"), json!({"subscribe": false})).await;
    assert_eq!(errcode(&account.post(TRY, json!({ "user_id": openid })).await), 65302, "who left");
}
