//! Deliveries made by hand: signed as WeChat signs, with whatever in them.

use chrono::Utc;
use sha1::{Digest as _, Sha1};

use crate::support::TestApp;

/// SHA-1 of the sorted parts, in hexadecimal. Source: WeChat reference, section 16.2.
pub(super) fn sign(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    Sha1::digest(parts.concat()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Signs for one account's webhook.
pub(super) struct Signer {
    pub(super) url: String,
    pub(super) token: String,
}

impl Signer {
    pub(super) async fn of(app: &TestApp, account: &str) -> Self {
        let (url, token) = app.webhook(account).await;
        Self { url, token }
    }

    /// The query of a plain delivery that is signed `at` seconds from now.
    pub(super) fn query(&self, at: i64) -> String {
        let (timestamp, nonce) = ((Utc::now().timestamp() + at).to_string(), "n0nce");
        let signature = sign(&[&self.token, &timestamp, nonce]);
        format!("signature={signature}&timestamp={timestamp}&nonce={nonce}&openid=o")
    }

    /// The address of a plain delivery that is signed now.
    pub(super) fn address(&self) -> String {
        format!("{}?{}", self.url, self.query(0))
    }
}

/// A text of somebody.
pub(super) fn text(openid: &str, id: u64, content: &str) -> String {
    pushed(openid, &format!("<MsgType>text</MsgType><Content><![CDATA[{content}]]></Content><MsgId>{id}</MsgId>"))
}

/// A push of somebody, made now.
pub(super) fn pushed(openid: &str, inner: &str) -> String {
    let created_at = Utc::now().timestamp();
    format!(
        "<xml><ToUserName>gh_0123456789ab</ToUserName><FromUserName>{openid}</FromUserName>\
         <CreateTime>{created_at}</CreateTime>{inner}</xml>"
    )
}
