//! The editor that a run is started with: every key of an experiment with what it was and what it is, where a branch
//! begins, and when its turn comes.
//!
//! Starts nothing itself: what it ends in is an [`Effect::Queue`]. How it is opened is in `opening`, where a branch
//! begins in `origin`, what stands in its list in `rows`, a value that is typed in `typing`, its end in `start`.

mod opening;
mod origin;
mod rows;
mod start;
mod typing;
mod words;

use crossterm::event::KeyCode;

pub use self::opening::{branch, branch_shown, choose_file, listed, new, parse_branch, read, resume};
pub use self::origin::{Branch, Kept, Origin, Standing, Start, forks};
pub use self::rows::{Row, list_rows, resized};
pub use self::start::{complaint, heard, locked, queue_of};
pub use self::typing::{Fault, Typing, paste};
pub use self::words::{from_words, rate, summary, turn_words};
use super::key::{self, Binding, HelpLine, Key, binding, hinted};
use super::msg::{Effect, Mouse, Target};
use super::{App, Overlay, Question};
pub use crate::config::Line as KeyLine;
use crate::config::{Draft, Experiment};
use crate::event::Turn;

/// An experiment that is being prepared.
#[derive(Clone, Debug)]
pub struct Editor {
    pub origin: Origin,
    pub draft: Draft,
    /// When its turn comes, where something is trained already.
    pub turn: Turn,
    /// Whether only what was changed is listed.
    pub only_changed: bool,
    /// Words that a key must have, in lower case.
    pub filter: String,
    pub typing: Typing,
    /// The row of the cursor, and how far the keys are scrolled.
    cursor: usize,
    first: usize,
}

impl Editor {
    fn new(origin: Origin, draft: Draft) -> Self {
        Self {
            origin,
            draft,
            turn: Turn::Last,
            only_changed: false,
            filter: String::new(),
            typing: Typing::None,
            cursor: 0,
            first: 0,
        }
    }
}

/// What the keys of the editor do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Enter,
    Start,
    Edit,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    Next,
    Previous,
    Later,
    Earlier,
    Turn,
    Undo,
    UndoAll,
    NextChange,
    PreviousChange,
    OnlyChanged,
    Filter,
    Help,
    Leave,
}

/// The keys of the editor.
pub const KEYS: &[Binding<Action>] = &[
    hinted(&[Key::of(KeyCode::Enter)], Action::Enter, "start the run, or change what the cursor stands on", "change"),
    hinted(&[Key::char('s')], Action::Start, "start the run, wherever the cursor stands", "start"),
    binding(&[Key::char('e'), Key::char('=')], Action::Edit, "change the value under the cursor"),
    binding(&[Key::of(KeyCode::Up), Key::char('k')], Action::Up, "the line above"),
    binding(&[Key::of(KeyCode::Down), Key::char('j')], Action::Down, "the line below"),
    binding(&[Key::of(KeyCode::PageUp)], Action::PageUp, "a page up"),
    binding(&[Key::of(KeyCode::PageDown)], Action::PageDown, "a page down"),
    binding(&[Key::of(KeyCode::Home), Key::char('g')], Action::First, "the first line"),
    binding(&[Key::of(KeyCode::End), Key::char('G')], Action::Last, "the last line"),
    binding(&[Key::of(KeyCode::Right), Key::char('l')], Action::Next, "the next choice of the line, where it has some"),
    binding(&[Key::of(KeyCode::Left), Key::char('h')], Action::Previous, "the choice before"),
    hinted(&[Key::char('f')], Action::Earlier, "branch from an earlier checkpoint that is kept", "from"),
    binding(&[Key::char('F')], Action::Later, "branch from a later one, or from where the run stands"),
    hinted(&[Key::char('t')], Action::Turn, "its turn: after all that waits, next, or at once", "turn"),
    hinted(&[Key::char('u'), Key::of(KeyCode::Delete)], Action::Undo, "take the change of the key back", "undo"),
    binding(&[Key::char('U')], Action::UndoAll, "take all changes back"),
    binding(&[Key::char('n')], Action::NextChange, "the next key that was changed"),
    binding(&[Key::char('N')], Action::PreviousChange, "the one before"),
    hinted(&[Key::char('c')], Action::OnlyChanged, "list what was changed alone, or every key", "changed"),
    hinted(&[Key::char('/')], Action::Filter, "list the keys with some words", "filter"),
    hinted(&[Key::char('?')], Action::Help, "these keys", "help"),
    hinted(
        &[Key::of(KeyCode::Esc)],
        Action::Leave,
        "back: ends the filter, then leaves, and asks if something was changed",
        "back",
    ),
];

