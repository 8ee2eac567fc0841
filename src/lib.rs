//! Odaesan runs WeChat Official Accounts.

pub mod error;
pub mod wechat;
