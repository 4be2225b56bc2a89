//! The end of a run: how it ended, and its figures with the last weights and the best, as a table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Scene;
use super::alarm::{Alarm, resume};
use super::facts::checkpoint;
use crate::app::words::{duration, grouped, interval_column, outcome_words, percent};
use crate::app::{App, Run, Shown, Status};
use crate::event::{Evaluated, Outcome, SplitName};
use crate::ui::header::status;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// The table's lines, as far as the run came.
fn rows(run: &Run) -> impl Iterator<Item = (&'static str, &Evaluated)> {
    [
        ("validation, last", run.validation_last()),
        ("validation, best", run.validation_best()),
        ("test, last", run.test_last.as_ref()),
        ("test, best", run.test_best.as_ref()),
    ]
    .into_iter()
    .filter_map(|(name, evaluated)| Some((name, evaluated?)))
}

/// Whether the run has ended, however.
pub fn is_due(app: &App, shown: &Shown) -> bool {
    matches!(shown.run.status, Status::Finished(_) | Status::Stopped)
        || matches!(Alarm::of(app, shown), Some(Alarm::Ended(_)))
}

/// Rows that the pane needs.
pub fn height(run: &Run) -> u16 {
    let table = rows(run).count();
    let table = if table == 0 { 0 } else { table + 1 };
    // A failure says itself where the run can go on from.
    let last = usize::from(matches!(run.status, Status::Finished(_) | Status::Stopped));
    u16::try_from(table + last).unwrap_or(0) + 3
}

pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let run = &scene.shown.run;
    let inner = panel("report", scene.remark(&[], 0), scene.paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut lines = (inner.y..inner.bottom()).map(|y| Rect { y, height: 1, ..inner });
    if let Some(line) = lines.next() {
        put(outcome(scene, usize::from(line.width)), line, buffer);
    }
    let scale = Scale::of(run);
    let mut rows = rows(run).peekable();
    if rows.peek().is_some()
        && let Some(line) = lines.next()
    {
        put(scene.muted(head(inner.width, run.leads_with_auc())), line, buffer);
        scale.draw_ends(scene, line, buffer);
    }
    for ((name, evaluated), line) in rows.zip(lines.by_ref()) {
        put(figures(scene, name, evaluated, inner.width), line, buffer);
        scale.draw(scene, evaluated, line, buffer);
    }
    if let Some(line) = lines.next() {
        let last = if run.status == Status::Stopped {
            Some(resume(scene))
        } else {
            checkpoint(run).map(|fact| fact.line(scene))
        };
        put(last.unwrap_or_default(), line, buffer);
    }
}

/// How the run ended, in a line.
fn outcome(scene: &Scene, width: usize) -> Line<'static> {
    let run = &scene.shown.run;
    let word = match run.status {
        Status::Finished(outcome) => outcome_words(outcome),
        Status::Stopped => outcome_words(Outcome::Interrupted),
        Status::Failed(_) => outcome_words(Outcome::Failed),
        // Whoever trained it is gone.
        Status::Waiting | Status::Training | Status::Paused(_) => "died",
    };
    let (sign, _, role) = status(&run.status, scene.shown.live);
    let mut line = Line::from(Span::styled(format!("{sign} {word}"), scene.strong(role)));
    let epochs = run.epochs.last().map_or(0, |row| row.epoch);
    let of = run.started.as_ref().map_or(0, |started| started.epochs);
    let (steps, time) = (grouped(run.step), duration(run.elapsed_ms()));
    let mut more = vec![format!(" after {epochs} of {of} epochs, {steps} steps in {time}")];
    more.extend(run.volumes_per_s().map(|speed| format!(" ({speed:.0} volumes/s)")));
    more.extend(run.validation_best().map(|best| format!(" · best after epoch {}", best.epoch)));
    for words in more {
        // What has no room stands in the table too, or in the head of the screen.
        if line.width() + words.chars().count() <= width {
            line.push_span(scene.muted(words));
        }
    }
    line
}

/// From this width on the table has all columns.
const ALL_COLUMNS: u16 = 92;

fn head(width: u16, auc_first: bool) -> String {
    let (accuracy, auc) = (format!("{:>10}  {:>15}", "accuracy", "95 % interval"), format!("{:>8}", "AUC"));
    let figures = if auc_first { auc + &accuracy } else { accuracy + &auc };
    let short = format!("{:<17}{:>8}{figures}{:>10}", "", "loss", "balanced");
    if width < ALL_COLUMNS { short } else { format!("{short}{:>10}{:>9}", "top-5", "volumes") }
}

