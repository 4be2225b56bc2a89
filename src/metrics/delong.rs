//! Whether two scores of the same volumes differ in the area under their ROC curves; it does not know whose they are.

use super::interval::Z;

/// The second's area under the ROC curve less the first's, with its 95 % interval and the test of there being no
/// difference: DeLong, DeLong & Clarke-Pearson (Biometrics 44, 1988, 837–845), of paired curves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AucGain {
    /// From −1 to 1.
    pub difference: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
    /// Two-sided, from the normal distribution.
    pub p_value: f64,
}

impl AucGain {
    /// Of the scores that two classifiers gave the same volumes, `positive` where they have the class. `None` with fewer
    /// than two of either kind, of which nothing is known of how they spread.
    #[must_use]
    pub fn of(first: &[f32], second: &[f32], positive: &[bool]) -> Option<Self> {
        let [one, two] = [first, second].map(|scores| Placements::of(scores, positive));
        let (with, without) = (apart(&one.with, &two.with)?, apart(&one.without, &two.without)?);
        let (difference, error) = (with.mean, (with.square_error + without.square_error).sqrt());
        // Where no volume is placed otherwise than before, the curves are one.
        let p_value = if error > 0.0 { libm::erfc(difference.abs() / error / std::f64::consts::SQRT_2) } else { 1.0 };
        let (low, high) = ((difference - Z * error).max(-1.0), (difference + Z * error).min(1.0));
        Some(Self { difference, low, high, p_value })
    }

    /// Of the probabilities that two classifiers gave two classes, `[volumes, 2]`, and the class of each volume. `None`
    /// also where there are more classes.
    #[must_use]
    pub fn of_two_classes(first: &[f32], second: &[f32], labels: &[usize]) -> Option<Self> {
        if [first, second].iter().any(|rows| rows.len() != 2 * labels.len()) {
            return None;
        }
        let scores = |rows: &[f32]| -> Vec<f32> { rows.iter().skip(1).step_by(2).copied().collect() };
        let positive: Vec<bool> = labels.iter().map(|label| *label == 1).collect();
        Self::of(&scores(first), &scores(second), &positive)
    }
}

/// For each volume the share of the volumes of the other kind that it is placed rightly beside, ties half.
struct Placements {
    /// Of those that have the class.
    with: Vec<f64>,
    /// Of those that do not.
    without: Vec<f64>,
}

impl Placements {
    fn of(scores: &[f32], positive: &[bool]) -> Self {
        let sorted = |wanted: bool| {
            let of = scores.iter().zip(positive).filter(|(_, positive)| **positive == wanted);
            let mut of: Vec<f32> = of.map(|(score, _)| *score).collect();
            of.sort_unstable_by(f32::total_cmp);
            of
        };
        let (with, without) = (sorted(true), sorted(false));
        let place = |wanted: bool, others: &[f32]| -> Vec<f64> {
            let of = scores.iter().zip(positive).filter(|(_, positive)| **positive == wanted);
            of.map(|(score, _)| if wanted { below(others, *score) } else { 1.0 - below(others, *score) }).collect()
        };
        Self { with: place(true, &without), without: place(false, &with) }
    }
}

/// The share of sorted scores that are lower than one, those that are equal half.
#[expect(clippy::cast_precision_loss, reason = "a split has far fewer than 2^52 volumes")]
fn below(sorted: &[f32], score: f32) -> f64 {
    let (lower, not_higher) =
        (sorted.partition_point(|other| *other < score), sorted.partition_point(|other| *other <= score));
    (lower + not_higher) as f64 / (2 * sorted.len().max(1)) as f64
}

/// The mean of differences, and the square of its standard error.
struct Apart {
    mean: f64,
    square_error: f64,
}

#[expect(clippy::cast_precision_loss, reason = "a split has far fewer than 2^52 volumes")]
fn apart(first: &[f64], second: &[f64]) -> Option<Apart> {
    let count = first.len() as f64;
    if first.len() < 2 || second.len() != first.len() {
        return None;
    }
    let each: Vec<f64> = first.iter().zip(second).map(|(one, two)| two - one).collect();
    let mean = each.iter().sum::<f64>() / count;
    let squares: f64 = each.iter().map(|difference| (difference - mean).powi(2)).sum();
    Some(Apart { mean, square_error: squares / (count - 1.0) / count })
}

#[cfg(test)]
mod tests {
    use super::super::roc_auc;
    use super::*;

    /// What `tests/reference/delong.R` has written.
    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        positive: Vec<u8>,
        first: Vec<f32>,
        second: Vec<f32>,
        auc: [f64; 2],
        interval: [f64; 2],
        p: f64,
    }

    #[test]
    fn curves_are_compared_as_proc_compares_them() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/fixtures/delong.json")).unwrap();
        assert_eq!(cases.len(), 4);
        for Case { name, positive, first, second, auc: [one, two], interval: [low, high], p } in cases {
            let positive: Vec<bool> = positive.iter().map(|positive| *positive > 0).collect();
            let found = AucGain::of(&first, &second, &positive).unwrap();
            let expected = [(found.difference, two - one), (found.low, low), (found.high, high), (found.p_value, p)];
            assert!(expected.iter().all(|(ours, theirs)| (ours - theirs).abs() < 1e-12), "{name}: {expected:?}");
            let area = |scores: &[f32]| roc_auc(scores.iter().copied().zip(positive.iter().copied()).collect());
            assert!((area(&second).unwrap() - area(&first).unwrap() - found.difference).abs() < 1e-12, "{name}");
        }
    }

    #[test]
    fn the_same_order_is_no_difference_and_one_volume_of_a_kind_says_nothing() {
        let positive = [true, false, true, false];
        let found = AucGain::of(&[0.1, 0.2, 0.3, 0.4], &[0.2, 0.4, 0.6, 0.8], &positive).unwrap();
        assert_eq!(found, AucGain { difference: 0.0, low: 0.0, high: 0.0, p_value: 1.0 });
        assert_eq!(AucGain::of(&[0.1, 0.2, 0.3], &[0.3, 0.2, 0.1], &[true, false, false]), None);
        assert_eq!(AucGain::of(&[], &[], &[]), None);
    }
}
