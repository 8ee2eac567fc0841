//! Pushes to a webhook, and the verdict on its answer.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    conversation::{OPENID, connect, push, say, text_reply},
    receiver::{AES_KEY, Answer, Receiver, TOKEN, decrypt, element, encrypted_reply, reply_envelope, sign},
    support::{APP, Simulator, errcode, file},
};

#[tokio::test]
async fn a_plain_push_is_signed_and_complete() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let original_id = connect(&account, &receiver, "plain").await;
    assert!(original_id.starts_with("gh_") && original_id.len() == 15);

    let answer = say(&account, "你好 ]]> <b>").await;
    for (name, value) in [
        ("status", json!(200)),
        ("body", json!("success")),
        ("reply", Value::Null),
        ("verdict", json!("success")),
        ("reason", Value::Null),
        ("attempts", json!(1)),
    ] {
        assert_eq!(answer[name], value, "{name}");
    }
    assert!(answer["ms"].is_u64());

    let delivered = receiver.last();
    assert_eq!(delivered.content_type, "text/xml");
    let part = |name: &str| delivered.query[name].as_str();
    assert_eq!(part("signature"), sign(&[TOKEN, part("timestamp"), part("nonce")]));
    assert_eq!((part("openid"), part("account")), (OPENID, "7"));
    assert!(!delivered.query.contains_key("encrypt_type") && !delivered.query.contains_key("msg_signature"));
    let create_time = element(&delivered.body, "CreateTime").unwrap();
    let expected = format!(
        "<xml><ToUserName><![CDATA[{original_id}]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>\
         <CreateTime>{create_time}</CreateTime><MsgType><![CDATA[text]]></MsgType>\
         <Content><![CDATA[你好 ]]]]><![CDATA[> <b>]]></Content><MsgId>{}</MsgId></xml>",
        answer["msg_id"]
    );
    assert_eq!(delivered.body, expected);
    assert_ne!(say(&account, "again").await["msg_id"], answer["msg_id"]);
}

#[tokio::test]
async fn the_caller_may_set_what_makes_a_repetition() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    let body = json!({"openid": OPENID, "type": "text", "content": "x", "msg_id": 24_123_456_789_012_345_i64,
        "create_time": 1_790_000_000, "timestamp": 1_790_000_001, "nonce": "42"});
    let first = push(&account, body.clone()).await;
    push(&account, body).await;
    assert_eq!(first["msg_id"], 24_123_456_789_012_345_i64);
    let deliveries = receiver.deliveries();
    assert_eq!(deliveries[0].body, deliveries[1].body);
    assert_eq!(deliveries[0].query, deliveries[1].query);
    assert_eq!(deliveries[0].query["timestamp"], "1790000001");
}

#[tokio::test]
async fn a_moved_clock_does_not_make_pushes_stale() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    simulator.move_clock(100_000).await;
    say(&account, "x").await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let timestamp: u64 = receiver.last().query["timestamp"].parse().unwrap();
    assert!(now.abs_diff(timestamp) < 60);
}

#[tokio::test]
async fn encrypted_pushes_verify_and_decrypt() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    for mode in ["safe", "compatible"] {
        let original_id = connect(&account, &receiver, mode).await;
        for length in 0..40 {
            say(&account, &format!("字{}", "x".repeat(length))).await;
            let delivered = receiver.last();
            let part = |name: &str| delivered.query[name].as_str();
            let encrypted = element(&delivered.body, "Encrypt").unwrap();
            assert_eq!(part("encrypt_type"), "aes");
            assert_eq!(part("msg_signature"), sign(&[TOKEN, part("timestamp"), part("nonce"), &encrypted]));
            assert_eq!(part("signature"), sign(&[TOKEN, part("timestamp"), part("nonce")]));
            let (message, app_id) = decrypt(&encrypted);
            assert_eq!(app_id, APP);
            assert_eq!(element(&message, "Content").unwrap(), format!("字{}", "x".repeat(length)));
            assert_eq!(element(&delivered.body, "ToUserName").unwrap(), original_id);
            assert_eq!(
                element(&delivered.body, "Content").is_some(),
                mode == "compatible",
                "in clear only if compatible"
            );
        }
    }
}

