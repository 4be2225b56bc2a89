//! An error at the program's edge: a message, what to do, and the exit code.

use std::fmt;
use std::path::Path;

use crate::event::TrainEvent;
use crate::runs::{RunFolder, read_journal};
use crate::runtime::devices;
use crate::{config, data, runs, train};

/// Printed once, by `main`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// 1 the run failed, 2 bad usage or configuration, 3 data missing or damaged.
    pub code: u8,
    pub message: String,
    pub help: Option<String>,
}

impl Failure {
    /// A failure that there is nothing to say to.
    #[must_use]
    pub fn new(code: u8, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "\nhelp: {help}"))
    }
}

impl From<config::Error> for Failure {
    fn from(error: config::Error) -> Self {
        Self { code: 2, message: error.to_string(), help: error.help() }
    }
}

impl From<data::Error> for Failure {
    fn from(error: data::Error) -> Self {
        Self { code: 3, message: error.to_string(), help: error.help() }
    }
}

impl From<devices::Error> for Failure {
    fn from(error: devices::Error) -> Self {
        Self { code: 2, message: error.to_string(), help: error.help() }
    }
}

impl From<runs::Error> for Failure {
    fn from(error: runs::Error) -> Self {
        Self { code: of_folder(&error), message: error.to_string(), help: error.help() }
    }
}

/// The code of what is wrong with a run's folder.
const fn of_folder(error: &runs::Error) -> u8 {
    match error {
        runs::Error::NoSuchRun { .. } | runs::Error::NotARun { .. } | runs::Error::Elsewhere { .. } => 2,
        runs::Error::Io { .. } | runs::Error::Held { .. } | runs::Error::Damaged { .. } => 1,
    }
}

/// What can be done about a run that has no whole checkpoint, by where its checkpoints would be.
fn way_to_checkpoint(checkpoints: &Path) -> String {
    let run = checkpoints.ancestors().find(|folder| folder.join("config.ron").is_file()).unwrap_or(checkpoints);
    let Ok(folder) = RunFolder::open(&run.display().to_string(), run) else {
        return "`vivit-tui runs` lists the runs".into();
    };
    let handle = folder.handle();
    if folder.is_live() {
        return format!(
            "it is being trained: the first is written at the end of an epoch, or by c in `vivit-tui attach {handle}`"
        );
    }
    let has_ended = read_journal(&folder.journal())
        .is_ok_and(|journal| journal.events.iter().any(|event| matches!(event, TrainEvent::Finished(_))));
    if has_ended {
        let config = folder.config();
        return format!(
            "its checkpoints were pruned or removed, and with them its weights; `vivit-tui {}` trains such a run anew, and \
             `vivit-tui compare` still reads the predictions that it has kept",
            config.display()
        );
    }
    format!("`vivit-tui resume {handle}` trains it from its beginning and writes checkpoints")
}

impl From<train::Error> for Failure {
    fn from(error: train::Error) -> Self {
        use train::checkpoint::Error as Checkpoint;
        let (code, help) = match &error {
            train::Error::Geometry(_) | train::Error::NoVolume { .. } | train::Error::NoClass { .. } => (2, None),
            train::Error::Folder(folder) | train::Error::Checkpoint(Checkpoint::Folder(folder)) => {
                (of_folder(folder), folder.help())
            }
            train::Error::Checkpoint(Checkpoint::None { path, damaged }) => {
                (1, Some([&damaged[..], &[way_to_checkpoint(path)]].concat().join("\n")))
            }
            train::Error::Checkpoint(Checkpoint::OtherArchitecture { .. }) => {
                (1, Some("the run's config.ron was changed, or the checkpoint is another run's".into()))
            }
            train::Error::NoSuchCheckpoint { kept, .. } => {
                let kept = if kept.is_empty() { "none at all".to_owned() } else { kept.join(", ") };
                (2, Some(format!("it keeps {kept}")))
            }
            train::Error::NothingFits { why, .. } => (2, Some(why.join("; "))),
            train::Error::NotFinite { .. } | train::Error::Diverged { .. } => (
                1,
                Some(
                    "lower the learning rate, or clip the gradients with --set training.clip_norm=1.0, in a new run"
                        .into(),
                ),
            ),
            _ => (1, None),
        };
        Self { code, message: error.to_string(), help: help.filter(|help| !help.is_empty()) }
    }
}