/// Takes in a key while the editor is open.
pub fn press(app: &mut App, key: Key) -> Vec<Effect> {
    let Some(editor) = &app.editor else {
        app.overlay = Overlay::None;
        return Vec::new();
    };
    if !matches!(editor.typing, Typing::None) {
        typing::press(app, key);
        return Vec::new();
    }
    app.notice = None;
    key::action(KEYS, key).map(|action| act(app, action)).unwrap_or_default()
}

/// Does what a key asks for.
fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Enter => match rows::under_cursor(app) {
            Some(Row::Start) => return start::start(app),
            Some(Row::From) => start::turn_from(app, 1),
            Some(Row::When) => start::turn_turn(app, 1),
            Some(Row::Key(_)) => typing::edit(app),
            Some(Row::Gap) | None => {}
        },
        Action::Start => return start::start(app),
        Action::Edit => typing::edit(app),
        Action::Up => rows::step(app, -1),
        Action::Down => rows::step(app, 1),
        Action::PageUp => rows::step(app, -rows::page(app)),
        Action::PageDown => rows::step(app, rows::page(app)),
        Action::First => rows::step(app, isize::MIN),
        Action::Last => rows::step(app, isize::MAX),
        Action::Next | Action::Previous => {
            let by = if action == Action::Next { 1 } else { -1 };
            match rows::under_cursor(app) {
                Some(Row::From) => start::turn_from(app, by),
                Some(Row::When) => start::turn_turn(app, by),
                _ => {}
            }
        }
        Action::Earlier => start::turn_from(app, 1),
        Action::Later => start::turn_from(app, -1),
        Action::Turn => start::turn_turn(app, 1),
        Action::Undo => rows::undo(app),
        Action::UndoAll => rows::undo_all(app),
        Action::NextChange => rows::next_change(app, 1),
        Action::PreviousChange => rows::next_change(app, -1),
        Action::OnlyChanged => rows::toggle_changed(app),
        Action::Filter => typing::filter(app),
        Action::Help => app.overlay = Overlay::Help { scroll: 0 },
        Action::Leave => leave(app),
    }
    Vec::new()
}

/// One step back.
fn leave(app: &mut App) {
    let Some(editor) = &mut app.editor else { return };
    if !editor.filter.is_empty() || editor.only_changed {
        rows::show_all(app);
    } else if editor.draft.changes().is_empty() {
        close(app);
    } else {
        app.overlay = Overlay::Ask(Question::Discard);
    }
}

/// Closes the editor; what was changed is gone.
pub fn close(app: &mut App) {
    app.editor = None;
    app.overlay = Overlay::None;
}

/// Does what the mouse asks for. Items are the rows of the list.
pub fn point(app: &mut App, mouse: Mouse, target: Target) -> Vec<Effect> {
    let typing = app.editor.as_ref().is_some_and(|editor| !matches!(editor.typing, Typing::None));
    match (mouse, target) {
        _ if typing => {}
        (Mouse::WheelUp, _) => rows::step(app, -1),
        (Mouse::WheelDown, _) => rows::step(app, 1),
        (Mouse::Click, Target::Item(row)) if app.editor.as_ref().is_some_and(|editor| editor.cursor == row) => {
            return act(app, Action::Enter);
        }
        (Mouse::Click, Target::Item(row)) => rows::select(app, row),
        _ => {}
    }
    Vec::new()
}

/// What the value of a key must be, in words.
#[must_use]
pub fn expected(path: &str) -> Option<String> {
    Experiment::expected(path)
}

/// The keys that stand on the bottom line while it is open: those of what is typed, or its own.
#[must_use]
pub fn hints(app: &App) -> Vec<HelpLine> {
    match app.editor.as_ref().map(|editor| &editor.typing) {
        Some(Typing::Value { .. }) => typing_hints("take it", "as it was"),
        Some(Typing::Filter(_)) => typing_hints("keep the filter", "every key"),
        _ => own_hints(app),
    }
}

/// Its own keys; what enter does depends on where the cursor stands.
fn own_hints(app: &App) -> Vec<HelpLine> {
    let enter = match rows::under_cursor(app) {
        Some(Row::Start) => "start",
        Some(Row::From | Row::When) => "choose",
        _ => "change",
    };
    let mut lines = key::help(KEYS);
    lines.retain(|line| line.hint != Some("start") || enter != "start");
    if let Some(line) = lines.first_mut() {
        line.hint = Some(enter);
    }
    lines
}

fn typing_hints(enter: &'static str, esc: &'static str) -> Vec<HelpLine> {
    let line = |code, hint| HelpLine { keys: Key::of(code).to_string(), help: hint, hint: Some(hint) };
    vec![line(KeyCode::Enter, enter), line(KeyCode::Esc, esc)]
}

#[cfg(test)]
mod tests;
