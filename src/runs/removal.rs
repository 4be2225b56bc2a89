//! Removing runs: first out of sight, then off the disk, so that a process may die in between.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, Provenance, QueueListing, RunFolder, list, queues, sync_parent};
use crate::event::Task;

/// The ending of a run that is being removed; its name begins with a dot, so that it is no run any more.
const REMOVED: &str = ".removed";

/// Bytes of all files below a path, as they count for a reader; links are not followed.
#[must_use]
pub fn disk_use(path: &Path) -> u64 {
    let Ok(metadata) = fs::symlink_metadata(path) else { return 0 };
    if !metadata.is_dir() {
        return metadata.len();
    }
    fs::read_dir(path).into_iter().flatten().flatten().map(|entry| disk_use(&entry.path())).sum()
}

/// The runs that were branched from a run.
#[must_use]
pub fn children(run: &str, runs: &Path) -> Vec<String> {
    let is_child = |folder: &RunFolder| {
        Provenance::read(folder).and_then(|provenance| provenance.parent).is_some_and(|parent| parent.run == run)
    };
    list(runs).iter().filter(|folder| is_child(folder)).map(RunFolder::name).collect()
}

/// Whether a run, or a branch of it, waits for its turn in a queue of the runs folder.
#[must_use]
pub fn awaited(run: &str, runs: &Path) -> bool {
    let names = |task: &Task| match task {
        Task::Resume { run: named } | Task::Branch { parent: named, .. } => named == run,
        Task::Experiment { .. } => false,
    };
    queues(runs).iter().any(|QueueListing { state, .. }| {
        state.current.iter().chain(state.waiting.iter().map(|queued| &queued.task)).any(names)
    })
}

/// Whether a run may be removed: nobody trains it, and it lies in the runs folder itself, not behind a link.
///
/// # Errors
///
/// [`Error::Held`], [`Error::Elsewhere`].
pub fn check_removable(folder: &RunFolder, runs: &Path) -> Result<(), Error> {
    let path = folder.path();
    let elsewhere = || Error::Elsewhere { path: path.to_path_buf(), runs: runs.to_path_buf() };
    let real = path.canonicalize().map_err(Error::io("find", path))?;
    let inside = runs.canonicalize().is_ok_and(|runs| real.parent() == Some(runs.as_path()));
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if !inside || is_link {
        return Err(elsewhere());
    }
    folder.lock().map(drop)
}

/// Removes a run with everything in its folder.
///
/// # Errors
///
/// Those of [`check_removable`], or when it cannot be renamed or removed. What was renamed already is swept later.
pub fn remove(folder: &RunFolder, runs: &Path) -> Result<(), Error> {
    check_removable(folder, runs)?;
    // Whoever opens the run now finds it held.
    let _lock = folder.lock()?;
    let hidden = runs.join(format!(".{}{REMOVED}", folder.name()));
    // The rest of a run of the same name.
    discard(&hidden)?;
    fs::rename(folder.path(), &hidden).map_err(Error::io("put aside", folder.path()))?;
    sync_parent(&hidden)?;
    discard(&hidden)
}

/// Removes what was left when a process died while it removed a run.
///
/// # Errors
///
/// When something cannot be removed.
pub fn sweep_removed(runs: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(REMOVED)) {
            discard(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes a folder, or a link without what it leads to.
fn discard(path: &PathBuf) -> Result<(), Error> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    let removed = if metadata.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(Error::io("remove", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with runs that have what a run must have.
    fn folder_of(names: &[&str]) -> (tempfile::TempDir, Vec<RunFolder>) {
        let runs = tempfile::tempdir().unwrap();
        let folders = names.iter().map(|name| {
            let folder = RunFolder::create(runs.path(), name).unwrap();
            fs::write(folder.config(), "").unwrap();
            fs::write(folder.journal(), "12345").unwrap();
            folder
        });
        let folders = folders.collect();
        (runs, folders)
    }

    fn names(runs: &Path) -> Vec<String> {
        list(runs).iter().map(RunFolder::name).collect()
    }

    #[test]
    fn a_run_is_removed_whole_and_alone() {
        let (runs, folders) = folder_of(&["a", "b"]);
        fs::write(folders[0].checkpoints().join("weights"), [0; 100]).unwrap();
        assert_eq!(disk_use(folders[0].path()), 105);
        remove(&folders[0], runs.path()).unwrap();
        assert_eq!(names(runs.path()), ["b-001"]);
        assert_eq!(fs::read_dir(runs.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_run_that_is_trained_stays() {
        let (runs, folders) = folder_of(&["a"]);
        let _lock = folders[0].lock().unwrap();
        assert!(matches!(remove(&folders[0], runs.path()), Err(Error::Held { .. })));
        assert_eq!(names(runs.path()), ["a-001"]);
    }

    #[test]
    fn the_rest_of_a_removal_is_no_run_and_is_swept() {
        let (runs, folders) = folder_of(&["a", "b"]);
        // The process died after the renaming.
        fs::rename(folders[0].path(), runs.path().join(".a-001.removed")).unwrap();
        assert_eq!(names(runs.path()), ["b-001"]);
        sweep_removed(runs.path()).unwrap();
        assert_eq!(fs::read_dir(runs.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_lies_behind_a_link_or_elsewhere_is_never_touched() {
        let (elsewhere, others) = folder_of(&["other"]);
        let (runs, folders) = folder_of(&["a"]);
        let link = runs.path().join("link-001");
        std::os::unix::fs::symlink(others[0].path(), &link).unwrap();
        for name in [link.display().to_string(), others[0].path().display().to_string()] {
            let folder = RunFolder::open(&name, runs.path()).unwrap();
            assert!(matches!(remove(&folder, runs.path()), Err(Error::Elsewhere { .. })), "{name}");
        }
        // A link inside of a run is removed, and what it leads to is not.
        std::os::unix::fs::symlink(others[0].path(), folders[0].path().join("inside")).unwrap();
        remove(&folders[0], runs.path()).unwrap();
        assert_eq!(names(elsewhere.path()), ["other-001"]);
    }
}
