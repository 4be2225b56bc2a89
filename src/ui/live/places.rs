//! Where the panes of the Live screen stand: the same for drawing and for the mouse.

use ratatui::layout::Rect;

use super::metric::Metric;
use super::{alarm, progress, report};
use crate::app::{App, Shown};
use crate::ui::layout::FULL_COLUMNS;

/// Rows of the screen's body from which more than the charts is shown.
const COMPACT_ROWS: u16 = 20;
/// From here on the three panes below the charts are drawn in full.
const FULL: (u16, u16) = (108, 30);
/// From here on the small curves become charts, and the epochs have a table.
const ROOMY: (u16, u16) = (108, 50);
/// In a body narrower than this but tall, the charts stand above one another.
const SIDE_BY_SIDE: u16 = 100;
const TALL_CHART: u16 = 13;

/// Rows of the panes below the charts, and columns of the table of epochs.
const PANES: u16 = 8;
const EPOCHS: u16 = 76;
/// Rows that a chart needs beside something more pressing.
const LEAST_CHART: u16 = 6;

/// What stands below the charts, and the rows that it needs.
#[derive(Clone, Copy)]
enum Closing {
    Progress(u16),
    Report(u16),
}

/// The panes. One that has no room, or nothing to show, is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub alarm: Rect,
    pub loss: Rect,
    /// The accuracy, or in its place the AUC.
    pub share: Rect,
    pub auc_first: bool,
    pub rate: Rect,
    pub norm: Rect,
    pub progress: Rect,
    pub report: Rect,
    pub time: Rect,
    pub small: Rect,
    pub machine: Rect,
    pub epochs: Rect,
}

impl Places {
    /// The charts among the panes.
    pub fn charts(&self) -> [(Metric, Rect); 4] {
        [
            (Metric::Loss, self.loss),
            (if self.auc_first { Metric::Auc } else { Metric::Accuracy }, self.share),
            (Metric::Rate, self.rate),
            (Metric::Norm, self.norm),
        ]
    }

    pub fn of(app: &App, shown: &Shown, area: Rect) -> Self {
        let mut places = Self { auc_first: shown.run.leads_with_auc(), ..Self::default() };
        // Trouble comes first, but leaves room for a chart.
        let trouble = alarm::height(app, shown, area.width);
        let trouble = if trouble == 0 || area.height >= trouble + LEAST_CHART { trouble } else { area.height };
        let (alarm, rest) = upper(area, trouble);
        places.alarm = alarm;
        let ended = report::is_due(app, shown);
        // How far the run is, or its end.
        let run = if ended { report::height(&shown.run) } else { progress::height(&shown.run, area.width) };
        let run = if ended { Closing::Report(run) } else { Closing::Progress(run) };
        if area.width < FULL_COLUMNS || area.height < COMPACT_ROWS {
            places.single(run, rest);
        } else if area.width >= ROOMY.0 && area.height >= ROOMY.1 {
            places.roomy(run, rest);
        } else if area.width >= FULL.0 && area.height >= FULL.1 {
            places.full(run, rest);
        } else {
            places.compact(run, rest);
        }
        places
    }

    /// One chart; two, and how far the run is, where the terminal is narrow but tall.
    fn single(&mut self, run: Closing, area: Rect) {
        if area.height < COMPACT_ROWS {
            self.loss = area;
            return;
        }
        let charts = self.close(run, area);
        (self.loss, self.share) = upper(charts, charts.height.div_ceil(2));
    }

    /// The essentials in 80×24.
    fn compact(&mut self, run: Closing, area: Rect) {
        let mut charts = area;
        if matches!(run, Closing::Progress(_)) {
            let (above, below) = lower(area, 5);
            charts = above;
            (self.time, self.small) = left(below, below.width / 2);
        }
        let charts = self.close(run, charts);
        self.main_charts(charts);
    }

    /// The design's 120×40.
    fn full(&mut self, run: Closing, area: Rect) {
        let (charts, below) = lower(area, PANES);
        self.three(below);
        let charts = self.close(run, charts);
        self.main_charts(charts);
    }

    /// As `full`, with charts for the rate and the norm, and where it is wide a table of the epochs.
    fn roomy(&mut self, run: Closing, area: Rect) {
        let (charts, below) = lower(area, PANES);
        let charts = self.close(run, charts);
        let (charts, between) = upper(charts, charts.height * 3 / 5);
        self.main_charts(charts);
        if let Some(rates) = area.width.checked_sub(EPOCHS).filter(|rates| *rates >= SIDE_BY_SIDE) {
            let (rates, epochs) = left(between, rates);
            self.epochs = epochs;
            (self.rate, self.norm) = left(rates, rates.width / 2);
        } else {
            (self.rate, self.norm) = left(between, between.width / 2);
        }
        (self.time, self.machine) = left(below, below.width / 2);
    }

    /// Time, rate and norm, and the machine.
    fn three(&mut self, area: Rect) {
        let third = area.width / 3;
        let (time, rest) = left(area, area.width - 2 * third);
        self.time = time;
        (self.small, self.machine) = left(rest, third);
    }

    /// Puts how far the run is, or its end, at the lower edge; the result is what is left.
    fn close(&mut self, run: Closing, area: Rect) -> Rect {
        let (Closing::Report(rows) | Closing::Progress(rows)) = run;
        let (rest, below) = lower(area, rows);
        match run {
            Closing::Report(_) => self.report = below,
            Closing::Progress(_) => self.progress = below,
        }
        rest
    }

    fn main_charts(&mut self, area: Rect) {
        let stacked = area.width < SIDE_BY_SIDE && area.height >= 2 * TALL_CHART;
        (self.loss, self.share) =
            if stacked { upper(area, area.height.div_ceil(2)) } else { left(area, area.width / 2) };
    }
}

/// So many rows of an area, and those below.
fn upper(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}

/// The rows above the last so many of an area, and those.
fn lower(area: Rect, rows: u16) -> (Rect, Rect) {
    upper(area, area.height.saturating_sub(rows))
}

/// So many columns of an area, and those on the right.
fn left(area: Rect, columns: u16) -> (Rect, Rect) {
    let columns = columns.min(area.width);
    (Rect { width: columns, ..area }, Rect { x: area.x + columns, width: area.width - columns, ..area })
}
