use super::super::push::{Content, Kind, Message, Push, SourceArticle};
use super::super::{Error, Result};
use super::{delivery, push};

fn message(inner: &str) -> Message {
    match push(inner).kind {
        Kind::Message(message) => message,
        Kind::Event(event) => panic!("{event:?} is no message"),
    }
}

fn text(inner: &str) -> String {
    match message(&format!("<MsgType>text</MsgType>{inner}")).content {
        Content::Text { content, .. } => content,
        other => panic!("{other:?} is no text"),
    }
}

#[test]
fn every_type_of_message_is_read() {
    let cases: Vec<(&str, &str, Content)> = vec![
        ("text", "<Content><![CDATA[你好]]></Content>", Content::Text { content: "你好".into(), menu_item_id: None }),
        (
            "text",
            "<Content><![CDATA[满意]]></Content><bizmsgmenuid>101</bizmsgmenuid>",
            Content::Text { content: "满意".into(), menu_item_id: Some("101".into()) },
        ),
        (
            "image",
            "<PicUrl><![CDATA[http://mmbiz.qpic.cn/a?b=1&c=2]]></PicUrl><MediaId><![CDATA[m1]]></MediaId>",
            Content::Image { picture_url: "http://mmbiz.qpic.cn/a?b=1&c=2".into(), media_id: "m1".into() },
        ),
        (
            "voice",
            "<MediaId><![CDATA[m1]]></MediaId><Format><![CDATA[amr]]></Format><MediaId16K><![CDATA[m16]]></MediaId16K>\
             <Recognition><![CDATA[你好。]]></Recognition>",
            Content::Voice {
                media_id: "m1".into(),
                format: "amr".into(),
                media_id_16k: Some("m16".into()),
                recognition: Some("你好。".into()),
            },
        ),
        (
            "voice",
            "<MediaId>m1</MediaId><Format>speex</Format><Recognition><![CDATA[]]></Recognition>",
            Content::Voice { media_id: "m1".into(), format: "speex".into(), media_id_16k: None, recognition: None },
        ),
        (
            "video",
            "<MediaId><![CDATA[m1]]></MediaId><ThumbMediaId><![CDATA[t1]]></ThumbMediaId>",
            Content::Video { media_id: "m1".into(), thumb_media_id: "t1".into() },
        ),
        (
            "shortvideo",
            "<MediaId><![CDATA[m1]]></MediaId><ThumbMediaId><![CDATA[t1]]></ThumbMediaId>",
            Content::ShortVideo { media_id: "m1".into(), thumb_media_id: "t1".into() },
        ),
        (
            "location",
            "<Location_X>23.134500</Location_X><Location_Y>113.358803</Location_Y><Scale>20</Scale>\
             <Label><![CDATA[广州市]]></Label>",
            Content::Location {
                latitude: "23.134500".into(),
                longitude: "113.358803".into(),
                scale: "20".into(),
                label: "广州市".into(),
            },
        ),
        (
            "link",
            "<Title><![CDATA[标题]]></Title><Description><![CDATA[描述]]></Description><Url><![CDATA[https://a.cn]]></Url>",
            Content::Link { title: "标题".into(), description: "描述".into(), url: "https://a.cn".into() },
        ),
        ("sticker", "<Sticker><Id>5</Id></Sticker>", Content::Other { type_name: "sticker".into() }),
    ];
    for (name, inner, content) in cases {
        for name in [name.to_owned(), format!("<![CDATA[{name}]]>")] {
            let inner = format!("<MsgType>{name}</MsgType>{inner}<MsgId>24123456789012345</MsgId>");
            assert_eq!(
                message(&inner),
                Message { id: Some(24_123_456_789_012_345), article: None, content: content.clone() }
            );
        }
    }
}

#[test]
fn sender_account_and_time_are_read() {
    let push =
        push("<MsgType>text</MsgType><Content>x</Content><MsgDataId>2247</MsgDataId><Idx>2</Idx><MsgId>1</MsgId>");
    assert_eq!((push.to_user.as_str(), push.from_user.as_str()), ("gh_0123456789ab", "oFollower"));
    assert_eq!(push.created_at.timestamp(), 1_790_000_000);
    let Kind::Message(message) = push.kind else { panic!("no message") };
    assert_eq!(message.article, Some(SourceArticle { data_id: "2247".into(), index: Some(2) }));
}

#[test]
fn what_is_not_known_is_kept() {
    let push = push("<MsgType>sticker</MsgType><Sticker><Id>5</Id><Id>6</Id><Name><![CDATA[笑]]></Name></Sticker>");
    let sticker = push.fields.child("Sticker").unwrap();
    let ids: Vec<_> = sticker.children_named("Id").map(|id| id.text.as_str()).collect();
    assert_eq!(ids, ["5", "6"]);
    assert_eq!(sticker.text_of("Name"), Some("笑"));
}

