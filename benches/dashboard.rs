//! The dashboard's costs: a frame of the Live screen over a long run, and an event on its way through `update`.
#![allow(clippy::unwrap_used, missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use vivit_tui::app::key::Key;
use vivit_tui::app::machine::Sample;
use vivit_tui::app::{App, Begun, Msg, Outline, Run, Shown, update};
use vivit_tui::config::{Embedding, Experiment};
use vivit_tui::event::{EpochFinished, Evaluated, SplitName, Started, StepTimes, Stepped, TrainEvent, Weights};
use vivit_tui::metrics::report;
use vivit_tui::runs::{Journal, read_journal};
use vivit_tui::ui::theme::Depth;
use vivit_tui::ui::{Look, view};

const STEPS: u64 = 100_000;
const STEPS_PER_EPOCH: u64 = 500;
const COLUMNS: u16 = 200;
const ROWS: u16 = 60;

/// Noise that is the same in every run: a hash of the step, between 0 and 1.
#[allow(clippy::cast_precision_loss)]
fn noise(step: u64) -> f64 {
    let mixed = (step ^ (step >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 40) as f64 / (1_u64 << 24) as f64
}

#[allow(clippy::cast_precision_loss)]
fn stepped(step: u64) -> TrainEvent {
    let loss = 2.4 / (1.0 + step as f64 / 8000.0) + noise(step);
    let times = StepTimes { data_us: 40, forward_us: 42_000, backward_us: 63_000, optimizer_us: 6_500 };
    TrainEvent::Stepped(Stepped {
        step,
        epoch: (step - 1) / STEPS_PER_EPOCH + 1,
        volumes: 32,
        loss: Some(loss),
        correct: 8 + step * 20 / (step + 8000) + u64::from(noise(step) > 0.5),
        answers: None,
        learning_rate: 1e-4 * (1.0 + (step as f64 / 31_000.0).cos()),
        gradient_norm: Some(5.0 + 100.0 * noise(step * 3)),
        times,
    })
}

fn end_of_epoch(step: u64) -> [TrainEvent; 2] {
    let epoch = step / STEPS_PER_EPOCH;
    let classes: Vec<String> = ["left", "right"].map(String::from).to_vec();
    let report = report(&[0.9, 0.1, 0.2, 0.8, 0.6, 0.4], &[0, 1, 1], &classes, 1.0 + noise(step)).unwrap();
    let (split, weights) = (SplitName::Validation, Weights::Last);
    let (loss, accuracy, volumes_per_s, wall_ms) = (1.0 + noise(step), 0.6, 290.0, step * 110);
    let evaluated = Evaluated {
        epoch,
        step,
        split,
        weights,
        averaged: false,
        best: epoch == 90,
        evaluation_ms: 150,
        predictions: None,
        report,
    };
    [
        TrainEvent::EpochFinished(EpochFinished { epoch, step, loss, accuracy, volumes_per_s, wall_ms }),
        TrainEvent::Evaluated(Box::new(evaluated)),
    ]
}

fn events() -> impl Iterator<Item = TrainEvent> {
    let started = Started {
        schema: 1,
        run: "bench-001".into(),
        data: "phantom".into(),
        synthetic: true,
        device: "cpu".into(),
        seed: 42,
        parameters: 1_656_971,
        classes: ["left", "right"].map(String::from).to_vec(),
        volumes: [971, 161, 610],
        epochs: STEPS / STEPS_PER_EPOCH,
        steps_per_epoch: STEPS_PER_EPOCH,
    };
    let steps = (1..=STEPS).flat_map(|step| {
        let end = step.is_multiple_of(STEPS_PER_EPOCH).then(|| end_of_epoch(step));
        std::iter::once(stepped(step)).chain(end.into_iter().flatten())
    });
    std::iter::once(TrainEvent::Started(Box::new(started))).chain(steps)
}

fn send(app: &mut App, msg: Msg) {
    black_box(update(app, msg));
}

/// An app in the last step of a run of 100,000.
fn app() -> App {
    let mut app = App::default();
    let experiment = Experiment::parse(r#"(name: "bench", data: (set: Phantom))"#, "bench", &[]).unwrap();
    let part = |parts| Outline {
        parts,
        volume: [28, 28, 28, 1],
        cuts: Embedding::default().cuts([28; 3]).unwrap(),
        classes: 2,
        weights_bytes: 6_627_884,
        training_bytes: 180_000_000,
    };
    let name = "bench-001".to_owned();
    let begun = Begun {
        parent: None,
        handle: name.clone(),
        name,
        experiment: experiment.into(),
        outline: part(Vec::new()).into(),
        run: Run::default(),
    };
    send(&mut app, Msg::Resized { columns: COLUMNS, rows: ROWS });
    send(&mut app, Msg::Begun(Box::new(begun)));
    events().for_each(|event| send(&mut app, Msg::Fact(Box::new(event))));
    for tenths in 0..60 {
        let cpu = f64::from(tenths % 10) / 10.0;
        send(&mut app, Msg::Machine(Sample { cpu, cores: 16, ..Sample::default() }));
    }
    app
}

fn frames(criterion: &mut Criterion) {
    let mut app = app();
    let look = Look::new(Depth::True);
    let mut terminal = Terminal::new(TestBackend::new(COLUMNS, ROWS)).unwrap();
    let mut group = criterion.benchmark_group("Live screen, 200×60, 100,000 points a chart");
    let mut frame = |group: &mut criterion::BenchmarkGroup<'_, _>, name: &str, app: &App| {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                terminal.draw(|frame| view(black_box(app), &look, frame)).unwrap();
            });
        });
    };
    frame(&mut group, "a frame, smoothed", &app);
    for key in ['S', 'y', '+', 'h'] {
        send(&mut app, Msg::Key(Key::char(key)));
    }
    frame(&mut group, "a frame, raw, logarithmic, zoomed, with the cursor", &app);
    for key in ['0', 's'] {
        send(&mut app, Msg::Key(Key::char(key)));
    }
    let run = app.run().unwrap().clone();
    app.runs.overlays =
        ["a", "b", "c"].map(|name| Shown { name: name.into(), run: run.clone(), ..Shown::default() }).into();
    frame(&mut group, "a frame with three runs over it", &app);
    group.finish();
}

