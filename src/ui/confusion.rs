//! The Confusion screen: the matrix of one evaluation, its classes' figures, the pairs that are mixed up most,
//! and what the cell under the cursor means.

mod caption;
mod cell;
mod change;
mod figures;
mod labels;
mod layout;
mod matrix;
mod names;
mod pairs;
mod shade;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::Span;

use self::layout::{Content, Plan};
use super::put;
use super::theme::Paint;
use crate::app::confusion::{self, Cell, Pair, Reading};
use crate::app::{App, Target};
use crate::event::Evaluated;
use crate::metrics::Report;

/// What the parts of the screen are drawn from.
struct Scene<'a> {
    app: &'a App,
    paint: &'a Paint<'a>,
    evaluated: &'a Evaluated,
    report: &'a Report,
    /// The marked epoch, where what has changed since is to be seen.
    before: Option<&'a Evaluated>,
    /// The classes' names in full.
    names: Vec<String>,
    /// Those of the columns: the classes' again, or what can come of a label's question.
    columns: Vec<String>,
    pairs: Vec<Pair>,
    cursor: Cell,
    reading: Reading,
    plan: Plan,
}

impl Scene<'_> {
    fn name(&self, class: usize) -> &str {
        self.names.get(class).map_or("", String::as_str)
    }

    fn column(&self, column: usize) -> &str {
        self.columns.get(column).map_or("", String::as_str)
    }
}

/// Draws the screen.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(evaluated) = confusion::evaluation(app) else {
        caption::draw_nothing(app, paint, area, buffer);
        return;
    };
    let report = &evaluated.report;
    let pairs = confusion::pairs(app, report);
    let scene = Scene {
        app,
        paint,
        evaluated,
        report,
        before: confusion::before(app),
        names: report.per_class.iter().map(|class| class.class.clone()).collect(),
        columns: confusion::column_names(report, usize::MAX),
        cursor: confusion::cursor(app, report),
        reading: app.confusion.reading,
        plan: plan(app, report, area),
        pairs,
    };
    caption::draw(&scene, buffer);
    matrix::draw(&scene, buffer);
    figures::draw(&scene, buffer);
    cell::draw(&scene, buffer);
    pairs::draw(&scene, buffer);
}

/// What lies at a place of the screen.
pub fn target(app: &App, area: Rect, position: Position) -> Target {
    let Some(evaluated) = confusion::evaluation(app) else { return Target::Nothing };
    let report = &evaluated.report;
    let plan = plan(app, report, area);
    if let Some(Cell { truth, predicted }) = plan.cell_at(position) {
        return Target::Cell { truth, predicted };
    }
    let pairs = confusion::pairs(app, report);
    match pairs::pair_at(&plan, &pairs, confusion::cursor(app, report), longest(report), position) {
        Some(pair) => Target::Item(pair),
        None => Target::Body,
    }
}

fn plan(app: &App, report: &Report, area: Rect) -> Plan {
    let before = confusion::before(app);
    let number = match (before, app.confusion.reading) {
        (Some(before), reading) => change::longest(report, &before.report, reading),
        (None, Reading::Counts) => {
            confusion::cells(report).map(|cell| confusion::count(report, cell)).max().unwrap_or(0).to_string().len()
        }
        (None, Reading::Recall | Reading::Precision) => 3,
    };
    let (classes, columns) = (report.per_class.len(), confusion::columns(report));
    let content = Content { classes, columns, name: longest(report), number: layout::count(number) };
    layout::plan(area, content, confusion::cursor(app, report))
}

/// Characters of the longest class name.
fn longest(report: &Report) -> u16 {
    layout::count(report.per_class.iter().map(|class| class.class.chars().count()).max().unwrap_or(0))
}

/// Writes a text from a place on, as far as it stays inside of `clip`.
fn write(buffer: &mut Buffer, clip: Rect, (x, y): (u16, u16), text: &str, style: Style) {
    let width = clip.right().saturating_sub(x);
    put(Span::styled(text, style), Rect { x, y, width, height: 1 }.intersection(clip), buffer);
}

/// Writes a text so that it ends at the right edge of `place`, on its first line.
fn write_right(buffer: &mut Buffer, place: Rect, text: &str, style: Style) {
    let width = layout::count(text.chars().count());
    write(buffer, place, (place.right().saturating_sub(width).max(place.x), place.y), text, style);
}

/// Writes a text in the middle of `place`, on its first line; what is too long loses its end.
fn write_centred(buffer: &mut Buffer, place: Rect, text: &str, style: Style) {
    let width = layout::count(text.chars().count());
    write(buffer, place, (place.x + place.width.saturating_sub(width) / 2, place.y), text, style);
}
