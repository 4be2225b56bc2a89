//! What is typed into the editor: the value of a key, checked letter by letter, or words that the list is filtered by.

use tui_input::{Input, InputRequest};

use super::rows;
use super::start;
use crate::app::App;
use crate::app::command_line;
use crate::app::key::{self, Key};

/// What the letters go into.
#[derive(Clone, Debug, Default)]
pub enum Typing {
    /// Nothing: they are keys.
    #[default]
    None,
    /// The value of a key.
    Value {
        path: String,
        input: Input,
        /// What is wrong with it as it stands.
        fault: Option<Fault>,
    },
    Filter(Input),
}

/// What is wrong with a value that is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be taken.
    Refused(String),
    /// It can, but no run can be started with it until something else is changed too.
    Unfit(String),
}

impl Fault {
    /// What is wrong.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Refused(words) | Self::Unfit(words) => words,
        }
    }
}

/// Begins to change the value under the cursor, unless it cannot be changed.
pub(super) fn edit(app: &mut App) {
    let Some(editor) = &app.editor else { return };
    let Some(path) = editor.path() else {
        app.say("no key stands under the cursor");
        return;
    };
    if let Some(why) = start::locked(app, &path) {
        app.complain(why);
        return;
    }
    let gone = editor.draft.lines().iter().any(|line| line.path == path && line.now.is_none());
    if gone {
        app.complain(format!("{path} is no key of this variant; u takes the change back"));
        return;
    }
    let input = Input::new(editor.draft.value(&path));
    if let Some(editor) = &mut app.editor {
        editor.typing = Typing::Value { path, input, fault: None };
    }
}

/// Begins to filter the list.
pub(super) fn filter(app: &mut App) {
    rows::rearrange(app, |editor| {
        editor.typing = Typing::Filter(Input::default());
        editor.filter.clear();
    });
}

/// Takes in a key while something is typed: the keys are those of the command line.
pub(super) fn press(app: &mut App, key: Key) {
    match key::action(command_line::KEYS, key) {
        Some(command_line::Action::Enter) => return enter(app),
        Some(command_line::Action::Leave) => return leave(app),
        _ => {}
    }
    let Some(request) = command_line::request(key) else { return };
    if let Some(input) = app.editor.as_mut().and_then(|editor| input(&mut editor.typing)) {
        input.handle(request);
    }
    typed(app);
}

/// Takes in pasted text, as one line.
pub fn paste(app: &mut App, text: &str) {
    let Some(input) = app.editor.as_mut().and_then(|editor| input(&mut editor.typing)) else { return };
    for char in text.trim_end().chars().map(|char| if char.is_control() { ' ' } else { char }) {
        input.handle(InputRequest::InsertChar(char));
    }
    typed(app);
}

fn input(typing: &mut Typing) -> Option<&mut Input> {
    match typing {
        Typing::None => None,
        Typing::Value { input, .. } | Typing::Filter(input) => Some(input),
    }
}

/// What was typed is looked at at once.
fn typed(app: &mut App) {
    let Some(editor) = &app.editor else { return };
    match &editor.typing {
        Typing::None => {}
        Typing::Value { path, input, .. } => {
            let found = match editor.draft.with(path, input.value()) {
                Err(words) => Some(Fault::Refused(words)),
                Ok(draft) => start::unfit(app, editor, &draft).map(|complaint| Fault::Unfit(complaint.words)),
            };
            if let Some(Typing::Value { fault, .. }) = app.editor.as_mut().map(|editor| &mut editor.typing) {
                *fault = found;
            }
        }
        Typing::Filter(input) => {
            let words = input.value().to_lowercase();
            rows::rearrange(app, |editor| editor.filter = words);
        }
    }
}

/// Takes the value, if it can be taken, or keeps the filter.
fn enter(app: &mut App) {
    let Some(editor) = &mut app.editor else { return };
    match &mut editor.typing {
        Typing::Value { path, input, fault } => match editor.draft.with(path, input.value()) {
            Ok(draft) => {
                editor.typing = Typing::None;
                rows::replace(app, draft);
            }
            Err(words) => *fault = Some(Fault::Refused(words)),
        },
        typing => *typing = Typing::None,
    }
}

/// Leaves the value as it was, or ends the filter.
fn leave(app: &mut App) {
    let filtered = app.editor.as_ref().is_some_and(|editor| matches!(editor.typing, Typing::Filter(_)));
    rows::rearrange(app, |editor| {
        editor.typing = Typing::None;
        if filtered {
            editor.filter.clear();
        }
    });
}
