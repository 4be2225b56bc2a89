//! The Runs screen: the runs folder, sorted, filtered, marked and compared.
//!
//! What the list shows and where its cursor stands is in `list`, which runs are seeds of one experiment in `seeds`, two
//! runs side by side in `compare`, groups of seeds in `groups`, whose curves lie over the shown run's in `marks`.

mod compare;
mod family;
mod figures;
pub mod groups;
mod keeping;
mod list;
mod marks;
mod opening;
mod panes;
mod recipe;
mod seeds;

use std::sync::Arc;

use crossterm::event::KeyCode;

pub use self::compare::{Comparison, Contrast, Look, Row, Verdict, extent, is_synthetic, looked, predicted};
use self::family::Family;
pub use self::family::{Under, missing, shown, toggle_parent, under};
pub use self::figures::{FIGURES, Figure, headings, in_order, leading};
pub use self::keeping::{kept, note, remove, tag};
pub use self::list::{List, Listed, Order, SortBy, Twig};
pub use self::marks::{MOST_MARKED, MOST_OVERLAID, Mark, loaded};
use self::opening::open_listed;
pub use self::opening::{compare_named, open};
use self::panes::list_rows;
pub use self::panes::{Panes, panes};
pub use self::recipe::recipe;
pub use self::seeds::{Seeds, at_end, brief, leading_of, spread_over};
use super::command_line::{self, Kind};
use super::key::{Binding, Key, binding, hinted};
use super::msg::{Effect, Mouse, Target};
use super::room::Room;
use super::shown::Shown;
use super::{App, Screen, Status, editor, words};
use crate::config::Experiment;
use crate::event::Outcome;
use crate::metrics::Report;

/// A run of the runs folder in one line.
#[derive(Clone, Debug, Default)]
pub struct RunEntry {
    pub name: String,
    /// How the command line calls it.
    pub handle: String,
    pub status: Status,
    /// Whether some process trains it now.
    pub live: bool,
    /// The machine that trains it, where that is another one.
    pub elsewhere: Option<String>,
    /// Why it cannot be read; everything else is then empty.
    pub unreadable: Option<String>,
    pub epoch: u64,
    pub epochs: u64,
    pub step: u64,
    pub best_validation: Option<Report>,
    pub test: Option<Report>,
    pub wall_ms: u64,
    pub volumes_per_s: Option<f64>,
    pub device: String,
    pub data: String,
    pub synthetic: bool,
    pub seed: u64,
    pub parameters: u64,
    /// When it began, RFC 3339.
    pub begun: String,
    pub parent: Option<String>,
    /// What the user has noted of it.
    pub note: String,
    pub tags: Vec<String>,
    /// What its folder takes on the disk.
    pub disk_bytes: u64,
    pub experiment: Option<Arc<Experiment>>,
}

impl RunEntry {
    /// The word of its state.
    #[must_use]
    pub fn status_word(&self) -> &'static str {
        if self.unreadable.is_some() { "UNREADABLE" } else { words::status_word(&self.status, self.live) }
    }

    /// Whether a process on this machine trains it.
    #[must_use]
    pub fn is_trained_here(&self) -> bool {
        self.live && self.elsewhere.is_none()
    }

    /// What it is asked for by: its handle leads to it, whatever other runs have its name.
    #[must_use]
    pub fn address(&self) -> String {
        if self.handle.is_empty() { self.name.clone() } else { self.handle.clone() }
    }

    /// Whether `vivit-tui resume` would train it further.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        self.why_not_resumable().is_none()
    }

    /// Why it would not, to follow its name.
    #[must_use]
    pub fn why_not_resumable(&self) -> Option<String> {
        match (&self.unreadable, &self.status) {
            (Some(why), _) => Some(format!("cannot be read: {why}")),
            _ if self.live => Some("is being trained".into()),
            (None, Status::Finished(Outcome::Completed | Outcome::StoppedEarly)) => {
                Some("is finished: nothing is left to train; b branches from it".into())
            }
            _ => None,
        }
    }
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    pub entries: Vec<RunEntry>,
    /// The experiment files that are here.
    pub experiments: Vec<String>,
    /// Whose curves lie over the shown run's, in the order of their colours.
    pub overlays: Vec<Shown>,
    /// The parent of the run that is shown.
    family: Family,
    /// What of the entries is shown, and where the cursor stands.
    pub list: List,
    /// Two runs side by side, in place of the list.
    pub comparison: Option<Comparison>,
    /// Groups of seeds, in place of the list.
    pub groups: Option<groups::Groups>,
    /// The runs whose curves were asked for, in the order of their marking.
    marked: Vec<String>,
    /// A run that was named and that the list did not have: it is looked for once more.
    wanted: Option<String>,
    /// Volumes that are looked at as soon as their run is here.
    look: Option<Look>,
    /// The run that the user is asked about: shall it go?
    pub removing: Option<String>,
}

impl Runs {
    /// The entry of that name.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&RunEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The entry under the cursor.
    #[must_use]
    pub fn under_cursor(&self) -> Option<&RunEntry> {
        self.list.entry().and_then(|place| self.entries.get(place))
    }

