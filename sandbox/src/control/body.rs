//! The body of a control call, member by member. Nothing is silently ignored: a wrong type and an unknown member are
//! refused by name, because a test with a misspelt member would test nothing.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde_json::{Map, Value};

use super::Rejection;
use crate::invalid::InvalidField;

/// The members that were not taken yet.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Rejection;

    /// No body at all is an empty object; the `Content-Type` does not count.
    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let problem = match Bytes::from_request(request, state).await {
            Ok(bytes) if bytes.is_empty() => return Ok(Self(Map::new())),
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(Value::Object(members)) => return Ok(Self(members)),
                Ok(_) => "must be a JSON object".to_owned(),
                Err(error) => format!("is no JSON: {error}"),
            },
            Err(unread) => unread.body_text(),
        };
        Err(Rejection::from(InvalidField::new("body", problem)))
    }
}

impl Fields {
    /// Takes a member; `null` counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.shift_remove(name).filter(|value| !value.is_null())
    }

    /// Looks at a member and leaves it.
    pub(super) fn peek(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, InvalidField> {
        self.take_as(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, InvalidField> {
        self.take_as(name, "true or false", Value::as_bool)
    }

    pub(super) fn integer(&mut self, name: &str) -> Result<Option<i64>, InvalidField> {
        self.take_as(name, "an integer", Value::as_i64)
    }

    /// A number from 0 to `most`.
    pub(super) fn count(&mut self, name: &str, most: u32) -> Result<Option<u32>, InvalidField> {
        let expected = format!("an integer from 0 to {most}");
        let read = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|n| *n <= most);
        self.take_as(name, &expected, read)
    }

    /// A member read by a function that knows its form.
    pub(super) fn take_as<T>(
        &mut self,
        name: &str,
        expected: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Option<T>, InvalidField> {
        let read = |value: Value| read(&value).ok_or_else(|| InvalidField::new(name, format!("must be {expected}")));
        self.take(name).map(read).transpose()
    }

    /// What is left.
    pub(super) fn into_rest(self) -> Map<String, Value> {
        self.0
    }

    /// Refuses members that nobody took.
    pub(super) fn finish(self) -> Result<(), InvalidField> {
        self.0.into_iter().next().map_or(Ok(()), |(name, _)| Err(InvalidField::new(name, "is unknown here")))
    }
}

/// A member that the call cannot do without.
pub(super) fn required<T>(name: &str, value: Option<T>) -> Result<T, InvalidField> {
    value.ok_or_else(|| InvalidField::new(name, "is needed"))
}
