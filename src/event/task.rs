//! What a process trains when its turn comes.

use serde::{Deserialize, Serialize};

/// One entry of a process's queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// A new run of an experiment file, with keys changed as `--set` changes them. Runs of one `group` are seeds
    /// of one experiment.
    Experiment { path: String, changes: Vec<String>, group: Option<String> },
    /// A run that was set aside or stopped, from its newest checkpoint.
    Resume { run: String },
    /// A child of a run, from a checkpoint that it keeps.
    Branch { parent: String, step: Option<u64>, changes: Vec<String> },
}

/// When the turn of a [`Task`] comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// After everything that waits.
    Last,
    /// After the run that is trained.
    Next,
    /// At once: what is trained is set aside with a checkpoint, and taken up again after it.
    Now,
}
