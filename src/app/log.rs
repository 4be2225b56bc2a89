//! The Log screen: the run's lines, their levels, search and follow.
//!
//! The lines of a run and where its reader stands are a [`Book`]; `plain` makes foreign text harmless.

mod book;
mod plain;
mod sheet;
mod words;

use crossterm::event::KeyCode;

pub use self::book::{Book, DayOrLine, KEPT, found};
pub use self::sheet::{Long, Margin, Sheet, sheet};
pub use self::words::{parse, transferred_words, words};
use super::App;
use super::command_line::{self, Kind};
use super::key::{Binding, Key, binding, hinted};
use super::msg::{Effect, Mouse, Target};

/// Lines that the wheel scrolls by.
const WHEEL: usize = 3;

/// Columns that a key scrolls sideways by.
const SIDEWAYS: usize = 8;

/// How much a line matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What a library or a driver wrote to stdout or stderr.
    Output,
    #[default]
    Info,
    Warning,
    Error,
}

impl Level {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Output, Self::Info, Self::Warning, Self::Error];

    /// The word in `log.txt`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A line of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLine {
    /// RFC 3339, UTC, to the second; empty where it is not known.
    pub time: String,
    pub level: Level,
    pub text: String,
}

impl LogLine {
    /// `2026-11-23`.
    #[must_use]
    pub fn date(&self) -> &str {
        self.time.get(..10).unwrap_or_default()
    }

    /// `15:00:00`.
    #[must_use]
    pub fn clock(&self) -> &str {
        self.time.get(11..19).unwrap_or_default()
    }
}

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct Log {
    /// This process's lines, and those of the run that was opened.
    pub own: Book,
    pub opened: Book,
    /// The least level that is shown.
    pub least: Level,
    pub long: Long,
}

impl Default for Log {
    fn default() -> Self {
        Self { own: Book::default(), opened: Book::default(), least: Level::Output, long: Long::default() }
    }
}

/// What the keys of this screen do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Follow,
    Level,
    Search,
    NextMatch,
    PreviousMatch,
    Wrap,
    Left,
    Right,
}

/// The keys of this screen.
pub const KEYS: &[Binding<Action>] = &[
    binding(&[Key::of(KeyCode::Up), Key::char('k')], Action::Up, "a line up; the newest is no longer followed"),
    binding(&[Key::of(KeyCode::Down), Key::char('j')], Action::Down, "a line down"),
    binding(&[Key::of(KeyCode::PageUp)], Action::PageUp, "a page up"),
    binding(&[Key::of(KeyCode::PageDown)], Action::PageDown, "a page down"),
    binding(&[Key::of(KeyCode::Home), Key::char('g')], Action::First, "to the first line"),
    binding(&[Key::of(KeyCode::End), Key::char('G')], Action::Last, "to the newest line, and follow it"),
    hinted(&[Key::char('f')], Action::Follow, "follow the newest line, or stay here", "follow"),
    hinted(
        &[Key::char('v')],
        Action::Level,
        "show all lines, without foreign output, warnings, or errors alone",
        "level",
    ),
    hinted(&[Key::char('/')], Action::Search, "look for a text; with a capital in it: to the letter", "search"),
    binding(&[Key::char('n')], Action::NextMatch, "the next match"),
    binding(&[Key::char('N')], Action::PreviousMatch, "the match before"),
    binding(&[Key::char('w')], Action::Wrap, "break long lines, or cut them"),
    binding(&[Key::of(KeyCode::Left), Key::char('h')], Action::Left, "to the left along lines that are cut"),
    binding(&[Key::of(KeyCode::Right), Key::char('l')], Action::Right, "to the right; lines are cut from then on"),
];

/// The lines that are shown.
#[must_use]
pub fn book(app: &App) -> &Book {
    if app.opened.is_some() { &app.log.opened } else { &app.log.own }
}

fn book_mut(app: &mut App) -> &mut Book {
    if app.opened.is_some() { &mut app.log.opened } else { &mut app.log.own }
}

/// Does what a key asks for.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let sheet = sheet(app);
    match action {
        Action::Up => book_mut(app).up(sheet, 1),
        Action::Down => book_mut(app).down(sheet, 1),
        Action::PageUp => page(app, Book::up),
        Action::PageDown => page(app, Book::down),
        Action::First => book_mut(app).go_to_first(sheet),
        Action::Last => book_mut(app).follow(),
        Action::Follow => book_mut(app).toggle_follow(sheet),
        Action::Level => {
            let after = Level::ALL.into_iter().find(|level| *level > app.log.least);
            app.log.least = after.unwrap_or(Level::Output);
        }
        Action::Search => command_line::open(app, Kind::Search),
        Action::NextMatch => jump(app, Book::next_match),
        Action::PreviousMatch => jump(app, Book::previous_match),
        Action::Wrap => {
            app.log.long = match app.log.long {
                Long::Wrapped => Long::Cut(0),
                Long::Cut(_) => Long::Wrapped,
            };
        }
        Action::Left => {
            if let Long::Cut(column) = app.log.long {
                app.log.long = Long::Cut(column.saturating_sub(SIDEWAYS));
            }
        }
        Action::Right => {
            let column = if let Long::Cut(column) = app.log.long { column } else { 0 };
            let furthest = book(app).widest().saturating_sub(sheet.width);
            app.log.long = Long::Cut((column + SIDEWAYS).min(furthest.max(column)));
        }
    }
    Vec::new()
}

