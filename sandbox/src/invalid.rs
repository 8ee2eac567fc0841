//! Why a control call is refused: which member, and what is wrong with it.

/// A member of a control call that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct InvalidField {
    /// As the caller spelled it.
    pub(crate) field: String,
    pub(crate) reason: String,
}

impl InvalidField {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into() }
    }
}
