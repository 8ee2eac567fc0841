//! Whatever comes, it is read or refused; what is written is read again. The first two are the targets of `fuzz/` too.

use proptest::prelude::*;

use super::super::crypto::{EncodingAesKey, decrypt, encrypt};
use super::super::envelope::encrypted;
use super::super::push::Push;
use super::super::reply::{Content, Reply};
use super::super::xml::parse;
use super::encryption::{encrypt_raw, key};
use crate::clock;

/// Something between noise and a push: pieces of XML in any order.
fn any_xml() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "<xml>",
        "</xml>",
        "<MsgType>",
        "</MsgType>",
        "<Event>",
        "</Event>",
        "<item>",
        "</item>",
        "<a/>",
        "event",
        "text",
        "SCAN",
        "<![CDATA[",
        "]]>",
        "]]",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<!DOCTYPE x [",
        "]>",
        "&lt;",
        "&#",
        "x41;",
        "&",
        ";",
        "<",
        ">",
        "/",
        " ",
        "\n",
        "\r",
        "\u{0}",
        "你",
        "😀",
        "=\"",
        "'",
        "<EventKey>",
        "</EventKey>",
        "MASSSENDJOBFINISH",
        "<MsgID>",
        "</MsgID>",
        "99999999999999999999",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
}

/// Well-formed pushes of known elements with any text, so that the readers behind the XML get their share.
fn any_push() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(vec![
        "MsgType",
        "Event",
        "EventKey",
        "MsgId",
        "MsgID",
        "Content",
        "Ticket",
        "Idx",
        "MsgDataId",
        "OpenID",
        "RevokeInfo",
        "Status",
        "TotalCount",
        "PublishEventInfo",
        "publish_id",
        "SendPicsInfo",
        "SubscribeMsgSentEvent",
        "List",
        "ExpiredTime",
    ]);
    let word = prop::sample::select(vec![
        "text",
        "event",
        "subscribe",
        "qrscene_1",
        "SCAN",
        "PUBLISHJOBFINISH",
        "MASSSENDJOBFINISH",
        "pic_weixin",
        "user_authorization_revoke",
        "annual_renew",
        "subscribe_msg_sent_event",
        "18446744073709551616",
        "-1",
        "err(1)",
    ]);
    let text = prop_oneof![word.prop_map(str::to_owned), any::<String>()];
    let leaf = (name.clone(), text)
        .prop_map(|(name, text)| format!("<{name}><![CDATA[{}]]></{name}>", text.replace("]]>", "]]]]><![CDATA[>")));
    let element = leaf.prop_recursive(3, 12, 4, move |inner| {
        (name.clone(), prop::collection::vec(inner, 0..4))
            .prop_map(|(name, inner)| format!("<{name}>{}</{name}>", inner.concat()))
    });
    let what = prop::sample::select(vec![
        "",
        "<MsgType>event</MsgType><Event>MASSSENDJOBFINISH</Event>",
        "<MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event>",
        "<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event>",
        "<MsgType>voice</MsgType>",
    ]);
    (what, prop::collection::vec(element, 0..8))
        .prop_map(|(what, inner)| super::delivery(&(what.to_owned() + &inner.concat())).into_bytes())
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let inner = any_xml().prop_map(|inner| super::delivery(&String::from_utf8_lossy(&inner)).into_bytes());
    prop_oneof![any_xml(), inner, any_push(), prop::collection::vec(any::<u8>(), 0..400)]
}

/// What the format says of a decrypted text, read without haste: the message, when all is right.
fn message_in<'a>(plain: &'a [u8], app_id: &str) -> Option<&'a [u8]> {
    let padding = usize::from(*plain.last()?);
    let (content, padded) = plain.split_at_checked(plain.len().checked_sub(padding)?)?;
    let is_padded = (1..=32).contains(&padding) && padded.iter().all(|byte| usize::from(*byte) == padding);
    let rest = content.get(16..)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (message, found) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    (plain.len().is_multiple_of(32) && is_padded && found == app_id.as_bytes()).then_some(message)
}

/// Plain texts that are right, nearly right, or noise; of whole blocks.
fn any_plain() -> impl Strategy<Value = Vec<u8>> {
    let near = (0..60_usize, 0..4_u8, 0..40_u8, any::<bool>()).prop_map(|(size, chance, padding, honest)| {
        let length = size as u32 ^ u32::from(chance == 0);
        let mut plain = [&[9; 16], length.to_be_bytes().as_slice(), &vec![b'm'; size], b"wx1"].concat();
        let padding = if honest { 32 - (plain.len() % 32) as u8 } else { padding };
        plain.resize(plain.len() + usize::from(padding), padding);
        plain.truncate(plain.len() / 16 * 16);
        plain
    });
    let noise = prop::collection::vec(0..34_u8, 0..8).prop_map(|noise| noise.repeat(16));
    prop_oneof![4 => near, 1 => noise]
}

proptest! {
    #[test]
    fn no_body_breaks_the_reader(body in any_body()) {
        let _ = encrypted(&body);
        if let Ok(push) = Push::parse(&body) {
            let key = push.dedup_key();
            prop_assert!(key.len() <= 42 && key.is_ascii(), "{}", key);
            let commented = String::from_utf8(body).unwrap().replacen("<xml>", "<!-- again --><xml> ", 1);
            prop_assert_eq!(Push::parse(commented.as_bytes()).unwrap().dedup_key(), key, "{}", commented);
        }
    }

    #[test]
    fn no_cipher_text_breaks_decryption(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,60}") {
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &bytes);
        let _ = decrypt(&key(), &encoded, "wx1");
        let _ = decrypt(&key(), &text, "wx1");
        let _ = EncodingAesKey::parse(&text);
    }

    #[test]
    fn a_plain_text_is_opened_exactly_when_it_is_right(plain in any_plain()) {
        let opened = decrypt(&key(), &encrypt_raw(&plain), "wx1").ok();
        prop_assert_eq!(opened.as_deref(), message_in(&plain, "wx1"));
    }

    #[test]
    fn what_is_encrypted_is_decrypted(
        key in "[A-Za-z0-9]{43}",
        random in any::<[u8; 16]>(),
        message in prop::collection::vec(any::<u8>(), 0..300),
        app_id in "[a-z0-9]{0,40}",
    ) {
        let key = EncodingAesKey::parse(&key).unwrap();
        prop_assert_eq!(decrypt(&key, &encrypt(&key, random, &message, &app_id), &app_id).unwrap(), message);
    }

    #[test]
    fn a_reply_is_read_as_it_was_written(text in prop_oneof![any::<String>(), "[\\]>a<&\\r\\n\u{0}]{0,12}"], openid in any::<String>()) {
        let created_at = clock::from_unix_seconds(0).unwrap();
        let content = Content::Text(text.clone());
        let reply = Reply { to_user: openid.clone(), from_user: "gh".into(), created_at, content };
        let back = parse(reply.to_xml().as_bytes()).unwrap();
        // XML has no control characters but three, and one line end.
        let expected = |text: &str| {
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            text.replace(|c: char| (c < ' ' && c != '\t' && c != '\n') || c == '\u{fffe}' || c == '\u{ffff}', "")
        };
        prop_assert_eq!(back.string("Content"), expected(&text));
        prop_assert_eq!(back.string("ToUserName"), expected(&openid));
        prop_assert_eq!(back.children.len(), 5);
    }
}
