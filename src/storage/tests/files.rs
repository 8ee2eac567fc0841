use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tempfile::TempDir;

use super::super::{Error, OpenError, Storage};
use super::{broken, content, ranges, read};

fn directory() -> (TempDir, Storage) {
    let directory = tempfile::tempdir().unwrap();
    let storage = Storage::open(&format!("fs:{}", directory.path().join("made/here").display())).unwrap();
    (directory, storage)
}

fn root(directory: &TempDir) -> PathBuf {
    directory.path().join("made/here")
}

/// Every file below a directory, unfinished ones included.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn what_was_written_is_read_in_every_range() {
    let (directory, storage) = directory();
    let content = content(10 << 20);
    assert_eq!(storage.write("account/file.bin", content.as_slice()).await.unwrap(), 10 << 20);
    assert_eq!(std::fs::read(root(&directory).join("account/file.bin")).unwrap(), content);
    assert_eq!(storage.size("account/file.bin").await.unwrap(), 10 << 20);
    for range in ranges(10 << 20) {
        let expected = &content[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
        assert!(read(&storage, "account/file.bin", range.clone()).await.unwrap() == expected, "{range:?}");
    }
    assert_eq!(storage.read_to_end("account/file.bin", 10 << 20).await.unwrap(), content);
    let too_large = storage.read_to_end("account/file.bin", (10 << 20) - 1).await.unwrap_err();
    assert!(matches!(too_large, Error::TooLarge { size: 10_485_760, limit: 10_485_759, .. }), "{too_large:?}");
}

#[tokio::test]
async fn pieces_are_small() {
    let (_directory, storage) = directory();
    storage.write("a", content(3 << 20).as_slice()).await.unwrap();
    let mut pieces = storage.read("a", 0..3 << 20).await.unwrap();
    while let Some(piece) = pieces.try_next().await.unwrap() {
        assert!(piece.len() <= super::super::FILE_PIECE, "{}", piece.len());
    }
}

#[tokio::test]
async fn an_empty_object_is_an_object() {
    let (_directory, storage) = directory();
    assert_eq!(storage.write("empty", [].as_slice()).await.unwrap(), 0);
    assert_eq!(storage.read_to_end("empty", 0).await.unwrap().len(), 0);
    assert_eq!(storage.size("empty").await.unwrap(), 0);
}

#[tokio::test]
async fn a_second_write_replaces_the_first() {
    let (_directory, storage) = directory();
    storage.write("a", b"the longer first".as_slice()).await.unwrap();
    storage.write("a", b"second".as_slice()).await.unwrap();
    assert_eq!(storage.read_to_end("a", 100).await.unwrap(), "second");
}

#[tokio::test]
async fn content_that_breaks_off_leaves_nothing() {
    let (directory, storage) = directory();
    for length in [0, 1, 1 << 20] {
        let error = storage.write("a/b", broken(&content(length))).await.unwrap_err();
        assert!(matches!(error, Error::Content { .. }), "{error:?}");
        assert_eq!(files(directory.path()), Vec::<PathBuf>::new(), "{length}");
        assert!(matches!(storage.size("a/b").await, Err(Error::Missing { .. })));
    }
    storage.write("a/b", b"kept".as_slice()).await.unwrap();
    storage.write("a/b", broken(&content(1 << 20))).await.unwrap_err();
    assert_eq!(storage.read_to_end("a/b", 100).await.unwrap(), "kept");
}

/// A request whose client goes away is dropped in the midst of its work.
#[tokio::test]
async fn a_write_that_is_dropped_leaves_nothing() {
    use tokio::io::AsyncWriteExt as _;
    let (directory, storage) = directory();
    let (mut client, server) = tokio::io::duplex(64 << 10);
    let writer = {
        let storage = storage.clone();
        tokio::spawn(async move { storage.write("a", server).await })
    };
    client.write_all(&content(1 << 20)).await.unwrap();
    while files(directory.path()).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());
    for _ in 0..1_000 {
        if files(directory.path()).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{:?}", files(directory.path()));
}

