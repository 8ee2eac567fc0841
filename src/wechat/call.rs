//! The one place where a request is made, read, classified and repeated.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::Form;
use reqwest::{RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::{Instrument, Span};

use super::client::{Client, Credentials, Inner, Retry};
use super::error::{Class, Error, Result};
use super::media::MediaFile;
use super::token::{self, Token};
use super::wire;

const CALLS_TOTAL: &str = "odaesan_wechat_calls_total";
const CALL_SECONDS: &str = "odaesan_wechat_call_seconds";

/// Gives the installed metrics recorder the help texts of this module's metrics.
pub fn describe_metrics() {
    metrics::describe_counter!(CALLS_TOTAL, "Attempts to call WeChat, by path and outcome.");
    metrics::describe_histogram!(CALL_SECONDS, metrics::Unit::Seconds, "Time of an attempt to call WeChat, by path.");
    metrics::describe_counter!(token::REFRESHES_TOTAL, "Requests for an access token, by mode and outcome.");
}

/// How many characters of WeChat's words are kept.
const MAX_ERRMSG: usize = 500;

/// The slowest line on which a file gets through, in bytes a second: about 1 Mbit/s.
const SLOWEST_TRANSFER: u32 = 128 << 10;

/// The name that every part with a file has; without it WeChat finds no file (41005).
const FILE_PART: &str = "media";

/// Whether a call may be repeated after a failure of [`Class::Retry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Doing it twice is doing it once: reads, and writes that set a state.
    Always,
    /// Only if the first attempt certainly had no effect: doing it twice makes two, or fails the second time.
    IfUnprocessed,
}

/// What a request carries. It can be sent again, so it is held and not streamed from somewhere: with files of at most
/// 10 MB, few of which are on their way at a time, memory is no concern, and a clone of [`Bytes`] copies nothing.
enum Body {
    Nothing,
    Json(Bytes),
    Form { file: MediaFile, fields: Vec<(&'static str, String)> },
}

/// A request, without the token.
pub(super) struct Call {
    api: &'static str,
    query: Vec<(&'static str, String)>,
    body: Body,
    repeat: Repeat,
    answers: &'static [i64],
    /// Bytes of a long answer, which gets the time that they take; 0 for any other.
    longest_answer: usize,
}

impl Call {
    /// A GET call. At WeChat these only read.
    pub(super) const fn get(api: &'static str) -> Self {
        Self { api, query: Vec::new(), body: Body::Nothing, repeat: Repeat::Always, answers: &[], longest_answer: 0 }
    }

    /// A POST call with a JSON body. Non-ASCII characters go out as they are: WeChat does not decode `\uXXXX` everywhere.
    pub(super) fn post(api: &'static str, body: &Value, repeat: Repeat) -> Self {
        let body = Body::Json(body.to_string().into());
        Self { api, query: Vec::new(), body, repeat, answers: &[], longest_answer: 0 }
    }

    /// A POST call with a file, as `multipart/form-data`. It goes out with its Content-Length and never in chunks,
    /// which WeChat and the gateways before it do not all take.
    pub(super) fn upload(api: &'static str, file: &MediaFile, repeat: Repeat) -> Self {
        let body = Body::Form { file: file.clone(), fields: Vec::new() };
        Self { api, query: Vec::new(), body, repeat, answers: &[], longest_answer: 0 }
    }

    /// Adds a text beside the file; a call without a file has no place for it.
    pub(super) fn field(mut self, name: &'static str, text: String) -> Self {
        if let Body::Form { fields, .. } = &mut self.body {
            fields.push((name, text));
        }
        self
    }

    /// A GET call whose answer is a file of up to so many bytes.
    pub(super) fn download(api: &'static str, longest_answer: usize) -> Self {
        Self { longest_answer, ..Self::get(api) }
    }

    /// Path of the call, without the query.
    pub(super) const fn api(&self) -> &'static str {
        self.api
    }

    /// Adds a query parameter.
    pub(super) fn query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    /// Takes these codes as answers, to be read like a success, and not as refusals.
    pub(super) const fn answered_by(mut self, errcodes: &'static [i64]) -> Self {
        self.answers = errcodes;
        self
    }
}

/// What authorises a call. It is kept out of whatever WeChat's answer gives to errors.
#[derive(Clone, Copy)]
pub(super) enum Authorisation<'a> {
    /// The access token, sent in the query.
    Token(&'a Token),
    /// The secret, which stands in the body already: the token request itself.
    Secret(&'a SecretString),
}

impl Authorisation<'_> {
    fn expose(&self) -> &str {
        match self {
            Self::Token(token) => token.expose(),
            Self::Secret(secret) => secret.expose_secret(),
        }
    }
}

/// The answer of a call that only says whether it worked.
#[derive(Deserialize)]
pub(super) struct Done {}

/// What a successful response is read into.
pub(super) trait Answer: Sized + Send {
    /// Reads the response, whose status says nothing bad.
    fn read(
        inner: &Inner,
        call: &Call,
        response: reqwest::Response,
        authorisation: Authorisation<'_>,
    ) -> impl Future<Output = Result<Self>> + Send;
}

/// A JSON object: the answer of nearly every call.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned + Send> Answer for Json<T> {
    async fn read(
        inner: &Inner,
        call: &Call,
        response: reqwest::Response,
        authorisation: Authorisation<'_>,
    ) -> Result<Self> {
        let body = inner.read(call.api, response).await?;
        read_answer(call, &body, authorisation).map(Self)
    }
}

impl Client {
    /// Makes a call for an account. A stale token is replaced and the call repeated once; a second refusal is final.
    /// Each of the two goes by the bounds of [`Retry`], and so does each token request between them.
    pub(super) async fn call<T: DeserializeOwned + Send>(&self, credentials: &Credentials, call: Call) -> Result<T> {
        self.call_for(credentials, call).await.map(|Json(answer)| answer)
    }

