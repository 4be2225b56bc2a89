//! A run that cannot go on, or not by itself: why, and what can be done about it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::Scene;
use super::wrap::wrap;
use crate::app::{App, Shown, Status};
use crate::event::PauseReason;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// Lines of a message that are shown at most; the log has the rest.
const MESSAGE_LINES: usize = 6;

/// What is wrong with a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Alarm<'a> {
    /// It has ended badly.
    Ended(&'a str),
    /// It stands still because of this.
    Stands(&'a PauseReason),
}

impl<'a> Alarm<'a> {
    /// What is wrong with a run, if anything is.
    pub fn of(app: &'a App, shown: &'a Shown) -> Option<Self> {
        let own_failure = || app.failure.as_deref().filter(|_| app.opened.is_none());
        match &shown.run.status {
            Status::Failed(message) => Some(Self::Ended(message)),
            Status::Finished(_) | Status::Stopped => None,
            // What a recorded run stood still for is over.
            Status::Paused(reason) if shown.live && app.replay().is_none() && reason.is_trouble() => {
                Some(Self::Stands(reason))
            }
            Status::Waiting | Status::Training | Status::Paused(_) if shown.live => None,
            _ => Some(Self::Ended(
                own_failure().unwrap_or("the process that trained this run ended without a last word"),
            )),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Ended(message) => (*message).to_owned(),
            Self::Stands(PauseReason::CannotWrite { what, path, why }) => {
                format!("cannot {what} {path}: {why}. What could not be written waits, and nothing is lost.")
            }
            Self::Stands(PauseReason::NotFinite(bad)) => format!("{bad}."),
            Self::Stands(_) => String::new(),
        }
    }

    /// The lines of what can be done.
    fn ways(&self) -> u16 {
        match self {
            Self::Ended(_) => 1,
            Self::Stands(PauseReason::NotFinite(_)) => 3,
            Self::Stands(_) => 2,
        }
    }
}

/// Rows that the pane needs in that width; none when all is well.
pub fn height(app: &App, shown: &Shown, width: u16) -> u16 {
    let Some(alarm) = Alarm::of(app, shown) else { return 0 };
    let lines = wrap(&alarm.message(), inner_width(width)).len().min(MESSAGE_LINES);
    u16::try_from(lines).unwrap_or(0) + 2 + alarm.ways()
}

fn inner_width(width: u16) -> usize {
    usize::from(width.saturating_sub(4)).max(1)
}

pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let Some(alarm) = Alarm::of(scene.app, scene.shown) else { return };
    let run = &scene.shown.run;
    // The same words as in the head of the screen.
    let word = match (&alarm, &run.status) {
        (Alarm::Stands(_), _) => "‖ paused",
        (_, Status::Failed(_)) => "✗ failed",
        _ => "† died",
    };
    let title = Span::styled(format!("{word} after step {}", run.step), scene.strong(Role::Bad));
    let inner = panel(title, scene.remark(&[], 0), scene.paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut lines: Vec<Line> = wrap(&alarm.message(), inner_width(area.width))
        .into_iter()
        .take(MESSAGE_LINES)
        .map(|line| Line::styled(line, scene.paint.text(Role::Bad)))
        .collect();
    let ways = match alarm {
        Alarm::Ended(_) => vec![resume(scene)],
        Alarm::Stands(PauseReason::NotFinite(bad)) => before_bad(scene, bad.applied),
        Alarm::Stands(_) => unwritten(scene),
    };
    // The way out is worth more than the last words of the message.
    let room = usize::from(inner.height).max(1).saturating_sub(ways.len());
    lines.truncate(room);
    lines.extend(ways);
    put(Paragraph::new(lines), inner, buffer);
}

/// What can be done where something cannot be written.
fn unwritten(scene: &Scene) -> Vec<Line<'static>> {
    let from = match &scene.shown.run.checkpoint {
        Some((step, _)) => format!("end the run; resume goes on from step {step}"),
        None => "end the run; resume begins it anew".to_owned(),
    };
    vec![way(scene, &[("space", "try again, once there is room".into())]), way(scene, &[("x", from)])]
}

/// What can be done before a figure that is not finite.
fn before_bad(scene: &Scene, spoilt: bool) -> Vec<Line<'static>> {
    let again = if spoilt {
        way(scene, &[("x", "end the run; the weights are spoilt".into())])
    } else {
        way(scene, &[("space", "try the step again".into()), ("x", "stop the run".into())])
    };
    vec![
        way(scene, &[("B", "roll back to the newest checkpoint before it".into())]),
        way(scene, &[(":set lr RATE", "a lower rate; with the same, the same comes again".into())]),
        again,
    ]
}

/// Keys, and what they do.
fn way(scene: &Scene, keys: &[(&'static str, String)]) -> Line<'static> {
    let mut line = Line::default();
    for (key, does) in keys {
        line.push_span(Span::styled(*key, scene.strong(Role::Text)));
        line.push_span(scene.muted(format!("  {does}     ")));
    }
    line
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
