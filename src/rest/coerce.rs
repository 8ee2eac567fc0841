//! From what a client sent to a GraphQL value, by the declared type and as leniently as legacy clients need it.
//!
//! A JSON value stays text (`RawValue`) until its type is known: what nobody asked for is never built, and a number
//! that becomes a text keeps every digit that the client wrote.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use async_graphql::parser::types::{BaseType, Type, TypeKind};
use async_graphql_value::indexmap::IndexMap;
use async_graphql_value::{ConstValue, Name, Number};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::value::RawValue;

use super::types::{EnumTable, Types, code_text};

/// How deep input objects may lie in each other. Only a type that contains itself can come near it.
const MAX_DEPTH: usize = 32;

/// How many characters of a refused value are repeated in the message.
const SHOWN: usize = 40;

/// A declared type, ready to coerce to.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// What a value of a declared type is made of.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Int,
    Float,
    Boolean,
    /// `String` and `ID`.
    Text,
    /// The scalar `DateTime`: RFC 3339, or milliseconds since 1970.
    Instant,
    Enum(Arc<EnumTable>),
    /// Index into [`Inputs::objects`].
    Object(usize),
    List(Box<Typed>),
    Upload,
    /// Any other scalar: passed on as it is.
    Scalar(Name),
}

/// The input objects of the schema; a table, because they may contain themselves.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    pub(super) objects: Vec<InputObject>,
}

#[derive(Debug)]
pub(super) struct InputObject {
    pub(super) name: String,
    pub(super) fields: Vec<InputField>,
}

#[derive(Debug)]
pub(super) struct InputField {
    /// As GraphQL spells it.
    pub(super) name: Name,
    /// As clients spell it; the first one is shown in messages.
    pub(super) names: Vec<String>,
    pub(super) typed: Typed,
}

/// What a client sent for one parameter.
#[derive(Clone, Debug)]
pub(super) enum Given<'a> {
    /// From the path, the query or a form: every value of that name.
    Texts(Vec<&'a str>),
    /// From a JSON body.
    Json(&'a RawValue),
}

/// Why a value is not taken: where in the parameter, and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    path: String,
    reason: String,
}

type Coerced = Result<Option<ConstValue>, Refusal>;

impl Refusal {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { path: String::new(), reason: reason.into() }
    }

    pub(super) fn under(mut self, member: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{member}{dot}{}", self.path);
        self
    }

    fn at(mut self, index: usize) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("[{index}]{dot}{}", self.path);
        self
    }

    /// `books[1].title: …`; a body of its own has no name.
    pub(super) fn message(&self) -> String {
        let place = if self.path.is_empty() { "body" } else { &self.path };
        format!("{place}: {}", self.reason)
    }
}

impl Inputs {
    /// The input objects of these names.
    pub(super) fn read(types: &Types, names: &[String]) -> Self {
        let place: HashMap<&str, usize> =
            names.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
        let object = |name: &String| InputObject {
            name: name.clone(),
            fields: types.input_object(name).map_or_else(Vec::new, |kind| {
                let fields = kind.fields.iter().map(|field| &field.node);
                fields
                    .map(|field| InputField {
                        name: field.name.node.clone(),
                        names: types.names_on_wire(name, &field.name.node),
                        typed: typed(types, &place, &field.ty.node, field.default_value.is_some()),
                    })
                    .collect()
            }),
        };
        Self { objects: names.iter().map(object).collect() }
    }

    /// The declared type of a variable.
    pub(super) fn typed(&self, types: &Types, ty: &Type, has_default: bool) -> Typed {
        let place = self.objects.iter().enumerate().map(|(index, object)| (object.name.as_str(), index)).collect();
        typed(types, &place, ty, has_default)
    }

    /// The GraphQL value; `None` when nothing was given, so that the default applies.
    pub(super) fn coerce(&self, typed: &Typed, given: Option<Given<'_>>) -> Coerced {
        let coerced = match given {
            None => None,
            Some(Given::Json(raw)) => self.of_json(&typed.kind, raw, 0)?,
            Some(Given::Texts(texts)) => self.of_texts(&typed.kind, &texts)?,
        };
        match coerced {
            None if typed.required => Err(self.missing(&typed.kind)),
            coerced => Ok(coerced),
        }
    }

    fn missing(&self, kind: &Kind) -> Refusal {
        Refusal::new(format!("missing, expected {}", self.expectation(kind)))
    }

