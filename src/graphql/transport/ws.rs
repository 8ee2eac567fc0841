//! One WebSocket of `graphql-transport-ws`.
//!
//! One task serves a socket: it reads, runs the operations and writes, so nothing is locked and a client that does not
//! read slows down its own operations only. An operation is a stream in a set of streams; completing it drops it.

use std::{collections::HashMap, future, pin::pin, sync::Arc, time::Duration};

use async_graphql::{Executor, Request, Response as GraphqlResponse, ServerError};
use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{StatusCode, request::Parts},
    response::Response,
};
use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{self, AbortHandle, Abortable, BoxStream, SelectAll},
};
use serde_json::{Map, Value};
use tokio::time::{Instant, interval_at};

use super::message::{Close, FromClient, PROTOCOL, ToClient};
use crate::{
    error::Code,
    graphql::http::{CREDENTIAL_CHECK, Door, Gate, Refusal, accept::Media, authorization, is_request_error, origin},
};

/// How often a connection is asked for a sign of life. One that gives none until the next time is closed, as is one
/// that takes in nothing for so long.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// How long a client may take to answer a close. Until then the connection stays, or a reset could overtake the code.
const FAREWELL: Duration = Duration::from_secs(2);

/// `GET /graphql/ws`.
///
/// Errors, before the upgrade: what the upgrade lacks (400, 405, 426); 403 for a page of a foreign origin.
pub(in crate::graphql) async fn socket<E: Executor, G: Gate>(
    State(door): State<Arc<Door<E, G>>>,
    parts: Parts,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => {
            let refusal = Refusal::new(rejection.status(), Code::BadUserInput, rejection.body_text());
            return refusal.into_response(Media::Json);
        }
    };
    if !origin::may_open_socket(&parts.headers, &door.options.origins) {
        let refusal = Refusal::new(StatusCode::FORBIDDEN, Code::Forbidden, "pages of this origin may not connect");
        return refusal.into_response(Media::Json);
    }
    let limit = door.options.limits.body_bytes;
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(limit)
        .max_frame_size(limit)
        .on_upgrade(move |socket| Connection::new(door, parts, socket).serve())
}

/// What comes out of a running operation.
enum Event {
    Response(Box<GraphqlResponse>),
    End,
}

type Operation = Abortable<BoxStream<'static, (String, Event)>>;

struct Connection<E, G: Gate> {
    door: Arc<Door<E, G>>,
    parts: Parts,
    socket: WebSocket,
    /// Set by `connection_init`.
    caller: Option<G::Caller>,
    /// What the caller was known by. It is looked at again for every operation, and now and then.
    credential: Option<String>,
    operations: SelectAll<Operation>,
    /// By the client's id.
    running: HashMap<String, AbortHandle>,
    /// Something was heard since the last heartbeat.
    alive: bool,
}

impl<E: Executor, G: Gate> Connection<E, G> {
    fn new(door: Arc<Door<E, G>>, parts: Parts, socket: WebSocket) -> Self {
        let (operations, running) = (SelectAll::new(), HashMap::new());
        Self { door, parts, socket, caller: None, credential: None, operations, running, alive: true }
    }

    async fn serve(mut self) {
        let close = match self.socket.protocol() {
            Some(_) => self.run().await,
            None => Close::SubprotocolNotAcceptable,
        };
        if let Some(frame) = close.frame() {
            // Whether the client still hears it makes no difference, but it gets the time to.
            let _ = tokio::time::timeout(FAREWELL, async {
                self.socket.send(Message::Close(Some(frame))).await?;
                while self.socket.recv().await.transpose()?.is_some() {}
                Ok::<_, axum::Error>(())
            })
            .await;
        }
    }

