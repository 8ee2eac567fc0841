//! Objects in an object storage: the clients of the services, and how patient they are.

use std::time::Duration;

use opendal::layers::{RetryEvent, RetryLayer, TimeoutLayer};
use opendal::services::{Cos, Oss, S3};
use opendal::{HttpTransporter, OperationContext, Operator};
use opendal_http_transport_reqwest::ReqwestTransport;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::error::{Cause, OpenError};
use super::location::{Location, Parameters, Service};

/// For name resolution, TCP and TLS together.
const CONNECT: Duration = Duration::from_secs(5);
/// For a question without content, such as the length of an object.
const CONTROL: Duration = Duration::from_secs(15);
/// For one part to be uploaded, and for the silence before and within a download. A part then goes through a line of
/// 0.7 Mbit/s, which small rented machines have.
const TRANSFER: Duration = Duration::from_secs(60);
/// How often a call is repeated that failed for the moment: no connection, time-out, 429, 5xx.
const RETRIES: usize = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// As in the other clients of this program: shorter than load balancers keep connections.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// The client for a service. Makes no request.
pub(super) fn open(location: &Location) -> Result<Operator, OpenError> {
    let operator = match location.service {
        Service::S3 => s3(location),
        Service::Cos => cos(location),
        Service::Oss => oss(location),
    };
    let secrets = location.parameters.secrets();
    let operator = operator.map_err(|error| match error.message() {
        // Only S3's client asks for it, after the variables were looked up.
        message if message.starts_with("region is missing") => {
            OpenError::address("needs ?region=, or the variable AWS_REGION")
        }
        _ => OpenError::Settings(Cause::of(&error, &secrets)),
    })?;
    let transport = HttpTransporter::new(ReqwestTransport::new(http(&location.parameters)?));
    Ok(operator
        .with_context(OperationContext::new().with_http_transport(transport))
        // Within the retries: a time-out around them would lose the state of an upload.
        .layer(TimeoutLayer::new().with_timeout(CONTROL).with_io_timeout(TRANSFER))
        .layer(
            RetryLayer::new()
                .with_max_times(RETRIES)
                .with_min_delay(FIRST_PAUSE)
                .with_max_delay(LONGEST_PAUSE)
                .with_jitter()
                .with_notify(move |event: RetryEvent<'_>| {
                    let cause = Cause::of(event.err, &secrets);
                    tracing::warn!(error = %cause, attempt = event.attempt, "a call of the storage is repeated");
                }),
        ))
}

fn s3(location: &Location) -> opendal::Result<Operator> {
    let parameters = &location.parameters;
    let mut builder = S3::default()
        .bucket(&location.bucket)
        .root(&location.prefix)
        .region(parameters.region.as_deref().unwrap_or_default())
        .endpoint(parameters.endpoint.as_ref().map(Url::as_str).unwrap_or_default())
        .access_key_id(shown(&parameters.access_key_id))
        .secret_access_key(shown(&parameters.secret_access_key))
        .session_token(shown(&parameters.session_token));
    if parameters.virtual_host_style {
        builder = builder.enable_virtual_host_style();
    }
    Operator::new(builder)
}

fn cos(location: &Location) -> opendal::Result<Operator> {
    let parameters = &location.parameters;
    let region = parameters.region.as_deref().unwrap_or_default();
    // Source of the host: Tencent Cloud, COS, "Regions and Access Endpoints".
    let endpoint = endpoint(parameters, || format!("https://cos.{region}.myqcloud.com"));
    let builder = Cos::default()
        .bucket(&location.bucket)
        .root(&location.prefix)
        .endpoint(&endpoint)
        .secret_id(shown(&parameters.access_key_id))
        .secret_key(shown(&parameters.secret_access_key))
        .security_token(shown(&parameters.session_token));
    Operator::new(builder)
}

fn oss(location: &Location) -> opendal::Result<Operator> {
    let parameters = &location.parameters;
    let region = parameters.region.as_deref().unwrap_or_default();
    // Source of the host: Alibaba Cloud, OSS, "Regions and endpoints".
    let endpoint = endpoint(parameters, || format!("https://oss-{region}.aliyuncs.com"));
    let builder = Oss::default()
        .bucket(&location.bucket)
        .root(&location.prefix)
        .endpoint(&endpoint)
        .access_key_id(shown(&parameters.access_key_id))
        .access_key_secret(shown(&parameters.secret_access_key))
        .security_token(shown(&parameters.session_token));
    Operator::new(builder)
}

fn endpoint(parameters: &Parameters, of_region: impl FnOnce() -> String) -> String {
    parameters.endpoint.as_ref().map_or_else(of_region, |url| url.as_str().trim_end_matches('/').to_owned())
}

/// What a builder takes for "not given" is the empty text.
fn shown(secret: &Option<SecretString>) -> &str {
    secret.as_ref().map(SecretString::expose_secret).unwrap_or_default()
}

fn http(parameters: &Parameters) -> Result<reqwest::Client, OpenError> {
    // An error means that another part of the program was first, and its provider is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut http = reqwest::Client::builder()
        .user_agent(concat!("odaesan/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .pool_idle_timeout(POOL_IDLE)
        // A signature holds for one host.
        .redirect(reqwest::redirect::Policy::none());
    if parameters.plain() {
        // Do not fail where the system has no certificates.
        http = http.tls_certs_only([]);
    }
    if parameters.loopback() {
        http = http.no_proxy();
    }
    http.build().map_err(OpenError::Http)
}
