//! The confidence interval of a share; it does not know what is counted.

use super::ratio;

/// The two-sided 97.5 % quantile of the normal distribution, for an interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval `(low, high)` of the share behind `successes` out of `n`, after Wilson (1927).
///
/// It is statsmodels' `proportion_confint(…, method="wilson")`: never outside 0..1, and sensible for
/// shares near 0 or 1, where the textbook's plus-minus is not. Nothing counted says nothing: (0, 1).
/// More successes than `n` are taken for `n`.
#[must_use]
pub fn wilson(successes: u64, n: u64) -> (f64, f64) {
    let (Some(share), Some(one)) = (ratio(successes.min(n), n), ratio(1, n)) else { return (0.0, 1.0) };
    let z2 = Z * Z * one;
    let centre = share + z2 / 2.0;
    let reach = Z * (share * (1.0 - share) * one + z2 * one / 4.0).sqrt();
    // At the ends the bound is exactly the share; rounding would put it a hair beside it.
    let low = if successes == 0 { 0.0 } else { (centre - reach) / (1.0 + z2) };
    let high = if successes >= n { 1.0 } else { (centre + reach) / (1.0 + z2) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_ten_gives_statsmodels_interval() {
        // statsmodels 0.15.0, proportion_confint(5, 10, method="wilson").
        let (low, high) = wilson(5, 10);
        assert!((low - 0.236_593_090_512_564).abs() < 1e-12, "{low}");
        assert!((high - 0.763_406_909_487_436).abs() < 1e-12, "{high}");
    }

    #[test]
    fn the_published_test_accuracy_is_known_to_some_three_points() {
        let (low, high) = wilson(468, 610);
        assert!(low > 0.73 && high < 0.80 && (high - low - 0.067).abs() < 0.001, "{low} {high}");
    }

    #[test]
    fn none_and_all_touch_the_ends_exactly() {
        let (low, high) = wilson(0, 20);
        assert!(low.total_cmp(&0.0).is_eq() && high > 0.1 && high < 0.2, "{low} {high}");
        let (low, high) = wilson(20, 20);
        assert!(high.total_cmp(&1.0).is_eq() && low > 0.8 && low < 0.9, "{low} {high}");
    }

    #[test]
    fn nothing_counted_says_nothing() {
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
