//! Access tokens: fetched, kept, renewed ahead of time, replaced when WeChat refuses them.
//!
//! They come from `stable_token`, whose normal mode gives every caller the same token while it is valid. So replicas,
//! and other systems that use the account, do not invalidate each other's tokens, and no lock between processes is
//! needed. The forced mode kills the token of everybody else; it is used only when the normal mode returns the very
//! token that WeChat has just refused.
//!
//! Each account has a [`Line`] of tokens. One task at a time renews it; the others wait and share its result, be it a
//! token or the failure. (If each waiter tried again by itself, a hundred calls behind a dead connection would queue
//! for a hundred time-outs.) A task that is cancelled while it renews leaves nothing behind but the free place.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use moka::future::Cache;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::call::{Authorisation, Call, Json, Repeat};
use super::client::{Client, Credentials};
use super::error::{Error, Result};
use super::wire;

/// Path of the token API.
pub(super) const API: &str = "/cgi-bin/stable_token";

pub(super) const REFRESHES_TOTAL: &str = "odaesan_wechat_token_refreshes_total";

/// How long before its end a token is renewed. Source: WeChat itself renews in the last five minutes, in which the
/// old token and the new one both work.
const AHEAD: Duration = Duration::from_mins(5);

/// The pause after a renewal ahead of time that failed or brought nothing fresher; meanwhile the token still works.
const AHEAD_PAUSE: Duration = Duration::from_secs(30);

/// The least time between two forced renewals. Source: the page of `stable_token`; also at most 20 a day.
const FORCED_INTERVAL: Duration = Duration::from_secs(30);

/// The longest life of a token. Source: the page of `stable_token`.
const MAX_LIFE: u64 = 7200;

/// How long an unused line is kept: longer than any of its tokens lives.
const LINE_IDLE: Duration = Duration::from_hours(3);

/// An access token and its times.
pub(super) struct Token {
    pub(super) value: SecretString,
    /// From here on a task renews it.
    pub(super) renew_at: Instant,
    /// From here on it does not work.
    pub(super) deadline: Instant,
}

impl Token {
    /// A token that was given at `now` and lives so long.
    pub(super) fn new(value: SecretString, now: Instant, life: Duration) -> Self {
        let deadline = now + life;
        let renew_at = deadline.checked_sub(AHEAD).unwrap_or(now).max(now + AHEAD_PAUSE).min(deadline);
        Self { value, renew_at, deadline }
    }

    /// The token itself.
    pub(super) fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }

    /// The same token, to be renewed later.
    fn postponed(&self, now: Instant) -> Self {
        let renew_at = (now + AHEAD_PAUSE).min(self.deadline);
        Self { value: self.value.clone(), renew_at, deadline: self.deadline }
    }
}

/// The tokens of all accounts, bounded in number.
pub(super) struct Tokens {
    lines: Cache<Key, Arc<Line>>,
}

/// An account as long as its secret does not change: with a new secret, a token that the old one brought is not used.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    app_id: String,
    secret_fingerprint: [u8; 32],
}

impl Tokens {
    pub(super) fn new(max_tokens: u64) -> Self {
        Self { lines: Cache::builder().max_capacity(max_tokens).time_to_idle(LINE_IDLE).build() }
    }

    pub(super) async fn line(&self, credentials: &Credentials) -> Arc<Line> {
        let key = Key {
            app_id: credentials.app_id.clone(),
            secret_fingerprint: Sha256::digest(credentials.app_secret.expose_secret()).into(),
        };
        self.lines.get_with(key, async { Arc::default() }).await
    }

    async fn forget(&self, app_id: &str) {
        let keys: Vec<_> = self.lines.iter().map(|(key, _)| key).filter(|key| key.app_id == app_id).collect();
        for key in keys {
            self.lines.invalidate(&*key).await;
        }
    }
}

/// One account's tokens over time.
#[derive(Default)]
pub(super) struct Line {
    state: Mutex<State>,
    /// Held by the one task that renews.
    renewal: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    token: Option<Arc<Token>>,
    /// How many renewals have ended, and how the last one did: what a task finds changed while it waited is its own result.
    rounds: u64,
    last: Round,
    forced_at: Option<Instant>,
}

