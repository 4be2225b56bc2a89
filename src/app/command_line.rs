//! The line at the bottom: commands with completion and history, and searches.

use crossterm::event::KeyCode;
use tui_input::{Input, InputRequest};

use super::key::Key;
use super::msg::{Effect, THEMES};
use super::{App, Overlay, Screen, global, log, runs};
use crate::event::{Breakpoint, Command, SplitName};

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
    history: Vec<String>,
    /// Where in the history the line stands; past its end is what was typed last.
    place: usize,
    /// The completion that Tab goes through: what stood there, and which candidate is shown.
    completing: Option<(String, usize)>,
}

/// A command: its names, what follows, and how the help says it.
#[derive(Debug)]
pub struct Verb {
    /// The first is the one that the help shows.
    pub names: &'static [&'static str],
    pub argument: &'static str,
    pub help: &'static str,
}

/// All commands.
pub const VERBS: &[Verb] = &[
    Verb { names: &["pause"], argument: "[when FIGURE CONDITION]", help: "pause now, or when val.loss rises 3" },
    Verb { names: &["continue", "go"], argument: "", help: "go on" },
    Verb { names: &["step"], argument: "[N]", help: "train N steps, then pause" },
    Verb { names: &["epoch"], argument: "", help: "train to the end of the epoch, then pause" },
    Verb { names: &["set"], argument: "lr RATE", help: "set the learning rate that the schedule starts from" },
    Verb { names: &["write", "w", "checkpoint"], argument: "", help: "write a checkpoint now" },
    Verb {
        names: &["evaluate"],
        argument: "[validation|train]",
        help: "evaluate a split with the weights as they are",
    },
    Verb { names: &["clear"], argument: "", help: "clear all breakpoints" },
    Verb { names: &["open"], argument: "RUN", help: "show another run of the runs folder" },
    Verb { names: &["close"], argument: "", help: "back to this process's run" },
    Verb { names: &["show"], argument: "SCREEN", help: "show a screen: live, confusion, volumes, runs, model, log" },
    Verb { names: &["theme"], argument: "dark|light", help: "change the palette" },
    Verb { names: &["stop"], argument: "", help: "stop the run, with a checkpoint" },
    Verb { names: &["help"], argument: "", help: "the keys of this screen" },
    Verb { names: &["quit", "q"], argument: "", help: "quit; asks while a run is trained" },
];

/// Opens the line.
pub fn open(app: &mut App, kind: Kind) {
    app.overlay = Overlay::CommandLine;
    app.notice = None;
    let line = &mut app.command_line;
    line.kind = kind;
    line.input.reset();
    line.place = line.history.len();
    line.completing = None;
}

/// Takes in pasted text, as one line.
pub fn paste(app: &mut App, text: &str) {
    if matches!(app.overlay, Overlay::CommandLine) {
        for char in text.chars().filter(|char| !char.is_control()) {
            app.command_line.input.handle(InputRequest::InsertChar(char));
        }
        typed(app);
    }
}

/// Takes in a key while the line is open.
pub fn press(app: &mut App, key: Key) -> Vec<Effect> {
    let line = &mut app.command_line;
    let completing = line.completing.take();
    let request = match (key.control, key.code) {
        (_, KeyCode::Esc) => return leave(app),
        (_, KeyCode::Enter) => return enter(app),
        (_, KeyCode::Tab) => {
            complete(app, completing, 1);
            return Vec::new();
        }
        (_, KeyCode::BackTab) => {
            complete(app, completing, -1);
            return Vec::new();
        }
        (_, KeyCode::Up) => return recall(app, -1),
        (_, KeyCode::Down) => return recall(app, 1),
        (_, KeyCode::Backspace) if line.input.value().is_empty() => return leave(app),
        (false, KeyCode::Char(char)) => InputRequest::InsertChar(char),
        (_, KeyCode::Backspace) => InputRequest::DeletePrevChar,
        (_, KeyCode::Delete) => InputRequest::DeleteNextChar,
        (_, KeyCode::Left) => InputRequest::GoToPrevChar,
        (_, KeyCode::Right) => InputRequest::GoToNextChar,
        (_, KeyCode::Home) | (true, KeyCode::Char('a')) => InputRequest::GoToStart,
        (_, KeyCode::End) | (true, KeyCode::Char('e')) => InputRequest::GoToEnd,
        (true, KeyCode::Char('w')) => InputRequest::DeletePrevWord,
        (true, KeyCode::Char('u')) => InputRequest::DeleteLine,
        (true, KeyCode::Char('k')) => InputRequest::DeleteTillEnd,
        _ => return Vec::new(),
    };
    line.input.handle(request);
    typed(app);
    Vec::new()
}

