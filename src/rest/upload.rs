//! Forms with files: `multipart/form-data` (RFC 7578), each file streamed to a temporary one in bounded memory.

use async_graphql::UploadValue;
use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderMap, StatusCode};
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::body::{check_length, media_type, too_large, unsupported};
use super::envelope::Failure;
use super::variables::Variable;
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

/// The file name of a part. `filename*` (RFC 5987) wins over `filename` (RFC 6266, section 4.3); in the latter browsers
/// write `"` as `%22` and others escape it with a backslash. A folder in front is cut off.
fn file_name(disposition: &[u8]) -> Option<String> {
    let disposition = String::from_utf8_lossy(disposition);
    let parameters = parameters(&disposition);
    let value =
        |name: &str| parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let extended = value("filename*").and_then(|value| extended_value(value));
    let name = extended.or_else(|| value("filename").map(|name| name.replace("%22", "\"")))?;
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    Some(base.chars().filter(|letter| !letter.is_control()).collect())
}

/// `UTF-8''%E4%B9%A6.jpg`, or the same in ISO-8859-1.
fn extended_value(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = percent_decode_str(encoded);
    if charset.eq_ignore_ascii_case("utf-8") {
        bytes.decode_utf8().ok().map(Into::into)
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        Some(bytes.map(char::from).collect())
    } else {
        None
    }
}

/// The parameters behind the first `;`, quotes and their escapes resolved.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = header.find(';').map_or("", |at| &header[at + 1..]);
    while let Some((name, value)) = rest.split_once('=') {
        let name = name.trim().trim_start_matches(';').trim().to_owned();
        let value = value.trim_start();
        let (value, end) = match value.strip_prefix('"') {
            Some(quoted) => {
                let (value, length) = unquoted(quoted);
                (value, &quoted[length..])
            }
            None => {
                let (value, end) = value.split_at(value.find(';').unwrap_or(value.len()));
                (value.trim().to_owned(), end)
            }
        };
        parameters.push((name, value));
        rest = end;
    }
    parameters
}

/// A quoted text up to its closing quote, and how many bytes it takes with it. A backslash escapes quotes and itself
/// only: old browsers put whole Windows paths here.
fn unquoted(text: &str) -> (String, usize) {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, at + 1),
            '\\' if matches!(letters.peek(), Some((_, '"' | '\\'))) => {
                value.extend(letters.next().map(|(_, next)| next))
            }
            other => value.push(other),
        }
    }
    (value, text.len())
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn file_names_in_every_form_that_clients_send() {
        for (header, name) in [
            ("form-data; name=\"file\"; filename=\"a.jpg\"", Some("a.jpg")),
            ("form-data; name=\"file\"; filename=\"图片 1.jpg\"", Some("图片 1.jpg")),
            ("form-data; name=file; filename=a.jpg", Some("a.jpg")),
            ("form-data; filename=\"a;b=c.jpg\"; name=\"file\"", Some("a;b=c.jpg")),
            ("form-data; filename=\"say \\\"hi\\\".jpg\"", Some("say \"hi\".jpg")),
            ("form-data; filename=\"say %22hi%22.jpg\"", Some("say \"hi\".jpg")),
            ("form-data; filename=\"x.jpg\"; filename*=UTF-8''%E5%9B%BE%E7%89%87.jpg", Some("图片.jpg")),
            ("form-data; filename*=utf-8'zh'%E5%9B%BE.jpg; filename=\"x.jpg\"", Some("图.jpg")),
            ("form-data; filename*=ISO-8859-1''caf%E9.jpg", Some("café.jpg")),
            ("form-data; filename*=koi8-r''%E9.jpg; filename=x.jpg", Some("x.jpg")),
            ("form-data; filename=\"C:\\fakepath\\a.jpg\"", Some("a.jpg")),
            ("form-data; filename=\"../../etc/passwd\"", Some("passwd")),
            ("form-data; filename=\"never closed", Some("never closed")),
            ("form-data; name=\"file\"", None),
            ("form-data", None),
        ] {
            assert_eq!(file_name(header.as_bytes()).as_deref(), name, "{header}");
        }
    }
}
