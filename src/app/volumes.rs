//! The Volumes screen: which volume is looked at, which slices of it, and how they are shown.
//!
//! Volumes and predictions are asked for by effects and come as messages, so nothing here waits: what is not
//! there yet is said to be on its way. Knows neither files nor pixels.

mod epochs;
mod evidence;
mod files;
mod held;
mod keys;
mod plane;
mod predictions;
mod recent;
mod spread;
mod truths;
mod view;
mod walk;
mod which;
mod window;

use std::sync::Arc;

pub use self::epochs::{missing, resumed, scrubbed, show_changed_since};
pub use self::evidence::{Sight, Wanted, evidence};
pub use self::held::Held;
pub use self::keys::{Action, KEYS, act};
pub use self::plane::{AXES, Plane, Volume};
pub use self::predictions::{Lacking, Predictions, Source, Verdict, known, verdict, verdict_before};
pub use self::recent::{Kept, MOST_VOLUMES};
pub use self::spread::Spread;
pub use self::truths::Truths;
pub use self::view::{Arrangement, ColourMap, Crosshair, MOST_ZOOM, Marks, Playback, SLICE_MS, View};
pub use self::walk::{Answers, Filter, Order, Walk, outcome_word};
pub use self::which::Which;
pub use self::window::{Window, Windowing};
use super::msg::{Effect, Mouse, Target};
use super::{App, Catalogue, Screen, scrub};
use crate::event::{Explained, SplitName};

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct Volumes {
    pub split: SplitName,
    pub filter: Filter,
    /// The volumes that [`Filter::Changed`] and [`Filter::ChangedSince`] let through, in their split's order.
    changed: (SplitName, Vec<usize>),
    pub order: Order,
    /// The volume that is looked at, by its place in the split.
    pub current: usize,
    /// While it is set, training volumes look as in that epoch of training.
    pub epoch: Option<u64>,
    pub walk: Walk,
    pub view: View,
    pub held: Held,
    seeking: Seeking,
}

/// What to look at as soon as the walk is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seeking {
    /// The volume that is looked at, though it may have left the walk because the model has changed its mind.
    Same,
    /// The first of the walk, unless the volume that is looked at is on it.
    Any,
    /// The first of the walk.
    First,
}

impl Default for Volumes {
    fn default() -> Self {
        Self {
            split: SplitName::Validation,
            filter: Filter::ALL,
            changed: (SplitName::Validation, Vec::new()),
            order: Order::default(),
            current: 0,
            epoch: None,
            walk: Walk::default(),
            view: View::default(),
            held: Held::default(),
            seeking: Seeking::Any,
        }
    }
}

impl Volumes {
    /// The volume that is looked at, if it is here.
    #[must_use]
    pub fn shown(&self) -> Option<&Kept> {
        self.held.volume_or_before(self.which())
    }

    /// The window that the volume is looked at through.
    #[must_use]
    pub fn window(&self) -> Window {
        self.view.windowing.window(self.shown().map(|kept| kept.histogram.as_ref()))
    }
}

/// The data of the run that the screens show.
#[must_use]
pub fn catalogue(app: &App) -> Option<&Catalogue> {
    app.shown().and_then(|shown| shown.catalogue.as_deref())
}

/// The screen is entered, or the run that it shows has changed: asks for what it lacks.
pub fn enter(app: &mut App) -> Vec<Effect> {
    app.volumes.held.ask_again();
    if app.volumes.view.playback != Playback::Still {
        app.volumes.view.playback = Playback::Starting;
    }
    follow_run(app);
    rewalk(app);
    lacking(app)
}

/// Shows the volumes of a cell of the confusion matrix.
pub fn show_cell(app: &mut App, split: SplitName, truth: usize, predicted: usize) -> Vec<Effect> {
    show_filtered(app, split, Filter::Cell { truth, predicted })
}

/// Shows the volumes that have a label or not, and are said to or not.
pub fn show_label(app: &mut App, split: SplitName, class: usize, (has, said): (bool, bool)) -> Vec<Effect> {
    show_filtered(app, split, Filter::Label { class, has, said })
}

fn show_filtered(app: &mut App, split: SplitName, filter: Filter) -> Vec<Effect> {
    app.screen = Screen::Volumes;
    app.volumes.split = split;
    app.volumes.filter = filter;
    app.volumes.walk = Walk::default();
    app.volumes.seeking = Seeking::First;
    enter(app)
}

/// Shows a volume that two runs answered otherwise; the others are the walk.
pub fn show_changed(app: &mut App, split: SplitName, changed: Vec<usize>, index: usize) -> Vec<Effect> {
    app.screen = Screen::Volumes;
    let mut effects = enter(app);
    let volumes = &mut app.volumes;
    (volumes.split, volumes.filter, volumes.changed) = (split, Filter::Changed, (split, changed));
    (volumes.current, volumes.walk) = (index, Walk::default());
    effects.extend(choose(app, Seeking::Same, |_| {}));
    effects
}

