//! The line at the bottom: commands with completion and history, and searches.
//!
//! What the commands are and do is in `verbs`, what a text can be completed to in `complete`.

mod complete;
mod verbs;

use crossterm::event::KeyCode;
use tui_input::{Input, InputRequest};

pub use self::complete::{Assistance, Candidate, assistance, candidates};
pub use self::verbs::{VERBS, Verb};
use super::key::{self, Binding, Key, binding};
use super::msg::Effect;
use super::{App, Overlay, Screen, log, runs};

/// Lines that the history keeps.
const HISTORY: usize = 100;

/// What the line is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// `:`, a command.
    #[default]
    Command,
    /// `/`, a text that the screen looks for while it is typed.
    Search,
}

/// The line, and what was typed before.
#[derive(Clone, Debug, Default)]
pub struct CommandLine {
    pub kind: Kind,
    pub input: Input,
    commands: History,
    searches: History,
    /// The completion that Tab goes through: what stood there, and which candidate is shown.
    completing: Option<(String, usize)>,
}

/// The lines of a kind that were entered before.
#[derive(Clone, Debug, Default)]
struct History {
    lines: Vec<String>,
    /// Where the line stands among them; past the end is what was typed last.
    place: usize,
    /// What was typed before an older line took its place.
    typed: String,
}

impl History {
    fn enter(&mut self, text: &str) {
        self.lines.retain(|before| before != text);
        if self.lines.len() == HISTORY {
            self.lines.remove(0);
        }
        self.lines.push(text.to_owned());
    }

    /// The line so many places further, when there is one.
    fn recall(&mut self, by: isize, current: &str) -> Option<String> {
        let place = self.place.checked_add_signed(by).filter(|place| *place <= self.lines.len())?;
        if self.place == self.lines.len() {
            current.clone_into(&mut self.typed);
        }
        self.place = place;
        Some(self.lines.get(place).unwrap_or(&self.typed).clone())
    }
}

impl CommandLine {
    fn history(&mut self) -> &mut History {
        match self.kind {
            Kind::Command => &mut self.commands,
            Kind::Search => &mut self.searches,
        }
    }
}

/// What the keys do while the line is typed; every other key is a letter of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Enter,
    Leave,
    Complete,
    CompleteBack,
    Older,
    Newer,
    Left,
    Right,
    WordLeft,
    WordRight,
    Start,
    End,
    DeleteBack,
    DeleteForward,
    DeleteWord,
    DeleteLine,
    DeleteToEnd,
}

/// The keys of the line.
pub const KEYS: &[Binding<Action>] = &[
    binding(&[Key::of(KeyCode::Enter)], Action::Enter, "do it, or keep the search"),
    binding(&[Key::of(KeyCode::Esc)], Action::Leave, "leave the line; a search ends"),
    binding(&[Key::of(KeyCode::Tab)], Action::Complete, "complete a command; again: the next candidate"),
    binding(&[Key::of(KeyCode::BackTab)], Action::CompleteBack, "the candidate before"),
    binding(&[Key::of(KeyCode::Up), Key::control('p')], Action::Older, "an older line"),
    binding(&[Key::of(KeyCode::Down), Key::control('n')], Action::Newer, "a newer line"),
    binding(&[Key::of(KeyCode::Left), Key::control('b')], Action::Left, "a letter to the left"),
    binding(&[Key::of(KeyCode::Right), Key::control('f')], Action::Right, "a letter to the right"),
    binding(&[Key::control('y')], Action::WordLeft, "a word to the left"),
    binding(&[Key::control('o')], Action::WordRight, "a word to the right"),
    binding(&[Key::of(KeyCode::Home), Key::control('a')], Action::Start, "to the beginning"),
    binding(&[Key::of(KeyCode::End), Key::control('e')], Action::End, "to the end"),
    binding(
        &[Key::of(KeyCode::Backspace), Key::control('h')],
        Action::DeleteBack,
        "delete; in an empty line: leave it",
    ),
    binding(
        &[Key::of(KeyCode::Delete), Key::control('d')],
        Action::DeleteForward,
        "delete the letter under the cursor",
    ),
    binding(&[Key::control('w')], Action::DeleteWord, "delete the word before the cursor"),
    binding(&[Key::control('u')], Action::DeleteLine, "delete everything"),
    binding(&[Key::control('k')], Action::DeleteToEnd, "delete from the cursor on"),
];

