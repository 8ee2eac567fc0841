//! A webhook that records what is delivered and answers as told, with its own few lines of WeChat's cryptography:
//! the simulator's would agree with itself.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use aes::Aes256;
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use sha1::{Digest, Sha1};
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "AAAAA";
/// `EncodingAESKey` of WeChat's own sample: 32 zero bytes.
pub(crate) const AES_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What one delivery looked like.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    pub(crate) query: HashMap<String, String>,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

/// How the webhook answers deliveries.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

/// A running webhook.
pub(crate) struct Receiver {
    pub(crate) url: String,
    state: Arc<Mutex<(Vec<Delivered>, Answer)>>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let answer = Answer { status: 200, body: "success".to_owned(), delay: Duration::ZERO };
        let state = Arc::new(Mutex::new((Vec::new(), answer)));
        let router = Router::new().route("/wx", get(echo).post(deliver)).with_state(Arc::clone(&state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/wx", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, state }
    }

    /// From now on it answers this, with HTTP 200 and at once.
    pub(crate) fn answers(&self, body: &str) {
        self.state.lock().unwrap().1 = Answer { status: 200, body: body.to_owned(), delay: Duration::ZERO };
    }

    pub(crate) fn answers_with(&self, answer: Answer) {
        self.state.lock().unwrap().1 = answer;
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivered> {
        self.state.lock().unwrap().0.clone()
    }

    pub(crate) fn last(&self) -> Delivered {
        self.deliveries().pop().unwrap()
    }
}

type Shared = State<Arc<Mutex<(Vec<Delivered>, Answer)>>>;

async fn echo(Query(query): Query<HashMap<String, String>>) -> (StatusCode, String) {
    let part = |name: &str| query[name].as_str();
    if sign(&[TOKEN, part("timestamp"), part("nonce")]) == part("signature") {
        (StatusCode::OK, query["echostr"].clone())
    } else {
        (StatusCode::FORBIDDEN, "no".to_owned())
    }
}

async fn deliver(
    State(state): Shared,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, String) {
    let answer = {
        let mut state = state.lock().unwrap();
        let content_type = headers["content-type"].to_str().unwrap().to_owned();
        state.0.push(Delivered { query, content_type, body });
        state.1.clone()
    };
    tokio::time::sleep(answer.delay).await;
    (StatusCode::from_u16(answer.status).unwrap(), answer.body)
}

pub(crate) fn sign(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    Sha1::digest(parts.concat()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text between two tags, without CDATA.
pub(crate) fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (content, _) = rest.split_once(&format!("</{name}>"))?;
    let inner = content.strip_prefix("<![CDATA[").and_then(|rest| rest.strip_suffix("]]>"));
    Some(inner.unwrap_or(content).to_owned())
}

/// Decrypts with [`AES_KEY`], block by block; returns the message and the app id.
pub(crate) fn decrypt(encrypted: &str) -> (String, String) {
    let mut bytes = BASE64_STANDARD.decode(encrypted).unwrap();
    assert_eq!(bytes.len() % 32, 0, "padded to 32");
    let mut cipher = cbc::Decryptor::<Aes256>::new(&[0; 32].into(), &[0; 16].into());
    for block in bytes.chunks_exact_mut(16) {
        cipher.decrypt_block(block.try_into().unwrap());
    }
    let pad = usize::from(*bytes.last().unwrap());
    assert!(bytes[bytes.len() - pad..].iter().all(|byte| usize::from(*byte) == pad));
    let length = u32::from_be_bytes(bytes[16..20].try_into().unwrap()) as usize;
    let text = |range: &[u8]| String::from_utf8(range.to_vec()).unwrap();
    (text(&bytes[20..20 + length]), text(&bytes[20 + length..bytes.len() - pad]))
}

/// An encrypted reply as WeChat's page shows it.
pub(crate) fn encrypted_reply(message: &str, app_id: &str) -> String {
    let mut bytes = b"0123456789abcdef".to_vec();
    bytes.extend((message.len() as u32).to_be_bytes());
    bytes.extend(message.bytes().chain(app_id.bytes()));
    let pad = 32 - bytes.len() % 32;
    bytes.extend(std::iter::repeat_n(pad as u8, pad));
    let mut cipher = cbc::Encryptor::<Aes256>::new(&[0; 32].into(), &[0; 16].into());
    for block in bytes.chunks_exact_mut(16) {
        cipher.encrypt_block(block.try_into().unwrap());
    }
    reply_envelope(&BASE64_STANDARD.encode(bytes), "1713424427", "415670741")
}

pub(crate) fn reply_envelope(encrypted: &str, timestamp: &str, nonce: &str) -> String {
    let signature = sign(&[TOKEN, timestamp, nonce, encrypted]);
    format!(
        "<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>\
         <TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    )
}
