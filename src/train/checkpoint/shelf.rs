//! The checkpoints of a run beside each other: which there are, which stay, what a killed process left.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Checkpoint, Error, State, name};
use crate::runs::{self, RunFolder};

/// The ending of a checkpoint that makes room for another of the same step.
pub(super) const ASIDE: &str = ".aside";
/// The empty file that keeps a checkpoint from being pruned. It is no part of the manifest: a user may
/// add or remove it.
pub(super) const PINNED: &str = "PINNED";

/// The checkpoints of a run, newest first, by their names alone.
#[must_use]
pub fn all(folder: &RunFolder) -> Vec<(u64, PathBuf)> {
    let mut found: Vec<(u64, PathBuf)> = fs::read_dir(folder.checkpoints())
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let step = entry.file_name().to_str()?.strip_prefix("step-")?.parse().ok()?;
            Some((step, entry.path()))
        })
        .collect();
    found.sort_by_key(|(step, _)| std::cmp::Reverse(*step));
    found
}

/// What a checkpoint says of its place in the run, without its weights being read; nothing where it does not say.
#[must_use]
pub fn state(path: &Path) -> Option<State> {
    let file = path.join(super::STATE);
    let short = fs::metadata(&file).is_ok_and(|metadata| metadata.len() <= super::LARGEST_TEXT);
    let text = fs::read(file).ok().filter(|_| short && path.join(super::MANIFEST).exists())?;
    ron::de::from_bytes(&text).ok()
}

/// The newest whole checkpoint, and a line for each newer one that is damaged.
///
/// # Errors
///
/// [`Error::None`] when there is no whole one.
pub fn newest(folder: &RunFolder) -> Result<(Checkpoint, Vec<String>), Error> {
    let mut damaged = Vec::new();
    for (_, path) in all(folder) {
        match Checkpoint::read(&path) {
            Ok(checkpoint) => return Ok((checkpoint, damaged)),
            Err(error) => damaged.push(error.to_string()),
        }
    }
    Err(Error::None { path: folder.checkpoints(), damaged })
}

/// The newest whole checkpoint of a step before that, and a line for each newer one of them that is damaged; none
/// where there is none.
#[must_use]
pub fn before(folder: &RunFolder, step: u64) -> (Option<Checkpoint>, Vec<String>) {
    let mut damaged = Vec::new();
    for (_, path) in all(folder).into_iter().filter(|(of, _)| *of < step) {
        match Checkpoint::read(&path) {
            Ok(checkpoint) => return (Some(checkpoint), damaged),
            Err(error) => damaged.push(error.to_string()),
        }
    }
    (None, damaged)
}

/// Takes away the checkpoints after a step that the run was taken back to, so that none of them is taken for the
/// newest. One that was written on a user's wish stays, under a name that says so.
///
/// # Errors
///
/// When one cannot be renamed or removed.
pub fn retire_after(folder: &RunFolder, step: u64) -> Result<(), runs::Error> {
    for (_, path) in all(folder).into_iter().filter(|(of, _)| *of > step) {
        if !path.join(PINNED).exists() {
            remove(&path)?;
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // The same step may have been left more than once.
        let free = (1u32..).map(|number| path.with_file_name(format!("left-{number}-{name}")));
        if let Some(aside) = free.into_iter().find(|aside| !aside.exists()) {
            fs::rename(&path, aside).map_err(runs::Error::io("put aside", &path))?;
        }
    }
    runs::sync_parent(&folder.checkpoints().join(name(step)))
}

/// Removes all but the newest `keep` checkpoints up to the one just saved, the best one, and those that
/// were written on a user's wish, which do not count among the newest either. Later steps are left over
/// from before a damaged checkpoint was passed over; the run will replace them.
///
/// # Errors
///
/// When one cannot be removed.
pub fn prune(folder: &RunFolder, saved: u64, keep: usize, best: Option<u64>) -> Result<(), Error> {
    let mut found = all(folder);
    found.retain(|(step, path)| *step <= saved && !path.join(PINNED).exists());
    for (step, path) in found.into_iter().skip(keep) {
        if Some(step) != best {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Keeps a checkpoint for good.
///
/// # Errors
///
/// When there is none of that step, or it cannot be marked.
pub fn pin(folder: &RunFolder, step: u64) -> Result<(), Error> {
    let path = folder.checkpoints().join(name(step));
    let pinned = path.join(PINNED);
    let gone = || Error::None { path: path.clone(), damaged: Vec::new() };
    if !path.join(super::MANIFEST).exists() {
        return Err(gone());
    }
    fs::write(&pinned, b"").map_err(runs::Error::io("keep", &pinned))?;
    // It may have been pruned at that very moment.
    if path.join(super::MANIFEST).exists() { Ok(()) } else { Err(gone()) }
}

/// Which checkpoints of a finished run stay beside those that were written on a user's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stays {
    /// That of the best validation.
    pub best: bool,
    /// The newest.
    pub last: bool,
}

/// The checkpoints of a finished run that can go, newest first. `best` is the step of its best validation.
#[must_use]
pub fn spare(folder: &RunFolder, best: Option<u64>, stays: Stays) -> Vec<(u64, PathBuf)> {
    let mut found = all(folder);
    let last = found.first().map(|(step, _)| *step);
    found.retain(|(step, path)| {
        let stays = (stays.best && Some(*step) == best) || (stays.last && Some(*step) == last);
        !stays && !path.join(PINNED).exists()
    });
    found
}

/// Removes a checkpoint: first out of sight, so that none is ever half there.
///
/// # Errors
///
/// When it cannot be renamed or removed; [`sweep`] removes what was renamed.
pub fn remove(path: &Path) -> Result<(), runs::Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let hidden = path.with_file_name(format!(".{name}.removed"));
    fs::rename(path, &hidden).map_err(runs::Error::io("put aside", path))?;
    let removed = match fs::symlink_metadata(&hidden) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&hidden),
        _ => fs::remove_file(&hidden),
    };
    removed.map_err(runs::Error::io("remove", hidden))
}

