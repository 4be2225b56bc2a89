//! What the help shows, from the tables that handle the keys and the commands, and how far it scrolls.

use crossterm::event::KeyCode;
use unicode_width::UnicodeWidthStr;

use super::key::{self, Binding, HelpLine, Key, binding};
use super::room::Room;
use super::wrap::wrapped;
use super::{App, Overlay, Screen, command_line, editor, global, queue, scrub};

/// From here on the help stands in two columns, and in three.
const TWO_COLUMNS: usize = 110;
const THREE_COLUMNS: usize = 165;

/// The keys' column is at most so wide.
const WIDEST_KEYS: usize = 31;

/// What the keys do while the help is open; every other key closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Down,
    Up,
    PageDown,
    PageUp,
    First,
    Last,
}

/// The keys of the help.
pub const KEYS: &[Binding<Action>] = &[
    binding(&[Key::of(KeyCode::Down), Key::char('j')], Action::Down, "scroll down"),
    binding(&[Key::of(KeyCode::Up), Key::char('k')], Action::Up, "scroll up"),
    binding(&[Key::of(KeyCode::PageDown), Key::char(' ')], Action::PageDown, "scroll down a page"),
    binding(&[Key::of(KeyCode::PageUp)], Action::PageUp, "scroll up a page"),
    binding(&[Key::of(KeyCode::Home), Key::char('g')], Action::First, "to its beginning"),
    binding(&[Key::of(KeyCode::End), Key::char('G')], Action::Last, "to its end; any other key closes the help"),
];

/// What the mouse does on all screens.
const MOUSE: [(&str, &str); 4] = [
    ("click", "a tab shows its screen; a line, a cell or a place of a chart is selected"),
    ("click again", "what is selected opens"),
    ("drag", "moves the charts' cursor, the crosshair, or the slider over the epochs"),
    ("wheel", "scrolls, zooms, or goes through slices or epochs"),
];

/// Lines of the help that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub title: &'static str,
    /// Keys or commands, and what they do.
    pub entries: Vec<(String, String)>,
}

/// The help of the editor, which has all keys while it is open.
#[must_use]
pub fn editor_sections() -> Vec<Section> {
    vec![
        table("Editor", key::help(editor::KEYS)),
        table("While a value or a filter is typed", key::help(command_line::KEYS)),
        table("In this help", key::help(KEYS)),
    ]
}

fn table(title: &'static str, lines: Vec<HelpLine>) -> Section {
    Section { title, entries: lines.into_iter().map(|line| (line.keys, line.help.to_owned())).collect() }
}

/// The whole help of a screen.
#[must_use]
pub fn sections(screen: Screen) -> Vec<Section> {
    let commands = command_line::VERBS.iter().map(|verb| {
        let names = verb.names.iter().map(|name| format!(":{name}")).collect::<Vec<_>>().join(" ");
        (format!("{names} {}", verb.argument).trim_end().to_owned(), verb.help.to_owned())
    });
    let mouse = MOUSE.map(|(what, does)| (what.to_owned(), does.to_owned()));
    let mut sections = vec![
        table(screen.title(), global::screen_help(screen)),
        table("Epochs, on Live, Confusion and Volumes alike", scrub::help(screen)),
        table("Everywhere", key::help(global::KEYS)),
        Section { title: "Mouse", entries: mouse.into() },
        Section { title: "Commands", entries: commands.collect() },
        table("While a command or a search is typed", key::help(command_line::KEYS)),
        table("In the queue", key::help(queue::KEYS)),
        table("In this help", key::help(KEYS)),
    ];
    sections.retain(|section| !section.entries.is_empty());
    sections
}

/// A row of the help as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Gap,
    Heading(&'static str),
    /// Keys, the width of their column, and a part of what they do.
    Entry {
        keys: String,
        width: usize,
        help: String,
    },
}

/// The help on a terminal of some size: its columns of rows, from some row on, and the furthest row to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub columns: Vec<Vec<Row>>,
    pub last: usize,
}

/// What the help shows when it has been scrolled by so many rows.
#[must_use]
pub fn page(app: &App, scroll: usize) -> Page {
    let room = Room::of(app).framed();
    let count = match room.columns {
        THREE_COLUMNS.. => 3,
        TWO_COLUMNS.. => 2,
        _ => 1,
    };
    let shown = if app.editor.is_some() { editor_sections() } else { sections(app.screen) };
    let blocks: Vec<Vec<Row>> =
        shown.iter().map(|section| rows(section, (room.columns / count).saturating_sub(2))).collect();
    if let Some(columns) = side_by_side(&blocks, count, room.rows) {
        return Page { columns, last: 0 };
    }
    let rows: Vec<Row> = blocks.concat();
    let last = rows.len().saturating_sub(room.rows * count);
    let shown = rows.get(scroll.min(last)..).unwrap_or_default();
    let columns = shown.chunks(room.rows.max(1)).take(count).map(<[Row]>::to_vec).collect();
    Page { columns, last }
}

/// Columns of whole sections, if they fit: the most even.
fn side_by_side(blocks: &[Vec<Row>], count: usize, height: usize) -> Option<Vec<Vec<Row>>> {
    if count < 2 {
        return None;
    }
    let columns = evenly(blocks, count)?;
    columns.iter().all(|column| column.len() <= height).then_some(columns)
}

