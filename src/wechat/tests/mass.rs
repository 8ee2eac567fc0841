//! Mass sends: the JSON of each type and audience, repetitions that WeChat recognises, and what is asked afterwards.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Reply, Upstream, credentials, ok, openids};
use crate::wechat::{Class, DailyQuota, Error, MassAudience, MassMessage, MassStatus, QueuedSend};

const SEND_API: &str = "/cgi-bin/message/mass/send";
const SENDALL_API: &str = "/cgi-bin/message/mass/sendall";
const PREVIEW_API: &str = "/cgi-bin/message/mass/preview";
const NAME: &str = "0123456789abcdef0123456789abcdef";

fn text() -> MassMessage {
    MassMessage::Text("你好\"🎉\"\n<a href=\"https://example.com/?a=1&b=2\">链接</a>\u{1}".to_owned())
}

fn messages() -> [(MassMessage, Value); 5] {
    let media = || "M".to_owned();
    [
        (
            text(),
            json!({"msgtype": "text",
                   "text": {"content": "你好\"🎉\"\n<a href=\"https://example.com/?a=1&b=2\">链接</a>"}}),
        ),
        (MassMessage::Image(media()), json!({"msgtype": "image", "image": {"media_id": "M"}})),
        (MassMessage::Voice(media()), json!({"msgtype": "voice", "voice": {"media_id": "M"}})),
        (MassMessage::Video(media()), json!({"msgtype": "mpvideo", "mpvideo": {"media_id": "M"}})),
        (MassMessage::Articles(media()), json!({"msgtype": "mpnews", "mpnews": {"media_id": "M"}})),
    ]
}

fn taken() -> Reply {
    Reply::json(json!({"errcode": 0, "errmsg": "send job submission success", "msg_id": 34182}))
}

/// Sends a text to two followers.
async fn send(upstream: &Upstream) -> Result<QueuedSend, Error> {
    let openids = openids(2);
    let audience = MassAudience::Openids(&openids);
    upstream.client().send_to_many(&credentials(), audience, &text(), NAME, false).await
}

