//! Instants, and the ids that are made of them.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use entity::Timestamp;
use uuid::Uuid;

/// Now, to the millisecond: what the database keeps, so that a row reads back as it was written.
pub fn now() -> Timestamp {
    Utc::now().trunc_subsecs(3).into()
}

/// `seconds` since the Unix epoch, as WeChat counts. `None` beyond what a date can say.
pub fn from_unix_seconds(seconds: i64) -> Option<Timestamp> {
    DateTime::from_timestamp(seconds, 0).map(Into::into)
}

/// `duration` after `instant`.
pub fn after(instant: Timestamp, duration: std::time::Duration) -> Timestamp {
    let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    instant.checked_add_signed(chrono::TimeDelta::milliseconds(milliseconds)).unwrap_or(*instant).into()
}

/// `duration` before `instant`. What a database compares with a column must be a [`Timestamp`], as the column is: a
/// `DateTime` would be sent as another type, which one database refuses and the others compare wrongly.
pub fn before(instant: Timestamp, duration: TimeDelta) -> Timestamp {
    instant.checked_sub_signed(duration).unwrap_or(*instant).into()
}

/// A new id: UUIDv7 (RFC 9562), so that ids sort by the time they were made.
pub fn new_id() -> String {
    Uuid::now_v7().to_string()
}
