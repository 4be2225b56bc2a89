//! The keys of the Volumes screen, and what they do.

use crossterm::event::KeyCode;

use super::{Answers, Arrangement, Crosshair, Filter, MOST_ZOOM, Order, Playback, Seeking, Windowing};
use super::{catalogue, choose, lacking, turn, which};
use crate::app::key::{Binding, Key, binding, hinted};
use crate::app::{App, Effect};
use crate::event::{OfClass, SplitName};

/// What the keys of this screen do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    NextVolume,
    PreviousVolume,
    Split,
    Answers,
    NextClass,
    PreviousClass,
    Order,
    EveryVolume,
    NextPlane,
    PreviousPlane,
    Alone,
    Up,
    Down,
    Left,
    Right,
    NextSlice,
    PreviousSlice,
    FirstSlice,
    LastSlice,
    Play,
    Narrower,
    Wider,
    LowerLevel,
    HigherLevel,
    Preset,
    FullWindow,
    Colours,
    Crosshair,
    Marks,
    Evidence,
    EvidenceClass,
    AsTrained,
    ZoomIn,
    ZoomOut,
    Fit,
}

/// The keys of this screen.
pub const KEYS: &[Binding<Action>] = &[
    hinted(&[Key::char('n'), Key::char('J')], Action::NextVolume, "the next volume", "next"),
    binding(&[Key::char('N'), Key::char('K')], Action::PreviousVolume, "the volume before"),
    hinted(&[Key::char('s')], Action::Split, "another split: train, validation, test", "split"),
    binding(&[Key::char('a')], Action::Answers, "only wrong answers, only right ones, all"),
    binding(&[Key::char('d')], Action::NextClass, "only volumes of a class: the next one"),
    binding(&[Key::char('D')], Action::PreviousClass, "only volumes of a class: the one before"),
    binding(&[Key::char('o')], Action::Order, "order: as in the file, unsure first, surest mistakes first"),
    binding(&[Key::char('r')], Action::EveryVolume, "every volume again: no filter, file order"),
    hinted(&[Key::char('f')], Action::NextPlane, "the keys to the next plane", "plane"),
    binding(&[Key::char('F')], Action::PreviousPlane, "the keys to the plane before"),
    binding(&[Key::of(KeyCode::Enter)], Action::Alone, "the plane alone and large, or all three"),
    binding(&[Key::of(KeyCode::Up), Key::char('k')], Action::Up, "crosshair up"),
    binding(&[Key::of(KeyCode::Down), Key::char('j')], Action::Down, "crosshair down"),
    binding(&[Key::of(KeyCode::Left), Key::char('h')], Action::Left, "crosshair to the left"),
    binding(&[Key::of(KeyCode::Right), Key::char('l')], Action::Right, "crosshair to the right"),
    binding(&[Key::of(KeyCode::PageDown), Key::char(']')], Action::NextSlice, "the next slice of the plane (wheel)"),
    binding(&[Key::of(KeyCode::PageUp), Key::char('[')], Action::PreviousSlice, "the slice before (wheel)"),
    binding(&[Key::of(KeyCode::Home), Key::char('g')], Action::FirstSlice, "the first slice"),
    binding(&[Key::of(KeyCode::End), Key::char('G')], Action::LastSlice, "the last slice"),
    hinted(&[Key::char('p')], Action::Play, "play the slices, ten a second, or stop", "play"),
    binding(&[Key::char('w')], Action::Narrower, "narrower window: more contrast"),
    binding(&[Key::char('W')], Action::Wider, "wider window: less contrast"),
    binding(&[Key::char('i')], Action::LowerLevel, "lower level: brighter"),
    binding(&[Key::char('I')], Action::HigherLevel, "higher level: darker"),
    binding(&[Key::char('v')], Action::Preset, "window: full range, 1–99 %, 5–95 % of the voxels"),
    binding(&[Key::char('0')], Action::FullWindow, "window: full range"),
    binding(&[Key::char('C')], Action::Colours, "the next colour map"),
    binding(&[Key::char('X')], Action::Crosshair, "hide or show the crosshair's lines"),
    binding(&[Key::char('t')], Action::Marks, "mark what no tubelet sees, the tubelets too, nothing"),
    binding(&[Key::char('E')], Action::Evidence, "the model's evidence: occlusion, attention rollout, none"),
    binding(&[Key::char('L')], Action::EvidenceClass, "evidence for the class it is taken for, or for its label"),
    binding(
        &[Key::char('y')],
        Action::AsTrained,
        "training volumes as the model is shown them: augmented, epoch by epoch",
    ),
    binding(&[Key::char('+'), Key::char('=')], Action::ZoomIn, "zoom in; the picture follows the crosshair"),
    binding(&[Key::char('-')], Action::ZoomOut, "zoom out"),
    binding(&[Key::char('z')], Action::Fit, "zoom to what fits"),
];

/// Steps of the window's level and width, in values of 0 to 255.
const LEVEL_STEP: f64 = 4.0;
const WIDTH_STEP: f64 = 8.0;

