//! The Log screen: lines with their time and their level, as many as fit above the newest.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthChar;

use super::panel::panel;
use super::put;
use super::text::{cut_line, row, write};
use super::theme::{Paint, Role};
use crate::app::log::{DayOrLine, Level, LogLine, Long, Margin, Sheet, book, found, sheet};
use crate::app::words::SYNTHETIC;
use crate::app::{App, Target, wrap};

/// Draws the screen.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let title = title(app, paint);
    // Beside both stand the frame's corners, a line and the blanks that the frame adds.
    let room = usize::from(area.width).saturating_sub(title.width() + 10);
    let inner = panel(title, remark(app, paint, room), paint, area, buffer);
    let sheet = sheet(app);
    let book = book(app);
    let lines = book.visible(sheet);
    if lines.is_empty() {
        let text = if book.is_empty() { " nothing was logged yet" } else { " no line of that level; v shows more" };
        write(text, paint.text(Role::Muted), Alignment::Left, row(inner, 0), buffer);
        return;
    }
    let mut rows: Vec<(Line, Front)> = Vec::new();
    for line in lines {
        match line {
            DayOrLine::Day(day) => {
                rows.push((Line::styled(format!(" ── {day} ──"), paint.text(Role::Accent)), Front::Day));
            }
            DayOrLine::Line(number, line) => {
                let current = book.current() == Some(number);
                let text = Text { line, needle: book.needle(), current, sheet };
                let fronts = std::iter::once(Front::First(line)).chain(std::iter::repeat(Front::Further));
                rows.extend(text.rows(paint).into_iter().zip(fronts));
            }
        }
    }
    // The last line stands whole at the bottom; of the first there may be its end alone.
    let unseen = rows.len().saturating_sub(usize::from(inner.height));
    let margin = u16::try_from(sheet.margin.width()).unwrap_or(0).min(inner.width);
    for (down, (line, front)) in rows.into_iter().skip(unseen).enumerate() {
        let place = row(inner, down);
        if let Front::First(line) = front {
            draw_margin(line, sheet.margin, paint, place, buffer);
        }
        let indent = if matches!(front, Front::Day) { 0 } else { margin };
        put(line, Rect { x: place.x + indent, width: place.width - indent, ..place }, buffer);
    }
}

/// What stands in front of a row.
#[derive(Clone, Copy)]
enum Front<'a> {
    /// Nothing: it is a day, and takes the whole row.
    Day,
    /// The time and the level of a line that begins here.
    First(&'a LogLine),
    /// A blank: a line goes on.
    Further,
}

fn title<'a>(app: &'a App, paint: &Paint) -> Line<'a> {
    let mut title = Line::from("log");
    if let Some(opened) = &app.opened {
        title.push_span(Span::styled(format!(" of {}", opened.name), paint.text(Role::Text)));
    }
    if app.shown().is_some_and(crate::app::Shown::synthetic) {
        title.push_span(Span::styled(format!("  {SYNTHETIC}"), paint.text(Role::Warning)));
    }
    let book = book(app);
    if !book.needle().is_empty() {
        let text = match book.matches() {
            (0, _) => format!("  /{}  in no line", book.needle()),
            (count, None) => format!("  /{}  in {count} lines", book.needle()),
            (count, Some(place)) => format!("  /{}  {place} of {count}", book.needle()),
        };
        title.push_span(Span::styled(text, paint.text(Role::Accent)));
    }
    title
}