#[tokio::test]
async fn every_type_goes_out_to_every_audience_as_documented() {
    let openids = openids(2);
    for (message, body) in messages() {
        for (audience, api, member, to) in [
            (MassAudience::Openids(&openids), SEND_API, "touser", json!(openids)),
            (MassAudience::Tag(134), SENDALL_API, "filter", json!({"is_to_all": false, "tag_id": 134})),
            (MassAudience::Everybody, SENDALL_API, "filter", json!({"is_to_all": true})),
        ] {
            for ignore_reprint in [false, true] {
                let upstream = Upstream::with_replies([taken()]).await;
                let client = upstream.client();
                client.send_to_many(&credentials(), audience, &message, NAME, ignore_reprint).await.unwrap();
                let [call] = upstream.calls().try_into().unwrap();
                let mut expected = body.clone();
                expected[member] = to.clone();
                expected["send_ignore_reprint"] = json!(u8::from(ignore_reprint));
                expected["clientmsgid"] = json!(NAME);
                assert_eq!((call.path.as_str(), call.json()), (api, expected));
                assert!(!std::str::from_utf8(&call.body).unwrap().contains("\\u"), "{message:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_answer_tells_the_number_of_the_send() {
    let answers = [
        (json!({"errcode": 0, "msg_id": 34182, "msg_data_id": 206_227_730}), Some(34182), Some(206_227_730), false),
        (json!({"errcode": 0, "msg_id": "34182"}), Some(34182), None, false),
        // Text of five digits or more is still a number, also one that a double does not hold.
        (json!({"msgid": 9_007_199_254_740_993_i64}), Some(9_007_199_254_740_993), None, false),
        (json!({"errcode": 45065, "errmsg": "clientmsgid exist", "msg_id": 34182}), Some(34182), None, true),
        (json!({"errcode": 45065, "errmsg": "clientmsgid exist", "msgid": "34182"}), Some(34182), None, true),
        (json!({"errcode": 45065, "errmsg": "clientmsgid exist"}), None, None, true),
    ];
    for (answer, msg_id, msg_data_id, is_repetition) in answers {
        let upstream = Upstream::with_replies([Reply::json(answer.clone())]).await;
        let queued = send(&upstream).await.unwrap();
        assert_eq!(queued, QueuedSend { msg_id, msg_data_id, is_repetition }, "{answer}");
    }
}

#[tokio::test]
async fn a_send_is_not_repeated_here_after_an_unclear_outcome() {
    let unclear = [
        Reply::refusal(-1, "system error"),
        Reply::refusal(45066, "same clientmsgid retry too fast"),
        Reply::status(500),
        Reply::breaking_off(),
        Reply::json(json!({"errcode": 0, "errmsg": "send job submission success"})),
        taken().after(Duration::from_secs(5)),
    ];
    for reply in unclear {
        let upstream = Upstream::with_replies([reply]).await;
        let error = send(&upstream).await.unwrap_err();
        assert_eq!((error.class(), error.may_have_been_processed()), (Class::Retry, true), "{error:?}");
        assert_eq!(upstream.calls().len(), 1);
    }
}

#[tokio::test]
async fn a_list_has_2_to_10_000_openids() {
    let upstream = Upstream::with_replies([taken(), taken()]).await;
    let client = upstream.client();
    for count in [0, 1, 10_001] {
        let openids = openids(count);
        let audience = MassAudience::Openids(&openids);
        let error = client.send_to_many(&credentials(), audience, &text(), NAME, false).await.unwrap_err();
        assert!(matches!(error, Error::OutOfBounds { api: SEND_API, min: 2, max: 10_000, .. }), "{error:?}");
    }
    for count in [2, 10_000] {
        let openids = openids(count);
        client.send_to_many(&credentials(), MassAudience::Openids(&openids), &text(), NAME, false).await.unwrap();
    }
    let sent: Vec<usize> =
        upstream.calls().iter().map(|call| call.json()["touser"].as_array().unwrap().len()).collect();
    assert_eq!(sent, [2, 10_000]);
}

#[tokio::test]
async fn refusals_say_whether_another_attempt_is_of_use() {
    let refusals = [
        (40003, Class::Recipient),
        (40007, Class::Permanent),
        (40130, Class::Permanent),
        (40152, Class::Permanent),
        (45009, Class::Quota),
        (45011, Class::Retry),
        (45028, Class::Quota),
        (48001, Class::Operator),
        (48003, Class::Operator),
        (48022, Class::Permanent),
        (89504, Class::Operator),
        (89505, Class::Operator),
    ];
    for (errcode, class) in refusals {
        // Where it is of use at once, it is made here.
        let upstream = Upstream::with_token(move |_| Reply::refusal(errcode, "refused")).await;
        let error = send(&upstream).await.unwrap_err();
        assert_eq!((error.refusal().unwrap().0, error.class()), (errcode, class));
        assert!(!error.may_have_been_processed(), "{errcode}");
        assert_eq!(error.is_awaiting_approval(), matches!(errcode, 89504 | 89505), "{errcode}");
        assert!(error.advice().len() > error.to_string().len(), "{errcode} has no advice: {}", error.advice());
    }
}

#[tokio::test]
async fn a_preview_goes_to_one_follower_and_once() {
    for (message, mut expected) in messages() {
        let upstream = Upstream::with_replies([Reply::json(json!({"errcode": 0, "msg_id": 1}))]).await;
        upstream.client().preview(&credentials(), "oA", &message).await.unwrap();
        let [call] = upstream.calls().try_into().unwrap();
        expected["touser"] = json!("oA");
        assert_eq!((call.path.as_str(), call.json()), (PREVIEW_API, expected));
    }
    for reply in [Reply::refusal(-1, "system error"), Reply::status(502), ok().after(Duration::from_secs(5))] {
        let upstream = Upstream::with_replies([reply]).await;
        let error = upstream.client().preview(&credentials(), "oA", &text()).await.unwrap_err();
        assert!(error.may_have_been_processed(), "{error:?}");
        assert_eq!(upstream.calls().len(), 1);
    }
}

#[tokio::test]
async fn the_status_of_a_send_is_asked_for_by_its_number() {
    for (word, status) in [
        ("SENDING", Some(MassStatus::Sending)),
        ("SEND_SUCCESS", Some(MassStatus::Sent)),
        ("send_success", Some(MassStatus::Sent)),
        ("SEND_FAIL", Some(MassStatus::Failed)),
        ("DELETE", Some(MassStatus::Deleted)),
        ("LOST", None),
    ] {
        let replies = [Reply::status(502), Reply::json(json!({"msg_id": 201_053_012, "msg_status": word}))];
        let upstream = Upstream::with_replies(replies).await;
        let answer = upstream.client().mass_status(&credentials(), 201_053_012).await;
        assert_eq!(answer.as_ref().ok(), status.as_ref(), "{word} {answer:?}");
        let call = upstream.calls().pop().unwrap();
        assert_eq!(call.path, "/cgi-bin/message/mass/get");
        assert_eq!(call.json(), json!({"msg_id": "201053012"}));
    }
}

#[tokio::test]
async fn a_deletion_is_repeated() {
    let upstream = Upstream::with_replies([Reply::status(502), ok()]).await;
    upstream.client().delete_mass_send(&credentials(), 34182).await.unwrap();
    let [_, call] = upstream.calls().try_into().unwrap();
    assert_eq!((call.path.as_str(), call.json()), ("/cgi-bin/message/mass/delete", json!({"msg_id": 34182})));
    let upstream = Upstream::with_replies([Reply::refusal(40008, "invalid message type")]).await;
    let error = upstream.client().delete_mass_send(&credentials(), 34182).await.unwrap_err();
    assert_eq!((error.refusal().unwrap().0, error.class()), (40008, Class::Permanent));
}

#[tokio::test]
async fn the_quota_is_that_of_the_call_that_would_be_made() {
    for (by_openids, path) in [(true, SEND_API), (false, SENDALL_API)] {
        let answer = json!({"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 100, "used": "12", "remain": 88},
            "rate_limit": {"call_count": 60, "refresh_second": 60}});
        let upstream = Upstream::with_replies([Reply::refusal(-1, "system error"), Reply::json(answer)]).await;
        let quota = upstream.client().mass_quota(&credentials(), by_openids).await.unwrap();
        assert_eq!(quota, DailyQuota { limit: 100, used: 12, remaining: 88 });
        let call = upstream.calls().pop().unwrap();
        assert_eq!((call.path.as_str(), call.json()), ("/cgi-bin/openapi/quota/get", json!({"cgi_path": path})));
    }
}
