//! Scores and labels made into a [`Report`]; it does not know which split or which weights they are of.

use serde::{Deserialize, Serialize};

use super::multi_label::{LabelCounts, multi_label};
use super::{Error, Ordinal, Task, ordinal, ratio, roc_auc, wilson};

/// How far down the ranking a label may stand to count for [`Report::top5`].
const TOP: usize = 5;

/// The score of class 1 above which MedMNIST's evaluator calls a binary volume class 1.
const BINARY_THRESHOLD: f32 = 0.5;

/// The figures of an evaluated split. What is undefined is `None`, never NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Volumes evaluated.
    pub count: usize,
    /// Mean cross-entropy over those volumes, in nats; of several labels a volume the mean over these too.
    pub loss: f64,
    /// Share of volumes classified correctly: MedMNIST's ACC (see [`predicted_class`]). Of several labels a volume the
    /// mean over the labels of the share of right answers.
    pub accuracy: f64,
    /// The lower end of the accuracy's 95 % interval (see [`wilson`], and of several labels
    /// [`wilson_of_means`](super::wilson_of_means)).
    pub accuracy_low: f64,
    /// The upper end of the accuracy's 95 % interval.
    pub accuracy_high: f64,
    /// Share of volumes whose class is among the 5 highest scores, or among all where there are fewer. `None` where
    /// volumes have several labels.
    pub top5: Option<f64>,
    /// MedMNIST's AUC: class 1's where there are 2 classes, else the unweighted mean over all classes, one
    /// versus rest, or over all labels. `None` when a class has no volume in the split, or a label the same answer
    /// for all.
    pub auc: Option<f64>,
    /// The mean recall over the classes that have volumes, as scikit-learn's `balanced_accuracy_score`. Of several
    /// labels the mean of that over the labels, each taken for itself.
    pub balanced_accuracy: Option<f64>,
    /// How far off the answers are, where the classes are degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordinal: Option<Ordinal>,
    /// One entry a class, in the order of the labels.
    pub per_class: Vec<ClassReport>,
    /// Volumes by `[truth][prediction]`; nothing where volumes have several labels.
    pub confusion: Vec<Vec<u64>>,
    /// What is answered to each label's question; nothing where a volume has one class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelCounts>,
}

impl Report {
    /// The same with the figures that a task has beside the others'.
    #[must_use]
    pub fn of_task(self, task: Task) -> Self {
        let ordinal = if task == Task::Ordinal { ordinal(&self.confusion) } else { None };
        Self { ordinal, ..self }
    }

    /// Whether the AUC is the first of the figures: where the answers are two, and one of them often far more frequent.
    #[must_use]
    pub fn leads_with_auc(&self) -> bool {
        self.is_multi_label() || self.per_class.len() == 2
    }

    /// Whether a volume has several labels, each answered for itself.
    #[must_use]
    pub fn is_multi_label(&self) -> bool {
        !self.labels.is_empty()
    }
}

/// The figures of one class, one versus rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassReport {
    /// The class's name.
    pub class: String,
    /// Volumes of this class.
    pub support: u64,
    /// Volumes taken for this class.
    pub predicted: u64,
    /// Share of the volumes taken for this class that are of it; `None` when none was.
    pub precision: Option<f64>,
    /// Share of this class's volumes that were taken for it; `None` when it has none.
    pub recall: Option<f64>,
    /// The harmonic mean of both, 2 TP / (support + predicted); `None` when that is 0/0.
    pub f1: Option<f64>,
    /// The area under the ROC curve of this class's score; `None` when no volume, or every one, is of it.
    pub auc: Option<f64>,
}

