//! When an account may write to a follower, and what opens the window.

use serde_json::{Value, json};

use crate::{
    conversation::push,
    customer_service::SEND,
    support::{APP, Account, Simulator, errcode, ok},
};

const TYPING: &str = "/cgi-bin/message/custom/typing";

async fn send(account: &Account<'_>, openid: &str) -> i64 {
    let body = json!({"touser": openid, "msgtype": "text", "text": {"content": "x"}});
    errcode(&account.post(SEND, body).await)
}

/// The account after its clock was moved: its token may have expired.
async fn later<'a>(simulator: &'a Simulator, seconds: i64) -> Account<'a> {
    simulator.move_clock(seconds).await;
    simulator.account(APP, 0).await
}

async fn event(account: &Account<'_>, openid: &str, members: Value) {
    let mut body = json!({"openid": openid, "type": "event"});
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    push(account, body).await;
}

#[tokio::test]
async fn what_somebody_does_opens_a_window_of_its_length() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = account.openids(1).await.remove(0);
    assert_eq!(send(&account, &openid).await, 45015, "nothing was done yet");
    let (mut at, two_days) = (0, 48 * 3600);
    for (members, messages, seconds) in [
        (json!({"type": "text", "content": "x"}), 5, two_days),
        (json!({"type": "image"}), 5, two_days),
        (json!({"type": "event", "event": "CLICK", "event_key": "K"}), 3, 60),
        (json!({"type": "event", "event": "scancode_push", "event_key": "K"}), 3, 60),
        (json!({"type": "event", "event": "scancode_waitmsg", "event_key": "K"}), 3, 60),
        (json!({"type": "event", "event": "SCAN", "event_key": "7"}), 3, 60),
        (json!({"type": "event", "event": "subscribe"}), 3, 60),
        (json!({"type": "event", "event": "subscribe", "event_key": "qrscene_7"}), 3, 60),
        (json!({"type": "event", "event": "VIEW", "event_key": "http://u"}), 0, 0),
        (json!({"type": "event", "event": "pic_weixin", "event_key": "P"}), 0, 0),
        (json!({"type": "event", "event": "location_select", "event_key": "P"}), 0, 0),
        (json!({"type": "event", "event": "view_miniprogram", "event_key": "p"}), 0, 0),
        (json!({"type": "event", "event": "LOCATION", "latitude": 1, "longitude": 2}), 0, 0),
    ] {
        at += 1_000_000;
        let account = later(&simulator, at).await;
        let mut body = members.clone();
        body["openid"] = json!(openid);
        push(&account, body.clone()).await;
        for _ in 0..messages {
            assert_eq!(send(&account, &openid).await, 0, "{members}");
        }
        assert_eq!(send(&account, &openid).await, if messages > 0 { 45047 } else { 45015 }, "{members}");
        push(&account, body).await;
        let account = later(&simulator, at + seconds - 10).await;
        assert_eq!(send(&account, &openid).await, if messages > 0 { 0 } else { 45015 }, "{members}: it begins anew");
        let account = later(&simulator, at + seconds + 10).await;
        assert_eq!(send(&account, &openid).await, 45015, "{members}: it is over");
    }
}

#[tokio::test]
async fn windows_add_up_and_belong_to_one_follower() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 2).await;
    let openids = account.openids(2).await;
    push(&account, json!({"openid": openids[0], "type": "text", "content": "x"})).await;
    event(&account, &openids[0], json!({"event": "CLICK", "event_key": "K"})).await;
    for _ in 0..8 {
        assert_eq!(send(&account, &openids[0]).await, 0);
    }
    assert_eq!(send(&account, &openids[0]).await, 45047);
    assert_eq!(send(&account, &openids[1]).await, 45015);
}

