//! The training loop: batches in, facts out, a checkpoint at the end of every epoch.
//!
//! Knows nothing of who listens. Everything random is a pure function of (seed, epoch, batch), so a
//! run that is resumed from a checkpoint goes on bit for bit as if it had never stopped.

pub mod checkpoint;
mod compute;
mod evaluate;
mod figures;
pub mod optimizer;
pub mod pass;
mod schedule;
mod score;
mod step;

use std::sync::Arc;
use std::time::Instant;

use burn::optim::ModuleOptimizer;
use crossbeam_channel::{Receiver, TryRecvError};

pub use self::compute::Compute;
pub use self::evaluate::{Evaluation, evaluate};

use self::checkpoint::{Best, Checkpoint, State};
use self::pass::Recipe;
use self::score::{score, undefined_words};
use self::step::Stepper;
use crate::config::Experiment;
use crate::data::{Batches, Dataset};
use crate::event::{Command, EpochFinished, Evaluated, Finished, Outcome, SplitName, TrainEvent, Weights};
use crate::metrics::{self, Report};
use crate::model::Vivit;
use crate::model::geometry::{DoesNotFit, Geometry};
use crate::runs::{self, Predictions, RunFolder, write_predictions};

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
    #[error("the {what} of step {step} (epoch {epoch}) is not finite{}", if *.applied { "" } else { "; the step was not applied" })]
    NotFinite { what: &'static str, step: u64, epoch: u64, applied: bool },
    #[error("the scores of the {split} split are not finite: the weights have diverged")]
    Diverged { split: &'static str },
    #[error("the device lost a tensor: {0}")]
    Device(String),
    #[error("the loader ended before the last batch of epoch {epoch}")]
    LoaderEnded { epoch: u64 },
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
        let geometry = Geometry::new(&self.experiment.model, self.dataset.shape)?;
        let classes = self.dataset.classes.len();
        // Burn's optimizer asks for tracked parameters, even where shards track copies of their own.
        let device = self.compute.device.clone().autodiff();
        Ok(Vivit::new(&self.experiment.model, &geometry, classes, self.experiment.seed, &device))
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
            heads: model.heads,
            attention_dropout: model.attention_dropout,
            label_smoothing: training.label_smoothing,
            seed: *seed,
        }
    }
}

/// Where batches and wishes come from, and where facts go.
pub struct Wires<'a> {
    pub batches: Batches,
    pub commands: &'a Receiver<Command>,
    /// Keeps a fact before the trainer goes on; an error ends the run.
    pub tell: &'a mut dyn FnMut(TrainEvent) -> Result<(), runs::Error>,
}

/// Trains a job to its end or until it is told to stop, from `from` or from the beginning.
///
/// # Errors
///
/// Anything that makes going on senseless; everything up to the last checkpoint is safe.
pub fn train<'a>(job: &'a Job, from: Option<&Checkpoint>, wires: Wires<'a>) -> Result<(), Error> {
    let mut model = job.model()?;
    let mut optimizer = optimizer::optimizer(&job.experiment.training.optimizer);
    let mut state = State::fresh(&job.experiment);
    if let Some(checkpoint) = from {
        model = checkpoint.load_model(model, &job.experiment.model)?;
        optimizer = checkpoint.load_optimizer(optimizer)?;
        state = State { experiment: (*job.experiment).clone(), ..checkpoint.state.clone() };
    }
    let started = Instant::now();
    let wall_before = state.wall_ms;
    Trainer { job, model, optimizer, state, wires, started, wall_before }.run()
}

struct Trainer<'a> {
    job: &'a Job,
    model: Vivit,
    optimizer: ModuleOptimizer,
    state: State,
    wires: Wires<'a>,
    started: Instant,
    wall_before: u64,
}

