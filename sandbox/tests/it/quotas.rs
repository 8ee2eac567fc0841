//! Daily counters, clearing them, and request ids.

use serde_json::{Value, json};

use crate::support::{APP, Account, OTHER_APP, Simulator, errcode, ok};

const USERS: &str = "/cgi-bin/user/get";
const TAGS: &str = "/cgi-bin/tags/get";
const CLEAR: &str = "/cgi-bin/clear_quota";
const CLEAR_V2: &str = "/cgi-bin/clear_quota/v2";
const GET: &str = "/cgi-bin/openapi/quota/get";
const CLEAR_PATH: &str = "/cgi-bin/openapi/quota/clear";
const RID: &str = "/cgi-bin/openapi/rid/get";

async fn quota(account: &Account<'_>, path: &str) -> Value {
    account.post(GET, json!({ "cgi_path": path })).await["quota"].clone()
}

async fn limit(account: &Account<'_>, calls: u32) {
    account.control("PUT", "/profile", json!({"quotas": {USERS: calls}})).await;
}

#[tokio::test]
async fn the_published_limits_hold() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    for (path, daily) in [
        (USERS, 500),
        ("/cgi-bin/token", 2000),
        ("/cgi-bin/stable_token", 500_000),
        ("/cgi-bin/user/info", 5_000_000),
        ("/cgi-bin/user/info/updateremark", 10_000),
        ("/cgi-bin/tags/create", 1000),
        ("/cgi-bin/tags/members/batchtagging", 100_000),
        ("/cgi-bin/media/upload", 100_000),
        ("/cgi-bin/media/get", 200_000),
        ("/cgi-bin/draft/add", 1000),
        ("/cgi-bin/draft/update", 1000),
        ("/cgi-bin/draft/get", 500),
        ("/cgi-bin/draft/delete", 1000),
        ("/cgi-bin/draft/batchget", 1000),
        ("/cgi-bin/draft/count", 1000),
        ("/cgi-bin/message/mass/sendall", 100),
        ("/cgi-bin/message/mass/send", 100),
        ("/cgi-bin/message/mass/delete", 10),
    ] {
        assert_eq!(quota(&account, path).await["daily_limit"], daily, "{path}");
    }
    for call in 0..500 {
        assert_eq!(errcode(&account.get(USERS, &[]).await), 0, "call {call}");
    }
    assert_eq!(errcode(&account.get(USERS, &[]).await), 45009);
    assert_eq!(quota(&account, USERS).await, json!({"daily_limit": 500, "used": 500, "remain": 0}));
    assert_eq!(errcode(&account.get(TAGS, &[]).await), 0, "every path has a counter of its own");
    let stable = account.post(GET, json!({"cgi_path": "/cgi-bin/stable_token"})).await;
    assert_eq!(stable["rate_limit"], json!({"call_count": 10_000, "refresh_second": 60}));
    assert_eq!((&stable["errcode"], &stable["errmsg"]), (&json!(0), &json!("ok")));
}

#[tokio::test]
async fn a_new_day_and_switching_off_lift_the_limit() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    limit(&account, 1).await;
    assert_eq!(errcode(&account.get(USERS, &[]).await), 0);
    assert_eq!(errcode(&account.get(USERS, &[]).await), 45009);
    account.control("PUT", "/profile", json!({"quotas": false})).await;
    assert_eq!(errcode(&account.get(USERS, &[]).await), 0);
    account.control("PUT", "/profile", json!({"quotas": true})).await;
    assert_eq!(errcode(&account.get(USERS, &[]).await), 45009);
    simulator.move_clock(86_400).await;
    let tomorrow = simulator.account(APP, 0).await;
    assert_eq!(errcode(&tomorrow.get(USERS, &[]).await), 0);
}

#[tokio::test]
async fn refused_calls_do_not_count_and_wrong_parameters_do() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    account.post(USERS, json!({})).await;
    account.control("PUT", "/profile", json!({"verified": false})).await;
    account.get(USERS, &[]).await;
    account.control("PUT", "/profile", json!({"verified": true})).await;
    assert_eq!(quota(&account, USERS).await["used"], 0);
    assert_eq!(errcode(&account.get(USERS, &[("next_openid", "oUnknown")]).await), 40003);
    assert_eq!(quota(&account, USERS).await["used"], 1);
}

