//! Elements as JSON, for what is kept of a push: members by name, repeated ones as lists, everything else texts.

use serde_json::{Map, Value};

use super::xml::Element;

/// The member that holds the text of an element which has further elements too. No element has such a name.
const TEXT: &str = "#text";

impl Element {
    /// As JSON: a text, or an object of its children. Its own name is not in it.
    pub fn to_json(&self) -> Value {
        if self.children.is_empty() {
            return Value::String(self.text.clone());
        }
        let mut members = Map::new();
        for child in &self.children {
            let value = child.to_json();
            match members.get_mut(&child.name) {
                None => {
                    members.insert(child.name.clone(), value);
                }
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        if !self.text.is_empty() {
            members.insert(TEXT.to_owned(), Value::String(self.text.clone()));
        }
        Value::Object(members)
    }

    /// What [`to_json`](Self::to_json) was made of; elements of one name stand together.
    pub fn from_json(name: &str, value: &Value) -> Self {
        let mut element = Self { name: name.to_owned(), ..Self::default() };
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if name == TEXT => element.text = text.clone(),
                        Value::Array(values) => {
                            element.children.extend(values.iter().map(|value| Self::from_json(name, value)));
                        }
                        value => element.children.push(Self::from_json(name, value)),
                    }
                }
            }
            Value::String(text) => element.text = text.clone(),
            other => element.text = other.to_string(),
        }
        element
    }
}
