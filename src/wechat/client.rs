//! The client itself: its settings, its connection pool, and who asks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::token::Tokens;

/// How long a connection may idle in the pool. Shorter than what load balancers usually allow, so that a request
/// rarely meets a connection that the other side is just closing: that looks like an interrupted call.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// An account's identity at WeChat; every call names whose it is.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// AppID: `wx` and 16 hexadecimal digits.
    pub app_id: String,
    /// AppSecret.
    pub app_secret: SecretString,
}

/// How the client reaches WeChat, and how long it waits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where WeChat's API answers, `https://api.weixin.qq.com`; the path of each call is appended.
    pub base_url: Url,
    /// For name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// How long WeChat may stay silent, before the answer and within it. Does not bound an upload, during which WeChat
    /// has nothing to say.
    pub read_timeout: Duration,
    /// For one attempt as a whole; bounds an answer that comes drop by drop. An upload gets a second more for every
    /// 128 KiB of the file, a download one for every 128 KiB of the largest file.
    pub attempt_timeout: Duration,
    /// The longest answer that is read, in bytes.
    pub max_answer_bytes: usize,
    /// How many accounts' tokens are kept; beyond it the least used are forgotten, and fetched again when needed.
    pub max_tokens: u64,
    /// When a failed call is repeated.
    pub retry: Retry,
}

impl Settings {
    /// The settings for production, with another address.
    pub fn new(base_url: Url) -> Self {
        Self {
            base_url,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            attempt_timeout: Duration::from_secs(30),
            max_answer_bytes: 16 << 20,
            max_tokens: 10_000,
            retry: Retry::default(),
        }
    }
}

/// When a failed call is repeated: exponential back-off with full jitter, that is, a random pause between zero and a
/// bound that doubles. Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
#[derive(Clone, Debug)]
pub struct Retry {
    /// The most attempts in all; 1 repeats nothing.
    pub attempts: u32,
    /// The bound of the first pause.
    pub first_pause: Duration,
    /// What the bound does not exceed.
    pub longest_pause: Duration,
    /// From the start of the first attempt to the start of the last. A pause that would end later is not begun: the
    /// error is returned instead, and a job may wait longer than a request can.
    pub total: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(2),
            total: Duration::from_secs(15),
        }
    }
}

/// The client could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The base URL is not one that paths can be appended to.
    #[error("the address of WeChat {0}")]
    BaseUrl(&'static str),
    /// TLS could not be set up, for example because the system has no root certificates.
    #[error("the HTTP client could not be built")]
    Http(#[source] reqwest::Error),
}

/// Asks WeChat. Cheap to clone; all clones share connections and tokens.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) http: reqwest::Client,
    /// For uploads, without a read time-out: reqwest's begins with the request, and would end an upload that takes
    /// longer. It can be set for a whole client only.
    pub(super) uploads: reqwest::Client,
    pub(super) base_url: Url,
    pub(super) connect_timeout: Duration,
    pub(super) read_timeout: Duration,
    pub(super) attempt_timeout: Duration,
    pub(super) max_answer_bytes: usize,
    pub(super) retry: Retry,
    pub(super) tokens: Tokens,
}

impl Client {
    /// A client for one address. Makes no request.
    ///
    /// Installs `ring` as the process's TLS provider unless one is installed already.
    pub fn new(settings: Settings) -> Result<Self, BuildError> {
        check_base_url(&settings.base_url)?;
        // An error means that another part of the program was first, and its provider is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = http_builder(&settings).read_timeout(settings.read_timeout).build().map_err(BuildError::Http)?;
        let uploads = http_builder(&settings).build().map_err(BuildError::Http)?;
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                uploads,
                base_url: settings.base_url,
                connect_timeout: settings.connect_timeout,
                read_timeout: settings.read_timeout,
                attempt_timeout: settings.attempt_timeout,
                max_answer_bytes: settings.max_answer_bytes,
                retry: settings.retry,
                tokens: Tokens::new(settings.max_tokens),
            }),
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.inner.base_url.as_str()).finish_non_exhaustive()
    }
}

/// An HTTP client for these settings, without a read time-out.
fn http_builder(settings: &Settings) -> reqwest::ClientBuilder {
    let mut http = reqwest::Client::builder()
        .user_agent(concat!("odaesan/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        // WeChat's API does not redirect; following one would carry the token to another host.
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(settings.connect_timeout)
        .timeout(settings.attempt_timeout)
        .pool_idle_timeout(POOL_IDLE);
    if settings.base_url.scheme() == "http" {
        // Without redirects no TLS connection can come about: do not load the system's certificates, and do
        // not fail where there are none.
        http = http.tls_certs_only([]);
    }
    if is_loopback(&settings.base_url) {
        http = http.no_proxy();
    }
    http
}

fn check_base_url(url: &Url) -> Result<(), BuildError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(BuildError::BaseUrl("must start with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(BuildError::BaseUrl("must not contain a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(BuildError::BaseUrl("must not contain a query or fragment"));
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
