//! A request as WeChat reads it: by its content, whatever the `Content-Type` says.

use std::net::IpAddr;

use axum::{
    extract::Query,
    http::{Method, Uri},
};
use bytes::Bytes;
use serde_json::Value;

use crate::{answer::Refusal, errcode::Errcode};

/// One call of a WeChat endpoint, read completely.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Decoded, in the order of the URL.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) client_ip: IpAddr,
}

impl Request {
    pub(crate) fn new(method: Method, uri: &Uri, body: Bytes, client_ip: IpAddr) -> Self {
        let query = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default();
        Self { method, path: uri.path().to_owned(), query, body, client_ip }
    }

    /// A query parameter; an empty one counts as absent, as for WeChat.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The body as a JSON object. Errors: 44002 when empty, 47001 when it is anything else (a form, a list, half a
    /// document).
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        if self.body.is_empty() {
            return Err(Errcode::EMPTY_POST_DATA.into());
        }
        match serde_json::from_slice(&self.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) | Err(_) => Err(Errcode::DATA_FORMAT.into()),
        }
    }
}

/// A number, also one that a client wrote as a string.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// A member that is a text and not empty.
pub(crate) fn text<'a>(body: &'a Value, member: &str) -> Option<&'a str> {
    body.get(member)?.as_str().filter(|text| !text.is_empty())
}

/// The list of openids under `member`, 1 to `limit` of them. Errors: 40031 when it is no list of texts, 40032 when it
/// is empty or too long.
pub(crate) fn openids<'a>(body: &'a Value, member: &str, limit: usize) -> Result<Vec<&'a str>, Refusal> {
    let list = body.get(member).and_then(Value::as_array).ok_or(Errcode::INVALID_OPENID_LIST)?;
    if list.is_empty() || list.len() > limit {
        return Err(Errcode::INVALID_LIST_SIZE.into());
    }
    list.iter().map(|openid| openid.as_str().ok_or_else(|| Errcode::INVALID_OPENID_LIST.into())).collect()
}
