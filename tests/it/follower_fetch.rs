//! Fetching the followers from WeChat: what it brings, what it costs, and what the documented route answers.

mod faults;
mod forced;
mod steered;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::app::APP_ID;

/// Path of WeChat's list of followers: pages of 10,000.
pub(crate) const LIST: &str = "/cgi-bin/user/get";
/// Path of the details: up to 100 a call.
pub(crate) const DETAILS: &str = "/cgi-bin/user/info/batchget";
/// Path of the list of tags.
pub(crate) const TAGS: &str = "/cgi-bin/tags/get";
/// Path of the blacklist: pages of 1,000.
pub(crate) const BLACKLIST: &str = "/cgi-bin/tags/members/getblacklist";

on_every_database!(
    every_follower_is_there_once,
    a_fetch_makes_no_more_calls_than_it_must,
    an_account_without_followers_is_fetched,
    a_second_fetch_is_refused_in_the_documented_words,
    accounts_that_fetch_at_once_do_not_mix,
);

/// Answer of the documented route, to the letter.
pub(crate) fn already_fetched() -> Value {
    json!({ "code": 400, "message": "follower info has already been fetched", "data": null })
}

pub(crate) fn ok() -> Value {
    json!({ "code": 200, "message": "OK", "data": null })
}

/// Delays every answer of an endpoint.
pub(crate) async fn slow_down(app: &TestApp, path: &str, delay: Duration) {
    let delay = u64::try_from(delay.as_millis()).unwrap();
    app.fault(json!({ "path": path, "times": 100_000, "delay_ms": delay })).await;
}

async fn every_follower_is_there_once(app: TestApp) {
    app.add_followers(2_150).await;
    let openids = app.openids_at_wechat(APP_ID).await;
    let vip = app.tag(APP_ID, "VIP 🍵", &openids[..120]).await;
    let old = app.tag(APP_ID, "老用户", &openids[100..200]).await;
    app.tag(APP_ID, "没有人", &[]).await;
    app.tag_more(APP_ID, 2, &openids[300..310]).await;
    // More than a page of the blacklist, and one of them with tags.
    app.blacklist(APP_ID, &openids[1_100..2_111]).await;
    app.blacklist(APP_ID, &openids[..1]).await;
    app.change_follower(APP_ID, &openids[1], json!({ "remark": "门口的客人 ☕", "unionid": "oUnion1" })).await;
    app.change_follower(APP_ID, &openids[2], json!({ "subscribe_time": 1_600_000_000 })).await;

    let account = app.bind(0).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!(job["name"], "follower_fetch");
    assert_eq!((&job["state"], &job["lastError"]), (&json!("SUCCEEDED"), &Value::Null), "{job}");
    assert_eq!((&job["done"], &job["total"], &job["skipped"]), (&json!(2_150), &json!(2_150), &json!(0)));

    let lists = app.assert_mirrors_wechat(&account, APP_ID).await;
    assert_eq!(lists.all.len(), 2_150 - 1_012);
    let size = |group: &str| lists.groups[group].1.len();
    assert_eq!((size(&vip.to_string()), size(&old.to_string()), size("1"), size("2")), (119, 100, 1_012, 10));

    let follower = app.get(&format!("/{account}/user/{}", openids[1])).await;
    let follower = &follower["data"];
    assert_eq!((&follower["remark"], &follower["unionid"]), (&json!("门口的客人 ☕"), &json!("oUnion1")), "{follower}");
    assert_eq!((&follower["subscribed"], &follower["ungrouped"]), (&json!(true), &json!(false)), "{follower}");
    let follower = app.get(&format!("/{account}/user/{}", openids[2])).await;
    assert_eq!(follower["data"]["subscribe_time"], 1_600_000_000_000_i64);
    let groups = |openid: &str| app.rest(Method::GET, &format!("/{account}/user/groups/{openid}"));
    let of_both = app.json(groups(&openids[110])).await;
    assert_eq!(of_both["data"], json!([vip.to_string(), old.to_string()]));
    assert_eq!(app.json(groups(&openids[0])).await["data"], json!(["1"]));
    assert_eq!(app.json(groups(&openids[500])).await["data"], json!(["0"]));
}

async fn a_fetch_makes_no_more_calls_than_it_must(app: TestApp) {
    // Two pages; the second is short, and one more that is empty says that it was the last.
    let account = app.bind(10_050).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!((&job["state"], &job["done"]), (&json!("SUCCEEDED"), &json!(10_050)), "{job}");
    let calls = (app.calls(LIST).await, app.calls(DETAILS).await, app.calls(TAGS).await, app.calls(BLACKLIST).await);
    assert_eq!(calls, (3, 101, 1, 1));
    // One token, asked for when the credentials were checked.
    assert_eq!(app.calls("/cgi-bin/stable_token").await, 1);
    assert_eq!(app.get(&format!("/{account}/group")).await["data"]["total"], 10_050);
    let page = app.get(&format!("/{account}/user?group=-1&index=101&size=100")).await;
    assert_eq!(page["data"]["user"].as_array().unwrap().len(), 50);
}

