//! Files: one small interface over a directory or an object storage.
//!
//! An object is bytes under a key that the caller makes up and nobody else knows; what the bytes are, the database
//! says. Where the objects live is one URL:
//!
//! | URL | where |
//! |---|---|
//! | `fs:./files`, `fs:/var/lib/odaesan/files` | a directory, made when missing; the rest of the URL is its path as it is |
//! | `s3://bucket/prefix?region=eu-central-1` | Amazon S3, or with `endpoint=https://…` what speaks its protocol |
//! | `cos://bucket-1250000000/prefix?region=ap-guangzhou` | Tencent Cloud COS |
//! | `oss://bucket/prefix?region=cn-hangzhou` | Alibaba Cloud OSS |
//!
//! **Credentials** come from where the service's own tools look for them: the variables `AWS_ACCESS_KEY_ID` and
//! `AWS_SECRET_ACCESS_KEY` (or the files, roles and metadata of AWS), `TENCENTCLOUD_SECRET_ID` and
//! `TENCENTCLOUD_SECRET_KEY`, `ALIBABA_CLOUD_ACCESS_KEY_ID` and `ALIBABA_CLOUD_ACCESS_KEY_SECRET`. For all three they can
//! also stand in the URL, as `access_key_id`, `secret_access_key` and perhaps `session_token`, percent-encoded where they
//! contain `&`, `#` or `%`. They are never shown: not in an error, not in the log, not by `Debug`.
//!
//! Uploads that a killed process left unfinished are swept from a directory a day later, when it is next opened. In a
//! bucket they are invisible but paid for: give the bucket the rule that aborts incomplete multipart uploads.

mod directory;
mod error;
mod key;
mod location;
mod remote;
#[cfg(test)]
mod tests;
mod upload;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use opendal::{BufferStream, ErrorKind, Operator};
use secrecy::SecretString;
use tokio::io::AsyncRead;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::io::ReaderStream;
use tracing::Instrument as _;
use uuid::Uuid;

use self::location::Location;
use self::upload::Piece;

pub use self::error::{Cause, Error, OpenError};

/// How much of a file is read or written at once: large enough that the calls cost little beside the copying.
const FILE_PIECE: usize = 256 << 10;
/// How much is uploaded in one request: the smallest part that S3 takes. With its limit of 10,000 parts an object may
/// have 50 GB, far beyond what is stored here.
const REMOTE_PART: usize = 5 << 20;
/// How many objects are written to an object storage at a time: eight times three parts are 120 MiB, however many
/// uploads there are.
const REMOTE_WRITES: usize = 8;
/// How much of the content to be written is read at once.
const CONTENT_PIECE: usize = 64 << 10;

/// Where objects live. Cheap to clone; all clones share connections.
#[derive(Clone)]
pub struct Storage {
    operator: Operator,
    inner: Arc<Inner>,
}

struct Inner {
    shown: String,
    /// Of a storage that is a directory.
    root: Option<PathBuf>,
    secrets: Vec<SecretString>,
    /// Turns to write to an object storage.
    turns: Semaphore,
}

fn turns() -> Semaphore {
    Semaphore::new(REMOTE_WRITES)
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Storage").field(&self.inner.shown).finish()
    }
}

