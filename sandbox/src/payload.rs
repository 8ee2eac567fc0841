//! The body of a call: anything as bytes, a form with files (`multipart/form-data`, RFC 7578) in its parts.

use std::convert::Infallible;

use axum::{body::Body, http::StatusCode};
use bytes::{Bytes, BytesMut};
use futures_util::{TryStreamExt, future, stream};
use multer::{Field, Multipart, parse_boundary};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Largest body that is read, in bytes: the largest upload WeChat takes is 10 MB, the rest is for the form around it.
const MAX_BODY: usize = 11 << 20;
/// So much of a longer body is read past, in bytes: most clients listen to an answer only after they have sent all.
const MAX_PASSED: usize = 64 << 20;
/// Most parts of a form.
const MAX_PARTS: usize = 100;
/// Longest value of a text part that the record of calls shows, in bytes.
const SHOWN_TEXT: usize = 1024;

/// A body, read completely.
#[derive(Debug)]
pub(crate) enum Payload {
    /// Anything but a form, and forms that cannot be read.
    Plain(Bytes),
    Form(Vec<Part>),
    /// A form that is longer than any that WeChat takes; what was in it is not known.
    Oversized,
}

/// A part of a form: a file when it has a `filename`, otherwise a text.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    content_type: Option<String>,
    pub(crate) bytes: Bytes,
    /// In hexadecimal.
    pub(crate) sha256: String,
}

/// What the record of calls shows of a part.
#[derive(Serialize)]
struct ShownPart<'a> {
    name: &'a str,
    filename: Option<&'a str>,
    content_type: Option<&'a str>,
    size: usize,
    sha256: &'a str,
    /// Only of a part that is no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Payload {
    /// Reads a body. Errors: 400 when the client breaks off, 413 when it is too long and no form.
    pub(crate) async fn receive(content_type: Option<&str>, body: Body) -> Result<Self, StatusCode> {
        let boundary = content_type.and_then(|content_type| parse_boundary(content_type).ok());
        let bytes = read(body).await.map_err(|_| StatusCode::BAD_REQUEST)?;
        match (bytes, boundary) {
            (Some(bytes), Some(boundary)) => Ok(match parts(bytes.clone(), boundary).await {
                Ok(Some(parts)) => Self::Form(parts),
                Ok(None) | Err(_) => Self::Plain(bytes),
            }),
            (Some(bytes), None) => Ok(Self::Plain(bytes)),
            (None, Some(_)) => Ok(Self::Oversized),
            (None, None) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        }
    }

    /// The bytes of a body that is no form; of a form, none.
    pub(crate) fn plain(&self) -> Option<&Bytes> {
        match self {
            Self::Plain(bytes) => Some(bytes),
            Self::Form(_) | Self::Oversized => None,
        }
    }

    /// What the record of calls shows of a form: a list of its parts instead of their bytes.
    pub(crate) fn shown_form(&self) -> Option<String> {
        match self {
            Self::Plain(_) => None,
            Self::Form(parts) => {
                let shown: Vec<_> = parts.iter().map(Part::shown).collect();
                Some(serde_json::to_string(&shown).unwrap_or_default())
            }
            Self::Oversized => Some(format!("(a form of more than {MAX_BODY} bytes)")),
        }
    }
}

impl Part {
    async fn read(field: Field<'_>) -> multer::Result<Self> {
        let name = field.name().unwrap_or_default().to_owned();
        let filename = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(ToString::to_string);
        let bytes = field.bytes().await?;
        let sha256 = Sha256::digest(&bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        Ok(Self { name, filename, content_type, bytes, sha256 })
    }

    fn shown(&self) -> ShownPart<'_> {
        let text = || String::from_utf8_lossy(&self.bytes[..self.bytes.len().min(SHOWN_TEXT)]).into_owned();
        ShownPart {
            name: &self.name,
            filename: self.filename.as_deref(),
            content_type: self.content_type.as_deref(),
            size: self.bytes.len(),
            sha256: &self.sha256,
            text: self.filename.is_none().then(text),
        }
    }
}

/// The whole body; `None` when it is too long.
async fn read(body: Body) -> Result<Option<Bytes>, axum::Error> {
    let mut chunks = body.into_data_stream();
    let (mut kept, mut length) = (BytesMut::new(), 0_usize);
    while length <= MAX_PASSED
        && let Some(chunk) = chunks.try_next().await?
    {
        length += chunk.len();
        if length <= MAX_BODY {
            kept.extend_from_slice(&chunk);
        } else {
            kept = BytesMut::new();
        }
    }
    Ok((length <= MAX_BODY).then(|| kept.freeze()))
}

/// The parts of a form; `None` when there are too many.
async fn parts(body: Bytes, boundary: String) -> multer::Result<Option<Vec<Part>>> {
    let mut form = Multipart::new(stream::once(future::ready(Ok::<_, Infallible>(body))), boundary);
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await? {
        if parts.len() == MAX_PARTS {
            return Ok(None);
        }
        parts.push(Part::read(field).await?);
    }
    Ok(Some(parts))
}
