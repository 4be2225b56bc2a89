//! The first figure of a run in the list and in comparisons: the accuracy, or the AUC where there are two classes or
//! several labels.

use std::sync::Arc;

use vivit_tui::app::runs::RunEntry;
use vivit_tui::app::volumes::Predictions;
use vivit_tui::app::{Msg, Shown};
use vivit_tui::event::{SplitName, TrainEvent};
use vivit_tui::metrics::{Report, report};

use super::{TEST, runs_folder};
use crate::stage::{self, Stage};

const COUNT: usize = 610;

/// Scores for the labels of volumes that are right but in every so many of them, surer the later they come.
fn scores(labels: &[u8], every: usize) -> Vec<f32> {
    let score = |(place, label): (usize, &u8)| {
        let sure = 0.51 + 0.4 * (place % 89) as f32 / 89.0;
        if (*label > 0) == place.is_multiple_of(every) { 1.0 - sure } else { sure }
    };
    labels.iter().enumerate().map(score).collect()
}

/// Of two classes, the first of which three of four volumes have.
fn binary(every: usize) -> Report {
    let labels: Vec<u8> = (0..COUNT).map(|index| u8::from(index.is_multiple_of(4))).collect();
    let ones = scores(&labels, every);
    let both: Vec<f32> = ones.iter().flat_map(|one| [1.0 - one, *one]).collect();
    report(&both, &labels, &["normal", "hyperplasia"].map(String::from), 0.4).unwrap()
}

/// Four findings of each volume, in 120 of them.
fn findings() -> Vec<u8> {
    (0..480).map(|place| u8::from(place * 7 % 5 == 0)).collect()
}

const NAMES: [&str; 4] = ["effusion", "nodule", "mass", "fibrosis"];

fn several(every: usize) -> Report {
    report(&scores(&findings(), every), &findings(), &NAMES.map(String::from), 0.3).unwrap()
}

fn entry(name: &str, data: &str, report: &Report) -> RunEntry {
    let (best_validation, test) = (Some(report.clone()), Some(report.clone()));
    RunEntry { data: data.into(), synthetic: false, best_validation, test, ..runs_folder::entry(name) }
}

/// Runs of either kind, one of which is right about everything.
fn mixed() -> Vec<RunEntry> {
    let mut organ = runs_folder::entry("organ-001");
    let all = |report: &Option<Report>| report.as_ref().map(|of| runs_folder::with_accuracy(of, of.count as u64));
    let sure = RunEntry { best_validation: all(&organ.best_validation), test: all(&organ.test), ..organ.clone() };
    organ.best_validation.as_mut().unwrap().auc = Some(0.85);
    vec![
        entry("adrenal-001", "adrenalmnist3d", &binary(5)),
        organ,
        entry("chest-of-many-findings-and-a-long-name-001", "chestmnist", &several(9)),
        RunEntry { name: "perfect-001".into(), handle: "perfect-001".into(), ..sure },
        entry("adrenal-002", "adrenalmnist3d", &binary(9)),
    ]
}

fn listed(entries: Vec<RunEntry>, columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::empty(columns, rows);
    stage.keys(&["4"]);
    stage.send(Msg::Runs(entries));
    // Every run for itself.
    stage.keys(&["f"]);
    stage.app.notice = None;
    stage
}

/// Where the other pictures of the screen are.
fn snapshot(name: &str, stage: &Stage) {
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("screen_runs__{name}"), stage.picture());
    });
}

fn line(stage: &Stage, name: &str) -> String {
    let text = stage.text();
    text.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name} is missing in\n{text}")).to_owned()
}

#[test]
fn a_list_of_either_kind_says_of_each_run_which_figure_it_is() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let stage = listed(mixed(), columns, rows);
        snapshot(&format!("runs_of_either_kind_{columns}x{rows}"), &stage);
    }
}

#[test]
fn a_list_of_two_classes_alone_has_the_accuracy_beside_the_auc() {
    let only = || mixed().into_iter().filter(|entry| entry.name.starts_with("adrenal")).collect();
    let stage = listed(only(), 120, 40);
    let auc = binary(5).auc.unwrap();
    let (auc, accuracy) = (format!("AUC {auc:.3}"), format!("{:.1} %", binary(5).accuracy * 100.0));
    let row = line(&stage, "adrenal-001");
    assert!(row.contains(&format!("{auc}  ")) && row.contains(&accuracy), "{row}");
    let heading = line(&stage, "state");
    assert!(heading.contains("accuracy") && !heading.contains("AUC"), "{heading}");
    let narrow = listed(only(), 80, 24);
    assert!(line(&narrow, "adrenal-001").contains(&auc), "{}", narrow.text());
}

