//! `/wx/{account}`: what WeChat calls.
//!
//! Nothing is believed without a signature, and what is wrong with a delivery is told in a few constant words: to whoever
//! is not WeChat they say nothing, and WeChat shows none of them to anybody. Source: design, sections 6 and 13; WeChat
//! reference, sections 16 and 17.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use entity::account;
use entity::account::WebhookMode;
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;
use tokio::time::{Instant, sleep, timeout_at};
use tower_http::catch_panic::CatchPanicLayer;

use crate::clock;
use crate::domain::{Context, accounts, credentials, deliveries};
use crate::error::{Error, chain};
use crate::webhook::crypto::{self, EncodingAesKey};
use crate::webhook::push::Push;
use crate::webhook::reply::Reply;
use crate::webhook::{self, MAX_BYTES, envelope, signature};

/// How long after a delivery its answer is due: WeChat waits five seconds, part of which the network takes.
const DUE: Duration = Duration::from_secs(4);

/// Pause before a delivery that the database refused is stored again.
const AGAIN: Duration = Duration::from_millis(250);

/// What tells WeChat that a push has arrived and that there is nothing to say.
const ACKNOWLEDGED: &str = "success";

#[derive(Clone)]
struct Webhook {
    context: Context,
    /// How far a timestamp may be from now.
    window: Duration,
}

/// The route. `window`: how far the timestamp of a delivery may be from now.
pub(super) fn router(context: Context, window: Duration) -> Router {
    Router::new()
        .route("/wx/{account}", get(check_address).post(deliver))
        .with_state(Webhook { context, window })
        // WeChat must not see the JSON that other panics are answered with.
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| Refusal::Failed.into_response()))
}

/// The query of every call. What is missing is as wrong as what is wrong.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Signed {
    signature: String,
    msg_signature: String,
    timestamp: String,
    nonce: String,
    encrypt_type: String,
    echostr: String,
}

impl Signed {
    fn is_encrypted(&self) -> bool {
        self.encrypt_type.eq_ignore_ascii_case("aes")
    }
}

/// Why a delivery was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    UnknownAccount,
    NotFromWechat,
    Unreadable,
    TooLarge,
    Late,
    Failed,
}

impl Refusal {
    const fn shown(self) -> (StatusCode, &'static str) {
        match self {
            Self::UnknownAccount => (StatusCode::NOT_FOUND, "unknown account"),
            Self::NotFromWechat => (StatusCode::FORBIDDEN, "invalid signature"),
            Self::Unreadable => (StatusCode::BAD_REQUEST, "unreadable delivery"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too large"),
            Self::Late => (StatusCode::REQUEST_TIMEOUT, "too slow"),
            Self::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "failed"),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::UnknownAccount => "unknown_account",
            Self::NotFromWechat => "not_from_wechat",
            Self::Unreadable => "unreadable",
            Self::TooLarge => "too_large",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }

    fn into_response(self) -> Response {
        let (status, text) = self.shown();
        (status, plain(text)).into_response()
    }
}

impl From<webhook::Error> for Refusal {
    fn from(error: webhook::Error) -> Self {
        match error {
            webhook::Error::CannotDecrypt | webhook::Error::BadKey => Self::NotFromWechat,
            webhook::Error::TooLarge => Self::TooLarge,
            _ => Self::Unreadable,
        }
    }
}

/// Nobody takes for a page what is repeated from a request.
fn plain(text: impl Into<Body>) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (headers, text.into()).into_response()
}

/// WeChat's check when the address is entered in its console.
async fn check_address(
    State(webhook): State<Webhook>,
    Path(account_id): Path<String>,
    signed: Result<Query<Signed>, QueryRejection>,
) -> Response {
    let signed = signed.map(|Query(signed)| signed).unwrap_or_default();
    match webhook.signed_account(&account_id, &signed).await {
        Ok(_) => plain(signed.echostr),
        Err(refusal) => refused(refusal, &account_id),
    }
}

async fn deliver(
    State(webhook): State<Webhook>,
    Path(account_id): Path<String>,
    signed: Result<Query<Signed>, QueryRejection>,
    body: Body,
) -> Response {
    let signed = signed.map(|Query(signed)| signed).unwrap_or_default();
    let mut watch = Watch { started: Instant::now(), outcome: "abandoned" };
    let answered = webhook.answer(&account_id, &signed, body, watch.started + DUE).await;
    watch.outcome = match &answered {
        Ok(Some(_)) => "replied",
        Ok(None) => "acknowledged",
        Err(refusal) => refusal.name(),
    };
    match answered {
        Ok(Some(xml)) => ([(CONTENT_TYPE, "text/xml; charset=utf-8")], xml).into_response(),
        Ok(None) => plain(ACKNOWLEDGED),
        Err(refusal) => refused(refusal, &account_id),
    }
}

