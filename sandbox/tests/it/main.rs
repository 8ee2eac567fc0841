//! The simulator from outside, over HTTP: one simulator per test, nothing shared.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod blacklist;
mod calls;
mod conditional_menus;
mod console_menu;
mod control;
mod conversation;
mod customer_service;
mod draft_limits;
mod drafts;
mod faults;
mod followers;
mod incoming;
mod material;
mod media;
mod menu_limits;
mod menus;
mod permissions;
mod platform;
mod push;
mod quotas;
mod receiver;
mod repeated;
mod replies;
mod support;
mod tags;
mod tokens;
mod transport;
mod uploads;
mod windows;
