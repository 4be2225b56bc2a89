//! Volumes that may have several classes at once, or none: each class is a question of its own, answered with yes or
//! no. It does not know which split or which weights the answers are of.

use serde::{Deserialize, Serialize};

use super::interval::wilson_of_means;
use super::report::{ClassReport, Report, mean};
use super::{Error, ratio, roc_auc};

/// The score above which MedMNIST's evaluator takes an answer for a yes.
const THRESHOLD: f32 = 0.5;

/// The answers to one class's question, all volumes of a split together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCounts {
    /// Volumes that have it and are said to.
    pub found: u64,
    /// Volumes that have it and are not said to.
    pub missed: u64,
    /// Volumes that do not have it and are said to.
    pub false_alarms: u64,
    /// Volumes that do not have it and are not said to.
    pub absent: u64,
}

impl LabelCounts {
    /// All volumes.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.support() + self.false_alarms + self.absent
    }

    /// Volumes that have it.
    #[must_use]
    pub fn support(&self) -> u64 {
        self.found + self.missed
    }

    /// Volumes that are said to have it.
    #[must_use]
    pub fn predicted(&self) -> u64 {
        self.found + self.false_alarms
    }

    /// Volumes of which the right thing is said.
    #[must_use]
    pub fn right(&self) -> u64 {
        self.found + self.absent
    }

    /// The share of right answers: what MedMNIST's ACC is the mean of.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.right(), self.count())
    }

    /// Of the volumes that do not have it the share that is said not to; `None` where every volume has it.
    #[must_use]
    pub fn specificity(&self) -> Option<f64> {
        ratio(self.absent, self.false_alarms + self.absent)
    }

    /// The mean of sensitivity and specificity, scikit-learn's `balanced_accuracy_score` of this class; `None` where
    /// one of the two is undefined.
    #[must_use]
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let sensitivity = ratio(self.found, self.support())?;
        Some(f64::midpoint(sensitivity, self.specificity()?))
    }

    fn take(&mut self, has: bool, said: bool) {
        *match (has, said) {
            (true, true) => &mut self.found,
            (true, false) => &mut self.missed,
            (false, true) => &mut self.false_alarms,
            (false, false) => &mut self.absent,
        } += 1;
    }
}

/// The classes that a row of 0 and 1 names, as a set: the first class is the lowest bit. Beyond 64 there is no room.
#[must_use]
pub fn label_set(labels: &[u8]) -> usize {
    set_of(labels.iter().map(|&label| label > 0))
}

/// The classes that a row of scores says yes to, as a set.
#[must_use]
pub fn answered_set(scores: &[f32]) -> usize {
    set_of(scores.iter().map(|&score| score > THRESHOLD))
}

fn set_of(members: impl Iterator<Item = bool>) -> usize {
    members.take(usize::BITS as usize).enumerate().fold(0, |set, (class, is_in)| set | usize::from(is_in) << class)
}

/// The report of volumes with `k` labels each, from `probabilities` and `labels` `[n, k]`, both row-major.
///
/// `loss` is the mean over volumes and labels of the binary cross-entropy.
pub(super) fn multi_label(
    probabilities: &[f32],
    labels: &[u8],
    classes: &[String],
    loss: f64,
) -> Result<Report, Error> {
    let k = classes.len();
    check(labels, k)?;
    let rows = || probabilities.chunks_exact(k).zip(labels.chunks_exact(k));
    let mut counts = vec![LabelCounts::default(); k];
    let mut shares = Vec::with_capacity(labels.len() / k);
    for (scores, labels) in rows() {
        let mut right = 0;
        for ((counts, &score), &label) in counts.iter_mut().zip(scores).zip(labels) {
            let (has, said) = (label > 0, score > THRESHOLD);
            counts.take(has, said);
            right += u64::from(has == said);
        }
        shares.push(ratio(right, k as u64).unwrap_or_default());
    }
    let auc_of = |class: usize| {
        let pairs = rows().filter_map(|(scores, labels)| Some((*scores.get(class)?, *labels.get(class)? > 0)));
        roc_auc(pairs.collect())
    };
    let named = classes.iter().zip(&counts).enumerate();
    let per_class: Vec<ClassReport> =
        named.map(|(class, (name, counts))| class_report(name, counts, auc_of(class))).collect();
    let areas: Option<Vec<f64>> = per_class.iter().map(|class| class.auc).collect();
    let (accuracy_low, accuracy_high) = wilson_of_means(&shares);
    Ok(Report {
        count: shares.len(),
        loss,
        accuracy: mean(counts.iter().filter_map(LabelCounts::accuracy)).unwrap_or_default(),
        accuracy_low,
        accuracy_high,
        top5: None,
        auc: areas.and_then(|areas| mean(areas.into_iter())),
        balanced_accuracy: mean(counts.iter().filter_map(LabelCounts::balanced_accuracy)),
        ordinal: None,
        per_class,
        confusion: Vec::new(),
        labels: counts,
    })
}

