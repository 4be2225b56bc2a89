//! The queue over the screen: what is trained, what waits in which order, and the keys that change it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use super::layout::first_line;
use super::panel::panel;
use super::put;
use super::text::{cut_line, row};
use super::theme::{Paint, Role};
use crate::app::App;
use crate::app::queue::Row;

/// As wide as a task with some changes.
const WIDTH: u16 = 100;

/// The keys that change something; the help has them all.
const KEYS: &str = "enter now · K sooner · J later · D remove · z set aside · t take over · esc close";

/// Draws the list in the middle of the picture.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let rows = app.queues.rows();
    let width = area.width.min(WIDTH);
    let wanted = u16::try_from(rows.len().max(2)).unwrap_or(u16::MAX).saturating_add(4);
    let height = wanted.min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    put(Clear, place, buffer);
    buffer.set_style(place.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Raised)));
    let title = Line::styled("queue", paint.text(Role::Text).add_modifier(Modifier::BOLD));
    let inner = panel(title, remark(app), paint, place, buffer);
    let wide = usize::from(inner.width);
    if rows.is_empty() {
        let trained = match app.watched_here() {
            Some(opened) => format!("another process trains {}, and nothing waits", opened.name),
            None => "nothing is trained, and nothing waits".to_owned(),
        };
        let lines = [trained.as_str(), "on the Runs screen a run is begun, resumed or branched"];
        for (down, line) in lines.into_iter().enumerate() {
            put(cut_line(Line::styled(format!(" {line}"), paint.text(Role::Muted)), wide), row(inner, down), buffer);
        }
    }
    // The keys have the last line, and air above it where there is room.
    let below = usize::from(inner.height > 3) + 1;
    let shown = usize::from(inner.height).saturating_sub(below).max(1);
    let first = first_line(app.queues.cursor().unwrap_or(0), rows.len(), shown);
    for (down, (at, line)) in rows.iter().enumerate().skip(first).take(shown).enumerate() {
        let selected = app.queues.cursor() == Some(at);
        let place = row(inner, down);
        put(cut_line(words(line, selected, paint), wide), place, buffer);
        if selected {
            buffer.set_style(place.intersection(buffer.area), paint.fill(Role::Selection));
        }
    }
    if inner.height > 1 {
        let last = Rect { y: inner.bottom() - 1, height: 1, ..inner };
        put(cut_line(Line::styled(format!(" {KEYS}"), paint.text(Role::Muted)), wide), last, buffer);
    }
}

fn remark(app: &App) -> String {
    let (own, all) = (app.queues.own.waiting.len(), app.queues.waiting());
    match (own, all - own.min(all)) {
        (0, 0) => "nothing waits".to_owned(),
        (1, 0) => "1 waits".to_owned(),
        (own, 0) => format!("{own} wait"),
        (0, others) => format!("{others} in other processes"),
        (own, others) => format!("{own} here, {others} in other processes"),
    }
}

fn words<'a>(line: &'a Row, selected: bool, paint: &Paint) -> Line<'a> {
    let muted = paint.text(Role::Muted);
    match line {
        Row::Heading(words) => Line::styled(format!(" {words}"), muted),
        Row::Current(words) => Line::from(vec![
            Span::styled("    ● ", paint.text(Role::Good)),
            Span::styled(words.as_str(), paint.text(Role::Text).add_modifier(Modifier::BOLD)),
            Span::styled("  now", muted),
        ]),
        Row::Waiting { place, words, .. } => Line::from(vec![
            Span::styled(if selected { " ▸" } else { "  " }, paint.text(Role::Accent)),
            Span::styled(format!("{place:>3} "), muted),
            Span::styled(words.as_str(), paint.text(Role::Text)),
        ]),
    }
}
