//! Brings HTML into an order that a browser's parser reads without repairing anything.
//!
//! The parser of the HTML standard repairs what is misnested: it opens formatting elements again in every block, moves
//! what stands between cells in front of the table, and looks through all open elements for every tag. A page of bad
//! HTML therefore costs it the square of its size, in time and in memory. Here every element is closed where it must be,
//! cells are made where they are missing, nesting has a limit, and only elements and attributes that an article can have
//! are written at all. That is linear, and what is written costs the parser that comes after no more.

use std::cell::RefCell;
use std::rc::Rc;

use lol_html::html_content::Element;
use lol_html::{HtmlRewriter, Settings, doc_text, element, end_tag};

use super::Error;
use super::elements::{ATTRIBUTES, Kind, hides_content, is_foreign, known};
use super::images::address;

/// Deepest nesting. Editors that build layouts from sections reach 40; browsers stop at 512.
pub(super) const MAX_DEPTH: usize = 128;

/// Most formatting elements that are open at once; more than that say nothing new.
const MAX_FORMATTING: usize = 16;

/// The namespace of all elements but those of drawings and formulas.
const HTML: &str = "http://www.w3.org/1999/xhtml";

/// Longest value of an attribute in bytes. Writing a value or a text out again takes html5ever the product of its length
/// and the number of its ampersands.
pub(super) const MAX_ATTRIBUTE: usize = 8 << 10;

/// Length in bytes from which a text is parted, for the same reason.
const MAX_TEXT: usize = 4 << 10;

/// How images are loaded: when they come into view, and without telling their host which page shows them, because WeChat's
/// own hosts refuse images to foreign pages.
const LOADING: &str = r#" loading="lazy" decoding="async" referrerpolicy="no-referrer""#;

/// `html` with only known elements and attributes, each closed in the reverse order of opening, at most [`MAX_DEPTH`]
/// (and the three levels of a table) deep.
pub(super) fn put_in_order(html: &str) -> Result<String, Error> {
    let writer = Rc::new(RefCell::new(Writer::default()));
    let (elements, texts) = (Rc::clone(&writer), Rc::clone(&writer));
    let settings = Settings::new()
        .with_strict(false)
        .append_element_content_handler(element!("*", move |element| {
            let id = elements.borrow_mut().start(element);
            if element.can_have_content() {
                let writer = Rc::clone(&elements);
                element.on_end_tag(end_tag!(move |_| {
                    writer.borrow_mut().end(id);
                    Ok(())
                }))?;
            }
            Ok(())
        }))
        .append_document_content_handler(doc_text!(move |text| {
            texts.borrow_mut().text(text.as_str());
            Ok(())
        }));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(html.as_bytes())?;
    rewriter.end()?;
    Ok(writer.take().finish())
}

struct Open {
    id: usize,
    name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
struct Hidden {
    id: usize,
    foreign: bool,
}

#[derive(Default)]
struct Writer {
    html: String,
    open: Vec<Open>,
    formatting: usize,
    /// Where in `html` the text after the last tag or comment starts.
    text_start: usize,
    /// Number of elements so far; an element's id is its place among them.
    seen: usize,
    /// The element whose content is being left out.
    hidden_in: Option<Hidden>,
}

impl Writer {
    /// Writes the start tag, if it may stand here. Answers the element's id.
    fn start(&mut self, element: &Element<'_, '_>) -> usize {
        let name = element.tag_name();
        if self.hidden_in.is_some_and(|hidden| !hidden.foreign || element.namespace_uri() != HTML) {
            return self.next_id();
        }
        self.hidden_in = None;
        if hides_content(&name) {
            let id = self.next_id();
            let hidden = Hidden { id, foreign: is_foreign(&name) };
            self.hidden_in = element.can_have_content().then_some(hidden);
            return id;
        }
        let Some((name, kind)) = known(&name).filter(|(name, kind)| self.make_room(name, *kind)) else {
            return self.next_id();
        };
        self.write_tag(name, element);
        // After those of the elements that had to be opened around it: ids ascend with depth.
        let id = self.next_id();
        if kind != Kind::Void {
            self.push(id, name, kind);
        }
        id
    }

