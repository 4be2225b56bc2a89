//! The bottom line: the most used keys, the last answer, or the command line with what it can become.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::panel::panel;
use super::put;
use super::text::{cut_line, row, write};
use super::theme::{Paint, Role};
use crate::app::command_line::{Assistance, Candidate, Kind, Verb, assistance};
use crate::app::key::{self, HelpLine};
use crate::app::{App, Notice, Overlay, Screen, editor, global, log, scrub, volumes, wrapped};

/// Rows that a notice takes at most, and candidates that are shown at once.
const NOTICE_ROWS: usize = 3;
const CANDIDATES: usize = 10;

/// Draws the line, and above it what belongs to it.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if matches!(app.overlay, Overlay::CommandLine) {
        draw_command_line(app, paint, area, buffer);
    } else if let Some(notice) = &app.notice {
        draw_notice(notice, paint, area, buffer);
    } else {
        put(hints(app, paint, usize::from(area.width)), area, buffer);
    }
}

/// What went wrong is worth more than a line, if it needs one.
fn draw_notice(notice: &Notice, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let (mark, role) = if notice.bad { ("!", Role::Bad) } else { ("·", Role::Accent) };
    let text = notice.text.replace('\n', " ");
    let most = if notice.bad { NOTICE_ROWS.min(usize::from(area.y / 2).max(1)) } else { 1 };
    let width = usize::from(area.width).saturating_sub(4);
    let mut lines: Vec<String> = wrapped(&text, width).into_iter().map(str::to_owned).collect();
    if lines.len() > most {
        // What has no room is cut off the last line.
        let rest = lines.drain(most - 1..).collect::<Vec<_>>().join(" ");
        lines.push(rest);
    }
    let height = u16::try_from(lines.len()).unwrap_or(1);
    let place = Rect { y: area.bottom().saturating_sub(height), height: height.min(area.bottom()), ..area };
    if height > 1 {
        put(Clear, place, buffer);
        buffer.set_style(place.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Raised)));
    }
    for (down, line) in lines.iter().enumerate() {
        let mark = if down == 0 { mark } else { " " };
        let line = Line::from(vec![
            Span::styled(format!(" {mark} "), paint.text(role).add_modifier(Modifier::BOLD)),
            Span::styled(line.as_str(), paint.text(role)),
        ]);
        put(cut_line(line, usize::from(place.width)), row(place, down), buffer);
    }
}

/// What stands in front of the line that is typed.
fn prompt(app: &App) -> &'static str {
    match app.command_line.kind {
        Kind::Command => " :",
        Kind::Search => " /",
    }
}

/// How far the typed text is moved to the left, so that its cursor is in sight.
fn moved(app: &App, area: Rect) -> usize {
    app.command_line.input.visual_scroll(usize::from(area.width).saturating_sub(prompt(app).len() + 1))
}

fn draw_command_line(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let value = behind(app.command_line.input.value(), moved(app, area));
    let line = Line::from(vec![
        Span::styled(prompt(app), paint.text(Role::Accent).add_modifier(Modifier::BOLD)),
        Span::styled(value, paint.text(Role::Text)),
    ]);
    let taken = u16::try_from(line.width()).unwrap_or(u16::MAX).saturating_add(3).min(area.width);
    put(line, area, buffer);
    let rest = Rect { x: area.x + taken, width: area.width - taken, ..area };
    match app.command_line.kind {
        Kind::Search => write(&found(app), paint.text(Role::Muted), Alignment::Right, rest, buffer),
        Kind::Command => {
            let help = assistance(app);
            if let Some(complaint) = &help.complaint {
                write(complaint, paint.text(Role::Warning), Alignment::Left, rest, buffer);
            } else if !draw_candidates(&help, paint, area, buffer) {
                // Where there is no room above the line, the words stand behind it.
                let words: Vec<&str> = help.candidates.iter().map(|candidate| candidate.word.as_str()).collect();
                write(&words.join("  "), paint.text(Role::Muted), Alignment::Left, rest, buffer);
            }
        }
    }
}

/// The part of a text behind so many columns.
pub fn behind(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let start = text.char_indices().find(|(_, char)| {
        let here = used;
        used += char.width().unwrap_or(0);
        here >= columns
    });
    if columns == 0 { text } else { start.and_then(|(at, _)| text.get(at..)).unwrap_or_default() }
}

/// What a search has found so far.
fn found(app: &App) -> String {
    let text = match app.screen {
        Screen::Runs => format!("{} of {} runs", app.runs.list.found(), app.runs.entries.len()),
        Screen::Log if !log::book(app).needle().is_empty() => match log::book(app).matches() {
            (0, _) => "in no line".to_owned(),
            (1, _) => "in 1 line".to_owned(),
            (count, _) => format!("in {count} lines"),
        },
        _ => String::new(),
    };
    format!("{text} ")
}

