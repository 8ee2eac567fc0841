//! The little XML that WeChat's webhook traffic needs: writing elements, reading a document into a tree.

use quick_xml::{Reader, events::Event};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 32;

/// An element with a text. WeChat puts texts into CDATA sections, which cannot contain their own end.
pub(crate) fn text(name: &str, text: &str) -> String {
    let text: String = text.chars().filter(|c| is_allowed(*c)).collect();
    format!("<{name}><![CDATA[{}]]></{name}>", text.replace("]]>", "]]]]><![CDATA[>"))
}

/// An element with content that is XML already, or a number.
pub(crate) fn raw(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// Whether XML 1.0 has this character at all.
const fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// An element as it was read; attributes are left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Reads a whole document. Errors: a sentence about what is wrong with it.
    pub(crate) fn parse(document: &str) -> Result<Self, String> {
        if document.contains(|c| !is_allowed(c)) {
            return Err("a control character".to_owned());
        }
        let mut reader = Reader::from_str(document);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            let event = reader.read_event().map_err(|error| error.to_string())?;
            let closed = match event {
                Event::Start(start) => {
                    if root.is_some() || open.len() == MAX_DEPTH {
                        return Err("more than one root element, or too deep".to_owned());
                    }
                    open.push(Self { name: start.name().as_ref().to_owned(), ..Self::default() });
                    None
                }
                Event::Empty(empty) => Some(Self { name: empty.name().as_ref().to_owned(), ..Self::default() }),
                Event::End(_) => open.pop(),
                Event::Text(text) if text.contains("]]>") => return Err("]]> outside of CDATA".to_owned()),
                Event::Text(text) => {
                    append(&mut open, &text)?;
                    None
                }
                Event::CData(text) => {
                    append(&mut open, &text)?;
                    None
                }
                Event::GeneralRef(reference) => {
                    append(&mut open, resolve(&reference)?.encode_utf8(&mut [0; 4]))?;
                    None
                }
                Event::DocType(_) => return Err("a document type declaration".to_owned()),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => None,
                Event::Eof => break,
            };
            match (closed, open.last_mut()) {
                (Some(element), Some(parent)) => parent.children.push(element),
                (Some(element), None) if root.is_none() => root = Some(element),
                (Some(_), None) => return Err("more than one root element".to_owned()),
                (None, _) => {}
            }
        }
        if open.is_empty() {
            root.ok_or_else(|| "no element".to_owned())
        } else {
            Err("an element is not closed".to_owned())
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child, without white space around it; empty when there is none.
    pub(crate) fn child_text(&self, name: &str) -> &str {
        self.child(name).map_or("", |child| child.text.trim())
    }
}

fn append(open: &mut [Element], text: &str) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("text outside of the root element".to_owned()),
    }
    Ok(())
}

/// The character behind `&name;` or `&#number;`.
fn resolve(reference: &str) -> Result<char, String> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let character = match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => match (reference.strip_prefix("#x"), reference.strip_prefix('#')) {
            (Some(digits), _) => number(digits, 16),
            (None, Some(digits)) => number(digits, 10),
            (None, None) => None,
        },
    };
    character.ok_or_else(|| format!("unknown entity &{reference};"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_back_as_it_was_written() {
        for content in ["", "你好", "a ]]> b", "]]>]]>", "<xml>&amp;</xml>", "👨‍👩‍👧\n", "]]"] {
            let document = raw("xml", &text("Content", content));
            assert_eq!(Element::parse(&document).unwrap().child("Content").unwrap().text, content);
        }
        assert_eq!(text("C", "a\u{0}b\u{8}"), "<C><![CDATA[ab]]></C>");
    }

    #[test]
    fn entities_and_nesting_are_read() {
        let document = "<?xml version=\"1.0\"?>\n<xml><A>1 &lt; 2 &#x4f60;&#22909;</A><B><C/><C> x </C></B></xml>\n";
        let root = Element::parse(document).unwrap();
        assert_eq!(root.child_text("A"), "1 < 2 你好");
        assert_eq!(root.child("B").unwrap().children.len(), 2);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
        for document in [
            "",
            "success",
            "<xml>",
            "<a></b>",
            "<a/><b/>",
            "<a></a>x",
            "<!DOCTYPE x><a/>",
            "<a>&x;</a>",
            "<a>1 & 2</a>",
            "<a>]]></a>",
            "<a>\u{0}</a>",
            &deep,
        ] {
            assert!(Element::parse(document).is_err(), "{document}");
        }
    }
}
