//! The Live screen: which steps its charts show, how they are scaled and smoothed, and where the cursor reads them.
//!
//! Knows the steps of the charts, not their columns.

mod smoothing;
mod window;

use crossterm::event::KeyCode;

pub use self::smoothing::{Ema, Smoothing};
use self::window::{Direction, Zoom};
pub use self::window::{Span, Window};
use super::key::{Binding, Key, binding, hinted};
use super::msg::{Effect, Mouse, Target};
use super::{App, Run, runs, scrub};

/// A move of the cursor, and of the window, as a share of the window; the same at the edge of a drag.
const CURSOR_MOVE: f64 = 0.01;
const PAN: f64 = 0.25;
const EDGE_PAN: f64 = 0.05;

/// Buckets of a curve that a window shows at least: nothing can be seen inside of one.
const LEAST_BUCKETS: u64 = 16;

/// How a chart's height stands for values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    #[default]
    Linear,
    Log,
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// The steps that the charts show.
    pub window: Window,
    /// The step that is read, on every chart.
    pub cursor: Option<u64>,
    pub smoothing: Smoothing,
    /// Of the loss. The other figures have the scale that suits them.
    pub scale: Scale,
}

/// What the keys of this screen do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    CursorLeft,
    CursorRight,
    FirstStep,
    NewestStep,
    NextValidation,
    PreviousValidation,
    ZoomIn,
    ZoomOut,
    PanLeft,
    PanRight,
    Whole,
    Smoother,
    Rougher,
    Scale,
    Parent,
}

/// The keys of this screen.
pub const KEYS: &[Binding<Action>] = &[
    hinted(
        &[Key::of(KeyCode::Left), Key::char('h')],
        Action::CursorLeft,
        "read the charts at one step, and move to the left (mouse: click, drag)",
        "read",
    ),
    binding(&[Key::of(KeyCode::Right), Key::char('l')], Action::CursorRight, "move the cursor to the right"),
    binding(&[Key::char('n')], Action::NextValidation, "the cursor to the next validation"),
    binding(&[Key::char('N')], Action::PreviousValidation, "the cursor to the validation before"),
    binding(&[Key::char('g'), Key::of(KeyCode::Home)], Action::FirstStep, "the cursor to the first step"),
    binding(&[Key::char('G'), Key::of(KeyCode::End)], Action::NewestStep, "the cursor to the newest step"),
    hinted(
        &[Key::char('+'), Key::char('='), Key::char('k'), Key::of(KeyCode::Up)],
        Action::ZoomIn,
        "show fewer steps, around the cursor or the newest (mouse: wheel)",
        "zoom",
    ),
    binding(&[Key::char('-'), Key::char('j'), Key::of(KeyCode::Down)], Action::ZoomOut, "show more steps"),
    binding(&[Key::char('H'), Key::of(KeyCode::PageUp)], Action::PanLeft, "show earlier steps"),
    binding(
        &[Key::char('L'), Key::of(KeyCode::PageDown)],
        Action::PanRight,
        "show later steps; at the newest the charts follow the run",
    ),
    binding(&[Key::char('0')], Action::Whole, "show the whole run"),
    binding(&[Key::char('s')], Action::Smoother, "smooth more: none, EMA 0.9, 0.97, 0.99, 0.999"),
    binding(&[Key::char('S')], Action::Rougher, "smooth less"),
    binding(&[Key::char('y')], Action::Scale, "the loss on a logarithmic scale, or on a linear one"),
    binding(&[Key::char('P')], Action::Parent, "the curves of the run that this one has branched from, or not"),
];

impl Live {
    /// The steps that the charts show of runs up to `end`.
    #[must_use]
    pub fn span(&self, end: u64) -> Span {
        self.window.span(end)
    }
}

/// The last step of the charts: of the shown run, or of one that lies over it or under it.
#[must_use]
pub fn end(app: &App) -> u64 {
    let under = runs::under(app).map(|under| under.parent);
    let runs = app.shown().into_iter().chain(&app.runs.overlays).chain(under);
    runs.map(|shown| shown.run.step).max().unwrap_or(0)
}

