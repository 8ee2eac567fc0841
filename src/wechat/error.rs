//! How a call to WeChat fails, told apart by what the caller can do about it.

use std::sync::Arc;
use std::time::Duration;

use super::{errcode, token};

/// Result of a call to WeChat.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can be done about a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The access token is stale: renew it and repeat once. The client has done so already; seen by a caller, it
    /// means that the renewed token was refused as well.
    Token,
    /// Back off and repeat, if the call may be repeated at all.
    Retry,
    /// A quota is used up: wait until it resets.
    Quota,
    /// This recipient cannot be reached.
    Recipient,
    /// Nothing the program can repair: credentials, permission, security, punishment.
    Operator,
    /// This request will never succeed.
    Permanent,
}

/// A call to WeChat that gave no usable answer.
///
/// It can be cloned, because one failed token request fails every call that waited for it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// WeChat answered with a non-zero `errcode`.
    #[error("WeChat refused {api}: {errcode} {errmsg}")]
    Refused {
        /// Path of the call, without the query (which carries the token).
        api: &'static str,
        /// WeChat's code.
        errcode: i64,
        /// WeChat's words, with the request id (`rid`) it appends.
        errmsg: String,
    },
    /// An HTTP status other than 2xx. WeChat reports its own errors with status 200, so this comes from a proxy or
    /// from a platform in trouble.
    #[error("WeChat answered {api} with HTTP status {status}")]
    Status {
        /// Path of the call.
        api: &'static str,
        /// The status.
        status: u16,
    },
    /// WeChat answered, but not with what its documentation says.
    #[error("WeChat answered {api} with something unreadable: {reason}")]
    Unreadable {
        /// Path of the call.
        api: &'static str,
        /// What could not be read; nothing of the body itself, which may hold a token.
        reason: String,
    },
    /// The answer is longer than the client accepts.
    #[error("WeChat answered {api} with more than {limit} bytes")]
    TooLarge {
        /// Path of the call.
        api: &'static str,
        /// The accepted length in bytes.
        limit: usize,
    },
    /// No connection: name resolution, TCP, TLS. The request was not sent.
    #[error("WeChat could not be reached for {api}")]
    Unreachable {
        /// Path of the call.
        api: &'static str,
        /// What the transport said; without the URL, which would show the token.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// The request was sent, but no complete answer came in time.
    #[error("WeChat did not answer {api} in time")]
    TimedOut {
        /// Path of the call.
        api: &'static str,
        /// What the transport said; without the URL.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection to WeChat broke during {api}")]
    Interrupted {
        /// Path of the call.
        api: &'static str,
        /// What the transport said; without the URL.
        #[source]
        source: Arc<reqwest::Error>,
    },
    /// The arguments exceed what this API takes in one call. Nothing was sent.
    #[error("{api} takes {min} to {max} {what}, not {given}")]
    OutOfBounds {
        /// Path of the call.
        api: &'static str,
        /// What is counted, in the plural.
        what: &'static str,
        /// How many were given.
        given: usize,
        /// The least that is taken.
        min: usize,
        /// The most that is taken.
        max: usize,
    },
}

impl Error {
    /// Tells the failures of the transport apart and strips the URL.
    pub(super) fn transport(api: &'static str, source: reqwest::Error) -> Self {
        let source = Arc::new(source.without_url());
        if source.is_connect() {
            Self::Unreachable { api, source }
        } else if source.is_timeout() {
            Self::TimedOut { api, source }
        } else {
            Self::Interrupted { api, source }
        }
    }

    /// Refuses a count outside of what the API takes, before anything is sent.
    pub(super) fn check_bounds(
        api: &'static str,
        what: &'static str,
        given: usize,
        bounds: std::ops::RangeInclusive<usize>,
    ) -> Result<()> {
        if bounds.contains(&given) {
            return Ok(());
        }
        Err(Self::OutOfBounds { api, what, given, min: *bounds.start(), max: *bounds.end() })
    }

    /// Path of the call that failed, without the query.
    pub const fn api(&self) -> &'static str {
        match self {
            Self::Refused { api, .. }
            | Self::Status { api, .. }
            | Self::Unreadable { api, .. }
            | Self::TooLarge { api, .. }
            | Self::Unreachable { api, .. }
            | Self::TimedOut { api, .. }
            | Self::Interrupted { api, .. }
            | Self::OutOfBounds { api, .. } => api,
        }
    }

    /// What can be done about it.
    pub fn class(&self) -> Class {
        match self {
            // The token API takes no token: there 40001 means a wrong secret.
            Self::Refused { api, errcode: 40001, .. } if *api == token::API => Class::Operator,
            Self::Refused { errcode, .. } => errcode::class(*errcode),
            Self::Status { .. }
            | Self::Unreadable { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Interrupted { .. } => Class::Retry,
            Self::TooLarge { .. } | Self::OutOfBounds { .. } => Class::Permanent,
        }
    }

    /// Whether WeChat may have done what was asked although the call failed. Then a call that is not idempotent must
    /// be reconciled, not repeated.
    pub fn may_have_been_processed(&self) -> bool {
        match self {
            // Without a token nothing was asked for.
            _ if self.api() == token::API => false,
            Self::Refused { errcode, .. } => errcode::leaves_outcome_open(*errcode),
            Self::Status { .. }
            | Self::Unreadable { .. }
            | Self::TooLarge { .. }
            | Self::TimedOut { .. }
            | Self::Interrupted { .. } => true,
            Self::Unreachable { .. } | Self::OutOfBounds { .. } => false,
        }
    }

    /// The least time to wait before a repetition can succeed, where WeChat's documentation names one.
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal().and_then(|(errcode, _)| errcode::retry_after(errcode))
    }

    /// WeChat's code and words, if it answered with any.
    pub fn refusal(&self) -> Option<(i64, &str)> {
        match self {
            Self::Refused { errcode, errmsg, .. } => Some((*errcode, errmsg)),
            _ => None,
        }
    }

    /// Whether WeChat knows no media, material or draft under an id that the call named (40007).
    pub fn is_unknown_media(&self) -> bool {
        self.refusal().is_some_and(|(errcode, _)| errcode == 40007)
    }

    /// Whether this kind of account may not use this call (48001).
    pub fn is_not_permitted(&self) -> bool {
        self.refusal().is_some_and(|(errcode, _)| errcode == 48001)
    }

    /// Whether a mass send waits for the account's administrator, who has 30 minutes to confirm it (89504, 89505). Source:
    /// WeChat reference, section 8.6.
    pub fn is_awaiting_approval(&self) -> bool {
        self.refusal().is_some_and(|(errcode, _)| matches!(errcode, 89504 | 89505))
    }

    /// The value of the metric label `outcome`: WeChat's code, `http_<status>`, `unreadable`, `too_large`, `connect`,
    /// `timeout`, `interrupted`, `out_of_bounds`.
    pub fn outcome(&self) -> String {
        match self {
            Self::Refused { errcode, .. } => errcode.to_string(),
            Self::Status { status, .. } => format!("http_{status}"),
            Self::Unreadable { .. } => "unreadable".to_owned(),
            Self::TooLarge { .. } => "too_large".to_owned(),
            Self::Unreachable { .. } => "connect".to_owned(),
            Self::TimedOut { .. } => "timeout".to_owned(),
            Self::Interrupted { .. } => "interrupted".to_owned(),
            Self::OutOfBounds { .. } => "out_of_bounds".to_owned(),
        }
    }

    /// One sentence for the person who has to act: what WeChat said, and what to do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::Refused { api, errcode, errmsg } => {
                let hint = errcode::hint(*errcode).unwrap_or_else(|| self.class().hint());
                format!("WeChat refused {api} with {errcode} ({errmsg}): {hint}")
            }
            Self::Unreachable { .. } => {
                format!(
                    "{self}: check this server's network, name resolution, clock and the configured address of WeChat"
                )
            }
            Self::Status { .. } | Self::Unreadable { .. } | Self::TimedOut { .. } | Self::Interrupted { .. } => {
                format!("{self}: try again later; if it was a change, look first whether it took effect")
            }
            Self::TooLarge { .. } => format!("{self}: ask for less at once"),
            Self::OutOfBounds { .. } => self.to_string(),
        }
    }
}

impl Class {
    /// What to do about a code that has no hint of its own.
    const fn hint(self) -> &'static str {
        match self {
            Self::Token => "the access token was refused twice; check that the AppID and the AppSecret belong together",
            Self::Retry => "WeChat is busy; try again later",
            Self::Quota => "a quota of this account is used up; wait until it resets",
            Self::Recipient => "this recipient cannot be reached",
            Self::Operator => {
                "look at the account's page in the WeChat console, only its administrator can repair this"
            }
            Self::Permanent => "repeating the same request will not help; change what the message names",
        }
    }
}