/// The report of a split from `probabilities` `[n, k]`, row-major, and its `labels`: `n` classes from 0 to `k − 1`, or
/// `[n, k]` of 0 and 1 where a volume may have several classes, each answered for itself.
///
/// `classes` are the `k` names and `loss` is the mean cross-entropy, which is passed through. The figures
/// are those of the medmnist package's evaluator (3.0.2) where it has them, else scikit-learn's.
///
/// # Errors
///
/// [`Error`] when there is no label, fewer than 2 classes, when the lengths do not fit together, or when
/// a label, a score or the loss is out of range.
pub fn report(probabilities: &[f32], labels: &[u8], classes: &[String], loss: f64) -> Result<Report, Error> {
    // There are at least two classes, so no split fits both.
    if classes.len() > 1 && !labels.is_empty() && labels.len() == probabilities.len() {
        check_scores(probabilities, labels.len() / classes.len(), classes.len(), loss)?;
        return multi_label(probabilities, labels, classes, loss);
    }
    check(probabilities, labels, classes, loss)?;
    let rows = || probabilities.chunks_exact(classes.len());

    let mut confusion = vec![vec![0_u64; classes.len()]; classes.len()]; // [truth][prediction]
    let mut among_top = 0;
    for (row, &label) in rows().zip(labels) {
        let truth = usize::from(label);
        if let Some(cell) = confusion.get_mut(truth).and_then(|cells| cells.get_mut(predicted_class(row))) {
            *cell += 1;
        }
        among_top += u64::from(rank(row, truth) < TOP);
    }

    let auc_of = |class: usize| {
        let scores = rows().filter_map(|row| row.get(class).copied());
        roc_auc(scores.zip(labels.iter().map(|&label| usize::from(label) == class)).collect())
    };
    let per_class: Vec<_> =
        classes.iter().enumerate().map(|(class, name)| class_report(name, class, &confusion, auc_of(class))).collect();

    let count = labels.len() as u64;
    let correct = confusion.iter().enumerate().filter_map(|(class, cells)| cells.get(class)).sum();
    let (accuracy_low, accuracy_high) = wilson(correct, count);
    Ok(Report {
        count: labels.len(),
        loss,
        accuracy: ratio(correct, count).unwrap_or_default(),
        accuracy_low,
        accuracy_high,
        top5: ratio(among_top, count),
        auc: official_auc(&per_class),
        balanced_accuracy: mean(per_class.iter().filter_map(|class| class.recall)),
        ordinal: None,
        per_class,
        confusion,
        labels: Vec::new(),
    })
}

/// The class that a row of scores stands for, as MedMNIST's evaluator takes it.
///
/// Of 2 scores the second is class 1's and decides: above one half, strictly, it is class 1. Of more, the
/// highest decides, the first of equals.
#[must_use]
pub fn predicted_class(row: &[f32]) -> usize {
    if let &[_, score] = row {
        return usize::from(score > BINARY_THRESHOLD);
    }
    let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter().position(|&score| score >= highest).unwrap_or_default()
}

/// How many classes stand before `class` in a row: those that score higher, and equals with a lower number.
fn rank(row: &[f32], class: usize) -> usize {
    let Some(&own) = row.get(class) else { return row.len() };
    row.iter().enumerate().filter(|&(other, &score)| score > own || (score >= own && other < class)).count()
}

fn class_report(name: &str, class: usize, confusion: &[Vec<u64>], auc: Option<f64>) -> ClassReport {
    let cell = |truth: &[u64]| truth.get(class).copied().unwrap_or_default();
    let truth = confusion.get(class).map(Vec::as_slice).unwrap_or_default();
    let (correct, support) = (cell(truth), truth.iter().sum());
    let predicted = confusion.iter().map(|cells| cell(cells)).sum();
    ClassReport {
        class: name.to_owned(),
        support,
        predicted,
        precision: ratio(correct, predicted),
        recall: ratio(correct, support),
        f1: ratio(2 * correct, support + predicted),
        auc,
    }
}