/// Clears up after a killed process: a checkpoint that had stepped aside for one that never came is
/// put back, and what is half written is removed.
pub fn sweep(folder: &RunFolder) {
    for files in [folder.path(), &folder.predictions()] {
        runs::sweep_unfinished(files);
    }
    for entry in fs::read_dir(folder.checkpoints()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(hidden) = name.strip_prefix('.').filter(|name| name.starts_with("step-")) else { continue };
        // A leftover only takes room: the run goes on even when it can be neither moved nor removed.
        match hidden.strip_suffix(ASIDE).map(|whole| folder.checkpoints().join(whole)) {
            Some(whole) if !whole.exists() => drop(fs::rename(entry.path(), whole)),
            _ => drop(fs::remove_dir_all(entry.path())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_finished_run_stays_what_was_asked_for_and_what_is_pinned() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        for step in [3, 6, 9, 12] {
            fs::create_dir(folder.checkpoints().join(super::super::name(step))).unwrap();
        }
        fs::write(folder.checkpoints().join(super::super::name(6)).join(PINNED), "").unwrap();
        let steps = |best, last| {
            let spare = spare(&folder, Some(9), Stays { best, last });
            spare.into_iter().map(|(step, _)| step).collect::<Vec<u64>>()
        };
        assert_eq!(steps(true, true), [3]);
        assert_eq!(steps(true, false), [12, 3]);
        assert_eq!(steps(false, true), [9, 3]);
        assert_eq!(steps(false, false), [12, 9, 3]);
        for (_, path) in spare(&folder, Some(9), Stays { best: true, last: true }) {
            remove(&path).unwrap();
        }
        // A process that died in between left one out of sight.
        fs::create_dir(folder.checkpoints().join(".step-000003.removed")).unwrap();
        sweep(&folder);
        assert_eq!(fs::read_dir(folder.checkpoints()).unwrap().count(), 3);
    }

    #[test]
    fn a_run_that_is_taken_back_has_nothing_newer_but_what_was_wished_for_is_kept() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        let path = |step| folder.checkpoints().join(super::super::name(step));
        for _ in 0..2 {
            for step in [3, 6, 9, 12] {
                fs::create_dir_all(path(step)).unwrap();
            }
            fs::write(path(9).join(PINNED), "").unwrap();
            fs::write(path(3).join(PINNED), "").unwrap();
            retire_after(&folder, 6).unwrap();
            assert_eq!(all(&folder).into_iter().map(|(step, _)| step).collect::<Vec<_>>(), [6, 3]);
        }
        for number in [1, 2] {
            assert!(folder.checkpoints().join(format!("left-{number}-step-000009")).join(PINNED).exists());
        }
        assert_eq!(fs::read_dir(folder.checkpoints()).unwrap().count(), 4);
    }

    #[test]
    fn pruning_leaves_the_newest_the_best_and_what_was_wished_for() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        for step in [3, 6, 9, 10, 12, 15, 40] {
            fs::create_dir(folder.checkpoints().join(super::super::name(step))).unwrap();
        }
        for wished in [6, 15] {
            fs::write(folder.checkpoints().join(super::super::name(wished)).join(PINNED), "").unwrap();
        }
        // 40 is left over from before a damaged checkpoint was passed over.
        prune(&folder, 15, 2, Some(3)).unwrap();
        let left: Vec<u64> = all(&folder).into_iter().map(|(step, _)| step).collect();
        assert_eq!(left, [40, 15, 12, 10, 6, 3]);
    }
}
