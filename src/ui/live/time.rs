//! Where the time of the run goes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::Scene;
use crate::app::Pace;
use crate::app::words::percent;
use crate::ui::chart::bar;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// What the time is spent on, in the order in which it is.
fn parts(pace: &Pace) -> [(&'static str, u64); 5] {
    [
        ("data", pace.data_us),
        ("forward", pace.forward_us),
        ("backward", pace.backward_us),
        ("optimizer", pace.optimizer_us),
        ("evaluation", pace.evaluation_us),
    ]
}

/// Below this width the parts stand side by side and have no bars.
const BAR_COLUMNS: u16 = 44;

pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let pace = &scene.shown.run.pace;
    let a_step: Vec<String> = pace.step_ms().map(|ms| format!("{} a step", millis(ms))).into_iter().collect();
    let title = "where the time goes";
    let room = usize::from(area.width).saturating_sub(title.len() + 10);
    let inner = panel(title, scene.remark(&a_step, room), scene.paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if inner.height < 5 || inner.width + 4 < BAR_COLUMNS.min(40) {
        draw_columns(scene, inner, buffer);
    } else {
        draw_bars(scene, inner, buffer);
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a run are far below 2^52")]
fn share(part: u64, pace: &Pace) -> Option<f64> {
    let total = pace.total_us();
    (total > 0).then(|| part as f64 / total as f64)
}

/// Two columns of names and shares.
fn draw_columns(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let pace = &scene.shown.run.pace;
    let width = area.width / 2;
    for ((name, part), place) in parts(pace).into_iter().zip(0_u16..) {
        let (column, row) = (place / 3, place % 3);
        if row >= area.height {
            continue;
        }
        let line = Line::from(vec![
            scene.muted(format!("{name:<10}")),
            Span::styled(percent(share(part, pace)), scene.paint.text(Role::Text)),
        ]);
        put(line, Rect { x: area.x + column * width, y: area.y + row, width, height: 1 }, buffer);
    }
}

/// A line for each part: its name, a bar, its share, and its milliseconds a step.
fn draw_bars(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let pace = &scene.shown.run.pace;
    let longest = parts(pace).into_iter().map(|(_, part)| part).max().unwrap_or(0).max(1);
    for ((name, part), y) in parts(pace).into_iter().zip(area.y..area.bottom()) {
        let line = Rect { y, height: 1, ..area };
        let figures = Line::from(vec![
            Span::styled(percent(share(part, pace)), scene.paint.text(Role::Text)),
            scene.muted(format!("{:>9}", a_step(part, pace))),
        ]);
        let width = u16::try_from(figures.width()).unwrap_or(0).min(line.width);
        put(scene.muted(name), line, buffer);
        let bar = Rect { x: line.x + 11, width: line.width.saturating_sub(11 + width + 1), ..line };
        // Evaluations are no part of a step.
        let role = if name == "evaluation" { Role::Validation } else { Role::Train };
        bar::draw(ratio(part, longest), bar, [scene.paint.text(role), scene.paint.text(Role::Faint)], buffer);
        put(figures, Rect { x: line.right() - width, width, ..line }, buffer);
    }
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a run are far below 2^52")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// The time of a part, spread over all steps.
#[expect(clippy::cast_precision_loss, reason = "microseconds of a run are far below 2^52")]
fn a_step(part: u64, pace: &Pace) -> String {
    if pace.steps == 0 { "–".into() } else { millis(part as f64 / 1000.0 / pace.steps as f64) }
}

fn millis(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.1} ms") }
}
