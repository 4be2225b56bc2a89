//! The volumes that two runs take for different classes: the list, its cursor, and the way to the Volumes screen.

use super::side::{Of, Side};
use super::{Row, extent};
use crate::app::msg::Effect;
use crate::app::room::Room;
use crate::app::runs::opening::open_listed;
use crate::app::words::{answer_words, turn_words};
use crate::app::{App, volumes};
use crate::event::SplitName;
use crate::metrics::Turn;

/// Volumes that are looked at as soon as the run is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    run: String,
    split: SplitName,
    /// The volumes that changed, in the split's order.
    changed: Vec<usize>,
    /// The one that is shown first.
    index: usize,
}

/// The rows of the list.
pub fn rows(app: &App) -> Vec<Row> {
    let Some(comparison) = &app.runs.comparison else { return Vec::new() };
    let Some(both) = comparison.answers.listed() else { return Vec::new() };
    let side = Side::of(app, &comparison.right);
    let classes = side.shown.and_then(|shown| shown.run.started.as_ref()).map(|started| started.classes.as_slice());
    let name = |answer: usize| answer_words(classes.unwrap_or_default(), answer, both.are_sets);
    let mut rows = vec![Row::Heading(match both.of {
        Of::TestLast | Of::TestBest => "volumes that are answered otherwise: test, last weights",
        _ => "volumes that are answered otherwise: validation, last weights",
    })];
    if both.changes.is_empty() {
        rows.push(Row::Note("none".into()));
    }
    rows.extend(both.changes.iter().enumerate().map(|(place, change)| Row::Volume {
        index: change.index,
        left: name(change.first),
        right: name(change.second),
        turn: match change.turn() {
            Turn::OtherwiseWrong => format!("wrong, it is {}", name(change.label)),
            turn => turn_words(turn).to_owned(),
        },
        chosen: comparison.chosen == Some(place),
    }));
    rows.push(Row::Gap);
    rows
}

/// Puts the cursor on the next volume of the list, or on the one before, and brings it into sight.
pub fn choose(app: &mut App, by: isize) {
    let listed = app.runs.comparison.as_ref().and_then(|comparison| comparison.answers.listed());
    let count = listed.map_or(0, |both| both.changes.len());
    let Some(comparison) = app.runs.comparison.as_mut().filter(|_| count > 0) else {
        app.complain("no volume is known to be answered otherwise by the two runs");
        return;
    };
    let place = match comparison.chosen {
        Some(place) => place.wrapping_add_signed(by).wrapping_add(count) % count,
        None if by < 0 => count - 1,
        None => 0,
    };
    comparison.chosen = Some(place);
    let columns = extent(app);
    let row =
        columns.first().and_then(|rows| rows.iter().position(|row| matches!(row, Row::Volume { chosen: true, .. })));
    // The names stay at the top.
    let height = Room::of(app).framed().rows.saturating_sub(1).max(1);
    if let Some((comparison, row)) = app.runs.comparison.as_mut().zip(row) {
        comparison.scroll = comparison.scroll.clamp((row + 1).saturating_sub(height), row);
    }
}

/// Shows the volume under the cursor, or the first, as the right run answers it; the others are the walk.
pub fn look(app: &mut App) -> Vec<Effect> {
    let Some(comparison) = &app.runs.comparison else { return Vec::new() };
    let listed = comparison.answers.listed();
    let Some((both, change)) = listed.and_then(|both| Some((both, both.changes.get(comparison.chosen.unwrap_or(0))?)))
    else {
        app.complain("no volume is known to be answered otherwise by the two runs");
        return Vec::new();
    };
    let changed = both.changes.iter().map(|change| change.index).collect();
    let look = Look { run: comparison.right.clone(), split: both.of.split(), changed, index: change.index };
    let run = look.run.clone();
    let is_here = |app: &App| app.shown().is_some_and(|shown| shown.name == run);
    let mut effects = if is_here(app) { Vec::new() } else { open_listed(app, &run) };
    app.runs.look = Some(look);
    if is_here(app) {
        effects.extend(looked(app));
    }
    effects
}

/// A run is shown: if volumes waited for it, it shows them. What waited for another waits no more.
pub fn looked(app: &mut App) -> Vec<Effect> {
    let Some(Look { run, split, changed, index }) = app.runs.look.take() else { return Vec::new() };
    if app.shown().is_some_and(|shown| shown.name == run) {
        return volumes::show_changed(app, split, changed, index);
    }
    Vec::new()
}
