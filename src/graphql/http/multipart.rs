//! Files with an operation. Source: "GraphQL multipart request specification", version 2.
//!
//! The parts come in the order `operations`, `map`, then the files: that order lets a file go straight to disk with
//! nothing kept in memory, and lets one that nobody asked for be refused before it is read. Every path of the map must
//! lead to a null in the operations; the stock parser ignores a wrong one and the upload is lost in silence.
//!
//! A file becomes a temporary file without a name, gone when its last handle is closed. Where several variables share
//! one file, each gets a handle with its own position.

use std::collections::HashSet;

use async_graphql::{BatchRequest, UploadValue};
use axum::body::BodyDataStream;
use axum::http::header::CONTENT_DISPOSITION;
use indexmap::IndexMap;
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::{
    Refusal,
    params::{from_value, json},
};
use crate::{disposition::file_name, error::Error, graphql::limits::Limits};

/// Where files go: part name → paths into the operations (`variables.file`, `0.variables.files.2`).
type Places = IndexMap<String, Vec<String>>;

/// Receives the operations and their files.
///
/// Errors: 400 for a body that is not what the specification says; 413 for too many or too large files.
pub(super) async fn receive(
    boundary: String,
    body: &mut BodyDataStream,
    limits: &Limits,
) -> Result<BatchRequest, Refusal> {
    let mut parts = Multipart::with_constraints(body, boundary, Constraints::new().size_limit(sizes(limits)));

    let operations: Value = json(&named(&mut parts, "operations").await?, "operations")?;
    let mut places: Places = json(&named(&mut parts, "map").await?, "map")?;
    // Every path costs an open file, so a file counts once for every variable that it goes to.
    if places.len() > limits.upload_files || places.values().flatten().count() > limits.upload_files {
        return Err(Refusal::too_large(format!("at most {} files are allowed", limits.upload_files)));
    }
    check_places(&operations, &places)?;

    let mut request = from_value(operations, limits.batch)?;
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let paths = part.name().and_then(|name| places.shift_remove(name));
        let Some(paths) = paths else {
            return Err(Refusal::bad(format!(
                "the map does not mention the part {:?}",
                part.name().unwrap_or_default()
            )));
        };
        place(&mut request, &paths, &receive_file(part).await?)?;
    }
    match places.keys().next() {
        Some(missing) => Err(Refusal::bad(format!("the map mentions the part {missing:?}, which is missing"))),
        None => Ok(request),
    }
}

fn sizes(limits: &Limits) -> SizeLimit {
    // Part headers and boundaries come on top of what they enclose; 8 KiB a part is what HTTP servers grant headers.
    let enclosed = limits.upload_bytes.saturating_mul(limits.upload_files as u64);
    let overhead = (limits.upload_files as u64 + 2) * (8 << 10);
    SizeLimit::new()
        .whole_stream(enclosed.saturating_add(2 * limits.body_bytes as u64).saturating_add(overhead))
        .per_field(limits.upload_bytes)
        .for_field("operations", limits.body_bytes as u64)
        .for_field("map", limits.body_bytes as u64)
}

/// The next part, which must have this name.
async fn named(parts: &mut Multipart<'_>, name: &str) -> Result<Vec<u8>, Refusal> {
    match parts.next_field().await.map_err(broken)? {
        Some(part) if part.name() == Some(name) => Ok(part.bytes().await.map_err(broken)?.into()),
        _ => Err(Refusal::bad(format!("the part {name:?} is missing; the order is operations, map, files"))),
    }
}

/// Every path leads to a null in the variables, and no two to the same.
fn check_places(operations: &Value, places: &Places) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    for path in places.values().flatten() {
        if target(operations, path) != Some(&Value::Null) {
            return Err(Refusal::bad(format!("the map's path {path:?} does not lead to a null in the variables")));
        }
        if !seen.insert(path) {
            return Err(Refusal::bad(format!("the map names the path {path:?} twice")));
        }
    }
    Ok(())
}

/// What stands at `variables.…`, or in a batch at `0.variables.…`.
fn target<'o>(operations: &'o Value, path: &str) -> Option<&'o Value> {
    let (operation, path) = match operations {
        Value::Array(batch) => {
            let (index, path) = path.split_once('.')?;
            (batch.get(index.parse::<usize>().ok()?)?, path)
        }
        single => (single, path),
    };
    let variables = operation.get("variables")?;
    path.strip_prefix("variables.")?.split('.').try_fold(variables, |value, segment| match value {
        Value::Array(items) => items.get(segment.parse::<usize>().ok()?),
        Value::Object(members) => members.get(segment),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

struct Received {
    name: String,
    content_type: Option<String>,
    file: NamedTempFile,
}

async fn receive_file(mut part: Field<'_>) -> Result<Received, Refusal> {
    let named = part.headers().get(CONTENT_DISPOSITION).and_then(|value| file_name(value.as_bytes()));
    let name = named.or_else(|| part.name().map(str::to_owned)).unwrap_or_default();
    let content_type = part.content_type().map(ToString::to_string);
    let file = tokio::task::spawn_blocking(NamedTempFile::new).await.map_err(defect)?.map_err(defect)?;
    let mut writer = tokio::fs::File::from_std(file.reopen().map_err(defect)?);
    while let Some(chunk) = part.chunk().await.map_err(broken)? {
        writer.write_all(&chunk).await.map_err(defect)?;
    }
    writer.flush().await.map_err(defect)?;
    Ok(Received { name, content_type, file })
}

/// Hands the file to every variable that asks for it.
fn place(request: &mut BatchRequest, paths: &[String], received: &Received) -> Result<(), Refusal> {
    for path in paths {
        let upload = UploadValue {
            filename: received.name.clone(),
            content_type: received.content_type.clone(),
            content: received.file.reopen().map_err(defect)?,
        };
        match request {
            BatchRequest::Single(request) => request.set_upload(path, upload),
            BatchRequest::Batch(requests) => {
                let target = path.split_once('.').and_then(|(index, rest)| {
                    let index: usize = index.parse().ok()?;
                    Some((requests.get_mut(index)?, rest))
                });
                if let Some((request, rest)) = target {
                    request.set_upload(rest, upload);
                }
            }
        }
    }
    Ok(())
}

/// What the multipart parser says, in the caller's terms.
fn broken(error: multer::Error) -> Refusal {
    match error {
        multer::Error::FieldSizeExceeded { limit, field_name } => {
            Refusal::too_large(format!("the part {:?} is larger than {limit} bytes", field_name.unwrap_or_default()))
        }
        multer::Error::StreamSizeExceeded { limit } => {
            Refusal::too_large(format!("the request body is larger than {limit} bytes"))
        }
        other => Refusal::bad(format!("the multipart body is malformed: {other}")),
    }
}

/// The disk failed, or the machinery around it.
fn defect(error: impl std::fmt::Display) -> Refusal {
    Error::Internal(format!("an upload could not be stored: {error}")).into()
}