/// A search is followed while it is typed.
fn typed(app: &mut App) {
    if app.command_line.kind == Kind::Search {
        let text = app.command_line.input.value().to_owned();
        search(app, &text);
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
    if line.kind == Kind::Search || text.is_empty() {
        return Vec::new();
    }
    line.history.retain(|before| *before != text);
    line.history.push(text.clone());
    run(app, &text)
}

fn recall(app: &mut App, by: isize) -> Vec<Effect> {
    let line = &mut app.command_line;
    if line.kind == Kind::Command {
        line.place = line.place.saturating_add_signed(by).min(line.history.len());
        let text = line.history.get(line.place).cloned().unwrap_or_default();
        line.input = Input::new(text);
    }
    Vec::new()
}

/// Puts the next candidate in the place of the word before the cursor.
fn complete(app: &mut App, completing: Option<(String, usize)>, by: isize) {
    if app.command_line.kind != Kind::Command {
        return;
    }
    let (text, place) = match completing {
        Some((text, place)) => (text, Some(place)),
        None => (app.command_line.input.value().to_owned(), None),
    };
    let candidates = candidates(app, &text);
    if candidates.is_empty() {
        return;
    }
    let count = candidates.len();
    let place = match place {
        None if by > 0 => 0,
        None => count - 1,
        Some(place) => place.wrapping_add_signed(by).wrapping_add(count) % count,
    };
    if let Some(candidate) = candidates.get(place) {
        app.command_line.input = Input::new(candidate.clone());
        app.command_line.completing = Some((text, place));
    }
}

/// The whole lines that `text` can be completed to.
#[must_use]
pub fn candidates(app: &App, text: &str) -> Vec<String> {
    let (head, word) = text.rsplit_once(' ').map_or(("", text), |(head, word)| (head, word));
    let fitting = |words: Vec<String>| -> Vec<String> {
        let head = if head.is_empty() { String::new() } else { format!("{head} ") };
        words.into_iter().filter(|known| known.starts_with(word)).map(|known| head.clone() + &known).collect()
    };
    let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    match head.split_whitespace().collect::<Vec<_>>().as_slice() {
        [] => fitting(VERBS.iter().flat_map(|verb| verb.names.first()).map(|name| (*name).to_owned()).collect()),
        ["pause"] => fitting(strings(&["when"])),
        ["pause", "when"] => fitting(strings(Breakpoint::FIGURES)),
        ["pause", "when", _] => fitting(strings(Breakpoint::CONDITIONS)),
        ["set"] => fitting(strings(&["lr"])),
        ["evaluate"] => fitting(strings(&["validation", "train"])),
        ["open"] => fitting(app.runs.entries.iter().map(|entry| entry.name.clone()).collect()),
        ["show"] => fitting(Screen::ALL.iter().map(|screen| screen.title().to_lowercase()).collect()),
        ["theme"] => fitting(THEMES.iter().map(|(name, _)| (*name).to_owned()).collect()),
        _ => Vec::new(),
    }
}

/// Does what a command says, or complains about it.
fn run(app: &mut App, text: &str) -> Vec<Effect> {
    parse(app, text).unwrap_or_else(|complaint| {
        app.complain(complaint);
        Vec::new()
    })
}

fn parse(app: &mut App, text: &str) -> Result<Vec<Effect>, String> {
    let (name, argument) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let argument = argument.trim();
    let verb = VERBS.iter().find(|verb| verb.names.contains(&name)).ok_or_else(|| unknown(name))?;
    let alone = || {
        if argument.is_empty() { Ok(()) } else { Err(format!(":{name} takes no argument, but got {argument:?}")) }
    };
    match verb.names.first().copied().unwrap_or_default() {
        "pause" => match argument.strip_prefix("when") {
            Some(condition) => {
                let breakpoint = condition.trim().parse::<Breakpoint>().map_err(|error| error.to_string())?;
                Ok(global::wish(app, Command::SetBreakpoint(breakpoint)))
            }
            None => alone().map(|()| global::wish(app, Command::Pause)),
        },
        "continue" => alone().map(|()| global::wish(app, Command::Continue)),
        "step" => {
            let steps = if argument.is_empty() { Ok(1) } else { argument.parse::<u64>() };
            let steps = steps.ok().filter(|steps| *steps > 0);
            let steps = steps.ok_or_else(|| format!(":step takes a number of steps from 1, but got {argument:?}"))?;
            Ok(global::wish(app, Command::Step(steps)))
        }
        "epoch" => alone().map(|()| global::wish(app, Command::Epoch)),
        "set" => set(app, argument),
        "write" => alone().map(|()| global::wish(app, Command::Checkpoint)),
        "evaluate" => match argument {
            "" | "validation" | "val" => Ok(global::wish(app, Command::Evaluate(SplitName::Validation))),
            "train" => Ok(global::wish(app, Command::Evaluate(SplitName::Train))),
            "test" => Err("the test split is evaluated once, at the end: what is chosen by it proves nothing".into()),
            other => Err(format!(":evaluate takes validation or train, but got {other:?}")),
        },
        "clear" => alone().map(|()| global::wish(app, Command::ClearBreakpoints)),
        "open" if argument.is_empty() => Err(":open takes the name of a run, such as baseline-001".into()),
        "open" => Ok(runs::open(app, argument)),
        "close" => {
            app.opened = None;
            alone().map(|()| global::show(app, app.screen))
        }
        "show" => {
            let wanted = argument.to_lowercase();
            let screen = Screen::ALL.into_iter().find(|screen| screen.title().to_lowercase() == wanted);
            let screen =
                screen.ok_or_else(|| format!("no screen {argument:?}: live, confusion, volumes, runs, model, log"))?;
            Ok(global::show(app, screen))
        }
        "theme" => {
            let theme = THEMES.iter().find(|(name, _)| *name == argument);
            app.theme = theme.ok_or_else(|| format!("no theme {argument:?}: dark or light"))?.1;
            Ok(Vec::new())
        }
        "stop" => alone().map(|()| global::act(app, global::Action::Stop)),
        "help" => {
            app.overlay = Overlay::Help { scroll: 0 };
            Ok(Vec::new())
        }
        "quit" => alone().map(|()| global::quit(app)),
        _ => Err(unknown(name)),
    }
}

fn set(app: &mut App, argument: &str) -> Result<Vec<Effect>, String> {
    let Some((key @ ("lr" | "learning_rate"), value)) = argument.split_once(char::is_whitespace) else {
        return Err(format!(":set takes lr and a rate, as in :set lr 3e-4, but got {argument:?}"));
    };
    let rate = value.trim().parse::<f64>().ok();
    // The range is the experiment file's: what the 32 bits of the optimizer can hold.
    let rate = rate.filter(|rate| *rate > 0.0 && *rate <= f64::from(f32::MAX) && *rate >= f64::from(f32::MIN_POSITIVE));
    let rate = rate.ok_or_else(|| format!("{key} takes a rate above 0, such as 3e-4, but got {:?}", value.trim()))?;
    Ok(global::wish(app, Command::SetLearningRate(rate)))
}

fn unknown(name: &str) -> String {
    let names = VERBS.iter().flat_map(|verb| verb.names);
    let nearest = names.map(|known| (strsim::damerau_levenshtein(name, known), *known)).min();
    match nearest.filter(|(distance, known)| *distance <= known.len().max(2) / 2) {
        Some((_, known)) => format!("no command :{name}; did you mean :{known}?"),
        None => format!("no command :{name}; tab completes, :help lists the keys"),
    }
}
