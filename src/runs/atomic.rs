//! Files that are there whole or not at all, also after a power loss.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use rustix::process::{Pid, test_kill_process};

use super::Error;

/// Writes a file and waits until it is on the disk.
///
/// # Errors
///
/// Any failure to create, write or sync it.
pub fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(path, bytes).map_err(Error::io("write", path))
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
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
    let written = write(&temporary, bytes)
        .map_err(Error::io("write", path))
        .and_then(|()| fs::rename(&temporary, path).map_err(Error::io("replace", path)))
        .and_then(|()| sync_parent(path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Removes the temporary files that killed processes left in a folder. Those of living ones stay.
pub fn sweep_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let writer = name.strip_suffix(".part").and_then(|name| name.rsplit_once('.')?.1.parse().ok());
        let Some(writer) = writer.and_then(Pid::from_raw) else { continue };
        if test_kill_process(writer).is_err() {
            // A leftover only takes room.
            let _ = fs::remove_file(entry.path());
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_unfinished_is_removed_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let mut gone = std::process::Command::new("true").spawn().unwrap();
        gone.wait().unwrap();
        let ours = format!("notes.ron.{}.part", std::process::id());
        let left = format!("summary.json.{}.part", gone.id());
        let others = ["epoch-001.npz", "a.part", "b.x.part", "0.part", "c.0.part"];
        for name in others.iter().copied().chain([&*ours, &*left]) {
            fs::write(place.path().join(name), "").unwrap();
        }
        sweep_unfinished(place.path());
        assert!(!place.path().join(left).exists());
        for name in others.iter().copied().chain([&*ours]) {
            assert!(place.path().join(name).exists(), "{name}");
        }
    }
}
