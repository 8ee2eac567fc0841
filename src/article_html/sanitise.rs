//! What a page shows of an article's content.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::elements::elements;
use super::structure::put_in_order;
use super::style;

/// The attributes of each element, besides those that every element may have.
#[rustfmt::skip]
const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href"]),
    ("font", &["color", "face", "size"]),
    ("img", &["alt", "decoding", "height", "loading", "referrerpolicy", "src", "width"]),
    ("li", &["value"]),
    ("ol", &["reversed", "start", "type"]),
    ("table", &["align", "border", "cellpadding", "cellspacing", "width"]),
    ("td", &["align", "colspan", "height", "rowspan", "valign", "width"]),
    ("th", &["align", "colspan", "height", "rowspan", "valign", "width"]),
    ("tr", &["align", "valign"]),
    ("ul", &["type"]),
    ("h1", &["align"]), ("h2", &["align"]), ("h3", &["align"]), ("h4", &["align"]), ("h5", &["align"]),
    ("h6", &["align"]), ("p", &["align"]), ("div", &["align"]),
];

/// Attributes that are measures, words or colours: nothing in them but what those need.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "align", "border", "cellpadding", "cellspacing", "color", "colspan", "height", "lang", "reversed", "rowspan", "size",
    "start", "type", "valign", "value", "width",
];

/// The part of `html` that a page of this service may show: text with its structure and look, links, and images.
///
/// What stays: the elements that WeChat's and other editors make of text, lists, tables and figures; links with a full
/// `http:` or `https:` address, which tell the linked site nothing; images with such an address (`data-src` where `src`
/// is missing), loaded when they come into view; and declarations of style that change how an element looks in its
/// place. What goes: everything that runs, loads, submits, covers or leaves the page, comments included. Of unknown
/// elements the content stays. The answer is a fragment with balanced tags, at most 131 levels deep.
pub fn sanitise(html: &str) -> String {
    match put_in_order(html) {
        Ok(ordered) => SANITISER.clean(&ordered).to_string(),
        Err(_unreadable) => ammonia::clean_text(html),
    }
}

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(elements().collect())
        .generic_attributes(HashSet::from(["lang", "style", "title"]))
        .tag_attributes(ATTRIBUTES.iter().map(|(name, own)| (*name, own.iter().copied().collect())).collect())
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .strip_comments(true)
        .attribute_filter(|_element, attribute, value| match attribute {
            "style" => style::filter(value).map(Cow::Owned),
            "href" | "src" if !is_full_address(value) => None,
            _ if PLAIN.contains(&attribute) && !is_plain(value) => None,
            _ => Some(Cow::Borrowed(value)),
        });
    builder
});

/// Whether an address names its host: `http:/path` would be one on the site of the page.
fn is_full_address(address: &str) -> bool {
    let starts_with = |start: &str| address.get(..start.len()).is_some_and(|got| got.eq_ignore_ascii_case(start));
    starts_with("http://") || starts_with("https://")
}

fn is_plain(value: &str) -> bool {
    value.len() <= 50 && value.chars().all(|c| c.is_ascii_alphanumeric() || "#%.-".contains(c))
}