#[derive(Clone, Default)]
enum Round {
    #[default]
    Renewed,
    /// WeChat refused the token and has no other.
    Irreplaceable,
    Failed(Error),
}

/// What a line has to offer.
pub(super) enum Standing {
    Fresh(Arc<Token>),
    /// It works, but is to be renewed.
    Expiring(Arc<Token>),
    Missing,
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic happens under this lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn standing(&self, now: Instant) -> Standing {
        match &self.state().token {
            Some(token) if now < token.renew_at => Standing::Fresh(token.clone()),
            Some(token) if now < token.deadline => Standing::Expiring(token.clone()),
            _ => Standing::Missing,
        }
    }

    fn rounds(&self) -> u64 {
        self.state().rounds
    }

    /// Ends a round with a token.
    pub(super) fn keep(&self, token: &Arc<Token>) {
        let mut state = self.state();
        state.token = Some(token.clone());
        state.rounds += 1;
        state.last = Round::Renewed;
    }

    /// Ends a round without one.
    fn give_up(&self, round: Round) {
        let mut state = self.state();
        state.rounds += 1;
        state.last = round;
    }

    /// What a round brought that ended while this task waited for its turn, if one did.
    fn ended_meanwhile(&self, rounds: u64) -> Option<Result<Arc<Token>>> {
        let state = self.state();
        if state.rounds == rounds {
            return None;
        }
        match &state.last {
            Round::Renewed => state.token.clone().map(Ok),
            Round::Irreplaceable => None,
            Round::Failed(error) => Some(Err(error.clone())),
        }
    }

    /// The same for a task that wants another token than the refused one; `Ok(None)`: there is none.
    fn replaced_meanwhile(&self, rounds: u64, refused: &Token) -> Option<Result<Option<Arc<Token>>>> {
        let state = self.state();
        if let Some(token) = state.token.as_ref().filter(|token| !token.is_same(refused)) {
            return Some(Ok(Some(token.clone())));
        }
        if state.rounds == rounds {
            return None;
        }
        match &state.last {
            Round::Renewed => None,
            Round::Irreplaceable => Some(Ok(None)),
            Round::Failed(error) => Some(Err(error.clone())),
        }
    }

    /// Takes the refused token out of use, so that no call begins with it while another is fetched.
    fn discard(&self) {
        self.state().token = None;
    }

    /// Whether a forced renewal is allowed now; if so, counts it, for a cancelled request may have reached WeChat.
    fn begin_forced(&self, now: Instant) -> bool {
        let mut state = self.state();
        let allowed = state.forced_at.is_none_or(|forced_at| now.duration_since(forced_at) >= FORCED_INTERVAL);
        if allowed {
            state.forced_at = Some(now);
        }
        allowed
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Normal,
    Forced,
}

impl Mode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Forced => "forced",
        }
    }
}

impl Client {
    /// Checks credentials by asking for a token with them, whatever token is at hand.
    ///
    /// `POST /cgi-bin/stable_token`, normal mode; 10,000 a minute, 500,000 a day. Repeated when WeChat is busy.
    ///
    /// # Errors
    /// 40013 (AppID), 40125 or 40001 (AppSecret), 40164, 40243, 50004, 50007, 89501–89507: all [`Class::Operator`].
    ///
    /// [`Class::Operator`]: super::Class::Operator
    pub async fn verify(&self, credentials: &Credentials) -> Result<()> {
        let token = self.fetch(credentials, Mode::Normal).await?;
        self.inner.tokens.line(credentials).await.keep(&Arc::new(token));
        Ok(())
    }

    /// Drops the tokens kept for an account, for example because it is unbound.
    pub async fn forget(&self, app_id: &str) {
        self.inner.tokens.forget(app_id).await;
    }

    /// A token that works, as far as is known here.
    pub(super) async fn token(&self, credentials: &Credentials) -> Result<Arc<Token>> {
        let line = self.inner.tokens.line(credentials).await;
        let rounds = line.rounds();
        match line.standing(Instant::now()) {
            Standing::Fresh(token) => Ok(token),
            Standing::Expiring(token) => Ok(self.renew_ahead(&line, credentials, token).await),
            Standing::Missing => {
                let _turn = line.renewal.lock().await;
                match line.ended_meanwhile(rounds) {
                    Some(result) => result,
                    None => self.renew(&line, credentials).await,
                }
            }
        }
    }