    fn next_id(&mut self) -> usize {
        self.seen += 1;
        self.seen
    }

    /// The end tag of the element `id`, which also ends all that is open in it.
    fn end(&mut self, id: usize) {
        if self.hidden_in.is_some_and(|hidden| id <= hidden.id) {
            self.hidden_in = None;
        }
        // Ids ascend, so the element may be closed already but cannot be anywhere else.
        if let Ok(place) = self.open.binary_search_by_key(&id, |open| open.id) {
            self.close_from(place);
        }
    }

    fn text(&mut self, text: &str) {
        if self.hidden_in.is_some() || text.is_empty() {
            return;
        }
        if self.between_cells() {
            if text.chars().all(char::is_whitespace) {
                return;
            }
            self.open_cell();
        }
        for character in text.chars() {
            match character {
                // A tag must not arise from pieces that stood apart.
                '<' => self.html.push_str("&lt;"),
                '&' | '\u{80}'..='\u{bf}' => {
                    self.part_text();
                    self.html.push(character);
                }
                _ => self.html.push(character),
            }
        }
    }

    /// Parts a long text by a comment, which leaves no trace, in front of one of the characters that make it expensive
    /// to write; none of them is inside a character reference.
    fn part_text(&mut self) {
        if self.html.len() - self.text_start > MAX_TEXT {
            self.html.push_str("<!---->");
            self.text_start = self.html.len();
        }
    }

    fn finish(mut self) -> String {
        self.close_from(0);
        self.html
    }

    /// Closes what an element cannot stand in, and says whether it may stand here at all.
    fn make_room(&mut self, name: &'static str, kind: Kind) -> bool {
        match kind {
            Kind::Rows | Kind::Row | Kind::Cell | Kind::Caption => return self.make_room_in_table(kind),
            // A table directly in a table is one after it.
            Kind::Table if self.between_cells() => self.close_to(|open| open.kind == Kind::Table),
            _ if self.between_cells() => self.open_cell(),
            _ => {}
        }
        match kind {
            Kind::Inline => {}
            Kind::Void if name != "hr" => return true,
            Kind::Formatting => {
                if name == "a" {
                    self.close_nearest(|open| open.name == "a", is_table_part);
                }
                if self.formatting >= MAX_FORMATTING {
                    return false;
                }
            }
            Kind::Item => {
                let same = |open: &Open| open.kind == Kind::Item && (open.name == "li") == (name == "li");
                self.close_nearest(same, |open| {
                    !matches!(open.kind, Kind::Inline | Kind::Formatting | Kind::Paragraph)
                        && !matches!(open.name, "address" | "div")
                });
                self.close_nearest(|open| open.kind == Kind::Paragraph, is_table_part);
            }
            _ => {
                self.close_nearest(|open| open.kind == Kind::Paragraph, is_table_part);
                if kind == Kind::Heading && self.open.last().is_some_and(|open| open.kind == Kind::Heading) {
                    self.close_from(self.open.len() - 1);
                }
            }
        }
        kind == Kind::Void || self.open.len() < MAX_DEPTH
    }

    /// Parts of a table stand in a table, at their level.
    fn make_room_in_table(&mut self, kind: Kind) -> bool {
        let fits_in = |open: &Open| match kind {
            Kind::Cell => matches!(open.kind, Kind::Row | Kind::Rows | Kind::Table),
            Kind::Row => matches!(open.kind, Kind::Rows | Kind::Table),
            _ => open.kind == Kind::Table,
        };
        let Some(place) = self.open.iter().rposition(fits_in) else { return false };
        // The parts of an outer table are out of reach from inside a cell of the inner one, and the reverse: what is
        // nearest is of the innermost table, because its levels are closed in their order.
        self.close_from(place + 1);
        match kind {
            Kind::Row => self.open_rows(),
            Kind::Cell => self.open_row(),
            _ => {}
        }
        true
    }

