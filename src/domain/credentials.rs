//! The secrets of an account: sealed on their way into the database, opened on their way to WeChat.

use entity::account;
use sea_orm::{ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _};
use secrecy::{ExposeSecret as _, SecretString};

use super::Context;
use crate::error::{Error, Result};
use crate::secrets::{self, Sealer};
use crate::webhook::crypto::EncodingAesKey;
use crate::wechat;

/// Characters of an EncodingAESKey. Source: WeChat reference, section 16.1.
const ENCODING_AES_KEY_LENGTH: usize = 43;

/// Whether stored secrets open under this key: looks at one, since all were sealed with the same.
///
/// Errors: `Internal` when it does not, so that nobody starts with a lost or wrong key and finds out at night.
pub async fn check_sealer(database: &DatabaseConnection, sealer: &Sealer) -> Result<()> {
    let sealed = account::Entity::find().filter(account::Column::AppSecret.is_not_null()).one(database).await?;
    let Some(account) = sealed else { return Ok(()) };
    let secret = account.app_secret.as_deref().unwrap_or_default();
    match sealer.open(&app_secret_purpose(&account.id), secret) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Internal(format!(
            "--secret-key (ODAESAN_SECRET_KEY), or the file secret.key in the data directory: {error}"
        ))),
    }
}

/// The account's credentials, opened. Errors: `Invalid` while none were filled in.
pub fn open(context: &Context, account: &account::Model) -> Result<wechat::Credentials> {
    let (Some(app_id), Some(sealed)) = (&account.app_id, &account.app_secret) else {
        return Err(Error::invalid("accountId", "the account has no app id and app secret yet; fill them in first"));
    };
    let app_secret = context.sealer.open(&app_secret_purpose(&account.id), sealed).map_err(sealing_failed)?;
    Ok(wechat::Credentials { app_id: app_id.clone(), app_secret })
}

/// The account's EncodingAESKey, opened; `None` while none was filled in.
pub fn encoding_aes_key(context: &Context, account: &account::Model) -> Result<Option<EncodingAesKey>> {
    let Some(sealed) = &account.encoding_aes_key else { return Ok(None) };
    let key = context.sealer.open(&encoding_aes_key_purpose(&account.id), sealed).map_err(sealing_failed)?;
    let key = EncodingAesKey::parse(key.expose_secret()).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Some(key))
}

/// Seals an app secret.
pub(super) fn seal_app_secret(sealer: &Sealer, account_id: &str, app_secret: &SecretString) -> Result<String> {
    sealer.seal(&app_secret_purpose(account_id), app_secret).map_err(sealing_failed)
}

/// Seals an EncodingAESKey. Errors: `Invalid` unless it is 43 letters and digits.
pub(super) fn seal_encoding_aes_key(sealer: &Sealer, account_id: &str, key: &SecretString) -> Result<String> {
    let key = key.expose_secret().trim();
    if key.len() != ENCODING_AES_KEY_LENGTH || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::invalid("encodingAesKey", "must be 43 letters and digits, as WeChat's console shows it"));
    }
    sealer.seal(&encoding_aes_key_purpose(account_id), &key.to_owned().into()).map_err(sealing_failed)
}

fn encoding_aes_key_purpose(account_id: &str) -> String {
    format!("account:{account_id}:encoding_aes_key")
}

fn app_secret_purpose(account_id: &str) -> String {
    format!("account:{account_id}:app_secret")
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn sealing_failed(error: secrets::Error) -> Error {
    Error::Internal(error.to_string())
}
