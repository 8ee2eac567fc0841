//! The control API itself, and starting and stopping.

use std::time::Duration;

use sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::support::{APP, Simulator};

#[tokio::test]
async fn it_is_ready_as_soon_as_it_is_bound() {
    let simulator = Simulator::start().await;
    let ready = simulator.control("GET", "/ready", Value::Null).await;
    assert_eq!(ready, json!({"ready": true, "finish_after_ms": 500}));
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let config = Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() };
    let first = Sandbox::bind(config).await.unwrap();
    assert_ne!(first.address().port(), 0);
    assert!(Sandbox::bind(Config { listen: first.address(), ..config }).await.is_err());
}

#[tokio::test]
async fn stopping_finishes_the_calls_in_flight() {
    let config = Config { listen: ([127, 0, 0, 1], 0).into(), ..Config::default() };
    let sandbox = Sandbox::bind(config).await.unwrap();
    let base = format!("http://{}", sandbox.address());
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(sandbox.run(async { drop(stopped.await) }));
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let fault = json!({"path": "/cgi-bin/token", "times": 1, "delay_ms": 300});
    http.post(format!("{base}/_control/faults")).json(&fault).send().await.unwrap();
    let url = format!("{base}/cgi-bin/token?grant_type=client_credential&appid={APP}&secret=sandbox");
    let call = tokio::spawn(http.get(url).send());
    // The call is in flight once its fault is used up.
    loop {
        let faults: Value = http.get(format!("{base}/_control/faults")).send().await.unwrap().json().await.unwrap();
        if faults == json!([]) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.send(()).unwrap();
    assert_eq!(call.await.unwrap().unwrap().status(), 200);
    tokio::time::timeout(Duration::from_secs(3), running).await.unwrap().unwrap().unwrap();
    assert!(http.get(format!("{base}/_control/ready")).send().await.is_err());
}

#[tokio::test]
async fn unknown_paths_methods_and_app_ids_are_refused() {
    let simulator = Simulator::start().await;
    for (method, path, status, field) in [
        ("GET", "/unknown", 404, "path"),
        ("GET", "/wx1/unknown", 404, "path"),
        ("GET", "/", 404, "path"),
        ("POST", "/ready", 405, "method"),
        ("GET", "/wx1/followers", 405, "method"),
        ("GET", "/gh_1/state", 404, "app_id"),
        ("GET", "/gh_1/ledger", 404, "app_id"),
        ("POST", "/gh_1/followers", 404, "app_id"),
    ] {
        let (got, answer) = simulator.try_control(method, path, Value::Null).await;
        assert_eq!((got, answer["field"].as_str().unwrap()), (status, field), "{method} {path}");
    }
}

#[tokio::test]
async fn bad_bodies_are_refused_by_the_name_of_the_member() {
    let simulator = Simulator::start().await;
    for (method, path, body, field) in [
        ("POST", "/wx1/followers", json!({}), "count"),
        ("POST", "/wx1/followers", json!({"count": -1}), "count"),
        ("POST", "/wx1/followers", json!({"count": "5"}), "count"),
        ("POST", "/wx1/followers", json!({"count": 100_000_001}), "count"),
        ("POST", "/wx1/followers", json!({"count": 1, "profile": true}), "profile"),
        ("POST", "/wx1/followers", json!({"count": 1, "profiles": 1}), "profiles"),
        ("POST", "/wx1/followers", json!([]), "body"),
        ("PUT", "/clock", json!({}), "offset_seconds"),
        ("PUT", "/clock", json!({"offset_seconds": i64::MAX}), "offset_seconds"),
        ("POST", "/wx1/token", json!({"action": "lose"}), "action"),
        ("PUT", "/wx1/profile", json!({"kind": "test"}), "kind"),
        ("PUT", "/wx1/profile", json!({"verified": "yes"}), "verified"),
        ("PUT", "/wx1/profile", json!({"quotas": {"/x": -1}}), "quotas"),
        ("PUT", "/wx1/profile", json!({"monthly_limit": "x"}), "monthly_limit"),
        ("PUT", "/wx1/profile", json!({"tag_name_unit": "words"}), "tag_name_unit"),
    ] {
        let (status, answer) = simulator.try_control(method, path, body.clone()).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), (400, field), "{path} {body}");
    }
    let request = simulator.http.post(format!("{}/_control/faults", simulator.base)).body("{");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(response.json::<Value>().await.unwrap()["field"], "body");
}

#[tokio::test]
async fn followers_add_up() {
    let simulator = Simulator::start().await;
    let path = format!("/{APP}/followers");
    simulator.control("POST", &path, json!({"count": 3})).await;
    let second = simulator.control("POST", &path, json!({"count": 2})).await;
    assert_eq!((&second["added"], &second["followers"]), (&json!(2), &json!(5)));
    let none = simulator.control("POST", &path, json!({"count": 0})).await;
    assert_eq!((&none["followers"], &none["first_openid"]), (&json!(5), &Value::Null));
}

#[tokio::test]
async fn the_monthly_limit_can_be_switched_and_set() {
    let simulator = Simulator::start().await;
    let path = format!("/{APP}/profile");
    for (set, expected) in [(json!(true), json!(4)), (json!(9), json!(9)), (json!(false), Value::Null)] {
        let state = simulator.control("PUT", &path, json!({ "monthly_limit": set })).await;
        assert_eq!(state["monthly_limit"], expected);
    }
}

#[tokio::test]
async fn the_clock_moves_and_a_reset_puts_it_right() {
    let simulator = Simulator::start().await;
    let before = simulator.control("GET", "/clock", Value::Null).await["now"].as_i64().unwrap();
    let moved = simulator.control("PUT", "/clock", json!({"offset_seconds": 3600})).await;
    assert!((3600..3700).contains(&(moved["now"].as_i64().unwrap() - before)));
    simulator.control("POST", "/reset", Value::Null).await;
    assert_eq!(simulator.control("GET", "/clock", Value::Null).await["offset_seconds"], 0);
}
