//! What cannot be written: where somebody is there to decide, the run stands still until it can be.
//!
//! Nothing is given up meanwhile. What failed is whole and is tried again: the facts wait with the scribe, a
//! checkpoint is that of its own step, predictions are those that were made.

use super::checkpoint::writer::{Unwritten, Written};
use super::checkpoint::{self, Keep};
use super::control::Onward;
use super::evaluate::{Evaluation, Occasion};
use super::{Error, Trainer};
use crate::event::{Command, Evaluated, PauseReason, TrainEvent};
use crate::runs::{self, Predictions, write_predictions};

/// Whoever keeps the facts of a run.
pub trait Scribe {
    /// Keeps a fact before the trainer goes on. One that cannot be kept waits, and so do those after it.
    ///
    /// # Errors
    ///
    /// Why it waits.
    fn tell(&mut self, event: TrainEvent) -> Result<(), runs::Error>;

    /// Keeps what waits, in its order.
    ///
    /// # Errors
    ///
    /// Why it still waits.
    fn catch_up(&mut self) -> Result<(), runs::Error>;
}

/// What becomes of a run that cannot write, or whose figures are not finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It fails: nobody is there to decide.
    Fails,
    /// It stands still until somebody has decided.
    Waits,
}

impl Trainer<'_> {
    /// The result of what writes to the disk. Where it could not, the run stands still, and `again` is tried as often
    /// as the user wishes. Whoever wishes to stop has it tried once more; then the run fails.
    pub(super) fn insist<T>(
        &mut self,
        first: Result<T, Error>,
        mut again: impl FnMut(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (mut tried, mut wished) = (first, None);
        loop {
            let error = match (tried, wished) {
                (Ok(done), Some(wish)) => {
                    self.go_on_after_trouble(wish)?;
                    return Ok(done);
                }
                (Ok(done), None) => return Ok(done),
                (Err(error), _) => error,
            };
            let waits = self.wires.trouble == Trouble::Waits && !self.control.is_stopping();
            let Some(reason) = unwritten(&error).filter(|_| waits) else { return Err(error) };
            let Some(wish) = self.stand(&reason) else { return Err(error) };
            wished = Some(wish);
            tried = again(self);
        }
    }

    /// Stands still until somebody wishes for what cannot be without what failed; nothing when nobody is left.
    fn stand(&mut self, reason: &PauseReason) -> Option<Command> {
        let mut told = Some(TrainEvent::Paused { step: self.state.step, epoch: self.epoch(), reason: reason.clone() });
        loop {
            if let Some(event) = told.take() {
                self.control.stands();
                // It may be the facts that cannot be kept; this one waits with them, and is shown.
                let _ = self.wires.scribe.tell(event);
            }
            let commands = self.wires.commands;
            let wish = self.stopwatch.stand(|| commands.recv()).ok()?;
            told = match wish {
                Command::Continue | Command::Step(1..) | Command::Epoch => return Some(wish),
                Command::Stop => {
                    self.control.stop_is_wished();
                    return Some(wish);
                }
                Command::Pause | Command::Step(0) => {
                    Some(TrainEvent::Paused { step: self.state.step, epoch: self.epoch(), reason: reason.clone() })
                }
                Command::SetBreakpoint(breakpoint) => {
                    self.breakpoints.set(breakpoint);
                    Some(TrainEvent::BreakpointSet { breakpoint })
                }
                Command::ClearBreakpoints => {
                    self.breakpoints.clear();
                    Some(TrainEvent::BreakpointsCleared)
                }
                Command::Checkpoint | Command::Evaluate(_) | Command::SetLearningRate(_) | Command::RollBack(_) => {
                    let message = "first what failed has to be written; going on tries it again".into();
                    Some(TrainEvent::Warned { message })
                }
                Command::Explain(question) => {
                    let why = "first what failed has to be written";
                    Some(TrainEvent::Explained(Box::new(self.refusal(question, why))))
                }
            };
        }
    }

    /// Does what was wished for, now that it can be done.
    fn go_on_after_trouble(&mut self, wish: Command) -> Result<(), Error> {
        match wish {
            // Seen to between two steps.
            Command::Stop => Ok(()),
            Command::Continue => self.release(),
            wish => {
                self.control.release();
                self.follow(wish).map(|onward| debug_assert_eq!(onward, Onward::Go))
            }
        }
    }

    /// Says what has become of a checkpoint, once it is written.
    pub(super) fn settle(&mut self, written: Written) -> Result<(), Error> {
        let mut unwritten = None;
        let first = outcome(written, &mut unwritten);
        let event = self.insist(first, |trainer| {
            if let Some(order) = unwritten.take() {
                trainer.wires.checkpoints.begin(order)?;
            }
            let written = trainer.wires.checkpoints.wait()?.ok_or(Error::WriterEnded)?;
            outcome(written, &mut unwritten)
        })?;
        self.tell_saved(event)
    }

    /// Writes a checkpoint. A disk that has no room for one more takes nothing from the run.
    pub(super) fn checkpoint(&mut self, keep: Keep) -> Result<(), Error> {
        self.begin_checkpoint(keep)?;
        let Some(written) = self.wires.checkpoints.wait()? else { return Ok(()) };
        let step = written.step;
        match outcome(written, &mut None) {
            Ok(saved) => self.tell_saved(saved),
            Err(error) => self.warn(format!("no checkpoint after step {step}: {error}")),
        }
    }

    fn tell_saved(&mut self, saved: Saved) -> Result<(), Error> {
        self.tell(saved.event)?;
        // One too many harms nobody.
        saved.pruned.or_else(|error| self.warn(format!("an older checkpoint stays: {error}")))
    }

    /// Keeps the predictions of an evaluation that the run itself has made, and tells of it.
    pub(super) fn keep_own(&mut self, evaluation: &Evaluation, occasion: &Occasion) -> Result<(), Error> {
        let kept = self.keep_evaluation(evaluation, occasion);
        let event = self.insist(kept, |trainer| trainer.keep_evaluation(evaluation, occasion))?;
        self.tell(event)
    }

    /// Keeps an evaluation's predictions; the result is the fact to tell.
    pub(super) fn keep_evaluation(&self, evaluation: &Evaluation, occasion: &Occasion) -> Result<TrainEvent, Error> {
        let Evaluation { report, probabilities, labels, evaluation_ms } = evaluation.clone();
        let Occasion { split, weights, averaged, best, ref file } = *occasion;
        let predictions = Predictions { classes: self.job.dataset.classes.len(), probabilities, labels };
        let name = format!("{file}.npz");
        write_predictions(&self.job.folder.predictions().join(&name), &predictions)?;
        let predictions = Some(format!("predictions/{name}"));
        let (epoch, step) = (self.state.epoch_of_weights(), self.state.step);
        let evaluated = Evaluated { epoch, step, split, weights, averaged, best, evaluation_ms, predictions, report };
        Ok(TrainEvent::Evaluated(Box::new(evaluated)))
    }
}

/// A checkpoint that is whole on the disk, and whether older ones could be removed.
struct Saved {
    event: TrainEvent,
    pruned: Result<(), Error>,
}

/// What has become of an order; one that could not be written is kept.
fn outcome(written: Written, unwritten: &mut Option<super::Order>) -> Result<Saved, Error> {
    let Written { step, best, pinned, save_ms, result, pruned } = written;
    if let Err(Unwritten { error, order }) = result {
        *unwritten = Some(*order);
        return Err(error.into());
    }
    let path = format!("checkpoints/{}", checkpoint::name(step));
    let event = TrainEvent::CheckpointSaved { step, path, best, pinned, save_ms };
    Ok(Saved { event, pruned: pruned.map_err(Error::from) })
}

/// Why the run stands still, if it is the disk that failed.
fn unwritten(error: &Error) -> Option<PauseReason> {
    let (Error::Folder(folder) | Error::Checkpoint(checkpoint::Error::Folder(folder))) = error else { return None };
    let runs::Error::Io { doing, path, source } = folder else { return None };
    let (what, path, why) = ((*doing).to_owned(), path.display().to_string(), source.to_string());
    Some(PauseReason::CannotWrite { what, path, why })
}
