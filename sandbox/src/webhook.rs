//! Where an account's pushes go and how they are protected: what the owner sets in WeChat's console.

use reqwest::Url;

use crate::{crypto::AesKey, invalid::InvalidField};

/// The settings of an account's webhook.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) url: Url,
    pub(crate) token: String,
    pub(crate) mode: Mode,
}

/// How pushes are protected: 明文, 兼容 and 安全模式.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// In clear.
    Plain,
    /// In clear and encrypted, in one document.
    Compatible(AesKey),
    /// Encrypted only.
    Safe(AesKey),
}

impl Mode {
    /// The key, where there is one.
    pub(crate) const fn key(&self) -> Option<&AesKey> {
        match self {
            Self::Plain => None,
            Self::Compatible(key) | Self::Safe(key) => Some(key),
        }
    }

    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Compatible(_) => "compatible",
            Self::Safe(_) => "safe",
        }
    }
}

impl Webhook {
    /// Checks the settings as the console does. Errors: the name of the bad one.
    pub(crate) fn new(url: &str, token: String, mode: &str, key: Option<&str>) -> Result<Self, InvalidField> {
        let parsed = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = parsed.ok_or_else(|| InvalidField::new("url", "must be an http or https URL"))?;
        if !(3..=32).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(InvalidField::new("token", "must be 3 to 32 characters of A-Z, a-z and 0-9"));
        }
        let bad_key = || InvalidField::new("encoding_aes_key", "must be 43 characters of A-Z, a-z and 0-9");
        let key = key.map(|key| AesKey::parse(key).ok_or_else(bad_key)).transpose()?;
        let mode = match (mode, key) {
            ("plain", _) => Mode::Plain,
            ("compatible", Some(key)) => Mode::Compatible(key),
            ("safe", Some(key)) => Mode::Safe(key),
            ("compatible" | "safe", None) => {
                return Err(InvalidField::new("encoding_aes_key", "is needed in the modes compatible and safe"));
            }
            (_, _) => return Err(InvalidField::new("mode", "must be plain, compatible or safe")),
        };
        Ok(Self { url, token, mode })
    }
}
