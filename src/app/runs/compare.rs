//! Two runs side by side: how their figures differ, and what differs in their configurations.

mod answers;
mod changes;
mod figures;
mod side;

pub use self::answers::predicted;
use self::answers::{Answers, ask};
pub use self::changes::{Look, looked};
pub(super) use self::changes::{choose, look};
use self::figures::figures;
use self::side::Side;
use super::{Action, groups};
use crate::app::msg::Effect;
use crate::app::room::Room;
use crate::app::words::SYNTHETIC;
use crate::app::{App, Shown};
use crate::config::differences;

/// From here on figures and configuration stand beside each other.
const TWO_COLUMNS: usize = 160;

/// The two runs, and how far the comparison is scrolled. Differences are the right one less the left.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    pub left: String,
    pub right: String,
    pub scroll: usize,
    /// What was read for this comparison alone.
    loaded: Vec<Shown>,
    /// What both answered for the same volumes.
    answers: Answers,
    /// The cursor among the volumes that are answered otherwise.
    chosen: Option<usize>,
}

impl Comparison {
    fn take_in(&mut self, shown: &Shown) {
        if [&self.left, &self.right].contains(&&shown.name) {
            self.loaded.retain(|before| before.name != shown.name);
            self.loaded.push(shown.clone());
        }
    }
}

/// What a difference says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: it is no figure of merit, or has no interval.
    None,
    /// The interval of the difference has no zero in it.
    Better,
    Worse,
    /// It may well be chance.
    Undecided,
}

/// A figure of both runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contrast {
    pub label: &'static str,
    pub left: String,
    pub right: String,
    pub difference: String,
    /// Of the difference; may be left out where there is no room.
    pub unit: &'static str,
    pub verdict: Verdict,
}

/// A row of the comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Gap,
    Heading(&'static str),
    Figure(Contrast),
    /// A key of the experiment with its values.
    Setting {
        path: String,
        left: String,
        right: String,
    },
    Note(String),
    /// A volume that the runs take for different classes.
    Volume {
        index: usize,
        left: String,
        right: String,
        /// What became of the answer.
        turn: String,
        /// Whether the cursor stands on it.
        chosen: bool,
    },
}

/// Opens the comparison that the marks and the cursor ask for, or closes the one that is open.
pub(super) fn toggle(app: &mut App) -> Vec<Effect> {
    if app.runs.comparison.take().is_some() {
        return Vec::new();
    }
    if app.runs.groups.take().is_some() {
        return Vec::new();
    }
    match groups::of(&app.runs) {
        Some(Ok(groups)) => {
            app.runs.groups = Some(groups);
            return Vec::new();
        }
        Some(Err(why)) => {
            app.complain(why);
            return Vec::new();
        }
        None => {}
    }
    let shown = app.shown().map(|shown| shown.name.clone());
    let cursor = app.runs.under_cursor().map(|entry| entry.name.clone());
    let pair = match (app.runs.marked.as_slice(), cursor, shown) {
        ([left, right], ..) => Some((left.clone(), right.clone())),
        (_, Some(cursor), Some(shown)) if cursor != shown => Some((shown, cursor)),
        ([marked], Some(cursor), _) if cursor != *marked => Some((marked.clone(), cursor)),
        _ => None,
    };
    let Some((left, right)) = pair else {
        let key = super::KEYS.iter().find(|binding| binding.action == Action::Mark);
        let key = key.and_then(|binding| binding.keys.first()).map(ToString::to_string).unwrap_or_default();
        app.complain(format!("mark two runs with {key}, or put the cursor on another run than the one shown"));
        return Vec::new();
    };
    open(app, left, right)
}

pub(super) fn open(app: &mut App, left: String, right: String) -> Vec<Effect> {
    for name in [&left, &right] {
        if let Some(why) = app.runs.entry(name).and_then(|entry| entry.unreadable.clone()) {
            app.complain(format!("{name} cannot be read: {why}"));
            return Vec::new();
        }
    }
    let missing = [&left, &right].into_iter().filter(|name| shown_of(app, name).is_none());
    let mut effects: Vec<Effect> = missing.map(|name| Effect::Load { run: name.clone() }).collect();
    app.runs.groups = None;
    app.runs.comparison = Some(Comparison { left, right, ..Comparison::default() });
    effects.extend(ask(app));
    effects
}

/// One of the two runs may have been read: takes it in, and asks for its predictions.
pub(super) fn loaded(app: &mut App, shown: &Shown) -> Vec<Effect> {
    if let Some(comparison) = &mut app.runs.comparison {
        comparison.take_in(shown);
    }
    ask(app)
}

/// Scrolls so many rows further.
pub(super) fn scroll(app: &mut App, by: isize) {
    let columns = extent(app);
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    // The names stay at the top.
    let height = Room::of(app).framed().rows.saturating_sub(1);
    if let Some(comparison) = &mut app.runs.comparison {
        comparison.scroll = comparison.scroll.saturating_add_signed(by).min(rows.saturating_sub(height));
    }
}

/// The rows, in one column or, where there is room, figures and configuration beside each other.
#[must_use]
pub fn extent(app: &App) -> Vec<Vec<Row>> {
    let Some(comparison) = &app.runs.comparison else { return Vec::new() };
    let (left, right) = (Side::of(app, &comparison.left), Side::of(app, &comparison.right));
    let (mut figures, settings) = (figures(&left, &right, &comparison.answers), settings(&left, &right));
    let changes = changes::rows(app);
    if !changes.is_empty() {
        figures.push(Row::Gap);
        figures.extend(changes);
    }
    if Room::of(app).columns >= TWO_COLUMNS {
        return vec![figures, settings];
    }
    figures.push(Row::Gap);
    figures.extend(settings);
    vec![figures]
}

/// Whether the data of either were made up.
#[must_use]
pub fn is_synthetic(app: &App) -> bool {
    let names = app.runs.comparison.iter().flat_map(|comparison| [&comparison.left, &comparison.right]);
    names.map(|name| Side::of(app, name)).any(|side| side.data().ends_with(SYNTHETIC))
}

fn shown_of<'a>(app: &'a App, name: &str) -> Option<&'a Shown> {
    let loaded = app.runs.comparison.iter().flat_map(|comparison| &comparison.loaded);
    let all = app.own.iter().chain(&app.opened).chain(&app.runs.overlays).chain(loaded);
    all.into_iter().find(|shown| shown.name == name)
}

fn settings(left: &Side, right: &Side) -> Vec<Row> {
    let mut rows = vec![Row::Heading("what differs in the configuration")];
    let (Some(left), Some(right)) = (left.experiment(), right.experiment()) else {
        rows.push(Row::Note("the configuration of one of them is not known".into()));
        return rows;
    };
    let differences = differences(left, right);
    if differences.is_empty() {
        rows.push(Row::Note("nothing: every key has the same value".into()));
    }
    let text = |value: Option<String>| value.unwrap_or_else(|| "–".into());
    rows.extend(differences.into_iter().map(|difference| Row::Setting {
        path: difference.path,
        left: text(difference.left),
        right: text(difference.right),
    }));
    rows
}
