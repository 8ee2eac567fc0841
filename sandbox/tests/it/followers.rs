//! The list of followers and what is told about each.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{APP, Account, Simulator, errcode, ok};

const LIST: &str = "/cgi-bin/user/get";
const INFO: &str = "/cgi-bin/user/info";
const BATCH: &str = "/cgi-bin/user/info/batchget";
const REMARK: &str = "/cgi-bin/user/info/updateremark";

async fn info(account: &Account<'_>, openid: &str) -> Value {
    account.get(INFO, &[("openid", openid)]).await
}

#[tokio::test]
async fn a_million_followers_are_listed_in_stable_pages_of_10_000() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let added = account.control("POST", "/followers", json!({"count": 1_000_000})).await;
    assert_eq!((&added["added"], &added["followers"]), (&json!(1_000_000), &json!(1_000_000)));

    let mut seen = HashSet::new();
    let mut next = String::new();
    for page in 0..5 {
        let answer = account.get(LIST, &[("next_openid", &next)]).await;
        assert_eq!(answer, account.get(LIST, &[("next_openid", &next)]).await, "page {page} is stable");
        assert_eq!((&answer["total"], &answer["count"]), (&json!(1_000_000), &json!(10_000)));
        let openids = answer["data"]["openid"].as_array().unwrap();
        assert_eq!(openids.len(), 10_000);
        seen.extend(openids.iter().map(|openid| openid.as_str().unwrap().to_owned()));
        assert_eq!(&answer["next_openid"], openids.last().unwrap());
        next = answer["next_openid"].as_str().unwrap().to_owned();
    }
    assert_eq!(seen.len(), 50_000, "no openid twice");
    assert!(seen.iter().all(|openid| openid.len() == 28 && openid.starts_with('o')));

    let last = added["last_openid"].as_str().unwrap();
    assert_eq!(info(&account, last).await["subscribe"], 1);
    let past = account.get(LIST, &[("next_openid", last)]).await;
    assert_eq!(past, json!({"total": 1_000_000, "count": 0, "next_openid": ""}), "past the end there is no data");
}

#[tokio::test]
async fn a_short_last_page_ends_the_list() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 10_003).await;
    let first = account.get(LIST, &[]).await;
    let second = account.get(LIST, &[("next_openid", first["next_openid"].as_str().unwrap())]).await;
    assert_eq!(second["count"], 3);
    assert_eq!(second["next_openid"], second["data"]["openid"][2]);
}

#[tokio::test]
async fn openids_are_the_same_in_every_run() {
    let (one, two) = (Simulator::start().await, Simulator::start().await);
    assert_eq!(one.account(APP, 20).await.openids(20).await, two.account(APP, 20).await.openids(20).await);
}

#[tokio::test]
async fn a_follower_shows_what_wechat_tells_today() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 50).await;
    for openid in account.openids(50).await {
        let info = info(&account, &openid).await;
        let members: Vec<_> = info.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            members,
            [
                "subscribe",
                "openid",
                "language",
                "subscribe_time",
                "remark",
                "groupid",
                "tagid_list",
                "subscribe_scene",
                "qr_scene",
                "qr_scene_str"
            ]
        );
        assert_eq!((&info["subscribe"], &info["openid"], &info["tagid_list"]), (&json!(1), &json!(openid), &json!([])));
        assert!(info["subscribe_time"].as_i64().unwrap() > 1_400_000_000);
        assert!(info["subscribe_scene"].as_str().unwrap().starts_with("ADD_SCENE_"));
    }
}

#[tokio::test]
async fn profiles_of_the_old_days_come_on_demand() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let added = account.control("POST", "/followers", json!({"count": 200, "profiles": true})).await;
    account.control("POST", "/followers", json!({"count": 1})).await;
    let openids = account.openids(202).await;
    assert_eq!(openids[1], added["first_openid"]);
    assert!(info(&account, &openids[0]).await.get("nickname").is_none());
    assert!(info(&account, &openids[201]).await.get("nickname").is_none());

    let (mut sexes, mut chinese, mut emoji) = (HashSet::new(), 0, 0);
    for openid in &openids[1..201] {
        let info = info(&account, openid).await;
        let nickname = info["nickname"].as_str().unwrap();
        chinese += i32::from(nickname.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));
        emoji += i32::from(nickname.chars().any(|c| c >= '\u{1f000}'));
        sexes.insert(info["sex"].as_i64().unwrap());
        assert!(!info["country"].as_str().unwrap().is_empty());
        assert!(info["province"].is_string() && info["city"].is_string());
        assert!(info["headimgurl"].as_str().unwrap().starts_with("http://"));
    }
    assert_eq!(sexes, HashSet::from([0, 1, 2]));
    assert!(chinese > 50 && emoji > 5, "{chinese} Chinese, {emoji} with emoji");
    let english = account.get(INFO, &[("openid", &openids[1]), ("lang", "en")]).await;
    assert!(english["country"].as_str().unwrap().is_ascii(), "{english}");
}

#[tokio::test]
async fn unknown_and_missing_openids_are_refused() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    assert_eq!(errcode(&account.get(INFO, &[]).await), 41009);
    for openid in ["o", "oAbcDefGhIjKlMnOpQrStUvWxYz1", "not an openid"] {
        assert_eq!(errcode(&info(&account, openid).await), 40003, "{openid}");
        assert_eq!(errcode(&account.get(LIST, &[("next_openid", openid)]).await), 40003, "{openid}");
    }
    // An openid that will exist, once there are more followers.
    let more = Simulator::start().await;
    let future = more.account(APP, 2).await.openids(2).await.remove(1);
    assert_eq!(errcode(&info(&account, &future).await), 40003);
}

