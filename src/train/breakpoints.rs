//! Which breakpoints stand, and which of them the run's figures have met.
//!
//! Knows figures alone: what it means to pause is the control's business.

use std::collections::HashMap;

use crate::event::{Breakpoint, Condition, Figure, Stepped};
use crate::metrics::Report;

/// The breakpoints that stand, and what they compare with.
#[derive(Debug, Default)]
pub(super) struct Breakpoints {
    standing: Vec<Standing>,
    /// The newest value of each figure, kept also while nothing watches it: the first rise or fall
    /// counts from what the user saw when setting the breakpoint.
    newest: HashMap<Figure, f64>,
    met: Vec<(Breakpoint, f64)>,
}

#[derive(Debug)]
struct Standing {
    breakpoint: Breakpoint,
    /// How many times in a row the figure has moved as wanted, since the breakpoint was set.
    in_a_row: u32,
}

impl Breakpoints {
    /// Watches for one more; one that stands already begins anew.
    pub(super) fn set(&mut self, breakpoint: Breakpoint) {
        self.standing.retain(|standing| standing.breakpoint != breakpoint);
        self.standing.push(Standing { breakpoint, in_a_row: 0 });
    }

    /// What is watched for.
    pub(super) fn standing(&self) -> Vec<Breakpoint> {
        self.standing.iter().map(|standing| standing.breakpoint).collect()
    }

    /// Watches for nothing any more.
    pub(super) fn clear(&mut self) {
        self.standing.clear();
    }

    /// Looks at a step that was read.
    #[expect(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
    pub(super) fn stepped(&mut self, stepped: &Stepped) {
        self.see(Figure::Step, stepped.step as f64);
        self.see(Figure::TrainAccuracy, stepped.accuracy());
        self.see(Figure::LearningRate, stepped.learning_rate);
        self.see_if_defined(Figure::TrainLoss, stepped.loss);
        self.see_if_defined(Figure::GradientNorm, stepped.gradient_norm);
    }

    /// Looks at the validation that ends an epoch.
    #[expect(clippy::cast_precision_loss, reason = "epochs are far below 2^52")]
    pub(super) fn validated(&mut self, epoch: u64, report: &Report) {
        self.see(Figure::Epoch, epoch as f64);
        self.see(Figure::ValidationLoss, report.loss);
        self.see(Figure::ValidationAccuracy, report.accuracy);
        self.see_if_defined(Figure::ValidationAuc, report.auc);
        self.see_if_defined(Figure::ValidationBalancedAccuracy, report.balanced_accuracy);
    }

    /// Whether the figures of this step must be read before the next one is taken, so that the run
    /// pauses where it was asked to. Where reading waits for the device, no other step should be.
    #[expect(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
    pub(super) fn must_see(&self, step: u64) -> bool {
        self.standing.iter().any(|Standing { breakpoint, .. }| match breakpoint.figure {
            Figure::Step => holds(breakpoint.condition, step as f64).unwrap_or(true),
            Figure::TrainLoss | Figure::TrainAccuracy | Figure::GradientNorm | Figure::LearningRate => true,
            Figure::Epoch
            | Figure::ValidationLoss
            | Figure::ValidationAccuracy
            | Figure::ValidationAuc
            | Figure::ValidationBalancedAccuracy => false,
        })
    }

    /// Whether some breakpoint was met and not yet taken.
    pub(super) fn any_met(&self) -> bool {
        !self.met.is_empty()
    }

    /// The breakpoints that were met, with the values that met them. They stand no more.
    pub(super) fn take_met(&mut self) -> Vec<(Breakpoint, f64)> {
        std::mem::take(&mut self.met)
    }

    fn see_if_defined(&mut self, figure: Figure, value: Option<f64>) {
        if let Some(value) = value {
            self.see(figure, value);
        }
    }

    fn see(&mut self, figure: Figure, value: f64) {
        let before = self.newest.insert(figure, value);
        let met = &mut self.met;
        self.standing.retain_mut(|standing| {
            let meets = standing.breakpoint.figure == figure && standing.meets(before, value);
            if meets {
                met.push((standing.breakpoint, value));
            }
            !meets
        });
    }
}

impl Standing {
    fn meets(&mut self, before: Option<f64>, value: f64) -> bool {
        let (moved, times) = match self.breakpoint.condition {
            Condition::Rises(times) => (before.is_some_and(|before| value > before), times),
            Condition::Falls(times) => (before.is_some_and(|before| value < before), times),
            bound => return holds(bound, value).unwrap_or(false),
        };
        self.in_a_row = if moved { self.in_a_row + 1 } else { 0 };
        moved && self.in_a_row >= times
    }
}

