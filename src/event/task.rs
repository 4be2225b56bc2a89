//! What a process trains when its turn comes, and how its queue is changed.

use serde::{Deserialize, Serialize};

/// One entry of a process's queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Task {
    /// A new run. The experiment stands here whole, as RON, with every default written out: a file that is edited
    /// while it waits changes nothing. `from` is the file it was read from, for people.
    Experiment { from: String, experiment: String },
    /// A run that was set aside or stopped, from its newest checkpoint.
    Resume { run: String },
    /// A child of a run, from a checkpoint that it keeps or, without a step, from where it stands; `changes` as
    /// `--set` takes them.
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

/// A task that waits. Its number is the queue's own and is never given twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    pub number: u64,
    pub task: Task,
}

/// A wish about a process's queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum QueueChange {
    Add {
        task: Task,
        turn: Turn,
    },
    /// What waits under that number is not trained.
    Remove {
        number: u64,
    },
    /// So many places further back, or forward where it is negative.
    Move {
        number: u64,
        by: i64,
    },
    /// What waits under that number is trained at once, as [`Turn::Now`].
    Promote {
        number: u64,
    },
    /// What is trained waits, with a checkpoint, behind what waits first.
    SetAside,
}

/// What a process has before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueState {
    /// What it does now; a run that has begun stands here as one to be resumed.
    pub current: Option<Task>,
    /// What waits, in its order.
    pub waiting: Vec<Queued>,
    /// The number that is given next.
    pub next: u64,
}

impl QueueState {
    /// Whether nothing is done and nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.current.is_none() && self.waiting.is_empty()
    }

    /// All that is to be done, what was begun first.
    pub fn into_tasks(self) -> impl Iterator<Item = Task> {
        self.current.into_iter().chain(self.waiting.into_iter().map(|queued| queued.task))
    }
}
