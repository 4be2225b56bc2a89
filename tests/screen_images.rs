//! The screens of sets of images: one plane instead of three, colours, and several labels a volume.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a test may panic"
)]

#[path = "common/stage.rs"]
mod stage;

use std::sync::Arc;

use stage::Stage;
use vivit_tui::app::volumes::{Predictions, Volume};
use vivit_tui::app::{Begun, Catalogue, Effect, Msg, Outline};
use vivit_tui::config::Experiment;
use vivit_tui::event::{
    Asked, Command, EpochFinished, Evaluated, Evidence, Explained, Method, OfClass, SplitName, Started, ToExplain,
    TrainEvent, Weights,
};
use vivit_tui::metrics::{Report, Task, report};
use vivit_tui::ui::Look;
use vivit_tui::ui::theme::Depth;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 60), (40, 10)];
const IMAGES: usize = 200;

/// What is looked at.
#[derive(Clone, Copy)]
struct Kind {
    set: &'static str,
    classes: &'static [&'static str],
    task: Task,
    channels: usize,
}

#[rustfmt::skip]
const CHEST: Kind = Kind {
    set: "ChestMnist",
    classes: &[
        "atelectasis", "cardiomegaly", "effusion", "infiltration", "mass", "nodule", "pneumonia", "pneumothorax",
        "consolidation", "edema", "emphysema", "fibrosis", "pleural", "hernia",
    ],
    task: Task::MultiLabel,
    channels: 1,
};
const RETINA: Kind = Kind { set: "RetinaMnist", classes: &["0", "1", "2", "3", "4"], task: Task::Ordinal, channels: 3 };

impl Kind {
    fn classes(self) -> Vec<String> {
        self.classes.iter().map(ToString::to_string).collect()
    }

    /// How likely something is at a place: a number from 0 to 1 that looks like chance.
    fn chance(of: usize) -> f32 {
        let mixed = (of as u32).wrapping_mul(2_654_435_761);
        ((mixed ^ mixed >> 15).wrapping_mul(2_246_822_519) >> 8) as f32 / (1 << 24) as f32
    }

    fn labels(self) -> Vec<u8> {
        let k = self.classes.len();
        if self.task == Task::MultiLabel {
            // The first labels are frequent, the last one is rare.
            let has = |place: usize| Self::chance(place * 7 + 1) < 0.3 / (1.0 + (place % k) as f32 / 3.0);
            return (0..IMAGES * k).map(|place| u8::from(has(place))).collect();
        }
        (0..IMAGES).map(|image| (image * 7 % k) as u8).collect()
    }

    /// The better, the later the epoch.
    fn probabilities(self, epoch: u64) -> Vec<f32> {
        let k = self.classes.len();
        let labels = self.labels();
        let skill = 0.2 + 0.12 * epoch as f32;
        if self.task == Task::MultiLabel {
            let of = |(place, label): (usize, &u8)| {
                // The last label is no riddle.
                let skill = if place % k == k - 1 { 0.95 } else { skill };
                let noise = Self::chance(place * 13 + epoch as usize);
                (noise * (1.0 - skill) + f32::from(*label) * skill).clamp(0.001, 0.999)
            };
            return labels.iter().enumerate().map(of).collect();
        }
        let row = |(image, label): (usize, &u8)| {
            let scores: Vec<f32> = (0..k)
                .map(|class| {
                    let off = class.abs_diff(usize::from(*label)) as f32;
                    Self::chance((image * k + class) * 13 + epoch as usize) * (1.0 - skill) + skill / (1.0 + off)
                })
                .collect();
            let sum: f32 = scores.iter().sum();
            scores.into_iter().map(move |score| score / sum).collect::<Vec<_>>()
        };
        labels.iter().enumerate().flat_map(row).collect()
    }

    fn report(self, epoch: u64) -> Report {
        let loss = 0.6 - 0.1 * epoch as f64;
        report(&self.probabilities(epoch), &self.labels(), &self.classes(), loss).unwrap().of_task(self.task)
    }

    fn evaluated(self, epoch: u64) -> TrainEvent {
        TrainEvent::Evaluated(Box::new(Evaluated {
            epoch,
            step: epoch * 10,
            split: SplitName::Validation,
            weights: Weights::Last,
            averaged: false,
            best: true,
            evaluation_ms: 3,
            predictions: Some(format!("predictions/epoch-{epoch:03}.npz")),
            report: self.report(epoch),
        }))
    }

