//! Forms with files: `multipart/form-data` (RFC 7578), each file streamed to a temporary one in bounded memory.

use async_graphql::UploadValue;
use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, StatusCode};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::body::{check_length, media_type, too_large, unsupported};
use super::envelope::Failure;
use super::variables::Variable;
use crate::disposition::file_name;
use crate::error::Code;

/// What surrounds the parts: boundaries and headers.
const OVERHEAD: u64 = 64 * 1024;

/// The literal of the V1 document for a file beyond its limit.
const FILE_TOO_LARGE: &str = "file size exceeded limit";

/// How much a form may hold, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) file: u64,
    /// All text parts together.
    pub(super) text: u64,
}

/// A form that was read.
#[derive(Default)]
pub(super) struct Form {
    pub(super) texts: Vec<(String, String)>,
    /// Files, by index of the variable.
    pub(super) files: Vec<(usize, UploadValue)>,
}

/// Reads a form: the parts that variables ask for; others are skipped.
pub(super) async fn read(
    headers: &HeaderMap,
    body: Body,
    variables: &[Variable],
    limits: Limits,
) -> Result<Form, Failure> {
    let given = media_type(headers);
    if given.as_deref() != Some("multipart/form-data") {
        return Err(unsupported(given.as_deref(), "multipart/form-data"));
    }
    let files = variables.iter().filter(|variable| variable.is_upload()).count() as u64;
    let whole = limits.file.saturating_mul(files).saturating_add(limits.text + OVERHEAD);
    check_length(headers, whole)?;
    let limited = http_body_util::Limited::new(body, usize::try_from(whole.saturating_mul(2)).unwrap_or(usize::MAX));
    let mut request = Request::new(Body::new(limited));
    request.headers_mut().clone_from(headers);
    DefaultBodyLimit::disable().apply(&mut request);
    let mut multipart = Multipart::from_request(request, &())
        .await
        .map_err(|_| Failure::new(Code::BadUserInput, "the form has no usable boundary"))?;

    let broken = |error: MultipartError| broken(&error, whole);
    let mut form = Form::default();
    let mut text_left = limits.text;
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let Some(name) = field.name().map(str::to_owned) else { continue };
        let asked = variables.iter().position(|variable| variable.names.contains(&name));
        match asked {
            Some(index) if variables[index].is_upload() => {
                if form.files.iter().any(|(place, _)| *place == index) {
                    return Err(Failure::new(Code::BadUserInput, format!("{name}: the form has two of it")));
                }
                form.files.push((index, spool(field, limits.file, whole).await?));
            }
            Some(_) => form.texts.push((name.clone(), text(field, &name, &mut text_left, whole).await?)),
            None => {}
        }
    }
    Ok(form)
}

/// Streams a file into a temporary one, which vanishes with its last handle. One that is too large is read to its
/// end nevertheless, within the limit of the whole body: a client that still sends would not see the answer.
async fn spool(mut field: Field<'_>, limit: u64, whole: u64) -> Result<UploadValue, Failure> {
    let filename = field.headers().get(CONTENT_DISPOSITION).and_then(|value| file_name(value.as_bytes()));
    let content_type = field.content_type().map(str::to_owned);
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await;
    let mut file = tokio::fs::File::from_std(file.map_err(|_| Failure::internal())?.map_err(unwritable)?);
    let mut size = 0_u64;
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error, whole))? {
        size = size.saturating_add(chunk.len() as u64);
        if size <= limit {
            file.write_all(&chunk).await.map_err(unwritable)?;
        }
    }
    if size > limit {
        return Err(Failure::new(Code::PayloadTooLarge, FILE_TOO_LARGE));
    }
    file.flush().await.map_err(unwritable)?;
    file.rewind().await.map_err(unwritable)?;
    Ok(UploadValue { filename: filename.unwrap_or_default(), content_type, content: file.into_std().await })
}

fn unwritable(error: std::io::Error) -> Failure {
    tracing::error!(error = &error as &dyn std::error::Error, "an upload cannot be stored for the time being");
    Failure::internal()
}

async fn text(mut field: Field<'_>, name: &str, left: &mut u64, whole: u64) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error, whole))? {
        *left = left.checked_sub(chunk.len() as u64).ok_or_else(|| too_large(whole))?;
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| Failure::new(Code::BadUserInput, format!("{name}: not UTF-8")))
}

fn broken(error: &MultipartError, whole: u64) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(whole),
        _ => Failure::new(Code::BadUserInput, format!("the form is not readable: {}", error.body_text())),
    }
}
