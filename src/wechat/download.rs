//! Downloads of temporary media: the files of what followers sent.
//!
//! A file goes straight to the disk: a film of a follower may be larger than anything that this service sends itself.
//! Source: the page "获取临时素材" (getting temporary media) of the Official Account documentation.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::net::{IpAddr, SocketAddr};

use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Response, Url};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::io::AsyncWriteExt as _;

use super::call::{Answer, Authorisation, Call, read_answer, transfer_time};
use super::client::{Client, Credentials, Inner};
use super::error::{Error, Result};
use super::wire;
use crate::disposition;

/// The largest file that is taken, in bytes. WeChat names no limit for what followers send; its own clients cut a video
/// off at 25 MB.
pub const MAX_MEDIA_BYTES: usize = 64 << 20;

/// The longest answer that is looked at as JSON, in bytes.
const MAX_JSON_BYTES: u64 = 64 << 10;

const API: &str = "/cgi-bin/media/get";

/// What a failure calls the address that WeChat gives in place of a video.
const LINK: &str = "/cgi-bin/media/get (video_url)";

/// A file that was downloaded.
#[derive(Debug)]
pub struct DownloadedMedia {
    /// The name that came with it, without folders; `None` without one.
    pub file_name: Option<String>,
    /// Its length in bytes, at least 1.
    pub size: u64,
    /// The content, at its start: a file without a name, gone when this is dropped.
    pub content: File,
}

impl Client {
    /// Downloads temporary media: the account's own, or what a follower sent.
    ///
    /// `GET /cgi-bin/media/get`; reads, so it is repeated. For a video WeChat gives an address, or (some say) the file:
    /// both are taken. The address is fetched once, without the token, without redirections and past any proxy, and only
    /// where it leads to a public host, unless WeChat itself is at a private one here.
    ///
    /// # Errors
    /// 40007 (unknown, or older than three days). [`Error::TooLarge`] beyond [`MAX_MEDIA_BYTES`]; [`Error::Unreadable`] for
    /// a text, for nothing at all, and for an address that may not be fetched.
    pub async fn download_media(&self, credentials: &Credentials, media_id: &str) -> Result<DownloadedMedia> {
        let call = Call::download(API, MAX_MEDIA_BYTES).query("media_id", media_id);
        match self.call_for(credentials, call).await? {
            Given::File(media) => Ok(media),
            Given::Link(link) => self.inner.fetch(&link).await,
        }
    }
}

/// What WeChat gives for a media id.
enum Given {
    File(DownloadedMedia),
    Link(String),
}

impl Answer for Given {
    async fn read(_: &Inner, call: &Call, response: Response, authorisation: Authorisation<'_>) -> Result<Self> {
        #[derive(Deserialize)]
        struct Film {
            #[serde(deserialize_with = "wire::required_text")]
            video_url: String,
        }
        let is_text = is_text(&response);
        let mut media = receive(call.api(), response).await?;
        // The Content-Type says little: WeChat sends JSON as text, too, and a recording may begin with a brace.
        match small_object(&mut media).map_err(|error| lost(call.api(), &error))? {
            Some(json) => {
                read_answer::<Film>(call, &json, authorisation).map(|Film { video_url }| Self::Link(video_url))
            }
            None if is_text => Err(unreadable(call.api(), "it is a text and no file")),
            None => Ok(Self::File(media)),
        }
    }
}

impl Inner {
    /// Gets a file from an address that WeChat gave.
    async fn fetch(&self, link: &str) -> Result<DownloadedMedia> {
        let refused = || unreadable(LINK, "its address is none that may be fetched");
        let url = Url::parse(link).map_err(|_| refused())?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            return Err(refused());
        }
        let mut addresses = addresses(&url).await.ok_or_else(refused)?;
        let is_private_here = addresses_of(&self.base_url).await.iter().any(|address| !is_public(address.ip()));
        if !is_private_here {
            addresses.retain(|address| is_public(address.ip()));
        }
        if addresses.is_empty() {
            return Err(refused());
        }
        let http = reqwest::Client::builder()
            .user_agent(concat!("odaesan/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .no_proxy()
            // Those that were looked at, and not what a second look-up would give.
            .resolve_to_addrs(url.host_str().unwrap_or_default(), &addresses)
            .connect_timeout(self.connect_timeout)
            .read_timeout(self.read_timeout)
            .timeout(self.attempt_timeout + transfer_time(MAX_MEDIA_BYTES))
            .build()
            .map_err(|error| Error::transport(LINK, error))?;
        let response = http.get(url).send().await.map_err(|error| Error::transport(LINK, error))?;
        if response.status().as_u16() != 200 {
            return Err(Error::Status { api: LINK, status: response.status().as_u16() });
        }
        if is_text(&response) {
            return Err(unreadable(LINK, "it is a text and no file"));
        }
        receive(LINK, response).await
    }
}

fn unreadable(api: &'static str, reason: &str) -> Error {
    Error::Unreadable { api, reason: reason.to_owned() }
}

/// The local disk failed. There is no better name for it here, and it is worth another try.
fn lost(api: &'static str, error: &std::io::Error) -> Error {
    Error::Unreadable { api, reason: format!("it could not be written down: {}", error.kind()) }
}

/// Whether the header says that this is for people to read: an error of a proxy, for one.
fn is_text(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).map(|value| value.as_bytes().to_ascii_lowercase());
    content_type.is_some_and(|value| value.starts_with(b"text/"))
}

