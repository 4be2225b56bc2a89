//! The list of runs.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::columns::{Column, GAP, fitting, heading};
use crate::app::App;
use crate::app::runs::{Listed, Mark, Order, RunEntry, Seeds, Twig};
use crate::ui::header::status;
use crate::ui::text::{row, write};
use crate::ui::theme::{Paint, Role};

/// In front of the columns stand the cursor, the mark of an overlay and that of the state: `›◆ ● `.
const FRONT: u16 = 5;

/// What a family's lines may add to the names' column: four generations.
const WIDEST_LINES: usize = 8;

/// Behind them a blank.
const AIR: u16 = 1;

/// Draws the headings and the rows in sight.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let list = &app.runs.list;
    let entry = |listed: &Listed| match listed {
        Listed::Run(place) => app.runs.entries.get(*place),
        Listed::Seeds(_) => None,
    };
    let entries: Vec<&RunEntry> = list.rows().iter().filter_map(entry).collect();
    let lines = list.twigs().iter().map(|twig| twig.lines.width()).max().unwrap_or(0).min(WIDEST_LINES);
    let heading_width = |listed: &Listed| match listed {
        Listed::Run(_) => None,
        Listed::Seeds(number) => list.seeds(*number).map(|seeds| heading(seeds).width()),
    };
    let widest = list.rows().iter().filter_map(heading_width).max().unwrap_or(0);
    let columns = fitting(&entries, (lines, widest), usize::from(area.width.saturating_sub(FRONT + AIR)));
    let place = rows_area(area);
    if place.y > area.y {
        draw_headings(app, &columns, paint, row(area, 0), buffer);
    }
    let first = first_row(app, place);
    let rows = list.rows().iter().zip(list.twigs()).enumerate();
    for (number, (listed, twig)) in rows.skip(first).take(usize::from(place.height)) {
        let area = row(place, number - first);
        match listed {
            Listed::Run(_) => {
                if let Some(entry) = entry(listed) {
                    draw_entry(app, (entry, twig), &columns, paint, area, buffer);
                }
            }
            Listed::Seeds(number) => {
                if let Some(seeds) = list.seeds(*number) {
                    draw_seeds(app, seeds, &columns, paint, area, buffer);
                }
            }
        }
        if number == list.place() {
            buffer.set_style(area.intersection(buffer.area), paint.fill(Role::Selection));
            write("›", paint.text(Role::Accent).add_modifier(Modifier::BOLD), Alignment::Left, area, buffer);
        }
    }
    draw_position(list.rows().len(), first, paint, place, buffer);
}

/// The heading of a group of seeds: how many there are, and how their figures spread.
fn draw_seeds(app: &App, seeds: &Seeds, columns: &[(Column, usize)], paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let runs = seeds.newest(&app.runs.entries);
    let bold = Modifier::BOLD;
    write("≡", paint.text(Role::Accent).add_modifier(bold), Alignment::Left, front(area, 3), buffer);
    for (column, place) in places(columns, area) {
        let style = match column {
            Column::Name => paint.text(Role::Accent).add_modifier(bold),
            Column::Data | Column::DataWhole if runs.iter().any(|run| run.synthetic) => paint.text(Role::Warning),
            column if column.is_figure() => paint.text(Role::Text).add_modifier(bold),
            _ => paint.text(Role::Muted),
        };
        write(&column.of_seeds(seeds, &runs), style, column.alignment(), place, buffer);
    }
}

/// Where the runs stand, below the headings if those have room.
fn rows_area(area: Rect) -> Rect {
    let headings = u16::from(area.height > 1);
    Rect { y: area.y.saturating_add(headings), height: area.height.saturating_sub(headings), ..area }
}

/// The first row in sight: the app's, or what a smaller area than it thinks makes of it.
fn first_row(app: &App, list: Rect) -> usize {
    let lowest = (app.runs.list.place() + 1).saturating_sub(usize::from(list.height));
    app.runs.list.first().max(lowest)
}

/// The places of the columns, from the left.
fn places(columns: &[(Column, usize)], area: Rect) -> impl Iterator<Item = (Column, Rect)> {
    let mut x = area.x.saturating_add(FRONT);
    columns.iter().map(move |(column, width)| {
        let width = u16::try_from(*width).unwrap_or(u16::MAX);
        let place = Rect { x, width: width.min(area.right().saturating_sub(x)), ..area };
        x = x.saturating_add(width).saturating_add(u16::try_from(GAP).unwrap_or(0));
        (*column, place)
    })
}

/// A column in front of the others.
fn front(area: Rect, column: u16) -> Rect {
    Rect { x: area.x.saturating_add(column), width: area.width.saturating_sub(column).min(1), ..area }
}