/// The commands or words that fit, in a frame above the line; whether there was room for it.
fn draw_candidates(help: &Assistance, paint: &Paint, area: Rect, buffer: &mut Buffer) -> bool {
    let shown = help.candidates.len().min(CANDIDATES).min(usize::from(area.y).saturating_sub(5));
    let lone = help.verb.map(|verb| usage(verb, paint));
    let rows = shown + usize::from(lone.is_some());
    if rows == 0 {
        return help.candidates.is_empty();
    }
    let chosen = help.chosen.unwrap_or(0);
    let first = super::layout::first_line(chosen, help.candidates.len(), shown);
    let window = help.candidates.iter().enumerate().skip(first).take(shown);
    let names = help.candidates.iter().map(|candidate| name(candidate).width()).max().unwrap_or(0);
    let mut lines: Vec<(Line, bool)> = lone.into_iter().map(|line| (line, false)).collect();
    lines.extend(window.map(|(place, candidate)| (entry(candidate, names, paint), help.chosen == Some(place))));
    let wide = lines.iter().map(|(line, _)| line.width()).max().unwrap_or(0);
    let width = u16::try_from(wide + 4).unwrap_or(u16::MAX).max(34).min(area.width);
    let height = u16::try_from(rows + 2).unwrap_or(u16::MAX).min(area.y);
    let place = Rect { x: area.x, y: area.y - height, width, height };
    put(Clear, place, buffer);
    buffer.set_style(place.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Raised)));
    let title = if help.candidates.first().is_some_and(|candidate| candidate.verb.is_some()) { "commands" } else { "" };
    let remark = match help.candidates.len() {
        0 => String::new(),
        count if count > shown => format!("tab completes · {shown} of {count}"),
        _ => "tab completes".to_owned(),
    };
    let inner = panel(title, remark, paint, place, buffer);
    for (down, (line, is_chosen)) in lines.into_iter().enumerate() {
        let line_area = row(inner, down);
        if is_chosen {
            buffer.set_style(line_area.intersection(buffer.area), paint.fill(Role::Selection));
            write("›", paint.text(Role::Accent), Alignment::Left, line_area, buffer);
        }
        let text_area = Rect { x: line_area.x + 1, width: line_area.width.saturating_sub(1), ..line_area };
        put(cut_line(line, usize::from(text_area.width)), text_area, buffer);
    }
    true
}

/// How a command is typed, and what it does.
fn usage<'a>(verb: &Verb, paint: &Paint) -> Line<'a> {
    let name = verb.names.first().copied().unwrap_or_default();
    Line::from(vec![
        Span::styled(format!(":{name} "), paint.text(Role::Accent).add_modifier(Modifier::BOLD)),
        Span::styled(verb.argument, paint.text(Role::Text)),
        Span::styled(
            format!("{}{}", if verb.argument.is_empty() { "" } else { "   " }, verb.help),
            paint.text(Role::Muted),
        ),
    ])
}

fn name(candidate: &Candidate) -> String {
    match candidate.verb {
        Some(verb) => format!(":{} {}", candidate.word, verb.argument).trim_end().to_owned(),
        None => candidate.word.clone(),
    }
}

fn entry<'a>(candidate: &Candidate, names: usize, paint: &Paint) -> Line<'a> {
    let name = name(candidate);
    let (word, argument) = name.split_once(' ').map_or((name.as_str(), ""), |(word, argument)| (word, argument));
    let help = candidate.verb.map_or("", |verb| verb.help);
    let gap = names.saturating_sub(name.width()) + 2;
    Line::from(vec![
        Span::styled(word.to_owned(), paint.text(Role::Text).add_modifier(Modifier::BOLD)),
        Span::styled(if argument.is_empty() { String::new() } else { format!(" {argument}") }, paint.text(Role::Muted)),
        Span::styled(
            if help.is_empty() { String::new() } else { format!("{:gap$}{help}", "") },
            paint.text(Role::Muted),
        ),
    ])
}

/// The keys that stand there, from the tables, as many as have room.
fn hints<'a>(app: &App, paint: &Paint, width: usize) -> Line<'a> {
    let mut line = Line::from(" ");
    // What would do nothing now is not worth the room.
    let idle = |line: &HelpLine| match line.hint {
        Some("pause" | "step") => !global::is_controlled(app),
        Some("checkpoint") => !global::is_controlled(app) || app.playback.is_some(),
        Some("branch") => {
            let nothing = if app.screen == Screen::Runs { app.runs.entries.is_empty() } else { app.shown().is_none() };
            nothing || app.playback.is_some()
        }
        Some("epochs") => scrub::track(app).is_none(),
        // An image has one plane, and one slice in it.
        Some("plane" | "play") => volumes::size(app).is_some_and(|[depth, ..]| depth == 1),
        Some("faster") => !global::is_controlled(app) || app.playback.is_none(),
        _ => false,
    };
    // Where no run is shown, the keys of a screen of one have nothing to act on.
    let has_keys = app.shown().is_some() || matches!(app.screen, Screen::Runs | Screen::Log);
    let mut lines = match app.overlay {
        Overlay::Edit => editor::hints(app),
        _ if has_keys => global::help(app.screen),
        _ => key::help(global::KEYS),
    };
    lines.retain(|line| line.hint.is_some() && !idle(line));
    let mut lines: Vec<(usize, HelpLine)> = lines.into_iter().enumerate().collect();
    // Help and the way out stand even where there is little room, and then what halts the run.
    lines.sort_by_key(|(_, line)| match line.hint {
        Some("help" | "quit" | "back") => 0,
        Some("pause" | "start") => 1,
        _ => 2,
    });
    let mut room = width.saturating_sub(1);
    lines.retain(|(_, hint)| {
        let needed = key_of(hint).width() + words(app, hint).width() + 4;
        let fits = needed <= room;
        room -= if fits { needed } else { 0 };
        fits
    });
    lines.sort_by_key(|(place, line)| (matches!(line.hint, Some("help" | "quit" | "back")), *place));
    for (_, hint) in lines {
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
        // Of two compared runs it goes through the volumes.
        Some("new") if app.runs.comparison.is_some() => "next",
        hint => hint.unwrap_or_default(),
    }
}

/// Where the cursor stands while something is typed.
pub fn cursor(app: &App, area: Rect) -> Option<Position> {
    if !matches!(app.overlay, Overlay::CommandLine) || area.is_empty() {
        return None;
    }
    let column = prompt(app).len() + app.command_line.input.visual_cursor().saturating_sub(moved(app, area));
    let x = area.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    Some(Position { x: x.min(area.right().saturating_sub(1)), y: area.y })
}
