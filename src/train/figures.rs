//! Loss, hits and probabilities from class scores, on the host and in double precision.

use crate::metrics::Task;

/// What a batch's scores say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    pub volumes: u64,
    /// Sum of the cross-entropies.
    pub loss_sum: f64,
    /// Right answers: one a volume at most, or of several labels one for each.
    pub correct: u64,
}

impl Figures {
    /// The mean cross-entropy, each volume counted once.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 volumes")]
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.volumes.max(1) as f64
    }

    /// The share of right answers, of which there are so many a volume, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 volumes")]
    pub fn accuracy(&self, answers: usize) -> f64 {
        self.correct as f64 / (self.volumes.max(1) * answers as u64) as f64
    }
}

/// What the scores of a row answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answers {
    pub classes: usize,
    pub task: Task,
}

impl Answers {
    /// Which of so many classes it is.
    #[must_use]
    pub fn one_of(classes: usize) -> Self {
        Self { classes, task: Task::of(classes) }
    }

    /// Of each of so many classes whether the volume has it.
    #[must_use]
    pub fn each_of(classes: usize) -> Self {
        Self { classes, task: Task::MultiLabel }
    }

    /// The targets of a row: one for each class, or for each class that it is not, then for each that it is.
    #[must_use]
    pub fn targets(self) -> usize {
        if self.task == Task::MultiLabel { 2 * self.classes } else { self.classes }
    }
}

/// The figures of scores `[n, classes]`, row by row, against their labels.
///
/// With label smoothing ε the cross-entropy is against the smoothed target, as in training.
#[must_use]
pub fn figures(logits: &[f32], labels: &[usize], answers: Answers, smoothing: f64) -> Figures {
    let mut sum = Figures::default();
    for (row, &label) in logits.chunks_exact(answers.classes).zip(labels) {
        sum.volumes += 1;
        sum.loss_sum += match answers.task {
            Task::MultiLabel => loss_of_labels(row, label, smoothing),
            Task::MultiClass | Task::Binary | Task::Ordinal => loss_of_class(row, label, smoothing),
        };
        sum.correct += right(row, label, answers.task);
    }
    sum
}

#[expect(clippy::cast_precision_loss, reason = "there are at most 256 classes")]
fn loss_of_class(row: &[f32], label: usize, smoothing: f64) -> f64 {
    let log_sum = log_sum_exp(row);
    let on_label = log_sum - row.get(label).map_or(f64::NAN, |&x| f64::from(x));
    let spread = row.iter().map(|&x| log_sum - f64::from(x)).sum::<f64>() / row.len() as f64;
    (1.0 - smoothing) * on_label + if smoothing > 0.0 { smoothing * spread } else { 0.0 }
}

/// The mean over the labels of the binary cross-entropy; smoothing spreads its share over yes and no.
#[expect(clippy::cast_precision_loss, reason = "there are at most 64 labels")]
fn loss_of_labels(row: &[f32], labels: usize, smoothing: f64) -> f64 {
    let loss = |(class, &x): (usize, &f32)| {
        let yes = (1.0 - smoothing) * f64::from(u8::from(has(labels, class))) + smoothing / 2.0;
        -(yes * log_sigmoid(f64::from(x)) + (1.0 - yes) * log_sigmoid(-f64::from(x)))
    };
    row.iter().enumerate().map(loss).sum::<f64>() / row.len() as f64
}

/// The same against targets `[n, targets]` that are no bare labels: the sum over all of what a row is to have of
/// each, as in training. `labels` say which answer counts as right.
#[must_use]
pub fn figures_of(logits: &[f32], labels: &[usize], targets: &[f32], answers: Answers) -> Figures {
    let mut sum = Figures::default();
    let rows = logits.chunks_exact(answers.classes).zip(targets.chunks_exact(answers.targets()));
    for ((row, targets), &label) in rows.zip(labels) {
        sum.volumes += 1;
        sum.loss_sum += match answers.task {
            Task::MultiLabel => {
                let (noes, yeses) = targets.split_at(row.len());
                let shares = row.iter().zip(noes.iter().zip(yeses));
                let loss = |(&x, (&no, &yes)): (&f32, (&f32, &f32))| {
                    f64::from(yes) * log_sigmoid(f64::from(x)) + f64::from(no) * log_sigmoid(-f64::from(x))
                };
                -shares.map(loss).sum::<f64>()
            }
            Task::MultiClass | Task::Binary | Task::Ordinal => {
                let log_sum = log_sum_exp(row);
                let shares = row.iter().zip(targets);
                shares.map(|(&x, &target)| f64::from(target) * (log_sum - f64::from(x))).sum::<f64>()
            }
        };
        sum.correct += right(row, label, answers.task);
    }
    sum
}

/// The right answers of a row.
fn right(row: &[f32], label: usize, task: Task) -> u64 {
    match task {
        Task::MultiLabel => row.iter().enumerate().map(|(class, &x)| u64::from((x > 0.0) == has(label, class))).sum(),
        Task::MultiClass | Task::Binary | Task::Ordinal => u64::from(prediction(row) == label),
    }
}

/// Whether a set of labels has a class.
pub(super) fn has(labels: usize, class: usize) -> bool {
    labels >> class & 1 == 1
}

