//! Fetching again: what WeChat has changed follows, what is ours stays, and a fetch that fails takes nothing away.

use serde_json::{Value, json};

use super::{DETAILS, LIST};
use crate::support::TestApp;
use crate::support::app::APP_ID;

on_every_database!(
    what_changed_at_wechat_follows,
    local_groups_survive,
    old_profiles_survive,
    a_tag_made_again_under_its_name_has_it,
    tags_that_swap_their_names_are_told_apart,
    a_fetch_that_fails_half_way_takes_nothing_away,
);

async fn create_group(app: &TestApp, account: &str, name: &str, openids: &[String]) -> String {
    let answer = app.post(&format!("/{account}/group"), json!({ "name": name })).await;
    let id = answer["data"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    let members = json!({ "group_id": id, "openid": openids });
    assert_eq!(app.post(&format!("/{account}/user/add/batch"), members).await["code"], 200);
    id
}

async fn what_changed_at_wechat_follows(app: TestApp) {
    app.add_followers(400).await;
    let old = app.openids_at_wechat(APP_ID).await;
    let renamed = app.tag(APP_ID, "renamed", &old[..30]).await;
    let deleted = app.tag(APP_ID, "deleted", &old[20..60]).await;
    app.blacklist(APP_ID, &old[100..120]).await;
    app.change_follower(APP_ID, &old[5], json!({ "remark": "旧备注" })).await;
    let account = app.bind(0).await;
    app.assert_mirrors_wechat(&account, APP_ID).await;

    // Somebody leaves out of every state: in two tags, ungrouped, blocked.
    let gone = [&old[25], &old[200], &old[100], &old[399]];
    for openid in gone {
        app.change_follower(APP_ID, openid, json!({ "subscribe": false })).await;
    }
    app.change_follower(APP_ID, &old[101], json!({ "blacklisted": false })).await;
    app.blacklist(APP_ID, &old[300..301]).await;
    app.change_follower(APP_ID, &old[5], json!({ "remark": "", "tags": [2] })).await;
    app.add_followers(35).await;
    let new = app.openids_at_wechat(APP_ID).await.split_off(400 - gone.len());
    app.wechat(APP_ID, "/tags/update", json!({ "tag": { "id": renamed, "name": "改名了" } })).await;
    app.wechat(APP_ID, "/tags/delete", json!({ "tag": { "id": deleted } })).await;
    let made = app.tag(APP_ID, "made", &[old[40].clone(), new[0].clone()]).await;
    // What was changed here only is WeChat's again afterwards.
    let moved = json!({ "group_id": renamed.to_string(), "openid": old[250] });
    assert_eq!(app.post(&format!("/{account}/user/add"), moved).await["code"], 200);
    let unblocked = json!({ "group_id": "1", "openid": old[110] });
    assert_eq!(app.post(&format!("/{account}/user/rm"), unblocked).await["code"], 200);

    let before = app.calls(DETAILS).await;
    let job = app.fetch_again(&account).await;
    assert_eq!((&job["state"], &job["done"]), (&json!("SUCCEEDED"), &json!(431)), "{job}");
    assert_eq!(app.calls(DETAILS).await - before, 5);
    let lists = app.assert_mirrors_wechat(&account, APP_ID).await;
    assert_eq!(lists.groups[&renamed.to_string()].0, "改名了");
    assert_eq!(lists.groups[&made.to_string()].1.len(), 2);
    assert!(!lists.groups.contains_key(&deleted.to_string()));
    for openid in gone {
        let follower = app.get(&format!("/{account}/user/{openid}")).await;
        let follower = &follower["data"];
        assert_eq!((&follower["openid"], &follower["subscribed"]), (&json!(openid), &json!(false)), "{follower}");
        assert!(follower["unsubscribe_time"].is_i64(), "{follower}");
        assert_eq!(app.get(&format!("/{account}/user/groups/{openid}")).await["data"], json!([]));
    }
    assert_eq!(app.get(&format!("/{account}/user/{}", old[5])).await["data"]["remark"], Value::Null);

    // And whoever comes back is there again.
    app.change_follower(APP_ID, gone[1], json!({ "subscribe": true })).await;
    app.fetch_again(&account).await;
    app.assert_mirrors_wechat(&account, APP_ID).await;
    let back = app.get(&format!("/{account}/user/{}", gone[1])).await;
    assert_eq!((&back["data"]["subscribed"], &back["data"]["unsubscribe_time"]), (&json!(true), &Value::Null));
}

async fn local_groups_survive(app: TestApp) {
    app.add_followers(120).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    app.tag(APP_ID, "tag", &openids[..10]).await;
    let account = app.bind(0).await;
    // Some of them carry a tag, too.
    let ours = create_group(&app, &account, "本地", &openids[5..25]).await;
    let named = create_group(&app, &account, "同名", &openids[30..33]).await;
    let tag = app.tag(APP_ID, "同名", &openids[32..40]).await;
    app.change_follower(APP_ID, &openids[6], json!({ "subscribe": false })).await;
    app.blacklist(APP_ID, &openids[20..21]).await;

    let job = app.fetch_again(&account).await;
    assert_eq!(job["state"], "SUCCEEDED", "{job}");
    let lists = app.lists(&account).await;
    let (name, members) = &lists.groups[&ours];
    let stayed = openids[5..25].iter().filter(|openid| **openid != openids[6] && **openid != openids[20]);
    assert_eq!((name.as_str(), members), ("本地", &stayed.cloned().collect()), "who left or is blocked is in no group");
    assert_eq!(lists.groups[&named], ("同名".to_owned(), openids[30..33].iter().cloned().collect()));
    let (name, members) = &lists.groups[&tag.to_string()];
    assert_eq!(members, &openids[32..40].iter().cloned().collect());
    assert!(name != "同名" && name.contains("同名"), "two groups of one name cannot be told apart: {name}");
    // 118 of them are left; 9 carry the first tag, 18 are in the local group, 4 of these in both.
    assert_eq!(lists.groups["0"].1.len(), 118 - (9 + 18 - 4) - (3 + 8 - 1));

    // Once the name is free, the tag has it.
    let renamed = app.put(&format!("/{account}/group/{named}"), json!({ "name": "另外" })).await;
    assert_eq!(renamed["code"], 200, "{renamed}");
    app.fetch_again(&account).await;
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn old_profiles_survive(app: TestApp) {
    let followers = json!({ "count": 30, "profiles": true });
    app.control(reqwest::Method::POST, &format!("/{APP_ID}/followers"), followers).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    let told = json!({ "nickname": "老张 👨‍👩‍👧", "sex": 1, "country": "中国", "province": "广东", "city": "广州",
        "headimgurl": "http://thirdwx.qlogo.cn/mmopen/1/132" });
    app.change_follower(APP_ID, &openids[0], told).await;
    let account = app.bind(0).await;
    let read = async || app.get(&format!("/{account}/user/{}", openids[0])).await["data"].take();
    let before = read().await;
    assert_eq!((&before["nickname"], &before["gender"]), (&json!("老张 👨‍👩‍👧"), &json!(1)), "{before}");
    // What WeChat gives since the end of 2021.
    let nothing = json!({ "nickname": "", "sex": 0, "country": "", "province": "", "city": "", "headimgurl": "" });
    app.change_follower(APP_ID, &openids[0], nothing).await;
    assert_eq!(app.fetch_again(&account).await["state"], "SUCCEEDED");
    assert_eq!(read().await, before);
    app.change_follower(APP_ID, &openids[0], json!({ "nickname": "新名" })).await;
    app.fetch_again(&account).await;
    assert_eq!(read().await["nickname"], "新名", "what WeChat does give counts");
}

async fn a_tag_made_again_under_its_name_has_it(app: TestApp) {
    app.add_followers(40).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    let first = app.tag(APP_ID, "VIP", &openids[..10]).await;
    let account = app.bind(0).await;
    app.wechat(APP_ID, "/tags/delete", json!({ "tag": { "id": first } })).await;
    let second = app.tag(APP_ID, "VIP", &openids[5..15]).await;
    assert_ne!(first, second);
    app.fetch_again(&account).await;
    let lists = app.assert_mirrors_wechat(&account, APP_ID).await;
    assert_eq!(lists.groups[&second.to_string()].0, "VIP");
}

async fn tags_that_swap_their_names_are_told_apart(app: TestApp) {
    app.add_followers(20).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    let a = app.tag(APP_ID, "甲", &openids[..5]).await;
    let b = app.tag(APP_ID, "乙", &openids[5..10]).await;
    let account = app.bind(0).await;
    for (id, name) in [(a, "暂时"), (b, "甲"), (a, "乙")] {
        app.wechat(APP_ID, "/tags/update", json!({ "tag": { "id": id, "name": name } })).await;
    }
    app.fetch_again(&account).await;
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn a_fetch_that_fails_half_way_takes_nothing_away(app: TestApp) {
    app.add_followers(10_020).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    // All its members stand on the second page, which will not be read.
    let deleted = app.tag(APP_ID, "deleted", &openids[10_005..10_015]).await;
    let account = app.bind(0).await;
    create_group(&app, &account, "本地", &openids[10_010..10_018]).await;
    let summary = async || {
        let groups = app.get(&format!("/{account}/group")).await;
        let tag = app.openids(&account, &deleted.to_string(), 100).await;
        let newest = app.openids(&account, "-1", 100).await;
        (groups, tag, newest)
    };
    let before = summary().await;
    for openid in [&openids[0], &openids[10_001], &openids[10_018]] {
        app.change_follower(APP_ID, openid, json!({ "subscribe": false })).await;
    }
    app.wechat(APP_ID, "/tags/delete", json!({ "tag": { "id": deleted } })).await;
    app.fault(json!({ "path": LIST, "after": 1, "times": 1, "errcode": 50002 })).await;
    let job = app.fetch_again(&account).await;
    assert_eq!(job["state"], "FAILED", "{job}");
    assert!(job["lastError"].as_str().unwrap().contains("50002"), "{job}");
    assert_eq!(summary().await, before);
    let left = app.get(&format!("/{account}/user/{}", openids[0])).await;
    assert_eq!(left["data"]["subscribed"], true, "nobody knows yet");

    // It still counts as fetched; a forced fetch repairs everything, and needs only what was not read.
    assert_eq!(app.get(&format!("/{account}/user/fetch")).await, super::already_fetched());
    let calls = app.calls(DETAILS).await;
    app.data(crate::support::wechat::RETRY, json!({ "id": job["id"] })).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!(job["state"], "SUCCEEDED", "{job}");
    assert_eq!(app.calls(DETAILS).await - calls, 1, "the first page was not asked for again");
    let groups = app.get(&format!("/{account}/group")).await;
    assert_eq!(groups["data"]["total"], 10_017);
    let left = app.get(&format!("/{account}/user/{}", openids[10_001])).await;
    assert_eq!(left["data"]["subscribed"], false);
}
