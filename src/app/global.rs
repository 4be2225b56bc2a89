//! What can be done on every screen: the run's control, the tabs, help and leaving.

mod answers;

use crossterm::event::KeyCode;

pub use self::answers::{Answer, answer, answers, asked_about};
use super::key::{self, Binding, HelpLine, Key, binding, hinted};
use super::msg::{Effect, Leave};
use super::playback::{self, Play};
use super::shown::Shown;
use super::wish::Wish;
use super::{
    App, Overlay, Question, Screen, Status, Theme, command_line, confusion, editor, live, log, model, queue, runs,
    scrub, volumes,
};
use crate::event::{Command, SplitName};

/// What the keys of all screens do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Show(Screen),
    NextScreen,
    PreviousScreen,
    PauseOrContinue,
    Step,
    Epoch,
    Checkpoint,
    Evaluate,
    Branch,
    RollBack,
    Stop,
    Faster,
    Slower,
    Queue,
    CommandLine,
    Help,
    Theme,
    Mouse,
    Redraw,
    Back,
    Quit,
    Interrupt,
}

/// The keys of all screens.
pub const KEYS: &[Binding<Action>] = &[
    hinted(&[Key::char(' ')], Action::PauseOrContinue, "pause within a step, or go on", "pause"),
    hinted(&[Key::char('.')], Action::Step, "train one step, then pause", "step"),
    binding(&[Key::char('>')], Action::Epoch, "train to the end of the epoch, then pause"),
    hinted(&[Key::char('c')], Action::Checkpoint, "write a checkpoint now", "checkpoint"),
    binding(&[Key::char('e')], Action::Evaluate, "evaluate the validation split now"),
    hinted(
        &[Key::char('b')],
        Action::Branch,
        "branch: a child run from where this one stands, with keys changed",
        "branch",
    ),
    binding(&[Key::char('B')], Action::RollBack, "go back to the checkpoint before, and pause there; asks"),
    binding(&[Key::char('x')], Action::Stop, "stop the run, with a checkpoint"),
    hinted(&[Key::char('}')], Action::Faster, "play a replay faster", "faster"),
    binding(&[Key::char('{')], Action::Slower, "play a replay slower"),
    binding(&[Key::char('Q')], Action::Queue, "the queue: what is trained and what waits"),
    hinted(&[Key::char(':')], Action::CommandLine, "type a command", "command"),
    hinted(&[Key::char('?')], Action::Help, "the keys of this screen", "help"),
    binding(&[Key::char('1')], Action::Show(Screen::Live), "Live: the curves"),
    binding(&[Key::char('2')], Action::Show(Screen::Confusion), "Confusion: what is taken for what"),
    binding(&[Key::char('3')], Action::Show(Screen::Volumes), "Volumes: slices, labels, predictions"),
    binding(&[Key::char('4')], Action::Show(Screen::Runs), "Runs: all of the runs folder"),
    binding(&[Key::char('5')], Action::Show(Screen::Model), "Model: architecture and configuration"),
    binding(&[Key::char('6')], Action::Show(Screen::Log), "Log"),
    binding(&[Key::of(KeyCode::Tab)], Action::NextScreen, "the next screen"),
    binding(&[Key::of(KeyCode::BackTab)], Action::PreviousScreen, "the screen before"),
    binding(
        &[Key::of(KeyCode::Esc)],
        Action::Back,
        "back: closes what is open, a filter or a search; to the newest epoch; from another run; then to Live",
    ),
    binding(&[Key::char('T')], Action::Theme, "the dark theme, or the light one"),
    binding(&[Key::char('m')], Action::Mouse, "give the mouse to the terminal, to select text, or take it back"),
    binding(&[Key::control('l')], Action::Redraw, "draw the screen anew"),
    hinted(&[Key::char('q')], Action::Quit, "quit; asks while a run is trained", "quit"),
    binding(&[Key::control('c')], Action::Interrupt, "stop with a checkpoint and quit; twice: quit now"),
];

/// The keys of a screen as the help shows them: its own, those of the slider over the epochs where it has one, then
/// those of all screens.
#[must_use]
pub fn help(screen: Screen) -> Vec<HelpLine> {
    let mut lines = screen_help(screen);
    lines.extend(scrub::help(screen));
    lines.extend(key::help(KEYS));
    lines
}

/// The keys of a screen alone.
#[must_use]
pub fn screen_help(screen: Screen) -> Vec<HelpLine> {
    match screen {
        Screen::Live => key::help(live::KEYS),
        Screen::Confusion => key::help(confusion::KEYS),
        Screen::Volumes => key::help(volumes::KEYS),
        Screen::Runs => key::help(runs::KEYS),
        Screen::Model => key::help(model::KEYS),
        Screen::Log => key::help(log::KEYS),
    }
}

