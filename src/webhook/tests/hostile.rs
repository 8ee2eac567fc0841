use super::super::push::Push;
use super::super::xml::parse;
use super::super::{Error, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};
use super::delivery;

fn refusal(body: &str) -> Error {
    parse(body.as_bytes()).unwrap_err()
}

/// `depth` elements within each other.
fn nested(depth: usize) -> String {
    format!("<xml>{}{}</xml>", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1))
}

#[test]
fn a_document_type_is_refused_whatever_it_says() {
    let bomb = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol1 \"&lol;&lol;&lol;&lol;\">]>";
    let external = "<!DOCTYPE xml [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]>";
    let parameter = "<!DOCTYPE xml [<!ENTITY % remote SYSTEM \"http://127.0.0.1/evil.dtd\"> %remote;]>";
    for doctype in [bomb, external, parameter, "<!DOCTYPE xml>", "<!doctype xml SYSTEM \"x.dtd\">"] {
        let body = delivery("<MsgType>text</MsgType><Content>&lol1;&xxe;</Content>");
        assert_eq!(refusal(&format!("{doctype}{body}")), Error::Doctype, "{doctype}");
        assert_eq!(refusal(&format!("<?xml version=\"1.0\"?>\n{doctype}\n{body}")), Error::Doctype, "{doctype}");
        assert_eq!(refusal(&format!("<xml>{doctype}</xml>")), Error::Doctype, "{doctype}");
    }
}

#[test]
fn no_entity_is_known_but_those_of_xml() {
    for entity in
        ["&xxe;", "&nbsp;", "&LT;", "&;", "&#0;", "&#x110000;", "&#xD800;", "&#;", "&#x;", "&# 1;", "& ", "&lt"]
    {
        assert_eq!(refusal(&format!("<xml><a>{entity}</a></xml>")), Error::Malformed, "{entity}");
    }
}

#[test]
fn depth_size_and_number_are_bounded() {
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    assert_eq!(refusal(&nested(MAX_DEPTH + 1)), Error::TooDeep);
    assert_eq!(refusal(&format!("<xml>{}", "<a>".repeat(100_000))), Error::TooDeep);

    let of_size = |size: usize| format!("<xml>{}</xml>", "a".repeat(size - "<xml></xml>".len()));
    assert!(parse(of_size(MAX_BYTES).as_bytes()).is_ok());
    assert_eq!(refusal(&of_size(MAX_BYTES + 1)), Error::TooLarge);
    assert_eq!(refusal(&of_size(10 << 20)), Error::TooLarge);

    let with = |elements: usize| format!("<xml>{}</xml>", "<a/>".repeat(elements - 1));
    assert!(parse(with(MAX_ELEMENTS).as_bytes()).is_ok());
    assert_eq!(refusal(&with(MAX_ELEMENTS + 1)), Error::TooManyElements);
}

#[test]
fn time_grows_with_the_body_only() {
    // Blanks and notes in turn, or texts in pieces: what would be slow if each piece looked at all before it.
    for piece in [" <!---->", "a<!---->", "<![CDATA[]]> ", "&#32;", "]]"] {
        let body = format!("<xml>{}</xml>", piece.repeat((MAX_BYTES - 20) / piece.len()));
        let start = std::time::Instant::now();
        assert!(parse(body.as_bytes()).is_ok());
        assert!(start.elapsed().as_secs() < 60, "{piece} took {:?}", start.elapsed());
    }
}

#[test]
fn a_delivery_cut_anywhere_is_refused() {
    let body = delivery(
        "\n<MsgType><![CDATA[text]]></MsgType><!-- note --><?pi?><Content><![CDATA[你好]]]]><![CDATA[>]]>&lt;😀</Content>\
         <MsgId>24123456789012345</MsgId>",
    );
    let body = format!("<?xml version=\"1.0\"?>{body}");
    assert!(Push::parse(body.as_bytes()).is_ok());
    for length in 0..body.len() {
        let cut = Push::parse(&body.as_bytes()[..length]).unwrap_err();
        let expected = if body.is_char_boundary(length) { Error::Malformed } else { Error::NotUtf8 };
        assert_eq!(cut, expected, "{length}");
    }
}

#[test]
fn other_encodings_are_refused() {
    let utf_16: Vec<u8> = "\u{feff}<xml>x</xml>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let overlong = b"<xml>\xC0\xBC</xml>";
    let surrogate = b"<xml>\xED\xA0\x80</xml>";
    let gbk = b"<?xml version=\"1.0\" encoding=\"GBK\"?><xml>\xC4\xE3\xBA\xC3</xml>";
    for body in [&utf_16[..], overlong, surrogate, gbk, b"<xml>\xFF</xml>"] {
        assert_eq!(parse(body), Err(Error::NotUtf8), "{body:?}");
    }
}

#[test]
fn only_one_well_formed_root_is_a_delivery() {
    for body in [
        "",
        " ",
        "{}",
        "success",
        "<html></html>",
        "<XML></XML>",
        "<xml>",
        "</xml>",
        "<xml></XML>",
        "<xml><a></b></xml>",
        "<xml><a></xml></a>",
        "<xml/><xml/>",
        "<xml></xml>tail",
        "<xml></xml><![CDATA[tail]]>",
        "<xml></xml>&lt;",
        "head<xml></xml>",
        "<xml></xml></xml>",
        "<xml><!ENTITY a \"b\"></xml>",
        "<xml><![CDATA[</xml>",
        "<xml><!-- </xml>",
        "<xml><></></xml>",
        "<xml><a\u{0}b/></xml>",
        "<xml><1<2/></xml>",
    ] {
        assert_eq!(refusal(body), Error::Malformed, "{body}");
    }
}
