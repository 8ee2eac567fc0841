//! Mass sends that are accepted although their answer is late or lost.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    mass_calls::{SEND, SENDALL, accepted, by_hand, eventually, sends, to_all, to_list, totals},
    support::{APP, Account, errcode},
};

/// Sends a text to everybody and gives up after a while; the answer's status and text, if one came.
async fn try_to_send(account: &Account<'_>, clientmsgid: &str, patience: Duration) -> Option<(u16, String)> {
    let url = format!("{}{SENDALL}?access_token={}", account.simulator.base, account.token);
    let request = account.simulator.http.post(url).timeout(patience).body(to_all(clientmsgid).to_string());
    let response = request.send().await.ok()?;
    Some((response.status().as_u16(), String::from_utf8_lossy(&response.bytes().await.ok()?).into_owned()))
}

#[tokio::test]
async fn what_executes_is_accepted_although_its_answer_is_lost() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    for (name, fault, expected) in [
        ("dropped", json!({"drop": true}), None),
        ("garbled", json!({"garbage": true}), Some(200)),
        ("failed", json!({"status": 502}), Some(502)),
        ("busy", json!({"errcode": -1}), Some(200)),
    ] {
        for executes in [false, true] {
            let mut fault = fault.clone();
            fault["path"] = json!(SENDALL);
            fault["executes"] = json!(executes);
            simulator.control("POST", "/faults", fault).await;
            let answer = try_to_send(&account, name, Duration::from_secs(20)).await;
            assert_eq!(answer.as_ref().map(|(status, _)| *status), expected, "{name} {answer:?}");
            assert!(answer.is_none_or(|(_, body)| !body.contains("msg_id")));
            let listed = sends(&account).await;
            let last = listed.last().map(|send| send["clientmsgid"].clone());
            assert_eq!(last == Some(json!(name)), executes, "{name}");
        }
        let again = account.post(SENDALL, to_all(name)).await;
        assert_eq!((errcode(&again), &again["msg_id"]), (45065, &sends(&account).await.last().unwrap()["msg_id"]));
    }
    let total = totals(&account).await;
    assert_eq!((&total["sends"], &total["received"]), (&json!(4), &json!(12)));
}

#[tokio::test]
async fn a_call_whose_answer_is_kept_back_is_in_process_for_that_time() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    simulator.control("POST", "/faults", json!({"path": SENDALL, "delay_ms": 5000, "executes": true})).await;
    let late = account.post(SENDALL, to_all("late"));
    let meanwhile = async {
        let send = eventually(|| async { sends(&account).await.pop() }).await;
        (account.post(SENDALL, to_all("late")).await, send)
    };
    let (first, (second, send)) = tokio::join!(late, meanwhile);
    assert_eq!((errcode(&first), &first["msg_id"]), (0, &send["msg_id"]), "{first}");
    assert_eq!(errcode(&second), 45066);
    let third = account.post(SENDALL, to_all("late")).await;
    assert_eq!((errcode(&third), &third["msg_id"]), (45065, &send["msg_id"]));
    assert_eq!(totals(&account).await["received"], 3);
}

#[tokio::test]
async fn a_client_that_gives_up_has_been_accepted_and_recorded() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    simulator.control("POST", "/faults", json!({"path": SENDALL, "delay_ms": 60_000, "executes": true})).await;
    assert!(try_to_send(&account, "impatient", Duration::from_millis(300)).await.is_none());
    assert_eq!(sends(&account).await.len(), 1);
    let path = format!("/calls?path={SENDALL}");
    let look = || async { simulator.control("GET", &path, Value::Null).await.as_array().unwrap().first().cloned() };
    let call = eventually(look).await;
    assert_eq!((&call["status"], &call["response"]), (&Value::Null, &Value::Null));
    assert!(call["body"].as_str().unwrap().contains("impatient"));
    assert_eq!(errcode(&account.post(SENDALL, to_all("impatient")).await), 45066);
    simulator.move_clock(61).await;
    assert_eq!(errcode(&account.post(SENDALL, to_all("impatient")).await), 45065);
}

#[tokio::test]
async fn long_lists_are_shortened_in_the_record_and_stay_json() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 10_000).await;
    let openids = account.openids(10_000).await;
    for number in 0..30 {
        accepted(&account, SEND, to_list(&openids, &format!("chunk-{number}"))).await;
    }
    let calls = simulator.control("GET", &format!("/calls?path={SEND}"), Value::Null).await;
    let calls = calls.as_array().unwrap();
    assert_eq!(calls.len(), 30);
    for (number, call) in calls.iter().enumerate() {
        let body = call["body"].as_str().unwrap();
        assert!(body.len() < 2000, "{}", body.len());
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["clientmsgid"], format!("chunk-{number}"));
        let touser = body["touser"].as_array().unwrap();
        assert_eq!((touser.len(), &touser[19], &touser[20]), (21, &json!(openids[19]), &json!("… and 9980 more")));
    }
}
