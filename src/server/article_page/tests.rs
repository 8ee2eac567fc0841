#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use axum::body::to_bytes;
use axum::http::HeaderValue;
use axum::http::header::{ETAG, IF_NONE_MATCH};
use proptest::prelude::*;

use super::*;
use crate::article_html::VECTORS;

const HOSTILE: &[&str] = &[
    "</title><script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "' onload='alert(1)",
    "<!-- --><svg onload=alert(1)>",
    "</style><img src=x onerror=alert(1)>",
    "{{ content }} {% if %} &lt;b&gt;",
    "]]></h1><iframe src=//evil.example>",
];

fn example<'a>() -> ArticlePage<'a> {
    ArticlePage {
        title: "秋日徒步五台山",
        author: Some("小欧"),
        account_name: Some("清凉行记"),
        date: NaiveDate::from_ymd_opt(2026, 9, 3).unwrap(),
        digest: "三天六十公里",
        cover_url: Some("https://example.com/cover.jpg?a=1&b=2"),
        show_cover: true,
        content: "<p>正文</p>",
        source_url: Some("https://example.com/original"),
        page_url: "https://odaesan.example/page/a/b",
    }
}

fn responded(page: &ArticlePage<'_>, request: &HeaderMap) -> Response {
    respond(render(page).unwrap().into(), request)
}

async fn shown(page: &ArticlePage<'_>) -> String {
    let response = responded(page, &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::OK);
    text(response).await
}

async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

/// Names of all elements and of all attributes of a document, in order.
fn names(html: &str) -> Vec<String> {
    let mut names = Vec::new();
    let look = lol_html::element!("*", |element| {
        names.push(element.tag_name());
        names.extend(element.attributes().iter().map(|attribute| format!("{}=", attribute.name())));
        Ok(())
    });
    let settings = lol_html::RewriteStrSettings::new().append_element_content_handler(look);
    lol_html::rewrite_str(html, settings).unwrap();
    names
}

#[tokio::test]
async fn it_shows_what_an_article_has() {
    let html = shown(&example()).await;
    for part in [
        "<html lang=\"zh-CN\">",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1",
        "<meta name=\"referrer\" content=\"no-referrer\">",
        "<title>秋日徒步五台山</title>",
        "<link rel=\"canonical\" href=\"https://odaesan.example/page/a/b\">",
        "<meta property=\"og:type\" content=\"article\">",
        "<meta property=\"og:title\" content=\"秋日徒步五台山\">",
        "<meta property=\"og:description\" content=\"三天六十公里\">",
        "<meta property=\"og:image\" content=\"https://example.com/cover.jpg?a=1&#38;b=2\">",
        "<meta property=\"og:site_name\" content=\"清凉行记\">",
        "<meta name=\"twitter:card\" content=\"summary_large_image\">",
        "<h1>秋日徒步五台山</h1>",
        "<span class=\"author\">小欧</span>",
        "<span class=\"account\">清凉行记</span>",
        "<time datetime=\"2026-09-03\">2026-09-03</time>",
        "<img class=\"cover\" src=\"https://example.com/cover.jpg?a=1&#38;b=2\"",
        "<p>正文</p>",
        "href=\"https://example.com/original\" rel=\"noopener noreferrer nofollow\">阅读原文</a>",
    ] {
        assert!(html.contains(part), "{part} is not in\n{html}");
    }
    assert!(!names(&html).contains(&"script".to_owned()));
}

#[tokio::test]
async fn it_leaves_out_what_is_missing() {
    let page = ArticlePage {
        author: Some(" "),
        account_name: None,
        digest: "",
        cover_url: None,
        source_url: None,
        content: "",
        ..example()
    };
    let html = shown(&page).await;
    for part in
        ["class=\"author\"", "class=\"account\"", "description", "og:image", "class=\"cover\"", "阅读原文", "site_name"]
    {
        assert!(!html.contains(part), "{part} is in\n{html}");
    }
    let hidden = shown(&ArticlePage { show_cover: false, ..example() }).await;
    assert!(hidden.contains("og:image") && !hidden.contains("class=\"cover\""));
}

