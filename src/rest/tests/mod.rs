//! The adapter over a toy schema, from outside: documents in, HTTP requests in, answers out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod arbitrary;
mod coercion;
mod errors;
mod files;
mod library;
mod openapi;
mod refusals;
mod requests;

use axum::Router;
use axum::body::Body;
use axum::http::{self, HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use super::{Adapter, Options, Problem, Source, StatusPolicy};
use library::Toy;

const SHELVES: Source = Source { file: "routes/shelves.graphql", text: include_str!("shelves.graphql") };
const WORKS: Source = Source { file: "routes/works.graphql", text: include_str!("works.graphql") };
const CODES: Source = Source { file: "routes/codes.graphql", text: include_str!("codes.graphql") };

fn options() -> Options {
    Options {
        status: StatusPolicy::EnvelopeOnly,
        title: "Library".to_owned(),
        version: "1".to_owned(),
        description: "Books and shelves.".to_owned(),
        max_json_bytes: 10_000,
        max_upload_bytes: 100_000,
        files: Some(library::files()),
    }
}

async fn adapter(options: Options) -> Adapter<Toy> {
    let toy = Toy::new();
    Adapter::new(&[SHELVES, WORKS, CODES], &toy.sdl(), toy, options)
        .await
        .map_err(|problem| problem.to_string())
        .unwrap()
}

/// The problem with a document that stands beside the codes.
async fn problem_with(text: &'static str) -> Problem {
    let toy = Toy::new();
    let sources = [CODES, Source { file: "new.graphql", text }];
    Adapter::new(&sources, &toy.sdl(), toy, options()).await.err().unwrap()
}

/// A server without a network.
struct Server(Router);

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Server {
    async fn start() -> Self {
        Self::with(options()).await
    }

    async fn with(options: Options) -> Self {
        Self(adapter(options).await.router())
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn get(&self, uri: &str) -> Answer {
        self.send(Request::get(uri).body(Body::empty()).unwrap()).await
    }

    async fn json(&self, method: Method, uri: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder().method(method).uri(uri).header(http::header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn post(&self, uri: &str, body: impl Into<Body>) -> Answer {
        self.json(Method::POST, uri, body).await
    }
}

impl Answer {
    /// The envelope, checked for its form.
    fn envelope(&self) -> Value {
        assert_eq!(self.headers[http::header::CONTENT_TYPE], "application/json;charset=UTF-8");
        let value: Value = serde_json::from_str(&self.body).unwrap();
        let names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "message", "data"]);
        value
    }

    /// The data of a success.
    #[track_caller]
    fn data(&self) -> Value {
        let mut envelope = self.envelope();
        assert_eq!((self.status, &envelope["code"]), (StatusCode::OK, &Value::from(200)), "{}", self.body);
        assert_eq!(envelope["message"], "OK");
        envelope["data"].take()
    }

    /// Code and message of a failure with HTTP status 200.
    #[track_caller]
    fn failure(&self) -> (u64, String) {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.refused()
    }

    /// Code and message of a failure.
    #[track_caller]
    fn refused(&self) -> (u64, String) {
        let envelope = self.envelope();
        assert_eq!(envelope["data"], Value::Null);
        let code = envelope["code"].as_u64().unwrap();
        assert_ne!(code, 200, "{}", self.body);
        (code, envelope["message"].as_str().unwrap().to_owned())
    }
}
