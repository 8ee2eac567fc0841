//! Secrets at rest: AES-256-GCM under one key of this installation.
//!
//! A sealed value is text: `v1:` and the base64 of nonce (12 bytes), cipher text and tag (16 bytes). What the value is
//! for goes in as associated data, so that a sealed value copied to another row or column does not open.

use std::path::Path;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit as _, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};

const PREFIX: &str = "v1:";
const NONCE_LENGTH: usize = 12;
const KEY_LENGTH: usize = 32;

/// Why a key cannot be used, or a value cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The setting is not a key.
    #[error("the key must be 32 bytes in base64")]
    BadKey,
    /// The key file cannot be read or made.
    #[error("the key file {path} cannot be used")]
    KeyFile {
        /// The file.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A stored value does not open under this key.
    #[error("a stored secret cannot be opened: the key is not the one it was sealed with, or the value was changed")]
    CannotOpen,
}

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    cipher: Aes256Gcm,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sealer(***)")
    }
}

impl Sealer {
    /// From a setting: 32 bytes in base64. Errors: [`Error::BadKey`].
    pub fn from_base64(key: &SecretString) -> Result<Self, Error> {
        let key = STANDARD.decode(key.expose_secret().trim()).map_err(|_| Error::BadKey)?;
        let key: [u8; KEY_LENGTH] = key.try_into().map_err(|_| Error::BadKey)?;
        Ok(Self { cipher: Aes256Gcm::new(&Key::<Aes256Gcm>::from(key)) })
    }

    /// From a file that only the owner can read; made with a random key when it is missing.
    pub fn from_file(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::KeyFile { path: path.display().to_string(), source };
        match std::fs::read_to_string(path) {
            Ok(key) => Self::from_base64(&key.into()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = STANDARD.encode(rand::rng().random::<[u8; KEY_LENGTH]>());
                write_for_owner(path, &key).map_err(failed)?;
                // Read back: another process may have been faster, and then its key is the one.
                Self::from_base64(&std::fs::read_to_string(path).map_err(failed)?.into())
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Seals `secret`; `purpose` names the row and column it is for.
    pub fn seal(&self, purpose: &str, secret: &SecretString) -> Result<String, Error> {
        let nonce = rand::rng().random::<[u8; NONCE_LENGTH]>();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: purpose.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload).map_err(|_| Error::CannotOpen)?;
        Ok(format!("{PREFIX}{}", STANDARD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens what [`Sealer::seal`] made for the same `purpose`. Errors: [`Error::CannotOpen`].
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<SecretString, Error> {
        let bytes = sealed.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).ok_or(Error::CannotOpen)?;
        let (nonce, cipher_text) = bytes.split_first_chunk::<NONCE_LENGTH>().ok_or(Error::CannotOpen)?;
        let payload = Payload { msg: cipher_text, aad: purpose.as_bytes() };
        let opened = self.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Error::CannotOpen)?;
        String::from_utf8(opened).map(Into::into).map_err(|_| Error::CannotOpen)
    }
}

fn write_for_owner(path: &Path, key: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(key.as_bytes()).and_then(|()| file.sync_all()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::from_base64(&STANDARD.encode([byte; KEY_LENGTH]).into()).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_for_the_same_purpose_only() {
        let sealed = sealer(1).seal("account:a:app_secret", &"秘密 secret".into()).unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(sealer(1).open("account:a:app_secret", &sealed).unwrap().expose_secret(), "秘密 secret");
        assert!(matches!(sealer(1).open("account:b:app_secret", &sealed), Err(Error::CannotOpen)));
        assert!(matches!(sealer(2).open("account:a:app_secret", &sealed), Err(Error::CannotOpen)));
    }

    #[test]
    fn two_seals_of_one_secret_differ() {
        let sealer = sealer(3);
        assert_ne!(sealer.seal("p", &"s".into()).unwrap(), sealer.seal("p", &"s".into()).unwrap());
    }

    #[test]
    fn a_changed_or_foreign_text_does_not_open() {
        let sealer = sealer(4);
        let sealed = sealer.seal("p", &"s".into()).unwrap();
        let mut changed = sealed.clone().into_bytes();
        let middle = changed.len() / 2;
        changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
        for text in [String::from_utf8(changed).unwrap(), String::new(), "v1:".into(), "v1:AAAA".into(), "s".into()] {
            assert!(matches!(sealer.open("p", &text), Err(Error::CannotOpen)), "{text}");
        }
    }

    #[test]
    fn the_key_file_is_made_once_and_private() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret.key");
        let sealed = Sealer::from_file(&path).unwrap().seal("p", &"s".into()).unwrap();
        assert_eq!(Sealer::from_file(&path).unwrap().open("p", &sealed).unwrap().expose_secret(), "s");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        for key in ["", "short", &STANDARD.encode([0; 16]), &STANDARD.encode([0; 33]), "%%%"] {
            assert!(matches!(Sealer::from_base64(&key.to_owned().into()), Err(Error::BadKey)));
        }
    }
}
