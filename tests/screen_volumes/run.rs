//! The recorded run with data and predictions: a label for every volume and probabilities that lead to the very
//! confusion matrices of its journal.

use std::sync::Arc;

use vivit_tui::app::editor::Kept;
use vivit_tui::app::volumes::Predictions;
use vivit_tui::app::{Catalogue, Effect, Msg};
use vivit_tui::config::Fork;
use vivit_tui::event::TrainEvent;
use vivit_tui::metrics::Report;

use crate::stage::{self, Stage, ball, recorded};

pub const CLASSES: usize = 11;

/// The recorded validations, each with a file of probabilities.
pub fn evaluated() -> Vec<TrainEvent> {
    let keep = |event| match event {
        TrainEvent::Evaluated(mut evaluated) => {
            evaluated.predictions = Some(format!("predictions/epoch-{:03}.npz", evaluated.epoch));
            TrainEvent::Evaluated(evaluated)
        }
        event => event,
    };
    recorded().into_iter().map(keep).collect()
}

pub fn report(epoch: u64) -> Report {
    let report = evaluated().into_iter().find_map(|event| match event {
        TrainEvent::Evaluated(evaluated) if evaluated.epoch == epoch => Some(evaluated.report),
        _ => None,
    });
    report.unwrap()
}

/// A label for every volume of the validation split, as many of each as the recorded run had.
pub fn labels() -> Vec<u8> {
    let mut left: Vec<u64> = report(1).per_class.iter().map(|class| class.support).collect();
    // Round and round the classes, so that neighbours differ.
    let count = left.iter().sum::<u64>() as usize;
    let mut labels = Vec::new();
    while labels.len() < count {
        for (class, left) in left.iter_mut().enumerate().filter(|(_, left)| **left > 0) {
            *left -= 1;
            labels.push(class as u8);
        }
    }
    labels
}

/// Probabilities that lead to the confusion matrix of an epoch's report.
pub fn probabilities(epoch: u64) -> Vec<f32> {
    let mut cells = report(epoch).confusion;
    let row = |(index, label): (usize, u8)| {
        let cells = &mut cells[usize::from(label)];
        let predicted = cells.iter().position(|count| *count > 0).unwrap();
        cells[predicted] -= 1;
        let mut row: Vec<f32> = (0..CLASSES).map(|class| ((index * 31 + class * 17) % 23) as f32 / 60.0).collect();
        row[predicted] = 0.5 + (index % 40) as f32 / 10.0;
        let sum: f32 = row.iter().sum();
        row.into_iter().map(|value| value / sum).collect::<Vec<f32>>()
    };
    labels().into_iter().enumerate().flat_map(row).collect()
}

/// The checkpoints that the run keeps.
pub const KEPT: [u64; 3] = [93, 186, 217];

/// What the shell does: reads what is asked for until nothing is.
pub fn serve(stage: &mut Stage) {
    while !stage.effects.is_empty() {
        for effect in std::mem::take(&mut stage.effects) {
            match effect {
                Effect::ReadVolume { run, which } => {
                    stage.send(Msg::Volume { run, which, volume: ball() });
                }
                Effect::ReadPredictions { run, split, path } => {
                    let epoch = path.trim_end_matches(".npz").rsplit('-').next().unwrap().parse().unwrap();
                    let probabilities = probabilities(epoch);
                    let predictions = Predictions { split, path, classes: CLASSES, probabilities, labels: labels() };
                    stage.send(Msg::Predictions { run, predictions: Arc::new(predictions) });
                }
                Effect::ListCheckpoints { run } => {
                    let kept =
                        |step: &u64| Kept { step: *step, fork: Fork::default(), learning_rate: None, best: false };
                    let kept = KEPT.iter().rev().map(kept).collect();
                    stage.send(Msg::Checkpoints { run, kept });
                }
                _ => {}
            }
        }
    }
}

/// On the Volumes screen after so many epochs of the recorded run, with its data and nothing asked for yet.
pub fn entered(epochs: u64, columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::begun(columns, rows);
    let catalogue = Catalogue { validation: labels().into(), ..stage::catalogue() };
    stage.send(Msg::Catalogue(Arc::new(catalogue)));
    follow(&mut stage, 0, epochs);
    stage.keys(&["3"]);
    stage
}

/// The same, with everything that it asks for.
pub fn met(epochs: u64, columns: u16, rows: u16) -> Stage {
    let mut stage = entered(epochs, columns, rows);
    serve(&mut stage);
    stage
}

/// The events of some more epochs, up to and with the last one's validation.
pub fn follow(stage: &mut Stage, from: u64, to: u64) {
    let mut epoch = 0;
    for event in evaluated() {
        if epoch == to {
            return;
        }
        let validated = matches!(event, TrainEvent::Evaluated(_));
        if epoch >= from {
            stage.fact(event);
        }
        epoch += u64::from(validated);
    }
}
