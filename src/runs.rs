//! A run's folder on disk: its files, its lock, its journal, its predictions.
//!
//! Knows how things are kept, not what training is. A file here is written whole or not at all.

mod atomic;
mod folder;
mod journal;
mod notes;
mod prediction_files;
mod predictions;
mod provenance;
mod queue;
mod removal;

use std::path::PathBuf;

pub use atomic::{sweep_unfinished, sync_parent, write_atomically, write_synced};
pub use folder::{Lock, RunFolder, Trainer, list, matching};
pub use journal::{Damage, Journal, Reading, read_journal, read_journal_from};
pub use notes::{Notes, NotesError};
pub use prediction_files::{PredictionFile, PredictionFiles, Which, prediction_file};
pub use predictions::{Predictions, read_predictions, write_predictions};
pub use provenance::{Parent, Provenance};
pub use queue::{Abandoned, QueueFolder, QueueListing, damaged_queues, queues, take_over};
pub use removal::{awaited, check_removable, children, disk_use, remove, sweep_removed};

/// What can go wrong with a run's folder.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {doing} {path}: {source}", path = .path.display())]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("no run {name:?}: neither a run's folder nor a name in {runs}", runs = .runs.display())]
    NoSuchRun { name: String, runs: PathBuf, nearest: Option<String> },
    #[error("{path} is not a run's folder: it has no {missing}", path = .path.display())]
    NotARun { path: PathBuf, missing: &'static str },
    #[error("{path} does not lie in {runs} itself", path = .path.display(), runs = .runs.display())]
    Elsewhere { path: PathBuf, runs: PathBuf },
    #[error("run {run} is being trained by process {holder}", run = .path.display())]
    Held { path: PathBuf, holder: String },
    #[error("{path}: {reason}", path = .path.display())]
    Damaged { path: PathBuf, reason: String },
}

impl Error {
    /// An I/O error with what was being done to which file.
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }

    /// What the user can do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                    Some("free some space, or give another folder with --runs-dir; the run can be resumed".into())
                }
                std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                    Some("give a folder that can be written with --runs-dir".into())
                }
                _ => None,
            },
            Self::NoSuchRun { nearest: Some(nearest), .. } => Some(format!("did you mean {nearest:?}?")),
            Self::NoSuchRun { .. } | Self::NotARun { .. } => {
                Some("`vivit-tui runs` lists the runs; --runs-dir names another folder".into())
            }
            Self::Held { path, .. } => Some(format!(
                "`vivit-tui attach {}` shows and controls it; SIGTERM stops it with a checkpoint",
                path.display()
            )),
            Self::Elsewhere { .. } => {
                Some("only what is no link and lies in the runs folder is removed; --runs-dir names another".into())
            }
            Self::Damaged { .. } => None,
        }
    }
}
