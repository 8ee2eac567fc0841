//! The shape of an answer, precomputed for each operation, and the one pass that writes a response in it.
//!
//! async-graphql's members come in the order in which their resolvers finished. The shape has the order of the
//! document, so that answers are stable; it finds a member by its expected index first and by name only if that fails.

use std::io::Write as _;
use std::sync::Arc;

use async_graphql_value::indexmap::IndexMap;
use async_graphql_value::{ConstValue, Name};
use chrono::DateTime;

use super::types::EnumTable;

/// Response key of the type name that the adapter selects where members depend on it.
pub(super) const TYPE_KEY: &str = "__type";

/// A value of the answer.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) shape: Shape,
    pub(super) nullable: bool,
    pub(super) description: Option<String>,
}

#[derive(Debug)]
pub(super) enum Shape {
    Leaf(Leaf),
    Object(Object),
    /// By object type, where a fragment says so.
    Variants(Vec<(Name, Object)>),
    List(Box<Node>),
    /// `@unwrap`: an object that is nothing but this member.
    Only(Name, Box<Node>),
    /// `@join`
    Joined(String, Box<Node>),
    /// `@keyBy`: the entry, under the value of the member.
    Keyed(Name, Box<Node>),
}

#[derive(Debug)]
pub(super) enum Leaf {
    /// As GraphQL gives it; the type's name is for the OpenAPI document.
    Plain(Name),
    Enum(Arc<EnumTable>),
    LowerEnum(Arc<EnumTable>),
    LowerText,
    Code(Arc<EnumTable>),
    EpochMillis,
}

#[derive(Debug, Default)]
pub(super) struct Object {
    pub(super) members: Vec<Member>,
}

#[derive(Debug)]
pub(super) struct Member {
    /// In the response.
    pub(super) key: Name,
    /// Where it stands in the response if resolvers finish in order.
    pub(super) index: usize,
    pub(super) place: Place,
    pub(super) node: Node,
    /// `@omitEmpty`
    pub(super) omit_empty: bool,
}

#[derive(Debug)]
pub(super) enum Place {
    /// The name, and the same as it is written: quoted, with colon.
    Named { name: String, written: Vec<u8> },
    /// `@spread`
    Spread,
}

impl Place {
    pub(super) fn named(name: &str) -> Self {
        let mut written = Vec::with_capacity(name.len() + 3);
        write_text(name, &mut written);
        written.push(b':');
        Self::Named { name: name.to_owned(), written }
    }
}

/// The response is not what the schema promised; a defect.
#[derive(Debug, thiserror::Error)]
#[error("expected {expected} in the response")]
pub(super) struct Misshapen {
    expected: &'static str,
}

type Written = Result<(), Misshapen>;

const fn misshapen(expected: &'static str) -> Misshapen {
    Misshapen { expected }
}

impl Node {
    /// Writes the value as JSON.
    pub(super) fn write(&self, value: &ConstValue, out: &mut Vec<u8>) -> Written {
        match (&self.shape, value) {
            (_, ConstValue::Null) => {
                out.extend_from_slice(b"null");
                Ok(())
            }
            (Shape::Leaf(leaf), value) => leaf.write(value, out),
            (Shape::Object(object), ConstValue::Object(map)) => object.write(map, out),
            (Shape::Variants(variants), ConstValue::Object(map)) => variant(variants, map)?.write(map, out),
            (Shape::Only(key, node), ConstValue::Object(map)) => {
                node.write(map.get(key.as_str()).unwrap_or(&ConstValue::Null), out)
            }
            (Shape::List(element), ConstValue::List(values)) => {
                out.push(b'[');
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    element.write(value, out)?;
                }
                out.push(b']');
                Ok(())
            }
            (Shape::Joined(separator, element), ConstValue::List(values)) => join(separator, element, values, out),
            (Shape::Keyed(key, entry), ConstValue::List(values)) => keyed(key, entry, values, out),
            (Shape::Object(_) | Shape::Variants(_) | Shape::Only(..), _) => Err(misshapen("an object")),
            (Shape::List(_) | Shape::Joined(..) | Shape::Keyed(..), _) => Err(misshapen("a list")),
        }
    }
}

fn variant<'a>(variants: &'a [(Name, Object)], map: &IndexMap<Name, ConstValue>) -> Result<&'a Object, Misshapen> {
    let Some(ConstValue::String(ty)) = map.get(TYPE_KEY) else { return Err(misshapen("a type name")) };
    let found = variants.iter().find(|(name, _)| name == ty);
    found.map(|(_, object)| object).ok_or(misshapen("a known type name"))
}

/// The pieces are JSON already: texts lose their quotes and keep their escapes.
fn join(separator: &str, element: &Node, values: &[ConstValue], out: &mut Vec<u8>) -> Written {
    let mut quoted_separator = Vec::new();
    write_text(separator, &mut quoted_separator);
    let mut piece = Vec::new();
    let mut first = true;
    out.push(b'"');
    for value in values {
        piece.clear();
        element.write(value, &mut piece)?;
        let text = match piece.as_slice() {
            b"null" => continue,
            [b'"', text @ .., b'"'] => text,
            [b'{' | b'[', ..] => return Err(misshapen("a plain value")),
            other => other,
        };
        if !std::mem::take(&mut first) {
            out.extend_from_slice(&quoted_separator[1..quoted_separator.len() - 1]);
        }
        out.extend_from_slice(text);
    }
    out.push(b'"');
    Ok(())
}

