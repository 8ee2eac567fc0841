//! The same message more than once.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    conversation::{OPENID, connect, push, text_reply},
    receiver::{Answer, Receiver, element},
    support::{APP, Simulator},
};

#[tokio::test]
async fn repeated_deliveries_have_one_id_and_one_visible_reply() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let original_id = connect(&account, &receiver, "plain").await;
    receiver.answers(&text_reply(&original_id, "您好"));
    let mut delivered = 0;
    for (members, signatures) in [
        (json!({}), 3),
        (json!({"same_signature": true}), 1),
        (json!({"timestamp": 1_790_000_001, "nonce": "42"}), 1),
        (json!({"concurrent": true}), 3),
    ] {
        let mut body = json!({"openid": OPENID, "type": "text", "content": "x", "deliveries": 3});
        for (name, value) in members.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = push(&account, body).await;
        let deliveries = answer["deliveries"].as_array().unwrap();
        assert_eq!(deliveries.len(), 3);
        let shown: Vec<_> = deliveries.iter().map(|delivery| &delivery["shown"]).collect();
        assert_eq!(shown, [&json!(true), &json!(false), &json!(false)], "one reply, however often");
        assert!(deliveries.iter().all(|delivery| delivery["verdict"] == "reply" && delivery["status"] == 200));
        assert_eq!(answer["reply"], deliveries[0]["reply"]);

        let heard = receiver.deliveries().split_off(delivered);
        delivered += heard.len();
        assert_eq!(heard.len(), 3);
        assert!(heard.iter().all(|other| other.body == heard[0].body), "with the same MsgId and CreateTime");
        assert_eq!(element(&heard[0].body, "MsgId").unwrap(), answer["msg_id"].to_string());
        let queries: HashSet<_> = heard.iter().map(|delivery| delivery.query["signature"].clone()).collect();
        assert_eq!(queries.len(), signatures, "{members}");
    }
    assert_eq!(account.control("GET", "/messages", Value::Null).await.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn concurrent_deliveries_do_not_wait_for_each_other() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    connect(&account, &receiver, "safe").await;
    receiver.answers_with(Answer { status: 200, body: "success".to_owned(), delay: Duration::from_millis(500) });
    let started = Instant::now();
    let event = json!({"openid": OPENID, "type": "event", "event": "CLICK", "event_key": "K", "deliveries": 6, "concurrent": true});
    let answer = push(&account, event).await;
    assert_eq!(answer["deliveries"].as_array().unwrap().len(), 6);
    assert!(started.elapsed() < Duration::from_millis(2500), "one after the other takes 3 seconds");
    assert_eq!(receiver.deliveries().len(), 6);
}

#[tokio::test]
async fn a_push_that_reaches_nobody_has_no_deliveries() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let body = json!({"openid": OPENID, "type": "text", "content": "x", "deliveries": 3});
    let answer = push(&account, body.clone()).await;
    assert_eq!(
        (&answer["deliveries"], &answer["shown"], &answer["message"]),
        (&json!([]), &json!(false), &Value::Null)
    );
    assert!(answer["msg_id"].is_i64());
    let (status, refused) = simulator
        .try_control(
            "POST",
            &format!("/{APP}/push"),
            json!({"openid": OPENID, "type": "text", "content": "x", "deliveries": 101}),
        )
        .await;
    assert_eq!((status, &refused["field"]), (400, &json!("deliveries")));
}

#[tokio::test]
async fn a_reply_to_the_second_try_is_seen() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let original_id = connect(&account, &receiver, "plain").await;
    receiver.answers_with(Answer { status: 200, body: "success".to_owned(), delay: Duration::from_secs(30) });
    let body = json!({"openid": OPENID, "type": "text", "content": "x", "attempts": 3});
    let quicker = async {
        while receiver.deliveries().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        receiver.answers(&text_reply(&original_id, "您好"));
    };
    let (answer, ()) = tokio::join!(push(&account, body), quicker);
    assert_eq!(
        (&answer["attempts"], &answer["shown"], &answer["message"]["content"]),
        (&json!(2), &json!(true), &json!("您好"))
    );
    let heard = receiver.deliveries();
    assert_eq!(heard.len(), 2);
    assert_eq!((&heard[0].body, &heard[0].query), (&heard[1].body, &heard[1].query));
}
