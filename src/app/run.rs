//! A run as the fold of its events.

use std::collections::VecDeque;

use super::curves::Curves;
use super::pace::Pace;
use crate::event::{
    Breakpoint, EpochFinished, Evaluated, Finished, Outcome, PauseReason, SplitName, Started, Stepped, TrainEvent,
    Weights,
};
use crate::metrics::Report;

/// Where a run stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    /// Nothing was heard yet.
    #[default]
    Waiting,
    Training,
    /// Takes no step until it is told to.
    Paused(PauseReason),
    /// Ended by itself.
    Finished(Outcome),
    /// Stopped from outside; resumable.
    Stopped,
    /// Stopped by an error; resumable.
    Failed(String),
}

/// The figures of one epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRow {
    pub epoch: u64,
    pub step: u64,
    pub train_loss: f64,
    pub train_accuracy: f64,
    pub volumes_per_s: f64,
    /// Empty until the validation of the epoch is done.
    pub validation: Option<ValidationRow>,
}

/// The validation figures that a table of epochs shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ValidationRow {
    pub loss: f64,
    pub accuracy: f64,
    pub auc: Option<f64>,
    pub best: bool,
    /// The file of its probabilities, relative to the run's folder.
    pub predictions: Option<String>,
}

/// A learning rate that a user set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateSet {
    /// The first step that uses it is the one after this.
    pub step: u64,
    pub requested: f64,
    pub applied: f64,
}

/// All that is known of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    pub started: Option<Started>,
    pub status: Status,
    pub last_step: Option<Stepped>,
    pub epochs: Vec<EpochRow>,
    pub curves: Curves,
    /// Where the time goes, and how long the rest will take.
    pub pace: Pace,
    /// The newest validations, and all that were the best of their time: what a resume from an older
    /// checkpoint has to fall back on.
    recent: VecDeque<Evaluated>,
    bests: Vec<Evaluated>,
    /// The validation of the best weights, once the run has ended with them.
    restored: Option<Evaluated>,
    /// The training split, when it was asked for.
    pub train_last: Option<Evaluated>,
    /// Test with the last weights, and with the best.
    pub test_last: Option<Evaluated>,
    pub test_best: Option<Evaluated>,
    /// The newest checkpoint: its step, and its path in the run's folder.
    pub checkpoint: Option<(u64, String)>,
    pub warnings: Vec<String>,
    /// The last rate that a user set: what was asked for, and what the schedule made of it.
    pub rate_set: Option<RateSet>,
    /// What the run will pause at.
    pub breakpoints: Vec<Breakpoint>,
    pub finished: Option<Finished>,
    /// Optimizer steps done.
    pub step: u64,
    /// Training time so far.
    pub wall_ms: u64,
    /// What the pace had counted when that was told.
    counted_us: u64,
}

/// Validations kept whole: at least so many, and more as long as they take no more bytes; older ones live on in
/// the table of epochs and in their files of probabilities.
const RECENT: usize = 32;
const RECENT_BYTES: usize = 8 << 20;

impl Run {
    /// The fold of a whole journal.
    #[must_use]
    pub fn of(events: impl IntoIterator<Item = TrainEvent>) -> Self {
        let mut run = Self::default();
        for event in events {
            run.apply(event);
        }
        run
    }

    /// Whether the first figure is the AUC: of two classes, or yes and no to several labels, one is often so frequent
    /// that always naming it is right most of the time.
    #[must_use]
    pub fn leads_with_auc(&self) -> bool {
        // A class that the validation split has no volume of leaves nothing to lead with.
        if self.curves.validation.last().is_some_and(|point| point.auc.is_none()) {
            return false;
        }
        let several = self.last_step.as_ref().is_some_and(|step| step.answers.is_some());
        several || self.started.as_ref().is_some_and(|started| started.classes.len() == 2)
    }

    /// The epoch under way, from 1; when all are done, the last. Nothing is known of it before the run begins.
    #[must_use]
    pub fn epoch(&self) -> Option<u64> {
        let started = self.started.as_ref()?;
        Some((self.step / started.steps_per_epoch.max(1) + 1).min(started.epochs))
    }

