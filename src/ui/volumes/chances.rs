//! The pane of the probabilities: a bar for every class.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::volume::{answer, class};
use super::{Stand, words};
use crate::app::volumes::{self, Verdict};
use crate::app::words::{SYNTHETIC, percent};
use crate::app::{App, Shown};
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::{Paint, Role};

/// Marks of the volume's own class and of the one that it is taken for.
const LABEL: &str = "◆";
const TAKEN: &str = "▸";

/// Eighths of a cell.
const EIGHTHS: [&str; 9] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// Draws the pane.
pub fn draw(stand: &Stand, area: Rect, buffer: &mut Buffer) {
    let (app, paint) = (stand.app, stand.paint);
    let synthetic = if app.shown().is_some_and(Shown::synthetic) { SYNTHETIC } else { "" };
    let inner = panel("probabilities", synthetic, paint, area, buffer);
    let verdict = match volumes::verdict(app, app.volumes.current) {
        Ok(verdict) => verdict,
        Err(why) => {
            let text = Line::styled(words::lacking(app, why), paint.text(Role::Muted));
            let place = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
            put(Paragraph::new(text).wrap(Wrap { trim: true }), place, buffer);
            return;
        }
    };
    let height = usize::from(inner.height);
    let shown = shown(&verdict, height);
    // Where there is room to spare, a line is left between the bars.
    let apart = if height > 2 * shown.len() { 2 } else { 1 };
    let mut lines = Vec::new();
    for class in &shown {
        lines.push(bar(app, &verdict, *class, inner.width, paint));
        lines.resize(lines.len() + apart - 1, Line::default());
    }
    if height > lines.len() {
        lines.push(legend(&verdict, shown.len(), paint));
    }
    put(Paragraph::new(lines), inner, buffer);
}

/// All classes in their order, or where there is no room for all the likeliest, and the label in any case.
fn shown(verdict: &Verdict, height: usize) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..verdict.probabilities.len()).collect();
    if classes.len() <= height {
        return classes;
    }
    let chance = |class: usize| verdict.probabilities.get(class).copied().unwrap_or(0.0);
    classes.sort_by(|a, b| chance(*b).total_cmp(&chance(*a)));
    // A line says how many there are more.
    let room = height.saturating_sub(1);
    if let Some(place) = classes.iter().position(|class| *class == verdict.label).filter(|place| *place >= room) {
        classes.swap(place, room.saturating_sub(1));
    }
    classes.truncate(room);
    classes
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a few dozen cells"
)]
fn bar<'a>(app: &App, verdict: &Verdict, number: usize, width: u16, paint: &Paint) -> Line<'a> {
    let chance = verdict.probabilities.get(number).map_or(0.0, |chance| f64::from(*chance));
    let (is_label, is_taken) = (number == verdict.label, number == verdict.predicted);
    let longest = (0..verdict.probabilities.len()).map(|number| class(app, number).chars().count()).max().unwrap_or(0);
    // Marks, the name, the figure, and a bar that is worth looking at.
    let names = longest.min(usize::from(width).saturating_sub(4 + 9 + 8)).max(3);
    let room = usize::from(width).saturating_sub(4 + names + 10);
    let eighths = (chance.clamp(0.0, 1.0) * room as f64 * 8.0).round() as usize;
    let part = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    let (_, _, verdict_role) = answer(verdict);
    let role = match (is_taken, is_label) {
        (true, _) => verdict_role,
        (false, true) => Role::Best,
        (false, false) => Role::Muted,
    };
    let strong = if is_taken || is_label { Modifier::BOLD } else { Modifier::empty() };
    let name_role = if is_taken || is_label { Role::Text } else { Role::Muted };
    Line::from(vec![
        if is_label {
            Span::styled(LABEL, paint.text(Role::Best).add_modifier(Modifier::BOLD))
        } else {
            Span::raw(" ")
        },
        if is_taken {
            Span::styled(TAKEN, paint.text(verdict_role).add_modifier(Modifier::BOLD))
        } else {
            Span::raw(" ")
        },
        Span::styled(format!(" {:<names$.names$} ", class(app, number)), paint.text(name_role).add_modifier(strong)),
        Span::styled(percent(Some(chance)), paint.text(name_role)),
        Span::raw("  "),
        Span::styled("█".repeat(eighths / 8) + part, paint.text(role)),
    ])
}

fn legend<'a>(verdict: &Verdict, shown: usize, paint: &Paint) -> Line<'a> {
    let (_, _, role) = answer(verdict);
    let left = verdict.probabilities.len() - shown;
    let mut line = Line::from(vec![
        Span::styled(LABEL, paint.text(Role::Best)),
        Span::styled(" label  ", paint.text(Role::Muted)),
        Span::styled(TAKEN, paint.text(role)),
        Span::styled(" taken for", paint.text(Role::Muted)),
    ]);
    if left > 0 {
        line.push_span(Span::styled(format!("   and {left} less likely"), paint.text(Role::Muted)));
    }
    line
}
