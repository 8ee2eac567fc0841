//! The little XML that WeChat speaks: elements and text.
//!
//! Read strictly where a sender could do harm, and tolerantly where deliveries differ:
//! - a document type declaration is refused, and with it every entity but XML's own five and character references; there
//!   are limits to size, depth and number of elements; the text must be UTF-8, whatever the XML declaration says;
//! - attributes, comments and processing instructions are skipped. Text may be bare, in one CDATA section or in several.
//!   White space around it is layout and goes; within a CDATA section it is content and stays;
//! - characters that XML 1.0 forbids (control characters, U+FFFE, U+FFFF) are left out, in reading as in writing: a
//!   follower can type some, no database takes them all, and refusing the message would help nobody;
//! - line ends are LF, as every reader of XML makes them (XML 1.0, section 2.11).

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::Event;

use super::error::{Error, Result};

/// The largest body that is read: 1 MiB. Deliveries have a few kilobytes.
pub const MAX_BYTES: usize = 1 << 20;
/// How deep elements may lie within elements, the root being the first. Deliveries go to five.
pub const MAX_DEPTH: usize = 16;
/// How many elements a body may have: beyond, empty elements would take many times the memory of the body.
pub const MAX_ELEMENTS: usize = 10_000;

/// What counts as white space in XML.
const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// An element: text, or further elements, or (never yet seen from WeChat) both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, as it was written.
    pub name: String,
    /// Its own text, without that of its children.
    pub text: String,
    /// The elements in it, in their order.
    pub children: Vec<Element>,
}

impl Element {
    /// The child of that name. WeChat sends each name once, apart from lists; should there be more, the **first** counts.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children_named(name).next()
    }

    /// All children of that name: the items of a list.
    pub fn children_named(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the child of that name; `None` when there is none or it is empty, which WeChat does not tell apart.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The text of the child of that name, or nothing.
    pub(super) fn string(&self, name: &str) -> String {
        self.text_of(name).unwrap_or_default().to_owned()
    }

    /// The text of the child of that name as a number; `None` also when it is none.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text_of(name)?.trim().parse().ok()
    }

    /// The elements at `path` below this one, following every element of the path's names: the items of a list.
    pub(super) fn all<'a>(&'a self, path: &[&str]) -> Vec<&'a Self> {
        path.iter().fold(vec![self], |found, name| found.iter().flat_map(|at| at.children_named(name)).collect())
    }
}

/// Reads a body. Errors: every one of [`Error`] that is about XML.
pub(super) fn parse(body: &[u8]) -> Result<Element> {
    if body.len() > MAX_BYTES {
        return Err(Error::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| Error::NotUtf8)?;
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut document = Document::default();
    loop {
        match reader.read_event().map_err(|_| Error::Malformed)? {
            Event::Start(tag) => document.open(tag.name().as_ref())?,
            Event::Empty(tag) => {
                document.open(tag.name().as_ref())?;
                document.close()?;
            }
            Event::End(_) => document.close()?,
            Event::Text(text) => document.bare(&text.xml10_content())?,
            Event::CData(text) => document.content(&text.xml10_content())?,
            Event::GeneralRef(reference) => {
                match reference.resolve_char_ref().map_err(|_| Error::Malformed)? {
                    Some(character) => document.content(character.encode_utf8(&mut [0; 4]))?,
                    None => document.content(resolve_xml_entity(&reference).ok_or(Error::Malformed)?)?,
                };
            }
            Event::DocType(_) => return Err(Error::Doctype),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => return document.finish(),
        }
    }
}

/// A document while it is read.
#[derive(Default)]
struct Document {
    /// The elements that are open, the root first.
    open: Vec<Open>,
    root: Option<Element>,
    elements: usize,
}

struct Open {
    element: Element,
    /// How much of the text is not white space at its end that may be layout.
    content: usize,
}

impl Document {
    fn open(&mut self, name: &str) -> Result<()> {
        let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        if self.root.is_some() || name.is_empty() || !name.chars().all(is_name) {
            return Err(Error::Malformed);
        }
        if self.open.is_empty() && name != "xml" {
            return Err(Error::Malformed);
        }
        self.elements += 1;
        if self.open.len() == MAX_DEPTH {
            return Err(Error::TooDeep);
        }
        if self.elements > MAX_ELEMENTS {
            return Err(Error::TooManyElements);
        }
        self.open.push(Open { element: Element { name: name.to_owned(), ..Element::default() }, content: 0 });
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let Open { mut element, content } = self.open.pop().ok_or(Error::Malformed)?;
        element.text.truncate(content);
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    /// Text outside of CDATA sections.
    fn bare(&mut self, text: &str) -> Result<()> {
        let Some(open) = self.open.last_mut() else {
            let is_layout = text.chars().all(|character| WHITE_SPACE.contains(&character));
            return if is_layout { Ok(()) } else { Err(Error::Malformed) };
        };
        let text = if open.element.text.is_empty() { text.trim_start_matches(WHITE_SPACE) } else { text };
        let content = text.trim_end_matches(WHITE_SPACE);
        open.element.text.extend(content.chars().filter(|character| is_allowed(*character)));
        if !content.is_empty() {
            open.content = open.element.text.len();
        }
        open.element.text.push_str(&text[content.len()..]);
        Ok(())
    }

    /// Text that is content to the last blank.
    fn content(&mut self, text: &str) -> Result<()> {
        let open = self.open.last_mut().ok_or(Error::Malformed)?;
        open.element.text.extend(text.chars().filter(|character| is_allowed(*character)));
        open.content = open.element.text.len();
        Ok(())
    }

    fn finish(self) -> Result<Element> {
        if self.open.is_empty() { self.root.ok_or(Error::Malformed) } else { Err(Error::Malformed) }
    }
}

/// XML 1.0, production 2 (`Char`).
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// XML while it is written.
#[derive(Default)]
pub(super) struct Writer(String);

impl Writer {
    /// An element that `content` fills.
    pub(super) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.0 += &format!("<{name}>");
        content(self);
        self.0 += &format!("</{name}>");
    }

    /// An element with text. A CDATA section cannot contain its own end, so it is cut there and goes on in another.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        let text: String = text.replace("\r\n", "\n").replace('\r', "\n").chars().filter(|c| is_allowed(*c)).collect();
        let text = text.replace("]]>", "]]]]><![CDATA[>");
        self.element(name, |xml| xml.0 += &format!("<![CDATA[{text}]]>"));
    }

    /// An element with a number.
    pub(super) fn number(&mut self, name: &str, number: i64) {
        self.element(name, |xml| xml.0 += &number.to_string());
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}
