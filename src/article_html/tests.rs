#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::elements::elements;
use super::structure::MAX_DEPTH;
use super::*;

/// Attributes that sanitised HTML may have.
#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    "align", "alt", "border", "cellpadding", "cellspacing", "color", "colspan", "decoding", "face", "height", "href",
    "lang", "loading", "referrerpolicy", "rel", "reversed", "rowspan", "size", "src", "start", "style", "title", "type",
    "valign", "value", "width",
];

/// Known ways past filters, each of which runs `alert` in a browser if it gets through unchanged, or leaves the page.
pub(crate) const VECTORS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt/x>alert(1)</sCrIpT >",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)//",
    "<img src=\"x\"onerror=\"alert(1)\">",
    "<img src=`x` onerror=alert(1)>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<p onclick=alert(1) onmouseover='alert(1)'>x</p>",
    "<body onload=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href=\" \u{1}java\nscript\t:alert(1)\">x</a>",
    "<a href=\"&#106;&#x61;vascript&colon;alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==\">x</a>",
    "<a href=\"//evil.example/x\">x</a>",
    "<a href=\"/v1/docs\" target=_top ping=https://evil.example>x</a>",
    "<img src=\"javascript:alert(1)\">",
    "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
    "<img data-src=\"javascript:alert(1)\">",
    "<image src=x onerror=alert(1)>",
    "<iframe src=\"https://evil.example\" srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=\"data:text/html,<script>alert(1)</script>\"></object><embed src=https://evil.example>",
    "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
    "<base href=https://evil.example/><link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import 'https://evil.example/x.css';*{display:none}</style>",
    "<p style=\"position:fixed;top:0;left:0;width:100%;height:100%;background:url(https://evil.example)\">x</p>",
    "<p style=\"width:expression(alert(1));behavior:url(x);-moz-binding:url(x)\">x</p>",
    "<p style='background:\\75rl(https://evil.example)'>x</p>",
    "<div style=\"color:red\" style=\"position:fixed\">x</div>",
    "<form action=https://evil.example><input name=q><button formaction=javascript:alert(1)>x</button></form>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<textarea><img title=\"</textarea><img src=x onerror=alert(1)>\">",
    "<title><img title=\"</title><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version=\"1.0\"?><img src=x onerror=alert(1)>",
    "<!DOCTYPE x [<!ENTITY y \"<script>alert(1)</script>\">]>&y;",
    "<<script>alert(1)//<</script>",
    "<<x>img src=x onerror=alert(1)>",
    "<<!-- -->img src=x onerror=alert(1)>",
    "<img src=x title=\"unclosed onerror=alert(1) <p>",
    "</div></main></body><script>alert(1)</script>",
    "<table><td><svg><desc><table><style><img src=x onerror=alert(1)>",
    "<select><template><img src=x onerror=alert(1)></select>",
    "<plaintext><img src=x onerror=alert(1)>",
    "<isindex action=javascript:alert(1) type=image><keygen autofocus onfocus=alert(1)>",
    "<p id=location name=body class=source>x</p>",
    "\u{0}<sc\u{0}ript>alert(1)</script>",
    "<a href=http:/v1/docs>x</a><img src=http:v1/docs>",
    "<marquee onstart=alert(1)>x</marquee><custom-element onclick=alert(1)>x</custom-element>",
];

/// What is wrong with HTML that claims to be sanitised.
fn objections(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let allowed: Vec<_> = elements().collect();
    let look = lol_html::element!("*", |element| {
        let name = element.tag_name();
        if !allowed.contains(&name.as_str()) {
            found.push(format!("<{name}>"));
        }
        for attribute in element.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            if !ATTRIBUTES.contains(&name.as_str()) {
                found.push(format!("{name}="));
            }
            let is_address = matches!(name.as_str(), "href" | "src");
            if is_address && !["http://", "https://"].iter().any(|scheme| value.to_lowercase().starts_with(scheme)) {
                found.push(value.clone());
            }
            let lower = value.to_lowercase();
            let bad = ["url(", "expression", "position", "\\", "@", "!", "image-set", "var("];
            if name == "style" && bad.iter().any(|bad| lower.contains(bad)) {
                found.push(value);
            }
        }
        Ok(())
    });
    let settings = lol_html::RewriteStrSettings::new().with_strict(false).append_element_content_handler(look);
    lol_html::rewrite_str(html, settings).unwrap();
    if html.contains("<!") || html.contains("<?") {
        found.push("a comment or declaration".to_owned());
    }
    found
}