    /// Takes in one fact: the only way that a run changes.
    pub fn apply(&mut self, event: TrainEvent) {
        match event {
            TrainEvent::Started(started) => {
                self.started = Some(*started);
                self.status = Status::Training;
            }
            TrainEvent::Resumed { step, wall_ms, device, .. } => {
                if let Some(started) = &mut self.started {
                    started.device = device;
                }
                self.resume(step, wall_ms);
            }
            TrainEvent::Stepped(stepped) => {
                self.step = stepped.step;
                self.curves.step(&stepped);
                self.pace.step(&stepped);
                self.last_step = Some(stepped);
            }
            TrainEvent::EpochFinished(finished) => self.finish_epoch(&finished),
            TrainEvent::Evaluated(evaluated) => self.evaluate(*evaluated),
            TrainEvent::Inherited(best) => self.bests.push(*best),
            TrainEvent::CheckpointSaved { step, path, .. } => self.checkpoint = Some((step, path)),
            TrainEvent::LoaderTuned { .. } | TrainEvent::Transferred(_) | TrainEvent::Explained(_) => {}
            TrainEvent::Warned { message } => self.warnings.push(message),
            TrainEvent::Paused { reason, .. } => {
                // What has been met stands no more.
                if let PauseReason::Breakpoint { breakpoint, .. } = &reason {
                    self.breakpoints.retain(|set| set != breakpoint);
                }
                self.status = Status::Paused(reason);
            }
            TrainEvent::Continued { .. } => self.status = Status::Training,
            TrainEvent::LearningRateChanged { step, requested, applied } => {
                self.rate_set = Some(RateSet { step, requested, applied });
            }
            TrainEvent::BreakpointSet { breakpoint } => {
                self.breakpoints.retain(|set| *set != breakpoint);
                self.breakpoints.push(breakpoint);
            }
            TrainEvent::BreakpointsCleared => self.breakpoints.clear(),
            TrainEvent::Finished(finished) => {
                self.end(Status::Finished(finished.outcome));
                self.tell_wall(finished.wall_ms);
                self.finished = Some(finished);
            }
            TrainEvent::Stopped { wall_ms, .. } => {
                self.end(Status::Stopped);
                self.tell_wall(wall_ms);
            }
            TrainEvent::Failed { message, .. } => self.end(Status::Failed(message)),
        }
    }

    fn end(&mut self, status: Status) {
        self.status = status;
        // They stood in the process that has ended.
        self.breakpoints.clear();
    }

    /// Forgets what the steps after `step` had drawn: they will be done again.
    fn resume(&mut self, step: u64, wall_ms: u64) {
        self.epochs.retain(|row| row.step <= step && row.validation.is_some());
        self.recent.retain(|evaluated| evaluated.step <= step);
        self.bests.retain(|evaluated| evaluated.step <= step);
        self.last_step = self.last_step.take().filter(|last| last.step <= step);
        self.curves.forget_after(step);
        self.checkpoint = self.checkpoint.take().filter(|(saved, _)| *saved <= step);
        self.train_last = self.train_last.take().filter(|evaluated| evaluated.step <= step);
        // The trainer says so anew if its checkpoint knows of one: at the same step it may be older.
        self.rate_set = None;
        // They stood in the process that knew them.
        self.breakpoints.clear();
        self.restored = None;
        self.test_last = None;
        self.test_best = None;
        self.finished = None;
        self.step = step;
        self.tell_wall(wall_ms);
        self.status = Status::Training;
    }

    fn finish_epoch(&mut self, finished: &EpochFinished) {
        self.step = finished.step;
        self.tell_wall(finished.wall_ms);
        while self.epochs.last().is_some_and(|row| row.epoch >= finished.epoch) {
            self.epochs.pop();
        }
        self.epochs.push(EpochRow {
            epoch: finished.epoch,
            step: finished.step,
            train_loss: finished.loss,
            train_accuracy: finished.accuracy,
            volumes_per_s: finished.volumes_per_s,
            validation: None,
        });
    }

