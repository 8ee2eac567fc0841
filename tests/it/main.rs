//! The program from outside, over HTTP, against the simulator of WeChat.
//!
//! Each test has a service, a database and a simulator of its own; nothing is shared, nothing is retried, and what takes
//! time is waited for by its state. A test in `on_every_database!` runs on SQLite always, on PostgreSQL where
//! `ODAESAN_TEST_POSTGRES` and on MariaDB or MySQL where `ODAESAN_TEST_MYSQL` names a server on which databases may be
//! made and dropped. Where a variable is absent, those tests say so and pass.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![expect(clippy::print_stderr, reason = "whoever reads the log should see what was skipped")]

#[macro_use]
mod support;

mod access;
mod accounts;
mod bad_input;
mod copies;
mod crash;
mod follower_fetch;
mod followers;
mod graphql;
mod groups;
mod keyword_rules;
mod layering;
mod mass_sends;
mod materials;
mod menu;
mod messages;
mod plans;
mod readme;
mod schema;
mod statements;
mod webhook;