#[tokio::test]
async fn a_reply_is_decrypted_and_judged() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let original_id = connect(&account, &receiver, "safe").await;
    let reply = text_reply(&original_id, "您好");
    receiver.answers(&encrypted_reply(&reply, APP));
    let answer = say(&account, "x").await;
    assert_eq!((&answer["verdict"], &answer["reply"]), (&json!("reply"), &json!(reply)), "{answer}");
    assert_eq!(answer["body"], encrypted_reply(&reply, APP));

    for (body, reason) in [
        (reply.clone(), "not encrypted"),
        (encrypted_reply(&reply, "wxother"), "app id"),
        (encrypted_reply(&reply, APP).replace("415670741", "415670742"), "MsgSignature"),
        (reply_envelope("QUJD", "1", "2"), "16 bytes"),
    ] {
        receiver.answers(&body);
        let answer = say(&account, "x").await;
        assert_eq!((&answer["verdict"], &answer["reply"]), (&json!("fault"), &Value::Null));
        assert!(answer["reason"].as_str().unwrap().contains(reason), "{answer}");
    }

    connect(&account, &receiver, "compatible").await;
    for body in [reply.clone(), encrypted_reply(&reply, APP)] {
        receiver.answers(&body);
        assert_eq!(say(&account, "x").await["reply"], json!(reply), "both forms are taken");
    }
    connect(&account, &receiver, "plain").await;
    receiver.answers(&encrypted_reply(&reply, APP));
    assert_eq!(say(&account, "x").await["verdict"], "fault");
}

#[tokio::test]
async fn the_sample_reply_of_wechats_page_decrypts() {
    let simulator = Simulator::start().await;
    let account = simulator.account("wxba5fad812f8e6fb9", 0).await;
    let receiver = Receiver::start().await;
    connect(&account, &receiver, "safe").await;
    let encrypted = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
    let envelope = reply_envelope(encrypted, "1713424427", "415670741");
    assert!(envelope.contains("1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"));
    receiver.answers(&envelope);
    let answer = say(&account, "x").await;
    assert_eq!(answer["reply"], r#"{"demo_resp":"good luck"}"#);
    assert_eq!(answer["verdict"], "fault", "official accounts answer XML only");
}

#[tokio::test]
async fn what_wechat_cannot_deliver_is_a_fault() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let original_id = connect(&account, &receiver, "plain").await;
    let good = text_reply(&original_id, "hello");
    let of_type = |kind: &str, content: &str| {
        good.replace("[text]", &format!("[{kind}]")).replace("<Content><![CDATA[hello]]></Content>", content)
    };
    let image = account.material("image", "a.png", file("png", 100)).await;
    let voice = account.material("voice", "a.amr", file("amr", 100)).await;
    let video = account.material("video", "a.mp4", file("mp4", 100)).await;
    let thumb = account.material("thumb", "a.jpg", file("jpg", 100)).await;
    let item = "<item><Title>t</Title><Description>d</Description><PicUrl>p</PicUrl><Url>u</Url></item>";
    let news = |count: usize| {
        of_type("news", &format!("<ArticleCount>{count}</ArticleCount><Articles>{}</Articles>", item.repeat(count)))
    };
    for (body, verdict) in [
        (String::new(), "empty"),
        ("success".to_owned(), "success"),
        (good.clone(), "reply"),
        (text_reply(&original_id, &"x".repeat(2048)), "reply"),
        (of_type("image", &format!("<Image><MediaId>{image}</MediaId></Image>")), "reply"),
        (of_type("voice", &format!("<Voice><MediaId>{voice}</MediaId></Voice>")), "reply"),
        (of_type("video", &format!("<Video><MediaId>{video}</MediaId></Video>")), "reply"),
        (of_type("music", &format!("<Music><ThumbMediaId>{thumb}</ThumbMediaId></Music>")), "reply"),
        (of_type("transfer_customer_service", ""), "reply"),
        (news(1), "reply"),
        (news(2), "fault"),
        (text_reply(&original_id, &"标".repeat(683)), "fault"),
        (text_reply(&original_id, ""), "fault"),
        (of_type("image", "<MediaId>m</MediaId>"), "fault"),
        (of_type("music", "<Music><Title>t</Title></Music>"), "fault"),
        (of_type("news", "<ArticleCount>0</ArticleCount><Articles></Articles>"), "fault"),
        (of_type("sticker", ""), "fault"),
        (good.replace(OPENID, "oSomebodyElse"), "fault"),
        (good.replace(&original_id, "gh_other"), "fault"),
        (good.replace("1790000001", "now"), "fault"),
        (good.replace("xml>", "reply>"), "fault"),
        ("ok".to_owned(), "fault"),
        ("{}".to_owned(), "fault"),
        ("success\n".to_owned(), "fault"),
    ] {
        receiver.answers(&body);
        let answer = say(&account, "x").await;
        assert_eq!(answer["verdict"], verdict, "{body}: {answer}");
        assert_eq!(answer["reason"].is_string(), verdict == "fault", "{answer}");
    }
    receiver.answers(&news(8));
    let answer = push(&account, json!({"openid": OPENID, "type": "event", "event": "CLICK", "event_key": "K"})).await;
    assert_eq!(answer["verdict"], "reply", "events may be answered with up to 8 items");
    receiver.answers_with(Answer { status: 500, body: good, delay: Duration::ZERO });
    let answer = say(&account, "x").await;
    assert_eq!((&answer["status"], &answer["verdict"], &answer["reply"]), (&json!(500), &json!("fault"), &Value::Null));
}

