#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};
use tokio_util::sync::CancellationToken;

use super::message::Close;
use crate::graphql::{
    http::{Options, router},
    limits::Limits,
    toy::{self, OpenGate},
};

/// A server on a free port, and the token that stops its subscriptions.
async fn serve(limits: Limits) -> (SocketAddr, CancellationToken) {
    let stopping = CancellationToken::new();
    let options =
        Options { limits: limits.clone(), origins: vec!["https://app.example".into()], stopping: stopping.clone() };
    let app = router(toy::schema(limits), OpenGate, options);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, stopping)
}

/// A client of `graphql-transport-ws`.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Ok(Self(connect_async(request).await?.0))
    }

    /// Connected and acknowledged.
    async fn ready(address: SocketAddr) -> Self {
        let mut socket = Self::speaking(address).await;
        socket.say(json!({"type": "connection_init"})).await;
        assert_eq!(socket.hear().await, json!({"type": "connection_ack"}));
        socket
    }

    async fn speaking(address: SocketAddr) -> Self {
        Self::open(address, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap()
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({"type": "subscribe", "id": id, "payload": {"query": query}})).await;
    }

    async fn hear(&mut self) -> Value {
        let message = tokio::time::timeout(Duration::from_secs(5), self.0.next()).await.unwrap();
        serde_json::from_str(message.unwrap().unwrap().to_text().unwrap()).unwrap()
    }

    /// Reads until the server closes; the code.
    async fn closed(mut self) -> u16 {
        tokio::time::timeout(Duration::from_secs(15), async {
            loop {
                if let Message::Close(frame) = self.0.next().await.unwrap().unwrap() {
                    return frame.unwrap().code.into();
                }
            }
        })
        .await
        .unwrap()
    }
}

