//! What WeChat would not take of an article, or would take and lose.
//!
//! Nothing of this is checked when an article is saved, so that old content stays editable: it is shown then, and refused
//! when the article is to go to WeChat. Source: WeChat reference, sections 5.4 and 6.1.

use std::borrow::Cow;

use crate::article_html;
use crate::domain::{Context, files};
use crate::wechat::Article;

use super::Head;

/// Most images of an article that are warned of.
const MOST_IMAGES: usize = 20;

/// Host of the images that WeChat keeps in articles.
const WECHAT_IMAGES: &str = "mmbiz.qpic.cn";

/// Something about an article that WeChat minds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The field at fault, as GraphQL spells it: `title`.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
    /// Whether WeChat would refuse the article; else it would take it and lose what the message names.
    pub is_blocking: bool,
}

/// What WeChat would mind about an article.
pub fn warnings(context: &Context, head: &Head, content: &str) -> Vec<Warning> {
    let characters = |text: &str| text.chars().count();
    let sizes = [
        ("title", characters(&head.title), Article::MAX_TITLE_CHARACTERS, "characters"),
        ("author", head.author.as_deref().map_or(0, characters), Article::MAX_AUTHOR_CHARACTERS, "characters"),
        ("digest", characters(&head.digest), Article::MAX_DIGEST_CHARACTERS, "characters"),
        ("content", characters(content), Article::MAX_CONTENT_CHARACTERS, "characters"),
        ("content", content.len(), Article::MAX_CONTENT_BYTES, "bytes"),
        (
            "contentSourceUrl",
            head.content_source_url.as_deref().map_or(0, str::len),
            Article::MAX_SOURCE_URL_BYTES,
            "bytes",
        ),
    ];
    let too_long = sizes.into_iter().filter(|(_, has, most, _)| has > most).map(|(field, has, most, unit)| Warning {
        field,
        message: format!("WeChat takes at most {most} {unit}, this has {has}"),
        is_blocking: true,
    });
    let mut warnings: Vec<_> = too_long.collect();
    // What is beyond WeChat's size is not read any further, which bounds the time that this takes.
    if warnings.iter().any(|warning| warning.field == "content") {
        return warnings;
    }
    if head.content_source_url.as_deref().is_some_and(|url| !is_web_address(url)) {
        warnings.push(lost("contentSourceUrl", "is no http or https address and will not be linked".into()));
    }
    let foreign = article_html::image_sources(content)
        .unwrap_or_default()
        .into_iter()
        .filter(|source| is_lost(context, head, source));
    warnings.extend(foreign.take(MOST_IMAGES).map(|source| {
        let source: Cow<'_, str> = match source.char_indices().nth(100) {
            Some((end, _)) => format!("{}…", &source[..end]).into(),
            None => source.into(),
        };
        lost("content", format!("WeChat drops the image {source}; upload it as an article image and use its url"))
    }));
    let active = article_html::active_content(content).unwrap_or_default();
    warnings.extend(active.into_iter().map(|name| lost("content", format!("WeChat drops {name} from articles"))));
    warnings
}

fn lost(field: &'static str, message: String) -> Warning {
    Warning { field, message, is_blocking: false }
}

/// Whether WeChat links to an address.
pub(super) fn is_web_address(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Whether an image of the content is neither WeChat's nor a file of this account, which is uploaded on the way.
fn is_lost(context: &Context, head: &Head, source: &str) -> bool {
    let host = source.split_once("//").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let at_wechat = host == Some(WECHAT_IMAGES);
    let ours = files::at_url(context, source).is_some_and(|(account_id, _)| account_id == head.account_id);
    !at_wechat && !ours
}

#[cfg(test)]
mod tests;
