//! The Model screen: which part of the model and which key of the configuration the cursor stands on.
//! It knows nothing of what fits on the screen.

mod anatomy;
pub mod sight;

use crossterm::event::KeyCode;

pub use self::anatomy::{Anatomy, Coder, EncoderAnatomy, Looks, Stage, place_of};
use super::key::{Binding, Key, binding, hinted};
use super::msg::{Effect, Mouse, Target};
use super::{App, OutlinePart};
pub use crate::config::{Cut, Entry, MlpOutput, Positions};

/// What the keys move through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// The picture; its cursor is that of the parts.
    #[default]
    Architecture,
    Parts,
    Configuration,
}

impl Section {
    const ALL: [Self; 3] = [Self::Architecture, Self::Parts, Self::Configuration];

    fn neighbour(self, by: isize) -> Self {
        let place = Self::ALL.iter().position(|section| *section == self).unwrap_or(0);
        let moved = place.wrapping_add_signed(by).wrapping_add(Self::ALL.len()) % Self::ALL.len();
        Self::ALL.get(moved).copied().unwrap_or(self)
    }
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub section: Section,
    /// The part that the cursor stands on; another model may have fewer (see [`part`]).
    part: usize,
    /// The key that the cursor stands on; another experiment may have fewer (see [`entry`]).
    entry: usize,
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
    NextSection,
    PreviousSection,
    NextDifference,
    PreviousDifference,
}

/// The keys of this screen.
pub const KEYS: &[Binding<Action>] = &[
    hinted(
        &[Key::of(KeyCode::Right), Key::char('l')],
        Action::NextSection,
        "the next section: architecture, parameters, configuration",
        "section",
    ),
    binding(&[Key::of(KeyCode::Left), Key::char('h')], Action::PreviousSection, "the section before"),
    binding(&[Key::of(KeyCode::Up), Key::char('k')], Action::Up, "the part, or the key, above"),
    hinted(&[Key::of(KeyCode::Down), Key::char('j')], Action::Down, "the part, or the key, below", "down"),
    binding(&[Key::of(KeyCode::PageUp)], Action::PageUp, "ten lines up"),
    binding(&[Key::of(KeyCode::PageDown)], Action::PageDown, "ten lines down"),
    binding(&[Key::char('g'), Key::of(KeyCode::Home)], Action::First, "the first line"),
    binding(&[Key::char('G'), Key::of(KeyCode::End)], Action::Last, "the last line"),
    hinted(
        &[Key::char('n')],
        Action::NextDifference,
        "the next value of the configuration that is not the default",
        "next ◆",
    ),
    binding(&[Key::char('N')], Action::PreviousDifference, "the value before that is not the default"),
];

/// Lines that a page key moves by.
const PAGE: usize = 10;

/// Does what a key asks for.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Up => step(app, |line, _| line.saturating_sub(1)),
        Action::Down => step(app, |line, _| line + 1),
        Action::PageUp => step(app, |line, _| line.saturating_sub(PAGE)),
        Action::PageDown => step(app, |line, _| line + PAGE),
        Action::First => step(app, |_, _| 0),
        Action::Last => step(app, |_, last| last),
        Action::NextSection => app.model.section = app.model.section.neighbour(1),
        Action::PreviousSection => app.model.section = app.model.section.neighbour(-1),
        Action::NextDifference => jump(app, 1),
        Action::PreviousDifference => jump(app, -1),
    }
    Vec::new()
}

/// Does what the mouse asks for. Items are the parts, and after them the keys of the configuration.
pub fn point(app: &mut App, mouse: Mouse, target: Target) -> Vec<Effect> {
    let parts = parts(app).len();
    let under = match target {
        Target::Item(item) if item < parts => Some((Section::Parts, item)),
        Target::Item(item) => Some((Section::Configuration, item - parts)),
        _ => None,
    };
    match (mouse, under) {
        (Mouse::Click | Mouse::Drag, Some((section, line))) => {
            app.model.section = section;
            step(app, |_, _| line);
        }
        (Mouse::WheelUp, _) => wheel(app, under, Action::Up),
        (Mouse::WheelDown, _) => wheel(app, under, Action::Down),
        _ => {}
    }
    Vec::new()
}

/// The wheel moves what it is over, and leaves the keys where they are.
fn wheel(app: &mut App, under: Option<(Section, usize)>, action: Action) {
    let before = app.model.section;
    app.model.section = under.map_or(before, |(section, _)| section);
    act(app, action);
    app.model.section = before;
}

/// The parts of the model that is shown; none until it is known.
#[must_use]
pub fn parts(app: &App) -> &[OutlinePart] {
    app.shown().and_then(|shown| shown.outline.as_ref()).map_or(&[], |outline| &outline.parts)
}

/// The configuration of the run that is shown; none until it is known.
#[must_use]
pub fn entries(app: &App) -> Vec<Entry> {
    app.shown().and_then(|shown| shown.experiment.as_ref()).map_or_else(Vec::new, |experiment| experiment.entries())
}