fn figures(scene: &Scene, name: &'static str, evaluated: &Evaluated, width: u16) -> Line<'static> {
    let report = &evaluated.report;
    let role = if evaluated.split == SplitName::Test { Role::Text } else { Role::Validation };
    let auc = report.auc.map_or("–".into(), |auc| format!("{auc:.3}"));
    let interval = interval_column(report.accuracy_low, report.accuracy_high);
    let auc_first = scene.shown.run.leads_with_auc();
    let [first, second] = if auc_first { [1, 0] } else { [0, 1] };
    let strength = |place| if place == 0 { scene.strong(role) } else { scene.paint.text(role) };
    let mut figures = [
        vec![
            Span::styled(format!("{:>10}", percent(Some(report.accuracy))), strength(first)),
            scene.muted(format!("  {interval:>15}")),
        ],
        vec![Span::styled(format!("{auc:>8}"), strength(second))],
    ];
    if auc_first {
        figures.reverse();
    }
    let mut line = Line::from(vec![
        scene.muted(format!("{name:<17}")),
        Span::styled(format!("{:>8.4}", report.loss), scene.paint.text(role)),
    ]);
    line.extend(figures.into_iter().flatten());
    line.push_span(Span::styled(format!("{:>10}", percent(report.balanced_accuracy)), scene.paint.text(role)));
    if width >= ALL_COLUMNS {
        line.push_span(scene.muted(format!("{:>10}{:>9}", percent(report.top5), report.count)));
    }
    line
}

/// The axis of the intervals that are drawn beside the table, in whole percent.
struct Scale {
    low: f64,
    high: f64,
}

/// Columns before the intervals, and those that they need.
const BEFORE: u16 = ALL_COLUMNS + 3;
const LEAST: u16 = 16;

impl Scale {
    /// From the lowest end to the highest, in steps of ten percent.
    fn of(run: &Run) -> Self {
        let ends = || rows(run).map(|(_, evaluated)| &evaluated.report);
        let low = ends().map(|report| report.accuracy_low).fold(1.0, f64::min);
        let high = ends().map(|report| report.accuracy_high).fold(0.0, f64::max);
        Self { low: (low * 10.0).floor() / 10.0, high: (high * 10.0).ceil() / 10.0 }
    }

    fn place(line: Rect) -> Option<Rect> {
        let width = line.width.checked_sub(BEFORE).filter(|width| *width >= LEAST)?;
        Some(Rect { x: line.x + BEFORE, width: width.min(40), ..line })
    }

    fn draw_ends(&self, scene: &Scene, line: Rect, buffer: &mut Buffer) {
        let Some(place) = Self::place(line) else { return };
        put(scene.muted(format!("{:.0} %", self.low * 100.0)), place, buffer);
        put(Line::from(scene.muted(format!("{:.0} %", self.high * 100.0))).right_aligned(), place, buffer);
    }

    /// Draws the interval of an accuracy as `├──●──┤`.
    fn draw(&self, scene: &Scene, evaluated: &Evaluated, line: Rect, buffer: &mut Buffer) {
        let Some(place) = Self::place(line) else { return };
        let report = &evaluated.report;
        let [low, middle, high] = [report.accuracy_low, report.accuracy, report.accuracy_high]
            .map(|share| place.x + self.column(share, place.width));
        let role = if evaluated.split == SplitName::Test { Role::Text } else { Role::Validation };
        let (faint, bold) = (scene.paint.text(Role::Muted), scene.strong(role));
        for x in place.x..place.right() {
            let (symbol, style) = match x {
                x if x == middle => ('●', bold),
                x if x == low => ('├', faint),
                x if x == high => ('┤', faint),
                x if x > low && x < high => ('─', faint),
                _ => ('┈', scene.paint.text(Role::Faint)),
            };
            if let Some(cell) = buffer.cell_mut((x, place.y)) {
                cell.set_char(symbol).set_style(style);
            }
        }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the width")]
    fn column(&self, share: f64, width: u16) -> u16 {
        let share = ((share - self.low) / (self.high - self.low).max(0.1)).clamp(0.0, 1.0);
        (share * f64::from(width.saturating_sub(1))).round() as u16
    }
}
