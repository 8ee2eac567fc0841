//! Every kind of failure on demand.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{APP, OTHER_APP, Simulator, errcode};

const USERS: &str = "/cgi-bin/user/get";
const CREATE: &str = "/cgi-bin/tags/create";

async fn plan(simulator: &Simulator, fault: Value) {
    simulator.control("POST", "/faults", fault).await;
}

#[tokio::test]
async fn an_errcode_strikes_so_many_calls_of_its_path() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    plan(&simulator, json!({"path": USERS, "times": 2, "errcode": -1})).await;
    assert_eq!(errcode(&account.get("/cgi-bin/tags/get", &[]).await), 0);
    for expected in [-1, -1, 0] {
        let answer = account.get(USERS, &[]).await;
        assert_eq!(errcode(&answer), expected);
        assert!(expected == 0 || answer["errmsg"].as_str().unwrap().starts_with("system error rid: "));
    }
    plan(&simulator, json!({"path": USERS, "errcode": 40164, "errmsg": "invalid ip 203.0.113.9, not in whitelist"}))
        .await;
    let answer = account.get(USERS, &[]).await;
    assert!(answer["errmsg"].as_str().unwrap().starts_with("invalid ip 203.0.113.9, not in whitelist rid: "));
    assert_eq!(errcode(&account.get(USERS, &[]).await), 0, "once by default");
}

#[tokio::test]
async fn faults_are_first_in_first_out_and_may_let_calls_pass() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    plan(&simulator, json!({"path": USERS, "times": 1, "errcode": 45009, "after": 2})).await;
    plan(&simulator, json!({"path": USERS, "times": 1, "errcode": 45011})).await;
    for expected in [0, 0, 45009, 45011, 0] {
        assert_eq!(errcode(&account.get(USERS, &[]).await), expected);
    }
}

#[tokio::test]
async fn a_status_and_garbage_are_no_json() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let url = format!("{}{USERS}?access_token={}", simulator.base, account.token);
    plan(&simulator, json!({"path": USERS, "times": 1, "status": 502})).await;
    plan(&simulator, json!({"path": USERS, "times": 1, "garbage": true})).await;
    plan(&simulator, json!({"path": USERS, "times": 1, "garbage": true, "status": 500})).await;
    plan(&simulator, json!({"path": USERS, "times": 1, "errcode": -1, "status": 503})).await;
    for (status, json) in [(502, false), (200, false), (500, false), (503, true), (200, true)] {
        let response = simulator.http.get(&url).send().await.unwrap();
        assert_eq!(response.status(), status);
        let body = response.bytes().await.unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&body).is_ok(), json, "{status}");
        assert!(!body.is_empty());
    }
}

#[tokio::test]
async fn a_delay_makes_the_true_answer_late() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    plan(&simulator, json!({"path": USERS, "times": 1, "delay_ms": 150})).await;
    let started = Instant::now();
    assert_eq!(account.get(USERS, &[]).await["total"], 1);
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_drop_closes_the_connection_without_a_byte() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    plan(&simulator, json!({"path": USERS, "times": 2, "drop": true})).await;
    let address = simulator.base.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {USERS}?access_token={} HTTP/1.1\r\nhost: {address}\r\n\r\n", account.token);
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut received = Vec::new();
    // The end of the stream or a reset: both are no answer.
    let read = tokio::time::timeout(Duration::from_secs(5), connection.read_to_end(&mut received)).await;
    assert!(read.is_ok(), "the connection stays open");
    assert_eq!(received, b"");

    let url = format!("{}{USERS}?access_token={}", simulator.base, account.token);
    assert!(simulator.http.get(&url).send().await.is_err());
    assert_eq!(errcode(&account.get(USERS, &[]).await), 0);
    let calls = simulator.control("GET", &format!("/calls?path={USERS}"), Value::Null).await;
    let statuses: Vec<_> = calls.as_array().unwrap().iter().map(|call| call["status"].clone()).collect();
    assert_eq!(statuses, [Value::Null, Value::Null, json!(200)]);
}

