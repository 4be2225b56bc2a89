//! The figures of `metrics` against medmnist's evaluator, scikit-learn, statsmodels, scipy and pandas.
//!
//! `tests/reference/metrics.py` makes the fixture; nothing of this project took part in it.

#![allow(clippy::expect_used, reason = "a test may panic")]

use serde::Deserialize;
use vivit_tui::metrics::{
    Gain, LabelCounts, Paired, Report, answered_set, label_set, official_csv, ordinal, paired_t, report, spread, wilson,
};

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
    labels_cases: Vec<LabelsCase>,
    degrees: Vec<Degrees>,
    intervals: Vec<(u64, u64, f64, f64)>,
    paired: Vec<([u64; 4], f64)>,
    labels_paired: Vec<LabelsPaired>,
    seeds: Vec<Seeds>,
    prediction: Prediction,
    file_names: Vec<FileName>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    classes: usize,
    labels: Vec<u8>,
    scores: Vec<f32>,
    accuracy: f64,
    interval: (f64, f64),
    top5: f64,
    auc: Option<f64>,
    balanced_accuracy: Option<f64>,
    confusion: Vec<Vec<u64>>,
    support: Vec<u64>,
    predicted: Vec<u64>,
    precision: Vec<Option<f64>>,
    recall: Vec<Option<f64>>,
    f1: Vec<Option<f64>>,
    class_auc: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct LabelsCase {
    name: String,
    classes: usize,
    labels: Vec<u8>,
    scores: Vec<f32>,
    accuracy: f64,
    interval: (f64, f64),
    auc: Option<f64>,
    balanced_accuracy: Option<f64>,
    /// Found, missed, false alarms, absent.
    tables: Vec<[u64; 4]>,
    label_accuracy: Vec<Option<f64>>,
    precision: Vec<Option<f64>>,
    recall: Vec<Option<f64>>,
    specificity: Vec<Option<f64>>,
    f1: Vec<Option<f64>>,
    class_auc: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Degrees {
    confusion: Vec<Vec<u64>>,
    mean_absolute_error: f64,
    quadratic_kappa: f64,
}

#[derive(Deserialize)]
struct LabelsPaired {
    classes: usize,
    labels: Vec<u8>,
    first: Vec<f32>,
    second: Vec<f32>,
    difference: f64,
    interval: (f64, f64),
}

#[derive(Deserialize)]
struct Seeds {
    first: Vec<f64>,
    second: Vec<f64>,
    /// Mean, standard deviation, lowest, highest of both.
    spreads: [[f64; 4]; 2],
    t: f64,
    p: f64,
    interval: (f64, f64),
}

#[derive(Deserialize)]
struct Prediction {
    classes: usize,
    scores: Vec<f32>,
    text: String,
}

#[derive(Deserialize)]
struct FileName {
    flag: String,
    size: usize,
    split: String,
    auc: Option<f64>,
    accuracy: f64,
    run: String,
    name: String,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/metrics.json")).expect("the committed fixture is sound")
}

/// Each case of the fixture with the report that we make of it.
fn reports() -> impl Iterator<Item = (Case, Report)> {
    fixture().cases.into_iter().map(|case| {
        let classes: Vec<String> = (0..case.classes).map(|i| i.to_string()).collect();
        let report = report(&case.scores, &case.labels, &classes, 0.5).expect("the case is sound");
        (case, report)
    })
}

/// Both undefined, or within the rounding of a few additions.
fn same(ours: Option<f64>, theirs: Option<f64>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-12,
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    }
}

#[test]
fn accuracy_and_auc_are_those_of_the_medmnist_evaluator() {
    for (case, report) in reports() {
        assert!(same(Some(report.accuracy), Some(case.accuracy)), "{}: {}", case.name, report.accuracy);
        assert!(same(report.auc, case.auc), "{}: {:?} for {:?}", case.name, report.auc, case.auc);
    }
}

#[test]
fn the_cases_hold_defined_and_undefined_figures() {
    let cases = fixture().cases;
    assert!(cases.len() >= 6);
    for has in [Option::is_some as fn(&Option<f64>) -> bool, Option::is_none] {
        assert!(cases.iter().any(|case| has(&case.auc)));
        assert!(cases.iter().any(|case| case.precision.iter().any(has)));
        assert!(cases.iter().any(|case| case.recall.iter().any(has)));
    }
}