/// Whether a value alone meets the condition; `None` where it takes the values before it as well.
fn holds(condition: Condition, value: f64) -> Option<bool> {
    match condition {
        Condition::Above(bound) => Some(value > bound),
        Condition::AtLeast(bound) => Some(value >= bound),
        Condition::Below(bound) => Some(value < bound),
        Condition::AtMost(bound) => Some(value <= bound),
        Condition::Rises(_) | Condition::Falls(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places, from 1, of the values that meet a breakpoint that was set after `known`. It is set
    /// anew each time.
    fn met(words: &str, known: &[f64], values: &[f64]) -> Vec<usize> {
        let breakpoint: Breakpoint = words.parse().unwrap();
        let mut breakpoints = Breakpoints::default();
        for &value in known {
            breakpoints.see(breakpoint.figure, value);
        }
        breakpoints.set(breakpoint);
        let mut places = Vec::new();
        for (place, &value) in (1..).zip(values) {
            breakpoints.see(breakpoint.figure, value);
            for taken in breakpoints.take_met() {
                assert_eq!(taken, (breakpoint, value));
                places.push(place);
                breakpoints.set(breakpoint);
            }
        }
        places
    }

    /// A breakpoint, the values known before it was set, those seen after, and the places where it is met.
    type Row<'a> = (&'a str, &'a [f64], &'a [f64], &'a [usize]);

    const ROWS: &[Row] = &[
        ("train.loss > 2", &[], &[1.0, 2.0, 2.1, 1.0], &[3]),
        ("train.loss >= 2", &[], &[1.0, 2.0, 2.1], &[2, 3]),
        ("train.loss < 2", &[], &[2.1, 2.0, 1.9], &[3]),
        ("train.loss <= 2", &[], &[2.1, 2.0, 1.9], &[2, 3]),
        // What held when it was set is met by the next value that holds, not by the past.
        ("train.loss > 2", &[3.0], &[1.0, 3.0], &[2]),
        ("val.loss rises 1", &[], &[1.0, 2.0, 2.0, 3.0], &[2, 4]),
        ("val.loss rises 3", &[], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], &[4, 7]),
        // An equal value is no rise: the row begins anew.
        ("val.loss rises 2", &[], &[1.0, 2.0, 2.0, 3.0, 4.0], &[5]),
        ("val.loss rises 2", &[], &[1.0, 2.0, 1.5, 1.6, 1.7], &[5]),
        // The value that was known counts as the one before, what it did before that does not.
        ("val.loss rises 2", &[1.0], &[2.0, 3.0], &[2]),
        ("val.loss rises 2", &[1.0, 2.0], &[3.0, 2.0], &[]),
        ("val.loss falls 1", &[1.0], &[1.0, 0.9, 1.1, 1.0], &[2, 4]),
        ("val.loss falls 2", &[], &[3.0, 2.0, 1.0, 2.0, 1.0, 0.0], &[3, 6]),
    ];

    #[test]
    fn a_breakpoint_is_met_where_its_figure_does_what_it_says() {
        for (words, known, values, places) in ROWS {
            assert_eq!(met(words, known, values), *places, "{words} after {known:?} in {values:?}");
        }
    }

    #[test]
    fn a_met_breakpoint_stands_no_more_and_the_others_still_do() {
        let mut breakpoints = Breakpoints::default();
        let [once, twice] = ["epoch rises", "epoch rises 2"].map(|words| words.parse::<Breakpoint>().unwrap());
        breakpoints.set(once);
        breakpoints.set(twice);
        let met: Vec<_> = [1.0, 2.0, 3.0, 4.0]
            .into_iter()
            .map(|epoch| {
                breakpoints.see(Figure::Epoch, epoch);
                breakpoints.take_met()
            })
            .collect();
        assert_eq!(met, [vec![], vec![(once, 2.0)], vec![(twice, 3.0)], vec![]]);
    }

    #[test]
    fn setting_a_breakpoint_again_begins_anew_and_clearing_ends_all() {
        let mut breakpoints = Breakpoints::default();
        let twice: Breakpoint = "epoch rises 2".parse().unwrap();
        breakpoints.set(twice);
        breakpoints.see(Figure::Epoch, 1.0);
        breakpoints.see(Figure::Epoch, 2.0);
        breakpoints.set(twice);
        breakpoints.see(Figure::Epoch, 3.0);
        assert!(!breakpoints.any_met());
        breakpoints.clear();
        breakpoints.see(Figure::Epoch, 4.0);
        assert!(!breakpoints.any_met());
    }

    #[test]
    fn only_the_steps_that_could_meet_a_breakpoint_must_be_read() {
        for (words, steps) in [
            ("step >= 7", [false, true, true]),
            ("step > 7", [false, false, true]),
            ("step rises 3", [true; 3]),
            ("train.loss > 1", [true; 3]),
            ("lr < 1", [true; 3]),
            ("val.loss rises", [false; 3]),
            ("epoch >= 1", [false; 3]),
        ] {
            let mut breakpoints = Breakpoints::default();
            breakpoints.set(words.parse().unwrap());
            assert_eq!([6, 7, 8].map(|step| breakpoints.must_see(step)), steps, "{words}");
        }
    }

    #[test]
    fn a_figure_that_is_undefined_breaks_no_row() {
        let classes: Vec<String> = ["a", "b"].map(String::from).to_vec();
        let mut breakpoints = Breakpoints::default();
        breakpoints.set("val.auc falls 2".parse().unwrap());
        // Perfect, undefined for want of a class, half right, all wrong.
        for (epoch, probabilities, labels) in [
            (1, [0.9, 0.1, 0.2, 0.8], [0, 1]),
            (2, [0.9, 0.1, 0.2, 0.8], [0, 0]),
            (3, [0.5, 0.5, 0.5, 0.5], [0, 1]),
            (4, [0.1, 0.9, 0.8, 0.2], [0, 1]),
        ] {
            assert!(!breakpoints.any_met(), "epoch {epoch}");
            breakpoints.validated(epoch, &crate::metrics::report(&probabilities, &labels, &classes, 0.5).unwrap());
        }
        assert_eq!(breakpoints.take_met(), [("val.auc falls 2".parse().unwrap(), 0.0)]);
    }
}
