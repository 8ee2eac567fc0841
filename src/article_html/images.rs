//! The images of an article, and what in it WeChat refuses.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder;
use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, RewriteStrSettings, Settings, element, rewrite_str};

use super::Error;
use super::structure::MAX_ATTRIBUTE;

/// Where editors keep the address of an image that a script is to load later.
const LAZY_SOURCE: &str = "data-src";

/// Elements that act, load or submit. WeChat takes scripts out of an article (reference of `draft/add`, `content`); a
/// page of this service takes out all of these.
#[rustfmt::skip]
const ACTIVE: &[&str] = &[
    "applet", "base", "button", "embed", "form", "frame", "frameset", "iframe", "input", "link", "meta", "object", "script",
    "select", "style", "textarea",
];

/// Longest answer of [`active_content`].
const MAX_NAMED: usize = 20;

/// The addresses of all images of `html`: `src`, or `data-src` where there is no other; in their order, without
/// duplicates, character references decoded, blanks around them removed. An image inside its address (`data:`) counts
/// as an address, unless it holds the place of one in `data-src`.
///
/// # Errors
///
/// See [`Error`].
pub fn image_sources(html: &str) -> Result<Vec<String>, Error> {
    let (mut sources, mut seen) = (Vec::new(), HashSet::new());
    read(html, "img", |image| {
        if let Some((_, source)) = address(image) {
            let source = decoded(&source).into_owned();
            if seen.insert(source.clone()) {
                sources.push(source);
            }
        }
    })?;
    Ok(sources)
}

/// `html` with other images: `replacement` is given each address as [`image_sources`] reports it, and answers the new
/// one, or `None` to leave the image alone. A new address is written to `src`, and to `data-src` where the image has
/// one. Nothing else changes by a byte.
///
/// # Errors
///
/// See [`Error`].
pub fn replace_images(html: &str, replacement: impl Fn(&str) -> Option<String>) -> Result<String, Error> {
    let replace = element!("img", |image| {
        let Some((_, source)) = address(image) else { return Ok(()) };
        let source = decoded(&source);
        let Some(new) = replacement(&source).filter(|new| *new != source) else { return Ok(()) };
        // Quotes are escaped by the rewriter, ampersands are not.
        let new = new.replace('&', "&amp;");
        image.set_attribute("src", &new)?;
        if image.has_attribute(LAZY_SOURCE) {
            image.set_attribute(LAZY_SOURCE, &new)?;
        }
        Ok(())
    });
    let settings = RewriteStrSettings::new().with_strict(false).append_element_content_handler(replace);
    Ok(rewrite_str(html, settings)?)
}

/// What `html` has that acts instead of being read, for a warning to its author: names of elements (`script`), of
/// attributes (`onclick`), and `javascript:` for links that run a script. Each once, in the order of appearance, at most
/// 20.
///
/// # Errors
///
/// See [`Error`].
pub fn active_content(html: &str) -> Result<Vec<String>, Error> {
    let mut found: Vec<String> = Vec::new();
    read(html, "*", |element| {
        let mut name_it = |name: &str| {
            if found.len() < MAX_NAMED && !found.iter().any(|known| known == name) {
                found.push(name.to_owned());
            }
        };
        let name = element.tag_name();
        if ACTIVE.contains(&name.as_str()) {
            name_it(&name);
        }
        for attribute in element.attributes() {
            let name = attribute.name();
            let is_handler = name.len() <= 32 && name.starts_with("on") && name.bytes().all(|b| b.is_ascii_lowercase());
            if is_handler {
                name_it(&name);
            } else if matches!(name.as_str(), "href" | "src" | "action") && runs_script(&attribute.value()) {
                name_it("javascript:");
            }
        }
    })?;
    Ok(found)
}

/// The address of an image as it stands in the document, without blanks around it, and the attribute that it stands in.
pub(super) fn address(image: &Element<'_, '_>) -> Option<(&'static str, String)> {
    let read = |attribute| {
        let value: String = image.get_attribute(attribute)?;
        let value = value.trim_ascii();
        (!value.is_empty()).then(|| (attribute, value.to_owned()))
    };
    let is_inline = |source: &str| source.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
    match read("src") {
        Some((_, source)) if is_inline(&source) => read(LAZY_SOURCE).or(Some(("src", source))),
        None => read(LAZY_SOURCE),
        source => source,
    }
}

/// Whether a browser would run the address: it ignores controls and blanks in front, and line breaks and tabs inside.
fn runs_script(raw: &str) -> bool {
    let address = decoded(raw);
    let scheme = address.chars().filter(|c| !c.is_ascii_control() && *c != ' ').take("javascript:".len());
    let scheme: String = scheme.collect::<String>().to_ascii_lowercase();
    scheme == "javascript:" || scheme.starts_with("vbscript:")
}

/// Shows `html`'s elements of one name (`*`: all) to `each`.
fn read(html: &str, name: &str, each: impl FnMut(&mut Element<'_, '_>)) -> Result<(), Error> {
    let each = RefCell::new(each);
    let show = element!(name, |element| {
        (each.borrow_mut())(element);
        Ok(())
    });
    let settings = Settings::new().with_strict(false).append_element_content_handler(show);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(html.as_bytes())?;
    Ok(rewriter.end()?)
}

/// Reads the value of an attribute as the standard's parser does, which alone knows all character references. In a value
/// too long for it only the one that addresses need is read.
fn decoded(raw: &str) -> Cow<'_, str> {
    static READER: LazyLock<Builder<'static>> = LazyLock::new(|| {
        let mut reader = Builder::empty();
        reader.add_tags(["img"]).add_tag_attributes("img", ["alt"]);
        reader
    });
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    if raw.len() > MAX_ATTRIBUTE {
        return Cow::Owned(raw.replace("&amp;", "&"));
    }
    let read = READER.clean(&format!("<img alt=\"{}\">", raw.replace('"', "&quot;"))).to_string();
    let value = read.strip_prefix("<img alt=\"").and_then(|rest| rest.strip_suffix("\">")).unwrap_or(raw);
    // What its writer escapes; the ampersand last, for it may be part of what was escaped.
    let value = value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u{a0}");
    Cow::Owned(value.replace("&amp;", "&"))
}
