//! Two classifiers on the same volumes: how far their accuracies are apart, whether that may be chance, and which
//! volumes they answer differently. It does not know whose answers they are.

use serde::{Deserialize, Serialize};

use super::{Error, ratio, wilson};

/// How many volumes both classifiers, one of them or neither got right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paired {
    /// Right by both.
    pub both: u64,
    /// Right by the first alone.
    pub first_only: u64,
    /// Right by the second alone.
    pub second_only: u64,
    /// Wrong by both.
    pub neither: u64,
}

/// A volume that two classifiers take for different classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its place in the split, from 0.
    pub index: usize,
    /// Its class.
    pub label: usize,
    /// What the first takes it for.
    pub first: usize,
    /// What the second takes it for.
    pub second: usize,
}

/// What a change does to the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// Right by the first, wrong by the second.
    Lost,
    /// Wrong by the first, right by the second.
    Won,
    /// Wrong by both, each in its own way.
    OtherwiseWrong,
}

impl Change {
    /// What it does to the answer.
    #[must_use]
    pub fn turn(&self) -> Turn {
        match self.label {
            label if label == self.first => Turn::Lost,
            label if label == self.second => Turn::Won,
            _ => Turn::OtherwiseWrong,
        }
    }
}

/// Lays the classes that two classifiers took `n` volumes for beside each other, and beside the labels. The changes
/// come in the split's order. Where volumes may have several classes all three are sets of them, which are right as a
/// whole or not.
///
/// # Errors
///
/// [`Error::Pairs`] when the three are not equally long.
pub fn pair<L: Copy + Into<usize>>(
    labels: &[L],
    first: &[usize],
    second: &[usize],
) -> Result<(Paired, Vec<Change>), Error> {
    if labels.len() != first.len() || labels.len() != second.len() {
        return Err(Error::Pairs { labels: labels.len(), first: first.len(), second: second.len() });
    }
    let (mut paired, mut changes) = (Paired::default(), Vec::new());
    for (index, ((&label, &first), &second)) in labels.iter().zip(first).zip(second).enumerate() {
        let label = label.into();
        *match (first == label, second == label) {
            (true, true) => &mut paired.both,
            (true, false) => &mut paired.first_only,
            (false, true) => &mut paired.second_only,
            (false, false) => &mut paired.neither,
        } += 1;
        if first != second {
            changes.push(Change { index, label, first, second });
        }
    }
    Ok((paired, changes))
}