fn class_report(name: &str, counts: &LabelCounts, auc: Option<f64>) -> ClassReport {
    let (support, predicted) = (counts.support(), counts.predicted());
    ClassReport {
        class: name.to_owned(),
        support,
        predicted,
        precision: ratio(counts.found, predicted),
        recall: ratio(counts.found, support),
        f1: ratio(2 * counts.found, support + predicted),
        auc,
    }
}

fn check(labels: &[u8], classes: usize) -> Result<(), Error> {
    match labels.iter().enumerate().find(|&(_, &label)| label > 1) {
        Some((place, &label)) => Err(Error::Label { label, volume: place / classes, classes: 2 }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::report;
    use super::*;

    const SCORES: [f32; 8] = [0.9, 0.2, 0.6, 0.7, 0.5, 0.1, 0.1, 0.8];
    const LABELS: [u8; 8] = [1, 0, 0, 1, 1, 0, 0, 0];

    fn names(k: usize) -> Vec<String> {
        (0..k).map(|i| format!("finding {i}")).collect()
    }

    #[test]
    fn each_class_is_a_question_of_its_own_and_half_is_no_yes() {
        let report = report(&SCORES, &LABELS, &names(2), 0.5).unwrap();
        let first = LabelCounts { found: 1, missed: 1, false_alarms: 1, absent: 1 };
        let second = LabelCounts { found: 1, missed: 0, false_alarms: 1, absent: 2 };
        assert_eq!(report.labels, [first, second]);
        assert_eq!((report.count, report.confusion.len(), report.top5), (4, 0, None));
        assert!((report.accuracy - f64::midpoint(0.5, 0.75)).abs() < 1e-12);
        assert!((report.balanced_accuracy.unwrap() - f64::midpoint(0.5, f64::midpoint(1.0, 2.0 / 3.0))).abs() < 1e-12);
        let class = &report.per_class[1];
        assert_eq!((class.support, class.predicted, class.precision, class.recall), (1, 2, Some(0.5), Some(1.0)));
    }

    #[test]
    fn a_class_that_no_volume_has_leaves_the_auc_undefined() {
        let report = report(&SCORES[..4], &[1, 0, 0, 0], &names(2), 0.5).unwrap();
        assert_eq!((report.auc, report.per_class[0].auc, report.per_class[1].auc), (None, Some(1.0), None));
        assert_eq!(report.labels[1].balanced_accuracy(), None);
        assert_eq!(report.labels[1].specificity(), Some(0.5));
    }

    #[test]
    fn labels_that_are_neither_yes_nor_no_are_refused() {
        let error = report(&SCORES, &[1, 0, 0, 1, 1, 2, 0, 0], &names(2), 0.5).unwrap_err().to_string();
        assert_eq!(error, "label 2 of volume 2; expected 0 to 1");
    }

    #[test]
    fn sets_have_a_bit_for_each_class() {
        assert_eq!(label_set(&[1, 0, 1]), 0b101);
        assert_eq!(answered_set(&[0.5, 0.51, 0.9]), 0b110);
        assert_eq!(label_set(&[]), 0);
        assert_eq!(label_set(&[1; 80]), usize::MAX);
    }

    #[test]
    fn a_report_survives_json_and_says_nothing_of_labels_where_there_is_one_a_volume() {
        let several = report(&SCORES, &LABELS, &names(2), 0.25).unwrap();
        let text = serde_json::to_string(&several).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), several);
        let one = report(&SCORES, &[0, 1, 0, 1], &names(2), 0.25).unwrap();
        let text = serde_json::to_string(&one).unwrap();
        assert!(!text.contains("labels") && !text.contains("ordinal"), "{text}");
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), one);
    }
}
