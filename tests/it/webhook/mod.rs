//! What WeChat calls: deliveries are stored, then answered.

mod conversation;
mod deferred;
mod followers;
mod hostile;
mod killed;
mod repeated;
mod signed;
mod wechatpy;

/// Somebody who follows nobody yet.
const NEWCOMER: &str = "oNewcomer0000000000000000001";
