//! What followers send: files that can be downloaded, and every event with its elements.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{
    conversation::{OPENID, connect, push},
    receiver::{Receiver, decrypt, element},
    support::{APP, Account, Simulator, errcode, file, ok},
};

/// Pushes a message and returns it as it was delivered, in clear.
async fn delivered(account: &Account<'_>, receiver: &Receiver, mut message: Value) -> String {
    message["openid"] = json!(OPENID);
    let answer = push(account, message).await;
    assert_eq!(answer["verdict"], "success", "{answer}");
    let body = receiver.last().body;
    element(&body, "Encrypt").map_or(body, |encrypted| decrypt(&encrypted).0)
}

async fn download(account: &Account<'_>, media_id: &str) -> (String, Vec<u8>) {
    let url = format!("{}/cgi-bin/media/get?access_token={}", account.simulator.base, account.token);
    let response = account.simulator.http.get(url).query(&[("media_id", media_id)]).send().await.unwrap();
    let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (content_type, response.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn a_message_has_its_file_behind_its_media_id() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    for mode in ["plain", "compatible", "safe"] {
        connect(&account, &receiver, mode).await;
        let image = delivered(&account, &receiver, json!({"type": "image"})).await;
        let (content_type, bytes) = download(&account, &element(&image, "MediaId").unwrap()).await;
        assert_eq!((content_type.as_str(), &bytes[..3]), ("image/jpeg", b"\xff\xd8\xff".as_slice()));
        let picture = simulator.http.get(element(&image, "PicUrl").unwrap()).send().await.unwrap();
        assert_eq!(picture.headers()["content-type"], "image/jpeg");
        assert_eq!(picture.bytes().await.unwrap(), bytes);

        let voice = delivered(&account, &receiver, json!({"type": "voice", "recognition": "你好"})).await;
        assert_eq!(element(&voice, "Recognition").unwrap(), "你好");
        assert_eq!(element(&voice, "Format").unwrap(), "amr");
        let (content_type, bytes) = download(&account, &element(&voice, "MediaId").unwrap()).await;
        assert_eq!((content_type.as_str(), &bytes[..6]), ("audio/amr", b"#!AMR\n".as_slice()));

        for kind in ["video", "shortvideo"] {
            let video = delivered(&account, &receiver, json!({ "type": kind })).await;
            let (_, answer) = download(&account, &element(&video, "MediaId").unwrap()).await;
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            let film = simulator.http.get(answer["video_url"].as_str().unwrap()).send().await.unwrap();
            assert_eq!(&film.bytes().await.unwrap()[4..8], b"ftyp", "{kind}");
            let (content_type, _) = download(&account, &element(&video, "ThumbMediaId").unwrap()).await;
            assert_eq!(content_type, "image/jpeg", "{kind}");
        }
    }
}

#[tokio::test]
async fn a_push_may_bring_its_own_file() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    let (picture, thumb) = (file("png", 3_000_000), file("jpg", 1000));
    let given = json!({"type": "image", "media_base64": BASE64_STANDARD.encode(&picture)});
    let image = delivered(&account, &receiver, given).await;
    let media_id = element(&image, "MediaId").unwrap();
    assert_eq!(download(&account, &media_id).await, ("image/png".to_owned(), picture.clone()));
    let given = json!({"type": "video", "media_base64": BASE64_STANDARD.encode(file("mp4", 5000)),
        "thumb_base64": BASE64_STANDARD.encode(&thumb)});
    let video = delivered(&account, &receiver, given).await;
    assert_eq!(download(&account, &element(&video, "ThumbMediaId").unwrap()).await.1, thumb);
    let named = delivered(&account, &receiver, json!({"type": "image", "media_id": "m", "pic_url": "http://p"})).await;
    assert_eq!(
        (element(&named, "MediaId").unwrap(), element(&named, "PicUrl").unwrap()),
        ("m".into(), "http://p".into())
    );

    for (message, field) in [
        (json!({"type": "text", "content": "x", "media_base64": "AAAA"}), "media_base64"),
        (json!({"type": "image", "media_id": "m", "media_base64": "AAAA"}), "media_base64"),
        (json!({"type": "image", "media_base64": "AAAA"}), "media_base64"),
        (json!({"type": "image", "thumb_base64": "AAAA"}), "thumb_base64"),
        (json!({"type": "voice", "media_base64": "?"}), "media_base64"),
        (json!({"type": "voice", "media_base64": BASE64_STANDARD.encode(&picture)}), "media_base64"),
    ] {
        let mut body = message.clone();
        body["openid"] = json!(OPENID);
        let (status, answer) = simulator.try_control("POST", &format!("/{APP}/push"), body).await;
        assert_eq!((status, answer["field"].as_str().unwrap()), (400, field), "{answer}");
    }
    simulator.move_clock(3 * 86_400).await;
    let account = simulator.account(APP, 0).await;
    assert_eq!(errcode(&account.get("/cgi-bin/media/get", &[("media_id", &media_id)]).await), 40007, "after 3 days");
}

