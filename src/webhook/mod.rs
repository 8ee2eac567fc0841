//! What WeChat pushes and what it takes for an answer, as bytes and types; no route and no rule.
//!
//! | part | what it does |
//! |---|---|
//! | [`signature`] | proves that a request comes from WeChat, and lately |
//! | [`crypto`] | AES of the compatible and the safe mode (兼容模式, 安全模式) |
//! | [`envelope`] | the outer XML of an encrypted delivery, and of an encrypted answer |
//! | [`push`] | the XML of a message or event, read into types |
//! | [`reply`] | a passive reply, written as XML |
//! | [`Element`] | the XML itself, read under limits |
//!
//! A delivery passes through them in this order: [`signature::is_fresh`]; then, in plain mode,
//! [`signature::verify_signature`] and [`push::Push::parse`], or, in an encrypted mode, [`envelope::encrypted`],
//! [`signature::verify_msg_signature`], [`crypto::decrypt`] and `Push::parse`. Back goes [`reply::Reply::to_xml`], in an encrypted
//! mode through [`crypto::encrypt`] and [`envelope::encrypted_reply`]. The plain signature does not cover the body: of an
//! encrypted delivery verify the `msg_signature`, always.
//!
//! Source: "接收普通消息", "接收事件推送", "被动回复用户消息" and "消息加解密说明" (receiving messages and events, passive
//! replies, encryption) of the Official Account documentation.

pub mod crypto;
pub mod envelope;
mod error;
mod json;
pub mod push;
pub mod reply;
pub mod signature;
#[cfg(test)]
mod tests;
mod xml;

pub use error::{Error, Result};
pub use xml::{Element, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};
