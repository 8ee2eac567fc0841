//! Whatever stands in an `Encrypt` element, it is opened or refused, and what is opened was made by the rules.

#![no_main]

use std::sync::LazyLock;

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use odaesan::webhook::crypto::{EncodingAesKey, decrypt, encrypt};

const APP_ID: &str = "wx1";

/// 32 zero bytes.
static KEY: LazyLock<EncodingAesKey> = LazyLock::new(|| EncodingAesKey::parse(&"A".repeat(43)).expect("43 characters"));

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = decrypt(&KEY, text, APP_ID);
        let _ = EncodingAesKey::parse(text);
    }
    let _ = decrypt(&KEY, &STANDARD.encode(bytes), APP_ID);

    // As the plain text: the only way past the cipher.
    let mut buffer = bytes[..bytes.len() / 16 * 16].to_vec();
    let size = buffer.len();
    let encrypted = cbc::Encryptor::<aes::Aes256>::new(&[0; 32].into(), &[0; 16].into())
        .encrypt_padded::<NoPadding>(&mut buffer, size)
        .expect("whole blocks");
    let encrypted = STANDARD.encode(encrypted);
    if let Ok(message) = decrypt(&KEY, &encrypted, APP_ID) {
        let random = bytes[..16].try_into().expect("16 bytes");
        assert_eq!(encrypt(&KEY, random, &message, APP_ID), encrypted);
    }
});