#[test]
fn text_is_content_in_cdata_and_layout_around_it() {
    let cases = [
        ("<![CDATA[  a b ]]>", "  a b "),
        ("\n  <![CDATA[ a]]>\n", " a"),
        ("  a b  ", "a b"),
        ("<![CDATA[a]]><![CDATA[b]]>", "ab"),
        ("<![CDATA[a]]]]><![CDATA[>b]]>", "a]]>b"),
        ("<![CDATA[a]]> <![CDATA[b]]>", "a b"),
        ("a&lt;b&gt; &amp;&quot;&apos; &#20320;&#x597D; ", "a<b> &\"' 你好"),
        ("&#32;a&#32;", " a "),
        ("<![CDATA[&lt;b&gt;<a href=\"x\">]]>", "&lt;b&gt;<a href=\"x\">"),
        ("a<!-- note -->b<?pi?>c", "abc"),
        ("a <!-- note --> b", "a  b"),
        ("<![CDATA[a\r\nb\rc]]>", "a\nb\nc"),
        ("<![CDATA[a\u{0}\u{8}b\u{fffe}]]>&#8;", "ab"),
        ("<![CDATA[😀👨‍👩‍👧]]>", "😀👨‍👩‍👧"),
        ("", ""),
    ];
    for (content, expected) in cases {
        assert_eq!(text(&format!("<Content>{content}</Content>")), expected, "{content}");
    }
    assert_eq!(text("<Content/>"), "");
    assert_eq!(text(""), "", "an absent text is an empty one");
}

#[test]
fn of_an_element_given_twice_the_first_counts() {
    assert_eq!(text("<Content>a</Content><Content>b</Content>"), "a");
    let push = push("<ToUserName>gh_other</ToUserName><MsgType>text</MsgType><MsgType>event</MsgType>");
    assert_eq!(push.to_user, "gh_0123456789ab");
    assert!(matches!(push.kind, Kind::Message(_)));
}

#[test]
fn layout_declarations_and_notes_are_tolerated() {
    let plain = delivery("<MsgType>text</MsgType><Content>a</Content>");
    let parse = |text: &str| Push::parse(text.as_bytes()).unwrap();
    let indented = plain.replace("><", ">\r\n\t<");
    for text in [
        format!("\u{feff}{plain}"),
        format!("<?xml version=\"1.0\" encoding=\"GBK\"?>\n<!-- note -->\n{indented}\n<!-- note --><?pi?>\n"),
        plain.replace("<xml>", "<xml version='1' a=\"&lt;\">"),
    ] {
        assert_eq!(parse(&text).fields, parse(&plain).fields, "{text}");
    }
}

#[test]
fn a_push_must_say_who_when_and_what() {
    let without = |name: &str| -> Result<Push> {
        let nodes =
            [("ToUserName", "gh"), ("FromUserName", "o"), ("CreateTime", "1"), ("MsgType", "event"), ("Event", "x")];
        let nodes = nodes.iter().filter(|node| node.0 != name).map(|(name, text)| format!("<{name}>{text}</{name}>"));
        Push::parse(format!("<xml>{}</xml>", nodes.collect::<String>()).as_bytes())
    };
    assert!(without("nothing").is_ok());
    for name in ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Event"] {
        assert_eq!(without(name), Err(Error::Missing(name)));
    }
    for time in ["", "soon", "1e9", "99999999999999999999", "9999999999999999"] {
        let body = format!(
            "<xml><ToUserName>a</ToUserName><FromUserName>b</FromUserName><CreateTime>{time}</CreateTime></xml>"
        );
        assert_eq!(Push::parse(body.as_bytes()), Err(Error::Missing("CreateTime")), "{time}");
    }
}

#[test]
fn messages_are_told_apart_by_their_id() {
    let key = |inner: &str| push(&format!("<MsgType>text</MsgType>{inner}")).dedup_key();
    assert_eq!(key("<Content>a</Content><MsgId>24123456789012345</MsgId>"), "24123456789012345");
    assert_eq!(key("<MsgId><![CDATA[ 7 ]]></MsgId>"), key("<Content>b</Content><MsgId>7</MsgId>"));
    assert_ne!(key("<MsgId>7</MsgId>"), key("<MsgId>8</MsgId>"));
    // Without one, by all they say.
    assert_eq!(key("<Content>a</Content>"), key("<Content>a</Content>\n"));
    assert_ne!(key("<Content>a</Content>"), key("<Content>b</Content>"));
    assert_ne!(key("<A>b</A>"), key("<A><b/></A>"));
    assert!(key("<MsgId>not a number</MsgId>").starts_with("message-"));
}
