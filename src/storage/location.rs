//! The address of an object storage: which service, which bucket, and how it is reached.

use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};

use super::error::OpenError;
use super::key;

/// Which service's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    S3,
    Cos,
    Oss,
}

/// `s3://bucket/prefix?…`, read.
#[derive(Debug)]
pub(super) struct Location {
    pub(super) service: Service,
    pub(super) bucket: String,
    /// Without slashes at its ends; empty for none.
    pub(super) prefix: String,
    pub(super) parameters: Parameters,
}

#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<Url>,
    pub(super) virtual_host_style: bool,
    pub(super) access_key_id: Option<SecretString>,
    pub(super) secret_access_key: Option<SecretString>,
    pub(super) session_token: Option<SecretString>,
}

const NAMES: &str = "region, endpoint, virtual_host_style, access_key_id, secret_access_key, session_token";

impl Location {
    pub(super) fn parse(url: &str) -> Result<Self, OpenError> {
        let url = Url::parse(url).map_err(|_| OpenError::address("is not a URL"))?;
        let service = match url.scheme() {
            "s3" => Service::S3,
            "cos" => Service::Cos,
            "oss" => Service::Oss,
            _ => return Err(OpenError::address("must start with fs:, s3://, cos:// or oss://")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OpenError::address("must not contain a user name or password before the bucket"));
        }
        if url.port().is_some() {
            return Err(OpenError::address("must not contain a port; a server of your own is named by ?endpoint="));
        }
        if url.fragment().is_some() {
            return Err(OpenError::address("must not contain '#'; within a parameter it is written %23"));
        }
        let bucket = bucket(&url).ok_or_else(|| OpenError::address("does not name a bucket after ://"))?;
        let prefix = url.path().trim_matches('/').to_owned();
        if !prefix.is_empty() && key::check(&prefix).is_err() {
            return Err(OpenError::address("has a prefix of other than letters, digits, '-', '_', '.' and '/'"));
        }
        let parameters = Parameters::parse(url.query().unwrap_or_default())?;
        parameters.check(service)?;
        Ok(Self { service, bucket, prefix, parameters })
    }

    /// What may be shown.
    pub(super) fn shown(&self) -> String {
        let scheme = match self.service {
            Service::S3 => "s3",
            Service::Cos => "cos",
            Service::Oss => "oss",
        };
        format!("{scheme}://{}/{}", self.bucket, self.prefix)
    }
}

/// 3 to 63 letters, digits, `-`, `_` and `.`, as all three services have it at least.
fn bucket(url: &Url) -> Option<String> {
    let name = url.host_str()?;
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    ((3..=63).contains(&name.len()) && name.bytes().all(known)).then(|| name.to_owned())
}

impl Parameters {
    /// Percent-decoded only: `+` is itself, since the secrets of these services contain it.
    fn parse(query: &str) -> Result<Self, OpenError> {
        let mut read = Self::default();
        for (index, pair) in query.split('&').enumerate().filter(|(_, pair)| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| OpenError::address(format!("has a parameter (number {}) that is not UTF-8", index + 1)))?;
            // A name that is not known is not repeated: it can be the rest of a secret that was not encoded.
            read.set(name, &value).ok_or_else(|| {
                let number = index + 1;
                OpenError::address(format!("has a parameter (number {number}) that is none of {NAMES}"))
            })??;
        }
        Ok(read)
    }

    /// `None`: there is no such parameter.
    fn set(&mut self, name: &str, value: &str) -> Option<Result<(), OpenError>> {
        let given_before = match name {
            "region" => self.region.replace(value.to_owned()).is_some(),
            "endpoint" => match endpoint(value) {
                Ok(endpoint) => self.endpoint.replace(endpoint).is_some(),
                Err(error) => return Some(Err(error)),
            },
            "virtual_host_style" => match value {
                "true" => std::mem::replace(&mut self.virtual_host_style, true),
                "false" => self.virtual_host_style,
                _ => return Some(Err(OpenError::address("has a virtual_host_style that is not true or false"))),
            },
            "access_key_id" => self.access_key_id.replace(value.into()).is_some(),
            "secret_access_key" => self.secret_access_key.replace(value.into()).is_some(),
            "session_token" => self.session_token.replace(value.into()).is_some(),
            _ => return None,
        };
        Some(if given_before { Err(OpenError::address(format!("gives {name} twice"))) } else { Ok(()) })
    }

    fn check(&self, service: Service) -> Result<(), OpenError> {
        let region = self.region.as_deref();
        let known = |region: &str| region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if region.is_some_and(|region| region.is_empty() || !known(region)) {
            return Err(OpenError::address("has a region of other than letters, digits and '-'"));
        }
        if service != Service::S3 && self.endpoint.is_none() && region.is_none() {
            return Err(OpenError::address("needs ?region= or ?endpoint="));
        }
        if service != Service::S3 && self.virtual_host_style {
            return Err(OpenError::address("has virtual_host_style, which only s3:// knows"));
        }
        let empty = |value: &Option<SecretString>| value.as_ref().is_some_and(|value| value.expose_secret().is_empty());
        if empty(&self.access_key_id) || empty(&self.secret_access_key) || empty(&self.session_token) {
            return Err(OpenError::address("has an empty access_key_id, secret_access_key or session_token"));
        }
        if self.access_key_id.is_some() != self.secret_access_key.is_some() {
            return Err(OpenError::address("must have both access_key_id and secret_access_key, or none of them"));
        }
        if self.session_token.is_some() && self.access_key_id.is_none() {
            return Err(OpenError::address("has a session_token without access_key_id and secret_access_key"));
        }
        Ok(())
    }

    /// What must not be shown.
    pub(super) fn secrets(&self) -> Vec<SecretString> {
        [&self.access_key_id, &self.secret_access_key, &self.session_token].into_iter().flatten().cloned().collect()
    }

    /// Whether the service is reached without TLS.
    pub(super) fn plain(&self) -> bool {
        self.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http")
    }

    /// Whether the service is on this machine, where no proxy can be between.
    pub(super) fn loopback(&self) -> bool {
        self.endpoint.as_ref().and_then(Url::host_str).is_some_and(|host| {
            host == "localhost"
                || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        })
    }
}

fn endpoint(value: &str) -> Result<Url, OpenError> {
    let wrong = || OpenError::address("has an endpoint that is not like https://host or http://host:port");
    let url = Url::parse(value).map_err(|_| wrong())?;
    let bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    let bare = bare && url.query().is_none() && url.fragment().is_none();
    if matches!(url.scheme(), "http" | "https") && bare { Ok(url) } else { Err(wrong()) }
}
