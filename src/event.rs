//! What the trainer says ([`TrainEvent`]: facts, past tense) and what it is asked ([`Command`]: wishes).
//!
//! The same values travel over the channel to the screen and into the journal, so a live run and a
//! replayed one cannot differ. This module knows neither tensors nor files.

mod breakpoint;
mod evidence;
mod not_finite;
mod task;
mod transferred;

use serde::{Deserialize, Serialize};

pub use self::breakpoint::{Breakpoint, BreakpointError, Condition, Figure};
pub use self::evidence::{Asked, Evidence, Explained, Method, OfClass, ToExplain};
pub use self::not_finite::NotFinite;
pub use self::task::{QueueChange, QueueState, Queued, Task, Turn};
pub use self::transferred::{Fate, Part, Transferred};
use crate::metrics::Report;

/// The version of the journal's lines; raised when an old reader would misread a new line.
pub const SCHEMA: u32 = 1;

/// The three parts of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SplitName {
    Train,
    Validation,
    Test,
}

impl SplitName {
    /// The name that MedMNIST gives the split in its files: `train`, `val` or `test`.
    #[must_use]
    pub fn medmnist(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "val",
            Self::Test => "test",
        }
    }

    /// The name that a person reads, and that `summary.json` and `--require` use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Which weights of a run an evaluation used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weights {
    /// Those after the last optimizer step.
    Last,
    /// Those of the best validation figure.
    Best,
}

impl Weights {
    /// `last` or `best`, as in `summary.json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Last => "last",
            Self::Best => "best",
        }
    }
}

/// A fact about a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TrainEvent {
    /// The first line of every journal.
    Started(Box<Started>),
    /// Training goes on from a checkpoint: whatever was journalled after `step` is void.
    Resumed { step: u64, epoch: u64, wall_ms: u64, device: String },
    /// An optimizer step was applied.
    Stepped(Stepped),
    /// How many batches the loader keeps ready, and the trainer's wait that led to it.
    LoaderTuned { ready: usize, wait_share: f64 },
    /// The last batch of an epoch was trained on.
    EpochFinished(EpochFinished),
    /// A split was evaluated.
    Evaluated(Box<Evaluated>),
    /// A branch begins with what its parent had found to be the best so far; its file of predictions stays the parent's.
    Inherited(Box<Evaluated>),
    /// A new run begins with weights that another has learned.
    Transferred(Box<Transferred>),
    /// A checkpoint is whole on disk; `path` is relative to the run's folder.
    CheckpointSaved {
        step: u64,
        path: String,
        best: bool,
        /// Whether somebody wished for it, so that it stays for good.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pinned: bool,
        save_ms: u64,
    },
    /// Something that the user should know and that stops nothing.
    Warned { message: String },
    /// The run came to an end of its own.
    Finished(Finished),
    /// No step is taken until someone wishes for it. `epoch` is the one in progress, or the last. A run that
    /// met several breakpoints at once says so once for each.
    Paused { step: u64, epoch: u64, reason: PauseReason },
    /// Steps are taken again. A single step between two pauses is told by itself alone.
    Continued { step: u64 },
    /// From the next step on, `requested` is the rate that the schedule starts from; `applied` is what the
    /// schedule makes of it at that step, in the single precision that the weights are computed in. Told
    /// again when a run is resumed in which it still holds.
    LearningRateChanged { step: u64, requested: f64, applied: f64 },
    /// The run pauses as soon as this comes about.
    BreakpointSet { breakpoint: Breakpoint },
    /// No breakpoint is left.
    BreakpointsCleared,
    /// The run was stopped from outside, after a checkpoint at `step`.
    Stopped { step: u64, wall_ms: u64 },
    /// The run cannot go on; it stays resumable from its last checkpoint.
    Failed { step: u64, message: String },
    /// An answer to [`Command::Explain`]. The one event that goes to whoever asked and stands in no journal: it says
    /// nothing of the run's course, and a user who walks through volumes asks for hundreds.
    Explained(Box<Explained>),
}

/// What a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Started {
    pub schema: u32,
    pub run: String,
    pub data: String,
    pub synthetic: bool,
    pub device: String,
    pub seed: u64,
    pub parameters: u64,
    pub classes: Vec<String>,
    /// Volumes in training, validation and test.
    pub volumes: [u64; 3],
    pub epochs: u64,
    pub steps_per_epoch: u64,
}