/// Does what a key asks for.
pub fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::CursorLeft => move_cursor(app, Direction::Left),
        Action::CursorRight => move_cursor(app, Direction::Right),
        Action::FirstStep => read_at(app, 1),
        Action::NewestStep => read_at(app, end(app)),
        Action::NextValidation => read_validation(app, Direction::Right),
        Action::PreviousValidation => read_validation(app, Direction::Left),
        Action::ZoomIn => zoom(app, Zoom::In, None),
        Action::ZoomOut => zoom(app, Zoom::Out, None),
        Action::PanLeft => pan(app, Direction::Left, PAN),
        Action::PanRight => pan(app, Direction::Right, PAN),
        Action::Whole => app.live.window = Window::Whole,
        Action::Smoother => app.live.smoothing = app.live.smoothing.neighbour(1),
        Action::Rougher => app.live.smoothing = app.live.smoothing.neighbour(-1),
        Action::Parent => runs::toggle_parent(app),
        Action::Scale => {
            app.live.scale = match app.live.scale {
                Scale::Linear => Scale::Log,
                Scale::Log => Scale::Linear,
            };
        }
    }
    Vec::new()
}

/// Does what the mouse asks for.
pub fn point(app: &mut App, mouse: Mouse, target: Target) -> Vec<Effect> {
    match (mouse, target) {
        (Mouse::WheelUp, Target::Chart(share)) => zoom(app, Zoom::In, Some(share)),
        (Mouse::WheelDown, Target::Chart(share)) => zoom(app, Zoom::Out, Some(share)),
        (Mouse::Click | Mouse::Drag, Target::Chart(share)) => {
            // Dragged to an edge, the charts follow, as text does while it is selected.
            if mouse == Mouse::Drag && share <= 0.0 {
                pan(app, Direction::Left, EDGE_PAN);
            } else if mouse == Mouse::Drag && share >= 1.0 {
                pan(app, Direction::Right, EDGE_PAN);
            }
            let step = app.live.span(end(app)).step(share);
            read_at(app, step);
        }
        (Mouse::Click, Target::Item(epoch)) => {
            let rows = app.run().map(|run| run.epochs.as_slice()).unwrap_or_default();
            let found = rows.iter().find(|row| row.epoch == epoch as u64);
            let Some((step, validated)) = found.map(|row| (row.step, row.validation.is_some())) else {
                return Vec::new();
            };
            if validated {
                return scrub::look_at(app, epoch as u64);
            }
            read_at(app, step);
        }
        _ => {}
    }
    Vec::new()
}

/// Sets the cursor, and moves the charts so that it can be seen.
pub(super) fn read_at(app: &mut App, step: u64) {
    let end = end(app);
    if end == 0 {
        return;
    }
    let step = step.clamp(1, end);
    app.live.cursor = Some(step);
    app.live.window = app.live.window.showing(end, step);
}

/// The first press only shows the cursor, where the newest figures are.
fn move_cursor(app: &mut App, direction: Direction) {
    let span = app.live.span(end(app));
    let by = span.part(CURSOR_MOVE);
    let step = app.live.cursor.map_or(span.last, |step| direction.from(step, by));
    read_at(app, step);
}

fn read_validation(app: &mut App, direction: Direction) {
    let points = app.run().map(|run| run.curves.validation.as_slice()).unwrap_or_default();
    let found = match (app.live.cursor, direction) {
        (None, _) => points.last(),
        (Some(cursor), Direction::Right) => points.iter().find(|point| point.step > cursor),
        (Some(cursor), Direction::Left) => points.iter().rfind(|point| point.step < cursor),
    };
    if let Some(step) = found.map(|point| point.step) {
        read_at(app, step);
    }
}

