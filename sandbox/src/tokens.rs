//! The access tokens of an account: two separate lines, one for `/cgi-bin/token` and one for `/cgi-bin/stable_token`.
//!
//! Source: WeChat "Get access token" and "Get stable access token".

use std::collections::VecDeque;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::{clock::china_day, errcode::Errcode};

/// Life of a token in seconds.
const LIFE: i64 = 7200;
/// How long a replaced token still works, and how early the platform renews a stable one, in seconds.
const OVERLAP: i64 = 300;
/// Least distance of two forced refreshes in seconds.
const FORCED_INTERVAL: i64 = 30;
/// Most forced refreshes a day.
const FORCED_PER_DAY: u32 = 20;
/// How many tokens of a line are remembered; older ones are simply not the latest any more.
const REMEMBERED: usize = 64;
/// Random bytes in a token.
const ENTROPY: usize = 72;
/// Stands between the app id and the random bytes; no app id contains it.
const SEPARATOR: u8 = b'.';

/// A token and how long it lives from now, in seconds.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) access_token: String,
    pub(crate) expires_in: i64,
}

#[derive(Debug)]
struct Token {
    value: String,
    /// Unix seconds; from then on it is refused with `refusal`.
    valid_until: i64,
    refusal: Errcode,
}

/// Tokens of one line, newest last.
#[derive(Debug, Default)]
struct Line {
    issued: VecDeque<Token>,
}

impl Line {
    /// Replaces the current token, which stays valid for `overlap` seconds at most.
    fn issue(&mut self, app_id: &str, now: i64, overlap: i64) -> Grant {
        for token in self.issued.iter_mut().filter(|token| token.valid_until > now + overlap) {
            token.valid_until = now + overlap;
            token.refusal = Errcode::INVALID_CREDENTIAL;
        }
        if self.issued.len() == REMEMBERED {
            self.issued.pop_front();
        }
        let value = new_value(app_id);
        let token = Token { value: value.clone(), valid_until: now + LIFE, refusal: Errcode::TOKEN_EXPIRED };
        self.issued.push_back(token);
        Grant { access_token: value, expires_in: LIFE }
    }

    /// The newest token, if it lives for more than `margin` seconds.
    fn current(&self, now: i64, margin: i64) -> Option<Grant> {
        let token = self.issued.back().filter(|token| token.valid_until > now + margin)?;
        Some(Grant { access_token: token.value.clone(), expires_in: token.valid_until - now })
    }

    fn end_all(&mut self, now: i64, refusal: Errcode) {
        for token in self.issued.iter_mut().filter(|token| token.valid_until > now) {
            token.valid_until = now;
            token.refusal = refusal;
        }
    }
}

/// Every token of one account.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    plain: Line,
    stable: Line,
    /// Unix seconds of the last forced refresh.
    last_forced: Option<i64>,
    forced_day: i64,
    forced_today: u32,
}

impl Tokens {
    /// `/cgi-bin/token`: always a new one; the one before works for five minutes more.
    pub(crate) fn issue(&mut self, app_id: &str, now: i64) -> Grant {
        self.plain.issue(app_id, now, OVERLAP)
    }

    /// `/cgi-bin/stable_token` in normal mode: the same token until its last five minutes.
    pub(crate) fn stable(&mut self, app_id: &str, now: i64) -> Grant {
        self.stable.current(now, OVERLAP).unwrap_or_else(|| self.stable.issue(app_id, now, OVERLAP))
    }

    /// `/cgi-bin/stable_token` in forced mode: a new token, and the old one dies at once. Within 30 s of the last time
    /// nothing is refreshed. Errors: 45009 after 20 a day.
    pub(crate) fn forced(&mut self, app_id: &str, now: i64) -> Result<Grant, Errcode> {
        // A distance below zero means that the clock was moved back: that is not "too soon".
        if self.last_forced.is_some_and(|last| (0..FORCED_INTERVAL).contains(&(now - last))) {
            return Ok(self.stable(app_id, now));
        }
        let today = china_day(now);
        if self.forced_day != today {
            self.forced_day = today;
            self.forced_today = 0;
        }
        if self.forced_today >= FORCED_PER_DAY {
            return Err(Errcode::DAILY_QUOTA);
        }
        self.forced_today += 1;
        self.last_forced = Some(now);
        Ok(self.stable.issue(app_id, now, 0))
    }

    /// Whether a token opens the account now. Errors: 42001 when it ran out, 40001 when it was replaced or revoked or
    /// never existed.
    pub(crate) fn check(&self, value: &str, now: i64) -> Result<(), Errcode> {
        let mut known = self.plain.issued.iter().chain(&self.stable.issued);
        match known.find(|token| token.value == value) {
            Some(token) if now < token.valid_until => Ok(()),
            Some(token) => Err(token.refusal),
            None => Err(Errcode::INVALID_CREDENTIAL),
        }
    }