/// Does what a key asks for.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Show(screen) => return show(app, screen),
        Action::NextScreen => return show(app, app.screen.neighbour(1)),
        Action::PreviousScreen => return show(app, app.screen.neighbour(-1)),
        Action::PauseOrContinue => {
            return wish(app, if app.paused() { Command::Continue } else { Command::Pause });
        }
        Action::Step => return wish(app, Command::Step(1)),
        Action::Epoch => return wish(app, Command::Epoch),
        Action::Checkpoint => return wish(app, Command::Checkpoint),
        Action::Evaluate => return wish(app, Command::Evaluate(SplitName::Validation)),
        Action::Branch => return editor::branch_shown(app),
        Action::Stop => {
            if controllable(app) {
                app.overlay = Overlay::Ask(Question::Stop);
            }
        }
        Action::RollBack => {
            if controllable(app) {
                app.overlay = Overlay::Ask(Question::RollBack);
            }
        }
        Action::Faster => return playback::play(app, Play::Faster),
        Action::Slower => return playback::play(app, Play::Slower),
        Action::Queue => return queue::open(app),
        Action::CommandLine => command_line::open(app, command_line::Kind::Command),
        Action::Help => app.overlay = Overlay::Help { scroll: 0 },
        Action::Theme => {
            app.theme = match app.theme {
                Theme::Dark => Theme::Light,
                Theme::Light => Theme::Dark,
            };
        }
        Action::Mouse => {
            app.mouse = !app.mouse;
            let holder = if app.mouse { "the program" } else { "the terminal: text can be selected" };
            app.say(format!("the mouse is with {holder}"));
            return vec![Effect::CaptureMouse(app.mouse)];
        }
        Action::Redraw => return vec![Effect::Redraw],
        Action::Back => return back(app),
        Action::Quit => return quit(app),
        Action::Interrupt => return interrupt(app),
    }
    Vec::new()
}

/// Shows a screen, which then asks for what it lacks.
pub fn show(app: &mut App, screen: Screen) -> Vec<Effect> {
    app.screen = screen;
    let mut effects = match screen {
        Screen::Volumes => volumes::enter(app),
        Screen::Runs => runs::enter(app),
        Screen::Live | Screen::Confusion | Screen::Model | Screen::Log => Vec::new(),
    };
    effects.extend(scrub::enter(app));
    effects
}

fn back(app: &mut App) -> Vec<Effect> {
    app.notice = None;
    if let Some(effects) = scrub::back(app) {
        return effects;
    }
    let closed = match app.screen {
        Screen::Runs => runs::back(app),
        Screen::Log => log::back(app),
        Screen::Live => app.live.cursor.take().is_some(),
        Screen::Confusion | Screen::Volumes | Screen::Model => false,
    };
    if closed {
        return Vec::new();
    }
    if app.opened.is_some() && app.own.is_some() {
        return close(app);
    }
    show(app, Screen::Live)
}

/// Back from a run that was opened to this process's.
pub fn close(app: &mut App) -> Vec<Effect> {
    app.wishes.clear();
    match (app.opened.take(), &app.own) {
        (None, _) => app.complain("no other run is open"),
        (Some(opened), None) => app.say(format!("{} is closed", opened.name)),
        (Some(_), Some(own)) => app.say(format!("back to {}", own.name)),
    }
    let mut effects = show(app, app.screen);
    effects.extend(runs::shown(app));
    effects
}

/// Tells the trainer of the run on the screen something, if there is one.
pub fn wish(app: &mut App, command: Command) -> Vec<Effect> {
    if app.replay().is_some() {
        return playback::wish(app, command);
    }
    if !controllable(app) {
        return Vec::new();
    }
    app.wishes.retain(|wish| std::mem::discriminant(&wish.command) != std::mem::discriminant(&command));
    app.wishes.push(Wish { command });
    match &app.opened {
        Some(opened) => vec![Effect::Wish { run: opened.name.clone(), command }],
        None => vec![Effect::Command(command)],
    }
}

/// Whether there is a trainer to wish something of, and its run is the one on the screen.
#[must_use]
pub fn is_controlled(app: &App) -> bool {
    why_not(app).is_none()
}

/// Whether the run on the screen takes wishes; says why if not.
fn controllable(app: &mut App) -> bool {
    if app.replay().is_some() {
        playback::refuse(app);
        return false;
    }
    let why = why_not(app);
    let refused = why.is_some();
    if let Some(why) = why {
        app.complain(why);
    }
    !refused
}

