//! A running average of the weights, which is evaluated in their place.

use burn::prelude::*;

use super::Error;
use super::checkpoint::{Checkpoint, State};
use super::optimizer::Flat;
use crate::config::{Ema, Experiment};
use crate::model::Vivit;

/// An exponential moving average of a model's weights (Polyak & Juditsky 1992; with a decay, Tarvainen & Valpola
/// 2017).
#[derive(Clone)]
pub struct Average {
    values: Vec<Tensor<1>>,
    ema: Ema,
    /// Optimizer steps that it has taken in.
    taken: u64,
}

impl Average {
    /// The average before its first step: the weights as they are.
    #[must_use]
    pub fn begin(model: &Vivit, ema: &Ema) -> Self {
        Self::of(model.clone(), ema, 0)
    }

    /// An average that has taken in so many steps.
    #[must_use]
    pub fn of(average: Vivit, ema: &Ema, taken: u64) -> Self {
        Self { values: Flat::of(average).values, ema: ema.clone(), taken }
    }

    /// Optimizer steps that it has taken in.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Takes in the weights after a step: `step` makes the new averages of the old, and of what stays of them.
    pub(super) fn take_in(&mut self, step: impl FnOnce(Vec<Tensor<1>>, f64) -> Vec<Tensor<1>>) {
        self.values = step(std::mem::take(&mut self.values), decay(&self.ema, self.taken));
        self.taken += 1;
    }

    /// The average as a model; `like` is one of its shape.
    #[must_use]
    pub fn model(&self, like: &Vivit) -> Vivit {
        Flat::of(like.clone()).with(self.values.clone()).back()
    }
}

/// Weights that are evaluated.
pub(super) struct Shown {
    pub model: Vivit,
    /// Whether they are an average.
    pub averaged: bool,
}

impl Shown {
    /// A model's weights, or in their place the average, where one is kept.
    pub fn of(model: &Vivit, average: Option<&Average>) -> Self {
        let shown = average.map_or_else(|| model.clone(), |average| average.model(model));
        Self { model: shown, averaged: average.is_some() }
    }
}

/// What stays of the average in the step after so many: at first little, so that the weights of the beginning are soon
/// forgotten. The formula is that of TensorFlow's `ExponentialMovingAverage` with `num_updates`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "step counts are far below 2^52")]
pub fn decay(ema: &Ema, taken: u64) -> f64 {
    ema.decay.min((1 + taken) as f64 / (10 + taken) as f64)
}

/// The average that a run goes on with from a checkpoint, or from its beginning, noted in `state`. Where it has not kept
/// one so far, it begins with the weights as they are.
pub(super) fn taken_up(
    experiment: &Experiment,
    from: Option<&Checkpoint>,
    model: &Vivit,
    state: &mut State,
) -> Result<Option<Average>, Error> {
    let average = match (&experiment.training.ema, from) {
        (None, _) => None,
        (Some(ema), None) => Some(Average::begin(model, ema)),
        (Some(ema), Some(from)) => {
            let kept = from.load_average(model)?.map(|average| Average { ema: ema.clone(), ..average });
            Some(kept.unwrap_or_else(|| Average::begin(model, ema)))
        }
    };
    state.averaged = average.as_ref().map(Average::taken);
    Ok(average)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decay_warms_up_to_what_was_asked_for() {
        let ema = Ema { decay: 0.99 };
        assert_eq!([0, 1, 9].map(|taken| decay(&ema, taken)), [0.1, 2.0 / 11.0, 10.0 / 19.0]);
        assert!((880..2000).all(|taken| decay(&ema, taken) <= 0.99));
        assert!((decay(&ema, 890) - 0.99).abs() < 1e-12 && (decay(&ema, 1_000_000) - 0.99).abs() < 1e-12);
    }
}
