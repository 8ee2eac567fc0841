//! What WeChat does to the HTML of an article: scripts and images of other hosts are taken out.

use lol_html::{RewriteStrSettings, element, rewrite_str};
use reqwest::Url;

use crate::errcode::Errcode;

/// Where images of articles have to be: what `media/uploadimg` answers.
const IMAGE_HOST: &str = "mmbiz.qpic.cn";
/// What the addresses in an article are relative to.
const ARTICLE_HOST: &str = "http://mp.weixin.qq.com/";

/// The HTML as it is stored. Errors: 45166 when it cannot be read.
pub(crate) fn stored(html: &str) -> Result<String, Errcode> {
    let settings = RewriteStrSettings::new()
        .append_element_content_handler(element!("script", |script| {
            script.remove();
            Ok(())
        }))
        .append_element_content_handler(element!("img[src]", |image| {
            if image.get_attribute("src").is_some_and(|source| !is_uploaded(&source)) {
                image.remove();
            }
            Ok(())
        }));
    rewrite_str(html, settings).map_err(|_| Errcode::INVALID_CONTENT)
}

fn is_uploaded(source: &str) -> bool {
    let base = Url::parse(ARTICLE_HOST).ok();
    let address = base.and_then(|base| base.join(source.trim()).ok());
    address.is_some_and(|address| address.host_str() == Some(IMAGE_HOST))
}

/// Whether a text has a tag in it.
pub(crate) fn has_tag(text: &str) -> bool {
    let begins_tag = |after: &str| after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
    text.match_indices('<').any(|(at, _)| begins_tag(&text[at + 1..]))
}

/// The first characters of the text between the tags.
pub(crate) fn beginning(html: &str, characters: usize) -> String {
    let mut in_tag = false;
    let text = html.chars().filter(|character| match character {
        '<' => {
            in_tag = true;
            false
        }
        '>' if in_tag => {
            in_tag = false;
            false
        }
        _ => !in_tag,
    });
    text.take(characters).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_foreign_images_are_taken_out() {
        for (html, expected) in [
            ("<p>正文</p>", "<p>正文</p>"),
            ("<p>a<script>alert('<p>')</script>b</p>", "<p>ab</p>"),
            ("a<SCRIPT src=x></SCRIPT>b", "ab"),
            (r#"<img src="http://mmbiz.qpic.cn/a/0">"#, r#"<img src="http://mmbiz.qpic.cn/a/0">"#),
            (r#"<img src="https://mmbiz.qpic.cn/a/0"/>"#, r#"<img src="https://mmbiz.qpic.cn/a/0"/>"#),
            (r#"<img src="//mmbiz.qpic.cn/a/0">"#, r#"<img src="//mmbiz.qpic.cn/a/0">"#),
            (r#"a<img src="http://example.com/mmbiz.qpic.cn/0">b"#, "ab"),
            (r#"a<img src="http://mmbiz.qpic.cn.example.com/0">b"#, "ab"),
            (r#"a<img src="/local.png">b"#, "ab"),
            (r#"a<img src="data:image/png;base64,AA==">b"#, "ab"),
            ("a<img alt=x>b", "a<img alt=x>b"),
        ] {
            assert_eq!(stored(html).as_deref(), Ok(expected), "{html}");
        }
    }

    #[test]
    fn the_beginning_is_text_without_tags() {
        assert_eq!(beginning("<p>十月<b>活动</b></p>开始", 5), "十月活动开");
        assert_eq!(beginning("1 > 0", 54), "1 > 0");
    }

    #[test]
    fn tags_are_told_from_smaller_than() {
        for (text, expected) in [("<p>x", true), ("a</b>", true), ("<!-- -->", true), ("1 < 2", false), ("<3", false)] {
            assert_eq!(has_tag(text), expected, "{text}");
        }
    }
}
