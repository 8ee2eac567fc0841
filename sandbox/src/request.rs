//! A request as WeChat reads it: by its content, whatever the `Content-Type` says.

use std::net::IpAddr;

use axum::{
    extract::Query,
    http::{Method, Uri},
};
use serde_json::Value;

use crate::{answer::Refusal, errcode::Errcode, payload::Payload};

/// One call of a WeChat endpoint, read completely.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Decoded, in the order of the URL.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) payload: Payload,
    pub(crate) client_ip: IpAddr,
    /// The `Host` that the client called, for links to the simulator itself.
    pub(crate) host: Option<String>,
}

impl Request {
    pub(crate) fn new(method: Method, uri: &Uri, payload: Payload, client_ip: IpAddr, host: Option<String>) -> Self {
        let query = Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(pairs)| pairs).unwrap_or_default();
        Self { method, path: uri.path().to_owned(), query, payload, client_ip, host }
    }

    /// A query parameter; an empty one counts as absent, as for WeChat.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Whether there is no body at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.payload.plain().is_some_and(|body| body.is_empty())
    }

    /// The body as a JSON object. Errors: 44002 when empty, 47001 when it is anything else (a form, a list, half a
    /// document).
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        if self.is_empty() {
            return Err(Errcode::EMPTY_POST_DATA.into());
        }
        match serde_json::from_slice(self.payload.plain().ok_or(Errcode::DATA_FORMAT)?) {
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

/// The part of a list that a call asks for. Errors: 40097 unless `offset` is a number from 0 and `count` one from 1 to
/// 20.
pub(crate) fn page(body: &Value) -> Result<(usize, usize), Refusal> {
    const MOST: usize = 20;
    let member = |name: &str| integer(&body[name]).and_then(|number| usize::try_from(number).ok());
    let count = member("count").filter(|count| (1..=MOST).contains(count));
    Ok((member("offset").ok_or(Errcode::INVALID_ARGS)?, count.ok_or(Errcode::INVALID_ARGS)?))
}