    /// Ends every valid token as if its secret had been replaced: 40001 from now on.
    pub(crate) fn revoke(&mut self, now: i64) {
        self.plain.end_all(now, Errcode::INVALID_CREDENTIAL);
        self.stable.end_all(now, Errcode::INVALID_CREDENTIAL);
    }

    /// Ends every valid token as if its time were over: 42001 from now on.
    pub(crate) fn expire(&mut self, now: i64) {
        self.plain.end_all(now, Errcode::TOKEN_EXPIRED);
        self.stable.end_all(now, Errcode::TOKEN_EXPIRED);
    }
}

/// A number, an underscore and URL-safe base64, as WeChat's look. It carries the app id, so that a token alone leads
/// to its account; what makes it valid is that the account remembers it.
fn new_value(app_id: &str) -> String {
    let mut bytes = app_id.as_bytes().to_vec();
    bytes.push(SEPARATOR);
    bytes.extend_from_slice(&rand::random::<[u8; ENTROPY]>());
    format!("{}_{}", rand::random_range(10..100), BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// The app id that a token was made for; `None` for a text that no account ever issued (40014).
pub(crate) fn app_id_of(token: &str) -> Option<String> {
    let (number, rest) = token.split_once('_')?;
    number.parse::<u8>().ok()?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(rest).ok()?;
    let end = bytes.len().checked_sub(ENTROPY + 1)?;
    let app_id = (bytes[end] == SEPARATOR).then_some(&bytes[..end])?;
    String::from_utf8(app_id.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: &str = "wx0123456789abcdef";
    const NOON: i64 = 1_790_000_000;

    #[test]
    fn a_replaced_token_works_for_five_minutes_and_is_then_not_the_latest() {
        let mut tokens = Tokens::default();
        let old = tokens.issue(APP, NOON).access_token;
        let new = tokens.issue(APP, NOON + 10).access_token;
        assert_ne!(old, new);
        assert_eq!(tokens.check(&old, NOON + 309), Ok(()));
        assert_eq!(tokens.check(&old, NOON + 310), Err(Errcode::INVALID_CREDENTIAL));
        assert_eq!(tokens.check(&new, NOON + 310), Ok(()));
        assert_eq!(tokens.check(&new, NOON + 10 + LIFE), Err(Errcode::TOKEN_EXPIRED));
    }

    #[test]
    fn the_two_lines_leave_each_other_alone() {
        let mut tokens = Tokens::default();
        let stable = tokens.stable(APP, NOON).access_token;
        for second in 0..5 {
            tokens.issue(APP, NOON + second);
        }
        assert_eq!(tokens.check(&stable, NOON + 1000), Ok(()));
        let plain = tokens.issue(APP, NOON).access_token;
        tokens.forced(APP, NOON).expect("the first of the day");
        assert_eq!(tokens.check(&plain, NOON + 1000), Ok(()));
        assert_eq!(tokens.check(&stable, NOON), Err(Errcode::INVALID_CREDENTIAL));
    }

    #[test]
    fn a_stable_token_counts_down_and_is_renewed_inside_its_last_five_minutes() {
        let mut tokens = Tokens::default();
        let first = tokens.stable(APP, NOON);
        assert_eq!(first.expires_in, LIFE);
        let later = tokens.stable(APP, NOON + 6855);
        assert_eq!((&later.access_token, later.expires_in), (&first.access_token, 345));
        assert_eq!(tokens.stable(APP, NOON + 6899).access_token, first.access_token);
        let renewed = tokens.stable(APP, NOON + 6900);
        assert_ne!(renewed.access_token, first.access_token);
        assert_eq!(renewed.expires_in, LIFE);
        assert_eq!(tokens.check(&first.access_token, NOON + 7199), Ok(()));
        assert_eq!(tokens.check(&first.access_token, NOON + 7200), Err(Errcode::TOKEN_EXPIRED));
    }

    #[test]
    fn forcing_is_limited_to_once_in_30_seconds_and_20_a_day() {
        let mut tokens = Tokens::default();
        let first = tokens.forced(APP, NOON).expect("the first").access_token;
        assert_eq!(tokens.forced(APP, NOON + 29).expect("too soon").access_token, first);
        for turn in 1..20 {
            let before = tokens.stable(APP, NOON + turn * 30 - 1).access_token;
            let grant = tokens.forced(APP, NOON + turn * 30).expect("within the limit");
            assert_ne!(grant.access_token, before);
        }
        assert_eq!(tokens.forced(APP, NOON + 600).err(), Some(Errcode::DAILY_QUOTA));
        assert!(tokens.forced(APP, NOON + 86_400).is_ok());
    }

    #[test]
    fn a_token_names_its_account_and_other_texts_do_not() {
        assert_eq!(app_id_of(&new_value(APP)).as_deref(), Some(APP));
        assert_eq!(app_id_of(&new_value("wxA_b-c")).as_deref(), Some("wxA_b-c"));
        for text in ["", "x", "ACCESS_TOKEN", "12_", "12_AAAA", "not a token", "99999_QUJD"] {
            assert_eq!(app_id_of(text), None, "{text}");
        }
    }
}