    /// A disc on a ramp, each channel with a brightness of its own.
    fn image(self) -> Arc<Volume> {
        let voxels = (0..28 * 28).flat_map(|place: usize| {
            let (row, column) = (place / 28, place % 28);
            let inside = (row as f64 - 11.0).hypot(column as f64 - 16.0) < 8.0;
            (0..self.channels).map(move |channel| {
                let light = if inside { [230, 120, 60][channel] } else { 20 + row * 2 + column };
                light as u8
            })
        });
        Arc::new(Volume { shape: [1, 28, 28, self.channels], voxels: voxels.collect() })
    }

    fn catalogue(self) -> Catalogue {
        Catalogue {
            name: self.set.to_lowercase(),
            synthetic: false,
            classes: self.classes(),
            task: self.task,
            shape: [1, 28, 28, self.channels],
            train: self.labels().into(),
            validation: self.labels().into(),
            test: self.labels().into(),
        }
    }

    fn begun(self) -> Begun {
        let set = self.set;
        let text = format!(
            "(name: \"images\", data: (set: {set}), model: (embedding: Tubelet(size: (1, 4, 4))), training: (epochs: 3))"
        );
        let experiment = Experiment::parse(&text, "images.ron", &[]).unwrap();
        let cuts = experiment.model.embedding.cuts([1, 28, 28]).unwrap();
        let volume = [1, 28, 28, self.channels];
        let outline = Outline { volume, cuts, classes: self.classes.len(), ..stage::outline() };
        let name = "images-001".to_owned();
        Begun {
            name: name.clone(),
            handle: name,
            experiment: experiment.into(),
            outline: outline.into(),
            ..stage::begun()
        }
    }

    /// On a screen, after two validations, with everything that was asked for.
    fn on(self, screen: &str, columns: u16, rows: u16) -> Stage {
        let mut stage = Stage::empty(columns, rows);
        stage.send(Msg::Begun(Box::new(self.begun())));
        stage.send(Msg::Catalogue(Arc::new(self.catalogue())));
        let count = IMAGES as u64;
        stage.fact(TrainEvent::Started(Box::new(Started {
            schema: 1,
            run: "images-001".into(),
            data: self.set.to_lowercase(),
            synthetic: false,
            device: "cpu".into(),
            seed: 42,
            parameters: 1_000_000,
            classes: self.classes(),
            volumes: [count; 3],
            epochs: 3,
            steps_per_epoch: 10,
        })));
        for epoch in [1, 2] {
            let (step, loss, accuracy, volumes_per_s, wall_ms) = (epoch * 10, 0.5, 0.8, 400.0, epoch * 1000);
            let finished = EpochFinished { epoch, step, loss, accuracy, volumes_per_s, wall_ms };
            stage.fact(TrainEvent::EpochFinished(finished));
            stage.fact(self.evaluated(epoch));
        }
        stage.keys(&[screen]);
        self.serve(&mut stage);
        stage
    }

