//! The Runs screen: the list, the run under the cursor, and two runs side by side.

mod columns;
mod compare;
mod details;
mod groups;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::panel::panel;
use super::put;
use super::text::{cut_line, row, write};
use super::theme::{Paint, Role};
use crate::app::runs::{Order, panes};
use crate::app::{App, Target};

/// The parts of the screen; those without room are empty.
struct Parts {
    list: Rect,
    experiments: Rect,
    details: Rect,
}

impl Parts {
    fn of(app: &App, area: Rect) -> Self {
        let panes = panes(app);
        let height = |rows: usize| u16::try_from(rows).unwrap_or(u16::MAX);
        let list = Rect { height: height(panes.list).min(area.height), ..area };
        let below = |above: Rect, rows: usize| {
            let y = above.bottom();
            Rect { y, height: height(rows).min(area.bottom().saturating_sub(y)), ..area }
        };
        let experiments = below(list, panes.experiments);
        Self { list, experiments, details: below(experiments, panes.details) }
    }
}

/// Draws the screen.
pub fn draw(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if app.runs.groups.is_some() {
        groups::draw(app, paint, area, buffer);
        return;
    }
    if app.runs.comparison.is_some() {
        compare::draw(app, paint, area, buffer);
        return;
    }
    let parts = Parts::of(app, area);
    let inner = panel(title(app, paint), remark(app), paint, parts.list, buffer);
    if app.runs.list.rows().is_empty() {
        draw_empty(app, paint, inner, buffer);
    } else {
        table::draw(app, paint, inner, buffer);
    }
    if !parts.experiments.is_empty() {
        let inner = panel("new run", "n begins one", paint, parts.experiments, buffer);
        draw_experiments(app, paint, inner, buffer);
    }
    if !parts.details.is_empty() {
        details::draw(app, paint, parts.details, buffer);
    }
}

fn title<'a>(app: &'a App, paint: &Paint) -> Line<'a> {
    let list = &app.runs.list;
    let mut title = Line::from("runs");
    if !list.filter.is_empty() {
        title.push_span(Span::styled(format!("  /{}", list.filter), paint.text(Role::Accent)));
    }
    title
}

/// How many there are, how many are marked, and their order.
fn remark(app: &App) -> String {
    let (list, all) = (&app.runs.list, app.runs.entries.len());
    let count = match list.found() {
        shown if shown == all => format!("{all}"),
        shown => format!("{shown} of {all}"),
    };
    let marked = match app.runs.marks() {
        0 => String::new(),
        marked => format!(" · {marked} marked"),
    };
    let arrow = match list.order {
        Order::Ascending => "▲",
        Order::Descending => "▼",
    };
    format!("{count}{marked} · by {} {arrow}", list.sort.word())
}

fn draw_empty(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    if app.runs.entries.is_empty() {
        let text = paint.text(Role::Text).add_modifier(Modifier::BOLD);
        write(" no runs in the runs folder yet", text, Alignment::Left, row(area, 0), buffer);
        let below = Rect { y: area.y.saturating_add(2), height: area.height.saturating_sub(2), ..area };
        // Where they have no frame of their own.
        if panes(app).experiments == 0 {
            draw_experiments(app, paint, below, buffer);
        }
    } else {
        let text = format!(" no run has {:?}; esc shows all", app.runs.list.filter);
        write(&text, paint.text(Role::Muted), Alignment::Left, row(area, 0), buffer);
    }
}

fn draw_experiments(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.height);
    let experiments = &app.runs.experiments;
    let shown = if experiments.len() > room { room.saturating_sub(1) } else { experiments.len() };
    for (down, experiment) in experiments.iter().take(shown).enumerate() {
        let line = Line::from(vec![
            Span::styled(" :new ", paint.text(Role::Muted)),
            Span::styled(experiment.as_str(), paint.text(Role::Text).add_modifier(Modifier::BOLD)),
        ]);
        put(cut_line(line, usize::from(area.width)), row(area, down), buffer);
    }
    if shown < experiments.len() {
        let more = format!(" and {} more", experiments.len() - shown);
        write(&more, paint.text(Role::Muted), Alignment::Left, row(area, shown), buffer);
    }
}

/// What lies at a place of the screen.
pub fn target(app: &App, area: Rect, position: Position) -> Target {
    if app.runs.comparison.is_some() || app.runs.groups.is_some() {
        return Target::Body;
    }
    let parts = Parts::of(app, area);
    table::row_at(app, super::panel::inside(parts.list), position).map_or(Target::Body, Target::Item)
}
