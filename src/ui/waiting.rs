//! What there is to see before a run can begin: what is waited for, or why there will be none.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;
use ratatui::widgets::{LineGauge, Paragraph, Wrap};

use super::panel::panel;
use super::put;
use super::theme::{Paint, Role};
use crate::app::{App, Waiting};

/// Draws it in place of a screen that shows a run.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if let Some(failure) = &app.failure {
        let inner = panel("the run could not begin", "", paint, area, buffer);
        let mut lines: Vec<Line> =
            failure.lines().map(|line| Line::styled(line.to_owned(), paint.text(Role::Bad))).collect();
        lines.extend([Line::default(), Line::styled("q quits; the log is on screen 6", paint.text(Role::Muted))]);
        put(Paragraph::new(lines).wrap(Wrap { trim: false }), inner, buffer);
        return;
    }
    let Some(waiting) = &app.waiting else {
        let inner = panel("no run", "", paint, area, buffer);
        put(Line::styled("4 shows the runs of the runs folder; q quits", paint.text(Role::Muted)), inner, buffer);
        return;
    };
    let inner = panel("getting ready", "", paint, area, buffer);
    let middle = Rect { y: inner.y + inner.height / 2, height: inner.height.min(1), ..inner };
    let above = Rect { y: middle.y.saturating_sub(2).max(inner.y), ..middle };
    let style = paint.text(Role::Text).add_modifier(Modifier::BOLD);
    put(Line::styled(waiting.what.clone(), style).centered(), above, buffer);
    put_progress(waiting, paint, middle, buffer);
}

#[expect(clippy::cast_precision_loss, reason = "a bar needs no more")]
fn put_progress(waiting: &Waiting, paint: &Paint, line: Rect, buffer: &mut Buffer) {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    match waiting.received {
        Some((received, Some(total))) => {
            let share = (received as f64 / total.max(1) as f64).clamp(0.0, 1.0);
            let width = line.width.min(72);
            let place = Rect { x: line.x + (line.width - width) / 2, width, ..line };
            let label = format!("{:.1} of {:.1} MB", megabytes(received), megabytes(total));
            let gauge = LineGauge::default()
                .ratio(share)
                .label(label)
                .filled_style(paint.text(Role::Accent))
                .unfilled_style(paint.text(Role::Faint));
            put(gauge, place, buffer);
        }
        Some((received, None)) => {
            let text = format!("{:.1} MB so far", megabytes(received));
            put(Line::styled(text, paint.text(Role::Muted)).centered(), line, buffer);
        }
        None => {}
    }
}