fn draw_headings(app: &App, columns: &[(Column, usize)], paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let list = &app.runs.list;
    for (column, place) in places(columns, area) {
        if column.sort() == Some(list.sort) {
            let arrow = match list.order {
                Order::Ascending => "▲",
                Order::Descending => "▼",
            };
            let style = paint.text(Role::Accent).add_modifier(Modifier::BOLD);
            write(column.heading(), style, column.alignment(), place, buffer);
            let behind = match column.alignment() {
                Alignment::Left => u16::try_from(column.heading().len() + 1).unwrap_or(0),
                Alignment::Center | Alignment::Right => place.width,
            };
            let arrow_area = Rect { x: place.x.saturating_add(behind), width: 1, ..place };
            write(arrow, style, Alignment::Left, arrow_area.intersection(area), buffer);
        } else {
            write(column.heading(), paint.text(Role::Muted), column.alignment(), place, buffer);
        }
    }
}

fn draw_entry(
    app: &App,
    (entry, twig): (&RunEntry, &Twig),
    columns: &[(Column, usize)],
    paint: &Paint,
    area: Rect,
    buffer: &mut Buffer,
) {
    let at = |column| front(area, column);
    match app.runs.mark(&entry.name) {
        Some(Mark::Overlay(number)) => {
            let style = paint.text(Role::Overlay(number)).add_modifier(Modifier::BOLD);
            write("◆", style, Alignment::Left, at(1), buffer);
        }
        Some(Mark::Beyond) => write("+", paint.text(Role::Accent), Alignment::Left, at(1), buffer),
        Some(Mark::Asked) => write("◇", paint.text(Role::Muted), Alignment::Left, at(1), buffer),
        None => {}
    }
    let (mark, role) = match (&entry.unreadable, status(&entry.status, entry.live)) {
        (Some(_), _) => ("?", Role::Bad),
        (None, (mark, _, role)) => (mark, role),
    };
    write(mark, paint.text(role).add_modifier(Modifier::BOLD), Alignment::Left, at(3), buffer);
    let shown = app.shown().is_some_and(|shown| shown.name == entry.name);
    let name = paint.text(Role::Text).add_modifier(if shown { Modifier::BOLD } else { Modifier::empty() });
    if let Some(why) = &entry.unreadable {
        draw_unreadable(entry, why, columns, (name, paint.text(Role::Bad)), area, buffer);
        return;
    }
    for (column, place) in places(columns, area) {
        let style = match column {
            Column::Name => {
                draw_name(&entry.name, twig, (name, paint), place, buffer);
                continue;
            }
            // It stands there for its children's sake.
            _ if twig.aside => paint.text(Role::Muted),
            Column::Status => paint.text(role),
            Column::Data | Column::DataWhole if entry.synthetic => paint.text(Role::Warning),
            column if column.is_figure() => paint.text(Role::Text),
            _ => paint.text(Role::Muted),
        };
        write(&column.cell(entry, usize::from(place.width)), style, column.alignment(), place, buffer);
    }
}

/// The name behind the lines of its family; of a run that is there for its children alone, muted.
fn draw_name(name: &str, twig: &Twig, (style, paint): (Style, &Paint), place: Rect, buffer: &mut Buffer) {
    write(&twig.lines, paint.text(Role::Muted), Alignment::Left, place, buffer);
    let taken = u16::try_from(twig.lines.width()).unwrap_or(u16::MAX).min(place.width);
    let rest = Rect { x: place.x + taken, width: place.width - taken, ..place };
    let style = if twig.aside { paint.text(Role::Muted) } else { style };
    write(name, style, Alignment::Left, rest, buffer);
}

/// The name, and why there is nothing else.
fn draw_unreadable(
    entry: &RunEntry,
    why: &str,
    columns: &[(Column, usize)],
    (name, reason): (Style, Style),
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut places = places(columns, area);
    if let Some((_, place)) = places.next() {
        write(&entry.name, name, Alignment::Left, place, buffer);
    }
    if let Some((_, place)) = places.next() {
        let rest = Rect { width: area.right().saturating_sub(place.x), ..place };
        write(&format!("unreadable: {why}"), reason, Alignment::Left, rest, buffer);
    }
}

/// Where the rows in sight stand among all, on the frame's right edge.
fn draw_position(count: usize, first: usize, paint: &Paint, list: Rect, buffer: &mut Buffer) {
    let height = usize::from(list.height);
    if count <= height || height == 0 {
        return;
    }
    let length = (height * height / count).max(1);
    let top = first * (height - length) / (count - height);
    let edge = Rect { x: list.right(), width: 1, ..list };
    for down in top..top + length {
        write("█", paint.text(Role::Faint), Alignment::Left, row(edge, down), buffer);
    }
}

/// The row of the list under a place of the picture.
pub fn row_at(app: &App, area: Rect, position: Position) -> Option<usize> {
    let list = rows_area(area);
    let place = first_row(app, list) + usize::from(position.y.checked_sub(list.y)?);
    (list.contains(position) && place < app.runs.list.rows().len()).then_some(place)
}
