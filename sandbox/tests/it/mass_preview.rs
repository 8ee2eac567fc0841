//! Previews of mass sends.

use serde_json::{Value, json};

use crate::{
    mass_calls::{GET, PREVIEW, SENDALL, accepted, by_hand, to_all, totals},
    support::{APP, OTHER_APP, errcode, file},
};

#[tokio::test]
async fn a_preview_reaches_one_person_and_consumes_nothing() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    let openids = account.openids(3).await;
    let draft = account.draft(1).await;
    account.control("PUT", &format!("/followers/{}", openids[1]), json!({"wxname": "xiaoming_1"})).await;
    let news = json!({"msgtype": "mpnews", "mpnews": {"media_id": draft}});
    let to = |receiver: Value| {
        let mut body = news.clone();
        body.as_object_mut().unwrap().extend(receiver.as_object().unwrap().clone());
        body
    };
    let first = account.post(PREVIEW, to(json!({"touser": openids[0]}))).await;
    assert_eq!((&first["errcode"], &first["errmsg"]), (&json!(0), &json!("preview success")));
    let second = account.post(PREVIEW, to(json!({"touser": openids[0], "towxname": "xiaoming_1"}))).await;
    assert_eq!(errcode(&second), 0, "{second}");
    assert_eq!(errcode(&account.post(GET, json!({"msg_id": first["msg_id"]})).await), 40059);

    let line = |openid: &str, msg_id: &Value| json!({"openid": openid, "kind": "preview", "msg_id": msg_id, "clientmsgid": null, "type": "mpnews", "count": 1});
    let ledger = account.control("GET", "/ledger", Value::Null).await;
    assert_eq!(
        ledger,
        json!([line(&openids[0], &first["msg_id"]), line(&openids[1], &second["msg_id"])]),
        "the name wins"
    );
    assert_eq!(account.control("GET", "/state", Value::Null).await["drafts"], 1);
    let message = &account.control("GET", "/messages", Value::Null).await[0];
    assert_eq!((&message["kind"], &message["content"]["media_id"]), (&json!("preview"), &json!(draft)));

    accepted(&account, SENDALL, to_all("a")).await;
    let total = totals(&account).await;
    assert_eq!(
        total,
        json!({"sends": 3, "received": 5, "followers": 3, "more_than_once": openids[..2], "more_than_once_count": 2})
    );
    let news = account.control("GET", "/ledger/mass?type=mpnews", Value::Null).await;
    assert_eq!((&news["sends"], &news["received"], &news["more_than_once_count"]), (&json!(2), &json!(2), &json!(0)));
    let (status, answer) = simulator.try_control("GET", &format!("/{APP}/ledger/mass?kind=1"), Value::Null).await;
    assert_eq!((status, &answer["field"]), (400, &json!("kind")));
}

#[tokio::test]
async fn a_preview_is_refused_by_receiver_and_message() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    let openids = account.openids(3).await;
    let other = simulator.account(OTHER_APP, 1).await;
    let foreign = other.openids(1).await.remove(0);
    account.control("PUT", &format!("/followers/{}", openids[1]), json!({"subscribe": false})).await;
    account.control("PUT", &format!("/followers/{}", openids[2]), json!({"blacklisted": true})).await;
    let voice = account.material("voice", "a.amr", file("amr", 100)).await;
    let text = json!({"content": "x"});
    for (receiver, kind, content, expected) in [
        (json!({"touser": openids[0]}), "text", text.clone(), 0),
        (json!({"touser": openids[0]}), "voice", json!({"media_id": voice}), 0),
        (json!({}), "text", text.clone(), 40003),
        (json!({"touser": [openids[0]]}), "text", text.clone(), 40003),
        (json!({"touser": foreign}), "text", text.clone(), 40003),
        (json!({"touser": openids[1]}), "text", text.clone(), 43004),
        (json!({"touser": openids[2]}), "text", text.clone(), 43019),
        (json!({"towxname": "nobody_here"}), "text", text.clone(), 40132),
        (json!({"touser": openids[0]}), "mpnews", json!({"media_id": "x"}), 40007),
        (json!({"touser": openids[0]}), "text", json!({}), 44004),
        (json!({"touser": openids[0]}), "video", json!({"media_id": voice}), 40008),
    ] {
        let mut body = json!({"msgtype": kind, kind: content});
        body.as_object_mut().unwrap().extend(receiver.as_object().unwrap().clone());
        assert_eq!(errcode(&account.post(PREVIEW, body.clone()).await), expected, "{body}");
    }
    assert_eq!(totals(&account).await["received"], 2);
}

#[tokio::test]
async fn only_previews_by_name_are_limited_to_100_a_day() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 1).await;
    let openid = account.openids(1).await.remove(0);
    let body = |receiver: &str, who: &str| json!({receiver: who, "msgtype": "text", "text": {"content": "x"}});
    for call in 0..100 {
        assert_eq!(errcode(&account.post(PREVIEW, body("touser", &openid)).await), 0, "{call}");
        assert_eq!(errcode(&account.post(PREVIEW, body("towxname", "nobody_here")).await), 40132, "{call}");
    }
    assert_eq!(errcode(&account.post(PREVIEW, body("towxname", "nobody_here")).await), 45009);
    assert_eq!(errcode(&account.post(PREVIEW, body("touser", &openid)).await), 0);
}
