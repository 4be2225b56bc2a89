//! The training loop: batches in, facts out, a checkpoint at the end of every epoch; wishes are obeyed
//! between two steps.
//!
//! Knows nothing of who listens. Everything random is a pure function of (seed, epoch, batch), so a
//! run that is resumed from a checkpoint goes on bit for bit as if it had never stopped.

mod answering;
pub mod average;
mod breakpoints;
pub mod checkpoint;
mod compute;
mod control;
mod ending;
mod epoch;
mod evaluate;
pub mod explain;
pub mod figures;
pub mod gradients;
pub mod optimizer;
pub mod pass;
mod rehearsal;
mod rollback;
mod schedule;
mod score;
mod step;
mod stopwatch;
pub mod targets;
pub mod transfer;
mod trouble;

use std::sync::Arc;
use std::time::Instant;

use burn::tensor::Device;
use crossbeam_channel::Receiver;

pub use self::compute::Compute;
pub use self::evaluate::{Evaluation, evaluate};
pub use self::rehearsal::rehearse;
pub use self::trouble::{Scribe, Trouble};

use self::answering::Answering;
use self::average::Shown;
use self::breakpoints::Breakpoints;
use self::checkpoint::writer::{Checkpoints, Order};
use self::checkpoint::{Checkpoint, Keep, Parts, State};
use self::control::{Control, Onward};
use self::optimizer::Optimizer;
use self::pass::Recipe;
use self::step::Unread;
use self::stopwatch::Stopwatch;
use self::targets::class_weights;
use crate::config::Experiment;
use crate::data::{Batches, Dataset, VolumeShape};
use crate::event::{Command, NotFinite, TrainEvent};
use crate::metrics;
use crate::model::Vivit;
use crate::model::chance::Rates;
use crate::model::geometry::{DoesNotFit, Geometry};
use crate::runs::{self, RunFolder};

/// Why a run cannot go on. Whatever it is, the last checkpoint stays.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Geometry(#[from] DoesNotFit),
    #[error(transparent)]
    Checkpoint(#[from] checkpoint::Error),
    #[error(transparent)]
    Folder(#[from] runs::Error),
    #[error(transparent)]
    Metrics(#[from] metrics::Error),
    #[error("{0}")]
    NotFinite(NotFinite),
    #[error("the scores of the {split} split are not finite: the weights have diverged")]
    Diverged { split: &'static str },
    #[error("model.from: {run} has no checkpoint {from}")]
    NoSuchCheckpoint { from: String, run: String, kept: Vec<String> },
    #[error("model.from: nothing of {from} fits this model")]
    NothingFits { from: String, why: Vec<String> },
    #[error("the scores of the volume are not finite: the weights have diverged")]
    Unanswered,
    #[error("the {split} split has no volume {index}; it has {volumes}, counted from 0")]
    NoVolume { split: &'static str, index: usize, volumes: usize },
    #[error("there is no class {class}; there are {classes}, counted from 0")]
    NoClass { class: usize, classes: usize },
    #[error("the device lost a tensor: {0}")]
    Device(String),
    #[error("the loader ended before the last batch of epoch {epoch}")]
    LoaderEnded { epoch: u64 },
    #[error("the thread that writes the checkpoints has ended")]
    WriterEnded,
}

/// What is to be trained, on what, and where it is kept.
pub struct Job {
    pub experiment: Arc<Experiment>,
    pub dataset: Arc<Dataset>,
    pub compute: Compute,
    pub folder: RunFolder,
}

impl Job {
    /// A model of this job's shape with the seed's initial weights.
    ///
    /// # Errors
    ///
    /// When the tubelets do not fit the data's volumes.
    pub fn model(&self) -> Result<Vivit, Error> {
        let data = (self.dataset.shape, self.dataset.classes.len());
        fresh_model(&self.experiment, data, &self.compute.device)
    }

    /// Batches of an epoch.
    #[must_use]
    pub fn batches_per_epoch(&self) -> u64 {
        self.dataset.train.len().div_ceil(self.experiment.data.batch) as u64
    }

    /// Optimizer steps of an epoch; the last of them may take fewer batches together.
    #[must_use]
    pub fn steps_per_epoch(&self) -> u64 {
        self.batches_per_epoch().div_ceil(self.experiment.training.accumulate as u64)
    }

    /// What stays the same over all passes of this job.
    #[must_use]
    pub fn recipe(&self) -> Recipe<'_> {
        let Experiment { model, training, seed, .. } = &*self.experiment;
        Recipe {
            compute: &self.compute,
            shape: self.dataset.shape,
            classes: self.dataset.classes.len(),
            task: self.dataset.task,
            rates: Rates { attention_dropout: model.attention_dropout, stochastic_depth: model.stochastic_depth },
            label_smoothing: training.label_smoothing,
            class_weights: class_weights(training.class_weights, &self.dataset.train, self.dataset.classes.len()),
            seed: *seed,
        }
    }
}

/// A model for volumes of that shape and so many classes with the seed's initial weights.
fn fresh_model(
    experiment: &Experiment,
    (shape, classes): (VolumeShape, usize),
    device: &Device,
) -> Result<Vivit, Error> {
    let geometry = Geometry::new(&experiment.model, shape)?;
    Ok(Vivit::new(&experiment.model, &geometry, classes, experiment.seed, device))
}

/// Where batches and wishes come from, and where checkpoints and facts go.
pub struct Wires<'a> {
    pub batches: Batches,
    pub checkpoints: Checkpoints,
    pub commands: &'a Receiver<Command>,
    pub scribe: &'a mut dyn Scribe,
    pub trouble: Trouble,
}

/// A job as it stands after a checkpoint, or at its beginning.
fn taken_up(job: &Job, from: Option<&Checkpoint>) -> Result<(Vivit, Optimizer, State), Error> {
    let mut model = job.model()?;
    let mut optimizer = Optimizer::new(&job.experiment.training.optimizer, &model);
    let mut state = State::fresh(&job.experiment);
    if let Some(checkpoint) = from {
        model = checkpoint.load_model(model, &job.experiment.model)?;
        optimizer = checkpoint.load_optimizer(optimizer, &model)?;
        state = checkpoint.state.clone().for_experiment(&job.experiment);
    }
    let average = average::taken_up(&job.experiment, from, &model, &mut state)?;
    Ok((model, optimizer.with_average(average), state))
}

/// Trains a job to its end or until it is told to stop, from `from` or from the beginning.
///
/// # Errors
///
/// Anything that makes going on senseless; everything up to the last checkpoint is safe.
pub fn train<'a>(job: &'a Job, from: Option<&Checkpoint>, wires: Wires<'a>) -> Result<(), Error> {
    let (model, optimizer, state) = taken_up(job, from)?;
    let stopwatch = Stopwatch::from(state.wall_ms);
    let (unread, control, breakpoints) = (Vec::new(), Control::default(), Breakpoints::default());
    let (bad, answering) = (None, None);
    Trainer { job, model, optimizer, state, unread, bad, wires, control, breakpoints, answering, stopwatch }.run()
}

/// A job in training.
///
/// Between two calls of its methods:
/// - `model`, `optimizer` and `state` stand at the same step, so that what is evaluated, kept or told
///   is of one moment;
/// - `unread` holds the newest steps whose figures are still on the device, oldest first, none on the
///   CPU. They are applied, but neither told nor in `state.seen`: whatever keeps the state or says
///   where the run stands flushes them first;
/// - `bad` is a figure that is not finite, while the run stands before it. Where it was applied, nothing of
///   the model is kept or shown any more: all that is left is to go back;
/// - a step is taken only after [`Trainer::obey`] found no wish against it.
struct Trainer<'a> {
    job: &'a Job,
    model: Vivit,
    optimizer: Optimizer,
    state: State,
    unread: Vec<Unread>,
    bad: Option<NotFinite>,
    wires: Wires<'a>,
    control: Control,
    breakpoints: Breakpoints,
    answering: Option<Answering>,
    stopwatch: Stopwatch,
}

