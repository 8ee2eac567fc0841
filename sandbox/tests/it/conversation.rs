//! Pushes to a webhook and replies to them, as several files of tests need them.

use serde_json::{Value, json};

use crate::{
    receiver::{AES_KEY, Receiver, TOKEN},
    support::Account,
};

pub(crate) const OPENID: &str = "oAbcDefGhIjKlMnOpQrStUvWxYz1";

/// Points the account at the webhook; returns the account's original id.
pub(crate) async fn connect(account: &Account<'_>, receiver: &Receiver, mode: &str) -> String {
    let url = format!("{}?account=7", receiver.url);
    let body = json!({"url": url, "token": TOKEN, "encoding_aes_key": AES_KEY, "mode": mode});
    let answer = account.control("PUT", "/webhook", body).await;
    assert_eq!((&answer["verified"], &answer["status"], &answer["reason"]), (&json!(true), &json!(200), &Value::Null));
    answer["original_id"].as_str().unwrap().to_owned()
}

pub(crate) async fn push(account: &Account<'_>, body: Value) -> Value {
    account.control("POST", "/push", body).await
}

pub(crate) async fn say(account: &Account<'_>, content: &str) -> Value {
    push(account, json!({"openid": OPENID, "type": "text", "content": content})).await
}

pub(crate) fn text_reply(original_id: &str, content: &str) -> String {
    format!(
        "<xml><ToUserName><![CDATA[{OPENID}]]></ToUserName><FromUserName><![CDATA[{original_id}]]></FromUserName>\
         <CreateTime>1790000001</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{content}]]></Content></xml>"
    )
}

/// A reply of any type, with the elements that it has.
pub(crate) fn reply_of(original_id: &str, kind: &str, elements: &str) -> String {
    text_reply(original_id, "x")
        .replace("[text]", &format!("[{kind}]"))
        .replace("<Content><![CDATA[x]]></Content>", elements)
}
