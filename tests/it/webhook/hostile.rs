//! What does not come from WeChat, or not in one piece: a constant answer, no row, and a service that goes on.

use std::time::Duration;

use chrono::Utc;
use odaesan::webhook::crypto::{self, EncodingAesKey};
use reqwest::{Response, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::signed::{Signer, pushed, sign};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::webhook::ENCODING_AES_KEY;

on_every_database!(nothing_of_it_is_stored, a_time_that_cannot_be_is_that_of_its_arrival);

const OPENID: &str = "oAttacker0000000000000000001";

/// A text with this in it.
fn text(inner: &str) -> String {
    pushed(OPENID, &format!("<MsgType>text</MsgType>{inner}<MsgId>7</MsgId>"))
}

struct Attack<'a> {
    app: &'a TestApp,
    signer: Signer,
}

impl Attack<'_> {
    fn query(&self, at: i64) -> String {
        self.signer.query(at)
    }

    async fn post(&self, query: &str, body: impl Into<reqwest::Body>) -> Response {
        let request = self.app.http.post(format!("{}?{query}", self.signer.url)).header("content-type", "text/xml");
        request.body(body).send().await.unwrap()
    }

    /// An encrypted delivery, signed over what is sent.
    async fn post_encrypted(&self, encrypt: &str) -> Response {
        let (timestamp, nonce) = (Utc::now().timestamp().to_string(), "n0nce");
        let msg_signature = sign(&[&self.signer.token, &timestamp, nonce, encrypt]);
        let plain = self.query(0);
        let query = format!("{plain}&encrypt_type=aes&msg_signature={msg_signature}");
        self.post(&query, format!("<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>")).await
    }

    /// Asserts that this is a refusal of a few constant words, which are no JSON.
    async fn refused(&self, response: Response, status: StatusCode, words: &str) {
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(response.text().await.unwrap(), words);
    }

    async fn forged(&self, query: &str) {
        let response = self.post(query, text("<Content>x</Content>")).await;
        self.refused(response, StatusCode::FORBIDDEN, "invalid signature").await;
    }

    async fn unreadable(&self, body: impl Into<reqwest::Body>) {
        let response = self.post(&self.query(0), body).await;
        self.refused(response, StatusCode::BAD_REQUEST, "unreadable delivery").await;
    }

    /// Writes these bytes to a new connection and reads what comes back until it is closed or silent.
    async fn raw(&self, bytes: &[u8]) -> String {
        let address = self.app.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = vec![0; 4096];
        // The service waits for the rest of a body until the answer is due.
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut answer)).await.unwrap().unwrap();
        String::from_utf8_lossy(&answer[..read]).into_owned()
    }

    fn head(&self, query: &str, length: &str) -> String {
        let path = self.signer.url.trim_start_matches(&self.app.url);
        let host = self.app.url.trim_start_matches("http://");
        format!("POST {path}?{query} HTTP/1.1\r\nhost: {host}\r\n{length}\r\n\r\n")
    }
}