impl Paired {
    /// Volumes that both answered.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.both + self.first_only + self.second_only + self.neither
    }

    /// The second's accuracy less the first's, from −1 to 1; 0 without any volume.
    #[must_use]
    pub fn difference(&self) -> f64 {
        let share = |count| ratio(count, self.count()).unwrap_or_default();
        share(self.second_only) - share(self.first_only)
    }

    /// The 95 % interval `(low, high)` of that difference, after Newcombe (Statistics in Medicine 17, 1998,
    /// 2635–2650, method 10): the [`wilson`] intervals of both accuracies, squared and added, less what the two have
    /// in common, their correlation φ with its correction for continuity. Nothing counted says nothing: (−1, 1).
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let n = self.count();
        let (first, second) = (self.both + self.first_only, self.both + self.second_only);
        let (Some(p), Some(q)) = (ratio(first, n), ratio(second, n)) else { return (-1.0, 1.0) };
        let ((p_low, p_high), (q_low, q_high)) = (wilson(first, n), wilson(second, n));
        let phi = self.correlation();
        let reach = |q: f64, p: f64| (q * q - 2.0 * phi * q * p + p * p).max(0.0).sqrt();
        let difference = self.difference();
        (difference - reach(q - q_low, p_high - p), difference + reach(q_high - q, p - p_low))
    }

    /// φ, with half of `n` taken from a positive numerator, but not more than there is; 0 where it is not defined.
    fn correlation(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of volumes stay far below 2^53")]
        let [a, b, c, d] = [self.both, self.first_only, self.second_only, self.neither].map(|count| count as f64);
        let margins = (a + b) * (c + d) * (a + c) * (b + d);
        let product = a * d - b * c;
        let numerator = if product > 0.0 { (product - (a + b + c + d) / 2.0).max(0.0) } else { product };
        if margins > 0.0 { numerator / margins.sqrt() } else { 0.0 }
    }

    /// How likely a split of the one-sided volumes as uneven as this is, when both classifiers are equally good:
    /// McNemar's test (Psychometrika 12, 1947, 153–157), exact and two-sided, statsmodels' `mcnemar(exact=True)`.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        let (rarer, n) = (self.first_only.min(self.second_only), self.first_only + self.second_only);
        if 2 * rarer == n {
            return 1.0;
        }
        // The binomial probabilities from the rarer side's count down to 0, each from the one before it.
        #[expect(clippy::cast_precision_loss, reason = "counts of volumes stay far below 2^53")]
        let (k, n) = (rarer as f64, n as f64);
        let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
        let (mut term, mut tail, mut below) = (libm::exp(ways - n * std::f64::consts::LN_2), 0.0, k);
        while term > tail * f64::EPSILON {
            tail += term;
            term *= below / (n - below + 1.0);
            below -= 1.0;
        }
        (2.0 * tail).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired([both, first_only, second_only, neither]: [u64; 4]) -> Paired {
        Paired { both, first_only, second_only, neither }
    }

    #[test]
    fn the_interval_is_the_published_one() {
        // Altman et al., Statistics with Confidence, 2nd edition 2000, p. 52; Fagerland, Lydersen, Laake, Statistical
        // Analysis of Contingency Tables, 2017, chapter 8. Both take the first less the second.
        for (table, difference, low, high, digits) in
            [([14, 5, 0, 22], 0.122, 0.011, 0.226, 6e-4), ([59, 6, 16, 80], -0.0621, -0.1186, -0.0046, 6e-5)]
        {
            let of = paired(table);
            let (found_low, found_high) = of.interval();
            assert!((-of.difference() - difference).abs() < digits, "{table:?}: {}", of.difference());
            assert!((-found_high - low).abs() < digits, "{table:?}: {found_high}");
            assert!((-found_low - high).abs() < digits, "{table:?}: {found_low}");
        }
    }

    #[test]
    fn the_first_and_the_second_exchanged_turn_the_sign_alone() {
        let (one, other) = (paired([40, 9, 3, 8]), paired([40, 3, 9, 8]));
        assert!((one.difference() + other.difference()).abs() < 1e-15);
        let ((low, high), (other_low, other_high)) = (one.interval(), other.interval());
        assert!((low + other_high).abs() < 1e-15 && (high + other_low).abs() < 1e-15);
        assert!((one.p_value() - other.p_value()).abs() < 1e-15);
    }

    #[test]
    fn nothing_counted_and_nothing_different_say_nothing() {
        assert_eq!((paired([0; 4]).interval(), paired([0; 4]).difference()), ((-1.0, 1.0), 0.0));
        for table in [[0; 4], [20, 0, 0, 0], [9, 4, 4, 1]] {
            assert!((paired(table).p_value() - 1.0).abs() < 1e-15, "{table:?}");
        }
        let (low, high) = paired([20, 0, 0, 0]).interval();
        assert!(low < 0.0 && high > 0.0, "{low} {high}");
    }

    #[test]
    fn a_tail_too_thin_for_a_number_ends() {
        let p = paired([0, 0, 100_000, 0]).p_value();
        assert!((0.0..1e-300).contains(&p), "{p}");
    }

    #[test]
    fn volumes_are_sorted_by_what_happened_to_their_answer() {
        let (paired, changes) = pair(&[0_u8, 1, 2, 0, 1], &[0, 1, 0, 2, 2], &[0, 2, 2, 1, 2]).unwrap();
        assert_eq!(paired, Paired { both: 1, first_only: 1, second_only: 1, neither: 2 });
        let turns: Vec<_> = changes.iter().map(|change| (change.index, change.turn())).collect();
        assert_eq!(turns, [(1, Turn::Lost), (2, Turn::Won), (3, Turn::OtherwiseWrong)]);
        let error = pair(&[0_u8, 1], &[0], &[0, 1]).unwrap_err().to_string();
        assert_eq!(error, "answers of 1 and 2 volumes for 2 labels; expected as many as labels");
    }
}
