//! Keys and what they are bound to: the table that both the handler and the help read.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key as the tables name it. Shift is part of the character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub control: bool,
}

impl Key {
    /// A character, or any key by its code.
    #[must_use]
    pub const fn of(code: KeyCode) -> Self {
        Self { code, control: false }
    }

    #[must_use]
    pub const fn char(char: char) -> Self {
        Self::of(KeyCode::Char(char))
    }

    #[must_use]
    pub const fn control(char: char) -> Self {
        Self { code: KeyCode::Char(char), control: true }
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let code = match event.code {
            // Terminals differ in how they send Shift-Tab.
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            code => code,
        };
        Self { code, control: event.modifiers.contains(KeyModifiers::CONTROL) }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.control {
            write!(f, "ctrl-")?;
        }
        match self.code {
            KeyCode::Char(' ') => write!(f, "space"),
            KeyCode::Char(char) => write!(f, "{char}"),
            KeyCode::Up => write!(f, "↑"),
            KeyCode::Down => write!(f, "↓"),
            KeyCode::Left => write!(f, "←"),
            KeyCode::Right => write!(f, "→"),
            KeyCode::Enter => write!(f, "enter"),
            KeyCode::Esc => write!(f, "esc"),
            KeyCode::Tab => write!(f, "tab"),
            KeyCode::BackTab => write!(f, "shift-tab"),
            KeyCode::PageUp => write!(f, "pgup"),
            KeyCode::PageDown => write!(f, "pgdn"),
            KeyCode::Home => write!(f, "home"),
            KeyCode::End => write!(f, "end"),
            KeyCode::Insert => write!(f, "ins"),
            KeyCode::Delete => write!(f, "del"),
            KeyCode::Backspace => write!(f, "backspace"),
            KeyCode::F(number) => write!(f, "f{number}"),
            other => write!(f, "{other:?}"),
        }
    }
}

/// Keys that do the same, what they do, and how the help says it.
#[derive(Debug)]
pub struct Binding<A: 'static> {
    pub keys: &'static [Key],
    pub action: A,
    /// A few words, imperative: `pause or go on`.
    pub help: &'static str,
    /// One or two words for the bottom line, for the few keys that stand there.
    pub hint: Option<&'static str>,
}

/// A row of a table whose keys stand in the help alone.
pub const fn binding<A: Copy>(keys: &'static [Key], action: A, help: &'static str) -> Binding<A> {
    Binding { keys, action, help, hint: None }
}

/// A row of a table whose first key stands in the bottom line as well, where there is room.
pub const fn hinted<A: Copy>(keys: &'static [Key], action: A, help: &'static str, hint: &'static str) -> Binding<A> {
    Binding { keys, action, help, hint: Some(hint) }
}

/// What a key does according to a table.
#[must_use]
pub fn action<A: Copy>(table: &[Binding<A>], key: Key) -> Option<A> {
    table.iter().find(|binding| binding.keys.contains(&key)).map(|binding| binding.action)
}

/// A line of the help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelpLine {
    /// `space`, or `← h`.
    pub keys: String,
    pub help: &'static str,
    pub hint: Option<&'static str>,
}

/// A table as the help shows it.
#[must_use]
pub fn help<A>(table: &[Binding<A>]) -> Vec<HelpLine> {
    let line = |binding: &Binding<A>| HelpLine {
        keys: binding.keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" "),
        help: binding.help,
        hint: binding.hint,
    };
    table.iter().map(line).collect()
}
