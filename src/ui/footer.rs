//! The bottom line: the most used keys, the last answer, or the command line.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::put;
use super::theme::{Paint, Role};
use crate::app::command_line::{Kind, candidates};
use crate::app::key::HelpLine;
use crate::app::{App, Overlay, global};

/// Draws the line.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let line = if matches!(app.overlay, Overlay::CommandLine) {
        command_line(app, paint)
    } else if let Some(notice) = &app.notice {
        let (mark, role) = if notice.bad { ("! ", Role::Bad) } else { ("· ", Role::Accent) };
        Line::from(vec![
            Span::styled(format!(" {mark}"), paint.text(role).add_modifier(Modifier::BOLD)),
            Span::styled(notice.text.clone(), paint.text(role)),
        ])
    } else {
        hints(app, paint, usize::from(area.width))
    };
    put(line, area, buffer);
}

/// What stands in front of the line that is typed.
fn prompt(app: &App) -> &'static str {
    match app.command_line.kind {
        Kind::Command => " :",
        Kind::Search => " /",
    }
}

fn command_line<'a>(app: &App, paint: &Paint) -> Line<'a> {
    let value = app.command_line.input.value().to_owned();
    let mut spans = vec![
        Span::styled(prompt(app), paint.text(Role::Accent).add_modifier(Modifier::BOLD)),
        Span::styled(value.clone(), paint.text(Role::Text)),
    ];
    if app.command_line.kind == Kind::Command {
        let fitting = candidates(app, &value);
        let last = |line: &String| line.rsplit(' ').next().unwrap_or_default().to_owned();
        let words: Vec<String> = fitting.iter().filter(|line| **line != value).map(last).collect();
        spans.push(Span::styled(format!("   {}", words.join("  ")), paint.text(Role::Muted)));
    }
    Line::from(spans)
}

/// The keys that stand there, from the tables, as many as have room.
fn hints<'a>(app: &App, paint: &Paint, width: usize) -> Line<'a> {
    let mut line = Line::from(" ");
    let mut lines: Vec<HelpLine> = global::help(app.screen).into_iter().filter(|line| line.hint.is_some()).collect();
    // Help and the way out stand even where there is little room.
    lines.sort_by_key(|line| !matches!(line.hint, Some("help" | "quit")));
    let mut room = width.saturating_sub(1);
    let mut kept: Vec<HelpLine> = Vec::new();
    for hint in lines {
        let needed = key_of(&hint).chars().count() + words(app, &hint).chars().count() + 4;
        if needed <= room {
            room -= needed;
            kept.push(hint);
        }
    }
    kept.sort_by_key(|line| matches!(line.hint, Some("help" | "quit")));
    for hint in kept {
        line.push_span(Span::styled(key_of(&hint), paint.text(Role::Accent).add_modifier(Modifier::BOLD)));
        line.push_span(Span::styled(format!(" {}   ", words(app, &hint)), paint.text(Role::Muted)));
    }
    line
}

/// The first key of several.
fn key_of(line: &HelpLine) -> String {
    line.keys.split(' ').next().unwrap_or_default().to_owned()
}

fn words(app: &App, line: &HelpLine) -> &'static str {
    match line.hint {
        Some("pause") if app.paused() => "go on",
        hint => hint.unwrap_or_default(),
    }
}

/// Where the cursor stands while something is typed.
pub fn cursor(app: &App, area: Rect) -> Option<Position> {
    if !matches!(app.overlay, Overlay::CommandLine) || area.is_empty() {
        return None;
    }
    let column = prompt(app).len() + app.command_line.input.visual_cursor();
    let x = area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    Some(Position { x: x.min(area.right().saturating_sub(1)), y: area.y })
}
