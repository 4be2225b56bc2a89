//! Where the time of a run goes, and how long the rest of it will take.

use crate::event::{Evaluated, SplitName, Stepped, Weights};

/// How much the newest step counts in the recent speed: a tenth, so that about 20 steps are looked at.
const NEWEST: f64 = 0.1;

/// The time that a run has spent, by what it was spent on, in microseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pace {
    pub data_us: u64,
    pub forward_us: u64,
    pub backward_us: u64,
    pub optimizer_us: u64,
    pub evaluation_us: u64,
    /// Steps that this time was spent on.
    pub steps: u64,
    /// Recent microseconds a step and a volume, weighted towards the newest.
    step_us: Option<f64>,
    volume_us: Option<f64>,
    /// What the newest validation of an epoch took.
    validation_us: u64,
}

impl Pace {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of a step are far below 2^52")]
    pub(super) fn step(&mut self, stepped: &Stepped) {
        let times = stepped.times;
        self.steps += 1;
        self.data_us += times.data_us;
        self.forward_us += times.forward_us;
        self.backward_us += times.backward_us;
        self.optimizer_us += times.optimizer_us;
        let total = times.total_us() as f64;
        let blend = |before: Option<f64>, now: f64| Some(before.map_or(now, |before| before + NEWEST * (now - before)));
        self.step_us = blend(self.step_us, total);
        self.volume_us = blend(self.volume_us, total / stepped.volumes.max(1) as f64);
    }

    pub(super) fn evaluation(&mut self, evaluated: &Evaluated) {
        let micros = evaluated.evaluation_ms * 1000;
        self.evaluation_us += micros;
        if evaluated.split == SplitName::Validation && evaluated.weights == Weights::Last {
            self.validation_us = micros;
        }
    }

    /// Everything together: the training time so far, pauses left out. Checkpoints are written beside it.
    #[must_use]
    pub fn total_us(&self) -> u64 {
        let steps = self.data_us + self.forward_us + self.backward_us + self.optimizer_us;
        steps + self.evaluation_us
    }

    /// The recent speed, in training volumes a second.
    #[must_use]
    pub fn volumes_per_s(&self) -> Option<f64> {
        self.volume_us.filter(|us| *us > 0.0).map(|us| 1e6 / us)
    }

    /// The recent time of a step, in milliseconds.
    #[must_use]
    pub fn step_ms(&self) -> Option<f64> {
        self.step_us.map(|us| us / 1000.0)
    }

    /// The time that so many steps and ends of epochs will take, in milliseconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn remaining_ms(&self, steps: u64, epochs: u64) -> Option<u64> {
        let steps_us = self.step_us? * steps as f64;
        let epochs_us = self.validation_us as f64 * epochs as f64;
        Some(((steps_us + epochs_us) / 1000.0) as u64)
    }
}