impl Trainer<'_> {
    fn run(mut self) -> Result<(), Error> {
        while self.state.epoch <= self.job.experiment.training.epochs as u64 && !self.state.stopped_early {
            if !self.train_epoch()? {
                self.save_checkpoint(false)?;
                let wall_ms = self.wall_ms();
                return self.tell(TrainEvent::Stopped { step: self.state.step, wall_ms });
            }
            self.finish_epoch()?;
        }
        self.finish()
    }

    /// Trains what is left of the epoch; false when told to stop.
    fn train_epoch(&mut self) -> Result<bool, Error> {
        let mut stepper = Stepper::new(self.job);
        while self.state.next_batch < self.job.batches_per_epoch() {
            if self.told_to_stop() {
                stepper.flush(&mut self.state, self.wires.tell)?;
                return Ok(false);
            }
            let model = self.model.clone();
            self.model = stepper.step(model, &mut self.optimizer, &mut self.state, &mut self.wires)?;
        }
        stepper.flush(&mut self.state, self.wires.tell)?;
        Ok(!self.told_to_stop())
    }

    fn told_to_stop(&self) -> bool {
        match self.wires.commands.try_recv() {
            Ok(Command::Stop) => true,
            Ok(_) => false,
            // Nobody can wish for anything any more; that alone stops nothing.
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => false,
        }
    }

    fn finish_epoch(&mut self) -> Result<(), Error> {
        let training = &self.job.experiment.training;
        let (epoch, step) = (self.state.epoch, self.state.step);
        let seen = self.state.seen.figures();
        let volumes_per_s = per_second(seen.volumes, self.state.seen.step_us);
        let wall_ms = self.wall_ms();
        let (loss, accuracy) = (seen.loss(), seen.accuracy());
        self.tell(TrainEvent::EpochFinished(EpochFinished { epoch, step, loss, accuracy, volumes_per_s, wall_ms }))?;

        let evaluation = evaluate(&self.model, self.job, SplitName::Validation)?;
        if epoch == 1 && score(training.best, &evaluation.report).is_none() {
            let message = undefined_words(training.best, &evaluation.report);
            self.tell(TrainEvent::Warned { message })?;
        }
        let best = self.note_validation(&evaluation.report);
        self.keep_predictions(&format!("epoch-{epoch:03}"), &evaluation)?;
        self.tell_evaluation(SplitName::Validation, Weights::Last, best, evaluation)?;

        if let Some(early) = &training.early_stopping {
            self.state.stopped_early = self.state.stale_epochs >= early.patience as u64;
        }
        self.state.epoch += 1;
        self.state.next_batch = 0;
        self.state.seen = checkpoint::Seen::default();
        let last = epoch >= training.epochs as u64 || self.state.stopped_early;
        if best || last || epoch.is_multiple_of(training.checkpoints.every_epochs as u64) {
            self.save_checkpoint(best)?;
        }
        Ok(())
    }

    /// Whether this validation is the best so far; also counts the epochs without improvement.
    fn note_validation(&mut self, report: &Report) -> bool {
        let training = &self.job.experiment.training;
        let score = score(training.best, report).unwrap_or(report.accuracy);
        let best_score = self.state.best.as_ref().map(|best| best.score);
        let least_gain = training.early_stopping.as_ref().map_or(0.0, |early| early.min_delta);
        if self.state.improved_to.is_none_or(|before| score > before + least_gain) {
            self.state.improved_to = Some(score);
            self.state.stale_epochs = 0;
        } else {
            self.state.stale_epochs += 1;
        }
        let best = best_score.is_none_or(|best| score > best);
        if best {
            self.state.best = Some(Best { epoch: self.state.epoch, step: self.state.step, score });
        }
        best
    }

    fn save_checkpoint(&mut self, best: bool) -> Result<(), Error> {
        let started = Instant::now();
        self.state.wall_ms = self.wall_ms();
        checkpoint::save(&self.job.folder, &self.model, &self.optimizer, &self.state)?;
        let keep = self.job.experiment.training.checkpoints.keep;
        checkpoint::prune(&self.job.folder, self.state.step, keep, self.state.best.as_ref().map(|best| best.step))?;
        let (step, save_ms) = (self.state.step, millis(started));
        let path = format!("checkpoints/{}", checkpoint::name(step));
        self.tell(TrainEvent::CheckpointSaved { step, path, best, save_ms })
    }

    fn finish(&mut self) -> Result<(), Error> {
        // A best checkpoint that cannot be read costs the figures of the best weights, not the run.
        let best_model = match self.best_model() {
            Ok(model) => model,
            Err(error) => {
                let message = format!("the best weights cannot be evaluated: {error}");
                self.tell(TrainEvent::Warned { message })?;
                None
            }
        };
        if let (true, Some(model)) = (self.restores_best(), &best_model) {
            // The last checkpoint holds the weights that the run ends with, so that both agree.
            self.model = model.clone();
            self.save_checkpoint(false)?;
            let validation = evaluate(&self.model, self.job, SplitName::Validation)?;
            self.tell_evaluation(SplitName::Validation, Weights::Best, false, validation)?;
        }
        let last = evaluate(&self.model, self.job, SplitName::Test)?;
        self.keep_predictions("test-last", &last)?;
        self.tell_evaluation(SplitName::Test, Weights::Last, false, last)?;
        if let Some(model) = best_model {
            let best = evaluate(&model, self.job, SplitName::Test)?;
            self.keep_predictions("test-best", &best)?;
            self.tell_evaluation(SplitName::Test, Weights::Best, true, best)?;
        }
        let outcome = if self.state.stopped_early { Outcome::StoppedEarly } else { Outcome::Completed };
        let (step, epoch, wall_ms) = (self.state.step, self.state.epoch - 1, self.wall_ms());
        let best_epoch = self.state.best.as_ref().map_or(epoch, |best| best.epoch);
        self.tell(TrainEvent::Finished(Finished { outcome, step, epoch, best_epoch, wall_ms }))
    }

    fn restores_best(&self) -> bool {
        self.job.experiment.training.early_stopping.as_ref().is_some_and(|early| early.restore_best)
    }

    /// The model with the best weights, which may be the last.
    fn best_model(&self) -> Result<Option<Vivit>, Error> {
        let Some(best) = &self.state.best else { return Ok(None) };
        if best.step == self.state.step {
            return Ok(Some(self.model.clone()));
        }
        let path = self.job.folder.checkpoints().join(checkpoint::name(best.step));
        Ok(Some(Checkpoint::read(&path)?.load_model(self.job.model()?, &self.job.experiment.model)?))
    }

    fn keep_predictions(&self, name: &str, evaluation: &Evaluation) -> Result<(), Error> {
        let predictions = Predictions {
            classes: self.job.dataset.classes.len(),
            probabilities: evaluation.probabilities.clone(),
            labels: evaluation.labels.clone(),
        };
        Ok(write_predictions(&self.job.folder.predictions().join(format!("{name}.npz")), &predictions)?)
    }

    fn tell_evaluation(&mut self, split: SplitName, weights: Weights, best: bool, of: Evaluation) -> Result<(), Error> {
        // The final evaluations stand after the last epoch, a validation in the one in progress.
        let ended = split == SplitName::Test || weights == Weights::Best;
        let epoch = if ended { self.state.epoch - 1 } else { self.state.epoch };
        let (step, evaluation_ms, report) = (self.state.step, of.evaluation_ms, of.report);
        self.tell(TrainEvent::Evaluated(Box::new(Evaluated {
            epoch,
            step,
            split,
            weights,
            best,
            evaluation_ms,
            predictions: None,
            report,
        })))
    }

    fn tell(&mut self, event: TrainEvent) -> Result<(), Error> {
        Ok((self.wires.tell)(event)?)
    }

    fn wall_ms(&self) -> u64 {
        self.wall_before + millis(self.started)
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 volumes and microseconds")]
fn per_second(count: u64, micros: u64) -> f64 {
    count as f64 * 1e6 / micros.max(1) as f64
}

fn millis(started: Instant) -> u64 {
    pass::micros(started) / 1000
}
