//! The upstream client: what this service asks of WeChat.

mod error;

pub use error::{Class, Error};
