//! How a call is made, read, classified and repeated.

use std::time::{Duration, Instant};

use reqwest::{Method, Url};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Reply, TAGS_API, TOKEN_API, Upstream, credentials, no_tags, settings};
use crate::wechat::{BuildError, Class, Client, Error, Retry, Settings};

/// A listener for a server that misbehaves below HTTP.
async fn listen() -> (TcpListener, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    (listener, base_url)
}

/// Reads to the end of the JSON body.
async fn receive_token_request(connection: &mut TcpStream) {
    let mut received = Vec::new();
    while !received.ends_with(b"}") {
        assert_ne!(connection.read_buf(&mut received).await.unwrap(), 0, "the client closed the connection");
    }
}

#[tokio::test]
async fn a_call_carries_the_token_in_the_query_and_names_the_program() {
    let upstream = Upstream::with_replies([no_tags()]).await;
    upstream.client().tags(&credentials()).await.unwrap();

    let [token, call] = upstream.requests().try_into().unwrap();
    assert_eq!((token.method, token.path.as_str(), token.query.len()), (Method::POST, TOKEN_API, 0));
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&token.body).unwrap(),
        json!({"grant_type": "client_credential", "appid": "wx0123456789abcdef", "secret": "the-secret-of-this-app", "force_refresh": false})
    );
    assert_eq!((call.method.clone(), call.path.as_str()), (Method::GET, TAGS_API));
    assert_eq!(call.query("access_token"), Some("TOKEN"));
    assert_eq!(call.header("user-agent"), Some(concat!("odaesan/", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn the_path_of_the_base_url_is_kept() {
    let upstream = Upstream::start(|request| match request.path.as_str() {
        "/gateway/cgi-bin/stable_token" => Reply::token("TOKEN"),
        "/gateway/cgi-bin/tags/get" => no_tags(),
        path => panic!("unexpected {path}"),
    })
    .await;
    let client = Client::new(settings(upstream.base_url.join("/gateway/").unwrap())).unwrap();
    client.tags(&credentials()).await.unwrap();
}

#[tokio::test]
async fn an_errcode_of_0_is_success_whatever_its_type() {
    for errcode in [json!(0), json!("0")] {
        let upstream = Upstream::with_replies([Reply::json(json!({"errcode": errcode, "errmsg": "ok"}))]).await;
        upstream.client().delete_tag(&credentials(), 134).await.unwrap();
    }
}

#[tokio::test]
async fn a_read_is_repeated_when_wechat_is_busy() {
    let upstream = Upstream::with_replies([Reply::refusal(-1, "system error"), Reply::status(502), no_tags()]).await;
    upstream.client().tags(&credentials()).await.unwrap();
    assert_eq!(upstream.calls().len(), 3);
}

#[tokio::test]
async fn the_last_failure_is_returned_when_the_attempts_are_used_up() {
    let upstream = Upstream::with_token(|_| Reply::status(503)).await;
    let error = upstream.client().tags(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::Status { api: TAGS_API, status: 503 }), "{error:?}");
    assert_eq!(error.class(), Class::Retry);
    assert_eq!(upstream.calls().len(), 3);
}

#[tokio::test]
async fn a_pause_that_would_exceed_the_total_time_is_not_begun() {
    let upstream = Upstream::with_token(|_| Reply::refusal(-1, "system error")).await;
    let mut settings = settings(upstream.base_url.clone());
    settings.retry = Retry { total: Duration::ZERO, first_pause: Duration::from_secs(60), ..settings.retry };
    settings.retry.longest_pause = Duration::from_secs(60);
    let started = Instant::now();
    Client::new(settings).unwrap().tags(&credentials()).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(upstream.calls().len(), 1);
}

#[tokio::test]
async fn the_minute_quota_is_left_to_whoever_can_wait() {
    let upstream = Upstream::with_replies([Reply::refusal(45011, "api minute-quota reach limit")]).await;
    let error = upstream.client().tags(&credentials()).await.unwrap_err();
    assert_eq!((error.class(), error.retry_after()), (Class::Retry, Some(Duration::from_secs(60))));
}

#[tokio::test]
async fn a_permanent_refusal_is_not_repeated() {
    let upstream = Upstream::with_replies([Reply::refusal(48001, "api unauthorized")]).await;
    let error = upstream.client().tags(&credentials()).await.unwrap_err();
    assert_eq!(error.class(), Class::Operator);
    assert_eq!(error.refusal(), Some((48001, "api unauthorized rid: 6a0c1f22-1b2c3d4e-0f1e2d3c")));
}

#[tokio::test]
async fn a_write_that_is_not_idempotent_is_not_repeated_after_an_unclear_outcome() {
    let slow = || no_tags().after(Duration::from_secs(5));
    for reply in [Reply::refusal(-1, "system error"), Reply::status(500), Reply::text("<html>"), slow()] {
        let upstream = Upstream::with_replies([reply]).await;
        let error = upstream.client().create_tag(&credentials(), "广东").await.unwrap_err();
        assert_eq!(error.class(), Class::Retry, "{error:?}");
        assert!(error.may_have_been_processed(), "{error:?}");
        assert_eq!(upstream.calls().len(), 1);
    }
}

#[tokio::test]
async fn a_write_that_certainly_was_not_processed_is_repeated() {
    let created = Reply::json(json!({"tag": {"id": 134, "name": "广东"}}));
    let upstream = Upstream::with_replies([Reply::refusal(45169, "openid much req"), created]).await;
    assert_eq!(upstream.client().create_tag(&credentials(), "广东").await.unwrap().id, 134);
    assert_eq!(upstream.calls().len(), 2);
}

#[tokio::test]
async fn what_is_not_a_json_object_is_unreadable_and_not_quoted() {
    for body in ["", "<html>confidential</html>", "[]", "{\"confidential\":", "null", "{\"errcode\":\"confidential\"}"]
    {
        let upstream = Upstream::with_token(move |_| Reply::text(body)).await;
        let error = upstream.client().delete_tag(&credentials(), 134).await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{body}: {error:?}");
        assert!(!format!("{error:?} {error} {}", error.advice()).contains("confidential"));
    }
}

#[tokio::test]
async fn an_answer_without_its_data_is_unreadable() {
    let upstream = Upstream::with_token(|_| Reply::json(json!({"errcode": 0, "errmsg": "ok"}))).await;
    let error = upstream.client().tags(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable { api: TAGS_API, .. }), "{error:?}");
}

#[tokio::test]
async fn a_silent_server_times_out_by_the_read_timeout() {
    let upstream = Upstream::with_token(|_| no_tags().after(Duration::from_secs(10))).await;
    let settings = Settings { attempt_timeout: Duration::from_secs(60), ..settings(upstream.base_url.clone()) };
    let started = Instant::now();
    let error = Client::new(settings).unwrap().rename_tag(&credentials(), 134, "广东人").await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    assert!(error.may_have_been_processed());
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_told_apart_and_a_read_is_repeated() {
    let upstream = Upstream::with_replies([Reply::breaking_off(), no_tags()]).await;
    upstream.client().tags(&credentials()).await.unwrap();

    let upstream = Upstream::with_replies([Reply::breaking_off()]).await;
    let error = upstream.client().create_tag(&credentials(), "广东").await.unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error:?}");
    assert!(error.may_have_been_processed());
}

#[tokio::test]
async fn a_connection_that_is_dropped_without_an_answer_is_interrupted() {
    let (listener, base_url) = listen().await;
    let server = tokio::spawn(async move {
        for served in 1.. {
            let (mut connection, _) = listener.accept().await.unwrap();
            receive_token_request(&mut connection).await;
            if served == 3 {
                return served;
            }
        }
        unreachable!()
    });
    let error = Client::new(settings(base_url)).unwrap().verify(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::Interrupted { api: TOKEN_API, .. }), "{error:?}");
    assert_eq!(server.await.unwrap(), 3, "asking for a token is repeated");
}