#[test]
fn balanced_accuracy_and_top_5_are_those_of_scikit_learn() {
    for (case, report) in reports() {
        assert!(same(report.balanced_accuracy, case.balanced_accuracy), "{}", case.name);
        assert!(same(report.top5, Some(case.top5)), "{}: {:?}", case.name, report.top5);
    }
}

#[test]
fn the_confusion_matrix_is_that_of_scikit_learn() {
    for (case, report) in reports() {
        assert_eq!(report.confusion, case.confusion, "{}", case.name);
    }
}

#[test]
fn the_figures_of_each_class_are_those_of_scikit_learn() {
    for (case, report) in reports() {
        assert_eq!(report.per_class.len(), case.classes, "{}", case.name);
        for (i, class) in report.per_class.iter().enumerate() {
            let place = format!("{}, class {}", case.name, class.class);
            assert_eq!((class.support, class.predicted), (case.support[i], case.predicted[i]), "{place}");
            assert!(same(class.precision, case.precision[i]), "{place}: precision {:?}", class.precision);
            assert!(same(class.recall, case.recall[i]), "{place}: recall {:?}", class.recall);
            assert!(same(class.f1, case.f1[i]), "{place}: F1 {:?}", class.f1);
            assert!(same(class.auc, case.class_auc[i]), "{place}: AUC {:?}", class.auc);
        }
    }
}

#[test]
fn figures_of_several_labels_are_those_of_the_medmnist_evaluator_and_of_scikit_learn() {
    let cases = fixture().labels_cases;
    assert_eq!(cases.len(), 3);
    for case in cases {
        let classes: Vec<String> = (0..case.classes).map(|i| i.to_string()).collect();
        let report = report(&case.scores, &case.labels, &classes, 0.5).expect("the case is sound");
        assert_eq!((report.count, report.labels.len()), (case.labels.len() / case.classes, case.classes));
        assert!(same(Some(report.accuracy), Some(case.accuracy)), "{}: {}", case.name, report.accuracy);
        assert!(same(report.auc, case.auc), "{}: {:?} for {:?}", case.name, report.auc, case.auc);
        assert!(same(report.balanced_accuracy, case.balanced_accuracy), "{}", case.name);
        assert!(same(Some(report.accuracy_low), Some(case.interval.0)), "{}: {}", case.name, report.accuracy_low);
        assert!(same(Some(report.accuracy_high), Some(case.interval.1)), "{}", case.name);
        for (i, (class, counts)) in report.per_class.iter().zip(&report.labels).enumerate() {
            let place = format!("{}, label {i}", case.name);
            let LabelCounts { found, missed, false_alarms, absent } = *counts;
            assert_eq!([found, missed, false_alarms, absent], case.tables[i], "{place}");
            assert!(same(counts.accuracy(), case.label_accuracy[i]), "{place}");
            assert!(same(class.precision, case.precision[i]), "{place}: {:?}", class.precision);
            assert!(same(class.recall, case.recall[i]), "{place}: {:?}", class.recall);
            assert!(same(counts.specificity(), case.specificity[i]), "{place}: {:?}", counts.specificity());
            assert!(same(class.f1, case.f1[i]), "{place}: {:?}", class.f1);
            assert!(same(class.auc, case.class_auc[i]), "{place}: {:?}", class.auc);
        }
    }
}

#[test]
fn degrees_are_off_by_what_scikit_learn_says() {
    let cases = fixture().degrees;
    assert_eq!(cases.len(), 3);
    for case in cases {
        let found = ordinal(&case.confusion).expect("there are volumes");
        assert!(same(Some(found.mean_absolute_error), Some(case.mean_absolute_error)), "{found:?}");
        assert!(same(found.quadratic_kappa, Some(case.quadratic_kappa)), "{found:?} for {}", case.quadratic_kappa);
    }
}

