//! The simulator's time: the machine's clock plus an offset that tests move.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Datelike, FixedOffset, Utc};

/// What every time limit of the simulator is measured with: token lives, quota days, the age of request ids,
/// the windows of messages and of mass sends.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    /// Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        Utc::now().timestamp_millis().saturating_add(self.offset_seconds().saturating_mul(1000))
    }

    pub(crate) fn offset_seconds(&self) -> i64 {
        self.offset_seconds.load(Ordering::Relaxed)
    }

    /// Moves the clock so that it differs from the machine's by this much; 0 puts it right again.
    pub(crate) fn set_offset(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::Relaxed);
    }
}

/// East of Greenwich: quota days begin at 00:00 China time.
const CHINA_SECONDS: i32 = 8 * 3600;

/// The number of the China day that holds this instant.
pub(crate) const fn china_day(now: i64) -> i64 {
    (now + CHINA_SECONDS as i64).div_euclid(86_400)
}

/// The number of the China month that holds this instant.
pub(crate) fn china_month(now: i64) -> i64 {
    let at = DateTime::from_timestamp(now, 0).unwrap_or_default();
    match FixedOffset::east_opt(CHINA_SECONDS) {
        Some(china) => {
            let local = at.with_timezone(&china);
            i64::from(local.year()) * 12 + i64::from(local.month0())
        }
        None => 0,
    }
}