    fn refused(&self, kind: &Kind, given: &str) -> Refusal {
        Refusal::new(format!("expected {}, got {}", self.expectation(kind), shortened(given)))
    }

    fn of_texts(&self, kind: &Kind, texts: &[&str]) -> Coerced {
        match kind {
            Kind::List(_) if texts.iter().all(|text| text.is_empty()) => Ok(None),
            Kind::List(element) => {
                // A blank one among them is absent, as it would be alone.
                let elements = texts.iter().enumerate().filter_map(|(index, text)| {
                    self.of_text(&element.kind, text).map_err(|refusal| refusal.at(index)).transpose()
                });
                elements.collect::<Result<_, _>>().map(|list| Some(ConstValue::List(list)))
            }
            kind => texts.last().map_or(Ok(None), |text| self.of_text(kind, text)),
        }
    }

    /// A value that came as text. Blank is absent, except for texts.
    fn of_text(&self, kind: &Kind, text: &str) -> Coerced {
        let trimmed = text.trim();
        if trimmed.is_empty() && !matches!(kind, Kind::Text) {
            return Ok(None);
        }
        if text.contains('\0') {
            return Err(nul());
        }
        let value = match kind {
            Kind::Text => Some(ConstValue::String(text.to_owned())),
            Kind::Int => integer(trimmed).map(ConstValue::from),
            Kind::Float => decimal(trimmed),
            Kind::Boolean => boolean(trimmed).map(ConstValue::Boolean),
            Kind::Instant => instant(trimmed).map(ConstValue::String),
            Kind::Enum(table) => table.meant(trimmed).map(|value| ConstValue::Enum(value.name.clone())),
            Kind::Scalar(_) => Some(ConstValue::String(text.to_owned())),
            Kind::List(element) => self.of_text(&element.kind, text)?.map(|element| ConstValue::List(vec![element])),
            Kind::Object(_) | Kind::Upload => None,
        };
        value.map(Some).ok_or_else(|| self.refused(kind, &quoted(text)))
    }

    fn of_json(&self, kind: &Kind, raw: &RawValue, depth: usize) -> Coerced {
        let json = raw.get();
        match (json.as_bytes().first(), kind) {
            (Some(b'n'), _) => Ok(None),
            (Some(b'['), Kind::List(element)) => {
                let elements: Vec<&RawValue> = read(json)?;
                let coerced = elements.into_iter().enumerate().map(|(index, raw)| {
                    match self.of_json(&element.kind, raw, depth).map_err(|refusal| refusal.at(index))? {
                        None if element.required => Err(self.missing(&element.kind).at(index)),
                        coerced => Ok(coerced.unwrap_or_default()),
                    }
                });
                coerced.collect::<Result<_, _>>().map(|list| Some(ConstValue::List(list)))
            }
            (_, Kind::List(element)) => {
                Ok(self.of_json(&element.kind, raw, depth)?.map(|element| ConstValue::List(vec![element])))
            }
            (Some(b'{'), Kind::Object(index)) => self.of_members(*index, &read(json)?, depth),
            (_, Kind::Scalar(_)) => match read(json)? {
                value if contains_nul(&value) => Err(nul()),
                value => Ok(Some(value)),
            },
            (Some(b'"'), kind) => self.of_text(kind, &read::<String>(json)?),
            (Some(b'{' | b'['), kind) => Err(self.refused(kind, json)),
            // Numbers and booleans become their literal text where a text is wanted, as they always did.
            (_, kind) => self.of_text(kind, json).map_err(|_| self.refused(kind, json)),
        }
    }

    fn of_members(&self, object: usize, members: &HashMap<String, &RawValue>, depth: usize) -> Coerced {
        if depth == MAX_DEPTH {
            return Err(Refusal::new("nested too deep"));
        }
        let mut object_value = IndexMap::new();
        for field in &self.objects[object].fields {
            let given = field.names.iter().find_map(|name| members.get(name));
            let coerced = match given {
                None => None,
                Some(raw) => {
                    self.of_json(&field.typed.kind, raw, depth + 1).map_err(|refusal| refusal.under(&field.names[0]))?
                }
            };
            match coerced {
                Some(value) => {
                    object_value.insert(field.name.clone(), value);
                }
                None if field.typed.required => return Err(self.missing(&field.typed.kind).under(&field.names[0])),
                None => {}
            }
        }
        Ok(Some(ConstValue::Object(object_value)))
    }

