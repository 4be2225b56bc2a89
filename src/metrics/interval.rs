//! The confidence interval of a share; it does not know what is counted.

use super::ratio;

/// The two-sided 97.5 % quantile of the normal distribution, for an interval of 95 %.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval `(low, high)` of the share behind `successes` out of `n`, after Wilson (1927).
///
/// It is statsmodels' `proportion_confint(…, method="wilson")`: never outside 0..1, and sensible for
/// shares near 0 or 1, where the textbook's plus-minus is not. Nothing counted says nothing: (0, 1).
/// More successes than `n` are taken for `n`.
#[must_use]
pub fn wilson(successes: u64, n: u64) -> (f64, f64) {
    let (Some(share), Some(one)) = (ratio(successes.min(n), n), ratio(1, n)) else { return (0.0, 1.0) };
    let (low, high) = around(share, one);
    // At the ends the bound is exactly the share; rounding would put it a hair beside it.
    (if successes == 0 { 0.0 } else { low }, if successes >= n { 1.0 } else { high })
}

/// The same interval of the mean of several volumes' own shares of right answers.
///
/// The answers to one volume hang together, so they count for as many as would scatter as these shares do: n is
/// p·(1 − p) / (s² / volumes), the effective size of a sample in clusters (Kish, Survey Sampling, 1965). Where all
/// shares are alike nothing can be said of that, and a volume counts as one answer.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 volumes")]
pub fn wilson_of_means(shares: &[f64]) -> (f64, f64) {
    let volumes = shares.len() as f64;
    if shares.is_empty() {
        return (0.0, 1.0);
    }
    let mean = shares.iter().sum::<f64>() / volumes;
    let squares: f64 = shares.iter().map(|share| (share - mean).powi(2)).sum();
    let of_mean = squares / (volumes - 1.0).max(1.0) / volumes;
    let scatter = mean * (1.0 - mean);
    let one = if of_mean > 0.0 && scatter > 0.0 { of_mean / scatter } else { 1.0 / volumes };
    let (low, high) = around(mean, one);
    (low.max(0.0), high.min(1.0))
}

/// The 95 % interval `(low, high)` of the difference of two shares of independent samples, the second less the first, each
/// given as the share and the ends of its own interval: Newcombe's hybrid of the two (Statistics in Medicine 17, 1998,
/// 873–890, method 10, where those are [`wilson`]'s).
pub(super) fn of_independent([p, p_low, p_high]: [f64; 3], [q, q_low, q_high]: [f64; 3]) -> (f64, f64) {
    (q - p - (q - q_low).hypot(p_high - p), q - p + (q_high - q).hypot(p - p_low))
}

/// Wilson's interval around a share; `one` is the share that one answer is of all.
fn around(share: f64, one: f64) -> (f64, f64) {
    let z2 = Z * Z * one;
    let centre = share + z2 / 2.0;
    let reach = Z * (share * (1.0 - share) * one + z2 * one / 4.0).sqrt();
    ((centre - reach) / (1.0 + z2), (centre + reach) / (1.0 + z2))
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
    fn answers_that_hang_together_count_for_less_and_those_that_do_not_for_themselves() {
        let near = |(a, b): (f64, f64), (c, d): (f64, f64)| (a - c).abs() < 1e-12 && (b - d).abs() < 1e-12;
        // Each volume right or wrong as a whole: s² is n/(n − 1) times p·(1 − p).
        let whole: Vec<f64> = (0..100).map(|volume| f64::from(u8::from(volume < 80))).collect();
        let (low, high) = wilson_of_means(&whole);
        let (plain_low, plain_high) = wilson(80, 100);
        assert!((low - plain_low).abs() < 1e-3 && (high - plain_high).abs() < 1e-3, "{low} {high}");
        let halves: Vec<f64> = (0..100).map(|volume| if volume % 2 == 0 { 0.75 } else { 0.85 }).collect();
        let (low, high) = wilson_of_means(&halves);
        assert!(low > 0.78 && high < 0.82, "{low} {high}");
        assert!(near(wilson_of_means(&[1.0; 20]), wilson(20, 20)));
        assert_eq!(wilson_of_means(&[]), (0.0, 1.0));
    }

    #[test]
    fn nothing_counted_says_nothing() {
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