    /// Renews a token that still works, unless another task is about it. A failure can wait until the token ends.
    async fn renew_ahead(&self, line: &Line, credentials: &Credentials, token: Arc<Token>) -> Arc<Token> {
        let Ok(_turn) = line.renewal.try_lock() else { return token };
        if let Standing::Fresh(token) = line.standing(Instant::now()) {
            return token;
        }
        match self.fetch(credentials, Mode::Normal).await {
            Ok(renewed) => {
                let renewed = Arc::new(renewed);
                line.keep(&renewed);
                renewed
            }
            Err(error) => {
                tracing::warn!(app_id = credentials.app_id, %error, "renewing an access token ahead of time failed");
                line.keep(&Arc::new(token.postponed(Instant::now())));
                token
            }
        }
    }

    async fn renew(&self, line: &Line, credentials: &Credentials) -> Result<Arc<Token>> {
        match self.fetch(credentials, Mode::Normal).await {
            Ok(token) => {
                let token = Arc::new(token);
                line.keep(&token);
                Ok(token)
            }
            Err(error) => {
                line.give_up(Round::Failed(error.clone()));
                Err(error)
            }
        }
    }

    /// Another token than the one that WeChat has just refused; `None` if it has no other to give for now.
    pub(super) async fn replace_token(&self, credentials: &Credentials, refused: &Token) -> Result<Option<Arc<Token>>> {
        let line = self.inner.tokens.line(credentials).await;
        let rounds = line.rounds();
        let _turn = line.renewal.lock().await;
        if let Some(result) = line.replaced_meanwhile(rounds, refused) {
            return result;
        }
        line.discard();
        match self.successor(&line, credentials, refused).await {
            Ok(Some(token)) => {
                let token = Arc::new(token);
                line.keep(&token);
                Ok(Some(token))
            }
            Ok(None) => {
                line.give_up(Round::Irreplaceable);
                Ok(None)
            }
            Err(error) => {
                line.give_up(Round::Failed(error.clone()));
                Err(error)
            }
        }
    }

    /// Asks for a token in normal mode, and in forced mode if that brings the refused one again.
    async fn successor(&self, line: &Line, credentials: &Credentials, refused: &Token) -> Result<Option<Token>> {
        let token = self.fetch(credentials, Mode::Normal).await?;
        if !token.is_same(refused) {
            return Ok(Some(token));
        }
        if !line.begin_forced(Instant::now()) {
            return Ok(None);
        }
        tracing::warn!(app_id = credentials.app_id, "WeChat refuses its own current access token; forcing a new one");
        let token = self.fetch(credentials, Mode::Forced).await?;
        Ok(Some(token).filter(|token| !token.is_same(refused)))
    }

    async fn fetch(&self, credentials: &Credentials, mode: Mode) -> Result<Token> {
        #[derive(Deserialize)]
        struct Answer {
            access_token: String,
            #[serde(deserialize_with = "wire::count")]
            expires_in: u64,
        }
        let body = json!({
            "grant_type": "client_credential",
            "appid": credentials.app_id,
            "secret": credentials.app_secret.expose_secret(),
            "force_refresh": matches!(mode, Mode::Forced),
        });
        let repeat = match mode {
            Mode::Normal => Repeat::Always,
            Mode::Forced => Repeat::IfUnprocessed,
        };
        let call = Call::post(API, &body, repeat);
        // WeChat counted from an earlier moment than the one at which its answer is read.
        let asked_at = Instant::now();
        let authorisation = Authorisation::Secret(&credentials.app_secret);
        let result: Result<Answer> =
            self.repeat(&call, &credentials.app_id, authorisation).await.map(|Json(answer)| answer);
        let outcome = result.as_ref().map_or_else(Error::outcome, |_| "ok".to_owned());
        metrics::counter!(REFRESHES_TOTAL, "mode" => mode.as_str(), "outcome" => outcome).increment(1);
        let answer = result?;
        tracing::info!(
            app_id = credentials.app_id,
            mode = mode.as_str(),
            expires_in_s = answer.expires_in,
            "got an access token"
        );
        Ok(Token::new(answer.access_token.into(), asked_at, Duration::from_secs(answer.expires_in.min(MAX_LIFE))))
    }
}
