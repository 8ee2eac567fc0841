//! Objects as files of a directory.
//!
//! A file is written under `.unfinished`, synced, and renamed to its key, so that a reader never sees half of one.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use opendal::Operator;
use opendal::services::Fs;

use super::error::{Cause, OpenError};

const UNFINISHED: &str = ".unfinished";

/// An unfinished file of this age belongs to a process that was killed; no upload takes as long.
const ABANDONED: Duration = Duration::from_hours(24);

/// The directory, made when missing, and the client for it.
pub(super) fn open(path: &Path) -> Result<(Operator, PathBuf), OpenError> {
    std::fs::create_dir_all(path).map_err(OpenError::Directory)?;
    let root = path.canonicalize().map_err(OpenError::Directory)?;
    let unfinished = root.join(UNFINISHED);
    std::fs::create_dir_all(&unfinished).map_err(OpenError::Directory)?;
    sweep(&unfinished);
    let (Some(root_text), Some(unfinished)) = (root.to_str(), unfinished.to_str()) else {
        return Err(OpenError::address("leads to a directory whose name is not UTF-8"));
    };
    let builder = Fs::default().root(root_text).atomic_write_dir(unfinished);
    let operator = Operator::new(builder).map_err(|error| OpenError::Settings(Cause::of(&error, &[])))?;
    Ok((operator, root))
}

/// Removes what killed processes left. What cannot be removed is in nobody's way.
fn sweep(unfinished: &Path) {
    let Ok(entries) = std::fs::read_dir(unfinished) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|modified| modified.elapsed());
        if matches!(age, Ok(Ok(age)) if age > ABANDONED) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Makes the new name of a file survive a power failure: the file itself is synced by the client, the directories
/// that name it and each other are not.
pub(super) fn sync(root: &Path, key: &str) -> io::Result<()> {
    // Elsewhere a directory cannot be opened, and needs not to be.
    if cfg!(unix) {
        let file = root.join(key);
        for directory in file.ancestors().skip(1).take_while(|directory| directory.starts_with(root)) {
            std::fs::File::open(directory)?.sync_all()?;
        }
    }
    Ok(())
}