#[test]
fn the_figures_of_seeds_are_those_of_their_runs() {
    let seed = |seed, every| RunEntry { seed, ..entry(&format!("adrenal-00{seed}"), "adrenalmnist3d", &binary(every)) };
    let mut entries = mixed();
    entries.retain(|entry| !entry.name.starts_with("adrenal"));
    entries.extend([seed(1, 5), seed(2, 7), seed(3, 9)]);
    // A recipe of their own.
    let experiment = runs_folder::experiment("dim: 64", "");
    for entry in entries.iter_mut().filter(|entry| entry.name.starts_with("adrenal")) {
        entry.experiment = Some(Arc::clone(&experiment));
    }
    let aucs = [5, 7, 9].map(|every| binary(every).auc.unwrap());
    let mean = aucs.iter().sum::<f64>() / 3.0;
    let deviation = (aucs.iter().map(|auc| (auc - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = listed(entries.clone(), columns, rows);
        stage.keys(&["f"]);
        let row = line(&stage, "≡ quickstart ×3");
        assert!(row.contains(&format!("{mean:.3} ± {deviation:.3}")), "{row}");
    }
    let mut stage = listed(entries, 120, 40);
    stage.keys(&["f", "g", "enter"]);
    let text = stage.text();
    let rows: Vec<&str> = text.lines().skip_while(|line| !line.contains("best weights")).skip(2).take(3).collect();
    let places = ["AUC", "accuracy", "balanced"].map(|name| rows.iter().position(|row| row.contains(name)));
    assert_eq!(places, [Some(0), Some(1), Some(2)], "{text}");
}

#[test]
fn no_figure_of_the_list_is_cut_at_any_width() {
    for columns in 44..=220 {
        let stage = listed(mixed(), columns, 40);
        for row in stage.text().lines().filter(|line| line.contains("-00")) {
            for (at, _) in row.match_indices("AUC ") {
                let number: String =
                    row[at + 4..].chars().take_while(|char| char.is_ascii_digit() || *char == '.').collect();
                assert_eq!(number.len(), 5, "{columns}: {row}");
            }
            assert_eq!(row.matches('(').count(), row.matches(')').count(), "{columns}: {row}");
            // Between the ends of an interval, never where something was cut off.
            for (at, _) in row.match_indices('…').filter(|_| !row.contains("chest")) {
                let end = row[at + '…'.len_utf8()..].trim_start();
                assert!(end.starts_with(|first: char| first.is_ascii_digit()), "{columns}: {row}");
            }
            if row.contains("perfect") && row.contains("100.0 % 9") {
                assert!(row.contains("100.0 % 98…100"), "{columns}: {row}");
            }
        }
    }
}

#[test]
fn figures_that_say_nothing_about_each_other_are_sorted_apart() {
    let mut stage = listed(mixed(), 120, 40);
    let names = |stage: &Stage| -> Vec<String> {
        let text = stage.text();
        let rows = text.lines().skip(4).take(5);
        rows.map(|row| row.split_whitespace().find(|word| word.contains('-')).unwrap_or_default().to_owned()).collect()
    };
    stage.keys(&[":"]);
    stage.types("sort validation");
    stage.keys(&["enter"]);
    let [organ, perfect, one, two] = ["organ-001", "perfect-001", "adrenal-001", "adrenal-002"];
    let order = names(&stage);
    assert_eq!(order[..2], [perfect, organ], "{}", stage.text());
    let place = |order: &[String], name: &str| order.iter().position(|found| found == name);
    assert!(place(&order, two) < place(&order, one), "{order:?}");
    stage.keys(&["S"]);
    let order = names(&stage);
    assert_eq!(order[..2], [organ, perfect], "the other way round, and still above: {}", stage.text());
    assert!(place(&order, one) < place(&order, two), "{order:?}");
    stage.keys(&[":"]);
    stage.types("sort auc");
    stage.keys(&["enter"]);
    let order = names(&stage);
    assert_eq!([&order[0], &order[2], &order[3], &order[4]], [perfect, two, organ, one], "one figure for all");
}

const CHEST: [(&str, usize); 2] = [("chest-001", 9), ("chest-002", 13)];

/// A run that has kept what it answered to the test split.
fn kept(name: &str, data: &str, classes: &[&str], report: Report) -> Shown {
    let mut shown = Shown { name: name.into(), ..Shown::default() };
    let validates =
        |event: &TrainEvent| matches!(event, TrainEvent::Evaluated(of) if of.split == SplitName::Validation);
    stage::recorded().into_iter().filter(|event| !validates(event)).for_each(|event| shown.apply(event));
    let started = shown.run.started.as_mut().unwrap();
    (started.data, started.synthetic, started.classes) =
        (data.into(), false, classes.iter().map(ToString::to_string).collect());
    shown.run.test_best = None;
    let test = shown.run.test_last.as_mut().unwrap();
    (test.predictions, test.report) = (Some(TEST.into()), report);
    shown
}

#[test]
fn runs_on_several_labels_are_compared_by_their_auc_and_with_the_interval_of_pairs() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let entries = CHEST.map(|(name, every)| entry(name, "chestmnist", &several(every)));
        let entries = entries.map(|entry| RunEntry { best_validation: None, ..entry });
        let mut stage = listed(entries.to_vec(), columns, rows);
        stage.keys(&["o"]);
        stage.send(Msg::Loaded(Box::new(kept(CHEST[0].0, "chestmnist", &NAMES, several(9)))));
        stage.keys(&["down", "o"]);
        stage.send(Msg::Loaded(Box::new(kept(CHEST[1].0, "chestmnist", &NAMES, several(13)))));
        stage.keys(&["d"]);
        let before = stage.text();
        let labels = findings();
        for (run, every) in CHEST {
            let probabilities = scores(&labels, every);
            let labels = labels.clone();
            let predictions =
                Predictions { split: SplitName::Test, path: TEST.into(), classes: 4, probabilities, labels };
            stage.send(Msg::Predictions { run: run.into(), predictions: Arc::new(predictions) });
        }
        stage.app.notice = None;
        snapshot(&format!("runs_of_labels_compared_{columns}x{rows}"), &stage);
        // The reports alone leave the wider interval of independent samples.
        let after = stage.text();
        let gain = |text: &str| text.lines().find(|line| line.contains("accuracy")).map(str::to_owned);
        assert!(after.contains("McNemar") && !before.contains("McNemar") && gain(&before) != gain(&after), "{before}");
        assert!(columns < 120 || after.contains("Student's of a difference"), "{after}");
    }
}