    /// What the shell does: reads what is asked for until nothing is.
    fn serve(self, stage: &mut Stage) {
        while !stage.effects.is_empty() {
            for effect in std::mem::take(&mut stage.effects) {
                match effect {
                    Effect::ReadVolume { run, which } => {
                        stage.send(Msg::Volume { run, which, volume: self.image() });
                    }
                    Effect::ReadPredictions { run, split, path } => {
                        let epoch = path.trim_end_matches(".npz").rsplit('-').next().unwrap().parse().unwrap();
                        let (classes, probabilities) = (self.classes.len(), self.probabilities(epoch));
                        let predictions = Predictions { split, path, classes, probabilities, labels: self.labels() };
                        stage.send(Msg::Predictions { run, predictions: Arc::new(predictions) });
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn each_label_has_a_row_with_what_came_of_its_question() {
    for (columns, rows) in SIZES {
        let mut stage = CHEST.on("2", columns, rows);
        stage.keys(&["down", "down", "right"]);
        insta::assert_snapshot!(format!("labels_{columns}x{rows}"), stage.picture());
    }
}

#[test]
fn the_labels_read_without_colours_and_as_shares() {
    let mut stage = CHEST.on("2", 120, 40);
    stage.keys(&["p"]);
    stage.look = Look::new(Depth::Mono);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn what_has_changed_of_a_label_since_the_marked_epoch_is_shown() {
    let mut stage = CHEST.on("2", 120, 40);
    stage.keys(&["A", "M", "Z", "V"]);
    CHEST.serve(&mut stage);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn an_image_with_findings_is_one_plane_with_a_bar_for_each() {
    for (columns, rows) in SIZES {
        let stage = CHEST.on("3", columns, rows);
        insta::assert_snapshot!(format!("findings_{columns}x{rows}"), stage.picture());
    }
}

#[test]
fn an_image_of_three_channels_is_shown_in_its_colours() {
    let stage = RETINA.on("3", 120, 40);
    let colours: Vec<_> = stage.draw().content.iter().filter(|cell| cell.symbol() == "▀").map(|cell| cell.fg).collect();
    assert!(colours.contains(&ratatui::style::Color::Rgb(230, 120, 60)), "{colours:?}");
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn degrees_say_how_far_off_the_answers_are() {
    let stage = RETINA.on("2", 120, 40);
    let text = stage.text();
    let degrees = RETINA.report(2).ordinal.unwrap();
    assert!(text.contains(&format!("off by {:.2}", degrees.mean_absolute_error)), "{text}");
    assert!(text.contains(&format!("κ² {:.3}", degrees.quadratic_kappa.unwrap())), "{text}");
}

#[test]
fn the_volumes_of_a_label_that_was_missed_are_those_of_its_cell() {
    let mut stage = CHEST.on("2", 120, 40);
    let missed = CHEST.report(2).labels[0].missed;
    assert!(missed > 0);
    stage.keys(&["right", "enter"]);
    CHEST.serve(&mut stage);
    let text = stage.text();
    assert!(text.contains("atelectasis missed") && text.contains(&format!("1 of {missed}")), "{text}");
    stage.keys(&["n", "n"]);
    CHEST.serve(&mut stage);
    assert!(stage.text().contains(&format!("3 of {missed}")), "{}", stage.text());
}

#[test]
fn evidence_for_the_label_of_an_image_that_has_none_says_so() {
    let first =
        |has: bool| CHEST.labels().chunks(CHEST.classes.len()).position(|labels| labels.contains(&1) == has).unwrap();
    for (has, words) in [(true, "p(atelectasis) 31.0 % (label)"), (false, "p(atelectasis) 31.0 % (no label)")] {
        let index = first(has);
        let mut stage = CHEST.on("3", 200, 60);
        (0..index).for_each(|_| stage.keys(&["n"]));
        stage.keys(&["L"]);
        assert!(stage.text().contains("or where it has none the likeliest"), "{}", stage.text());
        CHEST.serve(&mut stage);
        stage.keys(&["E"]);
        let split = SplitName::Validation;
        let question = ToExplain { split, index, method: Method::Occlusion, class: OfClass::Label };
        assert_eq!(stage.effects, [Effect::Command(Command::Explain(question))]);
        let probabilities = [&[0.31][..], &[0.02; 13]].concat();
        let found = Ok(Evidence { class: 0, taken: 0, probabilities, values: vec![0.1; 49] });
        let explained = Explained { question, asked: Asked::Live, step: 20, epoch: 2, averaged: false, found };
        stage.fact(TrainEvent::Explained(Box::new(explained)));
        assert!(stage.text().contains(words), "{}", stage.text());
    }
}

#[test]
fn the_worst_answers_are_walked_through_and_an_empty_cell_says_so() {
    let mut stage = CHEST.on("2", 120, 40);
    let report = CHEST.report(2);
    let worst = report.labels.iter().map(|counts| counts.missed.max(counts.false_alarms)).max().unwrap();
    stage.keys(&["n"]);
    let text = stage.text();
    assert!(text.contains(&format!("▸{worst:>4} ")), "{text}");
    let none = report.labels.iter().position(|counts| counts.missed == 0).unwrap();
    stage.keys(&["g", "home", "right"]);
    (0..none).for_each(|_| stage.keys(&["down"]));
    stage.keys(&["enter"]);
    assert!(stage.text().contains("missed: the cell is empty"), "{}", stage.text());
}

#[test]
fn the_keys_of_an_image_do_no_harm_and_no_size_breaks_it() {
    for kind in [CHEST, RETINA] {
        for (columns, rows) in stage::SIZES {
            for screen in ["1", "2", "3", "4", "5"] {
                let mut stage = kind.on(screen, columns, rows);
                for keys in ["f", "F", "pgup", "pgdn", "p", "enter", "+", "t", "t", "d", "a", "o", "n", "J", "G", "end"]
                {
                    stage.keys(&[keys]);
                    kind.serve(&mut stage);
                    stage.draw();
                }
            }
        }
    }
}

#[test]
fn an_image_has_no_depth_to_go_through() {
    let mut stage = RETINA.on("3", 120, 40);
    let before = stage.text();
    stage.keys(&["f", "pgdn", "]", "F"]);
    RETINA.serve(&mut stage);
    assert_eq!(stage.text(), before);
    assert!(!before.contains("d 0") && before.contains("h ") && before.contains("image"), "{before}");
}
