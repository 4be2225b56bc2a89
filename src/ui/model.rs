//! The Model screen: the architecture as a picture, the parameters part by part, and the configuration.

mod architecture;
mod configuration;
mod lines;
mod parameters;
mod picture;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::panel::panel;
use super::put;
use super::theme::{Paint, Role};
use crate::app::model::{self, Section};
use crate::app::words::SYNTHETIC;
use crate::app::{App, Shown, Target};

/// Where the sections stand. One that has no room is empty.
struct Plan {
    architecture: Rect,
    parts: Rect,
    configuration: Rect,
}

/// Columns of the configuration with whole paths and their defaults.
const CONFIGURATION: u16 = 64;
/// Columns of the parameters beyond which more room would only stretch them.
const PARAMETERS: u16 = 104;

/// Divides the room: all three side by side, the lists below each other, or the list that the keys move through.
fn plan(area: Rect, section: Section) -> Plan {
    let none = Rect { width: 0, height: 0, ..area };
    let left = |width: u16| Rect { width: width.min(area.width), ..area };
    let right_of = |left: Rect| Rect { x: left.right(), width: area.width - left.width, ..area };
    match area.width {
        0..80 => match section {
            Section::Architecture => Plan { architecture: area, parts: none, configuration: none },
            Section::Parts => Plan { architecture: none, parts: area, configuration: none },
            Section::Configuration => Plan { architecture: none, parts: none, configuration: area },
        },
        80..180 => {
            let architecture = left(if area.width < 120 { 38 } else { 52 });
            let lists = right_of(architecture);
            if area.height < 32 {
                let (parts, configuration) =
                    if section == Section::Configuration { (none, lists) } else { (lists, none) };
                return Plan { architecture, parts, configuration };
            }
            let parts = Rect { height: area.height / 2, ..lists };
            let configuration = Rect { y: parts.bottom(), height: lists.height - parts.height, ..lists };
            Plan { architecture, parts, configuration }
        }
        _ => {
            let architecture = left(52);
            let lists = right_of(architecture);
            let parts = Rect { width: (lists.width - CONFIGURATION).min(PARAMETERS), ..lists };
            let configuration = Rect { x: parts.right(), width: lists.width - parts.width, ..lists };
            Plan { architecture, parts, configuration }
        }
    }
}

/// Draws the screen.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let plan = plan(area, app.model.section);
    architecture::draw(app, paint, plan.architecture, buffer);
    parameters::draw(app, paint, plan.parts, buffer);
    configuration::draw(app, paint, plan.configuration, buffer);
}

/// What lies at a place of the screen.
pub fn target(app: &App, area: Rect, position: Position) -> Target {
    let plan = plan(area, app.model.section);
    if plan.architecture.contains(position) {
        return architecture::part_at(app, plan.architecture, position).map_or(Target::Body, Target::Item);
    }
    if plan.parts.contains(position) {
        return parameters::part_at(app, plan.parts, position).map_or(Target::Body, Target::Item);
    }
    let parts = model::parts(app).len();
    configuration::entry_at(app, plan.configuration, position).map_or(Target::Body, |entry| Target::Item(parts + entry))
}

/// A section's frame; that of the section that the keys move through is marked. The result is the room inside.
fn frame(app: &App, (section, remark): (Section, String), paint: &Paint, area: Rect, buffer: &mut Buffer) -> Rect {
    let word = match section {
        Section::Architecture => "architecture",
        Section::Parts => "parameters",
        Section::Configuration => "configuration",
    };
    let title = if section == app.model.section {
        Line::styled(format!("▸ {word}"), paint.text(Role::Accent).add_modifier(Modifier::BOLD))
    } else {
        Line::from(word)
    };
    panel(title, remark, paint, area, buffer)
}

/// The room inside of a frame, as [`frame`] leaves it.
fn inside(frame: Rect) -> Rect {
    if frame.width < 2 || frame.height < 2 {
        return Rect { width: 0, height: 0, ..frame };
    }
    Rect { x: frame.x + 1, y: frame.y + 1, width: frame.width - 2, height: frame.height - 2 }
}

/// `SYNTHETIC` where the run's data are made up: the remark of a frame.
fn mark(app: &App) -> String {
    if app.shown().is_some_and(Shown::synthetic) { SYNTHETIC.to_owned() } else { String::new() }
}

/// How the line of the cursor looks: filled where the keys move, else only bold.
fn selected(app: &App, paint: &Paint, sections: &[Section]) -> Style {
    let style = paint.text(Role::Text).add_modifier(Modifier::BOLD);
    if sections.contains(&app.model.section) { style.patch(paint.fill(Role::Selection)) } else { style }
}

/// A role's colour over a line's style. On a line that is reversed it would become the ground: there it is left out.
fn over(line: Style, paint: &Paint, role: Role) -> Style {
    if line.add_modifier.contains(Modifier::REVERSED) { line } else { line.patch(paint.text(role)) }
}

/// Writes a text from a place on, as far as it stays inside of `clip`.
fn write(buffer: &mut Buffer, clip: Rect, (x, y): (u16, u16), text: &str, style: Style) {
    let width = clip.right().saturating_sub(x);
    put(Span::styled(text, style), Rect { x, y, width, height: 1 }.intersection(clip), buffer);
}

/// The number of characters of a text.
fn width_of(text: &str) -> u16 {
    u16::try_from(text.chars().count()).unwrap_or(u16::MAX)
}