#[tokio::test]
async fn results_come_in_order_and_end_with_complete() {
    let (address, _) = serve(Limits::default()).await;
    let mut socket = Socket::ready(address).await;
    socket.subscribe("a", "subscription { count(to: 2) }").await;
    assert_eq!(socket.hear().await, json!({"type": "next", "id": "a", "payload": {"data": {"count": 1}}}));
    assert_eq!(socket.hear().await, json!({"type": "next", "id": "a", "payload": {"data": {"count": 2}}}));
    assert_eq!(socket.hear().await, json!({"type": "complete", "id": "a"}));

    socket.subscribe("a", "{ caller }").await;
    assert_eq!(socket.hear().await["payload"], json!({"data": {"caller": "nobody"}}), "an id is free after its end");
    assert_eq!(socket.hear().await["type"], "complete");
    socket.subscribe("m", "mutation { addBook(input: {title: \"x\"}) { title } }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["addBook"]["title"], "x");
}

#[tokio::test]
async fn a_refused_operation_ends_with_error_and_without_complete() {
    let (address, _) = serve(Limits::default()).await;
    let mut socket = Socket::ready(address).await;
    for query in ["{", "{ nothing }", "subscription { nothing }"] {
        socket.subscribe("1", query).await;
        let message = socket.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")), "{query}");
        assert_eq!(message["payload"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
    socket.say(json!({"type": "ping", "payload": {"n": 1}})).await;
    assert_eq!(socket.hear().await, json!({"type": "pong", "payload": {"n": 1}}), "nothing in between");
}

#[tokio::test]
async fn a_completed_operation_says_nothing_more() {
    let (address, _) = serve(Limits::default()).await;
    let mut socket = Socket::ready(address).await;
    socket.subscribe("1", "subscription { count(to: 1000000) }").await;
    socket.hear().await;
    socket.say(json!({"type": "complete", "id": "1"})).await;
    socket.say(json!({"type": "complete", "id": "unknown"})).await;
    socket.say(json!({"type": "ping"})).await;
    while socket.hear().await["type"] != "pong" {}
    socket.subscribe("1", "subscription { count(to: 1) }").await;
    assert_eq!(socket.hear().await["payload"]["data"]["count"], 1, "the new one, not the old one");
}

#[tokio::test]
async fn the_payload_of_connection_init_names_the_caller() {
    let (address, _) = serve(Limits::default()).await;
    let header = [("sec-websocket-protocol", "graphql-transport-ws"), ("authorization", "Bearer header")];
    for (payload, caller) in [(json!({}), "Bearer header"), (json!({"Authorization": "Bearer me"}), "Bearer me")] {
        let mut socket = Socket::open(address, &header).await.unwrap();
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        socket.hear().await;
        socket.subscribe("1", "subscription { listener }").await;
        assert_eq!(socket.hear().await["payload"]["data"]["listener"], caller);
    }
    for (token, code) in [("Bearer wrong", 4403), ("Bearer unlucky", 4500)] {
        let mut socket = Socket::speaking(address).await;
        socket.say(json!({"type": "connection_init", "payload": {"authorization": token}})).await;
        assert_eq!(socket.closed().await, code);
    }
}

#[tokio::test]
async fn whoever_breaks_the_protocol_is_closed_with_its_code() {
    let (address, _) = serve(Limits::default()).await;
    let subscribe = json!({"type": "subscribe", "id": "1", "payload": {"query": "subscription { silence }"}});
    let init = json!({"type": "connection_init"});
    for (messages, code) in [
        (vec![json!("text")], 4400),
        (vec![json!({"type": "start"})], 4400),
        (vec![json!({"type": "connection_init", "payload": 1})], 4400),
        (vec![init.clone(), json!({"type": "subscribe", "payload": {"query": "{ caller }"}})], 4400),
        (vec![init.clone(), json!({"type": "subscribe", "id": "1"})], 4400),
        (vec![init.clone(), json!({"type": "subscribe", "id": "1", "payload": {"query": 1}})], 4400),
        (vec![subscribe.clone()], 4401),
        (vec![init.clone(), subscribe.clone(), subscribe], 4409),
        (vec![init.clone(), init], 4429),
    ] {
        let mut socket = Socket::speaking(address).await;
        for message in &messages {
            socket.say(message.clone()).await;
        }
        assert_eq!(socket.closed().await, code, "{messages:?}");
    }
    let mut binary = Socket::speaking(address).await;
    binary.0.send(Message::binary(b"{}".to_vec())).await.unwrap();
    assert_eq!(binary.closed().await, 4400);
    assert_eq!(Socket::open(address, &[]).await.unwrap().closed().await, 4406);
}

#[tokio::test]
async fn whoever_says_nothing_is_closed_in_time() {
    assert_eq!(Limits::default().connection_init_time, Duration::from_secs(10));
    let (address, _) = serve(Limits { connection_init_time: Duration::from_millis(300), ..Limits::default() }).await;
    let mut initialised = Socket::ready(address).await;
    assert_eq!(Socket::speaking(address).await.closed().await, 4408);
    initialised.say(json!({"type": "ping"})).await;
    assert_eq!(initialised.hear().await["type"], "pong", "the time is over for others only");
}

#[tokio::test]
async fn a_socket_carries_so_many_operations_and_no_more() {
    let (address, _) = serve(Limits { socket_operations: 2, ..Limits::default() }).await;
    let mut socket = Socket::ready(address).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, "subscription { silence }").await;
    }
    let refusal = socket.hear().await;
    assert_eq!((&refusal["type"], &refusal["id"]), (&json!("error"), &json!("3")));
    assert_eq!(refusal["payload"][0]["extensions"]["code"], "RATE_LIMITED");
}

#[tokio::test]
async fn pages_of_foreign_origins_may_not_connect() {
    let (address, _) = serve(Limits::default()).await;
    let own = format!("http://{address}");
    for (origin, allowed) in [(own.as_str(), true), ("https://app.example", true), ("https://evil.example", false)] {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("origin", origin)];
        match Socket::open(address, &headers).await {
            Ok(_) => assert!(allowed, "{origin}"),
            Err(Error::Http(response)) => assert!(!allowed && response.status() == 403, "{origin}"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_stopping_server_says_good_bye() {
    let (address, stopping) = serve(Limits::default()).await;
    let mut socket = Socket::ready(address).await;
    socket.subscribe("1", "subscription { silence }").await;
    let stream = reqwest_client()
        .get(format!("http://{address}/graphql/stream?query=subscription{{silence}}"))
        .send()
        .await
        .unwrap();
    stopping.cancel();
    assert_eq!(socket.closed().await, 1001);
    assert_eq!(stream.text().await.unwrap(), "event: complete\ndata: null\n\n");
}

#[test]
fn a_close_reason_fits_its_frame() {
    let frame = Close::SubscriberAlreadyExists("标".repeat(100)).frame().unwrap();
    assert!(frame.reason.len() <= 123 && frame.reason.starts_with("Subscriber for 标"), "{}", frame.reason);
    assert!(Close::Gone.frame().is_none());
}

fn reqwest_client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// Events of a stream: name and data.
fn events(text: &str) -> Vec<(String, Value)> {
    let lines = |event: &str, name: &str| {
        event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim().to_owned()
    };
    text.split_terminator("\n\n")
        .map(|event| (lines(event, "event:"), serde_json::from_str(&lines(event, "data:")).unwrap()))
        .collect()
}

#[tokio::test]
async fn a_stream_carries_one_operation() {
    let (address, _) = serve(Limits::default()).await;
    let (client, url) = (reqwest_client(), format!("http://{address}/graphql/stream"));
    let post =
        |query: &str| client.post(&url).header("accept", "text/event-stream").json(&json!({"query": query})).send();

    let counted = post("subscription { count(to: 2) }").await.unwrap();
    assert_eq!(counted.headers()["content-type"], "text/event-stream");
    let next = |data: Value| ("next".to_owned(), data);
    let complete = || ("complete".to_owned(), Value::Null);
    assert_eq!(
        events(&counted.text().await.unwrap()),
        [next(json!({"data": {"count": 1}})), next(json!({"data": {"count": 2}})), complete()]
    );

    let refused = post("subscription { nothing }").await.unwrap();
    assert_eq!(refused.status(), 200, "graphql-sse reports it in the stream");
    let refused = events(&refused.text().await.unwrap());
    assert_eq!(refused[0].1["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    assert_eq!(refused[1], complete());

    let got = client.get(format!("{url}?query={{caller}}")).header("authorization", "Bearer me").send().await.unwrap();
    assert_eq!(events(&got.text().await.unwrap())[0], next(json!({"data": {"caller": "Bearer me"}})));
}

#[tokio::test]
async fn what_is_wrong_with_the_request_for_a_stream_has_its_status() {
    let (address, _) = serve(Limits::default()).await;
    let (client, url) = (reqwest_client(), format!("http://{address}/graphql/stream"));
    let mutation = client.get(format!("{url}?query=mutation{{__typename}}"));
    let untyped = client.post(&url).body("{}");
    let empty = client.post(&url).json(&json!({}));
    let picky = client.post(&url).header("accept", "application/json").json(&json!({"query": "{ caller }"}));
    let stranger = client.post(&url).bearer_auth("wrong").json(&json!({"query": "{ caller }"}));
    let reserve = client.put(&url);
    for (request, status) in
        [(mutation, 405), (untyped, 415), (empty, 400), (picky, 406), (stranger, 401), (reserve, 405)]
    {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let body: Value = response.json().await.unwrap();
        assert!(body["errors"][0]["extensions"]["code"].is_string(), "{body}");
    }
}