impl Storage {
    /// The storage at a URL; the module says which. Makes the directory of `fs:`; makes no request, so that a wrong
    /// bucket or password shows in [`Storage::check`].
    ///
    /// Installs `ring` as the process's TLS provider unless one is installed already. Errors: what is wrong with the URL,
    /// without the URL.
    pub fn open(url: &str) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("fs:") {
            let (operator, root) = directory::open(directory_path(path)?)?;
            let inner = Inner {
                shown: format!("fs:{}", root.display()),
                root: Some(root),
                secrets: Vec::new(),
                turns: turns(),
            };
            return Ok(Self { operator, inner: inner.into() });
        }
        let location = Location::parse(url)?;
        let operator = remote::open(&location)?;
        let inner =
            Inner { shown: location.shown(), root: None, secrets: location.parameters.secrets(), turns: turns() };
        Ok(Self { operator, inner: inner.into() })
    }

    /// Proves that objects can be written, read and deleted, with one that it makes for it.
    pub async fn check(&self) -> Result<(), Error> {
        let key = format!("probe-{}", Uuid::now_v7());
        let content = key.as_bytes();
        self.write(&key, content).await?;
        let read = self.read_to_end(&key, content.len() as u64).await;
        // Also after an error, so that the probe does not stay.
        let deleted = self.delete(&key).await;
        if read? != content {
            return Err(self.failed("read", &key, Cause::new("it gave other bytes than were written")));
        }
        deleted
    }

    /// Writes an object and returns its length, in bytes. Holds up to three parts of 5 MiB in memory for an object
    /// storage, about 1 MiB for a directory, whatever the length. An object storage is written to by eight
    /// callers at a time, the others wait: the content should be at hand, and not come from a slow client.
    ///
    /// The object appears whole or not at all, also when the content ends with an error ([`Error::Content`]) or this
    /// future is dropped. An object that is there already is replaced; its readers see the old or the new bytes. After
    /// [`Error::Failed`] the object can be there whole, if only the last answer was lost.
    pub async fn write(&self, key: &str, content: impl AsyncRead) -> Result<u64, Error> {
        key::check(key)?;
        let _turn = match &self.inner.root {
            Some(_) => None,
            // It is never closed.
            None => self.inner.turns.acquire().await.ok(),
        };
        let part = if self.inner.root.is_some() { FILE_PIECE } else { REMOTE_PART };
        let (pieces, received) = mpsc::channel(1);
        let upload = tokio::spawn(upload::run(self.clone(), key.to_owned(), part, received).in_current_span());

        let mut content = pin!(ReaderStream::with_capacity(content, CONTENT_PIECE));
        let (mut size, mut broken) = (0, None);
        loop {
            let piece = match content.next().await {
                Some(Ok(bytes)) => {
                    size += bytes.len() as u64;
                    Piece::Data(bytes)
                }
                Some(Err(source)) => {
                    broken = Some(source);
                    break;
                }
                None => Piece::End,
            };
            let ended = matches!(piece, Piece::End);
            // If nobody receives it, the upload has failed and says why below.
            if pieces.send(piece).await.is_err() || ended {
                break;
            }
        }
        drop(pieces);
        let outcome = upload.await.map_err(|error| self.failed("write", key, Cause::new(&error.to_string())))?;
        if let Some(source) = broken {
            return Err(Error::Content { key: key.to_owned(), source });
        }
        outcome.map_err(|error| self.failed("write", key, self.cause(&error)))?;
        self.sync(key).await?;
        Ok(size)
    }

    async fn sync(&self, key: &str) -> Result<(), Error> {
        let Some(root) = self.inner.root.clone() else { return Ok(()) };
        let owned = key.to_owned();
        let synced = tokio::task::spawn_blocking(move || directory::sync(&root, &owned)).await;
        synced
            .unwrap_or_else(|panic| Err(panic.into()))
            .map_err(|error| self.failed("write", key, Cause::new(&error.to_string())))
    }

    /// The length of an object, in bytes. A bucket that is gone is here [`Error::Missing`] like an object.
    pub async fn size(&self, key: &str) -> Result<u64, Error> {
        key::check(key)?;
        let metadata = self.operator.stat(key).await.map_err(|error| self.unread(key, &error))?;
        Ok(metadata.content_length())
    }

    /// Reads a part of an object, piece by piece as the caller takes them: at most a few hundred KiB are in memory.
    ///
    /// The stream gives exactly as many bytes as `range` has, or ends with an error. Whether the object is there at all
    /// is known before the stream is returned, also when `range` is empty.
    pub async fn read(
        &self,
        key: &str,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + use<>, Error> {
        if range.is_empty() {
            self.size(key).await?;
            return Ok(stream::empty().left_stream());
        }
        key::check(key)?;
        // A file is read piece by piece; an object comes in one answer, which is taken as slowly as the caller does.
        let chunk = self.inner.root.is_some().then_some(FILE_PIECE);
        let options = opendal::options::ReaderOptions { chunk, concurrent: 1, ..Default::default() };
        let opened = async { self.operator.reader_options(key, options).await?.into_stream(range.clone()).await };
        let source = opened.await.map_err(|error| self.unread(key, &error))?;
        let rest = Rest { storage: self.clone(), key: key.to_owned(), source, left: range.end - range.start };
        let mut pieces = Box::pin(stream::try_unfold(rest, Rest::next));
        let first = pieces.try_next().await?;
        Ok(stream::iter(first.map(Ok)).chain(pieces).right_stream())
    }

    /// Reads a whole object into memory. Errors: [`Error::TooLarge`] if it has more than `limit` bytes.
    pub async fn read_to_end(&self, key: &str, limit: u64) -> Result<Bytes, Error> {
        let size = self.size(key).await?;
        let length = usize::try_from(size).ok().filter(|_| size <= limit);
        let length = length.ok_or_else(|| Error::TooLarge { key: key.to_owned(), size, limit })?;
        let content = BytesMut::with_capacity(length);
        let gathered = self.read(key, 0..size).await?.try_fold(content, |mut content, piece| async move {
            content.extend_from_slice(&piece);
            Ok(content)
        });
        gathered.await.map(BytesMut::freeze)
    }

    /// Deletes an object. One that is not there is fine.
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        key::check(key)?;
        self.operator.delete(key).await.map_err(|error| self.failed("delete", key, self.cause(&error)))
    }

    fn unread(&self, key: &str, error: &opendal::Error) -> Error {
        // All three services answer 404 for a missing bucket as well, with this code in the content; the question for
        // the length has none, and cannot tell.
        if error.kind() == ErrorKind::NotFound && !error.message().contains("NoSuchBucket") {
            return Error::Missing { key: key.to_owned() };
        }
        self.failed("read", key, self.cause(error))
    }

    fn cause(&self, error: &opendal::Error) -> Cause {
        Cause::of(error, &self.inner.secrets)
    }

    fn failed(&self, operation: &'static str, key: &str, source: Cause) -> Error {
        Error::Failed { operation, key: key.to_owned(), source }
    }
}

/// `./files`, `/var/lib/x`, and `///var/lib/x`, as it stands in URLs of files.
fn directory_path(path: &str) -> Result<&Path, OpenError> {
    let path = match path.strip_prefix("//") {
        Some(absolute) if absolute.starts_with('/') => absolute,
        Some(_) => return Err(OpenError::address("names a host after fs://; a path follows fs: directly")),
        None => path,
    };
    if path.is_empty() {
        return Err(OpenError::address("names no directory after fs:"));
    }
    Ok(Path::new(path))
}

/// What is left of an object that is being read.
struct Rest {
    storage: Storage,
    key: String,
    source: BufferStream,
    left: u64,
}

impl Rest {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let piece = match self.source.try_next().await {
            Ok(piece) => piece.map(|buffer| buffer.to_bytes()),
            Err(error) => return Err(self.storage.unread(&self.key, &error)),
        };
        let length = piece.as_ref().map_or(0, Bytes::len) as u64;
        match piece {
            Some(piece) if length <= self.left => {
                self.left -= length;
                Ok(Some((piece, self)))
            }
            _ => Err(self.storage.failed("read", &self.key, Cause::new("it gave another length than was asked for"))),
        }
    }
}
