//! The simulator from outside, over HTTP: one simulator per test, nothing shared.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod blacklist;
mod calls;
mod control;
mod faults;
mod followers;
mod permissions;
mod platform;
mod push;
mod quotas;
mod receiver;
mod support;
mod tags;
mod tokens;
mod transport;
