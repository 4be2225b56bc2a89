//! The Confusion screen: which evaluation is read, how its cells are read, and where the cursor stands.
//! It knows nothing of what fits on the screen.

mod cells;
mod choice;
mod labels;

use crossterm::event::KeyCode;

pub use self::cells::{Cell, Pair, Reading, cells, change, count, of_prediction, of_truth, share, taken};
use self::cells::{changed_pairs, pairs as confused_pairs};
pub use self::choice::{before, evaluation};
use self::choice::{next_split, other_weights};
pub use self::labels::{column_names, columns, is_right, outcome};
use super::key::{Binding, Key, binding, hinted};
use super::msg::{Effect, Mouse, Target};
use super::{App, volumes};
use crate::event::{SplitName, Weights};
use crate::metrics::Report;

/// The state of the screen.
#[derive(Clone, Debug)]
pub struct Confusion {
    pub split: SplitName,
    pub weights: Weights,
    pub reading: Reading,
    /// Where the user has put the cursor; a run with fewer classes keeps it inside (see [`cursor`]).
    cursor: Cell,
}

impl Default for Confusion {
    fn default() -> Self {
        Self {
            split: SplitName::Validation,
            weights: Weights::Last,
            reading: Reading::default(),
            cursor: Cell::default(),
        }
    }
}

/// What the keys of this screen do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    FirstTruth,
    LastTruth,
    FirstPrediction,
    LastPrediction,
    NextPair,
    PreviousPair,
    Open,
    Split,
    Weights,
    Reading,
}

/// The keys of this screen.
pub const KEYS: &[Binding<Action>] = &[
    hinted(&[Key::of(KeyCode::Enter)], Action::Open, "the volumes of the cell", "volumes"),
    hinted(&[Key::char('n')], Action::NextPair, "the next most confused pair", "next pair"),
    binding(&[Key::char('N')], Action::PreviousPair, "the pair before"),
    hinted(
        &[Key::char('p')],
        Action::Reading,
        "counts, % of the truth (recall), % of the prediction (precision)",
        "percent",
    ),
    hinted(&[Key::char('s')], Action::Split, "another split: validation, test, train", "split"),
    binding(&[Key::char('w')], Action::Weights, "the last weights, or the best"),
    binding(&[Key::of(KeyCode::Up), Key::char('k')], Action::Up, "the truth above"),
    binding(&[Key::of(KeyCode::Down), Key::char('j')], Action::Down, "the truth below"),
    binding(&[Key::of(KeyCode::Left), Key::char('h')], Action::Left, "the prediction to the left"),
    binding(&[Key::of(KeyCode::Right), Key::char('l')], Action::Right, "the prediction to the right"),
    binding(&[Key::of(KeyCode::PageUp)], Action::PageUp, "ten truths up"),
    binding(&[Key::of(KeyCode::PageDown)], Action::PageDown, "ten truths down"),
    binding(&[Key::char('g')], Action::FirstTruth, "the first truth"),
    binding(&[Key::char('G')], Action::LastTruth, "the last truth"),
    binding(&[Key::of(KeyCode::Home)], Action::FirstPrediction, "the first prediction"),
    binding(&[Key::of(KeyCode::End)], Action::LastPrediction, "the last prediction"),
];

/// Rows that a page key moves by.
const PAGE: usize = 10;

/// Does what a key asks for.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Open => return open(app),
        Action::NextPair => jump(app, 1),
        Action::PreviousPair => jump(app, -1),
        Action::Split => next_split(app),
        Action::Weights => other_weights(app),
        Action::Reading => app.confusion.reading = app.confusion.reading.next(),
        Action::Up => step(app, |cell, _| cell.truth = cell.truth.saturating_sub(1)),
        Action::Down => step(app, |cell, _| cell.truth += 1),
        Action::Left => step(app, |cell, _| cell.predicted = cell.predicted.saturating_sub(1)),
        Action::Right => step(app, |cell, _| cell.predicted += 1),
        Action::PageUp => step(app, |cell, _| cell.truth = cell.truth.saturating_sub(PAGE)),
        Action::PageDown => step(app, |cell, _| cell.truth += PAGE),
        Action::FirstTruth => step(app, |cell, _| cell.truth = 0),
        Action::LastTruth => step(app, |cell, last| cell.truth = last),
        Action::FirstPrediction => step(app, |cell, _| cell.predicted = 0),
        Action::LastPrediction => step(app, |cell, last| cell.predicted = last),
    }
    Vec::new()
}