/// Does what a key asks for.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::NextVolume => return turn(app, 1),
        Action::PreviousVolume => return turn(app, -1),
        Action::Split => {
            return choose(app, Seeking::First, |volumes| volumes.split = next_split(volumes.split));
        }
        Action::Answers => {
            return choose(app, Seeking::Any, |volumes| volumes.filter = next_answers(volumes.filter));
        }
        Action::NextClass => return choose_class(app, 1),
        Action::PreviousClass => return choose_class(app, -1),
        Action::Order => return choose(app, Seeking::First, |volumes| volumes.order = volumes.order.next()),
        Action::EveryVolume => {
            return choose(app, Seeking::Any, |volumes| (volumes.filter, volumes.order) = (Filter::ALL, Order::File));
        }
        Action::AsTrained => return which::toggle(app),
        Action::Evidence => {
            // It is looked for in the volume as it is.
            app.volumes.epoch = None;
            let evidence = &mut app.volumes.view.evidence;
            *evidence = evidence.next_method();
            return lacking(app);
        }
        Action::EvidenceClass => {
            let evidence = &mut app.volumes.view.evidence;
            *evidence = evidence.other_class();
            let label = evidence.class == OfClass::Label;
            let several = catalogue(app).is_some_and(|catalogue| catalogue.answers() > 1);
            let class = match (several, label) {
                (false, true) => "its label",
                (false, false) => "the class that it is taken for",
                (true, true) => "its first label, or where it has none the likeliest",
                (true, false) => "the likeliest label",
            };
            app.say(format!("evidence for {class}"));
            return lacking(app);
        }
        _ => look(app, action),
    }
    Vec::new()
}

/// Changes how the volume is shown, and nothing else.
fn look(app: &mut App, action: Action) {
    let histogram = app.volumes.shown().map(|kept| kept.histogram.clone());
    let view = &mut app.volumes.view;
    let adjusted = |level, width| view.windowing.adjusted(histogram.as_deref(), level, width);
    match action {
        Action::NextPlane => view.face(view.focus.next()),
        Action::PreviousPlane => view.face(view.focus.next().next()),
        Action::Alone => {
            view.arrangement = match view.arrangement {
                Arrangement::Together => Arrangement::Alone,
                Arrangement::Alone => Arrangement::Together,
            };
        }
        Action::Up => view.step(-1, 0),
        Action::Down => view.step(1, 0),
        Action::Left => view.step(0, -1),
        Action::Right => view.step(0, 1),
        Action::NextSlice => view.leaf(view.focus, 1),
        Action::PreviousSlice => view.leaf(view.focus, -1),
        Action::FirstSlice => view.leaf(view.focus, isize::MIN),
        Action::LastSlice => view.leaf(view.focus, isize::MAX),
        Action::Play => {
            view.playback = match view.playback {
                Playback::Still => Playback::Starting,
                Playback::Starting | Playback::Since(_) => Playback::Still,
            };
        }
        Action::Narrower => view.windowing = adjusted(0.0, -WIDTH_STEP),
        Action::Wider => view.windowing = adjusted(0.0, WIDTH_STEP),
        Action::LowerLevel => view.windowing = adjusted(-LEVEL_STEP, 0.0),
        Action::HigherLevel => view.windowing = adjusted(LEVEL_STEP, 0.0),
        Action::Preset => view.windowing = view.windowing.next(),
        Action::FullWindow => view.windowing = Windowing::Full,
        Action::Colours => view.colours = view.colours.next(),
        Action::Crosshair => {
            view.crosshair = match view.crosshair {
                Crosshair::Shown => Crosshair::Hidden,
                Crosshair::Hidden => Crosshair::Shown,
            };
        }
        Action::Marks => view.marks = view.marks.next(),
        Action::ZoomIn => view.zoom = (view.zoom + 1).min(MOST_ZOOM),
        Action::ZoomOut => view.zoom = view.zoom.saturating_sub(1),
        Action::Fit => view.zoom = 0,
        _ => {}
    }
}

fn next_split(split: SplitName) -> SplitName {
    match split {
        SplitName::Train => SplitName::Validation,
        SplitName::Validation => SplitName::Test,
        SplitName::Test => SplitName::Train,
    }
}

/// A filter by answers takes the place of a confusion cell, which has its answer in itself.
fn next_answers(filter: Filter) -> Filter {
    match filter {
        Filter::By { class, answers } => Filter::By { class, answers: answers.next() },
        Filter::Cell { truth: class, .. } | Filter::Label { class, .. } => {
            Filter::By { class: Some(class), answers: Answers::Wrong }
        }
        Filter::Changed | Filter::ChangedSince(_) => Filter::By { class: None, answers: Answers::Wrong },
    }
}

/// Goes through the classes; between the last and the first all of them are shown.
fn choose_class(app: &mut App, by: isize) -> Vec<Effect> {
    let count = catalogue(app).map_or(0, |catalogue| catalogue.classes.len());
    choose(app, Seeking::Any, |volumes| {
        let (class, answers) = match volumes.filter {
            Filter::By { class, answers } => (class, answers),
            Filter::Cell { truth: class, .. } | Filter::Label { class, .. } => (Some(class), Answers::All),
            Filter::Changed | Filter::ChangedSince(_) => (None, Answers::All),
        };
        // 0 stands for all of them.
        let place = class.map_or(0, |class| class + 1);
        let moved = place.wrapping_add_signed(by).wrapping_add(count + 1) % (count + 1);
        volumes.filter = Filter::By { class: moved.checked_sub(1), answers };
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::global;

    #[test]
    fn no_key_has_two_meanings() {
        let all = KEYS.iter().flat_map(|binding| binding.keys);
        let global = global::KEYS.iter().flat_map(|binding| binding.keys);
        let mut keys: Vec<String> = all.chain(global).map(Key::to_string).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
