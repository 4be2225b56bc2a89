//! What is known of an epoch: its report, and the file of its probabilities, which is read ahead of the slider.

use std::sync::Arc;

use super::{is_on, looked_at, marked, stops};
use crate::app::msg::Effect;
use crate::app::volumes::{self, Predictions, Source};
use crate::app::{App, EpochRow, Screen};
use crate::event::{Evaluated, SplitName, Weights};
use crate::metrics::{Task, report};

/// So many epochs on either side of the one that is looked at are read before they are asked for.
const AHEAD: usize = 3;

/// The validation of an epoch: as the run's fold has it, or worked out again from its probabilities.
#[must_use]
pub fn evaluated<'a>(app: &'a App, row: &EpochRow) -> Option<&'a Evaluated> {
    let whole = app.run().and_then(|run| run.validation_at(row.step));
    whole.or_else(|| app.volumes.held.files.evaluated(&source(row)?))
}

/// The file of an epoch's probabilities, if it has kept them.
#[must_use]
pub fn source(row: &EpochRow) -> Option<Source> {
    let path = row.validation.as_ref()?.predictions.clone()?;
    let (epoch, step) = (row.epoch, row.step);
    Some(Source { split: SplitName::Validation, path, epoch, step, weights: Weights::Last })
}

/// Asks for the files of what is looked at, and around it.
pub(super) fn lacking(app: &mut App) -> Vec<Effect> {
    if !is_on(app.screen) || app.shown().is_none() {
        return Vec::new();
    }
    let (pressing, ahead) = (pressing(app), ahead(app));
    if pressing.is_empty() && ahead.is_empty() {
        return Vec::new();
    }
    volumes::follow_run(app);
    let mut effects = Vec::new();
    for source in &pressing {
        effects.extend(app.volumes.held.ask_for(source));
    }
    // Those beside it come when they do not push out what is on the screen.
    if app.volumes.held.files.has_room_for(2 * AHEAD + 2) {
        for source in &ahead {
            effects.extend(app.volumes.held.ask_for(source));
        }
        for source in &pressing {
            app.volumes.held.files.touch(source);
        }
    }
    effects
}

/// The files that the screens show: of the epoch that is looked at, and of the marked one.
fn pressing(app: &App) -> Vec<Source> {
    looked_at(app).into_iter().chain(marked(app)).filter_map(source).collect()
}

/// The files of the epochs beside it, the nearest first. While the newest is followed only the Volumes screen wants
/// to know what came before.
fn ahead(app: &App) -> Vec<Source> {
    let rows: Vec<&EpochRow> = stops(app).collect();
    let place = match looked_at(app) {
        Some(row) => rows.iter().position(|other| other.epoch == row.epoch),
        None => (app.screen == Screen::Volumes).then_some(rows.len()),
    };
    let Some(place) = place else { return Vec::new() };
    let beside = (1..=AHEAD).flat_map(|by| [place.checked_add(by), place.checked_sub(by)]);
    beside.flatten().filter_map(|place| rows.get(place).copied()).filter_map(source).collect()
}

/// Predictions are here: those of an epoch that the fold does not keep whole any more are made into its report.
pub fn predicted(app: &mut App, predictions: &Arc<Predictions>) {
    if predictions.split != SplitName::Validation {
        return;
    }
    let path = Some(predictions.path.as_str());
    let of_file = |row: &&EpochRow| row.validation.as_ref().is_some_and(|of| of.predictions.as_deref() == path);
    let Some((row, run)) = stops(app).rfind(of_file).zip(app.run()) else { return };
    if run.validation_at(row.step).is_some() {
        return;
    }
    let (Some(source), Some(validation), Some(started)) = (source(row), &row.validation, &run.started) else { return };
    // A file of other classes says nothing about this run.
    let Ok(report) = report(&predictions.probabilities, &predictions.labels, &started.classes, validation.loss) else {
        return;
    };
    let task = volumes::catalogue(app).map_or_else(Task::default, |catalogue| catalogue.task);
    let evaluated = Evaluated {
        epoch: row.epoch,
        step: row.step,
        split: SplitName::Validation,
        weights: Weights::Last,
        averaged: false,
        best: validation.best,
        evaluation_ms: 0,
        predictions: Some(predictions.path.clone()),
        report: report.of_task(task),
    };
    app.volumes.held.files.explain(&source, evaluated);
}