#[tokio::test]
async fn a_refused_connection_certainly_did_nothing() {
    let (listener, base_url) = listen().await;
    drop(listener);
    let error = Client::new(settings(base_url)).unwrap().verify(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!((error.class(), error.may_have_been_processed()), (Class::Retry, false));
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_announced_or_not() {
    let (listener, base_url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        receive_token_request(&mut connection).await;
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 65537\r\n\r\n").await.unwrap();
        // The client must not wait for what was announced.
        assert_eq!(connection.read(&mut [0; 16]).await.unwrap(), 0);
    });
    let error = Client::new(settings(base_url)).unwrap().verify(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 65536, .. }), "{error:?}");
    assert_eq!(error.class(), Class::Permanent);
    server.await.unwrap();

    // Without Content-Length: the connection ends the body.
    let (listener, base_url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        receive_token_request(&mut connection).await;
        connection.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"padding\":\"").await.unwrap();
        while connection.write_all(&[b'x'; 8192]).await.is_ok() {}
    });
    let error = Client::new(settings(base_url)).unwrap().verify(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 65536, .. }), "{error:?}");
    server.await.unwrap();
}

#[tokio::test]
async fn an_answer_that_comes_drop_by_drop_ends_with_the_attempt() {
    let (listener, base_url) = listen().await;
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        receive_token_request(&mut connection).await;
        connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n{").await.unwrap();
        while connection.write_all(b" ").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let settings = Settings { retry: Retry { attempts: 1, ..Retry::default() }, ..settings(base_url) };
    let client = Client::new(settings).unwrap();
    let result = tokio::time::timeout(Duration::from_secs(10), client.verify(&credentials())).await;
    let error = result.expect("the attempt ends").unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
    server.await.unwrap();
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let upstream = Upstream::with_token(|request| match request.path.as_str() {
        TAGS_API => Reply::redirect("/elsewhere"),
        _ => no_tags(),
    })
    .await;
    let error = upstream.client().tags(&credentials()).await.unwrap_err();
    assert!(matches!(error, Error::Status { status: 302, .. }), "{error:?}");
}

#[test]
fn a_base_url_must_be_one_that_paths_can_be_appended_to() {
    for (url, reason) in [
        ("ftp://api.weixin.qq.com", "must start with http:// or https://"),
        ("mailto:someone@example.com", "must start with http:// or https://"),
        ("https://user:password@api.weixin.qq.com", "must not contain a user name or password"),
        ("https://api.weixin.qq.com/?a=b", "must not contain a query or fragment"),
    ] {
        let result = Client::new(Settings::new(Url::parse(url).unwrap()));
        assert!(matches!(result, Err(BuildError::BaseUrl(actual)) if actual == reason), "{url}");
    }
    Client::new(Settings::new(Url::parse("https://api.weixin.qq.com").unwrap())).unwrap();
}

#[test]
fn the_pause_grows_to_its_bound_and_is_spread_out() {
    let retry = Retry {
        attempts: 100,
        first_pause: Duration::from_millis(100),
        longest_pause: Duration::from_secs(1),
        total: Duration::from_secs(60),
    };
    let busy = Error::Status { api: TAGS_API, status: 500 };
    let longest = |attempt| {
        (0..200)
            .map(|_| retry.pause(&busy, crate::wechat::call::Repeat::Always, attempt, Duration::ZERO).unwrap())
            .max()
            .unwrap()
    };
    for (attempt, bound_ms) in [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1000), (50, 1000)] {
        let longest = longest(attempt);
        assert!(longest <= Duration::from_millis(bound_ms), "{attempt}: {longest:?}");
        assert!(longest >= Duration::from_millis(bound_ms / 2), "{attempt}: {longest:?}");
    }
    assert!(retry.pause(&busy, crate::wechat::call::Repeat::Always, 100, Duration::ZERO).is_none());
}