async fn nothing_of_it_is_stored(app: TestApp) {
    let account = app.bind(1).await;
    app.connect_webhook(&account, "plain").await;
    let attack = Attack { app: &app, signer: Signer::of(&app, &account).await };
    signatures(&attack).await;
    bodies(&attack).await;
    lengths(&attack).await;
    app.connect_webhook(&account, "safe").await;
    ciphers(&attack).await;
    assert!(app.stored_pushes().await.is_empty());

    // It was not deaf: the same delivery, in order, is stored. Sent again it is no second one.
    app.connect_webhook(&account, "plain").await;
    let (query, body) = (attack.query(0), text("<Content>x</Content>"));
    for _ in 0..3 {
        let response = attack.post(&query, body.clone()).await;
        assert_eq!((response.status(), response.text().await.unwrap().as_str()), (StatusCode::OK, "success"));
    }
    // Old enough to be refused, but for the window.
    let response = attack.post(&attack.query(-290), text("<Content>x</Content>").replace('7', "8")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(app.stored_pushes().await.len(), 2);
}

async fn a_time_that_cannot_be_is_that_of_its_arrival(app: TestApp) {
    let account = app.bind(1).await;
    app.connect_webhook(&account, "plain").await;
    let attack = Attack { app: &app, signer: Signer::of(&app, &account).await };
    let now = Utc::now().timestamp();
    let (month, year) = (2_592_000, 31_536_000);
    let times = [253_402_300_800, 8_210_266_876_799, -99_999_999_999, 0, now + month, now - year];
    for (number, time) in times.iter().enumerate() {
        let body = text("<Content>x</Content>").replace(">7<", &format!(">{}<", number + 100));
        let body = body.replace(&format!("<CreateTime>{}", body_time(&body)), &format!("<CreateTime>{time}"));
        let response = attack.post(&attack.query(0), body).await;
        assert_eq!(response.status(), StatusCode::OK, "{time}");
    }
    let list = app.get(&format!("/{account}/msg")).await;
    let shown = list["data"]["message"].as_array().unwrap_or_else(|| panic!("{list}"));
    assert_eq!(shown.len(), times.len());
    for message in shown {
        assert!((message["create_time"].as_i64().unwrap() / 1000 - now).abs() < 60, "{message}");
    }
}

/// The time in a body, as it stands there.
fn body_time(body: &str) -> &str {
    body.split("<CreateTime>").nth(1).unwrap().split('<').next().unwrap()
}

async fn signatures(attack: &Attack<'_>) {
    for at in [-301, -86_400, 301, 86_400] {
        attack.forged(&attack.query(at)).await;
    }
    let good = attack.query(0);
    let flipped =
        if good.contains("signature=0") { ("signature=0", "signature=1") } else { ("signature=", "signature=0") };
    for query in [
        "",
        "signature=&timestamp=&nonce=",
        "signature=a&signature=b&timestamp=1&nonce=2",
        "timestamp=99999999999999999999&signature=x&nonce=y",
        &good.replacen(flipped.0, flipped.1, 1),
        &good.replace("nonce=n0nce", "nonce=n0nc"),
        &format!("{good}&encrypt_type=aes&msg_signature=0000000000000000000000000000000000000000"),
    ] {
        if query.contains("encrypt_type") {
            // Without an Encrypt element there is nothing that a signature could cover.
            attack.refused(attack.post(query, text("")).await, StatusCode::BAD_REQUEST, "unreadable delivery").await;
        } else {
            attack.forged(query).await;
        }
    }
    let elsewhere = attack.signer.url.replace("/wx/", "/wx/no");
    let response = attack.app.http.post(format!("{elsewhere}?{good}")).body(text("")).send().await.unwrap();
    attack.refused(response, StatusCode::NOT_FOUND, "unknown account").await;
    // The address check repeats only what was signed for.
    let response = attack.app.http.get(format!("{}?{good}&echostr=<b>1</b>", attack.signer.url)).send().await.unwrap();
    attack.refused(response, StatusCode::OK, "<b>1</b>").await;
    let forged = format!("{}?echostr=1&{}", attack.signer.url, good.replace("n0nce", "other"));
    let response = attack.app.http.get(forged).send().await.unwrap();
    attack.refused(response, StatusCode::FORBIDDEN, "invalid signature").await;
}

async fn bodies(attack: &Attack<'_>) {
    let bomb = "<!DOCTYPE xml [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    let external = "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    let valid = text("<Content>x</Content>");
    for body in [
        String::new(),
        "{}".to_owned(),
        "success".to_owned(),
        valid[..valid.len() - 10].to_owned(),
        format!("{bomb}{}", text("<Content>&b;</Content>")),
        format!("{external}{}", text("<Content>&x;</Content>")),
        text("<Content>&nbsp;</Content>"),
        text(&format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000))),
        text(&"<a/>".repeat(20_000)),
        text("").replace("<MsgType>text</MsgType>", ""),
        text("").replace(OPENID, &"o".repeat(200)),
        text("").replace("<CreateTime>", "<CreateTime>x"),
    ] {
        attack.unreadable(body).await;
    }
    attack.unreadable([valid.as_bytes(), b"\xff\xfe"].concat()).await;
    attack.unreadable(valid.replace('x', "\u{1}").replace('\u{1}', "\u{0}x").into_bytes().split_off(1)).await;
    let response = attack.post(&attack.query(0), text(&format!("<Content>{}</Content>", "x".repeat(10 << 20)))).await;
    attack.refused(response, StatusCode::PAYLOAD_TOO_LARGE, "too large").await;
}

