//! The end of an epoch: its figures, its validation, its checkpoint.

use super::checkpoint::{Best, Keep, Seen};
use super::evaluate::Occasion;
use super::score::{score, undefined_words};
use super::{Error, Trainer, Trouble, evaluate};
use crate::event::{EpochFinished, NotFinite, SplitName, TrainEvent, Weights};
use crate::metrics::Report;

impl Trainer<'_> {
    /// Ends an epoch whose batches are all trained on; the next one begins.
    pub(super) fn finish_epoch(&mut self) -> Result<(), Error> {
        self.flush()?;
        if self.bad.is_some() {
            return Ok(());
        }
        let training = &self.job.experiment.training;
        let epoch = self.state.epoch;
        self.tell_epoch()?;

        let shown = self.shown();
        let evaluation = match evaluate(&shown.model, self.job, SplitName::Validation) {
            Err(Error::Diverged { split }) if self.wires.trouble == Trouble::Waits => {
                // The run pauses here, with the epoch still to be ended.
                self.bad = Some(self.diverged(split));
                return Ok(());
            }
            evaluated => evaluated?,
        };
        if epoch == 1 && score(training.best, &evaluation.report).is_none() {
            self.warn(undefined_words(training.best, &evaluation.report))?;
        }
        let best = self.note_validation(&evaluation.report);
        self.breakpoints.validated(epoch, &evaluation.report);
        let file = format!("epoch-{epoch:03}");
        let averaged = shown.averaged;
        let occasion = Occasion { split: SplitName::Validation, weights: Weights::Last, averaged, best, file };
        self.keep_own(&evaluation, &occasion)?;

        if let Some(early) = &training.early_stopping {
            self.state.stopped_early = self.state.stale_epochs >= early.patience as u64;
        }
        self.state.epoch += 1;
        self.state.next_batch = 0;
        self.state.seen = Seen::default();
        self.control.epoch_ended();
        if self.is_trained() {
            self.save_checkpoint(Keep::AsNewest)?;
        } else if best || epoch.is_multiple_of(training.checkpoints.every_epochs as u64) {
            self.begin_checkpoint(Keep::AsNewest)?;
        }
        Ok(())
    }

    fn diverged(&self, split: &str) -> NotFinite {
        let (step, epoch) = (self.state.step, self.state.epoch);
        let figure = format!("scores of the {split} split");
        NotFinite { figure, step, epoch, volumes: Vec::new(), affected: 0, of: 0, applied: false }
    }

    fn tell_epoch(&mut self) -> Result<(), Error> {
        let (epoch, step, wall_ms) = (self.state.epoch, self.state.step, self.stopwatch.ms());
        let seen = self.state.seen.figures();
        let (loss, accuracy) = (seen.loss(), seen.accuracy(self.job.dataset.answers()));
        let volumes_per_s = per_second(seen.volumes, self.state.seen.step_us);
        self.tell(TrainEvent::EpochFinished(EpochFinished { epoch, step, loss, accuracy, volumes_per_s, wall_ms }))
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
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 volumes and microseconds")]
fn per_second(count: u64, micros: u64) -> f64 {
    count as f64 * 1e6 / micros.max(1) as f64
}
