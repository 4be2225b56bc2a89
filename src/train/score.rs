//! The validation figure that decides which weights are best.

use crate::config::BestBy;
use crate::metrics::Report;

/// The figure that decides which weights are best; higher is better. `None` where it is undefined,
/// and then the accuracy decides.
pub(super) fn score(by: BestBy, report: &Report) -> Option<f64> {
    match by {
        BestBy::Auto if report.leads_with_auc() => report.auc,
        BestBy::Auto | BestBy::Accuracy => Some(report.accuracy),
        BestBy::Loss => Some(-report.loss),
        BestBy::BalancedAccuracy => report.balanced_accuracy,
        BestBy::Auc => report.auc,
    }
}

/// Why the figure is undefined, for the user to read.
pub(super) fn undefined_words(by: BestBy, report: &Report) -> String {
    // Of what decides by itself only an AUC can be undefined.
    let by = if by == BestBy::Auto { "Auto, which is Auc here,".to_owned() } else { format!("{by:?}") };
    if report.is_multi_label() {
        let alike = report.per_class.iter().filter(|class| class.auc.is_none()).map(|class| class.class.as_str());
        let alike = alike.collect::<Vec<_>>().join(", ");
        return format!(
            "training.best {by} is undefined, because all volumes of the validation split have the same label of \
             {alike}; accuracy decides"
        );
    }
    let absent: Vec<&str> =
        report.per_class.iter().filter(|class| class.support == 0).map(|class| class.class.as_str()).collect();
    format!(
        "training.best {by} is undefined, because the validation split has no volume of {}; accuracy decides",
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
    fn without_a_word_the_first_figure_of_the_set_decides() {
        let classes: Vec<String> = ["cyst", "stone", "scar"].map(String::from).to_vec();
        let scores = [0.8, 0.1, 0.1, 0.3, 0.4, 0.3, 0.2, 0.2, 0.6, 0.1, 0.5, 0.4];
        let of = |k: usize, labels: &[u8]| crate::metrics::report(&scores, labels, &classes[..k], 0.25).unwrap();
        // Four volumes of three classes, six of two, and six of two labels each.
        let several = of(3, &[0, 1, 2, 2]);
        assert_eq!(score(BestBy::Auto, &several), Some(several.accuracy));
        assert_eq!(several.accuracy.partial_cmp(&several.auc.unwrap()), Some(std::cmp::Ordering::Less));
        for two in [of(2, &[0, 1, 1, 0, 1, 1]), of(2, &[0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1])] {
            assert_eq!(score(BestBy::Auto, &two), two.auc);
            assert!((two.auc.unwrap() - two.accuracy).abs() > 1e-3, "{two:?}");
        }
        let words = undefined_words(BestBy::Auto, &report(&[0, 0]));
        assert!(words.starts_with("training.best Auto, which is Auc here, is undefined"), "{words}");
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
