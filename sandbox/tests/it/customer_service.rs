//! Customer-service messages: their types, their refusals, and what arrives.

use serde_json::{Value, json};

use crate::{
    conversation::push,
    support::{APP, Account, OTHER_APP, Simulator, errcode, file, ok},
};

pub(crate) const SEND: &str = "/cgi-bin/message/custom/send";

/// A message of some type to somebody.
fn message(openid: &str, kind: &str, content: &Value) -> Value {
    json!({"touser": openid, "msgtype": kind, kind: content})
}

async fn send(account: &Account<'_>, openid: &str, kind: &str, content: &Value) -> i64 {
    errcode(&account.post(SEND, message(openid, kind, content)).await)
}

/// An account with a follower to whom any number of messages may be sent.
async fn listener(account: &Account<'_>) -> String {
    let openid = account.openids(1).await.remove(0);
    let windows = json!({"message": {"messages": 1000, "seconds": 100_000}});
    account.control("PUT", "/profile", json!({ "windows": windows })).await;
    push(account, json!({"openid": openid, "type": "text", "content": "x"})).await;
    openid
}

#[tokio::test]
async fn every_type_arrives_in_order_and_is_counted() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 2).await;
    let openid = listener(&account).await;
    let temporary = async |kind: &str, name: &str| {
        account.upload("/cgi-bin/media/upload", kind, name, file(&name[2..], 100)).await["media_id"].clone()
    };
    let thumb = temporary("thumb", "a.jpg").await;
    let draft_thumb = account.material("thumb", "a.jpg", file("jpg", 100)).await;
    let article = json!({"title": "十月", "content": "x", "thumb_media_id": draft_thumb});
    let draft = account.post("/cgi-bin/draft/add", json!({"articles": [article]})).await["media_id"].clone();
    let sent = [
        ("text", json!({"content": "<a href=\"https://example.com\">你好</a>"})),
        ("image", json!({"media_id": temporary("image", "a.png").await})),
        ("image", json!({"media_id": account.material("image", "a.png", file("png", 100)).await})),
        ("voice", json!({"media_id": temporary("voice", "a.amr").await})),
        ("video", json!({"media_id": temporary("video", "a.mp4").await, "thumb_media_id": thumb, "title": "片"})),
        ("video", json!({"media_id": temporary("video", "a.mp4").await})),
        ("music", json!({"title": "歌", "musicurl": "http://m", "hqmusicurl": "http://h", "thumb_media_id": thumb})),
        ("news", json!({"articles": [{"title": "T", "description": "D", "url": "http://u", "picurl": "http://p"}]})),
        ("mpnews", json!({"media_id": draft})),
        ("mpnewsarticle", json!({"article_id": account.publish().await})),
        (
            "msgmenu",
            json!({"head_content": "满意吗？", "list": [{"id": "101", "content": "满意"}], "tail_content": "谢"}),
        ),
        (
            "miniprogrampage",
            json!({"title": "页", "appid": "wx286b93c14bbf93aa", "pagepath": "p", "thumb_media_id": thumb}),
        ),
        ("text", json!({"content": "标".repeat(682)})),
    ];
    for (kind, content) in &sent {
        assert_eq!(account.post(SEND, message(&openid, kind, content)).await, ok(), "{kind} {content}");
    }
    let received = account.control("GET", &format!("/messages?openid={openid}"), Value::Null).await;
    let received = received.as_array().unwrap();
    assert_eq!(received.len(), sent.len());
    for ((kind, content), message) in sent.iter().zip(received) {
        assert_eq!((&message["type"], &message["content"]), (&json!(kind), content));
        assert_eq!((&message["kind"], &message["openid"]), (&json!("custom"), &json!(openid)));
        assert!(message["at"].is_i64() && message["kf_account"].is_null(), "{message}");
    }
    let ledger = account.control("GET", "/ledger", Value::Null).await;
    let line = |kind: &str, count: u64| json!({"openid": openid, "kind": "custom", "msg_id": null, "clientmsgid": null, "type": kind, "count": count});
    assert_eq!(ledger.as_array().unwrap()[..2], [line("text", 2), line("image", 2)]);
    assert_eq!(ledger.as_array().unwrap().len(), 10);

    let draft_is_kept = account.post("/cgi-bin/draft/get", json!({"media_id": draft})).await;
    assert!(draft_is_kept["news_item"].is_array(), "{draft_is_kept}");
    assert_eq!(account.control("GET", "/messages?openid=oOther", Value::Null).await, json!([]));
    let (status, answer) = simulator.try_control("GET", &format!("/{APP}/messages?user=1"), Value::Null).await;
    assert_eq!((status, &answer["field"]), (400, &json!("user")));
}

#[tokio::test]
async fn the_agent_is_kept_with_the_message() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = listener(&account).await;
    let mut body = message(&openid, "text", &json!({"content": "x"}));
    body["customservice"] = json!({"kf_account": "kf1@gh"});
    assert_eq!(account.post(SEND, body.clone()).await, ok());
    assert_eq!(account.control("GET", "/messages", Value::Null).await[0]["kf_account"], "kf1@gh");
    body["customservice"] = json!("kf1@gh");
    assert_eq!(errcode(&account.post(SEND, body).await), 47001);
}

