//! The public page of an article: what a follower sees who opens the link of a news reply.
//!
//! No script runs here and nothing is loaded but images. What the account's people wrote is escaped, their HTML is
//! sanitised, and the policy of the page would stop what slipped through both.

use std::sync::LazyLock;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::NaiveDate;
use headers::{ETag, HeaderMapExt as _, IfNoneMatch};
use sha2::{Digest as _, Sha256};

use crate::article_html::sanitise;

const STYLE: &str = include_str!("article_page/article.css");

/// Images of anywhere, because articles name them so; the page's own style sheet, which stands in it and is named by its
/// digest; the declarations that elements of the content carry; nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; img-src http: https:; style-src 'sha256-{digest}'; style-src-attr 'unsafe-inline'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// A changed article is seen after a minute at the latest; within it the page costs nothing.
const CACHING: &str = "public, max-age=60";

/// What the page shows. Texts are as they are stored; empty ones count as missing.
pub(super) struct ArticlePage<'a> {
    /// The title.
    pub(super) title: &'a str,
    /// Who wrote it.
    pub(super) author: Option<&'a str>,
    /// Name of the account that published it.
    pub(super) account_name: Option<&'a str>,
    /// Day of the article, in the account's time zone.
    pub(super) date: NaiveDate,
    /// A summary, for previews of the link.
    pub(super) digest: &'a str,
    /// Absolute address of the cover image, for previews of the link.
    pub(super) cover_url: Option<&'a str>,
    /// Whether the page itself shows the cover too.
    pub(super) show_cover: bool,
    /// HTML.
    pub(super) content: &'a str,
    /// Where the article was first published. Linked only when it is `http:` or `https:`.
    pub(super) source_url: Option<&'a str>,
    /// Absolute address of the page itself.
    pub(super) page_url: &'a str,
}

#[derive(Template)]
#[template(path = "server/article_page/article.html")]
struct ArticleTemplate<'a> {
    style: &'static str,
    title: &'a str,
    author: Option<&'a str>,
    account_name: Option<&'a str>,
    date: String,
    digest: Option<&'a str>,
    cover_url: Option<&'a str>,
    show_cover: bool,
    /// Sanitised.
    content: String,
    source_url: Option<&'a str>,
    page_url: &'a str,
}

#[derive(Template)]
#[template(path = "server/article_page/not_found.html")]
struct NotFoundTemplate {
    style: &'static str,
}

/// The page as HTML.
///
/// Takes processor time in proportion to the content, too much of it for the threads that serve when that is large: see
/// `spawn_blocking`.
pub(super) fn render(page: &ArticlePage<'_>) -> Result<String, askama::Error> {
    let template = ArticleTemplate {
        style: STYLE,
        title: page.title.trim(),
        author: given(page.author),
        account_name: given(page.account_name),
        date: page.date.format("%Y-%m-%d").to_string(),
        digest: given(Some(page.digest)),
        cover_url: web_address(page.cover_url),
        show_cover: page.show_cover,
        content: sanitise(page.content),
        source_url: web_address(page.source_url),
        page_url: page.page_url,
    };
    template.render()
}

/// A page with HTTP 200, or 304 without one when the request's `If-None-Match` names what would be sent.
pub(super) fn respond(html: Bytes, request: &HeaderMap) -> Response {
    let tag = entity_tag(&html);
    let asked = request.typed_get::<IfNoneMatch>();
    let is_known = tag.as_ref().zip(asked).is_some_and(|(tag, asked)| !asked.precondition_passes(tag));
    let answer = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { answer(StatusCode::OK, html) };
    let mut response = ([(CACHE_CONTROL, CACHING)], answer).into_response();
    if let Some(tag) = tag {
        response.headers_mut().typed_insert(tag);
    }
    response
}

/// The page for an article that is not there or not any more: HTTP 404.
pub(super) fn not_found() -> Response {
    match (NotFoundTemplate { style: STYLE }).render() {
        Ok(html) => ([(CACHE_CONTROL, "no-cache")], answer(StatusCode::NOT_FOUND, html)).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(status: StatusCode, html: impl Into<Body>) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY.as_str()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, html.into()).into_response()
}

/// The first half of the page's SHA-256.
fn entity_tag(html: &[u8]) -> Option<ETag> {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(html)[..16])).parse().ok()
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// An address that a browser opens as a page or an image, and never as a script.
fn web_address(address: Option<&str>) -> Option<&str> {
    given(address).filter(|address| {
        let uri = reqwest::Url::parse(address);
        uri.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    })
}

#[cfg(test)]
mod tests;