#[tokio::test]
async fn a_webhook_that_is_down_gives_no_status_and_the_reason() {
    let simulator = Simulator::start().await;
    let account = simulator.account(APP, 0).await;
    let nowhere = say(&account, "x").await;
    assert_eq!((&nowhere["status"], &nowhere["reason"]), (&Value::Null, &json!("no webhook is set")));

    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let webhook = json!({"url": format!("http://127.0.0.1:{port}/wx"), "token": TOKEN});
    let check = account.control("PUT", "/webhook", webhook).await;
    assert_eq!((&check["verified"], &check["status"]), (&json!(false), &Value::Null));
    let answer = push(&account, json!({"openid": OPENID, "type": "text", "content": "x", "attempts": 3})).await;
    assert_eq!((&answer["status"], &answer["body"], &answer["attempts"]), (&Value::Null, &Value::Null, &json!(3)));
    assert!(answer["reason"].as_str().unwrap().starts_with("cannot connect"), "{answer}");
    assert!(answer["msg_id"].is_i64());
}

#[tokio::test]
async fn wechat_waits_5_seconds_and_tries_again() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    receiver.answers_with(Answer { status: 200, body: "success".to_owned(), delay: Duration::from_secs(30) });
    let answer = push(&account, json!({"openid": OPENID, "type": "text", "content": "x", "attempts": 2})).await;
    assert_eq!((&answer["status"], &answer["attempts"]), (&Value::Null, &json!(2)));
    assert_eq!(answer["reason"], "no answer within 5 seconds");
    let deliveries = receiver.deliveries();
    assert_eq!(deliveries.len(), 2);
    assert_eq!(element(&deliveries[0].body, "MsgId"), element(&deliveries[1].body, "MsgId"), "the same message");
}

#[tokio::test]
async fn the_address_check_tells_what_is_wrong() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let check = account.control("PUT", "/webhook", json!({"url": receiver.url, "token": "BBBBB"})).await;
    assert_eq!((&check["verified"], &check["status"], &check["body"]), (&json!(false), &json!(403), &json!("no")));
    assert!(check["reason"].as_str().unwrap().contains("echostr"));
    let good = json!({"url": receiver.url, "token": TOKEN, "mode": "safe", "encoding_aes_key": AES_KEY});
    for (member, value) in [
        ("url", json!("ftp://x/")),
        ("url", json!("x")),
        ("url", Value::Null),
        ("token", json!("ab")),
        ("token", json!("with space")),
        ("token", json!("x".repeat(33))),
        ("mode", json!("raw")),
        ("encoding_aes_key", json!("A".repeat(42))),
        ("encoding_aes_key", Value::Null),
        ("aes_key", json!(AES_KEY)),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        let (status, answer) = simulator.try_control("PUT", &format!("/{APP}/webhook"), bad).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), (400, member));
    }
}