fn keyed(key: &Name, entry: &Node, values: &[ConstValue], out: &mut Vec<u8>) -> Written {
    out.push(b'{');
    let mut first = true;
    for value in values {
        let map = match value {
            ConstValue::Null => continue,
            ConstValue::Object(map) => map,
            _ => return Err(misshapen("an object")),
        };
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        match map.get(key.as_str()) {
            Some(ConstValue::String(text)) => write_text(text, out),
            Some(ConstValue::Enum(name)) => write_text(name, out),
            Some(ConstValue::Number(number)) => write_text(&number.to_string(), out),
            _ => return Err(misshapen("a key")),
        }
        out.push(b':');
        entry.write(value, out)?;
    }
    out.push(b'}');
    Ok(())
}

impl Object {
    fn write(&self, map: &IndexMap<Name, ConstValue>, out: &mut Vec<u8>) -> Written {
        out.push(b'{');
        let mut first = true;
        self.write_members(map, &mut first, out)?;
        out.push(b'}');
        Ok(())
    }

    fn write_members(&self, map: &IndexMap<Name, ConstValue>, first: &mut bool, out: &mut Vec<u8>) -> Written {
        for member in &self.members {
            // Absent only where `@skip` or `@include` said so.
            let Some(value) = find(map, &member.key, member.index) else { continue };
            if member.omit_empty && is_empty(value) {
                continue;
            }
            match &member.place {
                Place::Named { written, .. } => {
                    separate(first, out);
                    out.extend_from_slice(written);
                    member.node.write(value, out)?;
                }
                Place::Spread => spread(&member.node.shape, value, first, out)?,
            }
        }
        Ok(())
    }

    fn write_nulls(&self, first: &mut bool, out: &mut Vec<u8>) {
        for member in &self.members {
            match (&member.place, &member.node.shape) {
                (Place::Named { .. }, _) if member.omit_empty => {}
                (Place::Named { written, .. }, _) => {
                    separate(first, out);
                    out.extend_from_slice(written);
                    out.extend_from_slice(b"null");
                }
                (Place::Spread, Shape::Object(object)) => object.write_nulls(first, out),
                (Place::Spread, _) => {}
            }
        }
    }
}

fn spread(shape: &Shape, value: &ConstValue, first: &mut bool, out: &mut Vec<u8>) -> Written {
    match (shape, value) {
        (Shape::Object(object), ConstValue::Object(map)) => object.write_members(map, first, out),
        (Shape::Variants(variants), ConstValue::Object(map)) => variant(variants, map)?.write_members(map, first, out),
        (Shape::Object(object), ConstValue::Null) => {
            object.write_nulls(first, out);
            Ok(())
        }
        (Shape::Variants(_), ConstValue::Null) => Ok(()),
        _ => Err(misshapen("an object")),
    }
}

fn separate(first: &mut bool, out: &mut Vec<u8>) {
    if !std::mem::take(first) {
        out.push(b',');
    }
}

fn find<'a>(map: &'a IndexMap<Name, ConstValue>, key: &Name, index: usize) -> Option<&'a ConstValue> {
    match map.get_index(index) {
        Some((name, value)) if name == key => Some(value),
        _ => map.get(key.as_str()),
    }
}

fn is_empty(value: &ConstValue) -> bool {
    match value {
        ConstValue::Null => true,
        ConstValue::List(values) => values.is_empty(),
        _ => false,
    }
}

impl Leaf {
    fn write(&self, value: &ConstValue, out: &mut Vec<u8>) -> Written {
        match self {
            Self::Plain(_) | Self::Enum(_) => write_plain(value, out),
            Self::LowerEnum(_) | Self::LowerText => {
                write_text(&text(value)?.to_lowercase(), out);
                Ok(())
            }
            Self::Code(table) => {
                let code = table.named(text(value)?).and_then(|value| value.codes.first());
                match code.ok_or(misshapen("an enum value with a code"))? {
                    ConstValue::Enum(name) => write_text(name, out),
                    code => write_plain(code, out)?,
                }
                Ok(())
            }
            Self::EpochMillis => {
                let instant = DateTime::parse_from_rfc3339(text(value)?).map_err(|_| misshapen("a time"))?;
                // Writing to memory cannot fail.
                let _ = write!(out, "{}", instant.timestamp_millis());
                Ok(())
            }
        }
    }
}

fn text(value: &ConstValue) -> Result<&str, Misshapen> {
    match value {
        ConstValue::String(text) => Ok(text),
        ConstValue::Enum(name) => Ok(name),
        _ => Err(misshapen("a text")),
    }
}

fn write_plain(value: &ConstValue, out: &mut Vec<u8>) -> Written {
    match value {
        ConstValue::String(text) => write_text(text, out),
        ConstValue::Enum(name) => write_text(name, out),
        other => serde_json::to_writer(out, other).map_err(|_| misshapen("a value that JSON can express"))?,
    }
    Ok(())
}

/// A JSON string, quoted and escaped; only what JSON demands is escaped.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing a `str` to memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}
