//! The editor of a run that is to be started: what will be done, every key with its value, and what there is to say
//! of the one under the cursor.

mod details;
mod key;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;
use tui_input::Input;

use self::key::Columns;
use super::panel::{inside, panel};
use super::put;
use super::text::{row, write};
use super::theme::{Paint, Role};
use crate::app::editor::{self, Editor, Origin, Row, Typing, list_rows};
use crate::app::{App, Target};

/// In front of every row stand the cursor and a mark: `›◆ `.
const FRONT: u16 = 3;
/// The names of what will be done.
const LABEL: u16 = 8;

/// Draws the editor over the screen.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(edited) = &app.editor else { return };
    put(Clear, area, buffer);
    buffer.set_style(area.intersection(buffer.area), paint.ground().patch(paint.fill(Role::Raised)));
    let inner = panel(title(edited, paint), remark(edited), paint, area, buffer);
    let (list, below) = parts(app, inner);
    let rows = edited.rows();
    let columns = Columns::of(edited, list);
    for (down, place) in edited.in_sight(usize::from(list.height)).into_iter().enumerate() {
        let (Some(shown), line) = (rows.get(place), row(list, down)) else { continue };
        if place == edited.cursor() {
            buffer.set_style(line.intersection(buffer.area), paint.fill(Role::Selection));
            write("›", paint.text(Role::Accent).add_modifier(Modifier::BOLD), Alignment::Left, line, buffer);
        }
        draw_row(app, edited, (shown, &columns), paint, line, buffer);
    }
    if rows.len() <= usize::from(list.height) && matches!(rows.last(), Some(Row::Gap)) {
        let words = if edited.filter.is_empty() { "nothing was changed" } else { "no key has these words" };
        write(words, paint.text(Role::Muted), Alignment::Left, behind(row(list, rows.len()), FRONT), buffer);
    }
    details::draw(app, edited, paint, below, buffer);
}

/// The list, and what stands below it.
fn parts(app: &App, inner: Rect) -> (Rect, Rect) {
    let height = u16::try_from(list_rows(app)).unwrap_or(u16::MAX).min(inner.height);
    let list = Rect { height, ..inner };
    (list, Rect { y: list.bottom(), height: inner.height - height, ..inner })
}

fn title<'a>(edited: &'a Editor, paint: &Paint) -> Line<'a> {
    let accent = paint.text(Role::Accent);
    let mut title = match &edited.origin {
        Origin::File { path } => Line::from(format!("new run · {path}")),
        Origin::Branch(branch) => Line::from(format!("branch of {}", branch.parent)),
    };
    match &edited.typing {
        Typing::Filter(input) => title.push_span(Span::styled(format!("  /{}▏", input.value()), accent)),
        _ if !edited.filter.is_empty() => title.push_span(Span::styled(format!("  /{}", edited.filter), accent)),
        _ => {}
    }
    title
}

fn remark(edited: &Editor) -> String {
    match (edited.changed(), edited.only_changed) {
        (0, _) => String::new(),
        (changed, false) => format!("◆ {changed} changed"),
        (changed, true) => format!("◆ {changed} changed alone"),
    }
}

fn draw_row(
    app: &App,
    edited: &Editor,
    (shown, columns): (&Row, &Columns),
    paint: &Paint,
    line: Rect,
    buffer: &mut Buffer,
) {
    let bold = |role| paint.text(role).add_modifier(Modifier::BOLD);
    let (label, text) = match shown {
        Row::Gap => return,
        Row::Key(shown) => return key::draw(app, edited, (shown, columns), paint, line, buffer),
        Row::Start => ("start", editor::summary(app)),
        Row::From => ("from", editor::from_words(app).unwrap_or_default()),
        Row::When => ("when", editor::turn_words(app)),
    };
    let style = if *shown == Row::Start { bold(Role::Text) } else { paint.text(Role::Text) };
    write(label, bold(Role::Accent), Alignment::Left, behind(line, FRONT), buffer);
    write(&text, style, Alignment::Left, behind(line, FRONT + LABEL), buffer);
}

/// A row without its first columns.
fn behind(line: Rect, columns: u16) -> Rect {
    let columns = columns.min(line.width);
    Rect { x: line.x + columns, width: line.width - columns, ..line }
}

/// How far a typed text is moved to the left, so that its cursor is in sight.
fn moved(input: &Input, place: Rect) -> usize {
    input.visual_scroll(usize::from(place.width).saturating_sub(1))
}

/// Where the value that is typed stands, and what it is.
fn typed(app: &App, area: Rect) -> Option<(Rect, &Input)> {
    let edited = app.editor.as_ref()?;
    let Typing::Value { input, .. } = &edited.typing else { return None };
    let (list, _) = parts(app, inside(area));
    let down = edited.in_sight(usize::from(list.height)).iter().position(|place| *place == edited.cursor())?;
    Some((Columns::of(edited, list).value(row(list, down)), input))
}

/// Where the terminal's cursor stands while a value is typed.
pub fn cursor(app: &App, area: Rect) -> Option<Position> {
    let (place, input) = typed(app, area).filter(|(place, _)| !place.is_empty())?;
    let column = input.visual_cursor().saturating_sub(moved(input, place));
    let x = place.x.saturating_add(u16::try_from(column).unwrap_or(u16::MAX));
    Some(Position { x: x.min(place.right().saturating_sub(1)), y: place.y })
}

/// What lies at a place of the editor.
pub fn target(app: &App, area: Rect, position: Position) -> Target {
    let Some(edited) = &app.editor else { return Target::Nothing };
    let (list, _) = parts(app, inside(area));
    if !list.contains(position) {
        return Target::Body;
    }
    let down = usize::from(position.y - list.y);
    edited.in_sight(usize::from(list.height)).get(down).map_or(Target::Body, |place| Target::Item(*place))
}