/// The blocks in so many columns, none of them empty, in their order, of which the tallest is as short as can be.
fn evenly(blocks: &[Vec<Row>], count: usize) -> Option<Vec<Vec<Row>>> {
    if count <= 1 {
        return (!blocks.is_empty()).then(|| vec![blocks.concat()]);
    }
    let splits = (1..blocks.len()).filter_map(|at| blocks.split_at_checked(at));
    let columns = splits.filter_map(|(left, right)| {
        let mut columns = vec![left.concat()];
        columns.extend(evenly(right, count - 1)?);
        Some(columns)
    });
    columns.min_by_key(|columns| columns.iter().map(Vec::len).max())
}

fn rows(section: &Section, width: usize) -> Vec<Row> {
    let keys_width = section.entries.iter().map(|(keys, _)| keys.width()).max().unwrap_or(0);
    let keys_width = keys_width.min(WIDEST_KEYS).min(width * 2 / 5);
    let mut rows = vec![Row::Heading(section.title)];
    for (keys, help) in &section.entries {
        let mut lines = wrapped(help, width.saturating_sub(keys_width + 4)).into_iter();
        // Keys that are wider than their column have a row of their own.
        let first = if keys.width() > keys_width { "" } else { lines.next().unwrap_or_default() };
        let row =
            |keys: &str, help: &str| Row::Entry { keys: keys.to_owned(), width: keys_width, help: help.to_owned() };
        rows.push(row(keys, first));
        rows.extend(lines.map(|line| row("", line)));
    }
    rows.push(Row::Gap);
    rows
}

/// Takes in a key while the help is open.
pub fn press(app: &mut App, scroll: usize, key: Key) {
    let Some(action) = key::action(KEYS, key) else {
        app.uncover();
        return;
    };
    let whole = Room::of(app).framed().rows.saturating_sub(1).max(1);
    let scroll = match action {
        Action::Down => scroll.saturating_add(1),
        Action::Up => scroll.saturating_sub(1),
        Action::PageDown => scroll.saturating_add(whole),
        Action::PageUp => scroll.saturating_sub(whole),
        Action::First => 0,
        Action::Last => usize::MAX,
    };
    scroll_to(app, scroll);
}

/// Shows the help from some row on.
pub fn scroll_to(app: &mut App, scroll: usize) {
    let last = page(app, 0).last;
    app.overlay = Overlay::Help { scroll: scroll.min(last) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(columns: u16, rows: u16) -> App {
        App { columns, rows, ..App::default() }
    }

    #[test]
    fn the_help_names_every_key_of_every_table_and_every_command() {
        for screen in Screen::ALL {
            let entries: Vec<(String, String)> =
                sections(screen).into_iter().flat_map(|section| section.entries).collect();
            let own = global::screen_help(screen).into_iter().chain(key::help(global::KEYS));
            for line in own.chain(key::help(command_line::KEYS)).chain(key::help(KEYS)) {
                assert!(entries.contains(&(line.keys.clone(), line.help.to_owned())), "{screen:?}: {}", line.keys);
            }
            for verb in command_line::VERBS {
                for name in verb.names {
                    let named = |(keys, _): &(String, String)| keys.split(' ').any(|word| word == format!(":{name}"));
                    assert!(entries.iter().any(named), ":{name}");
                }
            }
        }
    }

    #[test]
    fn the_help_of_the_editor_names_its_keys() {
        let entries: Vec<_> = editor_sections().into_iter().flat_map(|section| section.entries).collect();
        for line in key::help(editor::KEYS) {
            assert!(entries.contains(&(line.keys.clone(), line.help.to_owned())), "{}", line.keys);
        }
    }

    #[test]
    fn scrolling_ends_where_the_last_row_stands_at_the_bottom() {
        for (columns, rows) in [(80, 24), (120, 24), (120, 40), (40, 10), (20, 6), (1, 1)] {
            let mut app = app(columns, rows);
            press(&mut app, 0, Key::char('G'));
            let Overlay::Help { scroll } = app.overlay else { panic!() };
            let page = page(&app, scroll);
            assert_eq!(page.last, scroll, "{columns}×{rows}");
            let shown: usize = page.columns.iter().map(Vec::len).sum();
            let room = Room::of(&app).framed();
            assert!(page.columns.iter().all(|rows| rows.len() <= room.rows.max(1)));
            if room.rows > 0 {
                assert_eq!(shown, room.rows * page.columns.len(), "{columns}×{rows}: the last page is full");
            }
        }
    }

    #[test]
    fn columns_keep_whole_sections_together_where_they_fit() {
        let app = app(240, 75);
        let page = page(&app, 0);
        assert_eq!((page.columns.len(), page.last), (3, 0));
        assert!(page.columns.iter().all(|rows| matches!(rows.first(), Some(Row::Heading(_)))));
    }

    #[test]
    fn a_key_that_does_not_scroll_closes_the_help() {
        let mut app = app(80, 24);
        app.overlay = Overlay::Help { scroll: 0 };
        press(&mut app, 0, Key::char('x'));
        assert!(matches!(app.overlay, Overlay::None));
    }
}
