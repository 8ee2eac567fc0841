//! Dates as the V1 document writes them: of a time zone, and without naming it.

use chrono::{LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use entity::Timestamp;

use crate::error::{Error, Result};

/// No time zone ever jumped farther: two days around the date line.
const FARTHEST: TimeDelta = TimeDelta::days(2);

/// The instant of `yyyy-MM-dd`, which is the start of that day, or of `yyyy-MM-dd HH:mm:ss`, also with a `T` between; `None`
/// for blank.
///
/// Of a time that clocks show twice the first one is meant. One that they leave out, as the start of a day in some zones,
/// is the moment at which they leave it out. Errors: `Invalid`, naming `field`. Source: behaviour, X8, D66.
pub(super) fn instant(zone: Tz, field: &'static str, text: &str) -> Result<Option<Timestamp>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let local = local(text).ok_or_else(|| {
        Error::invalid(field, "must be a date such as 2014-08-27, or a date and a time such as 2014-08-27 08:30:00")
    })?;
    let utc = match zone.from_local_datetime(&local) {
        LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => found.naive_utc(),
        LocalResult::None => end_of_gap(zone, local),
    };
    Ok(Some(utc.and_utc().into()))
}

fn local(text: &str) -> Option<NaiveDateTime> {
    // chrono reads signs, blanks and numbers of any length, too.
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match shape.as_str() {
        "0000-00-00" => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.and_time(NaiveTime::MIN)),
        "0000-00-00 00:00:00" => NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok(),
        "0000-00-00T00:00:00" => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok(),
        _ => None,
    }
}

/// The first moment, to the second, at which clocks show `local` or later.
fn end_of_gap(zone: Tz, local: NaiveDateTime) -> NaiveDateTime {
    let shown = |utc: NaiveDateTime| utc + zone.offset_from_utc_datetime(&utc).fix();
    let (mut before, mut after) = (local - FARTHEST, local + FARTHEST);
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if shown(middle) < local { before = middle } else { after = middle }
    }
    after
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use chrono::{SecondsFormat, Utc};
    use chrono_tz::{America, Asia, Europe, Pacific};

    use super::*;

    fn read(zone: Tz, text: &str) -> String {
        let instant = instant(zone, "sentFromLocal", text).unwrap().unwrap();
        instant.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    #[test]
    fn days_begin_where_the_zone_says() {
        for (zone, text, expected) in [
            (Asia::Shanghai, "2014-08-27", "2014-08-26T16:00:00Z"),
            (Asia::Shanghai, "2014-08-27 08:30:00", "2014-08-27T00:30:00Z"),
            (Asia::Shanghai, " 2014-08-27T08:30:59 ", "2014-08-27T00:30:59Z"),
            (Tz::UTC, "2014-08-27", "2014-08-27T00:00:00Z"),
            (Europe::Berlin, "2026-03-29", "2026-03-28T23:00:00Z"),
            (Europe::Berlin, "2026-03-30", "2026-03-29T22:00:00Z"),
            (Tz::UTC, "0001-01-01", "0001-01-01T00:00:00Z"),
            (Tz::UTC, "9999-12-31 23:59:59", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(read(zone, text), expected, "{text}");
        }
    }

    #[test]
    fn times_that_clocks_show_twice_or_never_are_instants_too() {
        for (zone, text, expected) in [
            // Twice: the first one.
            (Europe::Berlin, "2026-10-25 02:30:00", "2026-10-25T00:30:00Z"),
            // Never: when the clocks went on.
            (Europe::Berlin, "2026-03-29 02:00:00", "2026-03-29T01:00:00Z"),
            (Europe::Berlin, "2026-03-29 02:30:00", "2026-03-29T01:00:00Z"),
            (Europe::Berlin, "2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
            // A day that begins at one o'clock, and one that never was.
            (America::Sao_Paulo, "2018-11-04", "2018-11-04T03:00:00Z"),
            (Pacific::Apia, "2011-12-30", "2011-12-30T10:00:00Z"),
            (Pacific::Apia, "2011-12-31", "2011-12-30T10:00:00Z"),
        ] {
            assert_eq!(read(zone, text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused_by_name() {
        for text in [
            "2014-8-27",
            "2014-08-32",
            "2014-02-29",
            "20140827",
            "2014/08/27",
            "2014－08-27",
            "yesterday",
            "-2014-08-27",
            "2014-08-27 24:00:00",
            "2014-08-27 08:30",
            "2014-08-27T08:30:00Z",
            "2014-08-27  08:30:00",
            "0",
            "2014-08-27' --",
        ] {
            let error = instant(Asia::Shanghai, "sentFromLocal", text).unwrap_err();
            assert_eq!(error.field(), Some("sentFromLocal"), "{text}");
        }
        for blank in ["", " ", "\u{3000}"] {
            assert_eq!(instant(Asia::Shanghai, "sentFromLocal", blank).unwrap(), None);
        }
    }
}
