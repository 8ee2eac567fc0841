//! What a row is: the tables of Odaesan as SeaORM models, and nothing more.
//!
//! No logic lives here and no API shape: a new column becomes visible to clients only when somebody writes its
//! resolver. The schema itself (types, keys, indexes) stands in the `migration` crate.
//!
//! Conventions of every table:
//! - rows of an account are keyed by `(account_id, …)`, so that every statement names the account;
//! - ids are opaque strings of at most 45 characters: new ones are UUIDv7, WeChat's own are decimal numbers;
//! - instants are [`Timestamp`]s: milliseconds since the Unix epoch in a 64-bit integer, the same value and the
//!   same order on SQLite, PostgreSQL and MySQL.

pub mod account;
pub mod api_token;
pub mod api_token_account;
pub mod article;
pub mod audit;
pub mod follower;
pub mod group;
pub mod group_member;
pub mod human_reply;
pub mod idempotency;
pub mod job;
pub mod keyword;
pub mod keyword_rule;
pub mod mass_send;
pub mod mass_send_audience;
pub mod mass_send_chunk;
pub mod media;
pub mod menu;
pub mod menu_button;
pub mod message;
pub mod message_tally;
pub mod news;
pub mod stored_file;
pub mod text;
pub mod wechat_copy;

/// An instant, stored as milliseconds since the Unix epoch.
pub type Timestamp = sea_orm::prelude::ChronoUnixTimestampMillis;
