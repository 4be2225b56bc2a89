//! Groups of seeds: how their figures spread, and how two of them differ.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::runs::groups::{Row, is_synthetic, rows, title};
use crate::app::words::SYNTHETIC;
use crate::ui::panel::panel;
use crate::ui::text::{row, write};
use crate::ui::theme::{Paint, Role};

/// Draws the screen.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(groups) = &app.runs.groups else { return };
    let mut title = Line::from(title(app));
    if is_synthetic(app) {
        let style = paint.text(Role::Warning).add_modifier(Modifier::BOLD);
        title.push_span(Span::styled(format!("  {SYNTHETIC}"), style));
    }
    let inner = panel(title, "d or esc closes", paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    for (down, line) in rows(app).iter().skip(groups.scroll).take(usize::from(inner.height)).enumerate() {
        draw_row(line, paint, row(inner, down), buffer);
    }
}

/// Draws a row.
pub fn draw_row(line: &Row, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let (text, style) = match line {
        Row::Gap => return,
        Row::Heading(text) => (text, paint.text(Role::Accent).add_modifier(Modifier::BOLD)),
        Row::Note(text) => (text, paint.text(Role::Muted)),
        Row::Line(text) => (text, paint.text(Role::Text)),
    };
    write(text, style, Alignment::Left, area, buffer);
}
