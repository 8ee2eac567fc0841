//! Odaesan runs WeChat Official Accounts.

pub mod access;
pub mod audit;
pub mod clock;
pub mod database;
pub mod domain;
pub mod error;
pub mod jobs;
pub mod queue;
pub mod secrets;
pub mod wechat;
