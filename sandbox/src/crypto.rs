//! Signatures and message encryption of webhook traffic.
//!
//! Source: WeChat "Message encryption and decryption" (消息加解密说明). AES-256-CBC whose IV is the beginning of the
//! key, over `random(16) ‖ length(4, big-endian) ‖ message ‖ app id`, padded to a multiple of 32 bytes.

use aes::Aes256;
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, array::Array};
use sha1::{Digest, Sha1};

/// The padding reaches to a multiple of this, although the cipher's block has 16 bytes.
const PADDING_BLOCK: usize = 32;
const CIPHER_BLOCK: usize = 16;
/// Random bytes and length before the message.
const PREFIX: usize = 20;
/// 43 characters carry 258 bits: the last two may be set and mean nothing.
const KEY_CHARACTERS: usize = 43;
const KEY_BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The key behind an `EncodingAESKey`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AesKey([u8; 32]);

/// Why an encrypted text cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CryptoError {
    #[error("Encrypt is not base64")]
    Base64,
    #[error("the ciphertext is not a multiple of 16 bytes")]
    Length,
    #[error("the padding is not 1 to 32")]
    Padding,
    #[error("the message length does not fit the plaintext")]
    MessageLength,
    #[error("the app id in the plaintext is another one")]
    AppId,
    #[error("the message is not UTF-8")]
    Utf8,
}

impl std::fmt::Debug for AesKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AesKey(***)")
    }
}

impl AesKey {
    /// Reads an `EncodingAESKey`: 43 characters `[A-Za-z0-9]`. `None` for anything else.
    pub(crate) fn parse(encoded: &str) -> Option<Self> {
        let well_formed = encoded.len() == KEY_CHARACTERS && encoded.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let bytes = well_formed.then(|| KEY_BASE64.decode(encoded).ok()).flatten()?;
        bytes.try_into().ok().map(Self)
    }

    fn iv(&self) -> [u8; 16] {
        let mut iv = [0; 16];
        iv.copy_from_slice(&self.0[..16]);
        iv
    }

    /// The base64 of the encrypted message.
    pub(crate) fn encrypt(&self, random: [u8; 16], message: &str, app_id: &str) -> String {
        let mut plain = Vec::with_capacity(PREFIX + message.len() + app_id.len() + PADDING_BLOCK);
        plain.extend_from_slice(&random);
        // A push is far below 4 GiB.
        plain.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
        plain.extend_from_slice(message.as_bytes());
        plain.extend_from_slice(app_id.as_bytes());
        let pad = PADDING_BLOCK - plain.len() % PADDING_BLOCK;
        plain.resize(plain.len() + pad, u8::try_from(pad).unwrap_or_default());
        let mut cipher = cbc::Encryptor::<Aes256>::new(&self.0.into(), &self.iv().into());
        let (blocks, _) = plain.as_chunks_mut::<CIPHER_BLOCK>();
        cipher.encrypt_blocks(Array::cast_slice_from_core_mut(blocks));
        BASE64_STANDARD.encode(plain)
    }

    /// The message in the base64 of an encrypted one.
    pub(crate) fn decrypt(&self, encrypted: &str, app_id: &str) -> Result<String, CryptoError> {
        let mut plain = BASE64_STANDARD.decode(encrypted.trim()).map_err(|_| CryptoError::Base64)?;
        let mut cipher = cbc::Decryptor::<Aes256>::new(&self.0.into(), &self.iv().into());
        let (blocks, []) = plain.as_chunks_mut::<CIPHER_BLOCK>() else { return Err(CryptoError::Length) };
        cipher.decrypt_blocks(Array::cast_slice_from_core_mut(blocks));
        let pad = usize::from(*plain.last().ok_or(CryptoError::Length)?);
        if pad == 0 || pad > PADDING_BLOCK || pad > plain.len() {
            return Err(CryptoError::Padding);
        }
        let rest = plain[..plain.len() - pad].get(PREFIX - 4..).ok_or(CryptoError::MessageLength)?;
        let (length, rest) = rest.split_at_checked(4).ok_or(CryptoError::MessageLength)?;
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let (message, receiver) = rest.split_at_checked(length).ok_or(CryptoError::MessageLength)?;
        if receiver != app_id.as_bytes() {
            return Err(CryptoError::AppId);
        }
        String::from_utf8(message.to_vec()).map_err(|_| CryptoError::Utf8)
    }
}

