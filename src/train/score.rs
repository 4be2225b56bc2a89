//! The validation figure that decides which weights are best.

use crate::config::BestBy;
use crate::metrics::Report;

/// The figure that decides which weights are best; higher is better. `None` where it is undefined,
/// and then the accuracy decides.
pub(super) fn score(by: BestBy, report: &Report) -> Option<f64> {
    match by {
        BestBy::Loss => Some(-report.loss),
        BestBy::Accuracy => Some(report.accuracy),
        BestBy::BalancedAccuracy => report.balanced_accuracy,
        BestBy::Auc => report.auc,
    }
}

/// Why the figure is undefined, for the user to read.
pub(super) fn undefined_words(by: BestBy, report: &Report) -> String {
    if report.is_multi_label() {
        let alike = report.per_class.iter().filter(|class| class.auc.is_none()).map(|class| class.class.as_str());
        let alike = alike.collect::<Vec<_>>().join(", ");
        return format!(
            "training.best {by:?} is undefined, because all volumes of the validation split have the same label of \
             {alike}; accuracy decides"
        );
    }
    let absent: Vec<&str> =
        report.per_class.iter().filter(|class| class.support == 0).map(|class| class.class.as_str()).collect();
    format!(
        "training.best {by:?} is undefined, because the validation split has no volume of {}; accuracy decides",
        absent.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(labels: &[u8]) -> Report {
        let classes: Vec<String> = ["cyst", "stone"].map(String::from).to_vec();
        crate::metrics::report(&[0.9, 0.1, 0.2, 0.8], labels, &classes, 0.25).unwrap()
    }

    #[test]
    fn higher_is_better_also_for_a_loss() {
        assert_eq!(score(BestBy::Loss, &report(&[0, 1])), Some(-0.25));
        assert_eq!(score(BestBy::Auc, &report(&[0, 1])), Some(1.0));
    }

    #[test]
    fn a_figure_that_a_missing_class_leaves_undefined_is_said_to_be_so() {
        let report = report(&[0, 0]);
        assert_eq!(score(BestBy::Auc, &report), None);
        let words = undefined_words(BestBy::Auc, &report);
        assert!(words.contains("no volume of stone"), "{words}");
        let classes: Vec<String> = ["cyst", "stone"].map(String::from).to_vec();
        let report = crate::metrics::report(&[0.9, 0.1, 0.2, 0.8], &[1, 1, 0, 1], &classes, 0.25).unwrap();
        let words = undefined_words(BestBy::Auc, &report);
        assert!(words.contains("the same label of stone"), "{words}");
    }
}