/// Why the run on the screen takes no wishes.
fn why_not(app: &App) -> Option<String> {
    let ended = |shown: &Shown| matches!(shown.run.status, Status::Finished(_) | Status::Stopped | Status::Failed(_));
    match (&app.opened, &app.own) {
        (Some(opened), _) if !opened.live || ended(opened) => {
            let back = if app.own.is_some() { "; esc goes back to this process's run" } else { "" };
            Some(format!("{} is not being trained{back}", opened.name))
        }
        (Some(opened), _) => opened.elsewhere.as_ref().map(|host| {
            format!("{} is trained on {host}: here it can be watched, there it can be controlled", opened.name)
        }),
        (None, None) if app.ended.is_none() => Some("no run has begun yet".to_owned()),
        (None, own) => {
            let over = app.ended.is_some() || own.as_ref().is_some_and(ended);
            over.then(|| "the run has ended".to_owned())
        }
    }
}

/// Leaves, or asks first.
pub fn quit(app: &mut App) -> Vec<Effect> {
    if nothing_to_lose(app) {
        return vec![Effect::Quit(Leave::Now)];
    }
    if !app.trains_now() {
        // Its end is being written down.
        return stop_and_quit(app);
    }
    app.overlay = Overlay::Ask(Question::Quit);
    Vec::new()
}

/// Before a run has begun, between two of a queue, and after the last, the program can end at once.
fn nothing_to_lose(app: &App) -> bool {
    let opening = app.waiting.is_some() && !app.trains_now();
    app.ended.is_some() || app.own.is_none() || app.playback.is_some() || opening
}

/// The terminal is gone: what this process trains goes on, and a program that only looks has nothing left to do.
pub fn hang_up(app: &App) -> Vec<Effect> {
    let looks = app.ended.is_some() || app.playback.is_some() || (app.own.is_none() && app.waiting.is_none());
    vec![Effect::Quit(if looks { Leave::Now } else { Leave::Background })]
}

/// Ctrl-C, or a signal: the first time the run stops with a checkpoint, then the program ends.
pub fn interrupt(app: &mut App) -> Vec<Effect> {
    if app.quitting || nothing_to_lose(app) {
        return vec![Effect::Quit(Leave::Now)];
    }
    stop_and_quit(app)
}

fn stop_and_quit(app: &mut App) -> Vec<Effect> {
    app.quitting = true;
    app.opened = None;
    app.say("stopping with a checkpoint; ctrl-c again quits at once");
    app.wishes.push(Wish { command: Command::Stop });
    vec![Effect::Command(Command::Stop)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of a table, as the help names them.
    fn keys(lines: &[HelpLine]) -> Vec<&str> {
        lines.iter().flat_map(|line| line.keys.split(' ')).collect()
    }

    #[test]
    fn no_key_is_bound_twice_on_any_screen() {
        for screen in Screen::ALL {
            let help = help(screen);
            let mut keys = keys(&help);
            keys.sort_unstable();
            for pair in keys.windows(2) {
                assert_ne!(pair[0], pair[1], "on {screen:?}");
            }
        }
    }

    #[test]
    fn every_action_has_a_key() {
        let mut all = vec![
            Action::NextScreen,
            Action::PreviousScreen,
            Action::PauseOrContinue,
            Action::Step,
            Action::Epoch,
            Action::Checkpoint,
            Action::Evaluate,
            Action::Branch,
            Action::RollBack,
            Action::Stop,
            Action::Faster,
            Action::Slower,
            Action::Queue,
            Action::CommandLine,
            Action::Help,
            Action::Theme,
            Action::Mouse,
            Action::Redraw,
            Action::Back,
            Action::Quit,
            Action::Interrupt,
        ];
        all.extend(Screen::ALL.map(Action::Show));
        // A new action does not compile until it stands here, and so in the list above.
        let known = |action: Action| match action {
            Action::Show(_)
            | Action::NextScreen
            | Action::PreviousScreen
            | Action::PauseOrContinue
            | Action::Step
            | Action::Epoch
            | Action::Checkpoint
            | Action::Evaluate
            | Action::Branch
            | Action::RollBack
            | Action::Stop
            | Action::Faster
            | Action::Slower
            | Action::Queue
            | Action::CommandLine
            | Action::Help
            | Action::Theme
            | Action::Mouse
            | Action::Redraw
            | Action::Back
            | Action::Quit
            | Action::Interrupt => (),
        };
        for action in &all {
            known(*action);
            assert!(KEYS.iter().any(|binding| binding.action == *action), "{action:?}");
        }
        assert_eq!(KEYS.len(), all.len());
    }
}
