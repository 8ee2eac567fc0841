//! How many mass sends there may be: calls, sends a day, messages to one follower a month.

use serde_json::{Value, json};

use crate::{
    mass_calls::{DELETE, SEND, SENDALL, accepted, by_hand, sends, to_all, to_list, totals},
    support::{APP, errcode},
};

const QUOTA: &str = "/cgi-bin/openapi/quota/get";

#[tokio::test]
async fn both_ways_share_60_calls_a_minute_and_100_a_day() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 2).await;
    let openids = account.openids(2).await;
    // In the middle of a day in China and at the beginning of a minute.
    let now = simulator.control("GET", "/clock", Value::Null).await["now"].as_i64().unwrap();
    let noon = 86_400 + 4 * 3600 - now.rem_euclid(86_400);
    simulator.move_clock(noon).await;
    let account = super::support::Account { token: simulator.account(APP, 0).await.token, ..account };
    for call in 0..60 {
        let (path, body) = if call % 2 == 0 { (SENDALL, to_all("same")) } else { (SEND, to_list(&openids, "same")) };
        assert!([0, 45065].contains(&errcode(&account.post(path, body).await)), "{call}");
    }
    assert_eq!(errcode(&account.post(SENDALL, to_all("same")).await), 45011);
    assert_eq!(errcode(&account.post(SEND, to_list(&openids, "same")).await), 45011);
    simulator.move_clock(noon + 120).await;
    for call in 0..40 {
        assert_eq!(errcode(&account.post(SEND, to_list(&openids, "same")).await), 45065, "{call}");
    }
    for path in [SENDALL, SEND] {
        let quota = account.post(QUOTA, json!({ "cgi_path": path })).await;
        assert_eq!(quota["quota"], json!({"daily_limit": 100, "used": 100, "remain": 0}), "{path}");
        assert_eq!(quota["rate_limit"], json!({"call_count": 60, "refresh_second": 60}));
    }
    assert_eq!(errcode(&account.post(SENDALL, to_all("same")).await), 45009);
    account.control("PUT", "/profile", json!({"quotas": {SEND: 101}})).await;
    assert_eq!(errcode(&account.post(SENDALL, to_all("same")).await), 45065, "either path names the shared limit");
    assert_eq!(errcode(&account.post(SENDALL, to_all("same")).await), 45009);
    assert_eq!(sends(&account).await.len(), 1);

    for _ in 0..10 {
        assert_eq!(errcode(&account.post(DELETE, json!({"msg_id": 7})).await), 40059);
    }
    assert_eq!(errcode(&account.post(DELETE, json!({"msg_id": 7})).await), 45009);
}

#[tokio::test]
async fn a_subscription_account_sends_once_a_day() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 2).await;
    account.control("PUT", "/profile", json!({"kind": "subscription"})).await;
    let mut empty = to_all("refused");
    empty["text"]["content"] = json!("");
    assert_eq!(errcode(&account.post(SENDALL, empty).await), 44004);
    let failed = accepted(&account, SENDALL, to_all("failed")).await;
    account.control("POST", &format!("/mass/{failed}/finish"), json!({"status": "err(20001)"})).await;

    accepted(&account, SENDALL, to_all("today")).await;
    let tagged = json!({"filter": {"tag_id": 2}, "msgtype": "text", "text": {"content": "x"}});
    assert_eq!(errcode(&account.post(SENDALL, tagged).await), 45028, "to a tag or to all");
    assert_eq!(errcode(&account.post(SENDALL, to_all("today")).await), 45065, "a repeated call is no second send");
    let draft = account.draft(1).await;
    let news = json!({"filter": {"is_to_all": true}, "msgtype": "mpnews", "mpnews": {"media_id": draft}});
    assert_eq!(errcode(&account.post(SENDALL, news.clone()).await), 45028);

    simulator.move_clock(86_400).await;
    let account = simulator.account(APP, 0).await;
    accepted(&account, SENDALL, news).await;
}

#[tokio::test]
async fn the_sends_of_a_day_can_be_set() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 2).await;
    for name in ["a", "b", "c"] {
        accepted(&account, SENDALL, to_all(name)).await;
    }
    let set = async |quota: Value| account.control("PUT", "/profile", json!({ "mass_quota": quota })).await;
    set(json!(4)).await;
    accepted(&account, SENDALL, to_all("d")).await;
    assert_eq!(errcode(&account.post(SENDALL, to_all("e")).await), 45028);
    assert_eq!(errcode(&account.post(SEND, to_list(&account.openids(2).await, "e")).await), 45028);
    set(json!(0)).await;
    assert_eq!(errcode(&account.post(SENDALL, to_all("e")).await), 45028);
    set(json!(true)).await;
    accepted(&account, SENDALL, to_all("e")).await;
    account.control("PUT", "/profile", json!({"kind": "subscription"})).await;
    assert_eq!(errcode(&account.post(SENDALL, to_all("f")).await), 45028);
    set(json!(false)).await;
    accepted(&account, SENDALL, to_all("f")).await;
}

#[tokio::test]
async fn a_follower_receives_4_a_month_when_the_limit_is_on() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 4).await;
    let openids = account.openids(4).await;
    account.control("PUT", "/profile", json!({"monthly_limit": true})).await;
    accepted(&account, SEND, to_list(&openids[..2], "two")).await;
    for name in ["1", "2", "3", "4"] {
        accepted(&account, SENDALL, to_all(name)).await;
    }
    let received =
        async || -> Vec<_> { sends(&account).await.iter().map(|send| send["received"].as_u64().unwrap()).collect() };
    assert_eq!(received().await, [2, 4, 4, 4, 2], "two of four had four");
    accepted(&account, SENDALL, to_all("5")).await;
    let last = sends(&account).await.pop().unwrap();
    assert_eq!((&last["total_count"], &last["filter_count"], &last["sent_count"]), (&json!(4), &json!(0), &json!(0)));
    assert_eq!(totals(&account).await["received"], 16);

    account.control("PUT", "/profile", json!({"monthly_limit": false})).await;
    accepted(&account, SENDALL, to_all("6")).await;
    account.control("PUT", "/profile", json!({"monthly_limit": true})).await;
    simulator.move_clock(32 * 86_400).await;
    let account = simulator.account(APP, 0).await;
    accepted(&account, SENDALL, to_all("next month")).await;
    assert_eq!(
        sends(&account).await.iter().rev().take(2).map(|send| send["received"].as_u64().unwrap()).sum::<u64>(),
        8
    );
}