    /// Serves until there is a reason not to.
    async fn run(&mut self) -> Close {
        let stopping = self.door.options.stopping.clone();
        let mut stopping = pin!(stopping.cancelled());
        let mut initialisation = pin!(tokio::time::sleep(self.door.options.limits.connection_init_time));
        let mut heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
        let mut check = interval_at(Instant::now() + CREDENTIAL_CHECK, CREDENTIAL_CHECK);
        loop {
            let step = tokio::select! {
                () = &mut stopping => Err(Close::GoingAway),
                () = &mut initialisation, if self.caller.is_none() => Err(Close::ConnectionInitialisationTimeout),
                _ = heartbeat.tick() => self.beat().await,
                _ = check.tick(), if self.caller.is_some() => self.authenticate().await,
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.receive(message).await,
                    Some(Err(_)) | None => Err(Close::Gone),
                },
                Some((id, event)) = self.operations.next(), if !self.operations.is_empty() => self.emit(id, event).await,
            };
            if let Err(close) = step {
                return close;
            }
        }
    }

    async fn beat(&mut self) -> Result<(), Close> {
        if !std::mem::replace(&mut self.alive, false) {
            return Err(Close::Gone);
        }
        self.send(Message::Ping(Bytes::new())).await
    }

    async fn receive(&mut self, message: Message) -> Result<(), Close> {
        self.alive = true;
        match message {
            Message::Text(text) => match FromClient::parse(&text)? {
                FromClient::ConnectionInit { payload } => self.initialise(&payload).await,
                FromClient::Ping { payload } => self.send(ToClient::Pong { payload }.into_message()?).await,
                FromClient::Pong => Ok(()),
                FromClient::Subscribe { id, request } => self.subscribe(id, *request).await,
                FromClient::Complete { id } => {
                    self.forget(&id);
                    Ok(())
                }
            },
            Message::Binary(_) => Err(Close::BadRequest("Invalid message received: not text".to_owned())),
            Message::Ping(_) | Message::Pong(_) => Ok(()), // answered below us
            Message::Close(_) => Ok(()),                   // answered below us, by reading on
        }
    }

    /// `connection_init`: finds out who calls and says `connection_ack`.
    async fn initialise(&mut self, payload: &Map<String, Value>) -> Result<(), Close> {
        if self.caller.is_some() {
            return Err(Close::TooManyInitialisationRequests);
        }
        let named = payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let credential = named.and_then(|(_, value)| value.as_str()).or(authorization(&self.parts.headers));
        self.credential = credential.map(str::to_owned);
        self.authenticate().await?;
        self.send(ToClient::ConnectionAck.into_message()?).await
    }

    /// Finds out who calls, again after the first time: a token can be revoked while the connection lasts.
    async fn authenticate(&mut self) -> Result<(), Close> {
        match self.door.gate.authenticate(&self.parts, self.credential.as_deref()).await {
            Ok(caller) => {
                self.caller = Some(caller);
                Ok(())
            }
            Err(error) => {
                let refusal = Refusal::from(error);
                match refusal.code() {
                    Code::Internal => Err(Close::InternalServerError),
                    _ => Err(Close::Forbidden(refusal.message().to_owned())),
                }
            }
        }
    }

    /// `subscribe`: starts an operation.
    async fn subscribe(&mut self, id: String, mut request: Request) -> Result<(), Close> {
        if self.caller.is_some() {
            self.authenticate().await?;
        }
        let Some(caller) = &self.caller else { return Err(Close::Unauthorized) };
        if self.running.contains_key(&id) {
            return Err(Close::SubscriberAlreadyExists(id));
        }
        let limit = self.door.options.limits.socket_operations;
        let responses = if self.running.len() < limit {
            self.door.gate.equip(caller, &mut request);
            self.door.executor.execute_stream(request, None)
        } else {
            stream::once(future::ready(too_many(limit))).boxed()
        };
        let events = responses.map(|response| Event::Response(Box::new(response))).chain(stream::iter([Event::End]));
        let labelled = {
            let id = id.clone();
            events.map(move |event| (id.clone(), event)).boxed()
        };
        let (operation, handle) = stream::abortable(labelled);
        self.operations.push(operation);
        self.running.insert(id, handle);
        Ok(())
    }

    /// Passes on what an operation says. One that is refused ends with `error`, and without `complete`.
    async fn emit(&mut self, id: String, event: Event) -> Result<(), Close> {
        match event {
            Event::Response(response) if is_request_error(&response) => {
                self.forget(&id);
                self.send(ToClient::Error { id: &id, payload: &response.errors }.into_message()?).await
            }
            Event::Response(response) => self.send(ToClient::next(&id, &response).into_message()?).await,
            Event::End => {
                self.forget(&id);
                self.send(ToClient::Complete { id: &id }.into_message()?).await
            }
        }
    }

    fn forget(&mut self, id: &str) {
        if let Some(handle) = self.running.remove(id) {
            handle.abort();
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Close> {
        match tokio::time::timeout(HEARTBEAT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Close::Gone),
        }
    }
}

fn too_many(limit: usize) -> GraphqlResponse {
    let message = format!("at most {limit} operations may run on one connection");
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", Code::RateLimited.as_str());
    GraphqlResponse::from_errors(vec![error])
}
