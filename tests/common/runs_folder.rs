//! A runs folder as the screen gets to see it: runs in every state, made from the recorded one.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::cast_precision_loss)]

use std::sync::Arc;

use vivit_tui::app::runs::RunEntry;
use vivit_tui::app::{Run, Shown, Status};
use vivit_tui::config::Experiment;
use vivit_tui::event::{Outcome, TrainEvent};
use vivit_tui::metrics::{Report, wilson};

use crate::stage::recorded;

/// The recorded run as the folder's list shows it once it has ended.
pub fn entry(name: &str) -> RunEntry {
    let run = Run::of(recorded());
    let started = run.started.clone().unwrap();
    RunEntry {
        name: name.to_owned(),
        handle: name.to_owned(),
        status: run.status.clone(),
        epoch: 8,
        epochs: 8,
        step: run.step,
        best_validation: run.validation_best().map(|best| best.report.clone()),
        test: run.test_last.as_ref().map(|test| test.report.clone()),
        wall_ms: run.wall_ms,
        volumes_per_s: run.volumes_per_s(),
        device: started.device,
        data: started.data,
        synthetic: true,
        seed: 42,
        parameters: started.parameters,
        begun: "2026-11-23T15:04:05Z".into(),
        experiment: Some(experiment("", "")),
        ..RunEntry::default()
    }
}

pub fn experiment(model: &str, training: &str) -> Arc<Experiment> {
    let text =
        format!(r#"(name: "quickstart", data: (set: Phantom), model: ({model}), training: (epochs: 8, {training}))"#);
    Arc::new(Experiment::parse(&text, "quickstart.ron", &[]).unwrap())
}

/// A report with another accuracy.
pub fn with_accuracy(report: &Report, correct: u64) -> Report {
    let count = report.count as u64;
    let (accuracy_low, accuracy_high) = wilson(correct, count);
    Report { accuracy: correct as f64 / count as f64, accuracy_low, accuracy_high, ..report.clone() }
}

/// The recorded run under another name, with all its events.
pub fn shown(name: &str) -> Shown {
    let mut shown = Shown { name: name.to_owned(), experiment: Some(experiment("", "")), ..Shown::default() };
    for event in recorded() {
        let event = match event {
            TrainEvent::Started(mut started) => {
                name.clone_into(&mut started.run);
                TrainEvent::Started(started)
            }
            event => event,
        };
        shown.apply(event);
    }
    shown
}

/// Seven runs: one that this process trains, others in every state there is.
pub fn folder() -> Vec<RunEntry> {
    let done = entry("quickstart-000");
    let report = done.best_validation.clone().unwrap();
    let test = done.test.clone().unwrap();
    let live = RunEntry {
        name: "quickstart-001".into(),
        status: Status::Training,
        live: true,
        epoch: 3,
        step: 100,
        test: None,
        best_validation: Some(with_accuracy(&report, 59)),
        wall_ms: 11_584,
        begun: "2026-11-23T16:20:00Z".into(),
        ..done.clone()
    };
    let wider = RunEntry {
        name: "wider-model-001".into(),
        best_validation: Some(with_accuracy(&report, 121)),
        test: Some(with_accuracy(&test, 470)),
        status: Status::Finished(Outcome::StoppedEarly),
        parent: Some("quickstart-000".into()),
        seed: 7,
        parameters: 6_584_331,
        wall_ms: 252_000,
        volumes_per_s: Some(96.4),
        begun: "2026-11-22T09:12:44Z".into(),
        experiment: Some(experiment(
            "dim: 256, mlp: 1024",
            "optimizer: AdamW(learning_rate: 3e-4), schedule: Cosine(warmup_steps: 31), early_stopping: (patience: 5)",
        )),
        ..done.clone()
    };
    let organ = RunEntry {
        name: "baseline-organ-seed-1234567890-002".into(),
        data: "organmnist3d".into(),
        synthetic: false,
        device: "gpu:0 NVIDIA GeForce RTX 4090 · wgpu".into(),
        status: Status::Stopped,
        epoch: 23,
        epochs: 60,
        step: 713,
        test: None,
        seed: 1_234_567_890,
        begun: "2026-11-21T23:59:59Z".into(),
        volumes_per_s: Some(4_120.0),
        wall_ms: 3_720_000,
        ..done.clone()
    };
    let failed = RunEntry {
        name: "too-fast-001".into(),
        status: Status::Failed("the loss is not finite after step 17: nan; the gradient norm was 1.2e9".into()),
        epoch: 0,
        step: 17,
        best_validation: None,
        test: None,
        wall_ms: 3_100,
        volumes_per_s: None,
        begun: "2026-11-20T08:00:00Z".into(),
        ..done.clone()
    };
    let died = RunEntry {
        name: "night-run-001".into(),
        status: Status::Training,
        epoch: 5,
        test: None,
        best_validation: Some(with_accuracy(&report, 79)),
        begun: "2026-11-19T22:30:00Z".into(),
        ..done.clone()
    };
    let damaged = RunEntry {
        name: "broken-001".into(),
        unreadable: Some("runs/broken-001/events.jsonl: line 1, offset 0: expected value at line 1 column 1".into()),
        ..RunEntry::default()
    };
    let called = |entry: RunEntry| RunEntry { handle: entry.name.clone(), ..entry };
    vec![done, live, wider, organ, failed, died, damaged].into_iter().map(called).collect()
}