#[tokio::test]
async fn every_event_has_its_elements_in_every_mode() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 0).await, Receiver::start().await);
    let menu = |event: &str| json!({"event": event, "event_key": "K", "menu_id": 208_379_533});
    for mode in ["plain", "compatible", "safe"] {
        connect(&account, &receiver, mode).await;
        for (event, elements) in [
            (json!({"event": "subscribe"}), &["EventKey"][..]),
            (json!({"event": "subscribe", "event_key": "qrscene_7"}), &["EventKey", "Ticket"]),
            (json!({"event": "SCAN", "event_key": "7"}), &["EventKey", "Ticket"]),
            (json!({"event": "LOCATION", "latitude": 1, "longitude": 2}), &["Latitude", "Longitude", "Precision"]),
            (menu("CLICK"), &["EventKey"]),
            (menu("VIEW"), &["EventKey", "MenuId"]),
            (menu("view_miniprogram"), &["EventKey", "MenuId"]),
            (menu("scancode_push"), &["EventKey", "ScanCodeInfo", "ScanType", "ScanResult"]),
            (menu("scancode_waitmsg"), &["EventKey", "ScanCodeInfo", "ScanType", "ScanResult"]),
            (menu("pic_sysphoto"), &["EventKey", "SendPicsInfo", "Count", "PicList", "PicMd5Sum"]),
            (menu("pic_photo_or_album"), &["EventKey", "SendPicsInfo", "PicList"]),
            (menu("pic_weixin"), &["EventKey", "SendPicsInfo", "PicList"]),
            (menu("location_select"), &["EventKey", "SendLocationInfo", "Location_X", "Scale", "Label", "Poiname"]),
            (json!({"event": "media_id", "event_key": "m"}), &["EventKey"]),
            (
                json!({"event": "MASSSENDJOBFINISH"}),
                &["MsgID", "Status", "TotalCount", "FilterCount", "SentCount", "ErrorCount"],
            ),
            (json!({"event": "TEMPLATESENDJOBFINISH"}), &["MsgID", "Status"]),
            (
                json!({"event": "PUBLISHJOBFINISH"}),
                &["PublishEventInfo", "publish_id", "publish_status", "article_url"],
            ),
            (
                json!({"event": "subscribe_msg_sent_event", "subscribe_msg_sent_event": {"list": [{"template_id": "t"}]}}),
                &["SubscribeMsgSentEvent", "List", "TemplateId"],
            ),
            (json!({"event": "user_info_modified"}), &["OpenID", "AppID", "RevokeInfo"]),
            (json!({"event": "user_authorization_revoke"}), &["OpenID", "AppID", "RevokeInfo"]),
            (json!({"event": "user_authorization_cancellation"}), &["OpenID", "AppID", "RevokeInfo"]),
            (json!({"event": "qualification_verify_success"}), &["ExpiredTime"]),
            (json!({"event": "naming_verify_fail"}), &["FailTime", "FailReason"]),
            (json!({"event": "annual_renew"}), &["ExpiredTime"]),
            (json!({"event": "kf_create_session"}), &["KfAccount"]),
            (json!({"event": "kf_switch_session"}), &["FromKfAccount", "ToKfAccount"]),
            (json!({"event": "unsubscribe"}), &["EventKey"]),
        ] {
            let mut message = event.clone();
            message["type"] = json!("event");
            let xml = delivered(&account, &receiver, message).await;
            assert_eq!(element(&xml, "Event").unwrap(), event["event"].as_str().unwrap());
            for name in elements {
                assert!(element(&xml, name).is_some(), "{name} in {xml}");
            }
            assert!(element(&xml, "MsgId").is_none(), "{xml}");
        }
    }
    let ids = delivered(&account, &receiver, json!({"type": "event", "event": "user_info_modified"})).await;
    assert_eq!((element(&ids, "OpenID").unwrap(), element(&ids, "AppID").unwrap()), (OPENID.into(), APP.into()));
}

#[tokio::test]
async fn results_of_jobs_come_from_nobody_who_follows() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 3).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    for event in ["MASSSENDJOBFINISH", "PUBLISHJOBFINISH"] {
        let answer = push(&account, json!({"type": "event", "event": event})).await;
        assert_eq!(answer["verdict"], "success");
        let mphelper = element(&receiver.last().body, "FromUserName").unwrap();
        assert_eq!(mphelper.len(), 28);
        assert_eq!(errcode(&account.get("/cgi-bin/user/info", &[("openid", &mphelper)]).await), 40003);
    }
    assert_eq!(account.get("/cgi-bin/user/get", &[]).await["total"], 3);
    let (status, answer) =
        simulator.try_control("POST", &format!("/{APP}/push"), json!({"type": "event", "event": "CLICK"})).await;
    assert_eq!((status, &answer["field"]), (400, &json!("openid")), "a click comes from somebody");
}

#[tokio::test]
async fn a_choice_from_a_menu_of_answers_is_a_text_with_its_id() {
    let simulator = Simulator::start().await;
    let (account, receiver) = (simulator.account(APP, 1).await, Receiver::start().await);
    connect(&account, &receiver, "plain").await;
    let openid = account.openids(1).await.remove(0);
    push(&account, json!({"openid": openid, "type": "text", "content": "x"})).await;
    let menu = json!({"head_content": "满意吗？", "list": [{"id": "101", "content": "满意"}]});
    let body = json!({"touser": openid, "msgtype": "msgmenu", "msgmenu": menu});
    assert_eq!(account.post("/cgi-bin/message/custom/send", body).await, ok());
    let choice = json!({"openid": openid, "type": "text", "content": "满意", "bizmsgmenuid": "101"});
    push(&account, choice).await;
    assert_eq!(element(&receiver.last().body, "bizmsgmenuid").unwrap(), "101");
}