/// Works out the walk anew, unless what it goes by is being read and comes in a moment: until then it stands.
fn rewalk_if_known(app: &mut App) {
    if !matches!(known(app), Err(Lacking::Arrival)) {
        rewalk(app);
    }
}

/// A volume that was asked for is here.
pub fn arrived(app: &mut App, run: &str, which: Which, volume: Arc<Volume>) -> Vec<Effect> {
    if run != app.volumes.held.run {
        return Vec::new();
    }
    app.volumes.held.keep(which, volume);
    settle(app);
    if app.screen == Screen::Volumes { lacking(app) } else { Vec::new() }
}

/// Predictions that were asked for are here.
pub fn predicted(app: &mut App, run: &str, predictions: &Arc<Predictions>) -> Vec<Effect> {
    if run != app.volumes.held.run {
        return Vec::new();
    }
    app.volumes.held.keep_predictions(Arc::clone(predictions));
    scrub::predicted(app, predictions);
    rewalk_if_known(app);
    if app.screen == Screen::Volumes { lacking(app) } else { Vec::new() }
}

/// The trainer of the run of this process has answered.
pub fn explained(app: &mut App, run: &str, explained: Explained) -> Vec<Effect> {
    evidence::explained(app, run, explained);
    if app.screen == Screen::Volumes { evidence::lacking(app).into_iter().collect() } else { Vec::new() }
}

/// Another process has answered, or a checkpoint was asked: nothing else says in the log what came of it.
pub fn explained_elsewhere(app: &mut App, run: &str, answer: Explained) -> Vec<Effect> {
    evidence::note(app, &answer);
    explained(app, run, answer)
}

/// A wish did not reach the process that trains the run.
pub fn unheard(app: &mut App, why: &str) {
    evidence::unheard(app, why);
}

/// Time has passed: plays on, and asks for what has come since: the predictions of an evaluation, the look of an epoch.
pub fn tick(app: &mut App) -> Vec<Effect> {
    if app.screen != Screen::Volumes {
        return Vec::new();
    }
    app.volumes.view.play(app.now_ms);
    if app.volumes.epoch.is_some() {
        return lacking(app);
    }
    let predictions = ask_predictions(app);
    predictions.into_iter().chain(evidence::lacking(app)).collect()
}

/// Milliseconds until the screen wants a tick, when it plays.
#[must_use]
pub fn next_tick_ms(app: &App) -> Option<u64> {
    if app.screen != Screen::Volumes {
        return None;
    }
    [app.volumes.view.next_tick_ms(app.now_ms), evidence::next_tick_ms(app)].into_iter().flatten().min()
}

/// Does what the mouse asks for.
pub fn point(app: &mut App, mouse: Mouse, target: Target) -> Vec<Effect> {
    let volumes = &mut app.volumes;
    let wheel = match mouse {
        Mouse::WheelUp => -1,
        Mouse::WheelDown => 1,
        Mouse::Click | Mouse::Drag => 0,
    };
    match (wheel, target) {
        (0, Target::Slice { plane, row, column }) => volumes.view.put(plane, row, column),
        (0, Target::Item(place)) => {
            if let Some(index) = volumes.walk.indices.get(place).copied() {
                return go_to(app, index);
            }
        }
        (0, _) | (_, Target::Nothing) => {}
        (by, Target::Slice { plane, .. }) => volumes.view.leaf(plane, by),
        (by, Target::Item(_)) => return turn(app, by),
        (by, _) => volumes.view.leaf(volumes.view.focus, by),
    }
    Vec::new()
}

/// Looks at the volume so many further on the walk.
fn turn(app: &mut App, by: isize) -> Vec<Effect> {
    match app.volumes.walk.neighbour(app.volumes.current, by) {
        Some(index) => go_to(app, index),
        None => Vec::new(),
    }
}

/// Looks at a volume of the split.
fn go_to(app: &mut App, index: usize) -> Vec<Effect> {
    app.volumes.seeking = Seeking::Same;
    app.volumes.current = index;
    let place = app.volumes.walk.place();
    app.volumes.walk.stand_at(index, place);
    settle(app);
    lacking(app)
}

/// Looks at other volumes, as the user asked.
fn choose(app: &mut App, seeking: Seeking, change: impl FnOnce(&mut Volumes)) -> Vec<Effect> {
    change(&mut app.volumes);
    app.volumes.seeking = seeking;
    rewalk(app);
    lacking(app)
}