/// Writes a body to the disk.
async fn receive(api: &'static str, mut response: Response) -> Result<DownloadedMedia> {
    let too_large = Error::TooLarge { api, limit: MAX_MEDIA_BYTES };
    let limit = MAX_MEDIA_BYTES as u64;
    if response.content_length().unwrap_or(0) > limit {
        return Err(too_large);
    }
    let file_name =
        response.headers().get(CONTENT_DISPOSITION).and_then(|value| disposition::file_name(value.as_bytes()));
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await;
    let file = file.map_err(|panic| lost(api, &std::io::Error::other(panic)))?.map_err(|error| lost(api, &error))?;
    let (mut file, mut size) = (tokio::fs::File::from_std(file), 0);
    while let Some(chunk) = response.chunk().await.map_err(|error| Error::transport(api, error))? {
        size += chunk.len() as u64;
        if size > limit {
            return Err(too_large);
        }
        file.write_all(&chunk).await.map_err(|error| lost(api, &error))?;
    }
    file.flush().await.map_err(|error| lost(api, &error))?;
    if size == 0 {
        return Err(unreadable(api, "it is empty"));
    }
    let mut content = file.into_std().await;
    content.rewind().map_err(|error| lost(api, &error))?;
    Ok(DownloadedMedia { file_name, size, content })
}

/// The whole content, if it is a small JSON object. The file is at its start again.
fn small_object(media: &mut DownloadedMedia) -> std::io::Result<Option<Vec<u8>>> {
    if media.size > MAX_JSON_BYTES {
        return Ok(None);
    }
    let mut content = Vec::new();
    media.content.read_to_end(&mut content)?;
    media.content.rewind()?;
    let is_object =
        content.trim_ascii_start().first() == Some(&b'{') && serde_json::from_slice::<IgnoredAny>(&content).is_ok();
    Ok(is_object.then_some(content))
}

/// Where a host is; `None` without one, or where nobody knows.
async fn addresses(url: &Url) -> Option<Vec<SocketAddr>> {
    let port = url.port_or_known_default()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let found = tokio::net::lookup_host((host, port)).await.ok()?;
    Some(found.collect())
}

async fn addresses_of(url: &Url) -> Vec<SocketAddr> {
    addresses(url).await.unwrap_or_default()
}

/// Whether an address is one of the open internet. Source: the IANA registries of special-purpose addresses, RFC 6890.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let is_special = matches!(
                (a, b, c),
                (0 | 10 | 127 | 240..=255, ..)
                    | (100, 64..=127, _)
                    | (169, 254, _)
                    | (172, 16..=31, _)
                    | (192, 0, 0 | 2)
                    | (192, 88, 99)
                    | (192, 168, _)
                    | (198, 18 | 19, _)
                    | (198, 51, 100)
                    | (203, 0, 113)
            );
            !is_special && !v4.is_multicast()
        }
        IpAddr::V6(v6) => match (v6.to_ipv4(), v6.segments()) {
            // Also the address that is all zeros, and ::1.
            (Some(v4), _) => is_public(v4.into()),
            // NAT64, 6to4: the address of version 4 within decides, and nobody needs them here.
            (None, [0x64, 0xff9b, ..] | [0x2002, ..]) => false,
            // Global unicast, without documentation, Teredo and benchmarking.
            (None, [0x2001, 0 | 2 | 0xdb8, ..] | [0x3fff, ..]) => false,
            (None, [first, ..]) => first & 0xe000 == 0x2000,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_and_special_addresses_are_told_from_public_ones() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
        ] {
            assert_eq!(private.parse().map(is_public), Ok(false), "{private}");
        }
        for public in
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "192.167.1.1", "240e::1", "2606:4700::1111", "::ffff:1.1.1.1"]
        {
            assert_eq!(public.parse().map(is_public), Ok(true), "{public}");
        }
    }
}