/// Does what the mouse asks for: a click moves the cursor, and where it already stands it opens the cell.
pub fn point(app: &mut App, mouse: Mouse, target: Target) -> Vec<Effect> {
    let at = match target {
        Target::Cell { truth, predicted } => Some(Cell { truth, predicted }),
        Target::Item(pair) => report(app).and_then(|report| pairs(app, report).get(pair).map(|pair| pair.cell)),
        _ => None,
    };
    match (mouse, at, target) {
        (Mouse::Click, Some(at), _) if report(app).is_some_and(|report| cursor(app, report) == at) => {
            return open(app);
        }
        (Mouse::Click | Mouse::Drag, Some(at), _) => app.confusion.cursor = at,
        (Mouse::WheelUp, _, Target::Item(_)) => jump(app, -1),
        (Mouse::WheelDown, _, Target::Item(_)) => jump(app, 1),
        (Mouse::WheelUp, ..) => return act(app, Action::Up),
        (Mouse::WheelDown, ..) => return act(app, Action::Down),
        _ => {}
    }
    Vec::new()
}

/// Where the cursor stands in a report.
#[must_use]
pub fn cursor(app: &App, report: &Report) -> Cell {
    let last = report.per_class.len().saturating_sub(1);
    let Cell { truth, predicted } = app.confusion.cursor;
    Cell { truth: truth.min(last), predicted: predicted.min(columns(report).saturating_sub(1)) }
}

fn report(app: &App) -> Option<&Report> {
    evaluation(app).map(|evaluated| &evaluated.report)
}

/// The pairs that are listed of a report, the most confused first; beside the marked epoch those that changed most.
#[must_use]
pub fn pairs(app: &App, report: &Report) -> Vec<Pair> {
    match before(app) {
        Some(before) => changed_pairs(report, &before.report),
        None => confused_pairs(report),
    }
}

/// Moves the cursor, which stays in the matrix. The second argument of `by` is the last class.
fn step(app: &mut App, by: impl Fn(&mut Cell, usize)) {
    let Some(report) = report(app) else { return };
    let last = report.per_class.len().saturating_sub(1);
    let mut cell = cursor(app, report);
    by(&mut cell, last);
    let predicted = cell.predicted.min(columns(report).saturating_sub(1));
    app.confusion.cursor = Cell { truth: cell.truth.min(last), predicted };
}

/// Moves the cursor through the pairs, the most confused first, round and round.
fn jump(app: &mut App, by: isize) {
    let Some(report) = report(app) else { return };
    let (pairs, now) = (pairs(app, report), cursor(app, report));
    let place = match pairs.iter().position(|pair| pair.cell == now) {
        Some(place) => place.checked_add_signed(by).unwrap_or(pairs.len().saturating_sub(1)),
        None if by < 0 => pairs.len().saturating_sub(1),
        None => 0,
    };
    match pairs.get(place).or(pairs.first()) {
        Some(pair) => app.confusion.cursor = pair.cell,
        None if before(app).is_some() => app.say("no volume is taken for another class than before"),
        None if report.is_multi_label() => app.say("every label of every volume is answered rightly"),
        None => app.say("no volume is taken for another class"),
    }
}

fn open(app: &mut App) -> Vec<Effect> {
    let Some(report) = report(app) else {
        app.complain("nothing has been evaluated yet");
        return Vec::new();
    };
    let cell = cursor(app, report);
    if let Some(outcome) = outcome(report, cell) {
        return open_label(app, cell, outcome);
    }
    if count(report, cell) > 0 {
        return volumes::show_cell(app, app.confusion.split, cell.truth, cell.predicted);
    }
    let name = |class: usize| report.per_class.get(class).map_or("", |class| class.class.as_str());
    let (truth, predicted) = (name(cell.truth), name(cell.predicted));
    let empty = if cell.truth == cell.predicted {
        format!("no volume of {truth} is recognised: the cell is empty")
    } else {
        format!("no volume of {truth} is taken for {predicted}: the cell is empty")
    };
    app.complain(empty);
    Vec::new()
}

