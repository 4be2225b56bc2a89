//! One process at a time fetches a file: a lock on `<target>.lock`, given back by the system if the process dies.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::process;

use super::{Error, Progress, unwritable};

/// Held until dropped.
pub(super) struct Lock {
    path: PathBuf,
    /// None where the file system knows no locks.
    held: Option<File>,
}

impl Lock {
    /// Takes the target's lock, after whoever holds it.
    pub(super) fn take(target: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Self, Error> {
        let path = with_suffix(target, ".lock");
        loop {
            let mut options = OpenOptions::new();
            let options = options.read(true).write(true).create(true).truncate(false);
            let file = options.open(&path).map_err(unwritable(&path))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    progress(Progress::Waiting { path: target.to_owned() });
                    file.lock().map_err(unwritable(&path))?;
                }
                Err(TryLockError::Error(_)) => return Ok(Self { path, held: None }),
            }
            // The holder before may have removed the name: then this lock excludes nobody.
            if is_still_named(&file, &path) {
                return Ok(Self { path, held: Some(file) });
            }
        }
    }

    /// Where to write what is received: shared over runs under a lock, one for each process without.
    pub(super) fn part(&self, target: &Path) -> PathBuf {
        match self.held {
            Some(_) => with_suffix(target, ".part"),
            None => with_suffix(target, &format!(".part-{}", process::id())),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Elsewhere a removed name cannot be told from a living one, so the empty file stays.
        if cfg!(unix) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn is_still_named(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_named(_: &File, _: &Path) -> bool {
    true
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