/// Opens the line.
pub fn open(app: &mut App, kind: Kind) {
    app.overlay = Overlay::CommandLine;
    app.notice = None;
    let line = &mut app.command_line;
    line.kind = kind;
    line.input.reset();
    line.completing = None;
    let history = line.history();
    history.place = history.lines.len();
    history.typed.clear();
}

/// Opens the line with a text in it.
pub fn open_with(app: &mut App, kind: Kind, text: &str) {
    open(app, kind);
    app.command_line.input = Input::from(text);
}

/// Takes in pasted text, as one line.
pub fn paste(app: &mut App, text: &str) -> Vec<Effect> {
    if !matches!(app.overlay, Overlay::CommandLine) {
        return Vec::new();
    }
    app.command_line.completing = None;
    for char in text.trim_end().chars().map(|char| if char.is_control() { ' ' } else { char }) {
        app.command_line.input.handle(InputRequest::InsertChar(char));
    }
    typed(app)
}

/// Takes in a key while the line is open.
pub fn press(app: &mut App, key: Key) -> Vec<Effect> {
    let completing = app.command_line.completing.take();
    match key::action(KEYS, key) {
        Some(Action::Leave) => return leave(app),
        Some(Action::Enter) => return enter(app),
        Some(Action::Complete) => return complete::next(app, completing, 1),
        Some(Action::CompleteBack) => return complete::next(app, completing, -1),
        Some(Action::Older) => return recall(app, -1),
        Some(Action::Newer) => return recall(app, 1),
        Some(Action::DeleteBack) if app.command_line.input.value().is_empty() => return leave(app),
        _ => {}
    }
    let Some(request) = request(key) else { return Vec::new() };
    app.command_line.input.handle(request);
    typed(app)
}

/// What a key does to a text that is typed, if it changes it or moves in it.
#[must_use]
pub fn request(key: Key) -> Option<InputRequest> {
    Some(match key::action(KEYS, key) {
        Some(Action::DeleteBack) => InputRequest::DeletePrevChar,
        Some(Action::DeleteForward) => InputRequest::DeleteNextChar,
        Some(Action::DeleteWord) => InputRequest::DeletePrevWord,
        Some(Action::DeleteLine) => InputRequest::DeleteLine,
        Some(Action::DeleteToEnd) => InputRequest::DeleteTillEnd,
        Some(Action::Left) => InputRequest::GoToPrevChar,
        Some(Action::Right) => InputRequest::GoToNextChar,
        Some(Action::WordLeft) => InputRequest::GoToPrevWord,
        Some(Action::WordRight) => InputRequest::GoToNextWord,
        Some(Action::Start) => InputRequest::GoToStart,
        Some(Action::End) => InputRequest::GoToEnd,
        None => match key {
            Key { code: KeyCode::Char(char), control: false } => InputRequest::InsertChar(char),
            _ => return None,
        },
        Some(_) => return None,
    })
}

/// A search is followed while it is typed, and a command is prepared.
fn typed(app: &mut App) -> Vec<Effect> {
    match app.command_line.kind {
        Kind::Search => {
            let text = app.command_line.input.value().to_owned();
            search(app, &text);
            Vec::new()
        }
        Kind::Command => complete::prepare(app),
    }
}

fn search(app: &mut App, text: &str) {
    match app.screen {
        Screen::Log => log::search(app, text),
        Screen::Runs => runs::search(app, text),
        Screen::Live | Screen::Confusion | Screen::Volumes | Screen::Model => {}
    }
}

