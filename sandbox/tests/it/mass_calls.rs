//! Calls around mass sends, as several files of tests need them.

use std::{future::Future, time::Duration};

use serde_json::{Value, json};

use crate::{
    conversation::connect,
    receiver::{Delivered, Receiver, element},
    support::{APP, Account, Simulator},
};

pub(crate) const SEND: &str = "/cgi-bin/message/mass/send";
pub(crate) const SENDALL: &str = "/cgi-bin/message/mass/sendall";
pub(crate) const PREVIEW: &str = "/cgi-bin/message/mass/preview";
pub(crate) const GET: &str = "/cgi-bin/message/mass/get";
pub(crate) const DELETE: &str = "/cgi-bin/message/mass/delete";

/// A simulator whose sends end when the test says so.
pub(crate) async fn by_hand() -> Simulator {
    let simulator = Simulator::start().await;
    simulator.control("PUT", &format!("/{APP}/profile"), json!({"mass_finish": "manual"})).await;
    simulator
}

/// A simulator whose sends end by themselves at once.
pub(crate) async fn at_once() -> Simulator {
    let finish_after = Duration::from_millis(1);
    Simulator::start_with(sandbox::Config { finish_after, ..sandbox::Config::default() }).await
}

/// An account with a webhook.
pub(crate) async fn connected<'a>(simulator: &'a Simulator, followers: u64) -> (Account<'a>, Receiver) {
    let (account, receiver) = (simulator.account(APP, followers).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    (account, receiver)
}

/// A text to everybody.
pub(crate) fn to_all(clientmsgid: &str) -> Value {
    let text = json!({"content": "你好"});
    json!({"filter": {"is_to_all": true}, "msgtype": "text", "text": text, "clientmsgid": clientmsgid})
}

/// A text to these openids.
pub(crate) fn to_list(openids: &[String], clientmsgid: &str) -> Value {
    json!({"touser": openids, "msgtype": "text", "text": {"content": "你好"}, "clientmsgid": clientmsgid})
}

/// Makes an accepted call and returns its msg_id.
pub(crate) async fn accepted(account: &Account<'_>, path: &str, body: Value) -> i64 {
    let answer = account.post(path, body).await;
    assert_eq!((&answer["errcode"], &answer["errmsg"]), (&json!(0), &json!("send job submission success")), "{answer}");
    answer["msg_id"].as_i64().unwrap()
}

/// The `msg_status` of a send.
pub(crate) async fn status(account: &Account<'_>, msg_id: i64) -> Value {
    let answer = account.post(GET, json!({ "msg_id": msg_id })).await;
    assert_eq!(answer["msg_id"], msg_id, "{answer}");
    answer["msg_status"].clone()
}

/// The sends as the control API lists them.
pub(crate) async fn sends(account: &Account<'_>) -> Vec<Value> {
    account.control("GET", "/mass", Value::Null).await.as_array().unwrap().clone()
}

/// How the ledger counts the mass sends.
pub(crate) async fn totals(account: &Account<'_>) -> Value {
    account.control("GET", "/ledger/mass", Value::Null).await
}

/// Waits until something is there; fails after 20 seconds.
pub(crate) async fn eventually<T, F: Future<Output = Option<T>>>(look: impl Fn() -> F) -> T {
    for _ in 0..2000 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came");
}

/// The result event of a send, as soon as it has come.
pub(crate) async fn event_of(receiver: &Receiver, msg_id: i64) -> Delivered {
    let is_its = |delivered: &Delivered| element(&delivered.body, "MsgID") == Some(msg_id.to_string());
    eventually(|| async { receiver.deliveries().into_iter().find(is_its) }).await
}

/// Status and counters of a result event.
pub(crate) fn result(delivered: &Delivered) -> (String, [u64; 4]) {
    let number = |name: &str| element(&delivered.body, name).unwrap().parse().unwrap();
    let counters = ["TotalCount", "FilterCount", "SentCount", "ErrorCount"].map(number);
    (element(&delivered.body, "Status").unwrap(), counters)
}
