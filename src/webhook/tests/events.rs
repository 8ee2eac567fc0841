use super::super::push::{
    AgentSession, Event, PhotoSource, Revocation, Scan, SentSubscribeMessage, SubscribeChoice, VerificationStage,
};
use super::{event, push};
use crate::clock;

const KEY: &str = "<EventKey><![CDATA[KEY]]></EventKey>";

fn key() -> String {
    "KEY".to_owned()
}

#[test]
fn following_and_scanning() {
    let scan = |scene: &str, ticket: Option<&str>| Scan { scene: scene.into(), ticket: ticket.map(str::to_owned) };
    let by_code = "<EventKey><![CDATA[qrscene_123]]></EventKey><Ticket><![CDATA[T]]></Ticket>";
    assert_eq!(event("subscribe", by_code), Event::Subscribe { scan: Some(scan("123", Some("T"))) });
    let text_scene = "<EventKey>qrscene_门店_1</EventKey>";
    assert_eq!(event("subscribe", text_scene), Event::Subscribe { scan: Some(scan("门店_1", None)) });
    for plain in ["", "<EventKey><![CDATA[]]></EventKey>", "<EventKey>last_trade_no_4003</EventKey>"] {
        assert_eq!(event("subscribe", plain), Event::Subscribe { scan: None }, "{plain}");
    }
    assert_eq!(event("unsubscribe", "<EventKey/>"), Event::Unsubscribe);
    let again = "<EventKey>qrscene_1</EventKey><Ticket>T</Ticket>";
    assert_eq!(event("SCAN", again), Event::Scan(scan("qrscene_1", Some("T"))), "no prefix to take off here");
    assert_eq!(
        event(
            "LOCATION",
            "<Latitude>23.137466</Latitude><Longitude>113.352425</Longitude><Precision>119.385040</Precision>"
        ),
        Event::Location {
            latitude: "23.137466".into(),
            longitude: "113.352425".into(),
            precision: "119.385040".into()
        }
    );
}

#[test]
fn menu_buttons() {
    assert_eq!(event("CLICK", KEY), Event::Click { key: key() });
    assert_eq!(event("VIEW", KEY), Event::View { url: key(), menu_id: None });
    let with_menu = format!("{KEY}<MenuId>4</MenuId>");
    assert_eq!(event("VIEW", &with_menu), Event::View { url: key(), menu_id: Some("4".into()) });
    assert_eq!(
        event("view_miniprogram", &with_menu),
        Event::ViewMiniProgram { page_path: key(), menu_id: Some("4".into()) }
    );
    for (name, is_waiting) in [("scancode_push", false), ("scancode_waitmsg", true)] {
        let info =
            "<ScanCodeInfo><ScanType>barcode</ScanType><ScanResult>EAN_13,6901234567892</ScanResult></ScanCodeInfo>";
        let (scan_type, scan_result) = ("barcode".into(), "EAN_13,6901234567892".into());
        let expected = Event::ScanCode { key: key(), is_waiting, scan_type, scan_result };
        assert_eq!(event(name, &format!("{KEY}{info}")), expected);
    }
    let sources = [
        ("pic_sysphoto", PhotoSource::Camera),
        ("pic_photo_or_album", PhotoSource::CameraOrAlbum),
        ("pic_weixin", PhotoSource::Album),
    ];
    for (name, source) in sources {
        let info = "<SendPicsInfo><Count>2</Count><PicList><item><PicMd5Sum>1b5f</PicMd5Sum></item>\
                    <item><PicMd5Sum>2c6a</PicMd5Sum></item></PicList></SendPicsInfo>";
        let md5_sums = vec!["1b5f".into(), "2c6a".into()];
        assert_eq!(
            event(name, &format!("{KEY}{info}")),
            Event::Photos { key: key(), source, count: Some(2), md5_sums }
        );
    }
    let info = "<SendLocationInfo><Location_X>23</Location_X><Location_Y>113</Location_Y><Scale>15</Scale>\
                <Label>广州市</Label><Poiname/></SendLocationInfo>";
    let (latitude, longitude, scale) = ("23".into(), "113".into(), "15".into());
    let (label, place_name) = ("广州市".into(), String::new());
    let expected = Event::LocationSelect { key: key(), latitude, longitude, scale, label, place_name };
    assert_eq!(event("location_select", &format!("{KEY}{info}")), expected);
}

#[test]
fn subscribe_messages() {
    let item = |template: &str, word: &str, rest: &str| {
        format!(
            "<List><TemplateId>{template}</TemplateId><SubscribeStatusString>{word}</SubscribeStatusString>{rest}</List>"
        )
    };
    let choice = |template: &str, is_accepted, scene: Option<&str>| SubscribeChoice {
        template_id: template.into(),
        is_accepted,
        scene: scene.map(str::to_owned),
    };
    let scene = "<PopupScene>2</PopupScene>";
    let list = item("a", "accept", scene) + &item("b", "reject", scene);
    assert_eq!(
        event("subscribe_msg_popup_event", &format!("<SubscribeMsgPopupEvent>{list}</SubscribeMsgPopupEvent>")),
        Event::SubscribeMessagesAsked(vec![choice("a", true, Some("2")), choice("b", false, Some("2"))])
    );
    let list = item("a", "reject", "");
    assert_eq!(
        event("subscribe_msg_change_event", &format!("<SubscribeMsgChangeEvent>{list}</SubscribeMsgChangeEvent>")),
        Event::SubscribeMessagesChanged(vec![choice("a", false, None)])
    );
    let list = "<SubscribeMsgSentEvent><List><TemplateId>a</TemplateId><MsgID>17</MsgID><ErrorCode>0</ErrorCode>\
                <ErrorStatus>success</ErrorStatus></List></SubscribeMsgSentEvent>";
    let sent = SentSubscribeMessage {
        template_id: "a".into(),
        message_id: Some(17),
        error_code: Some(0),
        error_status: "success".into(),
    };
    assert_eq!(event("subscribe_msg_sent_event", list), Event::SubscribeMessagesSent(vec![sent]));
}