    /// What is expected, in words.
    fn expectation(&self, kind: &Kind) -> String {
        match kind {
            Kind::Int => format!("an integer from {} to {}", i32::MIN, i32::MAX),
            Kind::Float => "a number".to_owned(),
            Kind::Boolean => "true or false, 1 or 0".to_owned(),
            Kind::Text => "a text".to_owned(),
            Kind::Instant => "a time such as 2026-01-31T08:00:00Z, or milliseconds since 1970".to_owned(),
            Kind::Enum(table) => {
                let mut words = "one of ".to_owned();
                for (index, value) in table.values.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    let _ = write!(words, "{comma}{}", value.name.to_ascii_lowercase());
                    if !value.codes.is_empty() {
                        let codes: Vec<String> = value.codes.iter().map(code_text).collect();
                        let _ = write!(words, " ({})", codes.join(", "));
                    }
                }
                words
            }
            Kind::Object(_) => "an object".to_owned(),
            Kind::List(element) => format!("a list, each element {}", self.expectation(&element.kind)),
            Kind::Upload => "a file".to_owned(),
            Kind::Scalar(name) => format!("a value of the type {name}"),
        }
    }
}

fn typed(types: &Types, place: &HashMap<&str, usize>, ty: &Type, has_default: bool) -> Typed {
    let kind = match &ty.base {
        BaseType::List(element) => Kind::List(Box::new(typed(types, place, element, false))),
        BaseType::Named(name) => match (name.as_str(), types.get(name).map(|ty| &ty.kind)) {
            ("Int", _) => Kind::Int,
            ("Float", _) => Kind::Float,
            ("Boolean", _) => Kind::Boolean,
            ("String" | "ID", _) => Kind::Text,
            ("DateTime", _) => Kind::Instant,
            ("Upload", _) => Kind::Upload,
            (_, Some(TypeKind::Enum(_))) => types
                .enumeration(name)
                .map_or_else(|| Kind::Scalar(name.clone()), |table| Kind::Enum(Arc::clone(table))),
            (known, Some(TypeKind::InputObject(_))) => {
                place.get(known).map_or_else(|| Kind::Scalar(name.clone()), |index| Kind::Object(*index))
            }
            _ => Kind::Scalar(name.clone()),
        },
    };
    Typed { kind, required: !ty.nullable && !has_default }
}

/// Reads one level of JSON whose syntax was checked before; what can still be wrong is a lone surrogate in a text.
fn read<'a, T: serde::Deserialize<'a>>(json: &'a str) -> Result<T, Refusal> {
    serde_json::from_str(json).map_err(|error| Refusal::new(format!("unusable: {error}")))
}

/// No database of ours stores NUL in a text.
fn nul() -> Refusal {
    Refusal::new("a text cannot contain the character NUL")
}

fn contains_nul(value: &ConstValue) -> bool {
    match value {
        ConstValue::String(text) => text.contains('\0'),
        ConstValue::List(values) => values.iter().any(contains_nul),
        ConstValue::Object(members) => members.iter().any(|(name, value)| name.contains('\0') || contains_nul(value)),
        _ => false,
    }
}

/// GraphQL's `Int` has 32 bits. A fraction of zero is none.
fn integer(text: &str) -> Option<i32> {
    match text.parse::<i64>() {
        Ok(number) => i32::try_from(number).ok(),
        Err(_) => {
            let number = text.parse::<f64>().ok()?;
            let whole = number.fract() == 0.0 && (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number);
            // In range and without fraction, so that the cast is exact.
            whole.then_some(number as i32)
        }
    }
}

fn decimal(text: &str) -> Option<ConstValue> {
    text.parse::<f64>().ok().and_then(Number::from_f64).map(ConstValue::Number)
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("yes") => Some(true),
        _ if text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("no") => Some(false),
        _ => None,
    }
}

fn instant(text: &str) -> Option<String> {
    let instant = match text.parse::<i64>() {
        Ok(millis) => DateTime::from_timestamp_millis(millis)?,
        Err(_) => DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc),
    };
    Some(instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn shortened(given: &str) -> String {
    match given.char_indices().nth(SHOWN) {
        None => given.to_owned(),
        Some((end, _)) => format!("{}…", &given[..end]),
    }
}
