use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::MAX_BYTES;
use super::super::crypto::{EncodingAesKey, decrypt, encrypt};
use super::super::error::Error;

const APP_ID: &str = "wx2c2769f8efd9abc2";

/// 32 zero bytes.
pub(super) fn key() -> EncodingAesKey {
    EncodingAesKey::parse(&"A".repeat(43)).unwrap()
}

/// Any plain text of whole blocks under [`key`], also one that [`encrypt`] would not make.
pub(super) fn encrypt_raw(plain: &[u8]) -> String {
    let mut buffer = plain.to_vec();
    let encrypted = cbc::Encryptor::<aes::Aes256>::new(&[0; 32].into(), &[0; 16].into())
        .encrypt_padded::<NoPadding>(&mut buffer, plain.len())
        .unwrap();
    STANDARD.encode(encrypted)
}

/// A plain text: 16 bytes, the length, message, app id, padding.
fn plain(length: u32, message: &[u8], app_id: &str, padding: &[u8]) -> Vec<u8> {
    [&[b'r'; 16], length.to_be_bytes().as_slice(), message, app_id.as_bytes(), padding].concat()
}

#[test]
fn messages_of_every_length_come_back() {
    for length in 0..=200_usize {
        let message: Vec<u8> = (0..length).map(|at| (at * 7 + length) as u8).collect();
        for app_id in [APP_ID, "", "wx"] {
            let encrypted = encrypt(&key(), [length as u8; 16], &message, app_id);
            assert_eq!(STANDARD.decode(&encrypted).unwrap().len() % 32, 0, "padded to 32");
            assert_eq!(decrypt(&key(), &encrypted, app_id).unwrap(), message, "{length}");
        }
    }
}

#[test]
fn all_that_is_wrong_is_one_error() {
    // 16 + 4 + 18 + 26 = 64: nothing is missing but the padding.
    let message = [b'm'; 26];
    let right = plain(26, &message, APP_ID, &[32; 32]);
    assert_eq!(decrypt(&key(), &encrypt_raw(&right), APP_ID).unwrap(), message);

    let padded = |padding: &[u8]| plain(26, &message, APP_ID, padding);
    let one_wrong = |at: usize| [&[32; 31][..at], &[31], &[32; 31][at..]].concat();
    let mut wrong = vec![
        ("padding of 0", padded(&[0; 32])),
        ("padding of 33", padded(&[33; 32])),
        ("padding of 255", padded(&[255; 32])),
        ("first byte of padding", padded(&one_wrong(0))),
        ("a middle byte of padding", padded(&one_wrong(16))),
        ("next to last byte of padding", padded(&one_wrong(30))),
        ("no padding", padded(&[])),
        ("length too small", plain(25, &message, APP_ID, &[32; 32])),
        ("length too large", plain(27, &message, APP_ID, &[32; 32])),
        ("length of everything", plain(u32::MAX, &message, APP_ID, &[32; 32])),
        ("length of nothing", plain(0, &message, APP_ID, &[32; 32])),
        ("another app id", plain(26, &message, "wx2c2769f8efd9abc3", &[32; 32])),
        ("a shorter app id", plain(26, &message, "wx2c2769f8efd9abc", &[33; 33])),
        ("a longer app id", plain(26, &message, "wx2c2769f8efd9abc22", &[31; 31])),
        ("no room for a header", vec![32; 32]),
        ("no room for the app id", plain(0, b"", "", &[12; 12])),
        ("padded to 16 only", plain(10, &[b'm'; 10], APP_ID, &[])),
    ];
    wrong.push(("padding of another block", [right.clone(), vec![16; 16]].concat()));
    for (what, plain) in &wrong {
        let whole_blocks = &plain[..plain.len() / 16 * 16];
        assert_eq!(decrypt(&key(), &encrypt_raw(whole_blocks), APP_ID), Err(Error::CannotDecrypt), "{what}");
    }

    let good = encrypt(&key(), [1; 16], b"message", APP_ID);
    let other_key = EncodingAesKey::parse(&"B".repeat(43)).unwrap();
    assert_eq!(decrypt(&other_key, &good, APP_ID), Err(Error::CannotDecrypt));
    for app_id in ["", "wx2c2769f8efd9abc3", &"w".repeat(1000)] {
        assert_eq!(decrypt(&key(), &good, app_id), Err(Error::CannotDecrypt), "{app_id}");
    }
    let too_long = "A".repeat(MAX_BYTES + 4);
    for text in ["", "=", "%%%%", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "我", &good[1..], &format!(" {good}"), &too_long]
    {
        assert_eq!(decrypt(&key(), text, APP_ID), Err(Error::CannotDecrypt), "{:.40}", text);
    }
}

#[test]
fn a_message_cut_anywhere_is_refused() {
    let good = encrypt(&key(), [1; 16], &[b'm'; 100], APP_ID);
    let bytes = STANDARD.decode(&good).unwrap();
    for length in 0..bytes.len() {
        assert_eq!(decrypt(&key(), &STANDARD.encode(&bytes[..length]), APP_ID), Err(Error::CannotDecrypt), "{length}");
    }
    for length in 0..good.len() {
        assert_eq!(decrypt(&key(), &good[..length], APP_ID), Err(Error::CannotDecrypt), "{length}");
    }
}

#[test]
fn keys_have_43_characters_of_base64() {
    // The last of these carries bits beyond the 256.
    for key in ["A".repeat(43), "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG".into(), "9".repeat(43)] {
        let parsed = EncodingAesKey::parse(&key).unwrap();
        assert_eq!(format!("{parsed:?}"), "EncodingAesKey(***)");
    }
    let wrong =
        ["", "A", &"A".repeat(42), &"A".repeat(44), &"%".repeat(43), &format!("{}=", "A".repeat(42)), &"é".repeat(21)];
    for key in wrong {
        assert_eq!(EncodingAesKey::parse(key).unwrap_err(), Error::BadKey, "{key}");
    }
}

#[test]
fn bits_beyond_the_key_say_nothing() {
    let [one, other] = ["E", "G"].map(|last| EncodingAesKey::parse(&format!("{}{last}", "A".repeat(42))).unwrap());
    assert_eq!(decrypt(&other, &encrypt(&one, [0; 16], b"m", APP_ID), APP_ID).unwrap(), b"m");
}