#[tokio::test]
async fn a_fault_takes_the_place_of_the_call_unless_it_says_that_it_executes() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let url = format!("{}{CREATE}?access_token={}", simulator.base, account.token);
    let create = async |name: &str| {
        simulator.http.post(&url).body(json!({"tag": {"name": name}}).to_string()).send().await.is_ok()
    };
    plan(&simulator, json!({"path": CREATE, "times": 1, "drop": true})).await;
    plan(&simulator, json!({"path": CREATE, "times": 1, "drop": true, "executes": true})).await;
    assert!(!create("lost").await && !create("done").await);
    let tags = account.get("/cgi-bin/tags/get", &[]).await.to_string();
    assert!(!tags.contains("lost") && tags.contains("done"), "{tags}");
}

#[tokio::test]
async fn a_fault_may_be_for_one_account() {
    let simulator = Simulator::start().await;
    let (one, other) = (simulator.account(APP, 1).await, simulator.account(OTHER_APP, 1).await);
    plan(&simulator, json!({"path": USERS, "times": 1, "errcode": 48004, "app_id": OTHER_APP})).await;
    plan(&simulator, json!({"path": "/cgi-bin/token", "times": 1, "errcode": 50004, "app_id": APP})).await;
    assert_eq!(errcode(&one.get(USERS, &[]).await), 0);
    assert_eq!(errcode(&other.get(USERS, &[]).await), 48004);
    assert_eq!(errcode(&simulator.token(OTHER_APP, "sandbox").await), 0);
    assert_eq!(errcode(&simulator.token(APP, "sandbox").await), 50004);
}

#[tokio::test]
async fn faults_are_listed_and_cleared() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    plan(&simulator, json!({"path": USERS, "times": 3, "errcode": 45009})).await;
    plan(&simulator, json!({"path": CREATE, "times": 1, "drop": true, "delay_ms": 5})).await;
    account.get(USERS, &[]).await;
    let listed = simulator.control("GET", "/faults", Value::Null).await;
    assert_eq!(
        (&listed[0]["path"], &listed[0]["times"], &listed[0]["errcode"]),
        (&json!(USERS), &json!(2), &json!(45009))
    );
    assert_eq!((&listed[1]["drop"], &listed[1]["delay_ms"]), (&json!(true), &json!(5)));
    simulator.control("DELETE", "/faults", Value::Null).await;
    assert_eq!(simulator.control("GET", "/faults", Value::Null).await, json!([]));
    assert_eq!(errcode(&account.get(USERS, &[]).await), 0);
}

#[tokio::test]
async fn a_bad_fault_is_refused_by_name() {
    let simulator = Simulator::start().await;
    for (fault, field) in [
        (json!({"errcode": 1}), "path"),
        (json!({"path": "cgi-bin/user/get", "errcode": 1}), "path"),
        (json!({"path": USERS}), "errcode"),
        (json!({"path": USERS, "times": 0, "errcode": 1}), "times"),
        (json!({"path": USERS, "times": "2", "errcode": 1}), "times"),
        (json!({"path": USERS, "errcode": "x"}), "errcode"),
        (json!({"path": USERS, "errmsg": "x"}), "errmsg"),
        (json!({"path": USERS, "status": 99}), "status"),
        (json!({"path": USERS, "drop": 1}), "drop"),
        (json!({"path": USERS, "drop": true, "errcode": 1}), "drop"),
        (json!({"path": USERS, "garbage": true, "errcode": 1}), "garbage"),
        (json!({"path": USERS, "delay_ms": -1}), "delay_ms"),
        (json!({"path": USERS, "errcode": 1, "count": 2}), "count"),
    ] {
        let (status, answer) = simulator.try_control("POST", "/faults", fault.clone()).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), (400, field), "{fault}");
        assert!(answer["error"].as_str().unwrap().starts_with(field));
    }
    assert_eq!(simulator.control("GET", "/faults", Value::Null).await, json!([]));
}
