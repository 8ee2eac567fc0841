//! Operations as event streams, `graphql-sse` in its "distinct connections mode".
//!
//! One request, one operation, one stream: an event `next` for every result and `complete` at the end. The operation
//! comes as with plain requests, by POST in JSON or by GET in parameters. What is refused by validation comes as a
//! result too, in a stream that is 200, as the protocol has it; what is wrong with the HTTP request has its status.

use std::{convert::Infallible, future::ready, sync::Arc};

use async_graphql::{Executor, Request, parser::types::OperationType};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header::CACHE_CONTROL, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{StreamExt, stream};

use crate::{
    error::Code,
    graphql::http::{Answer, Content, Door, Gate, Refusal, accept, body, params},
};

/// Keeps proxies from collecting events before they pass them on (nginx reads it).
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// `GET /graphql/stream`: queries and subscriptions, which change nothing.
pub(in crate::graphql) async fn stream_get<E: Executor, G: Gate>(
    State(door): State<Arc<Door<E, G>>>,
    parts: Parts,
) -> Response {
    let outcome = async {
        takes_event_stream(&parts.headers)?;
        let caller = door.caller(&parts).await?;
        let mut request = params::from_url(&parts.uri)?;
        match params::operation_type(&mut request, &door.options.limits) {
            Some(OperationType::Mutation) => Err(Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                Code::BadUserInput,
                "GET may not change anything; send mutations by POST",
            )
            .allow("POST")),
            Some(OperationType::Query | OperationType::Subscription) | None => {
                Ok(door.stream(&parts, &caller, request))
            }
        }
    };
    outcome.await.unwrap_or_else(|refusal| refuse(&parts.headers, refusal))
}

/// `POST /graphql/stream`: any operation.
pub(in crate::graphql) async fn stream_post<E: Executor, G: Gate>(
    State(door): State<Arc<Door<E, G>>>,
    request: axum::extract::Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = body.into_data_stream();
    let outcome = async {
        takes_event_stream(&parts.headers)?;
        let Content::Json = Content::of(&parts.headers)? else {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Code::UnsupportedMediaType,
                "an event stream takes no uploads",
            ));
        };
        let caller = door.caller(&parts).await?;
        let body = body::read(&parts.headers, &mut body, door.options.limits.body_bytes).await?;
        Ok(door.stream(&parts, &caller, params::single_from_json(&body)?))
    };
    match outcome.await {
        Ok(response) => response,
        Err(refusal) => {
            body::drain(&parts.headers, &mut body).await;
            refuse(&parts.headers, refusal)
        }
    }
}

fn takes_event_stream(headers: &HeaderMap) -> Result<(), Refusal> {
    if accept::takes_event_stream(headers) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::NOT_ACCEPTABLE,
        Code::BadUserInput,
        "the answer is text/event-stream, which Accept excludes",
    ))
}

/// A refusal is JSON, whatever is accepted: the client has not got its stream yet.
fn refuse(headers: &HeaderMap, refusal: Refusal) -> Response {
    refusal.into_response(accept::negotiate(headers).unwrap_or_default())
}

impl<E: Executor, G: Gate> Door<E, G> {
    fn stream(self: &Arc<Self>, parts: &Parts, caller: &G::Caller, mut request: Request) -> Response {
        self.gate.equip(caller, &mut request);
        let stopping = self.options.stopping.clone().cancelled_owned();
        let events = self
            .executor
            .execute_stream(request, None)
            .take_until(stopping)
            .take_until(Arc::clone(self).revoked(parts.clone()))
            .map(|response| Event::default().event("next").json_data(Answer(&response)))
            .filter_map(|event| {
                ready(event.inspect_err(|error| tracing::error!(%error, "an answer could not be written as JSON")).ok())
            })
            // Browsers do not dispatch an event without data.
            .chain(stream::iter([Event::default().event("complete").data("null")]))
            .map(Ok::<_, Infallible>);
        let headers = [(CACHE_CONTROL, "no-store"), (X_ACCEL_BUFFERING, "no")];
        (headers, Sse::new(events).keep_alive(KeepAlive::default())).into_response()
    }
}
