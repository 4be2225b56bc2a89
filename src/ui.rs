//! The picture: a pure function of the app. One pane a file.
//!
//! Knows the app and its figures, neither Burn nor files. Drawing changes nothing ([`view`]); what lies
//! under the mouse is worked out from the same layout ([`target`]).

mod chart;
pub mod colour_map;
mod confusion;
mod editor;
mod footer;
pub mod graphics;
mod header;
mod help;
mod layout;
mod live;
mod log;
mod model;
mod panel;
mod question;
mod queue;
mod runs;
mod slider;
mod text;
pub mod theme;
mod volumes;
mod waiting;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;

use self::graphics::Pictures;
use self::layout::Layout;
use self::theme::{Depth, Paint, Themes};
pub use self::volumes::Still;
use crate::app::{App, Overlay, Screen, Target};

/// What the picture depends on beside the app: the terminal's colours and graphics.
pub struct Look {
    pub themes: Themes,
    pub depth: Depth,
    /// The terminal's graphics, and the size of its cells.
    pub pictures: Pictures,
}

impl Look {
    /// The built-in themes on a terminal of that depth.
    #[must_use]
    pub fn new(depth: Depth) -> Self {
        Self { themes: Themes::built_in(), depth, pictures: Pictures::default() }
    }
}

/// Draws everything.
pub fn view(app: &App, look: &Look, frame: &mut Frame) {
    let paint = Paint::new(&look.themes, app.theme, look.depth);
    let area = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(area, paint.ground());
    let layout = Layout::of(area);
    header::draw(app, &paint, &layout, buffer);
    let (body, slider) = slider::divide(app, layout.body);
    draw_screen(app, look, &paint, body, buffer);
    slider::draw(app, &paint, slider, buffer);
    footer::draw(app, &paint, layout.footer, buffer);
    match app.overlay {
        Overlay::None | Overlay::CommandLine => {}
        Overlay::Edit => editor::draw(app, &paint, layout.body, buffer),
        Overlay::Help { scroll } => help::draw(app, scroll, &paint, layout.body, buffer),
        Overlay::Queue => queue::draw(app, &paint, layout.body, buffer),
        Overlay::Ask(asked) => {
            // What is asked about lies below the question.
            editor::draw(app, &paint, layout.body, buffer);
            question::draw(app, asked, &paint, area, buffer);
        }
    }
    let typed = match app.overlay {
        Overlay::Edit => editor::cursor(app, layout.body),
        _ => footer::cursor(app, layout.footer),
    };
    if let Some(position) = typed {
        frame.set_cursor_position(position);
    }
}

fn draw_screen(app: &App, look: &Look, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    match app.screen {
        Screen::Runs => runs::draw(app, paint, area, buffer),
        Screen::Log => log::draw(app, paint, area, buffer),
        _ if app.shown().is_none() => waiting::draw(app, paint, area, buffer),
        Screen::Live => live::draw(app, paint, area, buffer),
        Screen::Confusion => confusion::draw(app, paint, area, buffer),
        Screen::Volumes => volumes::draw(app, look, paint, area, buffer),
        Screen::Model => model::draw(app, paint, area, buffer),
    }
}

/// What lies at a place of the picture as it is drawn with a look, for the mouse.
#[must_use]
pub fn target(app: &App, look: &Look, area: Rect, position: Position) -> Target {
    let layout = Layout::of(area);
    if matches!(app.overlay, Overlay::Edit) {
        return editor::target(app, layout.body, position);
    }
    if let Some(screen) = header::tab_at(&layout, position) {
        return Target::Tab(screen);
    }
    let (body, slider) = slider::divide(app, layout.body);
    if let Some(target) = slider::target(app, slider, position) {
        return target;
    }
    if !body.contains(position) {
        return Target::Nothing;
    }
    match app.screen {
        Screen::Live => live::target(app, body, position),
        Screen::Confusion => confusion::target(app, body, position),
        Screen::Volumes => volumes::target(app, look, body, position),
        Screen::Runs => runs::target(app, body, position),
        Screen::Model => model::target(app, body, position),
        Screen::Log => log::target(app, body, position),
    }
}

/// What the mouse drags over at a place of the picture. What it has hold of follows it wherever it goes.
#[must_use]
pub fn dragged(app: &App, look: &Look, area: Rect, position: Position) -> Target {
    let (_, slider) = slider::divide(app, Layout::of(area).body);
    if app.scrub.held && !slider.is_empty() {
        return slider::dragged(app, slider, position);
    }
    target(app, look, area, position)
}

/// Draws a widget, cut to what there is of the buffer.
fn put(widget: impl Widget, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    if !area.is_empty() {
        widget.render(area, buffer);
    }
}
