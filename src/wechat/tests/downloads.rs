//! Downloads: bytes or an address, names, limits, and addresses that are not for this service.

use std::io::Read as _;

use serde_json::json;

use super::{Reply, Upstream, credentials, settings};
use crate::wechat::{Class, Client, Error, MAX_MEDIA_BYTES};

const API: &str = "/cgi-bin/media/get";

fn file(content: impl Into<Vec<u8>>) -> Reply {
    Reply { content_type: "image/jpeg", ..Reply::text(content) }
}

#[tokio::test]
async fn a_file_comes_with_its_name_quoted_or_not() {
    for (disposition, name) in [
        ("attachment; filename=\"M1.jpg\"", Some("M1.jpg")),
        ("attachment; filename=M1.jpg", Some("M1.jpg")),
        ("attachment", None),
        ("", None),
    ] {
        let upstream = Upstream::with_replies([Reply { disposition, ..file("\u{ff}{picture") }]).await;
        let mut media = upstream.client().download_media(&credentials(), "M/1 &").await.unwrap();
        let mut content = Vec::new();
        media.content.read_to_end(&mut content).unwrap();
        assert_eq!((content.as_slice(), media.size), ("\u{ff}{picture".as_bytes(), content.len() as u64));
        assert_eq!(media.file_name.as_deref(), name, "{disposition}");
        let [call] = upstream.calls().try_into().unwrap();
        assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", API));
        assert_eq!((call.query("access_token"), call.query("media_id")), (Some("TOKEN"), Some("M/1 &")));
    }
}

#[tokio::test]
async fn a_recording_may_begin_with_a_brace() {
    let upstream = Upstream::with_replies([Reply { content_type: "audio/x-speex", ..Reply::text("{\"no json") }]).await;
    assert_eq!(upstream.client().download_media(&credentials(), "M").await.unwrap().size, 9);
}

#[tokio::test]
async fn a_video_is_fetched_from_its_address_without_the_token() {
    let upstream = Upstream::start(|request| match request.path.as_str() {
        super::TOKEN_API => Reply::token("TOKEN"),
        API => Reply::json(json!({"video_url": format!("http://{}/film?a=1", request.header("host").unwrap())})),
        _ => Reply { content_type: "video/mp4", ..Reply::text("film") },
    })
    .await;
    let media = upstream.client().download_media(&credentials(), "M").await.unwrap();
    assert_eq!(media.size, 4);
    let [_, film] = upstream.calls().try_into().unwrap();
    assert_eq!((film.path.as_str(), film.query("a"), film.query("access_token")), ("/film", Some("1"), None));
}

#[tokio::test]
async fn an_address_that_redirects_or_is_none_is_not_followed() {
    for (link, words) in [
        ("REDIRECT", "302"),
        ("file:///etc/passwd", "fetched"),
        ("ftp://127.0.0.1/film", "fetched"),
        ("http://user:secret@127.0.0.1/film", "fetched"),
        ("film", "fetched"),
    ] {
        let upstream = Upstream::start(move |request| match request.path.as_str() {
            super::TOKEN_API => Reply::token("TOKEN"),
            API if link == "REDIRECT" => {
                Reply::json(json!({"video_url": format!("http://{}/film", request.header("host").unwrap())}))
            }
            API => Reply::json(json!({"video_url": link})),
            _ => Reply::redirect("http://127.0.0.1:1/secret"),
        })
        .await;
        let error = upstream.client().download_media(&credentials(), "M").await.unwrap_err();
        assert!(error.to_string().contains(words), "{link} {error}");
    }
}

#[tokio::test]
async fn refusals_are_read_and_a_stale_token_is_replaced() {
    let upstream = Upstream::with_replies([Reply::refusal(40007, "invalid media_id")]).await;
    let error = upstream.client().download_media(&credentials(), "M").await.unwrap_err();
    assert!(error.is_unknown_media() && error.class() == Class::Permanent, "{error:?}");

    let mut tokens = ["STALE", "FRESH"].into_iter();
    let upstream = Upstream::start(move |request| match request.path.as_str() {
        super::TOKEN_API => Reply::token(tokens.next().unwrap()),
        _ if request.query("access_token") == Some("STALE") => Reply::refusal(42001, "expired"),
        _ => file("picture"),
    })
    .await;
    assert_eq!(upstream.client().download_media(&credentials(), "M").await.unwrap().size, 7);
}

#[tokio::test]
async fn what_is_no_file_is_asked_for_again_and_then_unreadable() {
    for reply in [
        || file(""),
        || Reply::text("<html>Bad Gateway</html>"),
        || Reply::json(json!({"errcode": 0, "errmsg": "ok"})),
        || Reply::json(json!({"video_url": ""})),
    ] {
        let upstream = Upstream::with_replies([reply(), reply(), reply()]).await;
        let error = upstream.client().download_media(&credentials(), "M").await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        assert_eq!(upstream.calls().len(), 3);
    }
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused() {
    let upstream = Upstream::with_replies([file(vec![0; MAX_MEDIA_BYTES + 1])]).await;
    let error = upstream.client().download_media(&credentials(), "M").await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: MAX_MEDIA_BYTES, .. }), "{error:?}");
    // The bound of other answers is no bound here.
    let size = 1 << 20;
    let upstream = Upstream::with_replies([file(vec![0; size])]).await;
    assert!(settings(upstream.base_url.clone()).max_answer_bytes < size);
    let client = Client::new(settings(upstream.base_url.clone())).unwrap();
    assert_eq!(client.download_media(&credentials(), "M").await.unwrap().size, size as u64);
}
