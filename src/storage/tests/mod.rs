//! The storage over a real directory and a real server of S3's protocol.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod addresses;
mod files;
mod s3;

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, ReadBuf};

use super::{Error, Storage};

/// Bytes of which no two stretches are alike.
fn content(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A reader that ends with an error, as the upload of a client does that goes away.
struct Breaks;

impl AsyncRead for Breaks {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionReset, "the client went away")))
    }
}

/// The content, then the error.
fn broken(content: &[u8]) -> impl AsyncRead + '_ {
    content.chain(Breaks)
}

async fn read(storage: &Storage, key: &str, range: Range<u64>) -> Result<Vec<u8>, Error> {
    let pieces: Vec<Bytes> = storage.read(key, range).await?.try_collect().await?;
    Ok(pieces.concat())
}

/// Ranges of a content, with its edges and those of the pieces that it is read in.
fn ranges(length: u64) -> Vec<Range<u64>> {
    let piece = super::FILE_PIECE as u64;
    let mut ranges = vec![0..0, 0..1, 0..length, length - 1..length, length..length, length / 2..length / 2 + 7];
    ranges.extend([piece - 1..piece + 1, piece..piece * 2, 1..piece * 3 + 1].into_iter().filter(|at| at.end <= length));
    ranges
}
