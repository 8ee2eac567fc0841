//! Asking about mass sends, deleting them, and their speed.

use serde_json::{Value, json};

use crate::{
    mass_calls::{DELETE, GET, SENDALL, accepted, by_hand, connected, status, to_all},
    receiver::element,
    support::{APP, OTHER_APP, errcode, ok},
};

#[tokio::test]
async fn the_status_is_told_by_msg_id() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 1).await;
    let msg_id = accepted(&account, SENDALL, to_all("a")).await;
    let expected = json!({"msg_id": msg_id, "msg_status": "SENDING"});
    assert_eq!(account.post(GET, json!({ "msg_id": msg_id })).await, expected);
    assert_eq!(account.post(GET, json!({"msg_id": msg_id.to_string()})).await, expected);
    for body in [json!({"msg_id": 7}), json!({"msg_id": "x"}), json!({})] {
        assert_eq!(errcode(&account.post(GET, body.clone()).await), 40059, "{body}");
    }
    let other = simulator.account(OTHER_APP, 1).await;
    assert_eq!(errcode(&other.post(GET, json!({ "msg_id": msg_id })).await), 40059);
}

#[tokio::test]
async fn the_articles_of_a_send_that_succeeded_can_be_deleted() {
    let simulator = by_hand().await;
    let (account, receiver) = connected(&simulator, 1).await;
    account.control("PUT", "/profile", json!({"quotas": false})).await;
    let text = accepted(&account, SENDALL, to_all("a")).await;
    let finish = async |msg_id: i64, word: &str| {
        account.control("POST", &format!("/mass/{msg_id}/finish"), json!({"status": word})).await
    };
    finish(text, "send success").await;
    let news = async || {
        let draft = account.draft(3).await;
        let body = json!({"filter": {"is_to_all": true}, "msgtype": "mpnews", "mpnews": {"media_id": draft}});
        accepted(&account, SENDALL, body).await
    };
    let delete = async |body: Value| errcode(&account.post(DELETE, body).await);
    assert_eq!(delete(json!({"msg_id": text})).await, 40008);
    assert_eq!(delete(json!({"msg_id": 7})).await, 40059);
    assert_eq!(delete(json!({})).await, 40059);

    let (sending, failed, whole, parts) = (news().await, news().await, news().await, news().await);
    finish(failed, "send fail").await;
    assert_eq!(delete(json!({"msg_id": sending})).await, 40065);
    assert_eq!(delete(json!({"msg_id": failed})).await, 40065);
    finish(whole, "send success").await;
    assert_eq!(account.post(DELETE, json!({ "msg_id": whole })).await, ok());
    assert_eq!(status(&account, whole).await, "DELETE");
    assert_eq!(delete(json!({"msg_id": whole})).await, 40065);

    finish(parts, "send success").await;
    let first = element(&receiver.last().body, "ArticleUrl").unwrap();
    for (body, expected, after) in [
        (json!({"msg_id": parts, "article_idx": 4}), 40060, "SEND_SUCCESS"),
        (json!({"msg_id": parts, "article_idx": -1}), 40060, "SEND_SUCCESS"),
        (json!({"msg_id": parts, "article_idx": 3}), 0, "SEND_SUCCESS"),
        (json!({"url": "http://mp.weixin.qq.com/s?x"}), 40066, "SEND_SUCCESS"),
        (json!({"url": first}), 0, "SEND_SUCCESS"),
        (json!({"msg_id": parts.to_string(), "article_idx": 2}), 0, "DELETE"),
    ] {
        assert_eq!(delete(body.clone()).await, expected, "{body}");
        assert_eq!(status(&account, parts).await, after, "{body}");
    }
}

#[tokio::test]
async fn the_speed_is_one_of_five() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 1).await;
    let (get, set) = ("/cgi-bin/message/mass/speed/get", "/cgi-bin/message/mass/speed/set");
    assert_eq!(account.post(get, json!({})).await, json!({"speed": 0, "realspeed": 80}));
    assert_eq!(account.post(set, json!({"speed": 3})).await, ok());
    for (body, expected) in [(json!({"speed": 5}), 45083), (json!({"speed": -1}), 45083), (json!({}), 45084)] {
        assert_eq!(errcode(&account.post(set, body.clone()).await), expected, "{body}");
    }
    assert_eq!(account.post(get, json!({})).await, json!({"speed": 3, "realspeed": 30}));
}