async fn an_account_without_followers_is_fetched(app: TestApp) {
    let account = app.bind(0).await;
    let job = app.wait_until_idle(&account).await;
    assert_eq!((&job["state"], &job["done"]), (&json!("SUCCEEDED"), &json!(0)), "{job}");
    assert_eq!((app.calls(LIST).await, app.calls(DETAILS).await), (1, 0));
    assert_eq!(app.get(&format!("/{account}/user/fetch")).await, already_fetched());
    app.assert_mirrors_wechat(&account, APP_ID).await;
}

async fn a_second_fetch_is_refused_in_the_documented_words(app: TestApp) {
    app.add_followers(3).await;
    slow_down(&app, TAGS, Duration::from_millis(700)).await;
    let account = app.bind_app("gh_1", APP_ID).await;
    let fetch = format!("/{account}/user/fetch");
    app.wait_for_job(&account, |job| job["state"] == "RUNNING").await;
    assert_eq!(app.get(&fetch).await, already_fetched());
    let conflict = app.get(&format!("{fetch}?force=1")).await;
    assert_eq!((&conflict["code"], &conflict["data"]), (&json!(409), &Value::Null), "{conflict}");
    let mutation = "mutation ($id: ID!, $force: Boolean!) {
        fetchFollowers(input: { accountId: $id, force: $force }) { job { id } } }";
    let error = app.error(mutation, json!({ "id": account, "force": false })).await;
    assert_eq!(error["extensions"]["code"], "ALREADY_FETCHED");
    let error = app.error(mutation, json!({ "id": account, "force": true })).await;
    assert_eq!(error["extensions"]["code"], "CONFLICT");

    app.wait_until_idle(&account).await;
    assert_eq!(app.get(&fetch).await, already_fetched());
    assert_eq!(app.get(&format!("{fetch}?force=0")).await, already_fetched());
    app.control(Method::DELETE, "/faults", Value::Null).await;
    assert_eq!(app.get(&format!("{fetch}?force=1")).await, ok());
    assert_eq!(app.wait_until_idle(&account).await["state"], "SUCCEEDED");
    let jobs = "query ($id: ID!) { account(id: $id) { followersFetchedAt jobs { totalCount } } }";
    let data = app.data(jobs, json!({ "id": account })).await;
    assert_eq!(data["account"]["jobs"]["totalCount"], 3, "two of the followers and one of the menu");
    assert!(data["account"]["followersFetchedAt"].is_string());
}

async fn accounts_that_fetch_at_once_do_not_mix(app: TestApp) {
    const OTHER: &str = "wxfedcba9876543210";
    const SHARED: &str = "oTheSameInBoth_00000000000001";
    for (app_id, count, remark) in [(APP_ID, 1_200, "一"), (OTHER, 900, "二")] {
        app.control(Method::POST, &format!("/{app_id}/followers"), json!({ "count": count })).await;
        let joins = json!({ "openid": SHARED, "type": "event", "event": "subscribe" });
        app.control(Method::POST, &format!("/{app_id}/push"), joins).await;
        app.change_follower(app_id, SHARED, json!({ "remark": remark })).await;
    }
    let ours = app.tag(APP_ID, "一", &[SHARED.to_owned()]).await;
    let theirs = app.tag(OTHER, "二", &[]).await;
    assert_eq!(ours, theirs, "the same number, but not the same tag");
    slow_down(&app, DETAILS, Duration::from_millis(50)).await;
    let (one, two) = tokio::join!(app.bind_app("gh_1", APP_ID), app.bind_app("gh_2", OTHER));
    let (first, second) = tokio::join!(app.wait_until_idle(&one), app.wait_until_idle(&two));
    assert_eq!((&first["state"], &second["state"]), (&json!("SUCCEEDED"), &json!("SUCCEEDED")), "{first} {second}");
    assert_eq!(app.assert_mirrors_wechat(&one, APP_ID).await.all.len(), 1_201);
    assert_eq!(app.assert_mirrors_wechat(&two, OTHER).await.all.len(), 901);
    for (account, remark, groups) in [(&one, "一", json!([ours.to_string()])), (&two, "二", json!(["0"]))] {
        let follower = app.get(&format!("/{account}/user/{SHARED}")).await;
        assert_eq!((&follower["data"]["remark"], &follower["data"]["info_id"]), (&json!(remark), &json!(account)));
        assert_eq!(app.get(&format!("/{account}/user/groups/{SHARED}")).await["data"], groups);
    }
    // Gone from one account is not gone from the other.
    app.change_follower(OTHER, SHARED, json!({ "subscribe": false })).await;
    app.control(Method::DELETE, "/faults", Value::Null).await;
    assert_eq!(app.fetch_again(&two).await["state"], "SUCCEEDED");
    assert_eq!(app.get(&format!("/{two}/user/{SHARED}")).await["data"]["subscribed"], false);
    assert_eq!(app.get(&format!("/{one}/user/{SHARED}")).await["data"]["subscribed"], true);
}