#[tokio::test]
async fn joining_and_leaving_change_the_list_of_followers() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 2).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    let openids = account.openids(2).await;
    let join = async |openid: &str, key: &str| {
        push(&account, json!({"openid": openid, "type": "event", "event": "subscribe", "event_key": key})).await
    };
    let leave =
        async |openid: &str| push(&account, json!({"openid": openid, "type": "event", "event": "unsubscribe"})).await;

    let answer = join(OPENID, "qrscene_77").await;
    assert_eq!(answer["msg_id"], Value::Null, "events have none");
    assert_eq!(element(&receiver.last().body, "EventKey").unwrap(), "qrscene_77");
    let page = account.get("/cgi-bin/user/get", &[]).await;
    assert_eq!((&page["total"], &page["data"]["openid"]), (&json!(3), &json!([openids[0], openids[1], OPENID])));
    let info = account.get("/cgi-bin/user/info", &[("openid", OPENID)]).await;
    assert_eq!((&info["subscribe_scene"], &info["qr_scene"]), (&json!("ADD_SCENE_QR_CODE"), &json!(77)));
    join(OPENID, "").await;
    assert_eq!(account.get("/cgi-bin/user/get", &[]).await["total"], 3, "twice is once");

    leave(&openids[0]).await;
    leave(OPENID).await;
    leave("oNobodyKnows").await;
    assert_eq!(account.get("/cgi-bin/user/get", &[]).await["data"]["openid"], json!([openids[1]]));
    assert_eq!(
        account.get("/cgi-bin/user/info", &[("openid", OPENID)]).await,
        json!({"subscribe": 0, "openid": OPENID})
    );
    join(&openids[0], "").await;
    let info = account.get("/cgi-bin/user/info", &[("openid", &openids[0])]).await;
    assert_eq!(info["subscribe"], 1);
    assert!(info["subscribe_time"].as_i64().unwrap() > 1_780_000_000, "the time of following again");
    let state = account.control("GET", "/state", Value::Null).await;
    assert_eq!((&state["followers"], &state["left"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn nothing_from_the_blacklist_reaches_the_webhook() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 1).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    let openid = account.openids(1).await.remove(0);
    let added = account.post("/cgi-bin/tags/members/batchblacklist", json!({"openid_list": [openid]})).await;
    assert_eq!(errcode(&added), 0);
    let answer = push(&account, json!({"openid": openid, "type": "text", "content": "x"})).await;
    assert_eq!((&answer["status"], &answer["attempts"]), (&Value::Null, &json!(0)));
    assert!(answer["reason"].as_str().unwrap().contains("blacklist"));
    assert!(receiver.deliveries().is_empty());
    push(&account, json!({"openid": openid, "type": "event", "event": "unsubscribe"})).await;
    assert_eq!(receiver.deliveries().len(), 1, "leaving is told");
}

#[tokio::test]
async fn every_type_of_message_goes_through() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    for (body, elements) in [
        (json!({"type": "image"}), &["PicUrl", "MediaId"][..]),
        (json!({"type": "voice", "recognition": "词"}), &["MediaId", "Format", "Recognition"]),
        (json!({"type": "video"}), &["MediaId", "ThumbMediaId"]),
        (json!({"type": "shortvideo"}), &["MediaId", "ThumbMediaId"]),
        (
            json!({"type": "location", "latitude": 23.1, "longitude": 113.3}),
            &["Location_X", "Location_Y", "Scale", "Label"],
        ),
        (json!({"type": "link", "url": "http://u"}), &["Title", "Description", "Url"]),
        (json!({"type": "text", "content": "x", "msg_data_id": 7, "idx": 1}), &["Content", "MsgDataId", "Idx"]),
        (json!({"type": "something_new", "novelty": "n"}), &["Novelty"]),
    ] {
        let mut message = body.clone();
        message["openid"] = json!(OPENID);
        assert_eq!(push(&account, message).await["status"], 200);
        let delivered = receiver.last().body;
        assert_eq!(element(&delivered, "MsgType").unwrap(), body["type"].as_str().unwrap());
        for name in elements.iter().chain(&["MsgId"]) {
            assert!(element(&delivered, name).is_some(), "{name} in {delivered}");
        }
    }
}

#[tokio::test]
async fn a_bad_push_is_refused_by_name() {
    let simulator = Simulator::start().await;
    for (body, field) in [
        (json!({"type": "text", "content": "x"}), "openid"),
        (json!({"openid": "no good", "type": "text", "content": "x"}), "openid"),
        (json!({"openid": OPENID, "content": "x"}), "type"),
        (json!({"openid": OPENID, "type": "text"}), "content"),
        (json!({"openid": OPENID, "type": "event"}), "event"),
        (json!({"openid": OPENID, "type": "event", "event": "CLICK"}), "event_key"),
        (json!({"openid": OPENID, "type": "text", "content": "x", "msg_id": "x"}), "msg_id"),
        (json!({"openid": OPENID, "type": "text", "content": "x", "create_time": "now"}), "create_time"),
        (json!({"openid": OPENID, "type": "text", "content": "x", "attempts": 11}), "attempts"),
    ] {
        let (status, answer) = simulator.try_control("POST", &format!("/{APP}/push"), body.clone()).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), (400, field), "{body}");
    }
}
