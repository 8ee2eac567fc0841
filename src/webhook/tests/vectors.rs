//! Published examples of whole deliveries, read, and where their random part is known also made.

use super::super::crypto::{EncodingAesKey, decrypt, encrypt};
use super::super::envelope::{encrypted, encrypted_reply};
use super::super::push::{Content, Kind, Message, Push};
use super::super::signature::{msg_signature, verify_msg_signature};

struct Vector {
    token: &'static str,
    key: &'static str,
    app_id: &'static str,
    timestamp: &'static str,
    nonce: &'static str,
    msg_signature: &'static str,
    encrypt: &'static str,
    random: &'static [u8; 16],
    message: &'static str,
}

const OFFICIAL: Vector = Vector {
    token: "spamtest",
    key: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    app_id: "wx2c2769f8efd9abc2",
    timestamp: "1409735669",
    nonce: "1320562132",
    msg_signature: "5d197aaffba7e9b25a30732f161a50dee96bd5fa",
    encrypt: "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=",
    random: b"89465c840c5f116f",
    message: "<xml><ToUserName><![CDATA[gh_10f6c3c3ac5a]]></ToUserName>\n<FromUserName><![CDATA[oyORnuP8q7ou2gfYjqLzSIWZf0rs]]></FromUserName>\n<CreateTime>1409735668</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[abcdteT]]></Content>\n<MsgId>6054768590064713728</MsgId>\n</xml>",
};

const SAFE_MODE: Vector = Vector {
    token: "AAAAA",
    key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    app_id: "wxba5fad812f8e6fb9",
    timestamp: "1714112445",
    nonce: "415670741",
    msg_signature: "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    encrypt: "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=",
    random: b"a8eedb185eb2fecf",
    message: r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#,
};

/// Of a sibling product with the same scheme: 30 bytes of padding, and an element that is not known here.
const PADDED_BY_30: Vector = Vector {
    token: "QDG6eK",
    key: "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
    app_id: "wx5823bf96d3bd56c7",
    timestamp: "1409659813",
    nonce: "1372623149",
    msg_signature: "477715d11cdb4164915debcba66cb864d751f3e6",
    encrypt: "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
    random: b"0960688932c47ef1",
    message: "",
};

impl Vector {
    fn key(&self) -> EncodingAesKey {
        EncodingAesKey::parse(self.key).unwrap()
    }

    fn opened(&self) -> Vec<u8> {
        let Self { token, timestamp, nonce, encrypt, app_id, .. } = *self;
        assert!(verify_msg_signature(self.msg_signature, token, timestamp, nonce, encrypt));
        decrypt(&self.key(), encrypt, app_id).unwrap()
    }
}

#[test]
fn published_deliveries_are_decrypted() {
    for vector in [OFFICIAL, SAFE_MODE] {
        assert_eq!(String::from_utf8(vector.opened()).unwrap(), vector.message);
    }
}

#[test]
fn published_deliveries_are_encrypted_to_the_same_bytes() {
    for vector in [OFFICIAL, SAFE_MODE, PADDED_BY_30] {
        let message = vector.opened();
        assert_eq!(encrypt(&vector.key(), *vector.random, &message, vector.app_id), vector.encrypt);
    }
}

#[test]
fn the_messages_in_them_are_read() {
    let text = |vector: &Vector| match Push::parse(&vector.opened()).unwrap() {
        Push {
            from_user,
            kind: Kind::Message(Message { id, content: Content::Text { content, .. }, .. }),
            fields,
            ..
        } => (from_user, id, content, fields.string("AgentID")),
        other => panic!("{other:?}"),
    };
    let official =
        ("oyORnuP8q7ou2gfYjqLzSIWZf0rs".into(), Some(6_054_768_590_064_713_728), "abcdteT".into(), "".into());
    assert_eq!(text(&OFFICIAL), official);
    assert_eq!(PADDED_BY_30.opened().len(), 284);
    let sibling = ("mycreate".into(), Some(4_561_255_354_251_345_929), "hello".into(), "218".into());
    assert_eq!(text(&PADDED_BY_30), sibling);
}

#[test]
fn published_answers_are_made() {
    let answer = encrypt(&SAFE_MODE.key(), *b"707722b803182950", br#"{"demo_resp":"good luck"}"#, SAFE_MODE.app_id);
    let expected = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";
    assert_eq!(answer, expected);
    assert_eq!(
        encrypted_reply(&answer, "AAAAA", 1_713_424_427, "415670741"),
        format!(
            "<xml><Encrypt><![CDATA[{expected}]]></Encrypt>\
             <MsgSignature><![CDATA[1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1]]></MsgSignature>\
             <TimeStamp>1713424427</TimeStamp><Nonce><![CDATA[415670741]]></Nonce></xml>"
        )
    );

    // Lengths count bytes.
    let short = encrypt(&OFFICIAL.key(), *b"aaaabbbbccccdddd", "我是中文abcd123".as_bytes(), "wxb11529c136998cb6");
    assert_eq!(short, "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==");
    assert_eq!(decrypt(&OFFICIAL.key(), &short, "wxb11529c136998cb6").unwrap(), "我是中文abcd123".as_bytes());
}

#[test]
fn the_encrypted_part_is_found_in_either_mode() {
    let Vector { encrypt, .. } = SAFE_MODE;
    let safe = format!("<xml><ToUserName><![CDATA[gh_a]]></ToUserName><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>");
    let compatible = super::delivery(&format!("<MsgType>text</MsgType>\n<Encrypt>\n{encrypt}\n</Encrypt>"));
    for body in [safe, compatible] {
        assert_eq!(encrypted(body.as_bytes()).unwrap(), encrypt);
    }
    let missing = Err(crate::webhook::Error::Missing("Encrypt"));
    assert_eq!(encrypted(b"<xml><Encrypt></Encrypt></xml>"), missing);
    assert_eq!(encrypted(b"<xml></xml>"), missing);
}

#[test]
fn what_is_answered_can_be_read_as_a_delivery_is() {
    let answer = encrypt(&OFFICIAL.key(), [7; 16], "<xml>回复</xml>".as_bytes(), OFFICIAL.app_id);
    let body = encrypted_reply(&answer, "spamtest", 1_790_000_000, "]]><evil>&");
    let envelope = crate::webhook::xml::parse(body.as_bytes()).unwrap();
    assert_eq!(envelope.string("Nonce"), "]]><evil>&");
    let signature = msg_signature("spamtest", "1790000000", "]]><evil>&", &answer);
    assert_eq!(envelope.string("MsgSignature"), signature);
    let opened = decrypt(&OFFICIAL.key(), &encrypted(body.as_bytes()).unwrap(), OFFICIAL.app_id).unwrap();
    assert_eq!(opened, "<xml>回复</xml>".as_bytes());
}
