//! Addresses of the platform and the callback check.

use serde_json::json;

use crate::support::{APP, Simulator, errcode};

const CHECK: &str = "/cgi-bin/callback/check";

#[tokio::test]
async fn both_lists_of_addresses_are_given() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    for path in ["/cgi-bin/get_api_domain_ip", "/cgi-bin/getcallbackip"] {
        let answer = account.get(path, &[]).await;
        let list = answer["ip_list"].as_array().unwrap();
        assert!(list.iter().any(|ip| ip == "127.0.0.1"), "{path}");
        assert!(list.iter().any(|ip| ip.as_str().unwrap().contains('/')), "{path}: a network too");
    }
}

#[tokio::test]
async fn the_callback_check_needs_a_webhook_and_valid_words() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let all = json!({"action": "all", "check_operator": "DEFAULT"});
    assert_eq!(errcode(&account.post(CHECK, all.clone()).await), 40201);
    account.control("PUT", "/webhook", json!({"url": "http://127.0.0.1:9/wx", "token": "token1"})).await;
    let answer = account.post(CHECK, all).await;
    assert_eq!((&answer["dns"][0]["ip"], &answer["ping"][0]["package_loss"]), (&json!("127.0.0.1"), &json!("0%")));
    let dns = account.post(CHECK, json!({"action": "dns", "check_operator": "CAP"})).await;
    assert!(dns.get("ping").is_none() && dns["dns"][0]["real_operator"] == "CAP", "{dns}");
    let ping = account.post(CHECK, json!({"action": "ping", "check_operator": "UNICOM"})).await;
    assert!(ping.get("dns").is_none() && ping["ping"][0]["time"].as_str().unwrap().ends_with("ms"), "{ping}");
    for (body, expected) in [
        (json!({"action": "x", "check_operator": "DEFAULT"}), 40202),
        (json!({"check_operator": "DEFAULT"}), 40202),
        (json!({"action": "all", "check_operator": "x"}), 40203),
        (json!({"action": "all"}), 40203),
    ] {
        assert_eq!(errcode(&account.post(CHECK, body).await), expected);
    }
}
