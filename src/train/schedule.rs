//! The learning rate as a pure function of the step.

use std::f64::consts::PI;

use crate::config::Schedule;

/// Where in its run a step stands.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Optimizer steps done before this one.
    pub step: u64,
    /// Optimizer steps of the whole run.
    pub steps: u64,
    /// Optimizer steps of an epoch.
    pub steps_per_epoch: u64,
}

/// The rate for the step at `progress`, given the optimizer's own (peak) rate.
///
/// Cosine: linear from `peak / warmup_steps` to the peak, then half a cosine down to
/// `floor · peak` at the last step (Loshchilov & Hutter 2017, without restarts).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
pub fn learning_rate(schedule: &Schedule, peak: f64, progress: Progress) -> f64 {
    let Progress { step, steps, steps_per_epoch } = progress;
    match *schedule {
        Schedule::Constant => peak,
        Schedule::Cosine { warmup_steps, floor } => {
            let warmup = warmup_steps as u64;
            if step < warmup {
                return peak * (step + 1) as f64 / warmup as f64;
            }
            let length = steps.saturating_sub(warmup + 1).max(1);
            let share = ((step - warmup) as f64 / length as f64).min(1.0);
            peak * (floor + (1.0 - floor) * 0.5 * (1.0 + (PI * share).cos()))
        }
        Schedule::Step { every_epochs, factor } => {
            let drops = step / steps_per_epoch.max(1) / (every_epochs.max(1) as u64);
            peak * factor.powi(i32::try_from(drops).unwrap_or(i32::MAX))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(schedule: &Schedule, step: u64) -> f64 {
        learning_rate(schedule, 1.0, Progress { step, steps: 110, steps_per_epoch: 10 })
    }

    #[test]
    fn cosine_warms_up_peaks_and_ends_at_its_floor() {
        let cosine = Schedule::Cosine { warmup_steps: 10, floor: 0.1 };
        assert!((at(&cosine, 0) - 0.1).abs() < 1e-12);
        assert!((at(&cosine, 9) - 1.0).abs() < 1e-12);
        assert!((at(&cosine, 10) - 1.0).abs() < 1e-12);
        assert!((at(&cosine, 109) - 0.1).abs() < 1e-12);
        assert!((11..110).all(|step| at(&cosine, step) < at(&cosine, step - 1)));
    }

    #[test]
    fn a_warm_up_longer_than_the_run_is_still_a_rate() {
        let cosine = Schedule::Cosine { warmup_steps: 1000, floor: 0.0 };
        assert!((0..110).all(|step| at(&cosine, step) > 0.0 && at(&cosine, step) <= 1.0));
    }

    #[test]
    fn step_drops_by_its_factor_every_so_many_epochs() {
        let step = Schedule::Step { every_epochs: 2, factor: 0.5 };
        assert_eq!([at(&step, 19), at(&step, 20), at(&step, 39), at(&step, 40)], [1.0, 0.5, 0.5, 0.25]);
    }

    #[test]
    fn constant_is_constant() {
        assert_eq!(at(&Schedule::Constant, 0), at(&Schedule::Constant, 109));
    }
}