async fn lengths(attack: &Attack<'_>) {
    let body = text("<Content>x</Content>");
    let (short, long) = (body.len() - 20, body.len() + 1_000);
    let request = attack.head(&attack.query(0), &format!("content-length: {short}\r\nconnection: close")) + &body;
    assert!(attack.raw(request.as_bytes()).await.starts_with("HTTP/1.1 400"), "cut off before its end");
    let request = attack.head(&attack.query(0), &format!("content-length: {long}")) + &body;
    assert!(attack.raw(request.as_bytes()).await.starts_with("HTTP/1.1 408"), "the rest never came");
    for length in
        ["content-length: -1", "content-length: 10\r\ncontent-length: 11", "content-length: 99999999999999999999"]
    {
        let request = attack.head(&attack.query(0), length) + &body;
        assert!(attack.raw(request.as_bytes()).await.starts_with("HTTP/1.1 400"), "{length}");
    }
}

async fn ciphers(attack: &Attack<'_>) {
    let key = EncodingAesKey::parse(ENCODING_AES_KEY).unwrap();
    let inner = text("<Content>x</Content>");
    let good = crypto::encrypt(&key, [7; 16], inner.as_bytes(), APP_ID);
    let other_key = EncodingAesKey::parse(&"a".repeat(43)).unwrap();
    let mut last_block = good.clone().into_bytes();
    let at = last_block.len() - 10;
    last_block[at] = if last_block[at] == b'A' { b'B' } else { b'A' };
    for encrypt in [
        String::new(),
        "!".to_owned(),
        good[..good.len() - 4].to_owned(),
        crypto::encrypt(&key, [7; 16], inner.as_bytes(), "wxffffffffffffffff"),
        crypto::encrypt(&key, [7; 16], inner.as_bytes(), ""),
        crypto::encrypt(&other_key, [7; 16], inner.as_bytes(), APP_ID),
        // Wrong padding.
        String::from_utf8(last_block).unwrap(),
    ] {
        let response = attack.post_encrypted(&encrypt).await;
        if encrypt.is_empty() {
            attack.refused(response, StatusCode::BAD_REQUEST, "unreadable delivery").await;
        } else {
            attack.refused(response, StatusCode::FORBIDDEN, "invalid signature").await;
        }
    }
    // What is wrong inside is wrong.
    let bomb = crypto::encrypt(&key, [7; 16], b"<!DOCTYPE xml><xml/>", APP_ID);
    attack.refused(attack.post_encrypted(&bomb).await, StatusCode::BAD_REQUEST, "unreadable delivery").await;
    // The signature of another body, and none at all.
    let (timestamp, nonce) = (Utc::now().timestamp().to_string(), "n0nce");
    let signature = sign(&[&attack.signer.token, &timestamp, nonce, "another"]);
    let query = format!("{}&encrypt_type=aes&msg_signature={signature}", attack.query(0));
    let response = attack.post(&query, format!("<xml><Encrypt>{good}</Encrypt></xml>")).await;
    attack.refused(response, StatusCode::FORBIDDEN, "invalid signature").await;
    // In safe mode nothing is taken in clear, however well it is signed.
    attack.forged(&attack.query(0)).await;
}