fn page(app: &mut App, scroll: fn(&mut Book, Sheet, usize)) {
    let sheet = sheet(app);
    let book = book_mut(app);
    let lines = book.visible(sheet).len().saturating_sub(1).max(1);
    scroll(book, sheet, lines);
}

fn jump(app: &mut App, jump: fn(&mut Book, Sheet) -> bool) {
    let sheet = sheet(app);
    let book = book_mut(app);
    if book.needle().is_empty() {
        app.complain("nothing is looked for yet: / begins a search");
    } else if !jump(book, sheet) {
        let complaint = format!("{:?} stands in no line that is shown", book.needle());
        app.complain(complaint);
    }
}

/// Does what the mouse asks for.
pub fn point(app: &mut App, mouse: Mouse, _target: Target) -> Vec<Effect> {
    let sheet = sheet(app);
    match mouse {
        Mouse::WheelUp => book_mut(app).up(sheet, WHEEL),
        Mouse::WheelDown => book_mut(app).down(sheet, WHEEL),
        Mouse::Click | Mouse::Drag => {}
    }
    Vec::new()
}

/// Looks for a text, and shows the match that is nearest above; empty: looks for nothing.
pub fn search(app: &mut App, text: &str) {
    let sheet = sheet(app);
    for book in [&mut app.log.own, &mut app.log.opened] {
        book.search(sheet, text);
    }
}

/// Ends the search; whether there was one.
pub fn back(app: &mut App) -> bool {
    let searching = !book(app).needle().is_empty();
    search(app, "");
    searching
}

/// Adds a line of this process.
pub fn add(app: &mut App, line: &LogLine) {
    app.log.own.add(line);
}

/// Shows the lines of a run that was opened.
pub fn opened(app: &mut App, lines: &[LogLine]) {
    let needle = app.log.opened.needle().to_owned();
    app.log.opened = Book::default();
    for line in lines {
        app.log.opened.add(line);
    }
    let sheet = sheet(app);
    app.log.opened.search(sheet, &needle);
}

/// Adds what a run that was opened has said since; when, is not known.
pub fn followed(app: &mut App, level: Level, text: String) {
    app.log.opened.add(&LogLine { time: String::new(), level, text });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> App {
        App { columns: 80, rows: 24, screen: super::super::Screen::Log, ..App::default() }
    }

    fn info(text: &str) -> LogLine {
        LogLine { time: "2026-11-23T15:00:00Z".into(), level: Level::Info, text: text.into() }
    }

    #[test]
    fn every_action_has_a_key_and_every_key_an_action() {
        let all = [
            Action::Up,
            Action::Down,
            Action::PageUp,
            Action::PageDown,
            Action::First,
            Action::Last,
            Action::Follow,
            Action::Level,
            Action::Search,
            Action::NextMatch,
            Action::PreviousMatch,
            Action::Wrap,
            Action::Left,
            Action::Right,
        ];
        // A new action does not compile until it stands here, and so in the list above.
        let known = |action: Action| match action {
            Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
            | Action::Follow
            | Action::Level
            | Action::Search
            | Action::NextMatch
            | Action::PreviousMatch
            | Action::Wrap
            | Action::Left
            | Action::Right => (),
        };
        for action in all {
            known(action);
            assert!(KEYS.iter().any(|binding| binding.action == action), "{action:?}");
        }
        assert_eq!(KEYS.len(), all.len());
    }

    #[test]
    fn sideways_goes_as_far_as_the_widest_line_and_back() {
        let mut app = app();
        add(&mut app, &info(&"x".repeat(100)));
        for _ in 0..20 {
            act(&mut app, Action::Right);
        }
        let width = sheet(&app).width;
        assert_eq!(app.log.long, Long::Cut(100 - width));
        for _ in 0..20 {
            act(&mut app, Action::Left);
        }
        assert_eq!(app.log.long, Long::Cut(0));
    }

    #[test]
    fn the_level_key_goes_round() {
        let mut app = app();
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(app.log.least);
            act(&mut app, Action::Level);
        }
        assert_eq!(seen, [Level::Output, Level::Info, Level::Warning, Level::Error, Level::Output]);
    }
}
