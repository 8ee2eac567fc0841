//! Encryption of deliveries and answers: AES-256 in CBC mode under the account's EncodingAESKey.
//!
//! The plain text is 16 random bytes, the length of the message (32 bits, big endian), the message, the app id, and
//! padding as in PKCS #7, but to a multiple of **32** bytes, so 1 to 32 bytes of padding. The initial vector is the
//! first half of the key. Source: "消息加解密说明" of the Official Account documentation.

use std::fmt;

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use subtle::{
    Choice, ConditionallySelectable as _, ConstantTimeEq as _, ConstantTimeGreater as _, ConstantTimeLess as _,
};

use super::error::{Error, Result};
use super::xml::MAX_BYTES;

/// Characters of an EncodingAESKey: 256 bits in base64 without the padding sign.
const KEY_CHARACTERS: usize = 43;
const KEY_BYTES: usize = 32;
/// The cipher's block, and the random part in front.
const BLOCK: usize = 16;
/// What the plain text is padded to a multiple of.
const PADDED_TO: u8 = 32;
/// The random part and the length.
const HEADER: usize = BLOCK + 4;

/// 43 characters carry two bits more than the key has; in WeChat's own example they are not zero.
const KEY_BASE64: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The key of an account, as its owner set it in WeChat's console.
#[derive(Clone)]
pub struct EncodingAesKey([u8; KEY_BYTES]);

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncodingAesKey(***)")
    }
}

impl EncodingAesKey {
    /// From its 43 characters. Errors: [`Error::BadKey`].
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() != KEY_CHARACTERS {
            return Err(Error::BadKey);
        }
        let key = KEY_BASE64.decode(format!("{text}=")).map_err(|_| Error::BadKey)?;
        key.try_into().map(Self).map_err(|_| Error::BadKey)
    }

    fn initial_vector(&self) -> [u8; BLOCK] {
        std::array::from_fn(|at| self.0[at])
    }
}

/// The message in an `Encrypt` element, which must be for `app_id`. Verify its signature first.
///
/// # Errors
/// [`Error::CannotDecrypt`], whatever is wrong; also when it is longer than [`MAX_BYTES`].
pub fn decrypt(key: &EncodingAesKey, encrypt_base64: &str, app_id: &str) -> Result<Vec<u8>> {
    open(key, encrypt_base64, app_id).ok_or(Error::CannotDecrypt)
}

fn open(key: &EncodingAesKey, encrypt_base64: &str, app_id: &str) -> Option<Vec<u8>> {
    if encrypt_base64.len() > MAX_BYTES {
        return None;
    }
    let mut buffer = STANDARD.decode(encrypt_base64).ok()?;
    if buffer.is_empty() || !buffer.len().is_multiple_of(PADDED_TO.into()) {
        return None;
    }
    let plain = cbc::Decryptor::<aes::Aes256>::new(&key.0.into(), &key.initial_vector().into())
        .decrypt_padded::<NoPadding>(&mut buffer)
        .ok()?;
    let (padding_is_right, length) = without_padding(plain);
    let message_end = length.checked_sub(app_id.len()).filter(|end| *end >= HEADER)?;
    let declared = u32::from_be_bytes(plain[BLOCK..HEADER].try_into().ok()?);
    let length_is_right = u64::from(declared).ct_eq(&((message_end - HEADER) as u64));
    let app_id_is_right = plain[message_end..length].ct_eq(app_id.as_bytes());
    let is_right: bool = (padding_is_right & length_is_right & app_id_is_right).into();
    is_right.then(|| plain[HEADER..message_end].to_vec())
}

/// Whether the padding is right, and the length without it (of wrong padding, some length); in a time that does not
/// depend on the bytes. `plain` has at least 32 bytes.
fn without_padding(plain: &[u8]) -> (Choice, usize) {
    let last = plain[plain.len() - 1];
    let mut is_right = last.ct_gt(&0) & !last.ct_gt(&PADDED_TO);
    for (distance, byte) in (0..PADDED_TO).zip(plain.iter().rev()) {
        is_right &= !distance.ct_lt(&last) | byte.ct_eq(&last);
    }
    let padding = u8::conditional_select(&PADDED_TO, &last, is_right);
    (is_right, plain.len() - usize::from(padding))
}

/// Encrypts an answer of `app_id`: the base64 for an `Encrypt` element. `random16` must be new for every answer.
///
/// # Panics
/// When the message has 4 GiB or more, whose length the format cannot say.
pub fn encrypt(key: &EncodingAesKey, random16: [u8; BLOCK], message: &[u8], app_id: &str) -> String {
    let length = u32::try_from(message.len()).expect("an answer is shorter than 4 GiB");
    let mut buffer = [&random16, length.to_be_bytes().as_slice(), message, app_id.as_bytes()].concat();
    let padded_to = usize::from(PADDED_TO);
    // Between 1 and 32: what is aligned already gets a whole block of padding.
    let padding = padded_to - buffer.len() % padded_to;
    buffer.resize(buffer.len() + padding, padding as u8);
    let size = buffer.len();
    let encrypted = cbc::Encryptor::<aes::Aes256>::new(&key.0.into(), &key.initial_vector().into())
        .encrypt_padded::<NoPadding>(&mut buffer, size)
        .expect("the buffer is a multiple of the block");
    STANDARD.encode(encrypted)
}
