use std::time::Duration;

use crate::clock;
use crate::webhook::signature::{is_fresh, msg_signature, signature, verify_msg_signature, verify_signature};

/// Token, timestamp, nonce, signature.
const PUBLISHED: [[&str; 4]; 4] = [
    ["AAAAA", "1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"],
    ["AAAAA", "1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"],
    ["AAAAA", "1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"],
    ["spamtest", "1409735669", "1320562132", "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a"],
];

#[test]
fn published_signatures_are_made_and_verified() {
    for [token, timestamp, nonce, expected] in PUBLISHED {
        assert_eq!(signature(token, timestamp, nonce), expected);
        assert!(verify_signature(expected, token, timestamp, nonce));
        assert!(verify_signature(&expected.to_uppercase(), token, timestamp, nonce), "case says nothing");
        assert!(verify_signature(expected, token, nonce, timestamp), "the parts are sorted");
    }
}

#[test]
fn any_other_character_is_refused() {
    fn changed(text: &str) -> impl Iterator<Item = String> {
        (0..text.len()).map(|at| {
            let other = if &text[at..=at] == "0" { "1" } else { "0" };
            format!("{}{other}{}", &text[..at], &text[at + 1..])
        })
    }
    let [token, timestamp, nonce, expected] = PUBLISHED[0];
    for other in changed(expected) {
        assert!(!verify_signature(&other, token, timestamp, nonce), "{other}");
    }
    for other in changed(token) {
        assert!(!verify_signature(expected, &other, timestamp, nonce), "{other}");
    }
    for other in changed(timestamp) {
        assert!(!verify_signature(expected, token, &other, nonce), "{other}");
    }
    for other in changed(nonce) {
        assert!(!verify_signature(expected, token, timestamp, &other), "{other}");
    }
    for other in ["", "f464b24f", &format!("{expected}0"), &format!(" {expected}"), &"é".repeat(20)] {
        assert!(!verify_signature(other, token, timestamp, nonce), "{other}");
    }
}

#[test]
fn the_signature_of_a_body_covers_the_body() {
    let made = msg_signature("token", "1", "2", "body");
    assert!(verify_msg_signature(&made, "token", "1", "2", "body"));
    assert!(!verify_msg_signature(&made, "token", "1", "2", "bodY"));
    assert!(!verify_msg_signature(&signature("token", "1", "2"), "token", "1", "2", "body"));
}

#[test]
fn a_timestamp_is_fresh_within_the_window_on_both_sides() {
    let now = clock::from_unix_seconds(1_790_000_000).unwrap();
    let window = Duration::from_secs(300);
    for fresh in ["1790000000", "1789999700", "1790000300"] {
        assert!(is_fresh(fresh, now, window), "{fresh}");
    }
    let extremes = [i64::MAX.to_string(), i64::MIN.to_string()];
    let stale =
        ["1789999699", "1790000301", "0", "", "now", "1790000000.0", "9".repeat(40).as_str()].map(str::to_owned);
    for stale in stale.iter().chain(&extremes) {
        assert!(!is_fresh(stale, now, window), "{stale}");
    }
}