    /// Whether a table is open and none of its cells: content here would be moved in front of the table.
    fn between_cells(&self) -> bool {
        self.open.last().is_some_and(|open| matches!(open.kind, Kind::Table | Kind::Rows | Kind::Row))
    }

    fn open_rows(&mut self) {
        if self.open.last().is_some_and(|open| open.kind == Kind::Table) {
            self.write_implied("tbody", Kind::Rows);
        }
    }

    fn open_row(&mut self) {
        self.open_rows();
        if self.open.last().is_some_and(|open| open.kind != Kind::Row) {
            self.write_implied("tr", Kind::Row);
        }
    }

    fn open_cell(&mut self) {
        self.open_row();
        self.write_implied("td", Kind::Cell);
    }

    fn write_implied(&mut self, name: &'static str, kind: Kind) {
        self.html.push('<');
        self.html.push_str(name);
        self.html.push('>');
        // No end tag belongs to it, so nobody is told the id.
        let id = self.next_id();
        self.push(id, name, kind);
    }

    fn write_tag(&mut self, name: &'static str, element: &Element<'_, '_>) {
        self.html.push('<');
        self.html.push_str(name);
        let mut written: Vec<&str> = Vec::new();
        for attribute in element.attributes() {
            let attribute_name = attribute.name();
            let Some(known) = ATTRIBUTES.iter().find(|known| **known == attribute_name) else { continue };
            if !written.contains(known) && (name, *known) != ("img", "src") {
                written.push(known);
                self.write_attribute(known, &attribute.value());
            }
        }
        if name == "img" {
            if let Some((_, source)) = address(element) {
                // Editors leave out the scheme where page and image have the same.
                let scheme = if source.starts_with("//") { "https:" } else { "" };
                self.write_attribute("src", &format!("{scheme}{source}"));
            }
            self.html.push_str(LOADING);
        }
        self.html.push('>');
        self.text_start = self.html.len();
    }

    /// `value` is as it stood in the document, character references included.
    fn write_attribute(&mut self, name: &str, value: &str) {
        if value.len() > MAX_ATTRIBUTE {
            return;
        }
        self.html.push(' ');
        self.html.push_str(name);
        self.html.push_str("=\"");
        self.html.push_str(&value.replace('"', "&quot;"));
        self.html.push('"');
    }

    fn push(&mut self, id: usize, name: &'static str, kind: Kind) {
        self.formatting += usize::from(kind == Kind::Formatting);
        self.open.push(Open { id, name, kind });
    }

    /// Closes the innermost element that is `wanted`, unless one that is a `barrier` stands in between.
    fn close_nearest(&mut self, wanted: impl Fn(&Open) -> bool, barrier: impl Fn(&Open) -> bool) {
        for place in (0..self.open.len()).rev() {
            if wanted(&self.open[place]) {
                return self.close_from(place);
            }
            if barrier(&self.open[place]) {
                return;
            }
        }
    }

    fn close_to(&mut self, wanted: impl Fn(&Open) -> bool) {
        self.close_nearest(wanted, |_| false);
    }

    fn close_from(&mut self, place: usize) {
        while self.open.len() > place {
            let Some(open) = self.open.pop() else { return };
            self.formatting -= usize::from(open.kind == Kind::Formatting);
            self.html.push_str("</");
            self.html.push_str(open.name);
            self.html.push('>');
            self.text_start = self.html.len();
        }
    }
}

fn is_table_part(open: &Open) -> bool {
    matches!(open.kind, Kind::Table | Kind::Rows | Kind::Row | Kind::Cell | Kind::Caption)
}