    /// Whether a run is marked, and which colour it has once it is here.
    #[must_use]
    pub fn mark(&self, name: &str) -> Option<Mark> {
        if !self.marked.iter().any(|marked| marked == name) {
            return None;
        }
        let place = self.overlays.iter().position(|overlay| overlay.name == name);
        let awaited = self.marked.iter().take(MOST_OVERLAID).any(|marked| marked == name);
        Some(place.map_or(if awaited { Mark::Asked } else { Mark::Beyond }, Mark::Overlay))
    }

    /// How many runs are marked.
    #[must_use]
    pub fn marks(&self) -> usize {
        self.marked.len()
    }

    fn arrange(&mut self, height: usize) {
        self.list.arrange(&self.entries, height);
    }
}

/// The run that the screen is about: under the cursor of the list, elsewhere the one that is shown.
#[must_use]
pub fn meant(app: &App) -> Option<String> {
    if app.screen == Screen::Runs {
        return app.runs.under_cursor().map(|entry| entry.name.clone());
    }
    app.shown().map(|shown| shown.name.clone())
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
    Open,
    Mark,
    UnmarkAll,
    Differences,
    New,
    PreviousChange,
    Resume,
    Tree,
    Filter,
    Note,
    Tag,
    Remove,
    NextSort,
    ReverseSort,
}

/// The keys of this screen.
pub const KEYS: &[Binding<Action>] = &[
    binding(&[Key::of(KeyCode::Up), Key::char('k')], Action::Up, "the run above"),
    binding(&[Key::of(KeyCode::Down), Key::char('j')], Action::Down, "the run below"),
    binding(&[Key::of(KeyCode::PageUp)], Action::PageUp, "a page up"),
    binding(&[Key::of(KeyCode::PageDown)], Action::PageDown, "a page down"),
    binding(&[Key::of(KeyCode::Home), Key::char('g')], Action::First, "the first run"),
    binding(&[Key::of(KeyCode::End), Key::char('G')], Action::Last, "the last run"),
    hinted(
        &[Key::of(KeyCode::Enter)],
        Action::Open,
        "show the run on all screens; of a group of seeds: how they spread",
        "open",
    ),
    hinted(
        &[Key::char('o'), Key::of(KeyCode::Insert)],
        Action::Mark,
        "lay its curves over the shown run's, or not; of a group of seeds: mark all, or none",
        "overlay",
    ),
    binding(&[Key::char('O')], Action::UnmarkAll, "no run lies over another"),
    hinted(
        &[Key::char('d')],
        Action::Differences,
        "what differs between the two runs that are marked, or between this one and the one shown; of a group of seeds, \
         or of three or more marked seeds of one experiment or two: their spread, and the paired difference",
        "differences",
    ),
    hinted(
        &[Key::char('n')],
        Action::New,
        "a new run from an experiment file; of two compared runs: the next volume that they answer otherwise",
        "new",
    ),
    binding(
        &[Key::char('N')],
        Action::PreviousChange,
        "of two compared runs: the volume before; enter shows it on the Volumes screen",
    ),
    binding(&[Key::char('r')], Action::Resume, "go on with a run that was stopped, has failed or died"),
    binding(&[Key::char('f')], Action::Tree, "families and seeds together, or every run for itself"),
    hinted(
        &[Key::char('/')],
        Action::Filter,
        "show the runs with some words: a name, a state, data, a device, a tag",
        "filter",
    ),
    binding(&[Key::char('a')], Action::Note, "keep a note of the run"),
    binding(&[Key::char('t')], Action::Tag, "tag the run: +good adds a tag, -old removes one"),
    binding(&[Key::char('D')], Action::Remove, "remove the run from the disk, after a question"),
    hinted(&[Key::char('s')], Action::NextSort, "sort by the next column", "sort"),
    binding(&[Key::char('S')], Action::ReverseSort, "sort the other way round"),
];

/// Does what a key asks for.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let heading = app.runs.seeds_under_cursor().is_some() && app.runs.comparison.is_none() && app.runs.groups.is_none();
    match action {
        Action::Up => step(app, -1),
        Action::Down => step(app, 1),
        Action::PageUp => step(app, -page(app)),
        Action::PageDown => step(app, page(app)),
        Action::First => step(app, isize::MIN),
        Action::Last => step(app, isize::MAX),
        Action::Open if app.runs.comparison.is_some() => return compare::look(app),
        Action::Open if app.runs.groups.is_some() => {}
        Action::Open if heading => groups::open_under_cursor(app),
        Action::Differences if heading && app.runs.marked.is_empty() => groups::open_under_cursor(app),
        Action::Mark if heading => return marks::toggle_seeds(app),
        Action::Resume | Action::Note | Action::Tag | Action::Remove if heading => {
            app.complain("that is a group of seeds; its runs stand below it");
        }
        Action::Open => return open_under_cursor(app),
        Action::Mark => return marks::toggle_mark(app),
        Action::UnmarkAll => {
            app.runs.marked.clear();
            app.runs.overlays.clear();
            app.runs.family.hide();
            app.say("no run is marked");
        }
        Action::Differences => return compare::toggle(app),
        Action::New if app.runs.comparison.is_some() => compare::choose(app, 1),
        Action::New => editor::choose_file(app),
        Action::PreviousChange => compare::choose(app, -1),
        Action::Resume => return editor::resume(app),
        Action::Tree => toggle_tree(app),
        Action::Filter => command_line::open(app, Kind::Search),
        Action::Note => keeping::edit_note(app),
        Action::Tag => keeping::edit_tags(app),
        Action::Remove => keeping::ask_removal(app),
        Action::NextSort => sort_by(app, app.runs.list.sort.next()),
        Action::ReverseSort => sort_by(app, app.runs.list.sort),
    }
    Vec::new()
}

