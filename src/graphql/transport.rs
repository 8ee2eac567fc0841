//! Subscriptions on the wire: WebSocket and event stream.
//!
//! | path | protocol |
//! |---|---|
//! | `/graphql/ws` | [`graphql-transport-ws`](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md): any operation, many at a time |
//! | `/graphql/stream` | [`graphql-sse`](https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md), "distinct connections mode": one operation a request |
//!
//! Both go through the same [`Gate`](super::http::Gate) as plain requests and end when the server stops
//! ([`Options::stopping`](super::http::Options::stopping)). The library has a WebSocket of its own, which closes with
//! other codes than the protocol's, waits for ever for `connection_init`, lets an id be used twice and reports
//! validation errors as results; official clients depend on all four.

mod message;
mod sse;
mod ws;

pub(super) use self::{
    sse::{stream_get, stream_post},
    ws::socket,
};

#[cfg(test)]
mod tests;
