//! The simulator from outside, over HTTP: one simulator per test, nothing shared.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod blacklist;
mod calls;
mod control;
mod draft_limits;
mod drafts;
mod faults;
mod followers;
mod material;
mod media;
mod permissions;
mod platform;
mod push;
mod quotas;
mod receiver;
mod support;
mod tags;
mod tokens;
mod transport;
mod uploads;