fn leave(app: &mut App) -> Vec<Effect> {
    app.overlay = Overlay::None;
    if app.command_line.kind == Kind::Search {
        search(app, "");
    }
    Vec::new()
}

fn enter(app: &mut App) -> Vec<Effect> {
    app.overlay = Overlay::None;
    let line = &mut app.command_line;
    let text = line.input.value().trim().to_owned();
    if text.is_empty() {
        return Vec::new();
    }
    line.history().enter(&text);
    match line.kind {
        Kind::Search => Vec::new(),
        Kind::Command => verbs::run(app, &text),
    }
}

fn recall(app: &mut App, by: isize) -> Vec<Effect> {
    let line = &mut app.command_line;
    let current = line.input.value().to_owned();
    let Some(text) = line.history().recall(by, &current) else { return Vec::new() };
    line.input = Input::new(text);
    typed(app)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typing(app: &mut App, text: &str) {
        text.chars().for_each(|char| drop(press(app, Key::char(char))));
    }

    fn entering(app: &mut App, text: &str) -> Vec<Effect> {
        open(app, Kind::Command);
        typing(app, text);
        press(app, Key::of(KeyCode::Enter))
    }

    fn value(app: &App) -> &str {
        app.command_line.input.value()
    }

    #[test]
    fn older_lines_come_back_and_what_was_begun_is_not_lost() {
        let mut app = App::default();
        for text in ["theme light", "show log", "theme light"] {
            entering(&mut app, text);
        }
        open(&mut app, Kind::Command);
        typing(&mut app, "st");
        let mut seen = Vec::new();
        for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down, KeyCode::Down] {
            drop(press(&mut app, Key::of(code)));
            seen.push(value(&app).to_owned());
        }
        assert_eq!(seen, ["theme light", "show log", "show log", "theme light", "st", "st"]);
    }

    #[test]
    fn searches_and_commands_are_remembered_apart() {
        let mut app = App { screen: Screen::Log, ..App::default() };
        entering(&mut app, "theme dark");
        open(&mut app, Kind::Search);
        drop(press(&mut app, Key::of(KeyCode::Up)));
        assert_eq!(value(&app), "");
    }

    #[test]
    fn backspace_in_an_empty_line_leaves_it() {
        let mut app = App::default();
        open(&mut app, Kind::Command);
        typing(&mut app, "q");
        drop(press(&mut app, Key::of(KeyCode::Backspace)));
        assert!(matches!(app.overlay, Overlay::CommandLine));
        drop(press(&mut app, Key::of(KeyCode::Backspace)));
        assert!(matches!(app.overlay, Overlay::None));
    }

    #[test]
    fn pasted_lines_become_one_and_run_nothing() {
        let mut app = App::default();
        open(&mut app, Kind::Command);
        drop(paste(&mut app, "show\nlog\n"));
        assert_eq!(value(&app), "show log");
        assert_eq!(app.screen, Screen::Live);
    }

    #[test]
    fn every_key_of_the_line_does_something() {
        for binding in KEYS {
            for key in binding.keys {
                let mut app = App::default();
                entering(&mut app, "theme dark");
                entering(&mut app, "show log");
                open(&mut app, Kind::Command);
                drop(paste(&mut app, "show"));
                match binding.action {
                    Action::Newer => drop(press(&mut app, Key::of(KeyCode::Up))),
                    Action::Right | Action::WordRight | Action::End | Action::DeleteForward | Action::DeleteToEnd => {
                        drop(press(&mut app, Key::of(KeyCode::Home)));
                    }
                    Action::Complete | Action::CompleteBack => drop(press(&mut app, Key::of(KeyCode::Backspace))),
                    _ => {}
                }
                let before = (value(&app).to_owned(), app.command_line.input.cursor(), format!("{:?}", app.overlay));
                drop(press(&mut app, *key));
                let after = (value(&app).to_owned(), app.command_line.input.cursor(), format!("{:?}", app.overlay));
                assert_ne!(before, after, "{key} is said to {}", binding.help);
            }
        }
    }
}