    fn evaluate(&mut self, evaluated: Evaluated) {
        self.pace.evaluation(&evaluated);
        match (evaluated.split, evaluated.weights) {
            (SplitName::Validation, Weights::Last) => self.validate(evaluated),
            (SplitName::Validation, Weights::Best) => self.restored = Some(evaluated),
            (SplitName::Test, Weights::Last) => self.test_last = Some(evaluated),
            (SplitName::Test, Weights::Best) => self.test_best = Some(evaluated),
            (SplitName::Train, _) => self.train_last = Some(evaluated),
        }
    }

    /// Takes in a validation of the epoch's end, or one that was asked for in between.
    fn validate(&mut self, mut evaluated: Evaluated) {
        // The same weights once more: what was found to be the best stays it.
        let known = self.bests.iter().any(|best| best.step == evaluated.step);
        evaluated.best |= known;
        self.curves.validated(&evaluated);
        if let Some(row) = self.epochs.iter_mut().rfind(|row| row.step == evaluated.step) {
            let Report { loss, accuracy, auc, .. } = evaluated.report;
            let (best, predictions) = (evaluated.best, evaluated.predictions.clone());
            row.validation = Some(ValidationRow { loss, accuracy, auc, best, predictions });
        }
        if evaluated.best && !known {
            self.bests.push(evaluated.clone());
        }
        self.recent.retain(|recent| recent.step != evaluated.step);
        let room = (RECENT_BYTES / bytes(&evaluated.report)).max(RECENT);
        while self.recent.len() >= room {
            self.recent.pop_front();
        }
        self.recent.push_back(evaluated);
    }

    /// The validation with the last weights after a step, if it is still kept whole.
    #[must_use]
    pub fn validation_at(&self, step: u64) -> Option<&Evaluated> {
        self.recent.iter().rev().chain(self.bests.iter().rev()).find(|evaluated| evaluated.step == step)
    }

    /// Validation with the weights that the run ends with: its last, or its best restored.
    #[must_use]
    pub fn validation_last(&self) -> Option<&Evaluated> {
        self.restored.as_ref().or(self.recent.back())
    }

    /// Validation with the best weights.
    #[must_use]
    pub fn validation_best(&self) -> Option<&Evaluated> {
        self.bests.last()
    }

    /// The newest evaluation of a split, with the weights that stand nearest to the run's end.
    #[must_use]
    pub fn evaluation(&self, split: SplitName) -> Option<&Evaluated> {
        match split {
            SplitName::Train => self.train_last.as_ref(),
            SplitName::Validation => self.validation_last(),
            SplitName::Test => self.test_last.as_ref(),
        }
    }

    fn tell_wall(&mut self, wall_ms: u64) {
        self.wall_ms = wall_ms;
        self.counted_us = self.pace.total_us();
    }

    /// Training time up to now: what was told at the end of an epoch, and what the steps since have taken.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        self.wall_ms + (self.pace.total_us() - self.counted_us) / 1000
    }

    /// How long the rest of the run will take at the recent speed, its validations and checkpoints included.
    #[must_use]
    pub fn remaining_ms(&self) -> Option<u64> {
        let started = self.started.as_ref()?;
        let steps = (started.epochs * started.steps_per_epoch).saturating_sub(self.step);
        let done = self.epochs.iter().filter(|row| row.validation.is_some()).count() as u64;
        self.pace.remaining_ms(steps, started.epochs.saturating_sub(done))
    }

    /// The training speed over the whole run, in volumes a second: the median of the epochs.
    #[must_use]
    pub fn volumes_per_s(&self) -> Option<f64> {
        let mut speeds: Vec<f64> = self.epochs.iter().map(|row| row.volumes_per_s).collect();
        speeds.sort_by(f64::total_cmp);
        speeds.get(speeds.len() / 2).copied()
    }
}

/// About what a report takes: a matrix, and a name and some figures for each class.
fn bytes(report: &Report) -> usize {
    const CLASS: usize = 160;
    let classes = report.per_class.len();
    let cells = report.confusion.iter().map(Vec::len).sum::<usize>() * size_of::<u64>();
    let labels = size_of_val(report.labels.as_slice());
    cells + labels + classes * CLASS + size_of::<Evaluated>()
}

#[cfg(test)]
mod tests;