/// Does what the mouse asks for.
pub fn point(app: &mut App, mouse: Mouse, target: Target) -> Vec<Effect> {
    match (mouse, target) {
        (Mouse::WheelUp, _) => step(app, -1),
        (Mouse::WheelDown, _) => step(app, 1),
        (Mouse::Click, Target::Item(place)) if app.runs.list.place() == place => return act(app, Action::Open),
        (Mouse::Click, Target::Item(place)) => {
            let height = list_rows(app);
            let Runs { list, entries, .. } = &mut app.runs;
            list.move_to(entries, place, height);
        }
        _ => {}
    }
    Vec::new()
}

/// Moves the cursor, or scrolls the comparison.
fn step(app: &mut App, by: isize) {
    let height = list_rows(app);
    if app.runs.groups.is_some() {
        groups::scroll(app, by);
        return;
    }
    if app.runs.comparison.is_some() {
        compare::scroll(app, by);
        return;
    }
    let Runs { list, entries, .. } = &mut app.runs;
    list.move_to(entries, list.place().saturating_add_signed(by), height);
}

fn page(app: &App) -> isize {
    let whole = app.runs.comparison.is_some() || app.runs.groups.is_some();
    let rows = if whole { Room::of(app).framed().rows } else { list_rows(app) };
    isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1)
}

/// The screen is entered.
pub fn enter(_app: &mut App) -> Vec<Effect> {
    vec![Effect::ListRuns]
}

/// A run of this process has begun: the cursor waits on it, unless the user is looking elsewhere.
pub fn begun(app: &mut App) {
    if let Some(own) = app.own.as_ref().filter(|_| app.screen != Screen::Runs) {
        app.runs.list.select(&own.name);
    }
}

/// The list is here.
pub fn listed(app: &mut App, entries: Vec<RunEntry>) -> Vec<Effect> {
    let shown = app.shown().map(|shown| shown.name.clone());
    let height = list_rows(app);
    app.runs.entries = entries;
    let runs = &mut app.runs;
    runs.list.group(&runs.entries);
    // The cursor begins on the run that is shown.
    runs.list.begin_at(shown.as_deref());
    runs.arrange(height);
    let here = |name: &String| runs.entries.iter().any(|entry| entry.name == *name && entry.unreadable.is_none());
    runs.marked.retain(here);
    runs.overlays.retain(|overlay| here(&overlay.name));
    let mut effects: Vec<Effect> = marks::outdated(runs).map(|run| Effect::Load { run }).collect();
    if let Some(name) = runs.wanted.take() {
        effects.extend(open_listed(app, &name));
    }
    effects
}

/// Shows the runs with those words; empty: all.
pub fn search(app: &mut App, text: &str) {
    let height = list_rows(app);
    app.runs.list.filter = text.trim().to_lowercase();
    app.runs.arrange(height);
    let Runs { list, entries, .. } = &mut app.runs;
    list.leave_ancestors(entries, height);
}

/// Sorts by a column; the one that it is sorted by: the other way round.
pub fn sort_by(app: &mut App, by: SortBy) {
    let height = list_rows(app);
    app.runs.list.sort_by(by);
    app.runs.arrange(height);
}

/// Families as a tree, or every run for itself.
fn toggle_tree(app: &mut App) {
    let height = list_rows(app);
    app.runs.list.flat = !app.runs.list.flat;
    app.runs.arrange(height);
    app.say(if app.runs.list.flat { "every run for itself" } else { "families as a tree, seeds together" });
}

/// The terminal has another size: the cursor stays in sight.
pub fn resized(app: &mut App) {
    let height = list_rows(app);
    app.runs.arrange(height);
    compare::scroll(app, 0);
    groups::scroll(app, 0);
}

/// Closes what is open in the screen; whether anything was.
pub fn back(app: &mut App) -> bool {
    if app.runs.comparison.take().is_some() || app.runs.groups.take().is_some() {
        return true;
    }
    let filtered = !app.runs.list.filter.is_empty();
    search(app, "");
    filtered
}

fn open_under_cursor(app: &mut App) -> Vec<Effect> {
    let Some(name) = app.runs.under_cursor().map(|entry| entry.name.clone()) else { return Vec::new() };
    open_listed(app, &name)
}

#[cfg(test)]
mod tests;
