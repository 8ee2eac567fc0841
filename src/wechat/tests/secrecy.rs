//! No secret and no token in an error, a `Debug` form or the log; and what is shown instead.

use std::error::Error as _;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use reqwest::Url;
use tokio::net::TcpListener;
use tracing_subscriber::fmt::format::FmtSpan;

use super::uploads::jpeg;
use super::{Reply, TOKEN_API, Upstream, credentials, no_tags, settings};
use crate::wechat::{Client, Error, MediaKind};

const TOKEN: &str = "57_the-access-token";
const SECRET: &str = "the-secret-of-this-app";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything of an error that could be shown.
fn everything(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {}", error.advice());
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(" {cause} {cause:?}");
        source = cause.source();
    }
    text
}

/// An upstream at its worst: it puts the token and the secret into whatever it answers.
async fn indiscreet(answer: fn() -> Reply) -> Upstream {
    Upstream::start(move |request| match request.path.as_str() {
        TOKEN_API => Reply::token(TOKEN),
        _ => answer(),
    })
    .await
}

#[tokio::test]
async fn neither_errors_nor_the_log_show_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _subscriber = tracing::subscriber::set_default(subscriber);

    let answers: [fn() -> Reply; 7] = [
        || Reply::refusal(40003, &format!("invalid openid hint: access_token={TOKEN}")),
        || Reply::refusal(42001, &format!("access_token expired {TOKEN}")),
        || Reply::text(format!("{{\"tags\":\"{TOKEN}\"}}")),
        || Reply::text(format!("{{\"errcode\":\"{TOKEN}\"}}")),
        || Reply::status(502),
        Reply::breaking_off,
        || no_tags().after(Duration::from_secs(5)),
    ];
    let mut shown = String::new();
    for answer in answers {
        let upstream = indiscreet(answer).await;
        let client = upstream.client();
        shown += &everything(&client.tags(&credentials()).await.unwrap_err());
        let uploaded = client.upload_media(&credentials(), MediaKind::Image, &jpeg(10)).await;
        shown += &everything(&uploaded.unwrap_err());
        shown += &format!("{client:?} {client:#?}");
    }

    let upstream = Upstream::start(|_| Reply::refusal(40125, &format!("invalid appsecret {SECRET}"))).await;
    shown += &everything(&upstream.client().verify(&credentials()).await.unwrap_err());
    let upstream = Upstream::start(|_| Reply::text(format!("{{\"access_token\":[\"{TOKEN}\"]}}"))).await;
    shown += &everything(&upstream.client().verify(&credentials()).await.unwrap_err());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    shown += &everything(&Client::new(settings(closed)).unwrap().verify(&credentials()).await.unwrap_err());
    shown += &format!("{:?}", credentials());

    for text in [&shown, &log.text()] {
        assert!(!text.contains(TOKEN), "{text}");
        assert!(!text.contains(SECRET), "{text}");
        assert!(!text.contains("?access_token="), "{text}");
    }
    assert!(shown.contains("hint: access_token=***"), "{shown}");
    let log = log.text();
    for expected in [
        "wechat_call",
        "api=\"/cgi-bin/tags/get\"",
        "api=\"/cgi-bin/media/upload\"",
        "app_id=\"wx0123456789abcdef\"",
        "attempt=3",
        "outcome=\"40003\"",
    ] {
        assert!(log.contains(expected), "{expected} is missing in {log}");
    }
}

#[tokio::test]
async fn attempts_and_token_requests_are_counted_by_outcome() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _recorder = metrics::set_default_local_recorder(&recorder);

    crate::wechat::describe_metrics();
    let upstream = Upstream::with_replies([
        Reply::refusal(-1, "system error"),
        Reply::status(502),
        no_tags(),
        no_tags().after(Duration::from_secs(5)),
    ])
    .await;
    let client = upstream.client();
    client.tags(&credentials()).await.unwrap();
    client.create_tag(&credentials(), "广东").await.unwrap_err();

    let text = metrics.render();
    for expected in [
        "odaesan_wechat_calls_total{api=\"/cgi-bin/tags/get\",outcome=\"-1\"} 1",
        "odaesan_wechat_calls_total{api=\"/cgi-bin/tags/get\",outcome=\"http_502\"} 1",
        "odaesan_wechat_calls_total{api=\"/cgi-bin/tags/get\",outcome=\"ok\"} 1",
        "odaesan_wechat_calls_total{api=\"/cgi-bin/tags/create\",outcome=\"timeout\"} 1",
        "odaesan_wechat_calls_total{api=\"/cgi-bin/stable_token\",outcome=\"ok\"} 1",
        "odaesan_wechat_token_refreshes_total{mode=\"normal\",outcome=\"ok\"} 1",
        "odaesan_wechat_call_seconds_count{api=\"/cgi-bin/tags/get\"} 3",
        "# HELP odaesan_wechat_calls_total ",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
}