fn official_auc(per_class: &[ClassReport]) -> Option<f64> {
    if let [_, positive] = per_class {
        return positive.auc;
    }
    let areas: Option<Vec<f64>> = per_class.iter().map(|class| class.auc).collect();
    mean(areas?.into_iter())
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

fn check(probabilities: &[f32], labels: &[u8], classes: &[String], loss: f64) -> Result<(), Error> {
    let (k, n) = (classes.len(), labels.len());
    if k < 2 {
        return Err(Error::TooFewClasses { classes: k });
    }
    if probabilities.len() != n * k {
        return Err(Error::Length { scores: probabilities.len(), labels: n, classes: k });
    }
    if n == 0 {
        return Err(Error::Empty);
    }
    if let Some((volume, &label)) = labels.iter().enumerate().find(|&(_, &label)| usize::from(label) >= k) {
        return Err(Error::Label { label, volume, classes: k });
    }
    check_scores(probabilities, n, k, loss)
}

/// Scores of `n` volumes and `k` classes, and their loss.
fn check_scores(probabilities: &[f32], n: usize, k: usize, loss: f64) -> Result<(), Error> {
    if n == 0 || probabilities.len() != n * k {
        return Err(Error::Length { scores: probabilities.len(), labels: n, classes: k });
    }
    if let Some((i, &score)) = probabilities.iter().enumerate().find(|(_, score)| !score.is_finite()) {
        return Err(Error::Score { score, volume: i / k, class: i % k });
    }
    if !loss.is_finite() {
        return Err(Error::Loss { loss, volumes: n });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(k: usize) -> Vec<String> {
        (0..k).map(|i| format!("class {i}")).collect()
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    /// FACTS §3: scikit-learn's values for three classes.
    fn three_classes() -> Report {
        let labels = [2, 1, 1, 0, 0, 0, 0, 0, 0, 2, 1, 2];
        #[rustfmt::skip]
        let scores = [
            0.16, 0.18, 0.66,  0.65, 0.35, 0.0,   0.67, 0.02, 0.31,  0.2, 0.72, 0.08,
            0.17, 0.81, 0.02,  0.07, 0.53, 0.4,   0.67, 0.16, 0.17,  0.47, 0.44, 0.08,
            0.11, 0.62, 0.27,  0.27, 0.33, 0.39,  0.64, 0.03, 0.32,  0.31, 0.52, 0.17,
        ];
        report(&scores, &labels, &names(3), 1.5).unwrap()
    }

    #[test]
    fn three_classes_give_the_published_auc_and_accuracy() {
        let report = three_classes();
        assert!(close(report.auc.unwrap(), 0.399_691_358_025), "{:?}", report.auc);
        assert!(close(report.accuracy, 1.0 / 3.0));
        assert!(close(report.top5.unwrap(), 1.0), "five of three classes are all of them");
    }

    #[test]
    fn the_confusion_matrix_has_truths_in_its_rows() {
        let report = three_classes();
        assert_eq!(report.confusion, [[2, 4, 0], [3, 0, 0], [0, 1, 2]]);
        assert_eq!(
            report.per_class.iter().map(|c| (c.support, c.predicted)).collect::<Vec<_>>(),
            [(6, 5), (3, 5), (3, 2)]
        );
    }

    #[test]
    fn balanced_accuracy_is_the_mean_recall_of_the_classes_present() {
        assert!(close(three_classes().balanced_accuracy.unwrap(), (2.0 / 6.0 + 0.0 + 2.0 / 3.0) / 3.0));
        let report = report(&[0.8, 0.1, 0.1, 0.1, 0.8, 0.1], &[0, 0], &names(3), 0.0).unwrap();
        assert!(close(report.balanced_accuracy.unwrap(), 0.5), "only class 0 is present");
    }

    #[test]
    fn a_binary_score_of_exactly_one_half_is_class_0() {
        assert_eq!(predicted_class(&[0.5, 0.5]), 0);
        assert_eq!(predicted_class(&[0.5, 0.500_000_1]), 1);
        // The threshold decides, not the larger score: these are not normalised, and the evaluator does not care.
        assert_eq!(predicted_class(&[0.9, 0.6]), 1);
    }

    #[test]
    fn the_first_of_equal_scores_wins_the_argmax() {
        assert_eq!(predicted_class(&[0.2, 0.4, 0.4]), 1);
        assert_eq!(predicted_class(&[0.0, 0.0, 0.0]), 0);
    }

    #[test]
    fn a_label_in_sixth_place_is_not_among_the_top_five() {
        let row = [0.05, 0.3, 0.2, 0.2, 0.1, 0.1, 0.05];
        let top5 = |label| report(&row, &[label], &names(7), 0.0).unwrap().top5.unwrap();
        assert!(close(top5(5), 1.0), "fifth, by its number after its equal");
        assert!(close(top5(0), 0.0), "sixth");
    }

    #[test]
    fn a_class_without_volumes_leaves_the_auc_undefined_and_only_its_own_figures() {
        let report = report(&[0.8, 0.1, 0.1, 0.1, 0.8, 0.1], &[0, 1], &names(3), 0.0).unwrap();
        assert_eq!(report.auc, None);
        assert_eq!(report.per_class[0].auc, Some(1.0));
        let absent = &report.per_class[2];
        assert_eq!((absent.precision, absent.recall, absent.f1, absent.auc), (None, None, None, None));
    }

    #[test]
    fn a_class_never_predicted_has_an_f1_of_zero_but_no_precision() {
        let report = report(&[0.9, 0.1, 0.8, 0.2], &[0, 1], &names(2), 0.0).unwrap();
        let class = &report.per_class[1];
        assert_eq!((class.precision, class.recall, class.f1), (None, Some(0.0), Some(0.0)));
        assert_eq!(report.auc, Some(1.0), "the order is right though the threshold is missed");
    }

    #[test]
    fn a_split_of_one_class_alone_has_no_auc() {
        let report = report(&[0.9, 0.1, 0.2, 0.8], &[0, 0], &names(2), 0.0).unwrap();
        assert_eq!((report.auc, report.accuracy), (None, 0.5));
    }

    #[test]
    fn degrees_have_figures_of_their_own_beside_the_classes() {
        let plain = three_classes();
        let of_degrees = plain.clone().of_task(Task::Ordinal);
        // Off by one: 4 + 3 + 1, by two: none; of twelve.
        assert!(close(of_degrees.ordinal.unwrap().mean_absolute_error, 8.0 / 12.0));
        assert_eq!(Report { ordinal: None, ..of_degrees }, plain);
        assert_eq!(plain.clone().of_task(Task::MultiClass), plain);
    }

    #[test]
    fn a_report_survives_json_with_its_undefined_figures() {
        let report = report(&[0.8, 0.1, 0.1, 0.1, 0.8, 0.1], &[0, 1], &names(3), 0.25).unwrap();
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }

    #[test]
    fn what_no_report_can_be_made_of_is_refused_with_its_values() {
        let refusal =
            |scores: &[f32], labels: &[u8], k, loss| report(scores, labels, &names(k), loss).unwrap_err().to_string();
        for (message, expected) in [
            (refusal(&[], &[], 3, 0.0), "no volumes to evaluate; expected at least 1 label with its scores"),
            (refusal(&[1.0], &[0], 1, 0.0), "1 classes to evaluate; expected at least 2"),
            (refusal(&[0.5; 5], &[0, 1], 3, 0.0), "5 scores for 2 labels and 3 classes; expected 2 x 3"),
            (refusal(&[0.5; 4], &[0, 2], 2, 0.0), "label 2 of volume 1; expected 0 to 1"),
            (
                refusal(&[0.5, 0.5, 0.5, f32::NAN], &[0, 1], 2, 0.0),
                "score NaN of volume 1 for class 1; expected a finite number",
            ),
            (refusal(&[0.5; 4], &[0, 1], 2, f64::INFINITY), "a loss of inf over 2 volumes; expected a finite number"),
        ] {
            assert_eq!(message, expected);
        }
    }
}