/// Zooms around a place of the charts; without one around the cursor, if it can be seen.
fn zoom(app: &mut App, zoom: Zoom, place: Option<f64>) {
    let end = end(app);
    let span = app.live.span(end);
    let cursor = app.live.cursor.filter(|step| span.contains(*step)).map(|step| span.share(step));
    // The newest matter most; in the middle of a long run what was in the middle stays there.
    let still = place.or(cursor).unwrap_or(if span.last == end { 1.0 } else { 0.5 });
    let least = LEAST_BUCKETS * app.run().map_or(1, |run: &Run| run.curves.train_loss.span());
    app.live.window = app.live.window.zoomed(end, zoom, still, least);
}

fn pan(app: &mut App, direction: Direction, share: f64) {
    app.live.window = app.live.window.panned(end(app), direction, share);
}

#[cfg(test)]
mod tests {
    use super::super::Shown;
    use super::*;
    use crate::app::global;

    /// An app whose run has done so many steps.
    fn app(steps: u64) -> App {
        let mut shown = Shown { name: "run-001".into(), live: true, ..Shown::default() };
        shown.run.step = steps;
        for step in 1..=steps {
            shown.run.curves.train_loss.push(step, 1.0);
        }
        App { own: Some(shown), ..App::default() }
    }

    #[test]
    fn the_cursor_begins_at_the_newest_step_and_moves_by_a_hundredth() {
        let mut app = app(1000);
        let seen: Vec<_> = [Action::CursorLeft, Action::CursorLeft, Action::CursorLeft, Action::CursorRight]
            .map(|action| {
                act(&mut app, action);
                app.live.cursor.unwrap()
            })
            .to_vec();
        assert_eq!(seen, [1000, 990, 980, 990]);
    }

    #[test]
    fn the_cursor_stays_between_the_first_step_and_the_newest() {
        let mut app = app(3);
        for (action, step) in
            [(Action::FirstStep, 1), (Action::CursorLeft, 1), (Action::NewestStep, 3), (Action::CursorRight, 3)]
        {
            act(&mut app, action);
            assert_eq!(app.live.cursor, Some(step), "{action:?}");
        }
    }

    #[test]
    fn before_the_first_step_there_is_nothing_to_read() {
        let mut app = app(0);
        for action in [Action::CursorLeft, Action::FirstStep, Action::NextValidation] {
            act(&mut app, action);
            assert_eq!(app.live.cursor, None, "{action:?}");
        }
        for action in [Action::ZoomIn, Action::PanLeft, Action::PanRight, Action::ZoomOut] {
            act(&mut app, action);
        }
        assert_eq!(app.live.window, Window::Whole);
    }

    #[test]
    fn a_cursor_that_leaves_the_window_takes_it_along() {
        let mut app = app(1000);
        act(&mut app, Action::ZoomIn);
        act(&mut app, Action::FirstStep);
        assert_eq!(app.live.span(1000), Span { first: 1, last: 501 });
    }

    #[test]
    fn a_drag_at_the_edge_moves_the_charts() {
        let mut app = app(1000);
        act(&mut app, Action::ZoomIn);
        point(&mut app, Mouse::Drag, Target::Chart(0.0));
        assert_eq!((app.live.span(1000), app.live.cursor), (Span { first: 475, last: 975 }, Some(475)));
        point(&mut app, Mouse::Click, Target::Chart(0.0));
        assert_eq!(app.live.span(1000), Span { first: 475, last: 975 }, "a click only reads");
        point(&mut app, Mouse::Drag, Target::Chart(1.0));
        assert_eq!(app.live.window, Window::Newest { steps: 500 });
    }

    #[test]
    fn the_wheel_zooms_around_the_mouse() {
        let mut app = app(1000);
        point(&mut app, Mouse::WheelUp, Target::Chart(0.5));
        assert_eq!(app.live.span(1000), Span { first: 250, last: 750 });
        point(&mut app, Mouse::WheelDown, Target::Chart(0.5));
        assert_eq!(app.live.window, Window::Whole);
    }

    #[test]
    fn esc_takes_the_notice_and_the_cursor_away() {
        let mut app = app(10);
        app.screen = super::super::Screen::Live;
        act(&mut app, Action::CursorLeft);
        app.complain("something");
        global::act(&mut app, global::Action::Back);
        assert!(app.live.cursor.is_none() && app.notice.is_none());
    }
}