    /// The same, for an answer of another sort.
    pub(super) async fn call_for<A: Answer>(&self, credentials: &Credentials, call: Call) -> Result<A> {
        let token = self.token(credentials).await?;
        let refusal = match self.repeat(&call, &credentials.app_id, Authorisation::Token(&token)).await {
            Err(error) if error.class() == Class::Token => error,
            result => return result,
        };
        match self.replace_token(credentials, &token).await? {
            Some(token) => self.repeat(&call, &credentials.app_id, Authorisation::Token(&token)).await,
            None => Err(refusal),
        }
    }

    /// Makes a call with this authorisation, and again while the call allows it and [`Retry`] does.
    pub(super) async fn repeat<A: Answer>(
        &self,
        call: &Call,
        app_id: &str,
        authorisation: Authorisation<'_>,
    ) -> Result<A> {
        let started = Instant::now();
        let mut attempt = 1;
        loop {
            let span = tracing::info_span!(
                "wechat_call",
                api = call.api,
                app_id,
                attempt,
                outcome = tracing::field::Empty,
                duration_ms = tracing::field::Empty
            );
            let error = match self.inner.observed(call, authorisation, &span).instrument(span.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(pause) = self.inner.retry.pause(&error, call.repeat, attempt, started.elapsed()) else {
                return Err(error);
            };
            tracing::warn!(api = call.api, app_id, attempt, outcome = error.outcome(), "repeating a call to WeChat");
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }
}

impl Inner {
    /// One attempt, counted and timed. It gets its span by name: where the log leaves the span out, the current one
    /// would be somebody else's.
    async fn observed<A: Answer>(&self, call: &Call, authorisation: Authorisation<'_>, span: &Span) -> Result<A> {
        let started = Instant::now();
        let result = self.attempt(call, authorisation).await;
        let outcome = result.as_ref().map_or_else(Error::outcome, |_| "ok".to_owned());
        let duration = started.elapsed();
        span.record("outcome", &outcome).record("duration_ms", duration.as_millis());
        metrics::histogram!(CALL_SECONDS, "api" => call.api).record(duration);
        metrics::counter!(CALLS_TOTAL, "api" => call.api, "outcome" => outcome).increment(1);
        result
    }

    async fn attempt<A: Answer>(&self, call: &Call, authorisation: Authorisation<'_>) -> Result<A> {
        let request = self.request(call, authorisation);
        let response = request.send().await.map_err(|error| Error::transport(call.api, error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(Error::Status { api: call.api, status: status.as_u16() });
        }
        A::read(self, call, response, authorisation).await
    }

    fn request(&self, call: &Call, authorisation: Authorisation<'_>) -> RequestBuilder {
        let url = self.url(call, authorisation);
        match &call.body {
            Body::Nothing if call.longest_answer > 0 => {
                self.http.get(url).timeout(self.attempt_timeout + transfer_time(call.longest_answer))
            }
            Body::Nothing => self.http.get(url),
            Body::Json(json) => self.http.post(url).header(CONTENT_TYPE, "application/json").body(json.clone()),
            Body::Form { file, fields } => {
                let mut form = Form::new().part(FILE_PART, file.part());
                for (name, text) in fields {
                    form = form.text(*name, text.clone());
                }
                let timeout = self.attempt_timeout + transfer_time(file.content.len());
                self.uploads.post(url).timeout(timeout).multipart(form)
            }
        }
    }

    fn url(&self, call: &Call, authorisation: Authorisation<'_>) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}{}", self.base_url.path().trim_end_matches('/'), call.api));
        if let Authorisation::Token(token) = authorisation {
            url.query_pairs_mut().append_pair("access_token", token.expose());
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        url
    }

    /// Reads the body, at most as long as the settings allow.
    async fn read(&self, api: &'static str, mut response: reqwest::Response) -> Result<BytesMut> {
        let limit = self.max_answer_bytes;
        let announced = response.content_length().unwrap_or(0);
        if announced > limit as u64 {
            return Err(Error::TooLarge { api, limit });
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Error::transport(api, error))? {
            if body.len() + chunk.len() > limit {
                return Err(Error::TooLarge { api, limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// What a file of so many bytes is given to travel in.
pub(super) fn transfer_time(bytes: usize) -> Duration {
    Duration::from_secs(bytes as u64) / SLOWEST_TRANSFER
}

/// Success is an `errcode` of 0, or none. The Content-Type says nothing: WeChat sends JSON as `text/plain`, too.
pub(super) fn read_answer<T: DeserializeOwned>(
    call: &Call,
    body: &[u8],
    authorisation: Authorisation<'_>,
) -> Result<T> {
    #[derive(Deserialize)]
    struct Verdict {
        #[serde(default, deserialize_with = "wire::integer")]
        errcode: Option<i64>,
        #[serde(default)]
        errmsg: Option<String>,
    }
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Error::Unreadable { api: call.api, reason: "it is not a JSON object".to_owned() });
    }
    let unreadable = |error: serde_json::Error| Error::Unreadable { api: call.api, reason: position(&error) };
    let verdict: Verdict = serde_json::from_slice(body).map_err(unreadable)?;
    match verdict.errcode.unwrap_or(0) {
        0 => serde_json::from_slice(body).map_err(unreadable),
        errcode if call.answers.contains(&errcode) => serde_json::from_slice(body).map_err(unreadable),
        errcode => Err(Error::Refused {
            api: call.api,
            errcode,
            errmsg: presentable(&verdict.errmsg.unwrap_or_default(), authorisation),
        }),
    }
}

/// What is wrong with a body, without quoting from it as serde_json's own message would.
fn position(error: &serde_json::Error) -> String {
    let what = if error.is_data() { "a member is missing or has another type" } else { "it is not JSON" };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

/// WeChat's words, bounded, and without the secret of the call should a gateway have put it there.
fn presentable(errmsg: &str, authorisation: Authorisation<'_>) -> String {
    let secret = authorisation.expose();
    let errmsg = if secret.is_empty() { errmsg.to_owned() } else { errmsg.replace(secret, "***") };
    errmsg.chars().take(MAX_ERRMSG).collect()
}

impl Retry {
    /// How long to wait before the next attempt; `None` if there is to be none.
    pub(super) fn pause(&self, error: &Error, repeat: Repeat, attempt: u32, elapsed: Duration) -> Option<Duration> {
        let allowed = match repeat {
            Repeat::Always => true,
            Repeat::IfUnprocessed => !error.may_have_been_processed(),
        };
        if error.class() != Class::Retry || !allowed || attempt >= self.attempts {
            return None;
        }
        let bound = self.first_pause.saturating_mul(1_u32.checked_shl(attempt - 1).unwrap_or(u32::MAX));
        let jittered = bound.min(self.longest_pause).mul_f64(rand::random_range(0.0..=1.0));
        let pause = jittered.max(error.retry_after().unwrap_or_default());
        (elapsed + pause <= self.total).then_some(pause)
    }
}
