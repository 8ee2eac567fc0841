//! Mass sends that the administrator has to confirm.

use serde_json::{Value, json};

use crate::{
    mass_calls::{SENDALL, accepted, at_once, connected, event_of, eventually, result, sends, status, to_all, totals},
    support::{Account, errcode},
};

async fn decide(account: &Account<'_>, msg_id: i64, accept: bool) -> Value {
    account.control("POST", &format!("/mass/{msg_id}/confirm"), json!({ "accept": accept })).await
}

async fn require(account: &Account<'_>, confirmation: &str) {
    account.control("PUT", "/profile", json!({ "mass_confirmation": confirmation })).await;
}

#[tokio::test]
async fn a_silent_confirmation_shows_only_in_what_arrives() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 3).await;
    require(&account, "silent").await;
    let msg_id = accepted(&account, SENDALL, to_all("a")).await;
    assert_eq!((status(&account, msg_id).await, &totals(&account).await["received"]), (json!("SENDING"), &json!(0)));
    assert_eq!(sends(&account).await[0]["state"], "waiting");
    assert_eq!(errcode(&account.post(SENDALL, to_all("a")).await), 45065);

    let decided = decide(&account, msg_id, true).await;
    assert_eq!((&decided["received"], &decided["push"]), (&json!(3), &Value::Null));
    assert_eq!(result(&event_of(&receiver, msg_id).await), ("send success".to_owned(), [3, 3, 3, 0]));
    assert_eq!(totals(&account).await["received"], 3);
    let path = format!("/{}/mass/{msg_id}/confirm", account.app_id);
    let (status, answer) = simulator.try_control("POST", &path, json!({"accept": true})).await;
    assert_eq!((status, &answer["field"]), (400, &json!("msg_id")), "it is decided once");
}

#[tokio::test]
async fn an_announced_confirmation_is_an_error_until_it_is_given() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 3).await;
    require(&account, "announced").await;
    let answer = account.post(SENDALL, to_all("a")).await;
    assert_eq!(errcode(&answer), 89505);
    assert!(answer.get("msg_id").is_none(), "{answer}");
    for _ in 0..2 {
        assert_eq!(errcode(&account.post(SENDALL, to_all("a")).await), 89504);
    }
    let listed = sends(&account).await;
    assert_eq!((listed.len(), &listed[0]["clientmsgid"]), (1, &json!("a")));
    let msg_id = listed[0]["msg_id"].as_i64().unwrap();
    let (unfinished, refused) =
        simulator.try_control("POST", &format!("/{}/mass/{msg_id}/finish", account.app_id), json!({})).await;
    assert_eq!((unfinished, &refused["field"]), (400, &json!("msg_id")), "nothing was sent that could end");

    decide(&account, msg_id, true).await;
    event_of(&receiver, msg_id).await;
    let again = account.post(SENDALL, to_all("a")).await;
    assert_eq!((errcode(&again), &again["msg_id"]), (45065, &json!(msg_id)));
    assert_eq!(totals(&account).await["received"], 3);
}

#[tokio::test]
async fn a_refusal_is_told_and_nobody_receives() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 3).await;
    for confirmation in ["silent", "announced"] {
        require(&account, confirmation).await;
        account.post(SENDALL, to_all(confirmation)).await;
        let msg_id = sends(&account).await.last().unwrap()["msg_id"].as_i64().unwrap();
        let decided = decide(&account, msg_id, false).await;
        assert_eq!((&decided["push"]["status"], &decided["state"]), (&json!(200), &json!("failed")), "{decided}");
        assert_eq!(result(&receiver.last()), ("err(40001)".to_owned(), [3, 0, 0, 0]));
        assert_eq!(status(&account, msg_id).await, "SEND_FAIL");
        let again = account.post(SENDALL, to_all(confirmation)).await;
        assert_eq!((errcode(&again), &again["msg_id"]), (45065, &json!(msg_id)));
    }
    assert_eq!(totals(&account).await["received"], 0);
    assert_eq!(receiver.deliveries().len(), 2);
}

#[tokio::test]
async fn thirty_minutes_of_silence_are_a_refusal() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 3).await;
    require(&account, "silent").await;
    let msg_id = accepted(&account, SENDALL, to_all("a")).await;
    simulator.move_clock(1700).await;
    assert_eq!(status(&account, msg_id).await, "SENDING");
    simulator.move_clock(1801).await;
    assert_eq!(result(&event_of(&receiver, msg_id).await), ("err(40002)".to_owned(), [3, 0, 0, 0]));
    assert_eq!(status(&account, msg_id).await, "SEND_FAIL");
    let path = format!("/{}/mass/{msg_id}/confirm", account.app_id);
    assert_eq!(simulator.try_control("POST", &path, json!({"accept": true})).await.0, 400, "too late");
    assert_eq!(totals(&account).await["received"], 0);

    let msg_id = accepted(&account, SENDALL, to_all("b")).await;
    // From the last seconds on nobody moves the clock any more: whoever asks finds that the time is over.
    simulator.move_clock(1801 + 1798).await;
    eventually(|| async { Some(status(&account, msg_id).await).filter(|status| status == "SEND_FAIL") }).await;
    assert_eq!(result(&event_of(&receiver, msg_id).await).0, "err(40002)");
}

#[tokio::test]
async fn who_leaves_before_the_confirmation_receives_nothing() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 3).await;
    let openids = account.openids(3).await;
    require(&account, "silent").await;
    let msg_id = accepted(&account, SENDALL, to_all("a")).await;
    account.control("PUT", &format!("/followers/{}", openids[1]), json!({"subscribe": false})).await;
    decide(&account, msg_id, true).await;
    assert_eq!(result(&event_of(&receiver, msg_id).await), ("send success".to_owned(), [3, 2, 2, 0]));
    eventually(|| async { Some(status(&account, msg_id).await).filter(|status| status == "SEND_SUCCESS") }).await;
}
