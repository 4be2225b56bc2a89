//! The area under the ROC curve of one score; it does not know what the score stands for.

use super::ratio;

/// The area under the ROC curve of `(score, positive)` pairs, as scikit-learn's `roc_auc_score` gives it.
///
/// It is the share of pairs of a positive and a negative in which the positive scores higher, a tie
/// counting half: the Mann-Whitney statistic, taken from midranks in O(n log n). `None` when there is
/// no positive or no negative. The scores must not be NaN.
#[must_use]
#[expect(clippy::float_cmp, reason = "only equal scores are ties; 0 and -0 are, and sort side by side")]
pub fn roc_auc(mut pairs: Vec<(f32, bool)>) -> Option<f64> {
    pairs.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    // Twice the pairs won, so that ties stay whole numbers and nothing is rounded before the end.
    let (mut negatives_below, mut positives, mut twice_won) = (0_u64, 0_u64, 0_u64);
    for tied in pairs.chunk_by(|(a, _), (b, _)| a == b) {
        let positives_here = count(tied, true);
        let negatives_here = count(tied, false);
        twice_won += positives_here * (2 * negatives_below + negatives_here);
        negatives_below += negatives_here;
        positives += positives_here;
    }
    ratio(twice_won, 2 * positives * negatives_below)
}

fn count(pairs: &[(f32, bool)], wanted: bool) -> u64 {
    pairs.iter().map(|&(_, positive)| u64::from(positive == wanted)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auc(truths: &[u8], scores: &[f32]) -> Option<f64> {
        roc_auc(scores.iter().copied().zip(truths.iter().map(|&t| t == 1)).collect())
    }

    #[test]
    fn scikit_learns_value_with_ties_is_met() {
        let auc = auc(&[0, 1, 0, 1, 1, 0], &[0.1, 0.4, 0.4, 0.8, 0.4, 0.2]).unwrap();
        assert!((auc - 0.888_888_888_889).abs() < 1e-12, "{auc}");
    }

    #[test]
    fn a_perfect_order_gives_one_and_its_reverse_zero() {
        assert_eq!(auc(&[0, 0, 1, 1], &[0.1, 0.2, 0.3, 0.4]), Some(1.0));
        assert_eq!(auc(&[1, 1, 0, 0], &[0.1, 0.2, 0.3, 0.4]), Some(0.0));
    }

    #[test]
    fn equal_scores_give_one_half_whatever_the_sign_of_zero() {
        assert_eq!(auc(&[0, 1, 1, 0, 1], &[0.3; 5]), Some(0.5));
        assert_eq!(auc(&[0, 1], &[0.0, -0.0]), Some(0.5));
    }

    #[test]
    fn one_kind_alone_or_nothing_has_no_area() {
        assert_eq!(auc(&[1, 1], &[0.1, 0.2]), None);
        assert_eq!(auc(&[0, 0], &[0.1, 0.2]), None);
        assert_eq!(auc(&[], &[]), None);
    }

    #[test]
    fn counting_all_pairs_gives_the_same_area() {
        let pairs: Vec<(f32, bool)> =
            (0..200_u16).map(|i| (f32::from(i.wrapping_mul(37) % 23) / 23.0, i.wrapping_mul(101) % 7 < 3)).collect();
        let (mut won, mut all) = (0.0, 0.0);
        for &(positive, _) in pairs.iter().filter(|p| p.1) {
            for &(negative, _) in pairs.iter().filter(|p| !p.1) {
                all += 1.0;
                won += if positive > negative { 1.0 } else { f64::from(u8::from(positive >= negative)) / 2.0 };
            }
        }
        let area: f64 = won / all;
        assert!((roc_auc(pairs).unwrap() - area).abs() < 1e-12);
    }
}