#[tokio::test]
async fn details_come_for_up_to_100_at_once() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 101).await;
    let openids = account.openids(101).await;
    let list = |openids: &[String]| json!({"user_list": openids.iter().map(|o| json!({"openid": o, "lang": "zh_CN"})).collect::<Vec<_>>()});
    let answer = account.post(BATCH, list(&openids[..100])).await;
    let infos = answer["user_info_list"].as_array().unwrap();
    assert_eq!(infos.len(), 100);
    assert_eq!(infos[99], info(&account, &openids[99]).await);
    for (body, expected) in [
        (list(&openids), 40032),
        (list(&[]), 40032),
        (json!({}), 40031),
        (json!({"user_list": "x"}), 40031),
        (json!({"user_list": [{"lang": "en"}]}), 41009),
        (json!({"user_list": [{"openid": openids[0]}, {"openid": "oUnknown"}]}), 40003),
    ] {
        assert_eq!(errcode(&account.post(BATCH, body.clone()).await), expected, "{body}");
    }
}

#[tokio::test]
async fn who_left_is_not_listed_and_tells_nothing() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 3).await;
    let openids = account.openids(3).await;
    let tag = account.create_tag("vip").await;
    account.post("/cgi-bin/tags/members/batchtagging", json!({"openid_list": [openids[1]], "tagid": tag})).await;
    account.control("PUT", &format!("/followers/{}", openids[1]), json!({"subscribe": false})).await;

    let page = account.get(LIST, &[]).await;
    assert_eq!(page["total"], 2);
    assert_eq!(page["data"]["openid"], json!([openids[0], openids[2]]));
    assert_eq!(info(&account, &openids[1]).await, json!({"subscribe": 0, "openid": openids[1]}));
    let batch = account.post(BATCH, json!({"user_list": [{"openid": openids[1]}]})).await;
    assert_eq!(batch, json!({"user_info_list": [{"subscribe": 0, "openid": openids[1]}]}));
    let rest = account.get(LIST, &[("next_openid", &openids[1])]).await;
    assert_eq!(rest["data"]["openid"], json!([openids[2]]), "a page may begin after somebody who left");
    let answer = account.post(REMARK, json!({"openid": openids[1], "remark": "x"})).await;
    assert_eq!(errcode(&answer), 43004);
    let members = account.post("/cgi-bin/user/tag/get", json!({"tagid": tag})).await;
    assert_eq!(members, json!({"count": 0, "next_openid": ""}), "tags go with the follower");
}

#[tokio::test]
async fn a_remark_has_up_to_30_bytes() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = account.openids(1).await.remove(0);
    for (remark, expected) in [
        ("标".repeat(10), 0),
        ("标".repeat(11), 40092),
        ("x".repeat(30), 0),
        ("x".repeat(31), 40092),
        (String::new(), 0),
    ] {
        let before = info(&account, &openid).await["remark"].clone();
        let answer = account.post(REMARK, json!({"openid": openid, "remark": remark})).await;
        assert_eq!(errcode(&answer), expected, "{remark}");
        let stored = info(&account, &openid).await["remark"].clone();
        assert_eq!(stored, if expected == 0 { json!(remark) } else { before });
    }
    assert_eq!(account.post(REMARK, json!({"openid": openid, "remark": "VIP"})).await, ok());
    assert_eq!(errcode(&account.post(REMARK, json!({"remark": "x"})).await), 41009);
    assert_eq!(errcode(&account.post(REMARK, json!({"openid": "oUnknown", "remark": "x"})).await), 40003);
}

#[tokio::test]
async fn one_followers_details_can_be_set() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 2).await;
    let openid = account.openids(1).await.remove(0);
    let tag = account.create_tag("vip").await;
    let details = json!({
        "remark": "r", "nickname": "小明 👨‍👩‍👧", "sex": 2, "country": "中国", "province": "广东", "city": "广州",
        "headimgurl": "http://h/132", "unionid": "oUnion", "language": "en", "subscribe_time": 1_700_000_000,
        "subscribe_scene": "ADD_SCENE_WXA", "qr_scene": 5, "qr_scene_str": "s",
    });
    let mut change = details.clone();
    change["tags"] = json!([tag, 2]);
    change["blacklisted"] = json!(true);
    let path = format!("/followers/{openid}");
    account.control("PUT", &path, change).await;
    let info = info(&account, &openid).await;
    for (name, value) in details.as_object().unwrap() {
        assert_eq!(&info[name], value, "{name}");
    }
    assert_eq!((&info["tagid_list"], &info["groupid"]), (&json!([2, tag]), &json!(1)));
    let state = account.control("GET", "/state", Value::Null).await;
    assert_eq!((&state["tagged"], &state["blacklisted"], &state["tags"]), (&json!(1), &json!(1), &json!(2)));

    for (body, field) in [
        (json!({"sex": 3}), "sex"),
        (json!({"tags": [999]}), "tags"),
        (json!({"nick": "x"}), "nick"),
        (json!({"subscribe": false, "tags": [2]}), "tags"),
        (json!({"remark": 1}), "remark"),
    ] {
        let (status, answer) = simulator.try_control("PUT", &format!("/{APP}{path}"), body).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), (400, field));
    }
    let (status, answer) = simulator.try_control("PUT", &format!("/{APP}/followers/oNobody"), json!({})).await;
    assert_eq!((status, &answer["field"]), (404, &json!("openid")));
}
