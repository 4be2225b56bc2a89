//! Loss, hits and probabilities from class scores, on the host and in double precision.

/// What a batch's scores say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    pub volumes: u64,
    /// Sum of the cross-entropies.
    pub loss_sum: f64,
    pub correct: u64,
}

impl Figures {
    /// The mean cross-entropy, each volume counted once.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 volumes")]
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.volumes.max(1) as f64
    }

    /// The share of volumes classified correctly, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 volumes")]
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.volumes.max(1) as f64
    }
}

/// The figures of scores `[n, classes]`, row by row, against their labels.
///
/// With label smoothing ε the cross-entropy is against the smoothed target, as in training.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "there are at most 256 classes")]
pub fn figures(logits: &[f32], labels: &[usize], classes: usize, smoothing: f64) -> Figures {
    let mut sum = Figures::default();
    for (row, &label) in logits.chunks_exact(classes).zip(labels) {
        let log_sum = log_sum_exp(row);
        let on_label = log_sum - row.get(label).map_or(f64::NAN, |&x| f64::from(x));
        let spread = row.iter().map(|&x| log_sum - f64::from(x)).sum::<f64>() / classes as f64;
        sum.volumes += 1;
        sum.loss_sum += (1.0 - smoothing) * on_label + if smoothing > 0.0 { smoothing * spread } else { 0.0 };
        sum.correct += u64::from(prediction(row) == label);
    }
    sum
}

/// The same against targets `[n, classes]` that are no bare labels: the sum over all classes of what a row is to have of
/// each, as in training. `labels` say which answer counts as right.
#[must_use]
pub fn figures_of(logits: &[f32], labels: &[usize], targets: &[f32], classes: usize) -> Figures {
    let mut sum = Figures::default();
    let rows = logits.chunks_exact(classes).zip(targets.chunks_exact(classes));
    for ((row, targets), &label) in rows.zip(labels) {
        let log_sum = log_sum_exp(row);
        let shares = row.iter().zip(targets);
        sum.volumes += 1;
        sum.loss_sum += shares.map(|(&x, &target)| f64::from(target) * (log_sum - f64::from(x))).sum::<f64>();
        sum.correct += u64::from(prediction(row) == label);
    }
    sum
}

/// The logarithm of the mean over several views of each row's softmax: scores of the views together.
///
/// Each of `views` is `[n, classes]`.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "scores are single-precision")]
#[expect(clippy::cast_precision_loss, reason = "there are few views")]
pub fn together(views: &[Vec<f32>], classes: usize) -> Vec<f32> {
    if let [only] = views {
        return only.clone();
    }
    let mut sums = vec![0.0_f64; views.first().map_or(0, Vec::len)];
    for view in views {
        for (sums, row) in sums.chunks_exact_mut(classes).zip(view.chunks_exact(classes)) {
            let log_sum = log_sum_exp(row);
            sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += (f64::from(x) - log_sum).exp());
        }
    }
    // A class that no view sees at all keeps a score that is finite.
    let log = |sum: f64| (sum / views.len() as f64).max(f64::from(f32::MIN_POSITIVE)).ln() as f32;
    sums.into_iter().map(log).collect()
}

/// Softmax of each row of `[n, classes]`.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "probabilities are kept in single precision, as MedMNIST does")]
pub fn probabilities(logits: &[f32], classes: usize) -> Vec<f32> {
    logits
        .chunks_exact(classes)
        .flat_map(|row| {
            let log_sum = log_sum_exp(row);
            row.iter().map(move |&x| (f64::from(x) - log_sum).exp() as f32)
        })
        .collect()
}

/// The first of the highest scores; for two classes the second wins only when strictly higher,
/// which is MedMNIST's rule for binary sets as well.
fn prediction(row: &[f32]) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (class, &score) in row.iter().enumerate() {
        if score > best.1 {
            best = (class, score);
        }
    }
    best.0
}

fn log_sum_exp(row: &[f32]) -> f64 {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let top = f64::from(top);
    top + row.iter().map(|&x| (f64::from(x) - top).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_cost_the_logarithm_of_the_classes() {
        let figures = figures(&[0.0; 22], &[3, 0], 11, 0.0);
        assert!((figures.loss() - 11f64.ln()).abs() < 1e-12);
        assert_eq!(figures.correct, 1);
    }

    #[test]
    fn smoothing_adds_the_mean_over_all_classes() {
        let row = [2.0f32, -1.0, 0.5];
        let log_sum = (2f64.exp() + (-1f64).exp() + 0.5f64.exp()).ln();
        let expected = 0.9 * (log_sum - 2.0) + 0.1 * (log_sum - 0.5);
        assert!((figures(&row, &[0], 3, 0.1).loss() - expected).abs() < 1e-12);
    }

    #[test]
    fn a_loss_that_is_not_a_number_stays_visible() {
        assert!(!figures(&[f32::NAN, 0.0], &[0], 2, 0.0).loss().is_finite());
        assert!(!figures(&[f32::INFINITY, 0.0], &[1], 2, 0.0).loss().is_finite());
    }

    #[test]
    fn probabilities_add_up_to_one_even_for_large_scores() {
        let p = probabilities(&[1000.0, 999.0, -1000.0], 3);
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((p[0] - 0.731_058_6).abs() < 1e-6);
    }
}