fn updates(criterion: &mut Criterion) {
    let mut app = app();
    let mut group = criterion.benchmark_group("update, after 100,000 steps");
    let mut step = STEPS;
    group.bench_function("a step", |bencher| {
        bencher.iter(|| {
            step += 1;
            send(&mut app, Msg::Fact(Box::new(stepped(step))));
        });
    });
    let mut epoch = STEPS / STEPS_PER_EPOCH;
    group.bench_function("the end of an epoch and its validation", |bencher| {
        bencher.iter(|| {
            epoch += 1;
            for event in end_of_epoch(epoch * STEPS_PER_EPOCH) {
                send(&mut app, Msg::Fact(Box::new(event)));
            }
        });
    });
    group.bench_function("a key that moves the cursor", |bencher| {
        bencher.iter(|| send(&mut app, Msg::Key(Key::char('h'))));
    });
    group.bench_function("a key that zooms in, and one that zooms out", |bencher| {
        bencher.iter(|| ['+', '-'].map(|key| send(&mut app, Msg::Key(Key::char(key)))));
    });
    group.finish();
}

/// What opening a run costs before its first picture.
fn journal(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    let mut journal = Journal::open(&path).unwrap();
    for event in events().take(100_000) {
        journal.append(&event).unwrap();
    }
    criterion.bench_function("a journal of 100,000 events, read and folded", |bencher| {
        bencher.iter(|| black_box(Run::of(read_journal(&path).unwrap().events)));
    });
}

criterion_group!(benches, frames, updates, journal);
criterion_main!(benches);
