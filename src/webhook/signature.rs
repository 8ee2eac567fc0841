//! Signatures: SHA-1 over the token of the account and what WeChat puts into the query.
//!
//! `signature` covers the token, `timestamp` and `nonce`; `msg_signature` also the encrypted body. The parts are sorted
//! bytewise and written one after the other, which is WeChat's rule and leaves open where one ends: exchange
//! `timestamp` and `nonce`, and the signature still holds.

use std::time::Duration;

use entity::Timestamp;
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

/// The plain signature, of the address check and of deliveries: 40 hexadecimal digits in lower case.
pub fn signature(token: &str, timestamp: &str, nonce: &str) -> String {
    digest([token, timestamp, nonce])
}

/// The signature of an encrypted body, `encrypt` being its base64 as it stands in the XML; of deliveries and of answers.
pub fn msg_signature(token: &str, timestamp: &str, nonce: &str, encrypt: &str) -> String {
    digest([token, timestamp, nonce, encrypt])
}

/// Whether `given` is the plain signature of the rest. The case of its digits does not count: both say the same
/// number. Takes the same time wherever a wrong one differs.
pub fn verify_signature(given: &str, token: &str, timestamp: &str, nonce: &str) -> bool {
    equal(given, &signature(token, timestamp, nonce))
}

/// Whether `given` is the signature of the encrypted body; otherwise like [`verify_signature`].
pub fn verify_msg_signature(given: &str, token: &str, timestamp: &str, nonce: &str, encrypt: &str) -> bool {
    equal(given, &msg_signature(token, timestamp, nonce, encrypt))
}

/// Whether `timestamp` (seconds since the Unix epoch, as in the query) is at most `window` before or after `now`. What is
/// not a number is not fresh. Keep the window wide: WeChat may repeat a delivery with its first timestamp.
pub fn is_fresh(timestamp: &str, now: Timestamp, window: Duration) -> bool {
    let Ok(seconds) = timestamp.parse::<i64>() else { return false };
    let distance = i128::from(seconds) * 1000 - i128::from(now.timestamp_millis());
    distance.unsigned_abs() <= window.as_millis()
}

fn digest<const N: usize>(mut parts: [&str; N]) -> String {
    parts.sort_unstable();
    let hash = parts.iter().fold(Sha1::new(), |hash, part| hash.chain_update(part));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn equal(given: &str, expected: &str) -> bool {
    given.to_ascii_lowercase().as_bytes().ct_eq(expected.as_bytes()).into()
}
