//! Deliveries to a webhook as WeChat makes them: signed, encrypted if so set, answered within 5 seconds.
//!
//! Signatures carry the machine's time and not the simulator's clock: moving that clock ages tokens, it must not make
//! the service under test refuse deliveries as stale.
//! Source: WeChat "Access guide" (接入指南) and "Message encryption and decryption".

use std::{
    io,
    time::{Duration, Instant},
};

use chrono::Utc;
use reqwest::Url;
use serde_json::{Value, json};

use crate::{
    crypto::signature,
    message::Message,
    reply::{Conversation, Judgement},
    webhook::{Mode, Webhook},
    xml,
};

/// How long WeChat waits for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 1 << 20;

/// What came back from a webhook.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// `None` when no answer came.
    pub(crate) status: Option<u16>,
    pub(crate) body: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) elapsed: Duration,
}

/// A delivery, all tries included.
#[derive(Debug)]
pub(crate) struct Delivery {
    pub(crate) exchange: Exchange,
    pub(crate) judgement: Judgement,
    pub(crate) attempts: u32,
}

/// How a delivery is made.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    /// Unix seconds of the signature.
    pub(crate) timestamp: String,
    pub(crate) nonce: String,
    /// How often it is tried while no answer comes; WeChat tries three times.
    pub(crate) attempts: u32,
}

impl Default for Manner {
    fn default() -> Self {
        Self { timestamp: Utc::now().timestamp().to_string(), nonce: random_digits(), attempts: 1 }
    }
}

/// The client that makes deliveries: no proxy, no redirects, WeChat's patience.
pub(crate) fn http_client() -> io::Result<reqwest::Client> {
    // reqwest wants a TLS provider at hand, also for plain http. An error means that the program has chosen one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(io::Error::other)
}

/// The check that WeChat makes when the owner saves the address. `Ok` when the webhook gave the `echostr` back.
pub(crate) async fn check_address(http: &reqwest::Client, webhook: &Webhook) -> (bool, Exchange) {
    let Manner { timestamp, nonce, .. } = Manner::default();
    let echo = random_digits();
    let mut url = webhook.url.clone();
    url.query_pairs_mut()
        .append_pair("signature", &signature(&[&webhook.token, &timestamp, &nonce]))
        .append_pair("echostr", &echo)
        .append_pair("timestamp", &timestamp)
        .append_pair("nonce", &nonce);
    let mut exchange = send(http.get(url)).await;
    let verified = exchange.status == Some(200) && exchange.body.as_deref() == Some(&echo);
    if !verified && exchange.reason.is_none() {
        exchange.reason = Some("the answer is not the bare echostr with HTTP 200".to_owned());
    }
    (verified, exchange)
}

/// Delivers a message and judges the answer.
pub(crate) async fn deliver(
    http: &reqwest::Client,
    conversation: Conversation<'_>,
    message: &Message,
    manner: &Manner,
) -> Delivery {
    let (url, body) = prepare(conversation, message, manner);
    let mut attempts = 0;
    let exchange = loop {
        attempts += 1;
        let request = http.post(url.clone()).header("Content-Type", "text/xml").body(body.clone());
        let exchange = send(request).await;
        if exchange.status.is_some() || attempts >= manner.attempts {
            break exchange;
        }
    };
    let judgement = match (exchange.status, &exchange.body) {
        (Some(200), Some(body)) => conversation.judge(body),
        (Some(status), _) => Judgement::fault(format!("the answer has HTTP status {status}")),
        (None, _) => Judgement::fault(exchange.reason.clone().unwrap_or_default()),
    };
    Delivery { exchange, judgement, attempts }
}

/// Address and body of a delivery.
fn prepare(conversation: Conversation<'_>, message: &Message, manner: &Manner) -> (Url, String) {
    let Conversation { webhook, app_id, original_id, openid, .. } = conversation;
    let (timestamp, nonce) = (manner.timestamp.as_str(), manner.nonce.as_str());
    let mut url = webhook.url.clone();
    url.query_pairs_mut()
        .append_pair("signature", &signature(&[&webhook.token, timestamp, nonce]))
        .append_pair("timestamp", timestamp)
        .append_pair("nonce", nonce)
        .append_pair("openid", openid);
    let clear = message.to_xml(original_id, openid);
    let Some(key) = webhook.mode.key() else { return (url, xml::raw("xml", &clear)) };
    let encrypted = key.encrypt(random_letters(), &xml::raw("xml", &clear), app_id);
    url.query_pairs_mut()
        .append_pair("encrypt_type", "aes")
        .append_pair("msg_signature", &signature(&[&webhook.token, timestamp, nonce, &encrypted]));
    let visible = match webhook.mode {
        Mode::Safe(_) => xml::text("ToUserName", original_id),
        Mode::Plain | Mode::Compatible(_) => clear,
    };
    (url, xml::raw("xml", &(visible + &xml::text("Encrypt", &encrypted))))
}

async fn send(request: reqwest::RequestBuilder) -> Exchange {
    let started = Instant::now();
    let answer = async {
        let mut response = request.send().await?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk[..chunk.len().min(MAX_ANSWER - body.len())]);
        }
        Ok::<_, reqwest::Error>((response.status().as_u16(), String::from_utf8_lossy(&body).into_owned()))
    };
    let (status, body, reason) = match answer.await {
        Ok((status, body)) => (Some(status), Some(body), None),
        Err(error) => (None, None, Some(why(&error))),
    };
    Exchange { status, body, reason, elapsed: started.elapsed() }
}

/// The whole chain of causes, without the URL, which carries a signature.
fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer within 5 seconds".to_owned();
    }
    let mut reason = if error.is_connect() { "cannot connect" } else { "the connection broke" }.to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        reason = format!("{reason}: {error}");
        cause = error.source();
    }
    reason
}

impl Exchange {
    /// No delivery was tried.
    pub(crate) fn none(reason: &str) -> Self {
        Self { status: None, body: None, reason: Some(reason.to_owned()), elapsed: Duration::ZERO }
    }

    /// As the control API spells it.
    pub(crate) fn to_json(&self) -> Value {
        let ms = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX);
        json!({"status": self.status, "body": self.body, "ms": ms, "reason": self.reason})
    }
}

fn random_digits() -> String {
    rand::random_range(100_000_000..=u64::from(u32::MAX)).to_string()
}

/// WeChat puts 16 letters and digits before the message.
fn random_letters() -> [u8; 16] {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::array::from_fn(|_| LETTERS[rand::random_range(0..LETTERS.len())])
}