/// The part that the cursor stands on.
#[must_use]
pub fn part(app: &App) -> usize {
    app.model.part.min(parts(app).len().saturating_sub(1))
}

/// The key that the cursor stands on, of so many.
#[must_use]
pub fn entry(app: &App, of: usize) -> usize {
    app.model.entry.min(of.saturating_sub(1))
}

/// Moves the cursor of the section that the keys move through. The second argument of `to` is the last line.
fn step(app: &mut App, to: impl Fn(usize, usize) -> usize) {
    match app.model.section {
        Section::Architecture | Section::Parts => {
            let last = parts(app).len().saturating_sub(1);
            app.model.part = to(part(app), last).min(last);
        }
        Section::Configuration => {
            let len = entries(app).len();
            let last = len.saturating_sub(1);
            app.model.entry = to(entry(app, len), last).min(last);
        }
    }
}

/// Moves to the next value that differs from its default, round and round.
fn jump(app: &mut App, by: isize) {
    let entries = entries(app);
    let now = entry(app, entries.len());
    let in_sight = app.model.section == Section::Configuration;
    let differing: Vec<usize> = (0..entries.len()).filter(|&i| entries.get(i).is_some_and(Entry::differs)).collect();
    let found = if by > 0 {
        // Coming from elsewhere, the one under the cursor counts.
        differing.iter().find(|&&i| i > now || (i == now && !in_sight)).or(differing.first())
    } else {
        differing.iter().rev().find(|&&i| i < now).or(differing.last())
    };
    match found {
        Some(&line) => (app.model.section, app.model.entry) = (Section::Configuration, line),
        None => app.say("every value is the default"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::{Outline, Shown};
    use crate::config::{Embedding, Experiment};

    fn app() -> App {
        let text = r#"(name: "a", data: (set: Phantom, batch: 16), training: (epochs: 5))"#;
        let part = |name: &str| OutlinePart { name: name.into(), formula: "1".into(), parameters: 1, flops: 1 };
        let outline = Outline {
            parts: ["tubelet embedding", "positions", "block 1: norms", "head"].map(part).to_vec(),
            volume: [28, 28, 28, 1],
            cuts: Embedding::default().cuts([28; 3]).unwrap(),
            classes: 11,
            weights_bytes: 4,
            training_bytes: 16,
        };
        let shown = Shown {
            experiment: Some(Arc::new(Experiment::parse(text, "a.ron", &[]).unwrap())),
            outline: Some(Arc::new(outline)),
            ..Shown::default()
        };
        App { own: Some(shown), ..App::default() }
    }

    fn here(app: &App) -> String {
        let entries = entries(app);
        entries[entry(app, entries.len())].path.clone()
    }

    #[test]
    fn the_cursor_stays_within_its_section() {
        let mut app = app();
        act(&mut app, Action::PageDown);
        assert_eq!(part(&app), 3);
        act(&mut app, Action::Down);
        assert_eq!(part(&app), 3);
        act(&mut app, Action::First);
        assert_eq!(part(&app), 0);
        act(&mut app, Action::PreviousSection);
        assert_eq!(app.model.section, Section::Configuration);
        act(&mut app, Action::Last);
        assert_eq!((here(&app).as_str(), part(&app)), ("training.checkpoints.keep", 0));
    }

    #[test]
    fn the_picture_and_the_table_share_their_cursor() {
        let mut app = app();
        act(&mut app, Action::Down);
        act(&mut app, Action::NextSection);
        act(&mut app, Action::Down);
        assert_eq!((app.model.section, part(&app)), (Section::Parts, 2));
    }

    #[test]
    fn values_that_are_not_the_default_are_walked_through_round_and_round() {
        let mut app = app();
        for path in ["data.batch", "training.epochs", "data.batch"] {
            act(&mut app, Action::NextDifference);
            assert_eq!(here(&app), path);
        }
        act(&mut app, Action::PreviousDifference);
        assert_eq!(here(&app), "training.epochs");
    }

    #[test]
    fn a_click_takes_the_keys_along_and_the_wheel_does_not() {
        let mut app = app();
        point(&mut app, Mouse::Click, Target::Item(2));
        assert_eq!((app.model.section, part(&app)), (Section::Parts, 2));
        point(&mut app, Mouse::WheelDown, Target::Item(4));
        assert_eq!((app.model.section, part(&app), here(&app).as_str()), (Section::Parts, 2, "seed"));
        point(&mut app, Mouse::Click, Target::Item(4 + 2));
        assert_eq!((app.model.section, here(&app).as_str()), (Section::Configuration, "data.set"));
    }

    #[test]
    fn without_a_run_no_key_does_harm() {
        let mut app = App::default();
        for binding in KEYS {
            assert_eq!(act(&mut app, binding.action), []);
        }
        assert_eq!((part(&app), entries(&app).len()), (0, 0));
    }
}
