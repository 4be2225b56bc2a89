//! A figure over several seeds: how it spreads, and how two recipes differ over the seeds that both were run with.

use serde::{Deserialize, Serialize};

use super::student::{two_sided, two_sided_quantile};

/// A figure over several runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Runs that have the figure.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, by n − 1; `None` for a single run.
    pub deviation: Option<f64>,
    /// The lowest of them.
    pub lowest: f64,
    /// The highest of them.
    pub highest: f64,
}

/// The spread of some figures; `None` without any.
#[must_use]
pub fn spread(figures: &[f64]) -> Option<Spread> {
    let (mean, deviation) = moments(figures)?;
    let lowest = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = figures.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(Spread { count: figures.len(), mean, deviation, lowest, highest })
}

/// The mean difference over pairs of runs, and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairedT {
    /// Pairs of runs.
    pub pairs: usize,
    /// The mean of their differences.
    pub mean: f64,
    /// The lower end of its 95 % interval.
    pub low: f64,
    /// The upper end of its 95 % interval.
    pub high: f64,
    /// How many standard errors it lies from 0.
    pub t: f64,
    /// How likely a mean at least so far from 0 is, when there is no difference: two-sided.
    pub p_value: f64,
}

/// Why differences cannot be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Untested {
    /// One pair says nothing of how the differences spread.
    #[error("{pairs} in common; a paired comparison needs at least 2")]
    TooFew {
        /// Pairs of runs.
        pairs: usize,
    },
    /// Student's distribution does not describe differences that do not spread.
    #[error("all {pairs} differences are the same, so how they would spread is not known")]
    NoSpread {
        /// Pairs of runs.
        pairs: usize,
    },
}

/// What the differences of pairs say about their mean: Student's paired t (Biometrika 6, 1908, 1–25), with its 95 %
/// interval; scipy's `ttest_rel` and its `confidence_interval`.
///
/// # Errors
///
/// [`Untested`] with fewer than two pairs, and where all differences are the same.
pub fn paired_t(differences: &[f64]) -> Result<PairedT, Untested> {
    /// Differences of equal shares that are further apart than this, for their size, are not rounding.
    const ROUNDING: f64 = 1e-12;
    let pairs = differences.len();
    let Some((mean, Some(deviation))) = moments(differences) else { return Err(Untested::TooFew { pairs }) };
    if deviation <= ROUNDING * mean.abs() {
        return Err(Untested::NoSpread { pairs });
    }
    let (pairs_f, freedom) = (float(pairs), float(pairs - 1));
    let error = deviation / pairs_f.sqrt();
    let (t, reach) = (mean / error, two_sided_quantile(0.05, freedom) * error);
    Ok(PairedT { pairs, mean, low: mean - reach, high: mean + reach, t, p_value: two_sided(t, freedom) })
}

/// Mean and standard deviation (n − 1), as far as there are enough values for them.
fn moments(values: &[f64]) -> Option<(f64, Option<f64>)> {
    if values.is_empty() {
        return None;
    }
    let mean = values.iter().sum::<f64>() / float(values.len());
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((mean, (values.len() > 1).then(|| (squares / float(values.len() - 1)).sqrt())))
}

#[expect(clippy::cast_precision_loss, reason = "nobody makes 2^53 runs")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_own_example_comes_out_as_published() {
        // Student 1908, section IX: additional hours of sleep by two drugs. He gives a mean difference of 1.58 and odds
        // of 0.9985 to 1; today's tables say t = 4.06 on 9 degrees of freedom, p = 0.0028.
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let differences: Vec<f64> = second.iter().zip(first).map(|(b, a)| b - a).collect();
        let found = paired_t(&differences).unwrap();
        assert!((found.mean - 1.58).abs() < 1e-9 && (found.t - 4.0621).abs() < 5e-5, "{found:?}");
        assert!((1.0 - found.p_value / 2.0 - 0.9985).abs() < 2e-4, "{found:?}");
        assert!((found.p_value - 0.002_833).abs() < 5e-7, "{found:?}");
    }

    #[test]
    fn too_few_seeds_are_said_to_be_too_few() {
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[0.5]).map(|spread| (spread.count, spread.deviation)), Some((1, None)));
        assert_eq!(paired_t(&[]), Err(Untested::TooFew { pairs: 0 }));
        assert_eq!(paired_t(&[0.1]), Err(Untested::TooFew { pairs: 1 }));
    }

    #[test]
    fn differences_that_are_all_the_same_are_not_tested() {
        assert_eq!(paired_t(&[0.0, 0.0, 0.0]), Err(Untested::NoSpread { pairs: 3 }));
        // Equal but for rounding.
        assert_eq!(paired_t(&[0.3 - 0.2, 0.5 - 0.4, 0.1]), Err(Untested::NoSpread { pairs: 3 }));
        assert!(paired_t(&[0.1, 0.1 + 1e-6]).is_ok());
    }
}