/// Shows the volumes of what has come of a label's question.
fn open_label(app: &mut App, cell: Cell, (has, said): (bool, bool)) -> Vec<Effect> {
    let Some(report) = report(app) else { return Vec::new() };
    if count(report, cell) > 0 {
        return volumes::show_label(app, app.confusion.split, cell.truth, (has, said));
    }
    let name = report.per_class.get(cell.truth).map_or("", |class| class.class.as_str());
    let empty = format!("{name}, {}: the cell is empty", volumes::outcome_word(has, said));
    app.complain(empty);
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Run, Shown, Status};
    use crate::event::{Evaluated, TrainEvent};

    /// Three classes: 2 of class a taken for b, 1 of b for a, c never recognised and never predicted.
    fn evaluated(split: SplitName, weights: Weights) -> TrainEvent {
        let classes: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let rows = [[1, 0, 0], [0, 1, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]];
        let scores: Vec<f32> = rows.iter().flatten().map(|&score| score as f32).collect();
        let report = crate::metrics::report(&scores, &[0, 0, 0, 1, 1, 2], &classes, 0.5).unwrap();
        let (epoch, step, best) = (1, 31, true);
        TrainEvent::Evaluated(Box::new(Evaluated {
            epoch,
            step,
            split,
            weights,
            averaged: false,
            best,
            evaluation_ms: 1,
            predictions: None,
            report,
        }))
    }

    fn app(events: impl IntoIterator<Item = TrainEvent>) -> App {
        let run = Run::of(events);
        assert_eq!(run.status, Status::Waiting);
        App { own: Some(Shown { run, ..Shown::default() }), ..App::default() }
    }

    fn validated() -> App {
        app([evaluated(SplitName::Validation, Weights::Last)])
    }

    fn at(app: &App) -> (usize, usize) {
        let Cell { truth, predicted } = cursor(app, report(app).unwrap());
        (truth, predicted)
    }

    fn does(app: &mut App, actions: &[Action]) -> (usize, usize) {
        for action in actions {
            assert_eq!(act(app, *action), []);
        }
        at(app)
    }

    #[test]
    fn the_cursor_stays_in_the_matrix() {
        let mut app = validated();
        assert_eq!(does(&mut app, &[Action::Up, Action::Left]), (0, 0));
        assert_eq!(does(&mut app, &[Action::PageDown, Action::Down, Action::Right]), (2, 1));
        assert_eq!(does(&mut app, &[Action::LastPrediction, Action::Right, Action::FirstTruth]), (0, 2));
        assert_eq!(does(&mut app, &[Action::LastTruth, Action::FirstPrediction, Action::PageUp]), (0, 0));
    }

    #[test]
    fn a_run_with_fewer_classes_pulls_the_cursor_in() {
        let mut app = validated();
        app.confusion.cursor = Cell { truth: 30, predicted: 1 };
        assert_eq!(at(&app), (2, 1));
        assert_eq!(does(&mut app, &[Action::Up]), (1, 1));
    }

    #[test]
    fn the_pairs_are_walked_through_from_the_most_confused_round_and_round() {
        let mut app = validated();
        assert_eq!(does(&mut app, &[Action::NextPair]), (0, 1));
        assert_eq!(does(&mut app, &[Action::NextPair]), (2, 1));
        assert_eq!(does(&mut app, &[Action::NextPair]), (1, 0));
        assert_eq!(does(&mut app, &[Action::NextPair]), (0, 1));
        assert_eq!(does(&mut app, &[Action::PreviousPair]), (1, 0));
    }

    #[test]
    fn an_empty_cell_says_so_and_opens_nothing() {
        let mut app = validated();
        assert_eq!(does(&mut app, &[Action::LastPrediction, Action::Open]), (0, 2));
        let notice = app.notice.unwrap();
        assert_eq!((notice.text.as_str(), notice.bad), ("no volume of a is taken for c: the cell is empty", true));
    }

    #[test]
    fn a_second_click_opens_and_the_first_only_moves() {
        let mut app = validated();
        let cell = Target::Cell { truth: 0, predicted: 2 };
        assert_eq!(point(&mut app, Mouse::Click, cell), []);
        assert_eq!((at(&app), app.notice.is_some()), ((0, 2), false));
        assert_eq!(point(&mut app, Mouse::Click, cell), []);
        assert!(app.notice.is_some(), "the empty cell complains, so it was opened");
        assert_eq!(point(&mut app, Mouse::Click, Target::Item(2)), []);
        assert_eq!(at(&app), (1, 0), "the third pair");
    }

    #[test]
    fn only_splits_and_weights_that_were_evaluated_can_be_chosen() {
        let mut app = validated();
        does(&mut app, &[Action::Split]);
        assert_eq!(app.confusion.split, SplitName::Validation);
        assert!(app.notice.as_ref().is_some_and(|notice| notice.bad));
        let mut app = self::app([
            evaluated(SplitName::Validation, Weights::Last),
            evaluated(SplitName::Test, Weights::Last),
            evaluated(SplitName::Test, Weights::Best),
            evaluated(SplitName::Train, Weights::Last),
        ]);
        does(&mut app, &[Action::Split, Action::Weights]);
        assert_eq!((app.confusion.split, app.confusion.weights), (SplitName::Test, Weights::Best));
        does(&mut app, &[Action::Split]);
        assert_eq!((app.confusion.split, app.confusion.weights), (SplitName::Train, Weights::Last));
        does(&mut app, &[Action::Weights]);
        assert!(app.notice.as_ref().is_some_and(|notice| notice.text.contains("best")));
        does(&mut app, &[Action::Split]);
        assert_eq!(app.confusion.split, SplitName::Validation);
    }

    #[test]
    fn before_the_first_evaluation_no_key_does_harm() {
        let mut app = app([]);
        for binding in KEYS {
            assert_eq!(act(&mut app, binding.action), []);
        }
        assert!(evaluation(&app).is_none());
    }
}