/// Deepest nesting of well-formed HTML.
fn depth(html: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for tag in html.split('<').skip(1) {
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        if tag.starts_with('/') {
            depth -= 1;
        } else if !["br", "hr", "img", "wbr"].contains(&name.as_str()) {
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    assert_eq!(depth, 0, "unbalanced");
    deepest
}

#[test]
fn no_known_trick_gets_through() {
    for vector in VECTORS {
        for html in [(*vector).to_owned(), format!("<section><p>前{vector}后</p></section>"), vector.repeat(3)] {
            let sanitised = sanitise(&html);
            assert_eq!(objections(&sanitised), Vec::<String>::new(), "{html}\n{sanitised}");
            assert_eq!(attributes_sorted(&sanitise(&sanitised)), attributes_sorted(&sanitised), "{html}");
        }
    }
}

#[test]
fn the_judge_objects_to_what_is_not_sanitised() {
    for html in [
        "<script>",
        "<p onclick=x>",
        "<a href=javascript:x>",
        "<img src=/x>",
        "<p style=position:fixed>",
        "<!-- x -->",
        "<p style='color:var(--x)'>",
    ] {
        assert_ne!(objections(html), Vec::<String>::new(), "{html}");
    }
}

#[test]
fn what_editors_write_stays() {
    let image = "decoding=\"async\" loading=\"lazy\" referrerpolicy=\"no-referrer\"";
    for (html, expected) in [
        (
            "<section style=\"margin: 10px 0; position: relative;\"><p>春<strong>眠</strong></p></section>",
            "<section style=\"margin:10px 0\"><p>春<strong>眠</strong></p></section>".to_owned(),
        ),
        (
            "<p><img class=\"rich_pages\" data-src=\"https://mmbiz.qpic.cn/a?wx_fmt=png&amp;x=1\" data-w=\"640\"></p>",
            format!("<p><img src=\"https://mmbiz.qpic.cn/a?wx_fmt=png&amp;x=1\" {image}></p>"),
        ),
        ("<img src=//mmbiz.qpic.cn/a>", format!("<img src=\"https://mmbiz.qpic.cn/a\" {image}>")),
        (
            "<a href=\"https://example.com/?a=1&b=2\" target=\"_blank\">链</a>",
            "<a href=\"https://example.com/?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\">链</a>".to_owned(),
        ),
        (
            "<table><tbody><tr><td colspan=\"2\" onclick=x>a</td></tr></tbody></table>",
            "<table><tbody><tr><td colspan=\"2\">a</td></tr></tbody></table>".to_owned(),
        ),
        ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c".to_owned()),
        ("<p>a<p>b<div>c", "<p>a</p><p>b</p><div>c</div>".to_owned()),
        ("1 < 2 &amp; 3 > 2 &nbsp;&hearts;", "1 &lt; 2 &amp; 3 &gt; 2 &nbsp;♥".to_owned()),
        ("<form><mp-thing>text</mp-thing></form>", "text".to_owned()),
        ("<p>a</p><iframe src=x>b</iframe><p>c</p>", "<p>a</p><p>c</p>".to_owned()),
        ("a<svg><path d=x></path><text>b</text></svg>c", "ac".to_owned()),
        ("a<svg><title>b</title><style>c</style><p>d</p>e", "a<p>d</p>e".to_owned()),
        ("<svg><foreignObject><section>a</section></foreignObject></svg>b", "<section>a</section>b".to_owned()),
        ("<video>a</video><object>b", "ab".to_owned()),
        ("", String::new()),
        ("纯文本", "纯文本".to_owned()),
    ] {
        let sanitised = sanitise(html);
        let (got, wanted) = (attributes_sorted(&sanitised), attributes_sorted(&expected));
        assert_eq!(got, wanted, "{html}");
    }
}

/// Tags with their attributes in the order of their names: the sanitiser's own order is not fixed.
fn attributes_sorted(html: &str) -> String {
    let sort = |tag: &str| {
        let mut words: Vec<_> = tag.split(' ').collect();
        words[1..].sort_unstable();
        words.join(" ")
    };
    let pieces = html.split_inclusive('>').map(|piece| match piece.split_once('<') {
        Some((text, tag)) => format!("{text}<{}>", sort(tag.trim_end_matches('>'))),
        None => piece.to_owned(),
    });
    pieces.collect()
}

#[test]
fn what_stands_between_cells_gets_a_cell() {
    assert_eq!(
        sanitise("<table>a<tr><b>b</b><td>c</table>d"),
        "<table><tbody><tr><td>a</td></tr><tr><td><b>b</b></td><td>c</td></tr></tbody></table>d"
    );
    assert_eq!(sanitise("<tr><td>a"), "a");
}

/// Pages that make a parser do far more work than they have bytes, and deep ones.
#[test]
fn bad_structure_costs_no_more_than_its_size() {
    const SIZE: usize = 1 << 17;
    for (name, html) in expensive(SIZE) {
        cost(name, &html, Duration::from_secs(5));
    }
    // What is quadratic would take 64 times as long as above.
    for (name, html) in expensive(8 * SIZE) {
        if ["one address", "references", "formatting in cells"].contains(&name) {
            cost(name, &html, Duration::from_secs(40));
        }
    }
}

fn cost(name: &str, html: &str, most: Duration) {
    let start = Instant::now();
    let sanitised = sanitise(html);
    image_sources(html).unwrap();
    active_content(html).unwrap();
    assert_eq!(replace_images(html, |_| None).unwrap(), html, "{name}");
    assert!(start.elapsed() < most, "{name}: {:?}", start.elapsed());
    assert!(sanitised.len() < 16 * html.len(), "{name}: {} bytes", sanitised.len());
    assert!(depth(&sanitised) <= MAX_DEPTH + 3, "{name}");
}

fn expensive(size: usize) -> Vec<(&'static str, String)> {
    let fill = |piece: &str| piece.repeat(size / piece.len());
    let many = |count: usize, piece: &dyn Fn(usize) -> String| (0..count).map(piece).collect::<String>();
    let fonts = many(size / 50, &|n| format!("<font size={n}>"));
    vec![
        ("deep blocks", fill("<div>")),
        ("deep lists", fill("<ul><li>")),
        ("deep tables", fill("<table><tr><td>")),
        ("formatting reopened in every block", format!("<p>{fonts}{}", "<p>x".repeat(size / 10))),
        ("formatting in cells", fill("<table><b><tr><td><i></b>x</table>")),
        ("formatting across blocks", fill("<b><p></b>x</p><i><div></i>y")),
        ("links in links", fill("<a href=http://x/><div>")),
        ("beside cells", format!("<table>{}", "<i></i>".repeat(size / 7))),
        ("text beside cells", format!("<table>{}", "x<tr>".repeat(size / 5))),
        ("headings", fill("<h1><b>")),
        ("unclosed paragraphs", fill("<p>x")),
        ("stray ends", format!("{}{}", "<div>".repeat(size / 10), "</p></x>".repeat(size / 16))),
        ("one tag", format!("<p {}>", many(size / 10, &|n| format!("a{n}=1 ")))),
        ("one style", format!("<p style='{}'>", fill("color:red;"))),
        ("one address", format!("<img src='http://x/{}'>", fill("a&amp;"))),
        ("references", fill("&amp;&notit;")),
        ("points", fill("·")),
        ("angles", fill("<")),
        ("comments", fill("<!--->")),
        ("foreign", fill("<svg><p><math>")),
        ("hidden", fill("<select><object>")),
        ("ruby", fill("<ruby><rt>")),
        ("nulls", fill("\0<p\0>")),
        ("plain", fill("春眠不觉晓。")),
    ]
}

#[test]
fn ten_thousand_levels_do_not_overflow_a_small_stack() {
    let html = format!("{}x{}", "<section><span>".repeat(10_000), "</span></section>".repeat(10_000));
    let run =
        move || (sanitise(&html), image_sources(&html).unwrap(), replace_images(&html, |_| None).unwrap() == html);
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(run).unwrap();
    let (sanitised, sources, same) = thread.join().unwrap();
    assert_eq!(depth(&sanitised), MAX_DEPTH);
    assert!(sanitised.contains('x') && sources.is_empty() && same);
}

#[test]
fn images_are_listed_in_order_once_and_decoded() {
    let html = "<img src='https://a/1?x=1&amp;y=2'><IMG SRC=https://a/2><img data-src=\" https://a/3 \"><img>\
                <img src='' data-src=https://a/4><img src='data:image/gif;base64,R0' data-src='https://a/5&copy=1'>\
                <img src=https://a/2><!-- <img src=https://a/no> --><script><img src=https://a/no></script>\
                <img src='data:image/gif;base64,R1'><img alt='<img src=https://a/no>' src=&#104;ttps://a/6>";
    let expected = [
        "https://a/1?x=1&y=2",
        "https://a/2",
        "https://a/3",
        "https://a/4",
        "https://a/5&copy=1",
        "data:image/gif;base64,R1",
        "https://a/6",
    ];
    assert_eq!(image_sources(html).unwrap(), expected);
}

#[test]
fn images_are_replaced_and_nothing_else() {
    let html = "<P  class=x>&nbsp;<img\nalt='a' src='https://a/1?x=1&amp;y=2' width=3 /><br/><img data-src=https://a/2><img src=https://a/3></p\n>";
    let replaced = replace_images(html, |source| match source {
        "https://a/1?x=1&y=2" => Some("https://w/1?a=\"b\"&c".to_owned()),
        "https://a/2" => Some("https://w/2".to_owned()),
        _ => None,
    });
    let replaced = replaced.unwrap();
    assert!(replaced.starts_with("<P  class=x>&nbsp;<img"), "{replaced}");
    assert!(replaced.ends_with("<img src=https://a/3></p\n>"), "{replaced}");
    assert!(replaced.contains("alt='a' src=\"https://w/1?a=&quot;b&quot;&amp;c\" width=3"), "{replaced}");
    assert!(replaced.contains("<br/><img data-src=\"https://w/2\" src=\"https://w/2\">"), "{replaced}");
    let sources = image_sources(&replaced).unwrap();
    assert_eq!(sources, ["https://w/1?a=\"b\"&c", "https://w/2", "https://a/3"]);
}

#[test]
fn what_acts_is_named_once() {
    let html = "<p onclick=x ONLOAD=y>a</p><script>1</script><iframe></iframe><script>2</script>\
                <a href=' java\tscript&colon;x'>b</a><a href=https://x/ online-shop=1>c</a>";
    assert_eq!(active_content(html).unwrap(), ["onclick", "onload", "script", "iframe", "javascript:"]);
    assert_eq!(active_content("<p>on script</p><!-- <script> -->").unwrap(), Vec::<String>::new());
    let many: String = ('a'..='z').map(|letter| format!("<p on{letter}=1>")).collect();
    assert_eq!(active_content(&many).unwrap().len(), 20);
}

/// Text that looks like HTML: pieces of tags, of tricks and of prose in any order.
fn soup() -> impl Strategy<Value = String> {
    let tag = prop::sample::select(elements().collect::<Vec<_>>());
    let piece = prop_oneof![
        3 => (tag.clone(), "[a-z]{0,3}").prop_map(|(tag, value)| format!("<{tag} style='color:{value}' title={value}>")),
        3 => tag.prop_map(|tag| format!("</{tag}>")),
        2 => prop::sample::select(VECTORS).prop_map(str::to_owned),
        1 => prop::sample::select(&["<", ">", "\"", "'", "=", "&", "/", "<!--", "-->", "]]>", "\0", "<svg>", "<math>"][..])
            .prop_map(str::to_owned),
        1 => "<img (src|data-src)=['\"]?(http|https|data)://?[a-z&;]{0,8}['\"]?>",
        1 => ".{0,8}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_sanitised(html in prop_oneof![soup(), ".{0,200}"]) {
        let sanitised = sanitise(&html);
        prop_assert_eq!(objections(&sanitised), Vec::<String>::new(), "{}", sanitised);
        prop_assert!(depth(&sanitised) <= MAX_DEPTH + 3);
        prop_assert!(sanitised.len() <= 12 * html.len() + 100, "{} to {}", html.len(), sanitised.len());
    }

    #[test]
    fn prose_stays_as_it_is(text in "[^<>&\0\r\u{feff}]{0,100}") {
        prop_assert_eq!(sanitise(&text).replace("&nbsp;", "\u{a0}"), text);
    }

    #[test]
    fn replacing_images_by_themselves_changes_nothing(html in prop_oneof![soup(), ".{0,200}"]) {
        prop_assert_eq!(replace_images(&html, |_| None).unwrap(), html.as_str());
        prop_assert_eq!(replace_images(&html, |source| Some(source.to_owned())).unwrap(), html.as_str());
        active_content(&html).unwrap();
    }

    #[test]
    fn replaced_images_are_the_images(html in soup(), number in 0..1000) {
        let new = |source: &str| format!("https://w/{number}?{}&\"'<", source.len());
        let expected: Vec<_> = image_sources(&html).unwrap().iter().map(|source| new(source)).collect();
        let replaced = replace_images(&html, |source| Some(new(source))).unwrap();
        let mut unique = Vec::new();
        for source in expected {
            if !unique.contains(&source) {
                unique.push(source);
            }
        }
        prop_assert_eq!(image_sources(&replaced).unwrap(), unique);
    }
}
