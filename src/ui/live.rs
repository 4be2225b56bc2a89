//! The Live screen: the charts, how far the run is, where its time goes, and what the machine does.
//!
//! Knows how the figures are drawn; what they are is known by the run.

mod alarm;
mod curves;
mod epochs;
mod facts;
mod legend;
mod machine;
mod metric;
mod places;
mod progress;
mod report;
mod small;
mod time;
mod wrap;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use self::curves::{Figure, Parts};
use self::places::Places;
use super::theme::{Paint, Role};
use crate::app::words::SYNTHETIC;
use crate::app::{App, Shown, Target};

/// What every pane is drawn from.
#[derive(Clone, Copy)]
struct Scene<'a> {
    app: &'a App,
    shown: &'a Shown,
    paint: &'a Paint<'a>,
}

impl Scene<'_> {
    fn muted(&self, text: impl Into<Cow<'static, str>>) -> Span<'static> {
        Span::styled(text, self.paint.text(Role::Muted))
    }

    fn strong(&self, role: Role) -> Style {
        self.paint.text(role).add_modifier(Modifier::BOLD)
    }

    /// What stands on the right of a pane's frame: the first of some words that has room, and always that the
    /// figures are of made-up data, if they are.
    fn remark(&self, words: &[String], room: usize) -> Line<'static> {
        let mut line = Line::default();
        let mark = if self.shown.synthetic() { SYNTHETIC } else { "" };
        if let Some(words) = words.iter().find(|words| words.chars().count() + mark.len() + 2 <= room) {
            let between = if mark.is_empty() { "" } else { "  " };
            line.push_span(Span::styled(format!("{words}{between}"), self.paint.text(Role::Accent)));
        }
        line.push_span(Span::raw(mark));
        line
    }
}

/// Draws a pane.
type Draw = fn(&Scene, Rect, &mut Buffer);

/// Draws the screen.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let Some(shown) = app.shown() else { return };
    let scene = Scene { app, shown, paint };
    let places = Places::of(app, shown, area);
    for (metric, place) in places.charts() {
        if !place.is_empty() {
            Figure { metric, scene }.draw(place, buffer);
        }
    }
    let panes: [(Rect, Draw); 7] = [
        (places.alarm, alarm::draw),
        (places.progress, progress::draw),
        (places.report, report::draw),
        (places.time, time::draw),
        (places.small, small::draw),
        (places.machine, machine::draw),
        (places.epochs, epochs::draw),
    ];
    for (place, draw) in panes {
        if !place.is_empty() {
            draw(&scene, place, buffer);
        }
    }
}

/// What lies at a place of the screen.
pub fn target(app: &App, area: Rect, position: Position) -> Target {
    let Some(shown) = app.shown() else { return Target::Nothing };
    let places = Places::of(app, shown, area);
    let overlays = curves::others(app);
    let hit = places.charts().into_iter().find(|(_, place)| place.contains(position));
    if let Some((_, place)) = hit {
        return Target::Chart(Parts::of(place, overlays).edges.share(position.x));
    }
    epochs::at(app, &shown.run, places.epochs, position).map_or(Target::Body, Target::Item)
}
