//! A question that must be answered before something that cannot be taken back.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

use super::panel::panel;
use super::put;
use super::theme::{Paint, Role};
use crate::app::words::{bytes, duration};
use crate::app::{App, Question, Shown, global, wrapped};

/// As wide as the longest answer, and some air.
const WIDTH: u16 = 76;

/// The keys' column.
const KEYS: usize = 12;

/// Draws the question in the middle of the picture.
pub fn draw(app: &App, question: Question, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let width = area.width.min(WIDTH);
    let lines = lines(app, question, paint, usize::from(width).saturating_sub(4));
    let air = u16::from(area.height >= 12);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2 + 2 * air).min(area.height);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    put(Clear, place, buffer);
    buffer.set_style(place.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Raised)));
    let title = match question {
        Question::Quit => "quit?",
        Question::Stop => "stop the run?",
        Question::Remove => "remove the run?",
        Question::Discard => "throw the changes away?",
        Question::RollBack => "roll back the run?",
    };
    let title = Line::from(Span::styled(title, paint.text(Role::Warning).add_modifier(Modifier::BOLD)));
    let inner = panel(title, "", paint, place, buffer);
    let side = u16::from(inner.width > 20);
    let text = Rect {
        x: inner.x + side,
        y: inner.y + air.min(inner.height),
        width: inner.width.saturating_sub(2 * side),
        height: inner.height.saturating_sub(2 * air),
    };
    // Where there is too little room, the answers matter more than what is asked about.
    let above = lines.len().saturating_sub(usize::from(text.height));
    put(Paragraph::new(lines.into_iter().skip(above).collect::<Vec<_>>()), text, buffer);
}

fn lines<'a>(app: &App, question: Question, paint: &Paint, width: usize) -> Vec<Line<'a>> {
    let mut lines: Vec<Line> = Vec::new();
    if question == Question::Discard {
        let changed = app.editor.as_deref().map_or(0, crate::app::editor::Editor::changed);
        let words =
            format!("{changed} {} changed, and nothing was started", if changed == 1 { "key is" } else { "keys are" });
        lines.extend([Line::styled(words, paint.text(Role::Text)), Line::default()]);
    } else if question == Question::Remove {
        lines.extend(removed(app, paint));
        lines.push(Line::default());
    } else if question == Question::RollBack {
        lines.extend(rolled_back(app, paint, width));
        lines.push(Line::default());
    } else if let Some(run) = global::asked_about(app, question) {
        let text = |role, bold: Modifier| paint.text(role).add_modifier(bold);
        lines.push(Line::from(vec![
            Span::styled(run.name.clone(), text(Role::Text, Modifier::BOLD)),
            Span::styled(" is being trained", text(Role::Text, Modifier::empty())),
        ]));
        lines.extend(progress(run, width).into_iter().map(|line| Line::styled(line, paint.text(Role::Muted))));
        if let Some(waiting) = waiting(app, question) {
            let muted = |line: &str| Line::styled(line.to_owned(), paint.text(Role::Muted));
            lines.extend(wrapped(&waiting, width).into_iter().map(muted));
        }
        lines.push(Line::default());
    }
    for answer in global::answers(question) {
        let keys = answer.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let indent = KEYS.min(width / 3);
        for (place, help) in wrapped(answer.help, width.saturating_sub(indent)).into_iter().enumerate() {
            let keys = if place == 0 { keys.as_str() } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("{keys:<indent$}"), paint.text(Role::Accent).add_modifier(Modifier::BOLD)),
                Span::styled(help.to_owned(), paint.text(Role::Text)),
            ]));
        }
    }
    lines
}

/// What becomes of what waits behind the run.
fn waiting(app: &App, question: Question) -> Option<String> {
    let elsewhere = question == Question::Stop && app.watched_here().is_some();
    match (app.queues.own.waiting.len(), question) {
        (0, _) => None,
        // What its process has before it is not known here.
        _ if elsewhere => None,
        (_, Question::Stop) => Some("what waits first in the queue begins then".to_owned()),
        (1, _) => Some("1 waits in the queue: vivit-tui resume --queue goes on with both".to_owned()),
        (more, _) => Some(format!("{more} wait in the queue: vivit-tui resume --queue goes on with all of it")),
    }
}

/// Which run would go, and what it takes.
fn removed<'a>(app: &App, paint: &Paint) -> Option<Line<'a>> {
    let entry = app.runs.entry(app.runs.removing.as_deref()?)?;
    let text = format!(": {} epochs, {} on the disk", entry.epoch, bytes(entry.disk_bytes));
    Some(Line::from(vec![
        Span::styled(entry.name.clone(), paint.text(Role::Text).add_modifier(Modifier::BOLD)),
        Span::styled(text, paint.text(Role::Text)),
    ]))
}

/// What is left behind.
fn rolled_back<'a>(app: &App, paint: &Paint, width: usize) -> Vec<Line<'a>> {
    let Some(shown) = app.shown() else { return Vec::new() };
    let standing = format!("{} stands after step {}", shown.name, shown.run.step);
    let text = "It goes back to the newest whole checkpoint before that, or to its beginning. What came after is void: \
                it is done again, with the rate as it is set.";
    let line = |text: &str, role| Line::styled(text.to_owned(), paint.text(role));
    let mut lines = vec![line(&standing, Role::Text)];
    lines.extend(wrapped(text, width).into_iter().map(|text| line(text, Role::Muted)));
    lines
}

/// How far the run is, and how long it would still take.
fn progress(own: &Shown, width: usize) -> Vec<String> {
    let Some(started) = &own.run.started else { return Vec::new() };
    // A branch goes on with its parent's count.
    let done = own.run.epochs.iter().rfind(|row| row.validation.is_some()).map_or(0, |row| row.epoch);
    let mut text = format!("{done} of {} epochs done", started.epochs);
    if let Some(left) = own.run.remaining_ms().filter(|_| own.live) {
        text += &format!(", about {} to go", duration(left));
    }
    let saved = match &own.run.checkpoint {
        Some((step, _)) => format!("at step {}; the newest checkpoint is of step {step}", own.run.step),
        None => format!("at step {}; there is no checkpoint yet", own.run.step),
    };
    [text, saved].iter().flat_map(|text| wrapped(text, width)).map(str::to_owned).collect()
}