#[test]
fn runs_on_two_classes_are_compared_by_delongs_interval_and_it_is_whole_in_80_columns() {
    let cases: serde_json::Value = serde_json::from_str(include_str!("../fixtures/delong.json")).unwrap();
    let case = &cases[3]; // As pROC has compared it (`tests/reference/delong.R`).
    let labels: Vec<u8> = serde_json::from_value(case["positive"].clone()).unwrap();
    let runs = ["adrenal-001", "adrenal-002"];
    let answered = |side: &str| -> Vec<f32> {
        let scores: Vec<f32> = serde_json::from_value(case[side].clone()).unwrap();
        scores.into_iter().flat_map(|score| [1.0 - score, score]).collect()
    };
    let classes = ["normal", "hyperplasia"];
    let of = |side: &str| report(&answered(side), &labels, &classes.map(String::from), 0.4).unwrap();
    for (columns, rows) in [(80, 24), (120, 40)] {
        let entries = runs.map(|name| RunEntry { best_validation: None, ..entry(name, "adrenalmnist3d", &binary(5)) });
        let mut stage = listed(entries.to_vec(), columns, rows);
        for (keys, run, side) in [(["up", "o"], runs[0], "first"), (["down", "o"], runs[1], "second")] {
            stage.keys(&keys);
            stage.send(Msg::Loaded(Box::new(kept(run, "adrenalmnist3d", &classes, of(side)))));
        }
        stage.keys(&["d"]);
        assert!(!stage.text().contains("DeLong"), "{}", stage.text());
        for (run, side) in runs.into_iter().zip(["first", "second"]) {
            let (probabilities, labels) = (answered(side), labels.clone());
            let predictions =
                Predictions { split: SplitName::Test, path: TEST.into(), classes: 2, probabilities, labels };
            stage.send(Msg::Predictions { run: run.into(), predictions: Arc::new(predictions) });
        }
        let text = stage.text();
        let row = |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{text}"));
        assert!(row("AUC ").contains("≈ −.012 (−.297 … +.273)"), "{columns}: {text}");
        assert!(row("DeLong").contains("p = 0.9324"), "{columns}: {text}");
        assert!(columns < 120 || text.contains("DeLong's of one of AUCs"), "{text}");
    }
}
