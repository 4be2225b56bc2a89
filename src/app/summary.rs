//! The end of a run in one JSON file: what `summary.json` holds and `--require` names.

use serde::{Deserialize, Serialize};

use super::{Run, Status};
use crate::event::{Evaluated, Outcome};
use crate::metrics::Report;

/// A run's figures, made from its events alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub run: String,
    pub outcome: Outcome,
    /// Why it failed, when it did.
    pub error: Option<String>,
    pub steps: u64,
    pub epochs: u64,
    pub best_epoch: Option<u64>,
    pub parameters: u64,
    pub device: String,
    pub data: String,
    pub seed: u64,
    /// Median over the epochs.
    pub volumes_per_s: Option<f64>,
    /// Time spent in this run, all its processes together.
    pub wall_s: f64,
    /// Whether the data were made up; every figure then says nothing about patients.
    pub synthetic: bool,
    /// Whether what was evaluated last was a running average of the weights.
    #[serde(default)]
    pub averaged: bool,
    pub validation: SplitSummary,
    pub test: SplitSummary,
}

/// The figures of a split with the last weights and with the best.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitSummary {
    pub last: Option<Report>,
    pub best: Option<Report>,
}

impl SplitSummary {
    fn new(last: Option<&Evaluated>, best: Option<&Evaluated>) -> Self {
        let report = |evaluated: Option<&Evaluated>| evaluated.map(|evaluated| evaluated.report.clone());
        Self { last: report(last), best: report(best) }
    }
}

impl Summary {
    /// The summary of a run that has ended; `None` while it trains, or before it began.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run are far below 2^52")]
    pub fn of(run: &Run) -> Option<Self> {
        let started = run.started.as_ref()?;
        let (outcome, error) = match &run.status {
            Status::Waiting | Status::Training | Status::Paused(_) => return None,
            Status::Finished(outcome) => (*outcome, None),
            Status::Stopped => (Outcome::Interrupted, None),
            Status::Failed(message) => (Outcome::Failed, Some(message.clone())),
        };
        Some(Self {
            run: started.run.clone(),
            outcome,
            error,
            steps: run.step,
            epochs: run.epochs.last().map_or(0, |row| row.epoch),
            best_epoch: run.validation_best().map(|best| best.epoch),
            parameters: started.parameters,
            device: started.device.clone(),
            data: started.data.clone(),
            seed: started.seed,
            volumes_per_s: run.volumes_per_s(),
            wall_s: run.elapsed_ms() as f64 / 1000.0,
            synthetic: started.synthetic,
            averaged: run.test_last.as_ref().or(run.validation_last()).is_some_and(|last| last.averaged),
            validation: SplitSummary::new(run.validation_last(), run.validation_best()),
            test: SplitSummary::new(run.test_last.as_ref(), run.test_best.as_ref()),
        })
    }
}
