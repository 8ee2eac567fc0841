//! When an account may write to a follower: what somebody does opens a window for so many customer-service messages.
//!
//! Every trigger has a window of its own, which begins anew each time; a message counts against the open window that
//! ends first. Source: WeChat "Customer-service messages" (客服消息), "rules of sending" (下发规则).

use std::collections::HashMap;

use crate::errcode::Errcode;

/// Somebody may be shown as typing this many seconds after a message of theirs.
const TYPING_AFTER_MESSAGE: i64 = 30;
/// The sign that somebody is typing disappears by itself after so many seconds.
const TYPING_SECONDS: i64 = 15;

/// What somebody does that opens a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// Sends a message of any type.
    Message,
    /// Taps a menu button of the types click, `scancode_push` or `scancode_waitmsg`.
    Click,
    Subscribe,
    /// Scans a QR code with parameters.
    Scan,
}

/// How many messages a trigger allows, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    pub(crate) messages: u32,
    pub(crate) seconds: i64,
}

/// The windows of an account's followers.
#[derive(Debug)]
pub(crate) struct Windows {
    allowances: [Allowance; 4],
    by_follower: HashMap<u64, Attention>,
}

/// What one follower did.
#[derive(Debug, Default)]
struct Attention {
    /// By trigger.
    windows: [Option<Window>; 4],
    last_message: Option<i64>,
    typing_until: Option<i64>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    end: i64,
    left: u32,
}

impl Trigger {
    pub(crate) const ALL: [Self; 4] = [Self::Message, Self::Click, Self::Subscribe, Self::Scan];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Click => "click",
            Self::Subscribe => "subscribe",
            Self::Scan => "scan",
        }
    }

    /// What WeChat's page says today; older ones allow 20 messages in 48 hours after everything.
    const fn allowance(self) -> Allowance {
        match self {
            Self::Message => Allowance { messages: 5, seconds: 48 * 3600 },
            Self::Click | Self::Subscribe | Self::Scan => Allowance { messages: 3, seconds: 60 },
        }
    }
}

impl Default for Windows {
    fn default() -> Self {
        Self { allowances: Trigger::ALL.map(Trigger::allowance), by_follower: HashMap::new() }
    }
}

impl Windows {
    pub(crate) const fn allowance(&self, trigger: Trigger) -> Allowance {
        self.allowances[trigger as usize]
    }

    /// From the next trigger on; open windows stay as they are.
    pub(crate) const fn set_allowance(&mut self, trigger: Trigger, allowance: Allowance) {
        self.allowances[trigger as usize] = allowance;
    }

    /// A follower does something.
    pub(crate) fn open(&mut self, index: u64, trigger: Trigger, now: i64) {
        let Allowance { messages, seconds } = self.allowance(trigger);
        let attention = self.by_follower.entry(index).or_default();
        attention.windows[trigger as usize] = Some(Window { end: now.saturating_add(seconds), left: messages });
        if trigger == Trigger::Message {
            attention.last_message = Some(now);
        }
    }

    /// A follower leaves.
    pub(crate) fn close(&mut self, index: u64) {
        self.by_follower.remove(&index);
    }

    /// Takes a message off. Errors: 45015 when no window is open, 45047 when the open ones are used up.
    pub(crate) fn spend(&mut self, index: u64, now: i64) -> Result<(), Errcode> {
        let attention = self.by_follower.get_mut(&index).ok_or(Errcode::WINDOW_CLOSED)?;
        let mut open: Vec<_> = attention.windows.iter_mut().flatten().filter(|window| now < window.end).collect();
        if open.is_empty() {
            return Err(Errcode::WINDOW_CLOSED);
        }
        open.retain(|window| window.left > 0);
        let window = open.into_iter().min_by_key(|window| window.end).ok_or(Errcode::ALLOWANCE_USED)?;
        window.left -= 1;
        attention.typing_until = None;
        Ok(())
    }

    /// Shows the account as typing. Errors: 45080 without a message in the last 30 seconds, 45081 when it shows
    /// already.
    pub(crate) fn begin_typing(&mut self, index: u64, now: i64) -> Result<(), Errcode> {
        let attention = self.recent(index, now)?;
        if attention.typing_until.is_some_and(|end| now < end) {
            return Err(Errcode::ALREADY_TYPING);
        }
        attention.typing_until = Some(now.saturating_add(TYPING_SECONDS));
        Ok(())
    }

    /// Takes the sign away, if there is one. Errors: 45080.
    pub(crate) fn end_typing(&mut self, index: u64, now: i64) -> Result<(), Errcode> {
        self.recent(index, now)?.typing_until = None;
        Ok(())
    }

    fn recent(&mut self, index: u64, now: i64) -> Result<&mut Attention, Errcode> {
        let is_recent = |attention: &&mut Attention| {
            attention.last_message.is_some_and(|then| now.saturating_sub(then) <= TYPING_AFTER_MESSAGE)
        };
        self.by_follower.get_mut(&index).filter(is_recent).ok_or(Errcode::NO_RECENT_MESSAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_with_its_time_or_its_messages() {
        let mut windows = Windows::default();
        assert_eq!(windows.spend(7, 1000), Err(Errcode::WINDOW_CLOSED));
        windows.open(7, Trigger::Subscribe, 1000);
        assert_eq!(windows.spend(7, 1059), Ok(()));
        assert_eq!(windows.spend(7, 1060), Err(Errcode::WINDOW_CLOSED));
        assert_eq!(windows.spend(8, 1000), Err(Errcode::WINDOW_CLOSED), "of somebody else");
        windows.open(7, Trigger::Message, 2000);
        for _ in 0..5 {
            assert_eq!(windows.spend(7, 2000 + 48 * 3600 - 1), Ok(()));
        }
        assert_eq!(windows.spend(7, 2000 + 48 * 3600 - 1), Err(Errcode::ALLOWANCE_USED));
        assert_eq!(windows.spend(7, 2000 + 48 * 3600), Err(Errcode::WINDOW_CLOSED));
    }

    #[test]
    fn the_window_that_ends_first_is_used_first() {
        let mut windows = Windows::default();
        windows.open(7, Trigger::Message, 1000);
        windows.open(7, Trigger::Click, 1000);
        for _ in 0..3 {
            assert_eq!(windows.spend(7, 1001), Ok(()));
        }
        for _ in 0..5 {
            assert_eq!(windows.spend(7, 1100), Ok(()), "those of the message are still there");
        }
        assert_eq!(windows.spend(7, 1100), Err(Errcode::ALLOWANCE_USED));
        windows.open(7, Trigger::Scan, 1100);
        assert_eq!(windows.spend(7, 1100), Ok(()), "another trigger");
        windows.close(7);
        assert_eq!(windows.spend(7, 1100), Err(Errcode::WINDOW_CLOSED));
    }
}