#[tokio::test]
async fn writers_do_not_meet() {
    let (directory, storage) = directory();
    let contents: Vec<_> = (0..16).map(|index| content((1 << 20) + index)).collect();
    let keys: Vec<_> = (0..16).map(|index| index.to_string()).collect();
    let written = keys.iter().zip(&contents).map(|(key, content)| storage.write(key, content.as_slice()));
    for (content, size) in contents.iter().zip(join_all(written).await) {
        assert_eq!(size.unwrap(), content.len() as u64);
    }
    for (key, content) in keys.iter().zip(&contents) {
        assert!(storage.read_to_end(key, 2 << 20).await.unwrap() == *content, "{key}");
    }
    // To one key: one of them wins, whole.
    let same = contents.iter().map(|content| storage.write("same", content.as_slice()));
    assert!(join_all(same).await.iter().all(Result::is_ok));
    let winner = storage.read_to_end("same", 2 << 20).await.unwrap();
    assert!(contents.contains(&winner.to_vec()));
    assert_eq!(files(directory.path()).len(), 17);
}

#[tokio::test]
async fn what_is_missing_is_said_before_anything_is_read() {
    let (_directory, storage) = directory();
    for range in [0..0, 0..1, 0..10 << 20] {
        let error = storage.read("none/here", range).await.map(|_| ()).unwrap_err();
        assert!(matches!(&error, Error::Missing { key } if key == "none/here"), "{error:?}");
    }
    assert!(matches!(storage.read_to_end("none", 1).await, Err(Error::Missing { .. })));
    storage.delete("none").await.unwrap();
}

#[tokio::test]
async fn an_object_that_is_shorter_than_asked_for_ends_with_an_error() {
    let (_directory, storage) = directory();
    let length = 3 << 20;
    storage.write("a", content(length).as_slice()).await.unwrap();
    let mut pieces = Box::pin(storage.read("a", 0..length as u64 + 1).await.unwrap());
    let mut sum = 0;
    let error = loop {
        match pieces.next().await.unwrap() {
            Ok(piece) => sum += piece.len(),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, Error::Failed { operation: "read", .. }), "{error:?}");
    assert!(sum <= length);
    assert!(pieces.next().await.is_none());
}

#[tokio::test]
async fn no_key_leads_outside() {
    let (directory, storage) = directory();
    std::fs::write(directory.path().join("outside"), "secret").unwrap();
    for key in ["../outside", "../../outside", "/etc/passwd", "a/../../outside", ".unfinished/x", "", "a//b"] {
        let is_key = |error: Error| matches!(error, Error::Key { .. });
        assert!(is_key(storage.write(key, b"x".as_slice()).await.unwrap_err()), "{key}");
        assert!(is_key(storage.read(key, 0..1).await.map(|_| ()).unwrap_err()), "{key}");
        assert!(is_key(storage.read(key, 0..0).await.map(|_| ()).unwrap_err()), "{key}");
        assert!(is_key(storage.read_to_end(key, 1).await.unwrap_err()), "{key}");
        assert!(is_key(storage.delete(key).await.unwrap_err()), "{key}");
    }
    assert_eq!(files(directory.path()).len(), 1);
}

#[tokio::test]
async fn the_check_leaves_nothing_and_says_why_it_fails() {
    let (directory, storage) = directory();
    storage.check().await.unwrap();
    assert_eq!(files(directory.path()), Vec::<PathBuf>::new());

    // Root may write everywhere, but not below a file.
    std::fs::remove_dir_all(root(&directory)).unwrap();
    std::fs::write(root(&directory), "").unwrap();
    let error = storage.check().await.unwrap_err().to_string();
    assert!(error.starts_with("the storage could not write the key probe-") && !error.contains('\n'), "{error}");
}

#[test]
fn a_directory_that_cannot_be_made_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Storage::open(&format!("fs:{}/below", file.path().display())).unwrap_err();
    assert!(matches!(error, OpenError::Directory(_)), "{error:?}");
}

#[test]
fn what_a_killed_process_left_is_swept_a_day_later() {
    let (directory, _storage) = directory();
    let unfinished = root(&directory).join(".unfinished");
    std::fs::write(unfinished.join("new"), "").unwrap();
    let old = std::fs::File::create(unfinished.join("old")).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_hours(25)).unwrap();
    Storage::open(&format!("fs://{}", root(&directory).display())).unwrap();
    assert_eq!(files(directory.path()), [unfinished.join("new")]);
}