/// One optimizer step. `loss` and `gradient_norm` are `None` when they are not finite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stepped {
    /// Optimizer steps so far, this one included.
    pub step: u64,
    /// From 1.
    pub epoch: u64,
    /// Volumes in this step.
    pub volumes: u64,
    /// Mean cross-entropy over those volumes.
    pub loss: Option<f64>,
    /// Volumes classified correctly, before the step; of several labels a volume the labels that were.
    pub correct: u64,
    /// How many answers could be correct, where a volume has several: else as many as volumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<u64>,
    pub learning_rate: f64,
    /// Euclidean norm over all gradients, before clipping.
    pub gradient_norm: Option<f64>,
    pub times: StepTimes,
}

impl Stepped {
    /// The share of correct answers, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the volumes of a step are few")]
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.answers.unwrap_or(self.volumes).max(1) as f64
    }
}

/// Where the time of a step went, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTimes {
    /// Waiting for the loader.
    pub data_us: u64,
    pub forward_us: u64,
    pub backward_us: u64,
    pub optimizer_us: u64,
}

impl StepTimes {
    /// The whole step, in microseconds.
    #[must_use]
    pub fn total_us(&self) -> u64 {
        self.data_us + self.forward_us + self.backward_us + self.optimizer_us
    }
}

/// The training figures of an epoch, each volume counted once, as it was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochFinished {
    pub epoch: u64,
    pub step: u64,
    pub loss: f64,
    pub accuracy: f64,
    /// Training volumes a second, evaluation and checkpoints left out.
    pub volumes_per_s: f64,
    /// Training time of the whole run so far.
    pub wall_ms: u64,
}

/// The figures of a split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// The epoch of the run's newest step.
    pub epoch: u64,
    pub step: u64,
    pub split: SplitName,
    pub weights: Weights,
    /// Whether those weights are the running average that the run keeps.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub averaged: bool,
    /// Whether this is the best validation figure so far.
    pub best: bool,
    pub evaluation_ms: u64,
    /// The file of the probabilities, relative to the run's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictions: Option<String>,
    pub report: Report,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub outcome: Outcome,
    pub step: u64,
    pub epoch: u64,
    /// The epoch whose weights were best on validation.
    pub best_epoch: u64,
    pub wall_ms: u64,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All epochs were trained.
    Completed,
    /// The validation figure stopped improving.
    StoppedEarly,
    /// Stopped from outside; resumable.
    Interrupted,
    /// Stopped by an error; resumable.
    Failed,
}

/// Why a run stands still.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// The user wished for it, or for a single step or epoch that is done.
    Asked,
    /// A breakpoint was met; it stands no more. `value` is the figure that met it.
    Breakpoint { breakpoint: Breakpoint, value: f64 },
    /// Something cannot be kept on the disk, and is tried again when the run is told to go on. `what` is what was
    /// being done, such as `write the journal`; `why` are the system's words.
    CannotWrite { what: String, path: String, why: String },
    /// A figure is no number. The run stands before the step that it belongs to.
    NotFinite(NotFinite),
}

impl PauseReason {
    /// Whether something went wrong that the user has to see to.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        match self {
            Self::Asked | Self::Breakpoint { .. } => false,
            Self::CannotWrite { .. } | Self::NotFinite(_) => true,
        }
    }
}

/// A wish of the user, obeyed between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Finish the step in flight, write a checkpoint and stop.
    Stop,
    /// Take no further step until told to.
    Pause,
    /// Take steps again.
    Continue,
    /// Take so many steps, and what follows the last of them where it ends an epoch, then pause. Wishes for
    /// steps that are not all taken yet add up.
    Step(u64),
    /// Train to the end of the epoch, validate and keep it, then pause.
    Epoch,
    /// Write a checkpoint now, which is then never pruned.
    Checkpoint,
    /// Evaluate a split with the weights as they are now. The test split waits for the run's end.
    Evaluate(SplitName),
    /// The rate that the schedule starts from, from the next step on. Comes with a checkpoint.
    SetLearningRate(f64),
    /// Pause as soon as this comes about.
    SetBreakpoint(Breakpoint),
    ClearBreakpoints,
    /// Go back to the checkpoint of that step, or to the newest before where the run stands, and pause there. Without
    /// any it is the beginning. What came after it is void.
    RollBack(Option<u64>),
    /// Find out what of a volume speaks for a class, with the weights as they are now. A newer question takes the place
    /// of one that is not answered yet.
    Explain(ToExplain),
}
