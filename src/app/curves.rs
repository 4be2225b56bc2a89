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
    /// The newest validation that a step had behind it.
    #[must_use]
    pub fn validation_at(&self, step: u64) -> Option<&ValidationPoint> {
        let after = self.validation.partition_point(|point| point.step <= step);
        self.validation.get(after.checked_sub(1)?)
    }

    /// The best validation.
    #[must_use]
    pub fn best(&self) -> Option<&ValidationPoint> {
        self.validation.iter().rfind(|point| point.best)
    }

    pub(super) fn step(&mut self, stepped: &Stepped) {
        let step = stepped.step;
        self.train_loss.push(step, stepped.loss.unwrap_or(f64::NAN));
        self.train_accuracy.push(step, stepped.accuracy());
        self.learning_rate.push(step, stepped.learning_rate);
        self.gradient_norm.push(step, stepped.gradient_norm.unwrap_or(f64::NAN));
    }

    pub(super) fn validated(&mut self, evaluated: &Evaluated) {
        let report = &evaluated.report;
        // A second validation of the same weights says the same, and they stay the best if they were.
        let same = self.validation.last().filter(|point| point.step == evaluated.step);
        let best = evaluated.best || same.is_some_and(|point| point.best);
        while self.validation.last().is_some_and(|point| point.step >= evaluated.step) {
            self.validation.pop();
        }
        self.validation.push(ValidationPoint {
            step: evaluated.step,
            epoch: evaluated.epoch,
            loss: report.loss,
            accuracy: report.accuracy,
            low: report.accuracy_low,
            high: report.accuracy_high,
            auc: report.auc,
            best,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{SplitName, Weights};

    fn validated(step: u64, best: bool) -> Evaluated {
        let classes: Vec<String> = ["a", "b"].map(String::from).to_vec();
        let report = crate::metrics::report(&[0.9, 0.1, 0.2, 0.8], &[0, 1], &classes, 0.1).unwrap();
        let (split, weights) = (SplitName::Validation, Weights::Last);
        Evaluated { epoch: 1, step, split, weights, averaged: false, best, evaluation_ms: 1, predictions: None, report }
    }

    #[test]
    fn a_best_that_is_validated_again_stays_the_best() {
        let mut curves = Curves::default();
        curves.validated(&validated(31, true));
        curves.validated(&validated(31, false));
        assert_eq!(curves.validation.len(), 1);
        assert_eq!(curves.best().map(|point| point.step), Some(31));
    }

    #[test]
    fn a_step_is_read_with_the_validation_before_it() {
        let mut curves = Curves::default();
        for (step, best) in [(31, true), (62, false)] {
            curves.validated(&validated(step, best));
        }
        let step_of = |step| curves.validation_at(step).map(|point| point.step);
        assert_eq!([30, 31, 61, 62, 99].map(step_of), [None, Some(31), Some(31), Some(62), Some(62)]);
    }
}