impl Trainer<'_> {
    fn run(mut self) -> Result<(), Error> {
        // A rate that was set before a resume still holds.
        if let Some(requested) = self.state.learning_rate {
            self.tell_rate(requested)?;
        }
        loop {
            if let Some(written) = self.wires.checkpoints.written() {
                self.settle(written)?;
            }
            if self.obey()? == Onward::Stop {
                return self.stop();
            }
            if self.is_trained() {
                return self.finish();
            }
            if self.epoch_has_batches() {
                self.step()?;
            } else {
                self.finish_epoch()?;
            }
        }
    }

    /// The weights that are evaluated: their average, where one is kept.
    fn shown(&self) -> Shown {
        Shown::of(&self.model, self.optimizer.average())
    }

    /// Whether all epochs are done, validated and kept.
    fn is_trained(&self) -> bool {
        self.state.epoch > self.job.experiment.training.epochs as u64 || self.state.stopped_early
    }

    /// Whether the epoch in progress has something left to train on.
    fn epoch_has_batches(&self) -> bool {
        self.state.next_batch < self.job.batches_per_epoch()
    }

    /// The epoch in progress, or the last.
    fn epoch(&self) -> u64 {
        self.state.epoch.min(self.job.experiment.training.epochs as u64)
    }

    fn stop(mut self) -> Result<(), Error> {
        self.flush()?;
        if let Some(bad) = self.bad.take_if(|bad| bad.applied) {
            // These weights are worth no checkpoint.
            return Err(Error::NotFinite(bad));
        }
        self.save_checkpoint(Keep::AsNewest)?;
        let (step, wall_ms) = (self.state.step, self.stopwatch.ms());
        self.tell(TrainEvent::Stopped { step, wall_ms })
    }

    /// Keeps this moment, and waits until it is kept.
    fn save_checkpoint(&mut self, keep: Keep) -> Result<(), Error> {
        self.begin_checkpoint(keep)?;
        self.finish_checkpoint()
    }

    /// Has a checkpoint of this moment written while the training goes on.
    fn begin_checkpoint(&mut self, keep: Keep) -> Result<(), Error> {
        self.finish_checkpoint()?;
        self.state.wall_ms = self.stopwatch.ms();
        let (model, moments, state) = (self.model.clone(), self.optimizer.moments(&self.model), self.state.clone());
        let average = self.optimizer.average().map(|average| average.model(&self.model));
        let newest = self.job.experiment.training.checkpoints.keep;
        let parts = Parts { model, moments, average };
        self.wires.checkpoints.begin(Order { parts, state, keep, newest })
    }

    /// Waits for the checkpoint under way, where one is.
    fn finish_checkpoint(&mut self) -> Result<(), Error> {
        self.wires.checkpoints.wait()?.map_or(Ok(()), |written| self.settle(written))
    }

    /// Tells a fact, and goes on once it is kept.
    fn tell(&mut self, event: TrainEvent) -> Result<(), Error> {
        let told = self.wires.scribe.tell(event).map_err(Error::from);
        self.insist(told, |trainer| Ok(trainer.wires.scribe.catch_up()?))
    }

    /// Tells something that the user should know and that stops nothing.
    fn warn(&mut self, message: String) -> Result<(), Error> {
        self.tell(TrainEvent::Warned { message })
    }
}

fn millis(started: Instant) -> u64 {
    pass::micros(started) / 1000
}
