//! Files that are there whole or not at all, also after a power loss.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use super::Error;

/// Writes a file and waits until it is on the disk.
///
/// # Errors
///
/// Any failure to create, write or sync it.
pub fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(Error::io("write", path))
}

/// Replaces a file by way of a temporary one beside it; an old file stays as it was on any failure.
///
/// # Errors
///
/// Any failure to write, rename or sync; the temporary file is then removed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write_synced(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path).map_err(Error::io("replace", path)))
        .and_then(|()| sync_parent(path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Makes a new name in a folder survive a power loss.
///
/// # Errors
///
/// When the folder cannot be opened or synced.
pub fn sync_parent(path: &Path) -> Result<(), Error> {
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(Error::io("sync", parent))
}