#[tokio::test]
async fn a_message_is_refused_by_what_is_wrong_with_it() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = listener(&account).await;
    let image = account.material("image", "a.png", file("png", 100)).await;
    let voice = account.material("voice", "a.amr", file("amr", 100)).await;
    let video = account.material("video", "a.mp4", file("mp4", 100)).await;
    let other = simulator.account(OTHER_APP, 0).await;
    let foreign = other.material("image", "a.png", file("png", 100)).await;
    let item = json!({"title": "T", "description": "D", "url": "http://u", "picurl": "http://p"});
    for (kind, content, expected) in [
        ("sticker", json!({}), 40008),
        ("link", json!({"title": "t"}), 40008),
        ("wxcard", json!({"card_id": "c"}), 48008),
        ("text", json!("x"), 47001),
        ("text", json!({}), 44004),
        ("text", json!({"content": ""}), 44004),
        ("text", json!({"content": "标".repeat(683)}), 45002),
        ("image", json!({}), 41006),
        ("image", json!({"media_id": "unknown"}), 40007),
        ("image", json!({"media_id": foreign}), 40007),
        ("image", json!({"media_id": voice}), 40007),
        ("voice", json!({"media_id": image}), 40007),
        ("video", json!({"media_id": image}), 40007),
        ("video", json!({"media_id": video, "thumb_media_id": voice}), 40007),
        ("music", json!({"hqmusicurl": "h", "thumb_media_id": image}), 41010),
        ("music", json!({"musicurl": "m", "thumb_media_id": image}), 41010),
        ("music", json!({"musicurl": "m", "hqmusicurl": "h"}), 41006),
        ("music", json!({"musicurl": "m", "hqmusicurl": "h", "thumb_media_id": voice}), 40007),
        ("news", json!({"articles": []}), 44003),
        ("news", json!({}), 44003),
        ("news", json!({"articles": [item, item]}), 45008),
        ("news", json!({"articles": ["x"]}), 47001),
        ("news", json!({"articles": [{"title": 1}]}), 47001),
        ("mpnews", json!({}), 41006),
        ("mpnews", json!({"media_id": image}), 40007),
        ("mpnewsarticle", json!({"article_id": "unknown"}), 53600),
        ("mpnewsarticle", json!({}), 53600),
        ("msgmenu", json!({"head_content": "h"}), 45098),
        ("msgmenu", json!({"list": []}), 45098),
        ("msgmenu", json!({"list": [{"id": "1"}]}), 45099),
        ("miniprogrampage", json!({"appid": "x", "pagepath": "p", "thumb_media_id": image}), 40166),
        ("miniprogrampage", json!({"appid": "wx286b93c14bbf93aa", "thumb_media_id": image}), 40165),
        ("miniprogrampage", json!({"appid": "wx286b93c14bbf93aa", "pagepath": "p"}), 41006),
    ] {
        assert_eq!(send(&account, &openid, kind, &content).await, expected, "{kind} {content}");
    }
    for (body, expected) in [
        (json!({"touser": openid}), 40008),
        (json!({"touser": openid, "msgtype": "text"}), 47001),
        (json!({"msgtype": "text", "text": {"content": "x"}}), 40003),
        (json!({"touser": "oUnknown", "msgtype": "text", "text": {"content": "x"}}), 40003),
    ] {
        assert_eq!(errcode(&account.post(SEND, body.clone()).await), expected, "{body}");
    }
    assert_eq!(errcode(&account.post_text(SEND, "touser=x".to_owned()).await), 47001);
    assert_eq!(account.control("GET", "/ledger", Value::Null).await, json!([]), "nothing of this arrived");
}

#[tokio::test]
async fn temporary_media_expire_here_too() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 1).await;
    let openid = account.openids(1).await.remove(0);
    let uploaded = account.upload("/cgi-bin/media/upload", "image", "a.png", file("png", 100)).await;
    let content = json!({"media_id": uploaded["media_id"]});
    simulator.move_clock(3 * 86_400 + 10).await;
    let token = simulator.token(APP, "sandbox").await["access_token"].as_str().unwrap().to_owned();
    let account = Account { simulator: &simulator, app_id: APP, token };
    push(&account, json!({"openid": openid, "type": "text", "content": "x"})).await;
    assert_eq!(send(&account, &openid, "image", &content).await, 40007);
    assert_eq!(send(&account, &openid, "text", &json!({"content": "x"})).await, 0);
}

#[tokio::test]
async fn an_openid_of_another_account_is_refused() {
    let simulator = Simulator::start().await;
    let (account, other) = (simulator.account(APP, 1).await, simulator.account(OTHER_APP, 1).await);
    let openid = listener(&other).await;
    assert_eq!(send(&account, &openid, "text", &json!({"content": "x"})).await, 40003);
    assert_eq!(send(&other, &openid, "text", &json!({"content": "x"})).await, 0);
    let typing = json!({"touser": openid, "command": "Typing"});
    assert_eq!(errcode(&account.post("/cgi-bin/message/custom/typing", typing).await), 40003);
}
