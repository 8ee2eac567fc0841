//! `clientmsgid`: what makes a mass send go once.

use serde_json::{Value, json};

use crate::{
    mass_calls::{SEND, SENDALL, accepted, by_hand, sends, to_all, to_list, totals},
    support::{APP, Account, OTHER_APP, errcode},
};

/// The refusal of a repeated call names the first one's send.
async fn repeated(account: &Account<'_>, path: &str, body: Value, msg_id: i64) {
    let answer = account.post(path, body).await;
    assert_eq!((errcode(&answer), &answer["msg_id"]), (45065, &json!(msg_id)), "{answer}");
    assert!(answer["errmsg"].as_str().unwrap().starts_with("clientmsgid exist rid: "), "{answer}");
}

#[tokio::test]
async fn a_repeated_call_sends_nothing_and_names_the_first() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    let openids = account.openids(3).await;
    let msg_id = accepted(&account, SEND, to_list(&openids, "one")).await;
    repeated(&account, SEND, to_list(&openids, "one"), msg_id).await;
    repeated(&account, SEND, to_list(&openids[..2], "one"), msg_id).await;
    repeated(&account, SENDALL, to_all("one"), msg_id).await;
    let bad = json!({"msgtype": "sticker", "clientmsgid": "one"});
    repeated(&account, SEND, bad, msg_id).await;
    let total = totals(&account).await;
    assert_eq!(
        total,
        json!({"sends": 1, "received": 3, "followers": 3, "more_than_once": [], "more_than_once_count": 0})
    );

    let other = simulator.account(OTHER_APP, 3).await;
    accepted(&other, SENDALL, to_all("one")).await;
    accepted(&account, SEND, to_list(&openids[..2], "two")).await;
    let total = totals(&account).await;
    assert_eq!((&total["received"], &total["more_than_once"]), (&json!(5), &json!(openids[..2])));
}

#[tokio::test]
async fn a_repeated_call_is_known_although_its_draft_is_gone() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    let news = json!({"media_id": account.draft(1).await});
    let body = json!({"filter": {"is_to_all": true}, "msgtype": "mpnews", "mpnews": news, "clientmsgid": "news"});
    let msg_id = accepted(&account, SENDALL, body.clone()).await;
    repeated(&account, SENDALL, body, msg_id).await;
}

#[tokio::test]
async fn a_clientmsgid_has_up_to_32_bytes_and_is_remembered_for_24_hours() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    for (clientmsgid, expected) in
        [(json!("x".repeat(33)), 45067), (json!("标".repeat(11)), 45067), (json!(7), 47001), (json!("x".repeat(32)), 0)]
    {
        let mut body = to_all("");
        body["clientmsgid"] = clientmsgid.clone();
        assert_eq!(errcode(&account.post(SENDALL, body).await), expected, "{clientmsgid}");
    }
    let first = accepted(&account, SENDALL, to_all("day")).await;
    simulator.move_clock(86_400 - 60).await;
    let account = simulator.account(APP, 0).await;
    repeated(&account, SENDALL, to_all("day"), first).await;
    simulator.move_clock(86_400).await;
    let account = simulator.account(APP, 0).await;
    let second = accepted(&account, SENDALL, to_all("day")).await;
    assert_ne!(first, second);
    repeated(&account, SENDALL, to_all("day"), second).await;
    assert_eq!(totals(&account).await["more_than_once_count"], 3);
}

#[tokio::test]
async fn without_a_clientmsgid_audience_and_content_make_one() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    let openids = account.openids(3).await;
    let msg_id = accepted(&account, SEND, to_list(&openids, "")).await;
    let mut again = to_list(&openids, "");
    again.as_object_mut().unwrap().shift_remove("clientmsgid");
    again["send_ignore_reprint"] = json!(1);
    repeated(&account, SEND, again.clone(), msg_id).await;
    assert_eq!(sends(&account).await[0]["clientmsgid"].as_str().unwrap().len(), 32);
    accepted(&account, SEND, to_list(&openids[..2], "")).await;
    again["text"]["content"] = json!("再见");
    accepted(&account, SEND, again).await;
}

#[tokio::test]
async fn a_refused_call_leaves_its_clientmsgid_free() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    let mut body = to_all("free");
    body["text"]["content"] = json!("");
    assert_eq!(errcode(&account.post(SENDALL, body).await), 44004);
    accepted(&account, SENDALL, to_all("free")).await;
}

#[tokio::test]
async fn a_call_that_is_still_processed_is_repeated_too_fast() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    account.control("PUT", "/profile", json!({"mass_processing_ms": 60_000})).await;
    let msg_id = accepted(&account, SENDALL, to_all("slow")).await;
    let answer = account.post(SENDALL, to_all("slow")).await;
    assert_eq!(errcode(&answer), 45066, "{answer}");
    assert!(answer.get("msg_id").is_none());
    simulator.move_clock(61).await;
    repeated(&account, SENDALL, to_all("slow"), msg_id).await;
}
