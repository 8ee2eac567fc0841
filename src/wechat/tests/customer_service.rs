//! Customer-service messages: the JSON of each type, and that none goes out twice.

use std::time::Duration;

use serde_json::json;

use super::{Reply, Upstream, credentials, ok};
use crate::wechat::{Class, ServiceMessage};

const OPENID: &str = "oAbcDefGhIjKlMnOpQrStUvWxYz1";

fn text() -> ServiceMessage {
    ServiceMessage::Text {
        content: "你好\"🎉\"\n<a href=\"https://example.com/?a=1&b=2\">链接</a>\u{1}".to_owned()
    }
}

#[tokio::test]
async fn every_type_goes_out_as_documented() {
    let card = |title: &str| ServiceMessage::News {
        title: title.to_owned(),
        description: "摘要".to_owned(),
        url: "https://example.com/page".to_owned(),
        picture_url: "https://example.com/a.jpg".to_owned(),
    };
    let cases = [
        (
            text(),
            json!({"msgtype": "text",
                   "text": {"content": "你好\"🎉\"\n<a href=\"https://example.com/?a=1&b=2\">链接</a>"}}),
        ),
        (ServiceMessage::Image { media_id: "M".to_owned() }, json!({"msgtype": "image", "image": {"media_id": "M"}})),
        (ServiceMessage::Voice { media_id: "M".to_owned() }, json!({"msgtype": "voice", "voice": {"media_id": "M"}})),
        (
            ServiceMessage::Video {
                media_id: "M".to_owned(),
                thumb_media_id: "T".to_owned(),
                title: "片".to_owned(),
                description: String::new(),
            },
            json!({"msgtype": "video",
                   "video": {"media_id": "M", "thumb_media_id": "T", "title": "片", "description": ""}}),
        ),
        (
            ServiceMessage::Music {
                title: "歌".to_owned(),
                description: String::new(),
                url: "https://example.com/a.mp3".to_owned(),
                hq_url: "https://example.com/b.mp3".to_owned(),
                thumb_media_id: "T".to_owned(),
            },
            json!({"msgtype": "music",
                   "music": {"title": "歌", "description": "", "musicurl": "https://example.com/a.mp3",
                             "hqmusicurl": "https://example.com/b.mp3", "thumb_media_id": "T"}}),
        ),
        (
            card("题"),
            json!({"msgtype": "news",
                   "news": {"articles": [{"title": "题", "description": "摘要", "url": "https://example.com/page",
                                          "picurl": "https://example.com/a.jpg"}]}}),
        ),
    ];
    for (message, mut expected) in cases {
        let upstream = Upstream::with_replies([ok()]).await;
        upstream.client().send_message(&credentials(), OPENID, &message).await.unwrap();
        let [call] = upstream.calls().try_into().unwrap();
        assert_eq!((call.method.as_str(), call.path.as_str()), ("POST", "/cgi-bin/message/custom/send"));
        expected["touser"] = json!(OPENID);
        assert_eq!(call.json(), expected);
        assert!(!std::str::from_utf8(&call.body).unwrap().contains("\\u"), "as they are");
    }
}

#[tokio::test]
async fn a_message_is_not_sent_twice() {
    let unclear = [
        Reply::refusal(-1, "system error"),
        Reply::status(502),
        Reply::text("garbage"),
        Reply::breaking_off(),
        ok().after(Duration::from_secs(5)),
    ];
    for reply in unclear {
        let upstream = Upstream::with_replies([reply]).await;
        let error = upstream.client().send_message(&credentials(), OPENID, &text()).await.unwrap_err();
        assert!(error.may_have_been_processed(), "{error:?}");
        assert_eq!(upstream.calls().len(), 1);
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (errcode, class) in [
        (45015, Class::Recipient),
        (45047, Class::Recipient),
        (40003, Class::Recipient),
        (43019, Class::Recipient),
        (48001, Class::Operator),
        (45009, Class::Quota),
        (45002, Class::Permanent),
        (40007, Class::Permanent),
    ] {
        let upstream = Upstream::with_replies([Reply::refusal(errcode, "refused")]).await;
        let error = upstream.client().send_message(&credentials(), OPENID, &text()).await.unwrap_err();
        assert_eq!((error.refusal().unwrap().0, error.class()), (errcode, class));
        assert!(!error.may_have_been_processed());
    }
}
