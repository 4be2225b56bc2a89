//! The curves of a run: a thinned series for each figure of a step, and a point for each validation.

use super::series::Series;
use crate::event::{Evaluated, Stepped};

/// The validation of some step, as a chart shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValidationPoint {
    pub step: u64,
    pub epoch: u64,
    pub loss: f64,
    pub accuracy: f64,
    /// The accuracy's 95 % interval.
    pub low: f64,
    pub high: f64,
    pub auc: Option<f64>,
    /// The best of the run when it was made.
    pub best: bool,
}

/// Everything about a run that is drawn over its steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    pub train_loss: Series,
    /// Share of a step's volumes that were classified correctly.
    pub train_accuracy: Series,
    pub learning_rate: Series,
    pub gradient_norm: Series,
    /// By step; a validation that was asked for in the middle of an epoch among them.
    pub validation: Vec<ValidationPoint>,
}

impl Curves {
    #[expect(clippy::cast_precision_loss, reason = "the volumes of a step are few")]
    pub(super) fn step(&mut self, stepped: &Stepped) {
        let step = stepped.step;
        self.train_loss.push(step, stepped.loss.unwrap_or(f64::NAN));
        self.train_accuracy.push(step, stepped.correct as f64 / stepped.volumes as f64);
        self.learning_rate.push(step, stepped.learning_rate);
        self.gradient_norm.push(step, stepped.gradient_norm.unwrap_or(f64::NAN));
    }

    pub(super) fn validated(&mut self, evaluated: &Evaluated) {
        let report = &evaluated.report;
        // A second validation of the same weights says the same.
        self.validation.retain(|point| point.step < evaluated.step);
        self.validation.push(ValidationPoint {
            step: evaluated.step,
            epoch: evaluated.epoch,
            loss: report.loss,
            accuracy: report.accuracy,
            low: report.accuracy_low,
            high: report.accuracy_high,
            auc: report.auc,
            best: evaluated.best,
        });
    }

    pub(super) fn forget_after(&mut self, step: u64) {
        for series in [&mut self.train_loss, &mut self.train_accuracy, &mut self.learning_rate, &mut self.gradient_norm]
        {
            series.forget_after(step);
        }
        self.validation.retain(|point| point.step <= step);
    }
}
