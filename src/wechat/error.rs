//! How a call to WeChat fails, told apart by what the caller can do about it.

/// What can be done about a failed call. Source: the reaction classes of the WeChat reference, section 2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The access token is stale: renew it and repeat once.
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
#[derive(Debug, thiserror::Error)]
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
    /// WeChat answered, but not with what the reference says.
    #[error("WeChat answered {api} with something unreadable: {reason}")]
    Unreadable {
        /// Path of the call.
        api: &'static str,
        /// What could not be read.
        reason: String,
    },
    /// No answer: connection, time-out, TLS.
    #[error("WeChat could not be reached for {api}")]
    Unreachable {
        /// Path of the call.
        api: &'static str,
        /// What the transport said; without the URL, which would show the token.
        #[source]
        source: reqwest::Error,
    },
}

impl Error {
    /// What can be done about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Refused { .. } => Class::Permanent,
            Self::Unreadable { .. } | Self::Unreachable { .. } => Class::Retry,
        }
    }

    /// WeChat's code and words, if it answered with any.
    pub fn refusal(&self) -> Option<(i64, &str)> {
        match self {
            Self::Refused { errcode, errmsg, .. } => Some((*errcode, errmsg)),
            _ => None,
        }
    }

    /// One sentence for the person who has to act: what WeChat said, and what to do about it.
    pub fn advice(&self) -> String {
        self.to_string()
    }
}
