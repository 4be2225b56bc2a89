//! The slider over the epochs: one epoch that the Live, Confusion and Volumes screens look at together, and one that
//! is marked, to see what has changed since.
//!
//! Matrix and figures come from the run's own fold; probabilities, and the matrix of an epoch that the fold does not
//! keep whole any more, from the file of that epoch. Knows neither files nor columns.

mod reading;
mod start;
mod stops;

use crossterm::event::KeyCode;

pub use self::reading::{evaluated, predicted, source};
pub use self::start::{keeps, kept_epochs, listed, nearest_epoch};
pub use self::stops::{Track, best, in_sight, looked_at, marked, stops, track, versus};
use super::key::{self, Binding, HelpLine, Key, binding, hinted};
use super::msg::{Effect, Mouse};
use super::{App, EpochRow, Screen, live, volumes};
use crate::event::{SplitName, Weights};

/// What is looked at, of one run.
#[derive(Clone, Debug, Default)]
pub struct Scrub {
    /// The run that the epochs are of; of another one nothing is chosen.
    run: String,
    /// The epoch that is looked at. Without one it is the newest, as they come.
    at: Option<u64>,
    marked: Option<u64>,
    showing: Showing,
    checkpoints: start::Checkpoints,
    /// The mouse has hold of the slider.
    pub held: bool,
}

/// What the screens show of the epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Showing {
    #[default]
    Figures,
    /// And what has changed since the marked one.
    Change,
}

/// What the keys of the slider do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Earlier,
    Later,
    First,
    Newest,
    Best,
    Mark,
    Change,
    Changed,
    Start,
}

/// The keys of the slider, on every screen that has it.
pub const KEYS: &[Binding<Action>] = &[
    hinted(
        &[Key::char('('), Key { code: KeyCode::Left, control: true }],
        Action::Earlier,
        "the epoch before, on all three screens (mouse: click, drag, wheel)",
        "epochs",
    ),
    binding(
        &[Key::char(')'), Key { code: KeyCode::Right, control: true }],
        Action::Later,
        "the next epoch; after the last the newest, as they come",
    ),
    binding(&[Key::char('A')], Action::First, "the first epoch"),
    binding(&[Key::char('*')], Action::Best, "the best epoch"),
    binding(&[Key::char('Z')], Action::Newest, "the newest epoch, as they come (esc)"),
    binding(&[Key::char('M')], Action::Mark, "mark the epoch, or take its mark away"),
    binding(&[Key::char('V')], Action::Change, "show what has changed since the marked epoch, or the figures alone"),
    binding(&[Key::char('u')], Action::Changed, "the volumes that are answered otherwise than in the marked epoch"),
    binding(&[Key::char('R')], Action::Start, "start from here: a new run from the nearest checkpoint that is kept"),
];

/// Whether a screen has the slider.
#[must_use]
pub fn is_on(screen: Screen) -> bool {
    matches!(screen, Screen::Live | Screen::Confusion | Screen::Volumes)
}

/// The slider's keys as the help of a screen shows them.
#[must_use]
pub fn help(screen: Screen) -> Vec<HelpLine> {
    if is_on(screen) { key::help(KEYS) } else { Vec::new() }
}

/// What a key does on the screen that is shown.
#[must_use]
pub fn action(app: &App, key: Key) -> Option<Action> {
    if is_on(app.screen) { key::action(KEYS, key) } else { None }
}

/// Does what a key asks for.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    if app.shown().is_none() {
        return Vec::new();
    }
    if stops(app).next().is_none() {
        app.complain("no epoch has been validated yet");
        return Vec::new();
    }
    match action {
        Action::Earlier => step(app, -1),
        Action::Later => step(app, 1),
        Action::First => {
            let first = stops(app).next().map(|row| row.epoch);
            choose(app, first)
        }
        Action::Newest => choose(app, None),
        Action::Best => {
            let Some(best) = best(app).map(|row| row.epoch) else {
                app.complain("no epoch is the best one yet");
                return Vec::new();
            };
            choose(app, Some(best))
        }
        Action::Mark => mark(app),
        Action::Change => change(app),
        Action::Changed => changed(app),
        Action::Start => start::start(app),
    }
}

/// Does what the mouse asks for on the slider.
pub fn point(app: &mut App, mouse: Mouse, epoch: Option<u64>) -> Vec<Effect> {
    match (mouse, epoch) {
        (Mouse::Click, Some(epoch)) => {
            app.scrub.held = true;
            look_at(app, epoch)
        }
        (Mouse::Drag, Some(epoch)) if app.scrub.held => look_at(app, epoch),
        (Mouse::WheelUp, _) => act(app, Action::Earlier),
        (Mouse::WheelDown, _) => act(app, Action::Later),
        _ => Vec::new(),
    }
}

/// Looks at the validated epoch that is nearest to one.
pub fn look_at(app: &mut App, epoch: u64) -> Vec<Effect> {
    let nearest = stops(app).min_by_key(|row| row.epoch.abs_diff(epoch)).map(|row| row.epoch);
    if nearest.is_none() || (app.scrub.at == nearest && looked_at(app).is_some()) {
        return Vec::new();
    }
    choose(app, nearest)
}

