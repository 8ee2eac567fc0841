//! How often an account called what: counters of the China day and of the minute, and the monthly right to clear them.

use std::collections::HashMap;

use crate::{
    clock::{china_day, china_month},
    errcode::Errcode,
};

/// `clear_quota` and `clear_quota/v2` share this many a month.
const CLEARS_PER_MONTH: u32 = 10;
/// `openapi/quota/clear` has this many a month.
const PATH_CLEARS_PER_MONTH: u32 = 50;

/// The published limits of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) daily: u32,
    pub(crate) per_minute: Option<u32>,
}

/// A counter that starts again with every period: a day, a minute, a month.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    period: i64,
    used: u32,
}

impl Counter {
    const fn used(self, period: i64) -> u32 {
        if self.period == period { self.used } else { 0 }
    }

    const fn add(&mut self, period: i64) {
        *self = Self { period, used: self.used(period).saturating_add(1) };
    }
}

/// The counters of one account.
#[derive(Debug)]
pub(crate) struct Quotas {
    /// Off: calls are counted, none is refused.
    pub(crate) enforced: bool,
    /// Daily limits that replace the published ones, by path.
    pub(crate) daily_limits: HashMap<String, u32>,
    daily: HashMap<&'static str, Counter>,
    minutely: HashMap<&'static str, Counter>,
    cleared: Counter,
    path_cleared: Counter,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            enforced: true,
            daily_limits: HashMap::new(),
            daily: HashMap::new(),
            minutely: HashMap::new(),
            cleared: Counter::default(),
            path_cleared: Counter::default(),
        }
    }
}

impl Quotas {
    /// Counts a call. Errors: 45009 when the day's calls are used up, 45011 the minute's; refused calls do not count.
    pub(crate) fn spend(&mut self, path: &'static str, limits: Limits, now: i64) -> Result<(), Errcode> {
        let (day, minute) = (china_day(now), now.div_euclid(60));
        if self.enforced && self.used(path, now) >= self.daily_limit(path, limits) {
            return Err(Errcode::DAILY_QUOTA);
        }
        let this_minute = self.minutely.entry(path).or_default();
        if self.enforced && limits.per_minute.is_some_and(|limit| this_minute.used(minute) >= limit) {
            return Err(Errcode::MINUTE_QUOTA);
        }
        this_minute.add(minute);
        self.daily.entry(path).or_default().add(day);
        Ok(())
    }

    pub(crate) fn used(&self, path: &str, now: i64) -> u32 {
        self.daily.get(path).map_or(0, |counter| counter.used(china_day(now)))
    }

    pub(crate) fn daily_limit(&self, path: &str, limits: Limits) -> u32 {
        self.daily_limits.get(path).copied().unwrap_or(limits.daily)
    }

    /// Resets every daily counter. Errors: 48006 after 10 a month.
    pub(crate) fn clear(&mut self, now: i64) -> Result<(), Errcode> {
        allow(&mut self.cleared, CLEARS_PER_MONTH, now)?;
        self.daily.clear();
        Ok(())
    }

    /// Resets one daily counter. Errors: 48006 after 50 a month.
    pub(crate) fn clear_path(&mut self, path: &str, now: i64) -> Result<(), Errcode> {
        allow(&mut self.path_cleared, PATH_CLEARS_PER_MONTH, now)?;
        self.daily.remove(path);
        Ok(())
    }
}

fn allow(counter: &mut Counter, limit: u32, now: i64) -> Result<(), Errcode> {
    let month = china_month(now);
    if counter.used(month) >= limit {
        return Err(Errcode::CLEAR_QUOTA_LIMIT);
    }
    counter.add(month);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/cgi-bin/user/get";
    const LIMITS: Limits = Limits { daily: 3, per_minute: Some(2) };
    /// 2026-09-21 00:00:00 in China.
    const MIDNIGHT: i64 = 1_789_920_000;

    #[test]
    fn the_minute_and_the_day_are_limited() {
        let mut quotas = Quotas::default();
        assert_eq!(quotas.spend(PATH, LIMITS, MIDNIGHT), Ok(()));
        assert_eq!(quotas.spend(PATH, LIMITS, MIDNIGHT + 1), Ok(()));
        assert_eq!(quotas.spend(PATH, LIMITS, MIDNIGHT + 59), Err(Errcode::MINUTE_QUOTA));
        assert_eq!(quotas.spend(PATH, LIMITS, MIDNIGHT + 60), Ok(()));
        assert_eq!(quotas.spend(PATH, LIMITS, MIDNIGHT + 86_399), Err(Errcode::DAILY_QUOTA));
        assert_eq!(quotas.used(PATH, MIDNIGHT + 86_399), 3);
        assert_eq!(quotas.spend(PATH, LIMITS, MIDNIGHT + 86_400), Ok(()));
    }

    #[test]
    fn the_day_begins_at_midnight_in_china() {
        assert_eq!(china_day(MIDNIGHT) - china_day(MIDNIGHT - 1), 1);
        assert_eq!(china_day(MIDNIGHT), china_day(MIDNIGHT + 86_399));
        // 2026-09-30 23:59:59 and 2026-10-01 00:00:00 in China.
        let october = MIDNIGHT + 10 * 86_400;
        assert_eq!(china_month(october) - china_month(october - 1), 1);
    }

    #[test]
    fn counters_that_are_not_enforced_still_count() {
        let mut quotas = Quotas { enforced: false, ..Quotas::default() };
        for _ in 0..10 {
            assert_eq!(quotas.spend(PATH, LIMITS, MIDNIGHT), Ok(()));
        }
        assert_eq!(quotas.used(PATH, MIDNIGHT), 10);
    }

    #[test]
    fn clearing_is_limited_by_the_month() {
        let mut quotas = Quotas::default();
        for _ in 0..10 {
            assert_eq!(quotas.clear(MIDNIGHT), Ok(()));
        }
        assert_eq!(quotas.clear(MIDNIGHT + 5 * 86_400), Err(Errcode::CLEAR_QUOTA_LIMIT));
        assert_eq!(quotas.clear(MIDNIGHT + 10 * 86_400), Ok(()));
        for _ in 0..50 {
            assert_eq!(quotas.clear_path(PATH, MIDNIGHT), Ok(()));
        }
        assert_eq!(quotas.clear_path(PATH, MIDNIGHT), Err(Errcode::CLEAR_QUOTA_LIMIT));
    }
}
