//! What can go wrong, said without a secret.

use std::fmt;

use opendal::ErrorKind;
use secrecy::{ExposeSecret as _, SecretString};

/// The storage could not be set up from its address.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is wrong; the text ends the sentence and repeats nothing that could be a secret.
    #[error("the address of the storage {0}")]
    Address(String),
    /// The directory cannot be made or used.
    #[error("the directory of the storage cannot be used: {0}")]
    Directory(#[source] std::io::Error),
    /// TLS could not be set up, for example because the system has no root certificates.
    #[error("the HTTP client of the storage could not be built: {0}")]
    Http(#[source] reqwest::Error),
    /// The service's client does not take the settings.
    #[error("the storage cannot be set up: {0}")]
    Settings(#[source] Cause),
}

impl OpenError {
    pub(super) fn address(what: impl Into<String>) -> Self {
        Self::Address(what.into())
    }
}

/// Why an object could not be written, read or deleted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such object.
    #[error("the storage has nothing under the key {key}")]
    Missing {
        /// The key asked for.
        key: String,
    },
    /// The caller made a key that is not one: a defect of the program. Nothing was touched.
    #[error("{key:?} is not a key: {reason}")]
    Key {
        /// What was given.
        key: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// The object is longer than the caller wants to hold in memory.
    #[error("the object under the key {key} has {size} bytes, more than {limit}")]
    TooLarge {
        /// The key asked for.
        key: String,
        /// Its length, in bytes.
        size: u64,
        /// The most that was asked for, in bytes.
        limit: u64,
    },
    /// The content to be written could not be read to its end; the storage is not at fault.
    #[error("the content for the key {key} ended with an error: {source}")]
    Content {
        /// The key to be written.
        key: String,
        /// What its reader said.
        source: std::io::Error,
    },
    /// The storage failed, or could not be reached, after all retries.
    #[error("the storage could not {operation} the key {key}: {source}")]
    Failed {
        /// `write`, `read` or `delete`.
        operation: &'static str,
        /// The key.
        key: String,
        /// What the storage said.
        source: Cause,
    },
}

/// What a storage said, in one line. It holds neither the request nor the headers of the answer, and the secrets of the
/// storage's address are struck out of it.
pub struct Cause(String);

/// What is kept of a storage's answer, in characters: enough for its code and message.
const LONGEST: usize = 500;

impl Cause {
    pub(super) fn new(text: &str) -> Self {
        let one_line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self(one_line.chars().take(LONGEST).collect())
    }

    /// Of a client's error: its kind, its message and their causes, but not its context, which holds the request.
    pub(super) fn of(error: &opendal::Error, secrets: &[SecretString]) -> Self {
        let mut text = format!("{}: {}", kind(error.kind()), error.message());
        for cause in std::iter::successors(std::error::Error::source(error), |cause| cause.source()) {
            // The clients of services nest errors of their own kind, whose text holds the context.
            let cause = match cause.downcast_ref::<opendal::Error>() {
                Some(nested) => nested.message().to_owned(),
                None => cause.to_string(),
            };
            if !text.ends_with(&cause) {
                text = format!("{text}: {cause}");
            }
        }
        for secret in secrets {
            text = text.replace(secret.expose_secret(), "***");
        }
        Self::new(&text)
    }
}

fn kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "not found",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::RateLimited => "too many requests",
        ErrorKind::ConfigInvalid => "wrong settings",
        ErrorKind::RangeNotSatisfied => "the object is shorter than it should be",
        _ => "failure",
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Cause {}
