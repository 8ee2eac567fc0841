//! The end of a mass send: its state, and the event that tells it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    mass_calls::{
        SENDALL, accepted, at_once, by_hand, connected, event_of, eventually, result, sends, status, to_all, totals,
    },
    receiver::{Answer, element},
    support::{APP, Simulator, errcode},
};

#[tokio::test]
async fn a_send_succeeds_by_itself_and_the_webhook_hears_of_it() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 5).await;
    let openids = account.openids(5).await;
    account.control("PUT", &format!("/followers/{}", openids[2]), json!({"blacklisted": true})).await;
    let msg_id = accepted(&account, SENDALL, to_all("a")).await;
    let event = event_of(&receiver, msg_id).await;
    assert_eq!(result(&event), ("send success".to_owned(), [5, 4, 4, 0]));
    assert_eq!(element(&event.body, "Event").unwrap(), "MASSSENDJOBFINISH");
    let sender = element(&event.body, "FromUserName").unwrap();
    assert!(sender.starts_with('o') && sender.len() == 28 && !openids.contains(&sender), "{sender}");
    assert_eq!(event.query["openid"], sender);
    assert!(!event.body.contains("CopyrightCheckResult") && !event.body.contains("ArticleUrlResult"));
    assert_eq!(status(&account, msg_id).await, "SEND_SUCCESS");
    let send = &sends(&account).await[0];
    assert_eq!((&send["state"], &send["status"]), (&json!("succeeded"), &json!("send success")));
    assert!(send["finished_at"].is_i64());
}

#[tokio::test]
async fn the_result_of_articles_tells_their_judgement_and_addresses() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 2).await;
    let news = json!({"media_id": account.draft(2).await});
    let body = json!({"filter": {"is_to_all": true}, "msgtype": "mpnews", "mpnews": news});
    let msg_id = accepted(&account, SENDALL, body).await;
    let event = event_of(&receiver, msg_id).await;
    let copyright = element(&event.body, "CopyrightCheckResult").unwrap();
    assert_eq!(
        (element(&copyright, "Count").unwrap(), element(&copyright, "CheckState").unwrap()),
        ("2".into(), "1".into())
    );
    let addresses = element(&event.body, "ArticleUrlResult").unwrap();
    assert_eq!(addresses.matches("<item><ArticleIdx>").count(), 2);
    let url = element(&addresses, "ArticleUrl").unwrap();
    assert!(url.starts_with("http://mp.weixin.qq.com/s?__biz=") && url.ends_with("&idx=1"), "{url}");
}

#[tokio::test]
async fn a_send_ends_with_the_word_that_is_set() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 3).await;
    for (word, expected, sent) in
        [("send fail", "SEND_FAIL", 0), ("err(20001)", "SEND_FAIL", 0), ("sendsuccess", "SEND_SUCCESS", 3)]
    {
        account.control("PUT", "/profile", json!({"mass_status": word})).await;
        let msg_id = accepted(&account, SENDALL, to_all(word)).await;
        assert_eq!(result(&event_of(&receiver, msg_id).await), (word.to_owned(), [3, 3, sent, 3 - sent]));
        assert_eq!(status(&account, msg_id).await, expected, "{word}");
    }
    assert_eq!(totals(&account).await["received"], 3, "what fails reaches nobody");
}

#[tokio::test]
async fn a_quiet_send_ends_without_an_event() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 3).await;
    account.control("PUT", "/profile", json!({"mass_finish": "quiet"})).await;
    let quiet = accepted(&account, SENDALL, to_all("quiet")).await;
    let ended = || async { Some(status(&account, quiet).await).filter(|status| status == "SEND_SUCCESS") };
    eventually(ended).await;
    account.control("PUT", "/profile", json!({"mass_finish": "auto"})).await;
    let loud = accepted(&account, SENDALL, to_all("loud")).await;
    event_of(&receiver, loud).await;
    assert_eq!(receiver.deliveries().len(), 1);
}