/// One epoch further, or back; from the newest it goes back to what came before it.
fn step(app: &mut App, by: isize) -> Vec<Effect> {
    let epochs: Vec<(u64, u64)> = stops(app).map(|row| (row.epoch, row.step)).collect();
    let here = if let Some(row) = looked_at(app) {
        epochs.iter().position(|(epoch, _)| *epoch == row.epoch)
    } else {
        // What is shown as the newest may be more than the last epoch's end: weights that were restored, or an
        // evaluation that was asked for since.
        let newest = app.run().and_then(|run| run.validation_last()).filter(|of| of.weights == Weights::Last);
        let is_last = epochs.last().is_some_and(|(_, step)| newest.is_some_and(|of| of.step == *step));
        Some(epochs.len() - usize::from(is_last))
    };
    let Some(place) = here.and_then(|here| here.checked_add_signed(by)) else {
        app.say("this is the first epoch");
        return Vec::new();
    };
    let epoch = epochs.get(place).map(|(epoch, _)| *epoch);
    if epoch.is_none() && looked_at(app).is_none() {
        app.say("this is the newest; what comes is followed");
        return Vec::new();
    }
    choose(app, epoch)
}

/// Looks at an epoch, or follows the newest; the screens that can show it do.
fn choose(app: &mut App, epoch: Option<u64>) -> Vec<Effect> {
    own(app);
    let cursor_is_ours = looked_at(app).is_some_and(|row| app.live.cursor == Some(row.step));
    app.scrub.at = epoch;
    app.notice = None;
    match looked_at(app).map(|row| row.step) {
        Some(step) => live::read_at(app, step),
        None if cursor_is_ours => app.live.cursor = None,
        None => {}
    }
    moved(app)
}

/// Another epoch is looked at, or another one is marked: the screen shows the split that all epochs are validated
/// on, and asks for what it lacks.
fn moved(app: &mut App) -> Vec<Effect> {
    if app.screen == Screen::Confusion {
        (app.confusion.split, app.confusion.weights) = (SplitName::Validation, Weights::Last);
    }
    let mut effects = reading::lacking(app);
    effects.extend(volumes::scrubbed(app));
    effects.extend(start::lacking(app));
    effects
}

/// What was chosen of another run is forgotten.
fn own(app: &mut App) {
    let name = app.shown().map_or("", |shown| shown.name.as_str());
    if app.scrub.run != name {
        let (run, held) = (name.to_owned(), app.scrub.held);
        let checkpoints = std::mem::take(&mut app.scrub.checkpoints);
        app.scrub = Scrub { run, checkpoints, held, ..Scrub::default() };
    }
}

fn mark(app: &mut App) -> Vec<Effect> {
    own(app);
    let Some(epoch) = in_sight(app).map(|row| row.epoch) else { return Vec::new() };
    if app.scrub.marked == Some(epoch) {
        (app.scrub.marked, app.scrub.showing) = (None, Showing::Figures);
        app.say(format!("epoch {epoch} is not marked any more"));
    } else {
        app.scrub.marked = Some(epoch);
        let how = if app.scrub.showing == Showing::Change { "" } else { "; V shows what has changed since" };
        app.say(format!("epoch {epoch} is marked{how}"));
    }
    moved(app)
}

fn change(app: &mut App) -> Vec<Effect> {
    if versus(app).is_some() {
        app.scrub.showing = Showing::Figures;
    } else if has_mark(app) {
        app.scrub.showing = Showing::Change;
    } else {
        return Vec::new();
    }
    moved(app)
}

/// The volumes that are answered otherwise than in the marked epoch, or again all of them.
fn changed(app: &mut App) -> Vec<Effect> {
    if !has_mark(app) {
        return Vec::new();
    }
    let Some(epoch) = marked(app).map(|row| row.epoch) else { return Vec::new() };
    app.scrub.showing = Showing::Change;
    let mut effects = volumes::show_changed_since(app, epoch);
    effects.extend(reading::lacking(app));
    effects
}

/// Whether an epoch is marked; says how one is, if not.
fn has_mark(app: &mut App) -> bool {
    let has_mark = marked(app).is_some();
    if !has_mark {
        app.complain("no epoch is marked; M marks the one that is looked at");
    }
    has_mark
}

/// Esc: the figures alone, then the newest epoch again. `None` when there is nothing to go back from.
pub fn back(app: &mut App) -> Option<Vec<Effect>> {
    if !is_on(app.screen) {
        return None;
    }
    if versus(app).is_some() {
        app.scrub.showing = Showing::Figures;
        return Some(moved(app));
    }
    looked_at(app)?;
    Some(choose(app, None))
}

/// A screen is entered, or another run is shown: what can be started from is listed anew.
pub fn enter(app: &mut App) -> Vec<Effect> {
    app.scrub.held = false;
    app.scrub.checkpoints.list_again();
    tick(app)
}

/// Time has passed: asks for what has come about since.
pub fn tick(app: &mut App) -> Vec<Effect> {
    if !is_on(app.screen) || app.shown().is_none() {
        return Vec::new();
    }
    let mut effects = reading::lacking(app);
    effects.extend(start::lacking(app));
    effects
}

/// The figures of an epoch and how they have changed since another: accuracy in shares, and the loss.
#[must_use]
pub fn gain(row: &EpochRow, since: &EpochRow) -> Option<(f64, f64)> {
    let (now, then) = (row.validation.as_ref()?, since.validation.as_ref()?);
    Some((now.accuracy - then.accuracy, now.loss - then.loss))
}