#[test]
fn the_interval_is_that_of_statsmodels() {
    for (case, report) in reports() {
        assert!(same(Some(report.accuracy_low), Some(case.interval.0)), "{}", case.name);
        assert!(same(Some(report.accuracy_high), Some(case.interval.1)), "{}", case.name);
    }
    for (successes, n, low, high) in fixture().intervals {
        let ours = wilson(successes, n);
        assert!(same(Some(ours.0), Some(low)) && same(Some(ours.1), Some(high)), "{successes}/{n}: {ours:?}");
    }
}

/// Chances may be small, so they are compared by their own size.
fn same_chance(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-11 * theirs
}

#[test]
fn the_exact_test_of_mcnemar_is_that_of_statsmodels() {
    for ([both, first_only, second_only, neither], p) in fixture().paired {
        let paired = Paired { both, first_only, second_only, neither };
        assert!(same_chance(paired.p_value(), p), "{paired:?}: {} for {p}", paired.p_value());
    }
}

#[test]
fn two_answers_to_several_labels_differ_by_what_scipy_says_of_their_volumes() {
    let cases = fixture().labels_paired;
    assert_eq!(cases.len(), 4);
    for LabelsPaired { classes, labels, first, second, difference, interval } in cases {
        let labels: Vec<usize> = labels.chunks(classes).map(label_set).collect();
        let [one, two] = [&first, &second].map(|scores| scores.chunks(classes).map(answered_set).collect::<Vec<_>>());
        let found = Gain::in_labels(&labels, &one, &two, classes);
        let place = format!("{} volumes of {classes} labels: {found:?}", labels.len());
        assert!(same(Some(found.difference), Some(difference)), "{place} for {difference}");
        assert!(
            (found.low - interval.0).abs() < 1e-9 && (found.high - interval.1).abs() < 1e-9,
            "{place}: {interval:?}"
        );
        let reports = [first, second].map(|scores| {
            let classes: Vec<String> = (0..classes).map(|i| i.to_string()).collect();
            let flat: Vec<u8> =
                labels.iter().flat_map(|set| (0..classes.len()).map(move |i| u8::from(set >> i & 1 == 1))).collect();
            report(&scores, &flat, &classes, 0.5).expect("the case is sound")
        });
        let apart = Gain::unpaired(&reports[0], &reports[1]);
        assert!(same(Some(apart.difference), Some(difference)), "{place}");
        if labels.len() > 100 {
            assert!(found.high - found.low < apart.high - apart.low, "pairs say more: {place} and {apart:?}");
        }
    }
}

#[test]
fn the_paired_t_over_seeds_is_that_of_scipy() {
    for seeds in fixture().seeds {
        let differences: Vec<f64> =
            seeds.second.iter().zip(&seeds.first).map(|(second, first)| second - first).collect();
        let found = paired_t(&differences).expect("the differences spread");
        assert!((found.t / seeds.t - 1.0).abs() < 1e-10, "{found:?} for {}", seeds.t);
        assert!((found.p_value / seeds.p - 1.0).abs() < 1e-9, "{found:?} for {}", seeds.p);
        let (low, high) = seeds.interval;
        assert!(same(Some(found.low), Some(low)) && same(Some(found.high), Some(high)), "{found:?} for {low} {high}");
        for (figures, expected) in [&seeds.first, &seeds.second].into_iter().zip(seeds.spreads) {
            let found = spread(figures).expect("there are figures");
            let found = [Some(found.mean), found.deviation, Some(found.lowest), Some(found.highest)];
            assert!(found.into_iter().zip(expected).all(|(ours, theirs)| same(ours, Some(theirs))), "{found:?}");
        }
    }
}

#[test]
fn a_prediction_file_is_byte_for_byte_what_pandas_writes() {
    let prediction = fixture().prediction;
    assert_eq!(official_csv::csv(&prediction.scores, prediction.classes), prediction.text);
}

#[test]
fn a_prediction_files_name_is_the_one_the_evaluator_gives_it() {
    for expected in fixture().file_names {
        let FileName { flag, size, split, auc, accuracy, run, name } = expected;
        assert_eq!(official_csv::file_name(&flag, size, &split, auc, accuracy, &run), name);
    }
}
