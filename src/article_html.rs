//! The HTML of an article: what a page may show of it, and which images it names.
//!
//! An article's content is written in an editor of WeChat or of a third party, or by a client's own program, and is
//! stored as it came. Nothing here trusts it. Every function takes text of any kind, never panics, and takes time and
//! memory in proportion to the text, which the caller bounds.

mod elements;
mod images;
mod sanitise;
mod structure;
mod style;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::VECTORS;

pub use images::{active_content, image_sources, replace_images};
pub use sanitise::sanitise;

/// Why HTML could not be rewritten. No HTML is known that leads to this.
#[derive(Debug, thiserror::Error)]
#[error("the HTML cannot be rewritten: {0}")]
pub struct Error(#[from] lol_html::errors::RewritingError);