#[test]
fn consent_and_verification() {
    let revocation = |items: &[&str]| Revocation {
        openid: "oUser".into(),
        app_id: "wx1".into(),
        items: items.iter().map(|item| (*item).to_owned()).collect(),
    };
    let who = "<OpenID>oUser</OpenID><AppID>wx1</AppID>";
    assert_eq!(event("user_info_modified", who), Event::UserInfoModified(revocation(&[])));
    for info in [
        "<RevokeInfo>1,201</RevokeInfo>",
        "<RevokeInfo><item>1</item><item>201</item></RevokeInfo>",
        "<RevokeInfo>1</RevokeInfo><RevokeInfo>201</RevokeInfo>",
    ] {
        let expected = Event::AuthorizationRevoked(revocation(&["1", "201"]));
        assert_eq!(event("user_authorization_revoke", &format!("{who}{info}")), expected, "{info}");
    }
    assert_eq!(event("user_authorization_cancellation", who), Event::AuthorizationCancelled(revocation(&[])));

    let at = clock::from_unix_seconds(1_800_000_000);
    let expires = "<ExpiredTime>1800000000</ExpiredTime>";
    let failed = "<FailTime>1800000000</FailTime><FailReason>资料不全</FailReason>";
    for (stage, word) in [(VerificationStage::Qualification, "qualification"), (VerificationStage::Naming, "naming")] {
        assert_eq!(
            event(&format!("{word}_verify_success"), expires),
            Event::VerificationSucceeded { stage, expires_at: at }
        );
        assert_eq!(
            event(&format!("{word}_verify_fail"), failed),
            Event::VerificationFailed { stage, failed_at: at, reason: "资料不全".into() }
        );
    }
    assert_eq!(event("annual_renew", expires), Event::VerificationEnding { expires_at: at });
    assert_eq!(event("verify_expired", expires), Event::VerificationEnded { expires_at: at });
}

#[test]
fn human_agents() {
    let agent = || "a@gh".to_owned();
    let one = "<KfAccount>a@gh</KfAccount>";
    assert_eq!(event("kf_create_session", one), Event::AgentSession(AgentSession::Created { agent: agent() }));
    assert_eq!(event("kf_close_session", one), Event::AgentSession(AgentSession::Closed { agent: agent() }));
    let both = "<FromKfAccount>a@gh</FromKfAccount><ToKfAccount>b@gh</ToKfAccount>";
    let switched = AgentSession::Switched { from: agent(), to: "b@gh".into() };
    assert_eq!(event("kf_switch_session", both), Event::AgentSession(switched));
}

#[test]
fn names_in_another_case_are_the_same_and_unknown_ones_are_kept() {
    assert_eq!(event("click", KEY), Event::Click { key: key() });
    assert_eq!(event("Subscribe", ""), Event::Subscribe { scan: None });
    assert_eq!(event("Card_Pass", "<CardId>c</CardId>"), Event::Other { name: "Card_Pass".into() });
}

#[test]
fn events_are_told_apart_by_sender_time_name_and_key() {
    let keyed =
        |name: &str, inner: &str| push(&format!("<MsgType>event</MsgType><Event>{name}</Event>{inner}")).dedup_key();
    let one = keyed("CLICK", KEY);
    assert_eq!(one, keyed("click", &format!("{KEY}<Unknown>x</Unknown>")));
    assert_eq!(one.len(), "event-".len() + 32);
    for other in [
        keyed("CLICK", "<EventKey>OTHER</EventKey>"),
        keyed("CLICK", ""),
        keyed("VIEW", KEY),
        keyed("CLICK", &format!("{KEY}<OpenID>o</OpenID>")),
    ] {
        assert_ne!(one, other);
    }
    let click = "<xml><ToUserName>gh</ToUserName><FromUserName>o1</FromUserName><CreateTime>12</CreateTime>\
                 <MsgType>event</MsgType><Event>CLICK</Event></xml>";
    let key = |text: &str| super::Push::parse(text.as_bytes()).unwrap().dedup_key();
    assert_ne!(key(click), key(&click.replace("o1", "o2")));
    assert_ne!(key(click), key(&click.replace("12", "13")));
    assert_ne!(key(click), key(&click.replace("o1", "o11").replace(">12<", ">2<")), "parts do not run together");

    // Events without a key: what else they are about. One second may bring several.
    let sent = |id: &str| format!("<SubscribeMsgSentEvent><List><MsgID>{id}</MsgID></List></SubscribeMsgSentEvent>");
    assert_ne!(keyed("subscribe_msg_sent_event", &sent("1")), keyed("subscribe_msg_sent_event", &sent("2")));
    let revoked = |openid: &str| keyed("user_authorization_revoke", &format!("<OpenID>{openid}</OpenID>"));
    assert_ne!(revoked("oA"), revoked("oB"));
}