/// What is held belongs to one run: another begins with nothing.
pub(super) fn follow_run(app: &mut App) {
    let name = app.shown().map_or("", |shown| shown.name.as_str()).to_owned();
    let classes = catalogue(app).map(|catalogue| catalogue.classes.len());
    let volumes = &mut app.volumes;
    if volumes.held.run != name {
        // A cell that is being opened stays: it was asked for of this very run.
        let opening =
            volumes.seeking == Seeking::First && matches!(volumes.filter, Filter::Cell { .. } | Filter::Label { .. });
        if !opening {
            volumes.filter = Filter::ALL;
            volumes.seeking = Seeking::Any;
        }
        (volumes.held, volumes.current, volumes.walk) = (Held::of(&name), 0, Walk::default());
        volumes.epoch = None;
    }
    let known = |class: usize| classes.is_none_or(|classes| class < classes);
    let fits = match volumes.filter {
        Filter::By { class, .. } => class.is_none_or(known),
        Filter::Cell { truth, predicted } => known(truth) && known(predicted),
        Filter::Label { class, .. } => known(class),
        Filter::Changed | Filter::ChangedSince(_) => true,
    };
    if !fits {
        volumes.filter = Filter::ALL;
    }
}

/// Works out the walk anew: labels, predictions, filter or order have changed.
fn rewalk(app: &mut App) {
    // Which volumes changed is known of one split alone.
    let by_changes = matches!(app.volumes.filter, Filter::Changed | Filter::ChangedSince(_));
    if by_changes && app.volumes.changed.0 != app.volumes.split {
        app.volumes.filter = Filter::ALL;
    }
    if let Filter::ChangedSince(_) = app.volumes.filter {
        let marked = scrub::marked(app).map(|row| row.epoch);
        app.volumes.filter = marked.map_or(Filter::ALL, Filter::ChangedSince);
        match predictions::changed_since_mark(app) {
            Ok(changed) => app.volumes.changed.1 = changed,
            Err(Lacking::Arrival) => {}
            Err(_) => app.volumes.changed.1.clear(),
        }
    }
    let (split, filter, order) = (app.volumes.split, app.volumes.filter, app.volumes.order);
    let before = app.volumes.walk.place();
    let truths = catalogue(app).map(|catalogue| Truths::of_data(catalogue, split));
    let predictions = known(app).ok().map(|(predictions, _)| predictions);
    let mut walk = Walk::new(truths.unwrap_or(Truths { labels: &[], each: 1 }), predictions, filter, order);
    let volumes = &mut app.volumes;
    if matches!(filter, Filter::Changed | Filter::ChangedSince(_)) {
        walk.indices.retain(|index| volumes.changed.1.binary_search(index).is_ok());
    }
    if let Some(first) = walk.indices.first() {
        let lost = walk.place_of(volumes.current).is_none();
        if volumes.seeking == Seeking::First || (volumes.seeking == Seeking::Any && lost) {
            volumes.current = *first;
        }
        volumes.seeking = Seeking::Same;
    }
    walk.stand_at(volumes.current, before);
    volumes.walk = walk;
    settle(app);
}

/// Depth, height and width of the volume on the screen, or of those that will come.
#[must_use]
pub fn size(app: &App) -> Option<[usize; 3]> {
    let shown = app.volumes.shown().map(|kept| kept.volume.size());
    shown.or_else(|| catalogue(app).map(|&Catalogue { shape: [d, h, w, _], .. }| [d, h, w]))
}

/// The crosshair has its place in the volume on the screen.
fn settle(app: &mut App) {
    if let Some(size) = size(app) {
        app.volumes.view.fit(size);
    }
}

/// Asks for what the screen lacks: predictions, the volume itself, then its neighbours on the walk.
fn lacking(app: &mut App) -> Vec<Effect> {
    which::follow_epoch(app);
    let mut effects: Vec<Effect> = ask_predictions(app).into_iter().collect();
    let now_ms = app.now_ms;
    if catalogue(app).is_none() {
        return effects;
    }
    let volumes = &mut app.volumes;
    if volumes.walk.indices.is_empty() {
        return effects;
    }
    let which = volumes.which();
    effects.extend(volumes.held.ask(which, now_ms));
    // The neighbours come once the volume itself is here: who leafs quickly is not kept waiting for them.
    let beside = volumes.shown().is_some_and(|kept| volumes.held.has_room_beside(&kept.volume));
    if beside {
        for by in [1, -1] {
            let neighbour = volumes.walk.neighbour(which.index, by).filter(|index| *index != which.index);
            effects.extend(neighbour.and_then(|index| volumes.held.ask(Which { index, ..which }, now_ms)));
        }
        // The one on the screen is the last that may go.
        volumes.held.ask(which, now_ms);
    }
    effects.extend(evidence::lacking(app));
    effects
}

fn ask_predictions(app: &mut App) -> Option<Effect> {
    let split = app.volumes.split;
    let newest = app.run().and_then(|run| run.evaluation(split)).and_then(Source::of);
    if app.shown().is_none() { None } else { app.volumes.held.ask_predictions(split, newest) }
}
