//! Runs as data: the journals in `tests/scenarios/NAME.jsonl`, each recorded from a real run, and the figures
//! in `NAME.ron` that their fold must come to, at the moments given there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use vivit_tui::app::{Run, Status, Summary};
use vivit_tui::event::{Outcome, PauseReason, TrainEvent};

/// A moment of a run: after so many events, the figures are these.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moment {
    after: usize,
    figures: Figures,
}

/// What a run's fold says, in words and numbers that a person can check against the journal.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    status: String,
    step: u64,
    wall_ms: u64,
    epochs: Vec<Row>,
    /// The steps on the loss curve, and the sum of their losses.
    curve: (usize, f64),
    /// The validations on the curves: step, loss, whether best.
    validations: Vec<(u64, f64, bool)>,
    /// Step and loss of the validation with the last weights, and with the best.
    last: Option<(u64, f64)>,
    best: Option<(u64, f64)>,
    /// Step and accuracy of the training split, and the accuracy of the test split by last and best weights.
    train: Option<(u64, f64)>,
    test: (Option<f64>, Option<f64>),
    checkpoint: Option<(u64, String)>,
    warnings: Vec<String>,
    /// The step it was set after, what was requested, and what came of it.
    rate_set: Option<(u64, f64, f64)>,
    breakpoints: Vec<String>,
    summary: Option<End>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    epoch: u64,
    step: u64,
    train: (f64, f64),
    /// Loss, accuracy, AUC, whether best.
    validation: Option<(f64, f64, Option<f64>, bool)>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    outcome: Outcome,
    error: Option<String>,
    steps: u64,
    epochs: u64,
    best_epoch: Option<u64>,
    wall_s: f64,
}

fn status(status: &Status) -> String {
    match status {
        Status::Waiting => "waiting".into(),
        Status::Training => "training".into(),
        Status::Paused(PauseReason::Asked) => "paused".into(),
        Status::Paused(PauseReason::Breakpoint { breakpoint, value }) => format!("paused: {breakpoint}, it is {value}"),
        Status::Paused(PauseReason::CannotWrite { path, .. }) => format!("paused: cannot write {path}"),
        Status::Paused(PauseReason::NotFinite(bad)) => format!("paused: {bad}"),
        Status::Finished(Outcome::StoppedEarly) => "stopped early".into(),
        Status::Finished(outcome) => format!("{outcome:?}").to_lowercase(),
        Status::Stopped => "stopped".into(),
        Status::Failed(why) => format!("failed: {why}"),
    }
}

impl Figures {
    fn of(run: &Run) -> Self {
        let losses = run.curves.train_loss.buckets();
        assert!(losses.iter().all(|bucket| bucket.first == bucket.last), "none of these runs is thinned");
        let row = |row: &vivit_tui::app::EpochRow| Row {
            epoch: row.epoch,
            step: row.step,
            train: (row.train_loss, row.train_accuracy),
            validation: row.validation.as_ref().map(|of| (of.loss, of.accuracy, of.auc, of.best)),
        };
        let loss = |of: &vivit_tui::event::Evaluated| (of.step, of.report.loss);
        let accuracy = |of: &vivit_tui::event::Evaluated| of.report.accuracy;
        let end = |summary: Summary| End {
            outcome: summary.outcome,
            error: summary.error,
            steps: summary.steps,
            epochs: summary.epochs,
            best_epoch: summary.best_epoch,
            wall_s: summary.wall_s,
        };
        Self {
            status: status(&run.status),
            step: run.step,
            wall_ms: run.wall_ms,
            epochs: run.epochs.iter().map(row).collect(),
            curve: (losses.len(), losses.iter().map(vivit_tui::app::series::Bucket::mean).sum()),
            validations: run.curves.validation.iter().map(|point| (point.step, point.loss, point.best)).collect(),
            last: run.validation_last().map(loss),
            best: run.validation_best().map(loss),
            train: run.train_last.as_ref().map(|of| (of.step, of.report.accuracy)),
            test: (run.test_last.as_ref().map(accuracy), run.test_best.as_ref().map(accuracy)),
            checkpoint: run.checkpoint.clone(),
            warnings: run.warnings.clone(),
            rate_set: run.rate_set.map(|set| (set.step, set.requested, set.applied)),
            breakpoints: run.breakpoints.iter().map(ToString::to_string).collect(),
            summary: Summary::of(run).map(end),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// The names of all scenarios.
fn scenarios() -> Vec<String> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter_map(|file| Some(file.strip_suffix(".jsonl")?.to_owned())).collect();
    names.sort();
    names
}

fn events(name: &str) -> Vec<TrainEvent> {
    let text = fs::read_to_string(folder().join(format!("{name}.jsonl"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}"))).collect()
}

#[test]
fn every_recorded_run_comes_to_its_figures() {
    for name in scenarios() {
        let events = events(&name);
        let text = fs::read_to_string(folder().join(format!("{name}.ron"))).unwrap_or_else(|e| panic!("{name}: {e}"));
        let moments: Vec<Moment> = ron::from_str(&text).unwrap_or_else(|error| panic!("{name}.ron: {error}"));
        assert_eq!(moments.last().map(|moment| moment.after), Some(events.len()), "{name}.ron says how the run ends");
        for Moment { after, figures: expected } in moments {
            let found = Figures::of(&Run::of(events[..after].iter().cloned()));
            macro_rules! hold {
                ($($field:ident)*) => {
                    $(assert_eq!(found.$field, expected.$field, "{name} after {after} events: {}", stringify!($field));)*
                };
            }
            hold!(status step wall_ms epochs curve validations last best train test checkpoint);
            hold!(warnings rate_set breakpoints summary);
            assert_eq!(found, expected, "{name} after {after} events: a field that is not listed above");
        }
    }
}

#[test]
fn every_fact_of_a_recorded_run_is_written_as_it_was_read() {
    for name in scenarios() {
        let text = fs::read_to_string(folder().join(format!("{name}.jsonl"))).unwrap();
        for (line, event) in text.lines().zip(events(&name)) {
            assert_eq!(serde_json::to_string(&event).unwrap(), line, "{name}");
        }
    }
}

/// What a run and its resumption come to, whatever was lost in between, but for the time it took.
#[test]
fn a_run_that_was_killed_and_resumed_comes_to_the_figures_of_one_that_was_not() {
    // The same recipe, seed and data; the breakpoints only held it up.
    let [killed, whole] = ["resumed", "breakpoints"].map(|name| Figures::of(&Run::of(events(name))));
    assert_eq!(killed.epochs, whole.epochs);
    assert_eq!(killed.curve, whole.curve);
    assert_eq!(killed.validations, whole.validations);
    assert_eq!((killed.last, killed.best, killed.test), (whole.last, whole.best, whole.test));
}