#[tokio::test]
async fn the_counters_can_be_cleared_10_times_a_month_either_way() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    limit(&account, 1).await;
    let secret = json!({"appid": APP, "appsecret": "sandbox"});
    for turn in 0..10 {
        assert_eq!(errcode(&account.get(USERS, &[]).await), 0, "turn {turn}");
        assert_eq!(errcode(&account.get(USERS, &[]).await), 45009, "turn {turn}");
        let cleared = match turn % 3 {
            0 => account.post(CLEAR, json!({"appid": APP})).await,
            1 => simulator.post_without_token(CLEAR_V2, secret.clone()).await,
            _ => {
                let url = format!("{}{CLEAR_V2}?appid={APP}&appsecret=sandbox", simulator.base);
                simulator.http.post(url).send().await.unwrap().json().await.unwrap()
            }
        };
        assert_eq!(cleared, ok(), "turn {turn}");
    }
    assert_eq!(errcode(&account.post(CLEAR, json!({"appid": APP})).await), 48006);
    assert_eq!(errcode(&simulator.post_without_token(CLEAR_V2, secret).await), 48006);
    for (body, expected) in [(json!({"appid": OTHER_APP}), 40013), (json!({}), 41002)] {
        assert_eq!(errcode(&account.post(CLEAR, body).await), expected);
    }
    for (body, expected) in [
        (json!({"appid": APP, "appsecret": "wrong"}), 40125),
        (json!({"appid": "x", "appsecret": "sandbox"}), 40013),
        (json!({"appid": APP}), 41004),
        (json!({"appsecret": "sandbox"}), 41002),
    ] {
        assert_eq!(errcode(&simulator.post_without_token(CLEAR_V2, body).await), expected);
    }
}

#[tokio::test]
async fn one_path_can_be_cleared() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    account.get(USERS, &[]).await;
    account.get(TAGS, &[]).await;
    assert_eq!(account.post(CLEAR_PATH, json!({"cgi_path": USERS})).await, ok());
    assert_eq!(quota(&account, USERS).await["used"], 0);
    assert_eq!(quota(&account, TAGS).await["used"], 1);
    for path in [GET, CLEAR_PATH] {
        assert_eq!(errcode(&account.post(path, json!({"cgi_path": "/cgi-bin/unknown"})).await), 76021);
        assert_eq!(errcode(&account.post(path, json!({})).await), 76021);
    }
    account.control("PUT", "/profile", json!({"verified": false})).await;
    assert_eq!(errcode(&account.post(GET, json!({"cgi_path": USERS})).await), 76022);
}

#[tokio::test]
async fn a_request_id_leads_to_the_refused_call() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let rid_of = |answer: &Value| answer["errmsg"].as_str().unwrap().split_once(" rid: ").unwrap().1.to_owned();
    let refused = account.post("/cgi-bin/tags/create", json!({"tag": {"name": ""}})).await;
    let found = account.post(RID, json!({"rid": rid_of(&refused)})).await;
    let request = &found["request"];
    assert_eq!(errcode(&found), 0);
    assert_eq!(request["request_body"], r#"{"tag":{"name":""}}"#);
    assert_eq!(request["request_url"], "access_token=***");
    assert_eq!(serde_json::from_str::<Value>(request["response_body"].as_str().unwrap()).unwrap(), refused);
    assert_eq!(request["client_ip"], "127.0.0.1");
    assert!(request["invoke_time"].as_i64().unwrap() > 1_700_000_000 && request["cost_in_ms"].is_u64());

    let other = simulator.account(OTHER_APP, 0).await;
    assert_eq!(errcode(&other.post(RID, json!({"rid": rid_of(&refused)})).await), 76003);
    for (rid, expected) in [("00000000-00000000-00000000", 76001), ("x", 76002), ("", 76002)] {
        assert_eq!(errcode(&account.post(RID, json!({ "rid": rid })).await), expected, "{rid}");
    }
    simulator.move_clock(7 * 86_400 + 5).await;
    let later = simulator.account(APP, 0).await;
    assert_eq!(errcode(&later.post(RID, json!({"rid": rid_of(&refused)})).await), 76004);
}
