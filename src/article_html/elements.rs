//! The elements and attributes that an article can have, and what the standard's parser does with them.

/// Attributes worth reading; which element may have which is decided later.
#[rustfmt::skip]
pub(super) const ATTRIBUTES: &[&str] = &[
    "align", "alt", "border", "cellpadding", "cellspacing", "color", "colspan", "face", "height", "href", "lang", "reversed",
    "rowspan", "size", "src", "start", "style", "title", "type", "valign", "value", "width",
];

/// What the standard's parser does with an element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Has no content.
    Void,
    /// Would be opened again after a block that cuts it off.
    Formatting,
    Inline,
    /// Closes an open paragraph.
    Block,
    Paragraph,
    Heading,
    /// An item of a list: closes the item before it.
    Item,
    Table,
    /// A group of rows, a row, a cell or a caption.
    Rows,
    Row,
    Cell,
    Caption,
}

/// The elements that an article can have.
#[rustfmt::skip]
const ELEMENTS: &[(Kind, &[&str])] = &[
    (Kind::Void, &["br", "hr", "img", "wbr"]),
    (Kind::Formatting, &[
        "a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u",
    ]),
    (Kind::Inline, &[
        "abbr", "bdi", "cite", "del", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "samp", "span", "sub", "sup",
        "time", "var",
    ]),
    (Kind::Block, &[
        "address", "article", "aside", "blockquote", "center", "div", "dl", "figcaption", "figure", "footer", "header",
        "ol", "pre", "section", "ul",
    ]),
    (Kind::Paragraph, &["p"]),
    (Kind::Heading, &["h1", "h2", "h3", "h4", "h5", "h6"]),
    (Kind::Item, &["dd", "dt", "li"]),
    (Kind::Table, &["table"]),
    (Kind::Rows, &["tbody", "tfoot", "thead"]),
    (Kind::Row, &["tr"]),
    (Kind::Cell, &["td", "th"]),
    (Kind::Caption, &["caption"]),
];

/// The names of the elements that an article can have.
pub(super) fn elements() -> impl Iterator<Item = &'static str> {
    ELEMENTS.iter().flat_map(|(_, names)| names.iter().copied())
}

pub(super) fn known(name: &str) -> Option<(&'static str, Kind)> {
    let with = |(kind, names): &(Kind, &'static [&'static str])| {
        names.iter().find(|known| **known == name).map(|known| (*known, *kind))
    };
    ELEMENTS.iter().find_map(with)
}

/// Elements whose content is not text for readers: it goes with them.
pub(super) fn hides_content(name: &str) -> bool {
    is_foreign(name)
        || matches!(
            name,
            "frameset"
                | "iframe"
                | "noembed"
                | "noframes"
                | "noscript"
                | "plaintext"
                | "script"
                | "style"
                | "template"
                | "textarea"
                | "title"
                | "xmp"
        )
}

/// Drawings and formulas, which end where an HTML element starts: the parser leaves them there, or it is text set in a
/// drawing.
pub(super) fn is_foreign(name: &str) -> bool {
    matches!(name, "math" | "svg")
}
