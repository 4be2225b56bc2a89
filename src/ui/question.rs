//! A question that must be answered before something that cannot be taken back.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph, Wrap};

use super::panel::panel;
use super::put;
use super::theme::{Paint, Role};
use crate::app::{App, Question, global};

/// Draws the question in the middle of the picture.
pub fn draw(app: &App, question: Question, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let name = app.own.as_ref().map_or("the run", |own| own.name.as_str());
    let asked = match question {
        Question::Quit => format!("{name} is being trained."),
        Question::Stop => format!("Stop {name}?"),
    };
    let mut lines = vec![Line::from(asked), Line::default()];
    lines.extend(global::answers(question).iter().map(|answer| {
        let key = answer.keys.first().map(ToString::to_string).unwrap_or_default();
        Line::from(vec![
            Span::styled(format!("{key:>5}  "), paint.text(Role::Accent).add_modifier(Modifier::BOLD)),
            Span::raw(answer.help),
        ])
    }));
    let width = area.width.min(76);
    let height = area.height.min(u16::try_from(lines.len()).unwrap_or(u16::MAX) + 3);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    put(Clear, place, buffer);
    buffer.set_style(place.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Raised)));
    let title = match question {
        Question::Quit => "quit",
        Question::Stop => "stop",
    };
    let inner = panel(title, "", paint, place, buffer);
    put(Paragraph::new(lines).wrap(Wrap { trim: false }), inner, buffer);
}
