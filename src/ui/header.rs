//! The top: which run, what it is doing, and the tabs.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::layout::Layout;
use super::put;
use super::theme::{Paint, Role};
use crate::app::words::{SYNTHETIC, duration, outcome_words};
use crate::app::{App, Run, Screen, Status};

/// Draws the two lines at the top, as far as they have room.
pub fn draw(app: &App, paint: &Paint, layout: &Layout, buffer: &mut Buffer) {
    draw_run(app, paint, layout.header, buffer);
    draw_tabs(app, paint, layout.tabs, buffer);
}

fn draw_run(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let state = state(app, paint);
    // What happens matters more than what it is called.
    let right = area.width.min(u16::try_from(state.width()).unwrap_or(u16::MAX));
    let left = Rect { width: area.width - right, ..area };
    put(name(app, paint, usize::from(left.width)), left, buffer);
    put(state, Rect { x: left.right(), width: right, ..area }, buffer);
}

/// The run's name, its data and its seed, as much as fits.
fn name<'a>(app: &App, paint: &Paint, width: usize) -> Line<'a> {
    let mut line = Line::from(vec![Span::styled(" vivit-tui ", paint.text(Role::Muted))]);
    let Some(shown) = app.shown() else { return line };
    let mut add = |text: String, style: Style| {
        if line.width() + text.chars().count() < width {
            line.push_span(Span::styled(text, style));
        }
    };
    add(format!(" {} ", shown.name), paint.text(Role::Text).add_modifier(Modifier::BOLD));
    if shown.synthetic() {
        add(format!(" {SYNTHETIC} "), paint.text(Role::Warning).add_modifier(Modifier::BOLD));
    }
    if let Some(started) = &shown.run.started {
        add(format!("· {} ", started.data), paint.text(Role::Muted));
        add(format!("· seed {} ", started.seed), paint.text(Role::Muted));
    }
    line
}

/// What the run is doing, how far it is, how fast, and for how long still.
fn state<'a>(app: &App, paint: &Paint) -> Line<'a> {
    let bold = |role| paint.text(role).add_modifier(Modifier::BOLD);
    let Some(shown) = app.shown() else {
        let (text, role) =
            if app.failure.is_some() { ("✗ FAILED ", Role::Bad) } else { ("◌ WAITING ", Role::Muted) };
        let text = if app.waiting.is_none() && app.failure.is_none() { "" } else { text };
        return Line::from(Span::styled(text, bold(role)));
    };
    let run = &shown.run;
    let mut spans = Vec::new();
    let own = app.opened.is_none();
    if let Some(wish) = app.wishes.last().filter(|_| own) {
        spans.push(Span::styled(format!("{} ", wish.words()), paint.text(Role::Accent)));
    }
    let (mark, word, role) = status(&run.status, shown.live);
    spans.push(Span::styled(format!("{mark} {word}  "), bold(role)));
    if app.columns >= 60 {
        spans.push(Span::styled(progress(run), paint.text(Role::Text)));
    }
    if app.columns >= 100 {
        spans.push(Span::styled(speed(run, shown.live), paint.text(Role::Muted)));
    }
    Line::from(spans)
}

/// A mark, a word and a colour: any one of the three is enough.
pub fn status(status: &Status, live: bool) -> (&'static str, &'static str, Role) {
    match status {
        Status::Waiting if live => ("◌", "WAITING", Role::Muted),
        Status::Training if live => ("●", "TRAINING", Role::Good),
        Status::Paused(_) if live => ("‖", "PAUSED", Role::Warning),
        Status::Waiting | Status::Training | Status::Paused(_) => ("†", "DIED", Role::Bad),
        Status::Finished(outcome) => ("✓", upper(outcome_words(*outcome)), Role::Good),
        Status::Stopped => ("■", "STOPPED", Role::Warning),
        Status::Failed(_) => ("✗", "FAILED", Role::Bad),
    }
}

fn upper(word: &'static str) -> &'static str {
    match word {
        "completed" => "COMPLETED",
        "stopped early" => "STOPPED EARLY",
        other => other,
    }
}

fn progress(run: &Run) -> String {
    let Some(started) = &run.started else { return String::new() };
    let epoch = (run.step / started.steps_per_epoch.max(1) + 1).min(started.epochs);
    let steps = started.epochs * started.steps_per_epoch;
    format!("epoch {epoch}/{}  step {}/{steps}  ", started.epochs, run.step)
}

fn speed(run: &Run, live: bool) -> String {
    if !live {
        return format!("{} ", duration(run.wall_ms));
    }
    let speed = run.pace.volumes_per_s().map_or(String::new(), |speed| format!("{speed:.0} vol/s  "));
    let left = run.remaining_ms().map_or(String::new(), |left| format!("ETA {} ", duration(left)));
    speed + &left
}

/// The tabs' places, from the left.
fn tabs(area: Rect) -> impl Iterator<Item = (Screen, Rect)> {
    let mut x = area.x + 1;
    Screen::ALL.into_iter().map(move |screen| {
        let width = u16::try_from(screen.title().len()).unwrap_or(0) + 4;
        let place = Rect { x, y: area.y, width, height: area.height }.intersection(area);
        x += width + 1;
        (screen, place)
    })
}

fn draw_tabs(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    for ((screen, place), number) in tabs(area).zip(1..) {
        let style = if screen == app.screen {
            paint.text(Role::Text).patch(paint.fill(Role::Selection)).add_modifier(Modifier::BOLD)
        } else {
            paint.text(Role::Muted)
        };
        put(Line::styled(format!(" {number} {} ", screen.title()), style), place, buffer);
    }
    let after = tabs(area).last().map_or(area.x, |(_, place)| place.right());
    let device = app.run().and_then(|run| run.started.as_ref()).map_or(String::new(), |s| format!("{} ", s.device));
    let width = u16::try_from(device.chars().count()).unwrap_or(0);
    if after + 2 + width <= area.right() {
        let place = Rect { x: area.right() - width, width, ..area };
        put(Line::styled(device, paint.text(Role::Muted)), place, buffer);
    }
}

/// The tab under a place of the picture.
pub fn tab_at(layout: &Layout, position: Position) -> Option<Screen> {
    tabs(layout.tabs).find(|(_, place)| place.contains(position)).map(|(screen, _)| screen)
}
