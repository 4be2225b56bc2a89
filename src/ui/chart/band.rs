//! The band of an interval around a curve, as background: exact to an eighth of a cell at its edges.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::canvas::Canvas;
use super::curve::Projection;
use crate::ui::theme::{Paint, Role};

/// An interval at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Between {
    pub step: u64,
    pub low: f64,
    pub high: f64,
}

/// Blocks that fill so many eighths of a cell from below.
const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws the band between intervals in the order of their steps, interpolated from one to the next.
pub fn draw(band: &[Between], projection: &Projection, canvas: &Canvas, paint: &Paint, buffer: &mut Buffer) {
    let (Some(first), Some(last)) = (band.first(), band.last()) else { return };
    let area = canvas.area();
    let span = projection.span();
    if last.step < span.first || first.step > span.last {
        return;
    }
    let from = if span.contains(first.step) { projection.cell(first.step) } else { 0 };
    let to = if span.contains(last.step) { projection.cell(last.step) } else { area.width.saturating_sub(1) };
    for column in from..=to.min(area.width.saturating_sub(1)) {
        let step = at_cell(projection, column, area.width);
        let Some((low, high)) = interval(band, step) else { continue };
        let edges = (eighths(projection, high, 0.0), eighths(projection, low, 1.0));
        shade(column, edges, canvas, paint, buffer);
    }
}

/// The step in the middle of a column of cells.
#[expect(clippy::cast_precision_loss, reason = "steps are few")]
fn at_cell(projection: &Projection, column: u16, width: u16) -> f64 {
    let span = projection.span();
    let share = (f64::from(column) * 2.0 + 0.5) / (f64::from(width) * 2.0 - 1.0).max(1.0);
    span.first as f64 + share * span.steps() as f64
}

/// The interval at a step between two that are known.
#[expect(clippy::cast_precision_loss, reason = "steps are few")]
fn interval(band: &[Between], step: f64) -> Option<(f64, f64)> {
    let after = band.partition_point(|at| (at.step as f64) < step).min(band.len().saturating_sub(1));
    let (left, right) = (band.get(after.saturating_sub(1))?, band.get(after)?);
    let width = (right.step - left.step) as f64;
    let share = if width > 0.0 { ((step - left.step as f64) / width).clamp(0.0, 1.0) } else { 0.0 };
    let between = |left: f64, right: f64| left + share * (right - left);
    Some((between(left.low, right.low), between(left.high, right.high)))
}

/// How far down a value lies, in eighths of a cell; `beyond` is added, in dots, so that the edge lies around it.
#[expect(clippy::cast_possible_truncation, reason = "a number of dots")]
fn eighths(projection: &Projection, value: f64, beyond: f64) -> i64 {
    ((projection.depth(value) + beyond) * 2.0).round() as i64
}

/// Shades a column of cells from one depth to another, in eighths of a cell.
fn shade(column: u16, (top, bottom): (i64, i64), canvas: &Canvas, paint: &Paint, buffer: &mut Buffer) {
    let area = canvas.area();
    let (band, ground) = (paint.fill(Role::Band), paint.fill(Role::Background));
    let ink = Style { fg: band.bg, ..ground };
    let inverse = Style { fg: ground.bg, ..band };
    for row in 0..area.height {
        let upper = i64::from(row) * 8;
        let (from, to) = ((top - upper).clamp(0, 8), (bottom - upper).clamp(0, 8));
        let Some(cell) = buffer.cell_mut((area.x + column, area.y + row)) else { continue };
        let filled = to - from;
        let block = |eighths: i64| usize::try_from(eighths).ok().and_then(|place| BLOCKS.get(place)).copied();
        if filled <= 0 {
            continue;
        }
        if filled == 8 || !canvas.is_free(column, row) {
            // A cell with a curve in it is shaded as a whole or not at all.
            if filled >= 4 {
                cell.set_style(band);
            }
        } else if to == 8 {
            cell.set_char(block(filled).unwrap_or(' ')).set_style(ink);
        } else if from == 0 {
            cell.set_char(block(8 - filled).unwrap_or(' ')).set_style(inverse);
        } else {
            cell.set_char('━').set_style(ink);
        }
    }
}