/// Lower-case hexadecimal SHA-1 over the parts, sorted by bytes and joined: of token, timestamp and nonce for
/// `signature`, with the encrypted text for `msg_signature`.
pub(crate) fn signature(parts: &[&str]) -> String {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    let digest = Sha1::digest(sorted.concat());
    digest.iter().fold(String::with_capacity(40), |hex, byte| format!("{hex}{byte:02x}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    const SAMPLE_KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn zero_key() -> AesKey {
        AesKey::parse(&"A".repeat(43)).unwrap()
    }

    #[test]
    fn signatures_are_those_of_the_published_samples() {
        for (token, timestamp, nonce, expected) in [
            ("AAAAA", "1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
            ("AAAAA", "1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
            ("AAAAA", "1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
            ("spamtest", "1409735669", "1320562132", "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a"),
        ] {
            assert_eq!(signature(&[token, timestamp, nonce]), expected);
            assert_eq!(signature(&[token, nonce, timestamp]), expected, "the order does not count");
            assert_ne!(signature(&[token, timestamp, "1"]), expected);
        }
    }

    #[test]
    fn the_official_sample_with_trailing_key_bits_decrypts() {
        let encrypted = "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=";
        let key = AesKey::parse(SAMPLE_KEY).unwrap();
        let message = key.decrypt(encrypted, "wx2c2769f8efd9abc2").unwrap();
        assert_eq!(message.len(), 280);
        assert!(message.starts_with("<xml><ToUserName><![CDATA[gh_10f6c3c3ac5a]]></ToUserName>\n<FromUserName>"));
        assert!(message.ends_with("<MsgId>6054768590064713728</MsgId>\n</xml>"));
        assert_eq!(
            signature(&["spamtest", "1409735669", "1320562132", encrypted]),
            "5d197aaffba7e9b25a30732f161a50dee96bd5fa"
        );
        assert_eq!(key.decrypt(encrypted, "wx0000000000000000"), Err(CryptoError::AppId));
    }

    #[test]
    fn the_safe_mode_sample_works_in_both_directions() {
        let encrypted = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";
        let app_id = "wxba5fad812f8e6fb9";
        let message = zero_key().decrypt(encrypted, app_id).unwrap();
        assert_eq!(
            message,
            r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#
        );
        assert_eq!(zero_key().encrypt(*b"a8eedb185eb2fecf", &message, app_id), encrypted);
        assert_eq!(
            signature(&["AAAAA", "1714112445", "415670741", encrypted]),
            "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
        );

        let reply = zero_key().encrypt(*b"707722b803182950", r#"{"demo_resp":"good luck"}"#, app_id);
        assert_eq!(reply, "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==");
        assert_eq!(
            signature(&["AAAAA", "1713424427", "415670741", &reply]),
            "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
        );
    }

    #[test]
    fn the_length_counts_bytes() {
        let key = AesKey::parse(SAMPLE_KEY).unwrap();
        let encrypted = key.encrypt(*b"aaaabbbbccccdddd", "我是中文abcd123", "wxb11529c136998cb6");
        assert_eq!(
            encrypted,
            "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
        );
        assert_eq!(key.decrypt(&encrypted, "wxb11529c136998cb6").unwrap(), "我是中文abcd123");
    }

    #[test]
    fn a_padding_above_16_is_taken_off() {
        let encrypted = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==";
        let key = AesKey::parse("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C").unwrap();
        let message = key.decrypt(encrypted, "wx5823bf96d3bd56c7").unwrap();
        assert_eq!(message.len(), 284);
        assert!(message.contains("<AgentID>218</AgentID>") && message.contains("4561255354251345929"));
        assert_eq!(
            signature(&["QDG6eK", "1409659813", "1372623149", encrypted]),
            "477715d11cdb4164915debcba66cb864d751f3e6"
        );
    }

    #[test]
    fn every_length_survives_the_padding() {
        for length in 0..70 {
            let message = "x".repeat(length);
            let encrypted = zero_key().encrypt(*b"0123456789abcdef", &message, "wxapp");
            assert_eq!(zero_key().decrypt(&encrypted, "wxapp").unwrap(), message);
        }
    }

    #[test]
    fn malformed_keys_and_texts_are_refused() {
        for key in ["", "A", &"A".repeat(42), &"A".repeat(44), &format!("{}=", "A".repeat(42)), &"+".repeat(43)] {
            assert_eq!(AesKey::parse(key), None, "{key}");
        }
        assert_eq!(zero_key().decrypt("no base64!", "wxapp"), Err(CryptoError::Base64));
        assert_eq!(zero_key().decrypt("QUJD", "wxapp"), Err(CryptoError::Length));
        assert_eq!(zero_key().decrypt("", "wxapp"), Err(CryptoError::Length));
        assert!(zero_key().decrypt(&BASE64_STANDARD.encode([7; 64]), "wxapp").is_err());
    }
}
