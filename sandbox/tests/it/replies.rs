//! Passive replies: what is in them, whether WeChat has their media, and what the user sees.

use serde_json::{Value, json};

use crate::{
    conversation::{OPENID, connect, push, reply_of, say, text_reply},
    receiver::{Receiver, encrypted_reply},
    support::{APP, OTHER_APP, Simulator, file},
};

#[tokio::test]
async fn a_reply_is_told_by_its_type_and_members() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let original_id = connect(&account, &receiver, "safe").await;
    let image = account.upload("/cgi-bin/media/upload", "image", "a.png", file("png", 100)).await["media_id"].clone();
    let image = image.as_str().unwrap();
    let video = account.material("video", "a.mp4", file("mp4", 100)).await;
    let item = "<item><Title>题</Title><Description>d</Description><PicUrl>p</PicUrl><Url>u</Url></item>";
    let replies = [
        (text_reply(&original_id, "您好 ]"), json!({"type": "text", "content": "您好 ]"})),
        (
            reply_of(&original_id, "image", &format!("<Image><MediaId>{image}</MediaId></Image>")),
            json!({"type": "image", "media_id": image}),
        ),
        (
            reply_of(
                &original_id,
                "video",
                &format!("<Video><MediaId>{video}</MediaId><Title>t</Title><Description>d</Description></Video>"),
            ),
            json!({"type": "video", "media_id": video, "title": "t", "description": "d"}),
        ),
        (
            reply_of(
                &original_id,
                "music",
                &format!(
                    "<Music><Title>t</Title><MusicUrl>m</MusicUrl><HQMusicUrl>h</HQMusicUrl><ThumbMediaId>{image}</ThumbMediaId></Music>"
                ),
            ),
            json!({"type": "music", "title": "t", "music_url": "m", "hq_music_url": "h", "thumb_media_id": image}),
        ),
        (
            reply_of(&original_id, "news", &format!("<ArticleCount>1</ArticleCount><Articles>{item}</Articles>")),
            json!({"type": "news", "articles": [{"title": "题", "description": "d", "pic_url": "p", "url": "u"}]}),
        ),
    ];
    for (reply, expected) in &replies {
        receiver.answers(&encrypted_reply(reply, APP));
        let answer = say(&account, "x").await;
        assert_eq!((&answer["verdict"], &answer["message"]), (&json!("reply"), expected), "{answer}");
        assert_eq!(
            (&answer["shown"], &answer["notice"], &answer["reason"]),
            (&json!(true), &Value::Null, &Value::Null)
        );
    }
    let transfer = "<TransInfo><KfAccount>kf1@gh</KfAccount></TransInfo>";
    receiver.answers(&encrypted_reply(&reply_of(&original_id, "transfer_customer_service", transfer), APP));
    let answer = say(&account, "x").await;
    assert_eq!(answer["message"], json!({"type": "transfer_customer_service", "kf_account": "kf1@gh"}));
    assert_eq!((&answer["verdict"], &answer["shown"]), (&json!("reply"), &json!(false)), "an agent takes over");

    let received = account.control("GET", &format!("/messages?openid={OPENID}"), Value::Null).await;
    let received = received.as_array().unwrap();
    assert_eq!(received.len(), replies.len());
    for ((_, expected), message) in replies.iter().zip(received) {
        assert_eq!((&message["kind"], &message["type"]), (&json!("reply"), &expected["type"]));
        for (name, value) in message["content"].as_object().unwrap() {
            assert_eq!(value, &expected[name]);
        }
    }
    assert_eq!(account.control("GET", "/ledger", Value::Null).await, json!([]), "replies are not counted");
}

#[tokio::test]
async fn media_that_wechat_does_not_have_are_a_fault() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let original_id = connect(&account, &receiver, "plain").await;
    let other = simulator.account(OTHER_APP, 0).await;
    let foreign = other.material("image", "a.png", file("png", 100)).await;
    let image = account.upload("/cgi-bin/media/upload", "image", "a.png", file("png", 100)).await["media_id"].clone();
    let image = image.as_str().unwrap();
    let gif = account.material("image", "a.gif", file("gif", 100)).await;
    let voice = account.material("voice", "a.amr", file("amr", 100)).await;
    let of = |kind: &str, parent: &str, name: &str, media_id: &str| {
        reply_of(&original_id, kind, &format!("<{parent}><{name}>{media_id}</{name}></{parent}>"))
    };
    for (reply, reason) in [
        (of("image", "Image", "MediaId", "unknown"), "unknown"),
        (of("image", "Image", "MediaId", &foreign), "unknown"),
        (of("image", "Image", "MediaId", &voice), "type voice"),
        (of("image", "Image", "MediaId", &gif), "GIF"),
        (of("voice", "Voice", "MediaId", image), "type image"),
        (of("video", "Video", "MediaId", &voice), "type voice"),
        (of("music", "Music", "ThumbMediaId", &voice), "type voice"),
    ] {
        receiver.answers(&reply);
        let answer = say(&account, "x").await;
        assert_eq!((&answer["verdict"], &answer["shown"]), (&json!("fault"), &json!(false)), "{reply}");
        assert!(answer["reason"].as_str().unwrap().contains(reason), "{answer}");
        assert_eq!(answer["notice"], "该公众号提供的服务出现故障，请稍后再试");
        assert!(answer["message"]["type"].is_string(), "it can be read all the same");
    }
    receiver.answers(&of("image", "Image", "MediaId", image));
    assert_eq!(say(&account, "x").await["verdict"], "reply");
    simulator.move_clock(3 * 86_400).await;
    let answer = say(&account, "x").await;
    assert_eq!(answer["verdict"], "fault", "expired: {answer}");
    receiver.answers(&of("voice", "Voice", "MediaId", &voice));
    assert_eq!(say(&account, "x").await["verdict"], "reply", "permanent material stays");
    assert_eq!(account.control("GET", "/messages", Value::Null).await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_sees_the_answer_to_a_departure_or_a_result() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let original_id = connect(&account, &receiver, "plain").await;
    for (event, shown) in [
        ("subscribe", true),
        ("unsubscribe", false),
        ("MASSSENDJOBFINISH", false),
        ("templatesendjobfinish", false),
        ("user_authorization_revoke", false),
    ] {
        for (body, notice) in [(text_reply(&original_id, "再见"), false), ("{}".to_owned(), shown)] {
            receiver.answers(&body);
            let answer = push(&account, json!({"openid": OPENID, "type": "event", "event": event})).await;
            assert_eq!(answer["shown"], shown && body != "{}", "{event}");
            assert_eq!(answer["notice"].is_string(), notice, "{event}");
        }
    }
}