#[tokio::test]
async fn links_and_covers_are_of_the_web() {
    for address in [
        "javascript:alert(1)",
        " JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "/v1/docs",
        "//evil.example",
        "ftp://example.com",
        "https://",
        "",
    ] {
        let html = shown(&ArticlePage { source_url: Some(address), cover_url: Some(address), ..example() }).await;
        assert!(
            !html.contains("阅读原文") && !html.contains("og:image") && !html.contains("class=\"cover\""),
            "{address}"
        );
    }
}

#[tokio::test]
async fn hostile_texts_stay_texts() {
    let harmless = names(&shown(&example()).await);
    for text in HOSTILE {
        let page = ArticlePage {
            title: text,
            author: Some(text),
            account_name: Some(text),
            digest: text,
            page_url: text,
            ..example()
        };
        assert_eq!(names(&shown(&page).await), harmless, "{text}");
    }
}

#[tokio::test]
async fn hostile_content_adds_no_element_that_acts() {
    for content in HOSTILE.iter().chain(VECTORS) {
        let html = shown(&ArticlePage { content, ..example() }).await;
        let names = names(&html);
        for bad in ["script", "iframe", "svg", "object", "onerror=", "onload="] {
            assert!(!names.contains(&bad.to_owned()), "{content}: {bad}");
        }
        assert!(html.ends_with("</main>\n</body>\n</html>"), "{content}");
    }
}

#[tokio::test]
async fn its_headers_forbid_everything_else() {
    let response = responded(&example(), &HeaderMap::new());
    let headers = response.headers();
    assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(headers[REFERRER_POLICY], "no-referrer");
    assert_eq!(headers[CACHE_CONTROL], "public, max-age=60");
    let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; img-src http: https:; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("script-src") && !policy.contains("style-src 'unsafe-inline'"), "{policy}");
    // The digest is of what stands between the tags, to the byte.
    let html = text(response).await;
    let style = html.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).unwrap().0;
    assert!(policy.contains(&STANDARD.encode(Sha256::digest(style))));
}

#[tokio::test]
async fn who_has_the_page_is_not_sent_it_again() {
    let first = responded(&example(), &HeaderMap::new());
    let tag = first.headers()[ETAG].clone();
    for (asked, status) in [
        (tag.clone(), StatusCode::NOT_MODIFIED),
        (HeaderValue::from_static("*"), StatusCode::NOT_MODIFIED),
        (format!("\"x\", W/{}", tag.to_str().unwrap()).parse().unwrap(), StatusCode::NOT_MODIFIED),
        (HeaderValue::from_static("\"x\""), StatusCode::OK),
        (HeaderValue::from_static("nonsense"), StatusCode::OK),
    ] {
        let request = HeaderMap::from_iter([(IF_NONE_MATCH, asked.clone())]);
        let response = responded(&example(), &request);
        assert_eq!(response.status(), status, "{asked:?}");
        assert_eq!(response.headers()[ETAG], tag);
        assert_eq!(response.headers()[CACHE_CONTROL], "public, max-age=60");
        assert_eq!(text(response).await.is_empty(), status == StatusCode::NOT_MODIFIED);
    }
    let changed = responded(&ArticlePage { title: "别的", ..example() }, &HeaderMap::new());
    assert_ne!(changed.headers()[ETAG], tag);
}

#[tokio::test]
async fn a_missing_article_is_explained_in_two_languages() {
    let response = not_found();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
    assert!(response.headers().contains_key(CONTENT_SECURITY_POLICY));
    let html = text(response).await;
    assert!(html.contains("文章不存在") && html.contains("Article not found"));
}

proptest! {
    #[test]
    fn any_text_stays_text(text in ".{0,60}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let page = ArticlePage { title: &text, digest: "d", author: Some("a"), page_url: &text, ..example() };
        let html = runtime.block_on(shown(&page));
        prop_assert_eq!(names(&html), names(&runtime.block_on(shown(&example()))));
    }
}
