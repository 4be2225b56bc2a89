//! Smoothing: an exponential moving average over the steps of a series.

use crate::app::series::{Bucket, Series};

/// How much the curves of single steps are smoothed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Smoothing {
    None,
    #[default]
    Light,
    Medium,
    Strong,
    Strongest,
}

impl Smoothing {
    /// All levels, from none on.
    pub const ALL: [Self; 5] = [Self::None, Self::Light, Self::Medium, Self::Strong, Self::Strongest];

    /// What the average keeps of itself from one step to the next.
    #[must_use]
    pub fn decay(self) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Light => Some(0.9),
            Self::Medium => Some(0.97),
            Self::Strong => Some(0.99),
            Self::Strongest => Some(0.999),
        }
    }

    /// What a chart's frame says.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Light => Some("EMA 0.9"),
            Self::Medium => Some("EMA 0.97"),
            Self::Strong => Some("EMA 0.99"),
            Self::Strongest => Some("EMA 0.999"),
        }
    }

    /// The level so many further, round and round.
    #[must_use]
    pub fn neighbour(self, by: isize) -> Self {
        let place = Self::ALL.iter().position(|level| *level == self).unwrap_or(0);
        let count = Self::ALL.len();
        let moved = place.wrapping_add_signed(by).wrapping_add(count) % count;
        Self::ALL.get(moved).copied().unwrap_or(self)
    }

    /// The average at the bucket that holds a step, if there is one and there is smoothing.
    #[must_use]
    pub fn at(self, series: &Series, step: u64) -> Option<f64> {
        let mut ema = Ema::new(self.decay()?);
        series.holding(step)?;
        series.buckets().iter().take_while(|bucket| bucket.first <= step).map(|bucket| ema.take_in(bucket)).last()
    }
}

/// The average as it is formed, debiased as Adam's moments are: divided by the weight that the values had so
/// far. So it begins at the first value, and a constant stays what it is.
///
/// A bucket of several steps counts as so many steps of its mean.
#[derive(Clone, Copy, Debug)]
pub struct Ema {
    decay: f64,
    sum: f64,
    weight: f64,
    /// What is kept over so many steps: nearly all buckets have as many, and a power is not cheap.
    kept: (u64, f64),
}

impl Ema {
    #[must_use]
    pub fn new(decay: f64) -> Self {
        Self { decay, sum: 0.0, weight: 0.0, kept: (1, decay) }
    }

    /// The average after a further bucket.
    #[expect(clippy::cast_precision_loss, reason = "a run has far fewer than 2^52 steps")]
    pub fn take_in(&mut self, bucket: &Bucket) -> f64 {
        if self.kept.0 != bucket.steps() {
            self.kept = (bucket.steps(), self.decay.powf(bucket.steps() as f64));
        }
        let kept = self.kept.1;
        self.sum = kept * self.sum + (1.0 - kept) * bucket.mean();
        self.weight = kept * self.weight + (1.0 - kept);
        self.sum / self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        let mut series = Series::default();
        for (step, value) in (1..).zip(values) {
            series.push(step, *value);
        }
        series
    }

    fn smoothed(decay: f64, values: &[f64]) -> Vec<f64> {
        let mut ema = Ema::new(decay);
        series(values).buckets().iter().map(|bucket| ema.take_in(bucket)).collect()
    }

    #[test]
    fn the_average_is_the_one_reckoned_by_hand() {
        // Decay 0.5, debiased. After 1, 2, 4 the sums are 0.5, 1.25, 2.625 and the weights 0.5, 0.75, 0.875.
        let got = smoothed(0.5, &[1.0, 2.0, 4.0]);
        for (got, expected) in got.iter().zip([1.0, 1.25 / 0.75, 2.625 / 0.875]) {
            assert!((got - expected).abs() < 1e-12, "{got} {expected}");
        }
    }

    #[test]
    fn it_begins_at_the_first_value_and_a_constant_stays() {
        for decay in [0.9, 0.99, 0.999] {
            assert!((smoothed(decay, &[3.0, 0.0])[0] - 3.0).abs() < 1e-12);
            assert!(smoothed(decay, &[7.0; 50]).iter().all(|value| (value - 7.0).abs() < 1e-9));
        }
    }

    #[test]
    fn steps_that_share_a_bucket_count_as_often_as_they_are() {
        let constant_then = |count: u64| {
            let mut series = Series::default();
            for step in 1..=count {
                series.push(step, if step <= count / 2 { 1.0 } else { 2.0 });
            }
            let mut ema = Ema::new(0.999);
            (series.buckets().iter().map(|bucket| ema.take_in(bucket)).last().unwrap(), series.span())
        };
        let (value, span) = constant_then(32_768);
        assert!(span > 1, "the test wants buckets of several steps");
        // So long after the change as here, 0.999^16384 of the old value is left.
        assert!((value - (2.0 - 0.999_f64.powi(16_384))).abs() < 1e-6, "{value}");
    }

    #[test]
    fn the_reading_is_the_curve_at_that_step() {
        let series = series(&[1.0, 2.0, 4.0, 8.0]);
        let mut ema = Ema::new(0.9);
        let drawn: Vec<f64> = series.buckets().iter().map(|bucket| ema.take_in(bucket)).collect();
        assert_eq!(Smoothing::Light.at(&series, 3), Some(drawn[2]));
        assert_eq!(Smoothing::Light.at(&series, 5), None, "there is no such step");
        assert_eq!(Smoothing::None.at(&series, 3), None);
    }

    #[test]
    fn the_levels_go_round_in_both_directions() {
        let mut level = Smoothing::None;
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(level);
            level = level.neighbour(1);
        }
        assert_eq!((seen.as_slice(), level), (Smoothing::ALL.as_slice(), Smoothing::None));
        assert_eq!(Smoothing::None.neighbour(-1), Smoothing::Strongest);
    }
}
