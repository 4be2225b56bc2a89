//! How the Runs screen is divided.

use crate::app::App;
use crate::app::room::{Room, is_full};

/// Rows of the panes: of the list with its frame and its headings, of what can be started, of the details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes {
    pub list: usize,
    pub experiments: usize,
    pub details: usize,
}

/// The list's frame and headings.
const AROUND_LIST: usize = 3;

/// How the screen is divided.
#[must_use]
pub fn panes(app: &App) -> Panes {
    let rows = Room::of(app).rows;
    if !is_full(app) {
        return Panes { list: rows, experiments: 0, details: 0 };
    }
    // Whoever trains something already needs the room for other things.
    let experiments = match app.runs.experiments.len() {
        0 => 0,
        _ if app.own.is_some() => 0,
        count => count.min(if rows < 30 { 3 } else { 8 }) + 2,
    };
    let details = match rows {
        0..30 => 9,
        _ => 15,
    };
    // At least some runs stay in sight.
    let least = AROUND_LIST + 5;
    let details = if rows >= details + experiments + least && !app.runs.entries.is_empty() { details } else { 0 };
    Panes { list: rows.saturating_sub(details + experiments), experiments, details }
}

/// Runs that the list shows at once.
pub(super) fn list_rows(app: &App) -> usize {
    panes(app).list.saturating_sub(AROUND_LIST).max(1)
}
