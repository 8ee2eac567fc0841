//! What an endpoint answers: WeChat's JSON shapes, HTTP 200 also for errors.
//!
//! "Do" calls answer `{"errcode":0,"errmsg":"ok"}`, "get" calls their data without `errcode`, and every refusal
//! ends its `errmsg` with a request id that `openapi/rid/get` understands.

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::errcode::Errcode;

/// What WeChat writes as the type of its JSON: the parameter really is called `encoding`.
pub(crate) const WECHAT_JSON: &str = "application/json; encoding=utf-8";

/// A complete answer of a WeChat endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
    /// The name of a file that is sent as its bytes: downloads only.
    pub(crate) filename: Option<String>,
    /// The request id named in the body: refusals only.
    pub(crate) rid: Option<String>,
    /// The `msg_id` of a mass send whose end the webhook hears of before this is answered.
    pub(crate) ends_first: Option<i64>,
}

/// A refusal before it has got its request id.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    errcode: Errcode,
    /// Replaces WeChat's usual text.
    errmsg: Option<String>,
    /// What the answer has besides.
    members: Map<String, Value>,
}

/// What the function behind an endpoint returns.
pub(crate) type Outcome = Result<Answer, Refusal>;

impl Answer {
    /// A data answer: exactly this value, without `errcode`.
    pub(crate) fn data(value: &impl Serialize) -> Outcome {
        match serde_json::to_vec(value) {
            Ok(body) => Ok(Self::plain(StatusCode::OK, WECHAT_JSON, body)),
            Err(_) => Err(Errcode::SYSTEM_ERROR.into()),
        }
    }

    /// `{"errcode":0,"errmsg":"ok"}`.
    pub(crate) fn done() -> Outcome {
        Self::data(&json!({"errcode": 0, "errmsg": "ok"}))
    }

    /// A file as its bytes.
    pub(crate) fn file(content_type: &'static str, filename: String, bytes: Bytes) -> Outcome {
        Ok(Self { filename: Some(filename), ..Self::plain(StatusCode::OK, content_type, bytes) })
    }

    fn plain(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, body: body.into(), filename: None, rid: None, ends_first: None }
    }

    /// What a proxy in front of the platform sends when the platform is down.
    pub(crate) fn gateway_page(status: StatusCode) -> Self {
        let body = format!("<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n");
        Self::plain(status, "text/html", body)
    }

    /// Says JSON and is none: cut off, with bytes that are no UTF-8.
    pub(crate) fn garbage(status: StatusCode) -> Self {
        Self::plain(status, WECHAT_JSON, Bytes::from_static(b"{\"errcode\":0,\"errmsg\":\"o\xff\xfe\x00"))
    }
}

impl Refusal {
    /// A refusal with a text of its own.
    pub(crate) fn with_message(errcode: Errcode, errmsg: String) -> Self {
        Self { errcode, errmsg: Some(errmsg), members: Map::new() }
    }

    /// 45171: these openids failed, the rest of the list succeeded.
    pub(crate) fn some_failed(failed: Vec<String>) -> Self {
        Self::from(Errcode::SOME_OPENIDS_FAILED).with_member("fail_openid_list", failed.into())
    }

    /// The answer has this member besides.
    pub(crate) fn with_member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// The answer under the request id `rid`.
    pub(crate) fn into_answer(self, rid: String) -> Answer {
        let errmsg = self.errmsg.unwrap_or_else(|| self.errcode.errmsg().to_owned());
        let mut body = match self.errcode {
            Errcode(0) => json!({"errcode": 0, "errmsg": errmsg}),
            Errcode(errcode) => json!({"errcode": errcode, "errmsg": format!("{errmsg} rid: {rid}")}),
        };
        if let Value::Object(body) = &mut body {
            body.extend(self.members);
        }
        Answer { rid: Some(rid), ..Answer::plain(StatusCode::OK, WECHAT_JSON, body.to_string()) }
    }
}

impl From<Errcode> for Refusal {
    fn from(errcode: Errcode) -> Self {
        Self { errcode, errmsg: None, members: Map::new() }
    }
}
