//! The client against small real servers on 127.0.0.1 that answer from a script. What they answer is written from
//! WeChat's documentation, not with the client's types.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calls;
mod customer_service;
mod downloads;
mod drafts;
mod errors;
mod mass;
mod material;
mod media;
mod menu;
mod secrecy;
mod tags;
mod tokens;
mod uploads;
mod users;
mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use futures_util::stream;
use reqwest::Url;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Client, Credentials, Retry, Settings};

const TOKEN_API: &str = "/cgi-bin/stable_token";
const TAGS_API: &str = "/cgi-bin/tags/get";

/// What a server received.
#[derive(Clone, Debug)]
struct Request {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// What a server answers.
struct Reply {
    status: u16,
    location: &'static str,
    content_type: &'static str,
    disposition: &'static str,
    body: Vec<u8>,
    delay: Duration,
    breaks_off: bool,
}

impl Reply {
    fn text(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            location: "",
            content_type: "text/plain",
            disposition: "",
            body: body.into(),
            delay: Duration::ZERO,
            breaks_off: false,
        }
    }

    fn json(body: Value) -> Self {
        Self::text(body.to_string())
    }

    fn refusal(errcode: i64, errmsg: &str) -> Self {
        Self::json(json!({"errcode": errcode, "errmsg": format!("{errmsg} rid: 6a0c1f22-1b2c3d4e-0f1e2d3c")}))
    }

    fn token(token: &str) -> Self {
        Self::json(json!({"access_token": token, "expires_in": 7200}))
    }

    fn status(status: u16) -> Self {
        Self { status, ..Self::text("<html>Bad Gateway</html>") }
    }

    fn redirect(location: &'static str) -> Self {
        Self { status: 302, location, ..Self::text("") }
    }

    fn breaking_off() -> Self {
        Self { breaks_off: true, ..Self::text("") }
    }

    fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

type Script = Box<dyn FnMut(&Request) -> Reply + Send>;

/// A server that answers from a script and remembers what it was asked.
struct Upstream {
    base_url: Url,
    requests: Arc<Mutex<Vec<Request>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Shared {
    script: Arc<Mutex<Script>>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Upstream {
    /// Answers every request by the script.
    async fn start(script: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let requests = Arc::default();
        let shared = Shared { script: Arc::new(Mutex::new(Box::new(script))), requests: Arc::clone(&requests) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(shared);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { base_url, requests, task }
    }

    /// Gives out the token `TOKEN`, and answers every other request by the script.
    async fn with_token(mut script: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        Self::start(move |request| match request.path.as_str() {
            TOKEN_API => Reply::token("TOKEN"),
            _ => script(request),
        })
        .await
    }

    /// Gives out the token `TOKEN`, and answers the other requests with these replies, in turn.
    async fn with_replies<const N: usize>(replies: [Reply; N]) -> Self {
        let mut replies = replies.into_iter();
        Self::with_token(move |request| replies.next().unwrap_or_else(|| panic!("unexpected: {request:?}"))).await
    }

    fn client(&self) -> Client {
        Client::new(settings(self.base_url.clone())).unwrap()
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// What was asked of one path.
    fn requests_of(&self, path: &str) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// What was asked, token requests apart.
    fn calls(&self) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.path != TOKEN_API).collect()
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let url = Url::parse(&format!("http://upstream{uri}")).unwrap();
    let request =
        Request { method, path: uri.path().to_owned(), query: url.query_pairs().into_owned().collect(), headers, body };
    shared.requests.lock().unwrap().push(request.clone());
    let reply = (shared.script.lock().unwrap())(&request);
    tokio::time::sleep(reply.delay).await;
    let body = if reply.breaks_off {
        Body::from_stream(stream::iter([Ok(Bytes::from_static(b"{\"tags\":[")), Err(std::io::Error::other("cut"))]))
    } else {
        Body::from(reply.body)
    };
    let response = Response::builder().status(reply.status).header("content-type", reply.content_type);
    let response = match reply.disposition {
        "" => response,
        disposition => response.header("content-disposition", disposition),
    };
    match reply.location {
        "" => response,
        location => response.header("location", location),
    }
    .body(body)
    .unwrap()
}

/// Settings that repeat as in production, but fast.
fn settings(base_url: Url) -> Settings {
    Settings {
        connect_timeout: Duration::from_millis(500),
        read_timeout: Duration::from_millis(400),
        attempt_timeout: Duration::from_millis(1500),
        max_answer_bytes: 64 << 10,
        retry: Retry {
            attempts: 3,
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(4),
            total: Duration::from_secs(5),
        },
        ..Settings::new(base_url)
    }
}

fn credentials() -> Credentials {
    Credentials { app_id: "wx0123456789abcdef".to_owned(), app_secret: "the-secret-of-this-app".into() }
}

fn openids(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("oAbc{n:024}")).collect()
}

fn ok() -> Reply {
    Reply::json(json!({"errcode": 0, "errmsg": "ok"}))
}

fn no_tags() -> Reply {
    Reply::json(json!({"tags": []}))
}
