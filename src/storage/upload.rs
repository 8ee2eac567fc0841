//! Writing one object, whole or not at all.
//!
//! The upload runs in a task of its own, which is fed through a channel. A caller that gives up half-way, because its
//! own client went away, only drops the channel: the task sees that the end did not come and takes back what it wrote.
//! (The client of the storage cannot do that itself, and a call of its that is dropped half-way cannot be resumed.)

use bytes::Bytes;
use opendal::Writer;
use tokio::sync::mpsc::Receiver;

use super::Storage;

/// What comes through the channel. A channel that closes without [`Piece::End`] means that the content broke off.
pub(super) enum Piece {
    Data(Bytes),
    End,
}

/// Writes what comes. `false`: the end did not come, and nothing was written. The same holds after an error, unless it
/// was only the last answer that was lost.
pub(super) async fn run(
    storage: Storage,
    key: String,
    part_bytes: usize,
    mut pieces: Receiver<Piece>,
) -> opendal::Result<bool> {
    let mut writer = storage.operator.writer_with(&key).chunk(part_bytes).concurrent(1).await?;
    let outcome = fill(&mut writer, &mut pieces).await;
    if !matches!(outcome, Ok(true))
        && let Err(error) = writer.abort().await
    {
        // What stays of it is invisible to readers; the directory's next opening or the bucket's rule removes it.
        tracing::warn!(storage.key = key, error = %storage.cause(&error), "an unfinished upload could not be taken back");
    }
    outcome
}

async fn fill(writer: &mut Writer, pieces: &mut Receiver<Piece>) -> opendal::Result<bool> {
    while let Some(piece) = pieces.recv().await {
        match piece {
            Piece::Data(bytes) => writer.write(bytes).await?,
            Piece::End => {
                writer.close().await?;
                return Ok(true);
            }
        }
    }
    Ok(false)
}
