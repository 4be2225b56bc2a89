//! The resolved configuration, key by key, with the values that are not the defaults marked.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::{frame, inside, over, selected, width_of, write};
use crate::app::App;
use crate::app::model::{self, Entry, Section};
use crate::ui::layout::first_line;
use crate::ui::theme::{Paint, Role};

/// From this width on every line has the whole path; below it stands what a path has in common with the one
/// above only once, as a heading.
const WHOLE_PATHS: u16 = 62;
/// Lines below the list: the path of the cursor's key, and its value.
const BELOW: u16 = 2;

/// A line of the list.
#[derive(Clone, Copy)]
enum Row<'a> {
    Heading(&'a str),
    Entry(usize),
}

fn rows(entries: &[Entry], whole: bool) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut above = "";
    for (number, entry) in entries.iter().enumerate() {
        let section = entry.path.split_once('.').map_or("", |(section, _)| section);
        if !whole && section != above {
            rows.push(Row::Heading(section));
        }
        above = section;
        rows.push(Row::Entry(number));
    }
    rows
}

/// The list as it stands in its frame.
struct List<'a> {
    rows: Vec<Row<'a>>,
    first: usize,
    place: Rect,
    whole: bool,
}

impl<'a> List<'a> {
    fn of(app: &App, entries: &'a [Entry], inner: Rect) -> Self {
        let whole = inner.width >= WHOLE_PATHS;
        let rows = rows(entries, whole);
        let now = model::entry(app, entries.len());
        let here = rows.iter().position(|row| matches!(row, Row::Entry(entry) if *entry == now)).unwrap_or(0);
        let below = if !whole && inner.height > 6 { BELOW } else { 0 };
        let place = Rect { height: inner.height - below, ..inner };
        let first = first_line(here, rows.len(), usize::from(place.height));
        Self { rows, first, place, whole }
    }
}

/// Draws the list.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let entries = model::entries(app);
    let differing = entries.iter().filter(|entry| entry.differs()).count();
    let remark = match differing {
        0 if entries.is_empty() => String::new(),
        0 => "all are the defaults".to_owned(),
        _ => format!("◆ {differing} of {} not the default", entries.len()),
    };
    let inner = frame(app, (Section::Configuration, remark), paint, area, buffer);
    if entries.is_empty() {
        write(buffer, inner, (inner.x + 1, inner.y), "not known", paint.text(Role::Muted));
        return;
    }
    let list = List::of(app, &entries, inner);
    let longest = |text: fn(&Entry) -> &str| entries.iter().map(|entry| width_of(text(entry))).max().unwrap_or(0);
    let paths = if list.whole { longest(|entry| &entry.path) } else { longest(|entry| told(&entry.path).1) };
    // Only where a default follows must the values end together.
    let differing_values = entries.iter().filter(|entry| entry.differs()).map(|entry| width_of(&entry.value));
    let values = differing_values.max().unwrap_or(0).min(14);
    let now = model::entry(app, entries.len());
    for (row, line) in list.rows.iter().skip(list.first).zip(list.place.rows()) {
        match row {
            Row::Heading(section) => {
                let style = paint.text(Role::Accent).add_modifier(Modifier::BOLD);
                write(buffer, line, (line.x + 1, line.y), section, style);
            }
            Row::Entry(number) => {
                let Some(entry) = entries.get(*number) else { continue };
                let style = if *number == now {
                    let style = selected(app, paint, &[Section::Configuration]);
                    buffer.set_style(line.intersection(buffer.area), style);
                    style
                } else {
                    paint.text(Role::Text)
                };
                let columns = (if list.whole { 0 } else { 2 + paths.min(18) }, paths, values);
                draw_entry(entry, columns, (paint, style), line, buffer);
            }
        }
    }
    let below = Rect { y: list.place.bottom(), height: inner.height - list.place.height, ..inner };
    if let Some(entry) = entries.get(now) {
        draw_whole(entry, paint, below, buffer);
    }
}

/// A path without its section, and how deep it lies in it.
fn told(path: &str) -> (u16, &str) {
    let depth = path.matches('.').count().saturating_sub(1);
    (u16::try_from(depth).unwrap_or(0), path.rsplit_once('.').map_or(path, |(_, key)| key))
}

/// `◆ training.epochs = 8   default 60`; `short` is where the values stand when the paths are short, else 0.
fn draw_entry(
    entry: &Entry,
    (short, paths, values): (u16, u16, u16),
    (paint, style): (&Paint, Style),
    line: Rect,
    buffer: &mut Buffer,
) {
    let differs = entry.differs();
    let strong = if differs { over(style, paint, Role::Best).add_modifier(Modifier::BOLD) } else { style };
    let quiet = over(style, paint, Role::Muted);
    if differs {
        write(buffer, line, (line.x, line.y), "◆", strong);
    }
    let (indent, key) = told(&entry.path);
    let at = if short > 0 {
        write(buffer, line, (line.x + 2 + indent * 2, line.y), key, style);
        line.x + 2 + short.max(width_of(key) + 2 + indent * 2)
    } else {
        let section = entry.path.strip_suffix(key).unwrap_or_default();
        write(buffer, line, (line.x + 2, line.y), section, quiet);
        write(buffer, line, (line.x + 2 + width_of(section), line.y), key, style);
        write(buffer, line, (line.x + 2 + paths + 1, line.y), "=", quiet);
        line.x + 2 + paths + 3
    };
    write(buffer, line, (at, line.y), &entry.value, strong);
    if let Some(default) = entry.default.as_ref().filter(|_| differs) {
        let words = if short > 0 { format!("({default})") } else { format!("default {default}") };
        let after = at + if short > 0 { width_of(&entry.value) } else { values.max(width_of(&entry.value)) } + 2;
        write(buffer, line, (after, line.y), &words, quiet);
    }
}

/// The key of the cursor in whole, as `--set` takes it.
fn draw_whole(entry: &Entry, paint: &Paint, below: Rect, buffer: &mut Buffer) {
    let mut lines = below.rows();
    if let Some(line) = lines.next() {
        write(buffer, line, (line.x + 2, line.y), &entry.path, paint.text(Role::Muted));
    }
    if let Some(line) = lines.next() {
        let default = match &entry.default {
            Some(default) if entry.differs() => format!("  default {default}"),
            Some(_) => "  the default".to_owned(),
            None => "  has no default".to_owned(),
        };
        write(buffer, line, (line.x + 2, line.y), &format!("= {}{default}", entry.value), paint.text(Role::Muted));
    }
}

/// The key at a place of the list.
pub fn entry_at(app: &App, area: Rect, position: Position) -> Option<usize> {
    let entries = model::entries(app);
    let list = List::of(app, &entries, inside(area));
    let line = list.place.contains(position).then(|| usize::from(position.y - list.place.y))?;
    match list.rows.get(list.first + line)? {
        Row::Entry(entry) => Some(*entry),
        Row::Heading(_) => None,
    }
}