/// The day, the level, and whether the newest is followed, as much as has room; the last matters most.
fn remark<'a>(app: &App, paint: &Paint, room: usize) -> Line<'a> {
    let book = book(app);
    let mut parts: Vec<String> = Vec::new();
    if book.dropped() > 0 {
        parts.push(format!("the newest {} lines", book.len()));
    }
    let day = book.visible(sheet(app)).into_iter().find_map(|line| match line {
        DayOrLine::Line(_, line) if !line.date().is_empty() => Some(format!("{} UTC", line.date())),
        _ => None,
    });
    parts.extend(day);
    if let Long::Cut(column) = app.log.long {
        parts.push(if column == 0 { "cut".to_owned() } else { format!("from column {}", column + 1) });
    }
    parts.extend(match app.log.least {
        Level::Output => None,
        Level::Info => Some("without output".to_owned()),
        Level::Warning => Some("warnings and errors".to_owned()),
        Level::Error => Some("errors alone".to_owned()),
    });
    let (text, role) = if book.follows() { ("▼ follows", Role::Good) } else { ("‖ stays", Role::Warning) };
    let mut remark = Line::from(Span::styled(text, paint.text(role)));
    for part in parts.iter().rev() {
        if remark.width() + part.chars().count() + 3 > room {
            break;
        }
        remark.spans.insert(0, Span::raw(format!("{part} · ")));
    }
    remark
}

/// How a level looks: a mark, and a colour.
fn look(level: Level) -> (&'static str, Role) {
    match level {
        Level::Output => ("│", Role::Muted),
        Level::Info => ("·", Role::Text),
        Level::Warning => ("▲", Role::Warning),
        Level::Error => ("✗", Role::Bad),
    }
}

fn draw_margin(line: &LogLine, margin: Margin, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let (mark, role) = look(line.level);
    let bold = if line.level >= Level::Warning { Modifier::BOLD } else { Modifier::empty() };
    let style = paint.text(role).add_modifier(bold);
    match margin {
        Margin::Mark => write(mark, style, Alignment::Left, area, buffer),
        Margin::Words => {
            let at = |column: u16| Rect { x: area.x + column, width: area.width.saturating_sub(column), ..area };
            write(line.clock(), paint.text(Role::Muted), Alignment::Left, at(1), buffer);
            // What is usual need not be said in every line.
            let muted = if line.level == Level::Info { paint.text(Role::Muted) } else { style };
            write(&format!("{mark} {}", line.level.word()), muted, Alignment::Left, at(10), buffer);
        }
    }
}

/// The text of a line.
struct Text<'a> {
    line: &'a LogLine,
    needle: &'a str,
    /// Whether it is the match that was jumped to.
    current: bool,
    sheet: Sheet,
}

impl<'a> Text<'a> {
    /// Its rows, with the matches marked.
    fn rows(&self, paint: &Paint) -> Vec<Line<'a>> {
        let text = self.line.text.as_str();
        let (_, role) = look(self.line.level);
        let style = paint.text(role);
        let matches: Vec<_> = found(text, self.needle).collect();
        let (cut, ranges) = match self.sheet.long {
            Long::Wrapped => (None, wrap(text, self.sheet.width)),
            Long::Cut(column) => (Some(behind(text, column)..text.len()), Vec::new()),
        };
        let rows = cut.into_iter().chain(ranges).map(|range| {
            let mut spans = Vec::new();
            let mut at = range.start;
            for hit in matches.iter().filter(|hit| hit.start < range.end && hit.end > range.start) {
                let (start, end) = (hit.start.max(range.start), hit.end.min(range.end));
                spans.push(Span::styled(text.get(at..start).unwrap_or_default(), style));
                spans.push(Span::styled(text.get(start..end).unwrap_or_default(), self.marked(paint)));
                at = end;
            }
            spans.push(Span::styled(text.get(at..range.end).unwrap_or_default(), style));
            cut_line(Line::from(spans), self.sheet.width)
        });
        rows.collect()
    }

    fn marked(&self, paint: &Paint) -> Style {
        let selection = paint.text(Role::Best).patch(paint.fill(Role::Selection)).add_modifier(Modifier::BOLD);
        if self.current { selection.add_modifier(Modifier::UNDERLINED) } else { selection }
    }
}

/// The byte of a text behind so many columns.
fn behind(text: &str, columns: usize) -> usize {
    let mut used = 0;
    let start = text.char_indices().find(|(_, char)| {
        let here = used;
        used += char.width().unwrap_or(0);
        here >= columns
    });
    start.map_or(text.len(), |(at, _)| at)
}

/// What lies at a place of the screen.
pub fn target(_app: &App, _area: Rect, _position: Position) -> Target {
    Target::Body
}