/// Scores of several views of each row together: those whose probabilities are the mean of the views'.
///
/// Each of `views` is `[n, classes]`.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "scores are single-precision")]
#[expect(clippy::cast_precision_loss, reason = "there are few views")]
pub fn together(views: &[Vec<f32>], answers: Answers) -> Vec<f32> {
    if let [only] = views {
        return only.clone();
    }
    let mut sums = vec![0.0_f64; views.first().map_or(0, Vec::len)];
    for view in views {
        for (sums, row) in sums.chunks_exact_mut(answers.classes).zip(view.chunks_exact(answers.classes)) {
            sums.iter_mut().zip(chances(row, answers.task)).for_each(|(sum, chance)| *sum += chance);
        }
    }
    // A class that no view sees at all keeps a score that is finite, and so does one that all are sure of.
    let least = f64::from(f32::MIN_POSITIVE);
    let score = |sum: f64| {
        let chance = sum / views.len() as f64;
        let against = if answers.task == Task::MultiLabel { (1.0 - chance).max(least).ln() } else { 0.0 };
        (chance.max(least).ln() - against) as f32
    };
    sums.into_iter().map(score).collect()
}

/// Probabilities of each row of `[n, classes]`: the softmax, or of several labels each one's own.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "probabilities are kept in single precision, as MedMNIST does")]
pub fn probabilities(logits: &[f32], answers: Answers) -> Vec<f32> {
    let rows = logits.chunks_exact(answers.classes);
    rows.flat_map(|row| chances(row, answers.task).map(|chance| chance as f32)).collect()
}

fn chances(row: &[f32], task: Task) -> impl Iterator<Item = f64> {
    // The sigmoid is the softmax beside a score of 0.
    let log_sum = if task == Task::MultiLabel { None } else { Some(log_sum_exp(row)) };
    row.iter().map(move |&x| match log_sum {
        Some(log_sum) => (f64::from(x) - log_sum).exp(),
        None => log_sigmoid(f64::from(x)).exp(),
    })
}

/// The logarithm of 1 / (1 + e⁻ˣ), without overflow.
fn log_sigmoid(x: f64) -> f64 {
    x.min(0.0) - (-x.abs()).exp().ln_1p()
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
        let figures = figures(&[0.0; 22], &[3, 0], Answers::one_of(11), 0.0);
        assert!((figures.loss() - 11f64.ln()).abs() < 1e-12);
        assert_eq!(figures.correct, 1);
    }

    #[test]
    fn smoothing_adds_the_mean_over_all_classes() {
        let row = [2.0f32, -1.0, 0.5];
        let log_sum = (2f64.exp() + (-1f64).exp() + 0.5f64.exp()).ln();
        let expected = 0.9 * (log_sum - 2.0) + 0.1 * (log_sum - 0.5);
        assert!((figures(&row, &[0], Answers::one_of(3), 0.1).loss() - expected).abs() < 1e-12);
    }

    #[test]
    fn a_loss_that_is_not_a_number_stays_visible() {
        for answers in [Answers::one_of(2), Answers::each_of(2)] {
            assert!(!figures(&[f32::NAN, 0.0], &[0], answers, 0.0).loss().is_finite());
            assert!(!figures(&[f32::INFINITY, 0.0], &[1 << 1], answers, 0.0).loss().is_finite());
        }
    }

    #[test]
    fn probabilities_add_up_to_one_even_for_large_scores() {
        let p = probabilities(&[1000.0, 999.0, -1000.0], Answers::one_of(3));
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!((p[0] - 0.731_058_6).abs() < 1e-6);
    }

    #[test]
    fn scores_of_zero_cost_one_bit_a_label_and_none_is_a_yes() {
        let figures = figures(&[0.0; 6], &[0b001, 0b110], Answers::each_of(3), 0.0);
        assert!((figures.loss() - 2f64.ln()).abs() < 1e-12);
        assert_eq!((figures.volumes, figures.correct), (2, 3));
        assert!((figures.accuracy(3) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn each_label_has_a_probability_of_its_own() {
        let p = probabilities(&[1000.0, 0.0, -1000.0, 2.0], Answers::each_of(4));
        assert!((p[0] - 1.0).abs() < 1e-7 && (p[1] - 0.5).abs() < 1e-7 && p[2] == 0.0);
        assert!((p[3] - 0.880_797_1).abs() < 1e-6);
    }

    #[test]
    fn views_are_averaged_in_their_probabilities() {
        let views = [vec![2.0, -3.0], vec![-1.0, -3.0]];
        for answers in [Answers::one_of(2), Answers::each_of(2)] {
            let both = probabilities(&together(&views, answers), answers);
            let [a, b] = [0, 1].map(|view: usize| probabilities(&views[view], answers));
            for class in 0..2 {
                assert!((both[class] - f32::midpoint(a[class], b[class])).abs() < 1e-6, "{answers:?}");
            }
        }
        let sure = together(&[vec![1000.0, -1000.0], vec![1000.0, -1000.0]], Answers::each_of(2));
        assert!(sure.iter().all(|score| score.is_finite()), "{sure:?}");
    }
}
