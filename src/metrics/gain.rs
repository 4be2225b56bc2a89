//! How far the accuracy of one classifier lies above another's, with the interval that fits what is known of their
//! answers. It does not know whose answers they are.

use super::interval::{of_independent, wilson_of_means};
use super::{Paired, Report, paired_t};

/// The second's accuracy less the first's, with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    /// From −1 to 1.
    pub difference: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
}

impl Gain {
    /// On the same volumes, of one class each: Newcombe's interval for paired proportions ([`Paired::interval`]).
    #[must_use]
    pub fn paired(paired: &Paired) -> Self {
        let (low, high) = paired.interval();
        Self { difference: paired.difference(), low, high }
    }

    /// On the same volumes, each of which may have several of the classes: `labels`, `first` and `second` are sets of
    /// them ([`label_set`](super::label_set), [`answered_set`](super::answered_set)), one a volume.
    ///
    /// The labels of a volume hang together, but volumes do not: the difference is the mean over the volumes of how
    /// much larger a share of its labels the second answers rightly, and its interval that of Student's paired t over
    /// them ([`paired_t`]). Where no volume differs from another in this, nothing is known of how they would, and the
    /// interval is that of two independent samples, which is rather too wide than too narrow.
    #[must_use]
    pub fn in_labels(labels: &[usize], first: &[usize], second: &[usize], classes: usize) -> Self {
        let right = |answered: &[usize]| -> Vec<f64> {
            labels.iter().zip(answered).map(|(label, answered)| right(*label, *answered, classes)).collect()
        };
        let (one, two) = (right(first), right(second));
        // Whole labels are subtracted, so that equal differences are equal to the last bit.
        let each: Vec<f64> = one.iter().zip(&two).map(|(one, two)| (two - one) / share_of(classes)).collect();
        if let Ok(test) = paired_t(&each) {
            return Self { difference: test.mean, low: test.low.max(-1.0), high: test.high.min(1.0) };
        }
        let [one, two] = [one, two].map(|right| {
            let shares: Vec<f64> = right.iter().map(|right| right / share_of(classes)).collect();
            let (low, high) = wilson_of_means(&shares);
            [shares.iter().sum::<f64>() / share_of(shares.len()), low, high]
        });
        Self::of_independent(one, two)
    }

    /// Of two reports, where the answers themselves are not known: as if they were of different volumes.
    #[must_use]
    pub fn unpaired(first: &Report, second: &Report) -> Self {
        let [one, two] = [first, second].map(|of| [of.accuracy, of.accuracy_low, of.accuracy_high]);
        Self::of_independent(one, two)
    }

    fn of_independent(first: [f64; 3], second: [f64; 3]) -> Self {
        let (low, high) = of_independent(first, second);
        Self { difference: second[0] - first[0], low, high }
    }
}

/// How many labels two sets agree about.
fn right(label: usize, answered: usize, classes: usize) -> f64 {
    share_of(classes) - f64::from((label ^ answered).count_ones())
}

/// What a share is taken of; of nothing it is nothing.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 volumes, and at most 64 classes")]
fn share_of(count: usize) -> f64 {
    count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::{report, wilson};
    use super::*;

    fn near(found: Gain, [difference, low, high]: [f64; 3], digits: f64) -> bool {
        let Gain { difference: d, low: l, high: h } = found;
        [(d, difference), (l, low), (h, high)].into_iter().all(|(ours, theirs)| (ours - theirs).abs() < digits)
    }

    /// scipy 1.17.1: `t = stats.ttest_rel(b, a)` of the shares of right labels of six volumes with three labels each,
    /// a = [3, 1, 2, 3, 0, 2] / 3 and b = [3, 2, 3, 2, 1, 3] / 3; the mean of b − a, then `t.confidence_interval(0.95)`.
    const SCIPY: [f64; 3] = [0.166_666_666_666_666_66, -0.126_006_950_107_059_62, 0.459_340_283_440_392_9];

    #[test]
    fn labels_are_compared_as_scipy_compares_the_shares_of_each_volume() {
        let none = [0; 6];
        let first = [0b000, 0b110, 0b001, 0b000, 0b111, 0b100];
        let second = [0b000, 0b010, 0b000, 0b100, 0b101, 0b000];
        let found = Gain::in_labels(&none, &first, &second, 3);
        assert!(near(found, SCIPY, 1e-12), "{found:?}");
        let turned = Gain::in_labels(&none, &second, &first, 3);
        assert!(near(turned, [-SCIPY[0], -SCIPY[2], -SCIPY[1]], 1e-12), "{turned:?}");
    }

    #[test]
    fn volumes_that_do_not_differ_from_each_other_leave_the_wider_interval() {
        // The same answers twice, and one label more in every volume: nothing spreads.
        for (second, difference) in [([0b01; 20], 0.0), ([0b00; 20], 0.5)] {
            let found = Gain::in_labels(&[0; 20], &[0b01; 20], &second, 2);
            assert!((found.difference - difference).abs() < 1e-12, "{found:?}");
            assert!(found.low < difference - 0.1 && found.high > difference + 0.1, "{found:?}");
        }
        let alone = Gain::in_labels(&[0], &[0b11], &[0b00], 2);
        assert!(alone.low < 0.0 && (alone.difference - 1.0).abs() < 1e-12, "one volume proves nothing: {alone:?}");
        let nothing = Gain::in_labels(&[], &[], &[], 2);
        assert!(nothing.low <= -1.0 && nothing.high >= 1.0, "{nothing:?}");
    }

    #[test]
    fn reports_alone_have_the_published_interval_of_independent_samples() {
        // Newcombe 1998, Statistics in Medicine 17, 873–890, table II, method 10, columns a, b and c.
        let classes = ["a", "b"].map(String::from);
        let of = |(right, count): (usize, usize)| {
            let scores: Vec<f32> = (0..count).flat_map(|at| if at < right { [0.9, 0.1] } else { [0.1, 0.9] }).collect();
            report(&scores, &vec![0; count], &classes, 0.5).unwrap()
        };
        for (first, second, low, high) in
            [((48, 80), (56, 70), 0.0524, 0.3339), ((3, 10), (9, 10), 0.1705, 0.8090), ((2, 7), (6, 7), 0.0582, 0.8062)]
        {
            let found = Gain::unpaired(&of(first), &of(second));
            assert!(near(found, [found.difference, low, high], 6e-5), "{found:?} for {low} {high}");
        }
        let (low, high) = wilson(48, 80);
        assert_eq!((of((48, 80)).accuracy_low, of((48, 80)).accuracy_high), (low, high));
    }

    #[test]
    fn pairs_have_the_interval_of_pairs() {
        let paired = Paired { both: 59, first_only: 6, second_only: 16, neither: 80 };
        // As in the test of the interval itself, which has the sources.
        assert!(near(Gain::paired(&paired), [0.0621, 0.0046, 0.1186], 6e-5));
    }
}
