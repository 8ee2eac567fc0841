//! Reads bodies no further than allowed.

use std::time::Duration;

use axum::{
    body::BodyDataStream,
    http::{
        HeaderMap,
        header::{CONTENT_LENGTH, EXPECT},
    },
};
use bytes::BytesMut;
use futures_util::StreamExt;

use super::Refusal;

/// How much of a refused body is read and thrown away, and for how long. A client that is still sending when the
/// connection closes sees a reset instead of the answer.
const DRAINED_BYTES: u64 = 32 << 20;
const DRAINED_TIME: Duration = Duration::from_secs(5);

/// Reads a body of at most `limit` bytes.
///
/// Errors: 413 beyond the limit, at once if the length is announced; 400 if the client goes away.
pub(crate) async fn read(headers: &HeaderMap, body: &mut BodyDataStream, limit: usize) -> Result<BytesMut, Refusal> {
    let too_large = || Refusal::too_large(format!("the request body is larger than {limit} bytes"));
    if announced(headers).is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_broken| Refusal::bad("the request body ended too early"))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads on, within bounds, and forgets what it reads. Not if the client waits to be told to send (`Expect`).
pub(crate) async fn drain(headers: &HeaderMap, body: &mut BodyDataStream) {
    if headers.contains_key(EXPECT) || announced(headers).is_some_and(|length| length > DRAINED_BYTES) {
        return;
    }
    let _ = tokio::time::timeout(DRAINED_TIME, async {
        let mut read = 0;
        while let Some(Ok(chunk)) = body.next().await {
            read += chunk.len() as u64;
            if read > DRAINED_BYTES {
                break;
            }
        }
    })
    .await;
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
