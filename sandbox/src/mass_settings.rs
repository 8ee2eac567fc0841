//! How the mass sends of an account go: what its owner chose in the console, and what a test orders.

use crate::{mass::SUCCESS, permission::Kind};

/// Mass sends of a 公众号 a day: WeChat "Mass send by tag" (根据标签群发消息).
const SENDS_OF_SUBSCRIPTION: u32 = 1;

/// Whether the administrator has to confirm what the API sends: 群发保护.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Confirmation {
    Off,
    /// The call answers as if nothing had to be confirmed.
    Silent,
    /// The call answers 89505, repeated ones 89504.
    Announced,
}

/// How a send ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// By itself, and the webhook is told.
    Auto,
    /// When the control API says so.
    Manual,
    /// By itself, and the webhook is not told.
    Quiet,
}

/// How many mass sends a China day has; 45028 beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MassQuota {
    /// One for a 公众号, any number for a 服务号.
    OfKind,
    Unlimited,
    Daily(u32),
}

/// The settings of an account.
#[derive(Clone, Debug)]
pub(crate) struct MassSettings {
    pub(crate) confirmation: Confirmation,
    pub(crate) finish: Finish,
    /// The word with which sends end by themselves.
    pub(crate) status: String,
    /// Whether the webhook is told of the end before the call is answered.
    pub(crate) early_event: bool,
    /// So long after a call its repetition is 45066; milliseconds of the simulator's clock.
    pub(crate) processing_ms: u32,
    pub(crate) quota: MassQuota,
}

impl Default for MassSettings {
    fn default() -> Self {
        Self {
            confirmation: Confirmation::Off,
            finish: Finish::Auto,
            status: SUCCESS.to_owned(),
            early_event: false,
            processing_ms: 0,
            quota: MassQuota::OfKind,
        }
    }
}

impl Confirmation {
    const ALL: [Self; 3] = [Self::Off, Self::Silent, Self::Announced];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Silent => "silent",
            Self::Announced => "announced",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|confirmation| confirmation.name() == name)
    }
}

impl Finish {
    const ALL: [Self; 3] = [Self::Auto, Self::Manual, Self::Quiet];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Manual => "manual",
            Self::Quiet => "quiet",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|finish| finish.name() == name)
    }
}

impl MassQuota {
    /// Sends a day of an account of this kind; `None` for any number.
    pub(crate) const fn daily(self, kind: Kind) -> Option<u32> {
        match (self, kind) {
            (Self::OfKind, Kind::Subscription) => Some(SENDS_OF_SUBSCRIPTION),
            (Self::OfKind, Kind::Service) | (Self::Unlimited, _) => None,
            (Self::Daily(sends), _) => Some(sends),
        }
    }
}
