//! The epochs that can be looked at, and which of them are: those that have ended and were validated.

use super::Showing;
use crate::app::{App, EpochRow, Run, Status};

/// The epochs that can be looked at, from the first.
pub fn stops(app: &App) -> impl DoubleEndedIterator<Item = &EpochRow> {
    let rows = app.run().map(|run| run.epochs.as_slice()).unwrap_or_default();
    rows.iter().filter(|row| row.validation.is_some())
}

/// The epoch that the user has chosen to look at; `None` while the newest is followed.
#[must_use]
pub fn looked_at(app: &App) -> Option<&EpochRow> {
    of(app, app.scrub.at)
}

/// The epoch that is marked.
#[must_use]
pub fn marked(app: &App) -> Option<&EpochRow> {
    of(app, app.scrub.marked)
}

/// The marked epoch, where what has changed since it is to be seen.
#[must_use]
pub fn versus(app: &App) -> Option<&EpochRow> {
    marked(app).filter(|_| app.scrub.showing == Showing::Change)
}

/// The epoch with the best validation.
#[must_use]
pub fn best(app: &App) -> Option<&EpochRow> {
    stops(app).rfind(|row| row.validation.as_ref().is_some_and(|of| of.best))
}

/// The epoch that is looked at, chosen or the newest.
#[must_use]
pub fn in_sight(app: &App) -> Option<&EpochRow> {
    looked_at(app).or_else(|| stops(app).next_back())
}

/// An epoch of the run that is shown, as long as there is one: a resume may have taken it back.
fn of(app: &App, epoch: Option<u64>) -> Option<&EpochRow> {
    let shown = app.shown().filter(|shown| shown.name == app.scrub.run)?;
    let rows = &shown.run.epochs;
    let place = rows.binary_search_by_key(&epoch?, |row| row.epoch).ok()?;
    rows.get(place).filter(|row| row.validation.is_some())
}

/// The epochs that the slider runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Track {
    pub first: u64,
    /// The last that can be looked at, and the last that there will be.
    pub reached: u64,
    pub last: u64,
}

/// What the slider runs over; `None` before the first epoch has been validated.
#[must_use]
pub fn track(app: &App) -> Option<Track> {
    let (first, reached) = (stops(app).next()?.epoch, stops(app).next_back()?.epoch);
    let run = app.run()?;
    let over = matches!(run.status, Status::Finished(_));
    // While more is to come the slider keeps its measure.
    let planned = run.started.as_ref().filter(|_| !over).map_or(0, |started| started.epochs);
    Some(Track { first, reached, last: planned.max(reached) })
}

/// The epoch that a step belongs to.
pub(super) fn epoch_of(run: &Run, step: u64) -> u64 {
    // Of a branch the epochs before its first are its parent's.
    if let Some(started) = run.started.as_ref().filter(|started| started.steps_per_epoch > 0) {
        return step.div_ceil(started.steps_per_epoch).max(1);
    }
    let within = run.epochs.get(run.epochs.partition_point(|row| row.step < step));
    within.map_or_else(|| run.epochs.last().map_or(1, |row| row.epoch + 1), |row| row.epoch)
}
