//! What can go wrong, in the product's own terms.
//!
//! One error type for the whole core and one closed set of codes. Both doors read the same table: GraphQL
//! shows [`Code::as_str`] as `extensions.code`, the REST adapter shows [`Code::rest`] as the envelope's `code`.
//! A code below 500 tells the caller what to change; a code of 500 tells him nothing of the inside, and the log
//! everything. `Display` states its own level only: the cause hangs in `source`, and whoever logs walks the chain.

use std::borrow::Cow;

use crate::{storage, wechat};

/// Result of the core.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of a failure, as every client sees it. Adding one is a change of the public contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// Input that cannot be accepted; the error names the field.
    BadUserInput,
    /// Data of this account was fetched from WeChat before, or is being fetched.
    AlreadyFetched,
    /// No credential, or one that is not valid (any more).
    Unauthenticated,
    /// A valid credential whose role does not allow this.
    Forbidden,
    /// The object does not exist, was deleted, or belongs to an account the caller may not see.
    NotFound,
    /// The state of things does not allow it now: a name in use, a job that runs.
    Conflict,
    /// A body or a file beyond its limit.
    PayloadTooLarge,
    /// A body or a file of a type that is not taken here.
    UnsupportedMediaType,
    /// Too many calls, ours or WeChat's limit.
    RateLimited,
    /// WeChat refused, or could not be reached.
    Upstream,
    /// A defect, or the database failed.
    Internal,
}

impl Code {
    /// Every code, in the order of the table in the README.
    pub const ALL: [Self; 11] = [
        Self::BadUserInput,
        Self::AlreadyFetched,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::Upstream,
        Self::Internal,
    ];

    /// The GraphQL name, `extensions.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::AlreadyFetched => "ALREADY_FETCHED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::RateLimited => "RATE_LIMITED",
            Self::Upstream => "UPSTREAM",
            Self::Internal => "INTERNAL",
        }
    }

    /// The REST envelope's `code`; also the HTTP status where the true status is sent.
    pub const fn rest(self) -> u16 {
        match self {
            Self::BadUserInput | Self::AlreadyFetched => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RateLimited => 429,
            Self::Upstream => 502,
            Self::Internal => 500,
        }
    }

    /// The code of a GraphQL name; `None` for a name that is not in the table.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }
}

/// What went wrong. No variant knows HTTP, GraphQL or SQL.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Input that cannot be accepted. `field` is the GraphQL name of the argument or input field.
    #[error("{field}: {reason}")]
    Invalid {
        /// The argument or input field, as GraphQL spells it: `groupId`, `articles[0].title`.
        field: Cow<'static, str>,
        /// What is wrong with it and what would be right.
        reason: String,
    },
    /// The two literal answers of the V1 document, "从微信拉取用户信息" and "从微信拉取菜单信息".
    #[error("{what} info has already been fetched")]
    AlreadyFetched {
        /// `follower` or `menu`.
        what: &'static str,
    },
    /// A mass send that nobody would get. The words are those of the replaced service, which clients know.
    #[error("invalid openid list under selection condition")]
    NoRecipients,
    /// No credential, or an unusable one.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The caller's role does not allow it.
    #[error("{0}")]
    Forbidden(String),
    /// There is no such object for this caller.
    #[error("{kind} {id:?} does not exist")]
    NotFound {
        /// The kind of object, in words: `account`, `group`.
        kind: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// The state of things does not allow it now.
    #[error("{0}")]
    Conflict(String),
    /// A file beyond its limit, in the words of the V1 document.
    #[error("{0}")]
    PayloadTooLarge(&'static str),
    /// A file of a type that is not taken here, in the words of the V1 document.
    #[error("{0}")]
    UnsupportedMediaType(&'static str),
    /// WeChat refused a call, or could not be reached.
    #[error("{}", .0.advice())]
    Wechat(#[source] wechat::Error),
    /// A call to WeChat that must not be repeated blindly got no answer that tells whether it was done.
    #[error("{source}; {hint}")]
    Unclear {
        /// What a person should look at before he asks again.
        hint: &'static str,
        /// What became of the call.
        #[source]
        source: wechat::Error,
    },
    /// Work that cannot be done now and that no repetition hurts: to be tried again after a pause, as often as it takes. Jobs
    /// only; no client sees it.
    #[error("{reason}")]
    NotYet {
        /// Why.
        reason: String,
        /// How long to wait.
        pause: std::time::Duration,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sea_orm::DbErr),
    /// The storage of files failed.
    #[error("the storage failed")]
    Storage(#[from] storage::Error),
    /// Something that should not happen did.
    #[error("{0}")]
    Internal(String),
}

impl Error {
    /// Input that cannot be accepted, `field` spelled as in GraphQL.
    pub fn invalid(field: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// There is no such object for this caller.
    pub fn not_found(kind: &'static str, id: impl Into<String>) -> Self {
        Self::NotFound { kind, id: id.into() }
    }

    /// The row of the table of codes that this failure belongs to.
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid { .. } | Self::NoRecipients => Code::BadUserInput,
            Self::AlreadyFetched { .. } => Code::AlreadyFetched,
            Self::Unauthenticated(_) => Code::Unauthenticated,
            Self::Forbidden(_) => Code::Forbidden,
            Self::NotFound { .. } => Code::NotFound,
            Self::Conflict(_) | Self::NotYet { .. } => Code::Conflict,
            Self::Wechat(error) => match error.class() {
                wechat::Class::Quota => Code::RateLimited,
                _ => Code::Upstream,
            },
            Self::Unclear { .. } => Code::Upstream,
            Self::PayloadTooLarge(_) => Code::PayloadTooLarge,
            Self::UnsupportedMediaType(_) => Code::UnsupportedMediaType,
            Self::Database(_) | Self::Storage(_) | Self::Internal(_) => Code::Internal,
        }
    }

    /// What a client is told: the message itself, or `internal error` where the message could disclose the inside.
    pub fn public_message(&self) -> String {
        match self.code() {
            Code::Internal => "internal error".to_owned(),
            _ => self.to_string(),
        }
    }

    /// The argument or input field at fault, if one is.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Invalid { field, .. } => Some(field),
            Self::NoRecipients => Some("groupId"),
            _ => None,
        }
    }

    /// What WeChat answered, if WeChat refused.
    pub const fn wechat(&self) -> Option<&wechat::Error> {
        match self {
            Self::Wechat(error) | Self::Unclear { source: error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<std::num::TryFromIntError> for Error {
    fn from(error: std::num::TryFromIntError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<wechat::Error> for Error {
    fn from(error: wechat::Error) -> Self {
        Self::Wechat(error)
    }
}

/// An error and the whole chain of its causes in one line, for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| cause.source()) {
        let cause = cause.to_string();
        // Some errors repeat their cause, against the custom.
        if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
