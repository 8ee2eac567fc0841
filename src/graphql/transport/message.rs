//! The messages of `graphql-transport-ws` and the codes that close a socket.

use std::borrow::Cow;

use async_graphql::{Request, Response, ServerError};
use axum::extract::ws::{CloseFrame, Message};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::graphql::http::{Answer, params};

/// The name of the protocol in `Sec-WebSocket-Protocol`.
pub(super) const PROTOCOL: &str = "graphql-transport-ws";

/// What a client sends.
pub(super) enum FromClient {
    ConnectionInit { payload: Map<String, Value> },
    Ping { payload: Option<Value> },
    Pong,
    Subscribe { id: String, request: Box<Request> },
    Complete { id: String },
}

impl FromClient {
    /// Reads one message.
    ///
    /// Errors: [`Close::BadRequest`] for anything that the protocol does not know, down to the types of the members.
    pub(super) fn parse(text: &str) -> Result<Self, Close> {
        let bad = |reason: &str| Close::BadRequest(format!("Invalid message received: {reason}"));
        let message: Value = serde_json::from_str(text).map_err(|_no_json| bad("not JSON"))?;
        let Value::Object(mut message) = message else { return Err(bad("not an object")) };
        let payload = match message.remove("payload") {
            Some(Value::Null) | None => None,
            payload @ Some(Value::Object(_)) => payload,
            Some(_) => return Err(bad("the payload is not an object")),
        };
        let id = match message.remove("id") {
            Some(Value::String(id)) if !id.is_empty() => Ok(id),
            _ => Err(bad("no id")),
        };
        match message.get("type").and_then(Value::as_str) {
            Some("connection_init") => Ok(Self::ConnectionInit {
                payload: match payload {
                    Some(Value::Object(payload)) => payload,
                    _ => Map::new(),
                },
            }),
            Some("ping") => Ok(Self::Ping { payload }),
            Some("pong") => Ok(Self::Pong),
            Some("complete") => Ok(Self::Complete { id: id? }),
            Some("subscribe") => {
                let request = params::one(payload.unwrap_or_default()).map_err(|refusal| bad(refusal.message()))?;
                Ok(Self::Subscribe { id: id?, request: Box::new(request) })
            }
            _ => Err(bad("unknown type")),
        }
    }
}

/// What the server sends.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ToClient<'m> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Value>,
    },
    Next {
        id: &'m str,
        payload: Answer<'m>,
    },
    Error {
        id: &'m str,
        payload: &'m [ServerError],
    },
    Complete {
        id: &'m str,
    },
}

impl ToClient<'_> {
    pub(super) fn next<'m>(id: &'m str, response: &'m Response) -> ToClient<'m> {
        ToClient::Next { id, payload: Answer(response) }
    }

    pub(super) fn into_message(self) -> Result<Message, Close> {
        match serde_json::to_string(&self) {
            Ok(text) => Ok(Message::text(text)),
            Err(error) => {
                tracing::error!(error = %error, "an answer could not be written as JSON");
                Err(Close::InternalServerError)
            }
        }
    }
}

/// Why the server closes. Codes and texts are those of the protocol and of its reference implementation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Close {
    /// The client is gone: there is nobody to tell.
    Gone,
    GoingAway,
    BadRequest(String),
    Unauthorized,
    Forbidden(String),
    SubprotocolNotAcceptable,
    ConnectionInitialisationTimeout,
    SubscriberAlreadyExists(String),
    TooManyInitialisationRequests,
    InternalServerError,
}

impl Close {
    /// The closing frame; `None` where none can be sent.
    pub(super) fn frame(self) -> Option<CloseFrame> {
        let (code, reason): (u16, Cow<'static, str>) = match self {
            Self::Gone => return None,
            Self::GoingAway => (1001, "Going away".into()),
            Self::BadRequest(reason) => (4400, reason.into()),
            Self::Unauthorized => (4401, "Unauthorized".into()),
            Self::Forbidden(reason) => (4403, reason.into()),
            Self::SubprotocolNotAcceptable => (4406, "Subprotocol not acceptable".into()),
            Self::ConnectionInitialisationTimeout => (4408, "Connection initialisation timeout".into()),
            Self::SubscriberAlreadyExists(id) => (4409, format!("Subscriber for {id} already exists").into()),
            Self::TooManyInitialisationRequests => (4429, "Too many initialisation requests".into()),
            Self::InternalServerError => (4500, "Internal server error".into()),
        };
        Some(CloseFrame { code, reason: shortened(&reason).into() })
    }
}

/// A control frame holds 125 bytes, two of which are the code. Source: RFC 6455, section 5.5.
fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(123)]
}
