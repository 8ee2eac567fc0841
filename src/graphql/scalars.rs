//! Scalars of the schema.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{SecondsFormat, Utc};
use entity::Timestamp;

/// An instant in RFC 3339, in UTC, to the millisecond: `2026-11-22T08:30:00.250Z`.
///
/// Any RFC 3339 instant is accepted, whatever its offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime(pub Timestamp);

impl From<Timestamp> for DateTime {
    fn from(instant: Timestamp) -> Self {
        Self(instant)
    }
}

/// An instant in RFC 3339, in UTC, to the millisecond: `2026-11-22T08:30:00.250Z`. Any RFC 3339 instant is accepted,
/// whatever its offset.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        let instant = chrono::DateTime::parse_from_rfc3339(text)
            .map_err(|_| InputValueError::custom("must be an RFC 3339 instant, such as 2026-11-22T08:30:00Z"))?;
        Ok(Self(instant.with_timezone(&Utc).into()))
    }

    /// Already when the request is checked: only then is the argument or field at fault named.
    fn is_valid(value: &Value) -> bool {
        Self::parse(value.clone()).is_ok()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}