#[tokio::test]
async fn nobody_is_written_to_who_left_or_is_on_the_blacklist() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 2).await;
    let openids = account.openids(2).await;
    for openid in &openids {
        push(&account, json!({"openid": openid, "type": "text", "content": "x"})).await;
    }
    event(&account, &openids[0], json!({"event": "unsubscribe"})).await;
    assert_eq!(send(&account, &openids[0]).await, 45015);
    event(&account, &openids[0], json!({"event": "subscribe"})).await;
    for _ in 0..3 {
        assert_eq!(send(&account, &openids[0]).await, 0);
    }
    assert_eq!(send(&account, &openids[0]).await, 45047, "the window of the message went with the follower");

    account.post("/cgi-bin/tags/members/batchblacklist", json!({"openid_list": [openids[1]]})).await;
    assert_eq!(send(&account, &openids[1]).await, 43019);
    account.post("/cgi-bin/tags/members/batchunblacklist", json!({"openid_list": [openids[1]]})).await;
    assert_eq!(send(&account, &openids[1]).await, 0);
    let newcomer = "oAbcDefGhIjKlMnOpQrStUvWxYz1";
    push(&account, json!({"openid": newcomer, "type": "text", "content": "x"})).await;
    assert_eq!(send(&account, newcomer).await, 40003, "writing alone makes nobody a follower");
}

#[tokio::test]
async fn the_figures_can_be_set() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = account.openids(1).await.remove(0);
    let state = account.control("GET", "/state", Value::Null).await;
    let short = json!({"messages": 3, "seconds": 60});
    let expected =
        json!({"message": {"messages": 5, "seconds": 172_800}, "click": short, "subscribe": short, "scan": short});
    assert_eq!(state["windows"], expected);
    let figures = json!({"click": {"messages": 1, "seconds": 172_800}});
    account.control("PUT", "/profile", json!({ "windows": figures })).await;
    event(&account, &openid, json!({"event": "CLICK", "event_key": "K"})).await;
    let account = later(&simulator, 100_000).await;
    assert_eq!((send(&account, &openid).await, send(&account, &openid).await), (0, 45047));
    for windows in [json!({"tap": {"messages": 1, "seconds": 1}}), json!({"click": {"messages": 1}}), json!(20)] {
        let (status, answer) =
            simulator.try_control("PUT", &format!("/{APP}/profile"), json!({ "windows": windows })).await;
        assert_eq!((status, &answer["field"]), (400, &json!("windows")));
    }
}

#[tokio::test]
async fn typing_needs_a_message_of_the_last_30_seconds() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = account.openids(1).await.remove(0);
    let typing = async |account: &Account<'_>, command: &str| {
        account.post(TYPING, json!({"touser": openid, "command": command})).await
    };
    assert_eq!(errcode(&typing(&account, "Typing").await), 45080);
    event(&account, &openid, json!({"event": "CLICK", "event_key": "K"})).await;
    assert_eq!(errcode(&typing(&account, "Typing").await), 45080, "a click is no message");
    push(&account, json!({"openid": openid, "type": "text", "content": "x"})).await;
    assert_eq!(errcode(&typing(&account, "Sleeping").await), 45072);
    assert_eq!(errcode(&account.post(TYPING, json!({"touser": "oUnknown", "command": "Typing"})).await), 40003);
    assert_eq!(typing(&account, "Typing").await, ok());
    assert_eq!(errcode(&typing(&account, "Typing").await), 45081);
    assert_eq!(typing(&account, "CancelTyping").await, ok());
    assert_eq!(typing(&account, "Typing").await, ok());
    assert_eq!(send(&account, &openid).await, 0);
    assert_eq!(typing(&account, "Typing").await, ok(), "the message ended it");
    let account = later(&simulator, 16).await;
    assert_eq!(typing(&account, "Typing").await, ok(), "it ended by itself");
    let account = later(&simulator, 40).await;
    assert_eq!(errcode(&typing(&account, "Typing").await), 45080);
    assert_eq!(errcode(&typing(&account, "CancelTyping").await), 45080);
}