#[tokio::test]
async fn a_send_is_ended_by_hand_with_any_word_and_numbers_as_often_as_wanted() {
    let simulator = by_hand().await;
    let (account, receiver) = connected(&simulator, 4).await;
    let msg_id = accepted(&account, SENDALL, to_all("a")).await;
    assert_eq!((status(&account, msg_id).await, receiver.deliveries().len()), (json!("SENDING"), 0));
    let finish = async |body: Value| account.control("POST", &format!("/mass/{msg_id}/finish"), body).await;

    let answer = finish(json!({})).await;
    assert_eq!(
        (&answer["status"], &answer["body"], &answer["msg_id"]),
        (&json!(200), &json!("success"), &json!(msg_id))
    );
    assert_eq!((&answer["verdict"], answer["deliveries"].as_array().unwrap().len()), (&json!("success"), 1));
    assert_eq!(result(&receiver.last()), ("send success".to_owned(), [4, 4, 4, 0]));

    receiver.answers_with(Answer { status: 500, body: "no".to_owned(), delay: Duration::ZERO });
    let answer = finish(json!({"status": "err(10001)", "sent_count": 1, "error_count": 3})).await;
    assert_eq!((&answer["status"], &answer["verdict"]), (&json!(500), &json!("fault")));
    assert_eq!(result(&receiver.last()), ("err(10001)".to_owned(), [4, 4, 1, 3]));
    assert_eq!(status(&account, msg_id).await, "SEND_FAIL");

    finish(json!({"status": "send success", "total_count": 10, "filter_count": 9, "sent_count": 8})).await;
    assert_eq!(result(&receiver.last()), ("send success".to_owned(), [10, 9, 8, 3]));
    assert_eq!(status(&account, msg_id).await, "SEND_SUCCESS");
    assert_eq!(totals(&account).await["received"], 4, "the end changes nothing about what was received");
}

#[tokio::test]
async fn an_ending_without_webhook_or_send_says_so() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 2).await;
    let msg_id = accepted(&account, SENDALL, to_all("a")).await;
    let answer = account.control("POST", &format!("/mass/{msg_id}/finish"), Value::Null).await;
    assert_eq!((&answer["status"], &answer["reason"]), (&Value::Null, &json!("no webhook is set")));
    assert_eq!(status(&account, msg_id).await, "SEND_SUCCESS");
    for (path, body, expected) in [
        ("/mass/7/finish".to_owned(), json!({}), (404, "msg_id")),
        ("/mass/x/finish".to_owned(), json!({}), (404, "msg_id")),
        (format!("/mass/{msg_id}/finish"), json!({"total": 1}), (400, "total")),
        (format!("/mass/{msg_id}/finish"), json!({"sent_count": -1}), (400, "sent_count")),
        (format!("/mass/{msg_id}/confirm"), json!({"accept": true}), (400, "msg_id")),
        (format!("/mass/{msg_id}/confirm"), json!({}), (400, "accept")),
        ("/profile".to_owned(), json!({"mass_finish": "late"}), (400, "mass_finish")),
        ("/profile".to_owned(), json!({"mass_confirmation": true}), (400, "mass_confirmation")),
        ("/profile".to_owned(), json!({"mass_quota": -1}), (400, "mass_quota")),
    ] {
        let method = if path == "/profile" { "PUT" } else { "POST" };
        let (status, answer) = simulator.try_control(method, &format!("/{APP}{path}"), body).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), expected, "{path}");
    }
}

#[tokio::test]
async fn an_early_event_comes_before_the_answer() {
    let simulator = Simulator::start().await;
    let (account, receiver) = connected(&simulator, 3).await;
    account.control("PUT", "/profile", json!({"mass_early_event": true})).await;
    receiver.answers_with(Answer { status: 200, body: "success".to_owned(), delay: Duration::from_secs(2) });
    let mut sending = std::pin::pin!(account.post(SENDALL, to_all("early")));
    let event = tokio::select! {
        answer = &mut sending => panic!("answered before the event: {answer}"),
        event = eventually(|| async { receiver.deliveries().pop() }) => event,
    };
    assert_eq!(errcode(&account.post(SENDALL, to_all("early")).await), 45065);
    let answer = sending.await;
    assert_eq!((errcode(&answer), element(&event.body, "MsgID")), (0, Some(answer["msg_id"].to_string())));
    assert_eq!(status(&account, answer["msg_id"].as_i64().unwrap()).await, "SEND_SUCCESS");
    assert_eq!(receiver.deliveries().len(), 1);

    receiver.answers("success");
    let fault = json!({"path": SENDALL, "drop": true, "executes": true});
    simulator.control("POST", "/faults", fault).await;
    let url = format!("{}{SENDALL}?access_token={}", simulator.base, account.token);
    assert!(simulator.http.post(url).body(to_all("lost").to_string()).send().await.is_err());
    assert_eq!(receiver.deliveries().len(), 2, "also when the answer is lost");
}

#[tokio::test]
async fn an_event_that_is_not_answered_is_delivered_again() {
    let simulator = at_once().await;
    let (account, receiver) = connected(&simulator, 1).await;
    receiver.answers_with(Answer { status: 200, body: "success".to_owned(), delay: Duration::from_secs(60) });
    accepted(&account, SENDALL, to_all("a")).await;
    let deliveries = eventually(|| async { Some(receiver.deliveries()).filter(|all| all.len() == 3) }).await;
    assert_eq!(deliveries[0].body, deliveries[2].body);
}
