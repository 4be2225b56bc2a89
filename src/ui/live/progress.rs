//! How far the run is and how long it still takes, and what a user should know about it now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Scene;
use super::facts::{facts, flow, join};
use crate::app::words::{duration, grouped};
use crate::app::{Run, Status};
use crate::ui::chart::bar;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// Lines of facts at most: the most pressing stand first.
const FACT_LINES: usize = 3;

/// Rows that the pane needs in that width.
pub fn height(run: &Run, width: u16) -> u16 {
    let lines = flow(facts(run), usize::from(width.saturating_sub(4))).len().clamp(1, FACT_LINES);
    u16::try_from(lines).unwrap_or(1) + 3
}

pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let title = match scene.shown.run.status {
        Status::Paused(_) => "run · paused",
        _ => "run",
    };
    let inner = panel(title, scene.remark(&[], 0), scene.paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if inner.is_empty() {
        return;
    }
    draw_bar(scene, Rect { height: 1, ..inner }, buffer);
    let facts = flow(facts(&scene.shown.run), usize::from(inner.width));
    let lines: Vec<Line> = facts.iter().map(|line| join(line, scene)).collect();
    let below = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    put(Paragraph::new(lines), below, buffer);
}

fn draw_bar(scene: &Scene, line: Rect, buffer: &mut Buffer) {
    let run = &scene.shown.run;
    let share = done(run);
    let mut words = vec![Span::styled(format!(" {:5.1} %", share * 100.0), scene.strong(Role::Text))];
    // The head of the screen has epoch and step already; where there is room they stand beside the bar too.
    if let Some(started) = run.started.as_ref().filter(|_| line.width >= 100) {
        let epoch = (run.step / started.steps_per_epoch.max(1) + 1).min(started.epochs);
        let steps = started.epochs * started.steps_per_epoch;
        let text = format!("   epoch {epoch} of {}   step {} of {}", started.epochs, grouped(run.step), grouped(steps));
        words.push(scene.muted(text));
    }
    words.push(scene.muted(format!("   {} trained", duration(run.elapsed_ms()))));
    if let Some(left) = run.remaining_ms().filter(|_| scene.shown.live && share < 1.0) {
        words.push(scene.muted(", "));
        words.push(Span::styled(format!("{} left", duration(left)), scene.paint.text(Role::Text)));
    }
    let words = Line::from(words);
    let width = u16::try_from(words.width()).unwrap_or(u16::MAX).min(line.width);
    let bar = Rect { width: line.width - width, ..line };
    let role = if matches!(run.status, Status::Paused(_)) { Role::Warning } else { Role::Accent };
    bar::draw(share, bar, [scene.paint.text(role), scene.paint.text(Role::Faint)], buffer);
    put(words, Rect { x: bar.right(), width, ..line }, buffer);
}

/// The share of the steps that are done.
#[expect(clippy::cast_precision_loss, reason = "a run has far fewer than 2^52 steps")]
fn done(run: &Run) -> f64 {
    let steps = run.started.as_ref().map_or(0, |started| started.epochs * started.steps_per_epoch);
    if steps == 0 { 0.0 } else { (run.step as f64 / steps as f64).clamp(0.0, 1.0) }
}
