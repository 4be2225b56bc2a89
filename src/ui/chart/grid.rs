//! What lies behind the curves, and the cursor's line.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::curve::Projection;
use super::edges::Epochs;
use crate::ui::theme::{Depth, Paint, Role};

/// Draws a line at every tick and at the ends of epochs. Without colours it would stand out like a curve, and
/// is left away.
pub fn draw(projection: &Projection, epochs: Option<Epochs>, area: Rect, paint: &Paint, buffer: &mut Buffer) {
    if matches!(paint.depth, Depth::Mono | Depth::Ansi) {
        return;
    }
    let faint = paint.text(Role::Faint);
    for tick in projection.ticks() {
        let row = u16::try_from(projection.row(tick.value) / 4).unwrap_or(0);
        for x in area.x..area.right() {
            if let Some(cell) = buffer.cell_mut((x, area.y + row)) {
                cell.set_char('┈').set_style(faint);
            }
        }
    }
    for (step, _) in epochs.iter().flat_map(|epochs| epochs.marks(projection.span(), area.width)) {
        for y in area.y..area.bottom() {
            if let Some(cell) = buffer.cell_mut((area.x + projection.cell(step), y)) {
                cell.set_char('┊').set_style(faint);
            }
        }
    }
}

/// Draws the line at which a run has left its parent, where no curve is in its way.
pub fn draw_fork(column: u16, canvas: &Canvas, paint: &Paint, buffer: &mut Buffer) {
    let area = canvas.area();
    for row in 0..area.height {
        if let Some(cell) = buffer.cell_mut((area.x + column, area.y + row))
            && canvas.is_free(column, row)
        {
            cell.set_char('╎').set_style(paint.text(Role::Muted));
        }
    }
}

/// Draws the cursor where no curve is in its way.
pub fn draw_cursor(column: u16, canvas: &Canvas, paint: &Paint, buffer: &mut Buffer) {
    let area = canvas.area();
    for row in 0..area.height {
        if let Some(cell) = buffer.cell_mut((area.x + column, area.y + row))
            && canvas.is_free(column, row)
        {
            cell.set_char('│').set_style(paint.text(Role::Accent));
        }
    }
}
