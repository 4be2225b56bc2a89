//! A run that cannot go on: why, and how it can be taken up again.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Scene;
use super::wrap::wrap;
use crate::app::{App, Shown, Status};
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// Lines of a message that are shown at most; the log has the rest.
const MESSAGE_LINES: usize = 6;

/// Why the run ended badly, if it did.
pub fn message<'a>(app: &'a App, shown: &'a Shown) -> Option<&'a str> {
    let own_failure = || app.failure.as_deref().filter(|_| app.opened.is_none());
    match &shown.run.status {
        Status::Failed(message) => Some(message),
        Status::Finished(_) | Status::Stopped => None,
        Status::Waiting | Status::Training | Status::Paused(_) if shown.live => None,
        _ => own_failure().or(Some("the process that trained this run ended without a last word")),
    }
}

/// Rows that the pane needs in that width; none when all is well.
pub fn height(app: &App, shown: &Shown, width: u16) -> u16 {
    let Some(message) = message(app, shown) else { return 0 };
    let lines = wrap(message, inner_width(width)).len().min(MESSAGE_LINES);
    u16::try_from(lines).unwrap_or(0) + 3
}

fn inner_width(width: u16) -> usize {
    usize::from(width.saturating_sub(4)).max(1)
}

pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let Some(message) = message(scene.app, scene.shown) else { return };
    let run = &scene.shown.run;
    // The same word as in the head of the screen.
    let word = if matches!(run.status, Status::Failed(_)) { "✗ failed" } else { "† died" };
    let title = Span::styled(format!("{word} after step {}", run.step), scene.strong(Role::Bad));
    let inner = panel(title, scene.remark(&[], 0), scene.paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut lines: Vec<Line> = wrap(message, inner_width(area.width))
        .into_iter()
        .take(MESSAGE_LINES)
        .map(|line| Line::styled(line, scene.paint.text(Role::Bad)))
        .collect();
    lines.push(resume(scene));
    // The way out is worth more than the last words of the message.
    let over = lines.len().saturating_sub(usize::from(inner.height).max(1));
    if over > 0 {
        let end = lines.len() - 1;
        lines.drain(end.saturating_sub(over)..end);
    }
    put(Paragraph::new(lines), inner, buffer);
}

/// How the run goes on.
pub fn resume(scene: &Scene) -> Line<'static> {
    let command = Span::styled(format!("vivit-tui resume {}", scene.shown.handle), scene.strong(Role::Text));
    let from = match &scene.shown.run.checkpoint {
        Some((step, _)) => format!("   goes on from the checkpoint of step {step}"),
        None => "   there is no checkpoint yet: it begins anew".to_owned(),
    };
    Line::from(vec![command, scene.muted(from)])
}
