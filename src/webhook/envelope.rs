//! The outer XML of encrypted deliveries and answers.

use super::error::{Error, Result};
use super::signature;
use super::xml::{self, Writer};

/// The text of the `Encrypt` element of a delivery: what `msg_signature` covers and [`decrypt`](super::crypto::decrypt) reads.
/// In compatible mode it stands beside the message in clear, which is not covered by any signature and is ignored.
///
/// # Errors
/// [`Error::Missing`] without it; or why the body is not acceptable XML.
pub fn encrypted(body: &[u8]) -> Result<String> {
    let document = xml::parse(body)?;
    document.text_of("Encrypt").map(str::to_owned).ok_or(Error::Missing("Encrypt"))
}

/// The answer to an encrypted delivery, signed. `encrypt` is what [`encrypt`](super::crypto::encrypt) made of the complete XML of a
/// reply; `timestamp` (seconds since the Unix epoch) and `nonce` may be new or those of the delivery. The bare
/// `success` that says nothing is not encrypted and needs no envelope.
pub fn encrypted_reply(encrypt: &str, token: &str, timestamp: i64, nonce: &str) -> String {
    let mut xml = Writer::default();
    let signature = signature::msg_signature(token, &timestamp.to_string(), nonce, encrypt);
    xml.element("xml", |xml| {
        xml.text("Encrypt", encrypt);
        xml.text("MsgSignature", &signature);
        xml.number("TimeStamp", timestamp);
        xml.text("Nonce", nonce);
    });
    xml.finish()
}
