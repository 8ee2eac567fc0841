//! Why the adapter refuses to start.

use std::fmt;

use async_graphql::{Pos, ServerError};

/// A mistake in a route document, with the place of it. `Display` is one line that an editor can jump to:
/// `shelves.graphql:12:3: ListShelves: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The document, as its [`Source`](super::Source) names it; `schema` for the SDL.
    pub file: &'static str,
    /// Where in the document.
    pub position: Pos,
    /// The operation, if the mistake lies in one.
    pub operation: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl Problem {
    pub(super) fn new(file: &'static str, position: Pos, reason: impl Into<String>) -> Self {
        Self { file, position, operation: None, reason: reason.into() }
    }

    pub(super) fn of_parser(file: &'static str, error: &async_graphql::parser::Error) -> Self {
        let position = error.positions().next().unwrap_or(Pos { line: 1, column: 1 });
        // The parser draws the line and an arrow; its last line says what is wrong.
        let text = error.to_string();
        let reason = text.lines().next_back().unwrap_or_default().trim_start_matches([' ', '=']);
        Self::new(file, position, reason)
    }

    pub(super) fn of_validator(file: &'static str, fallback: Pos, error: ServerError) -> Self {
        let position = error.locations.first().copied().unwrap_or(fallback);
        Self::new(file, position, error.message)
    }

    pub(super) fn in_operation(mut self, name: &str) -> Self {
        self.operation.get_or_insert_with(|| name.to_owned());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.position.line, self.position.column)?;
        if let Some(operation) = &self.operation {
            write!(f, "{operation}: ")?;
        }
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Problem {}
