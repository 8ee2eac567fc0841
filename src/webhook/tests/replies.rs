use super::super::reply::{Article, Content, MAX_TEXT_BYTES, Music, Reply};
use super::super::xml::parse;
use crate::clock;

fn reply(content: Content) -> Reply {
    let created_at = clock::from_unix_seconds(1_790_000_001).unwrap();
    Reply { to_user: "oFollower".into(), from_user: "gh_0123456789ab".into(), created_at, content }
}

/// The XML of a reply after its `CreateTime`.
fn xml_of(content: Content) -> String {
    let xml = reply(content).to_xml();
    let head = "<xml><ToUserName><![CDATA[oFollower]]></ToUserName><FromUserName><![CDATA[gh_0123456789ab]]></FromUserName>\
                <CreateTime>1790000001</CreateTime>";
    xml.strip_prefix(head).and_then(|rest| rest.strip_suffix("</xml>")).unwrap().to_owned()
}

fn article(number: u8) -> Article {
    let text = |name: &str| format!("{name}{number}");
    Article { title: text("t"), description: text("d"), picture_url: text("p"), url: text("u") }
}

#[test]
fn every_type_is_written_as_documented() {
    let text = |text: &str| text.to_owned();
    let cases = [
        (
            Content::Text(text("你好\n<a href=\"x\">a</a>")),
            "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好\n<a href=\"x\">a</a>]]></Content>",
        ),
        (
            Content::Image { media_id: text("m") },
            "<MsgType><![CDATA[image]]></MsgType><Image><MediaId><![CDATA[m]]></MediaId></Image>",
        ),
        (
            Content::Voice { media_id: text("m") },
            "<MsgType><![CDATA[voice]]></MsgType><Voice><MediaId><![CDATA[m]]></MediaId></Voice>",
        ),
        (
            Content::Video { media_id: text("m"), title: Some(text("t")), description: Some(text("d")) },
            "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[m]]></MediaId><Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description></Video>",
        ),
        (
            Content::Video { media_id: text("m"), title: None, description: None },
            "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[m]]></MediaId></Video>",
        ),
        (
            Content::Music(Music {
                title: Some(text("t")),
                description: Some(text("d")),
                url: Some(text("u")),
                high_quality_url: Some(text("h")),
                thumb_media_id: text("m"),
            }),
            "<MsgType><![CDATA[music]]></MsgType><Music><Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description><MusicUrl><![CDATA[u]]></MusicUrl><HQMusicUrl><![CDATA[h]]></HQMusicUrl><ThumbMediaId><![CDATA[m]]></ThumbMediaId></Music>",
        ),
        (
            Content::News(vec![article(1), article(2)]),
            "<MsgType><![CDATA[news]]></MsgType><ArticleCount>2</ArticleCount><Articles><item><Title><![CDATA[t1]]></Title><Description><![CDATA[d1]]></Description><PicUrl><![CDATA[p1]]></PicUrl><Url><![CDATA[u1]]></Url></item><item><Title><![CDATA[t2]]></Title><Description><![CDATA[d2]]></Description><PicUrl><![CDATA[p2]]></PicUrl><Url><![CDATA[u2]]></Url></item></Articles>",
        ),
    ];
    for (content, expected) in cases {
        assert_eq!(xml_of(content), expected);
    }
}

#[test]
fn text_cannot_leave_its_cdata_section() {
    let written = xml_of(Content::Text("a]]>b".into()));
    assert!(written.contains("<Content><![CDATA[a]]]]><![CDATA[>b]]></Content>"), "{written}");
    for text in
        ["]]>", "]]]]>>", "]]]>", "]", "]]", "]]>]]>", "<![CDATA[x]]>", "</Content><Evil/>", "&lt;&evil;", " a ", "\n"]
    {
        let back = parse(reply(Content::Text(text.into())).to_xml().as_bytes()).unwrap();
        assert_eq!(back.child("Content").unwrap().text, text);
        assert_eq!(back.children.len(), 5, "{text} adds no element");
    }
}

#[test]
fn what_xml_forbids_is_left_out() {
    for (text, expected) in [
        ("a\u{0}b\u{1}c\u{8}\u{b}\u{c}\u{e}\u{1f}d\u{fffe}\u{ffff}", "abcd"),
        ("tab\tand\nline\r\nends\r", "tab\tand\nline\nends\n"),
        ("\u{7f}\u{85}\u{9f}\u{fffd}😀", "\u{7f}\u{85}\u{9f}\u{fffd}😀"),
        // What is left together must not be read as an end.
        ("]\u{0}]\u{1}>", "]]>"),
    ] {
        let back = parse(reply(Content::Text(text.into())).to_xml().as_bytes()).unwrap();
        assert_eq!(back.string("Content"), expected);
    }
}

#[test]
fn the_longest_text_is_far_below_what_can_be_read() {
    let text = "]]>".repeat(MAX_TEXT_BYTES / 3);
    let back = parse(reply(Content::Text(text.clone())).to_xml().as_bytes()).unwrap();
    assert_eq!(back.string("Content"), text);
}