/// Measures a delivery, also one whose sender did not wait for the answer.
struct Watch {
    started: Instant,
    outcome: &'static str,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let seconds = self.started.elapsed().as_secs_f64();
        metrics::histogram!("odaesan_webhook_seconds", "outcome" => self.outcome).record(seconds);
        if self.outcome == "abandoned" {
            tracing::warn!(seconds, "nobody waited for the answer to a delivery");
        }
    }
}

fn refused(refusal: Refusal, account_id: &str) -> Response {
    tracing::warn!(account.id = account_id, reason = refusal.name(), "a delivery was refused");
    refusal.into_response()
}

impl Webhook {
    /// Stores a delivery. Returns the XML of the reply, if there is one.
    async fn answer(
        &self,
        account_id: &str,
        signed: &Signed,
        body: Body,
        due: Instant,
    ) -> Result<Option<String>, Refusal> {
        let (account, key) = if signed.is_encrypted() {
            let account = self.account(account_id, signed).await?;
            let key = self.key(&account)?;
            (account, Some(key))
        } else {
            let account = self.signed_account(account_id, signed).await?;
            // Whoever could take the encryption away could read along.
            if account.webhook_mode == WebhookMode::Safe {
                return Err(Refusal::NotFromWechat);
            }
            (account, None)
        };
        let body = read(body, due).await?;
        let push = match &key {
            Some(key) => Push::parse(&decrypt(&account, key, signed, &body)?)?,
            None => Push::parse(&body)?,
        };
        let Some(reply) = self.receive(&account, &push, due).await? else { return Ok(None) };
        Ok(Some(match &key {
            Some(key) => encrypt(&account, key, &reply),
            None => reply.to_xml(),
        }))
    }

    /// The account of a delivery that was made lately.
    async fn account(&self, account_id: &str, signed: &Signed) -> Result<account::Model, Refusal> {
        let account = match accounts::of_webhook(&self.context, account_id).await {
            Ok(account) => account,
            Err(Error::NotFound { .. }) => return Err(Refusal::UnknownAccount),
            Err(error) => return Err(failed(&error)),
        };
        match signature::is_fresh(&signed.timestamp, clock::now(), self.window) {
            true => Ok(account),
            false => Err(Refusal::NotFromWechat),
        }
    }

    /// The account of a call that is signed without its body.
    async fn signed_account(&self, account_id: &str, signed: &Signed) -> Result<account::Model, Refusal> {
        let account = self.account(account_id, signed).await?;
        let Signed { signature: given, timestamp, nonce, .. } = signed;
        match signature::verify_signature(given, &account.webhook_token, timestamp, nonce) {
            true => Ok(account),
            false => Err(Refusal::NotFromWechat),
        }
    }

    fn key(&self, account: &account::Model) -> Result<EncodingAesKey, Refusal> {
        match credentials::encoding_aes_key(&self.context, account) {
            Ok(Some(key)) => Ok(key),
            Ok(None) => Err(Refusal::NotFromWechat),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Stores a push and decides what to answer, again and again while the database is away and the answer is not due.
    async fn receive(&self, account: &account::Model, push: &Push, due: Instant) -> Result<Option<Reply>, Refusal> {
        loop {
            match deliveries::receive(&self.context, account, push, due).await {
                Ok(reply) => return Ok(reply),
                Err(Error::Invalid { .. }) => return Err(Refusal::Unreadable),
                Err(error) if Instant::now() + AGAIN < due => {
                    tracing::warn!(error = chain(&error), "a delivery is stored again");
                    sleep(AGAIN).await;
                }
                Err(error) => return Err(failed(&error)),
            }
        }
    }
}

fn failed(error: &Error) -> Refusal {
    tracing::error!(error = chain(error), "a delivery could not be handled");
    Refusal::Failed
}

async fn read(body: Body, due: Instant) -> Result<Bytes, Refusal> {
    match timeout_at(due, Limited::new(body, MAX_BYTES).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(Refusal::TooLarge),
        Ok(Err(_broken)) => Err(Refusal::Unreadable),
        Err(_late) => Err(Refusal::Late),
    }
}

/// The message in an encrypted delivery, whose signature covers it.
fn decrypt(account: &account::Model, key: &EncodingAesKey, signed: &Signed, body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let encrypted = envelope::encrypted(body)?;
    let Signed { msg_signature, timestamp, nonce, .. } = signed;
    if !signature::verify_msg_signature(msg_signature, &account.webhook_token, timestamp, nonce, &encrypted) {
        return Err(Refusal::NotFromWechat);
    }
    let app_id = account.app_id.as_deref().ok_or(Refusal::NotFromWechat)?;
    Ok(crypto::decrypt(key, &encrypted, app_id)?)
}

fn encrypt(account: &account::Model, key: &EncodingAesKey, reply: &Reply) -> String {
    let app_id = account.app_id.as_deref().unwrap_or_default();
    let encrypted = crypto::encrypt(key, rand::random(), reply.to_xml().as_bytes(), app_id);
    let nonce = rand::random::<u32>().to_string();
    envelope::encrypted_reply(&encrypted, &account.webhook_token, clock::now().timestamp(), &nonce)
}
