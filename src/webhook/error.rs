//! Why a delivery, or the key to it, cannot be used.

/// Result of reading a delivery.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a delivery, or the key to it, cannot be used. Says nothing of the content, so that it can be shown and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The setting is not an EncodingAESKey.
    #[error("the EncodingAESKey must be 43 characters of base64")]
    BadKey,
    /// The encrypted part is not for this key and this account, or was changed. Deliberately one error for everything
    /// that can be wrong with it: told apart, they would help to decrypt what was overheard (a padding oracle).
    #[error("the delivery cannot be decrypted")]
    CannotDecrypt,
    /// More than [`MAX_BYTES`](super::MAX_BYTES).
    #[error("the delivery is larger than 1 MiB")]
    TooLarge,
    /// Not UTF-8, the only encoding that WeChat uses.
    #[error("the delivery is not UTF-8")]
    NotUtf8,
    /// It has a document type declaration, which WeChat never sends and an attacker needs for his own entities.
    #[error("the delivery has a DOCTYPE")]
    Doctype,
    /// Elements within elements beyond [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("the delivery is nested too deeply")]
    TooDeep,
    /// More than [`MAX_ELEMENTS`](super::MAX_ELEMENTS).
    #[error("the delivery has too many elements")]
    TooManyElements,
    /// Not well-formed XML of one root `xml`, or with an entity that XML does not define by itself.
    #[error("the delivery is not well-formed XML")]
    Malformed,
    /// An element without which the delivery cannot be understood is absent, empty or not of its type.
    #[error("the delivery has no usable {0}")]
    Missing(&'static str),
}
