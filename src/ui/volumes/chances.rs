//! The pane of the probabilities: a bar for every class.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::volume::{answer, class};
use super::{Stand, words};
use crate::app::volumes::{self, Verdict};
use crate::app::words::{SYNTHETIC, percent, signed};
use crate::app::{App, Shown};
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::text::cut_line;
use crate::ui::theme::{Paint, Role};

/// Marks of the volume's own class and of the one that it is taken for.
const LABEL: &str = "◆";
const TAKEN: &str = "▸";
/// The mark of what a probability was after the marked epoch.
const TICK: char = '┃';

/// Eighths of a cell.
const EIGHTHS: [&str; 9] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// Draws the pane.
pub fn draw(stand: &Stand, area: Rect, buffer: &mut Buffer) {
    let (app, paint) = (stand.app, stand.paint);
    let synthetic = if app.shown().is_some_and(Shown::synthetic) { SYNTHETIC } else { "" };
    let before = volumes::verdict_before(app, app.volumes.current).and_then(Result::ok);
    let title = match &before {
        Some(before) => {
            let since = format!("± since epoch {}", before.source.epoch);
            // That the data are made up has to stand beside it.
            let room = usize::from(area.width).saturating_sub(synthetic.len() + 10);
            let whole = format!("probabilities, {since}");
            if whole.chars().count() <= room { whole } else { since }
        }
        None => "probabilities".to_owned(),
    };
    let inner = panel(title, synthetic, paint, area, buffer);
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
        lines.push(bar(app, (&verdict, before.as_ref()), *class, inner.width, paint));
        lines.resize(lines.len() + apart - 1, Line::default());
    }
    if height > lines.len() {
        lines.push(cut_line(legend((&verdict, before.as_ref()), shown.len(), paint), usize::from(inner.width)));
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
    if verdict.is_multi_label() {
        // What it has and what it is said to have first, then the likeliest.
        let key = |class: usize| (verdict.has(class) || verdict.says(class), chance(class));
        classes.sort_by(|a, b| {
            let ((a_first, a), (b_first, b)) = (key(*a), key(*b));
            b_first.cmp(&a_first).then(b.total_cmp(&a))
        });
        classes.truncate(height.saturating_sub(1));
        return classes;
    }
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
fn bar<'a>(
    app: &App,
    (verdict, before): (&Verdict, Option<&Verdict>),
    number: usize,
    width: u16,
    paint: &Paint,
) -> Line<'a> {
    let of = |verdict: &Verdict| verdict.probabilities.get(number).map_or(0.0, |chance| f64::from(*chance));
    let (chance, before) = (of(verdict), before.map(of));
    let (is_label, is_taken) = (verdict.has(number), verdict.says(number));
    let longest = (0..verdict.probabilities.len()).map(|number| class(app, number).chars().count()).max().unwrap_or(0);
    // Marks, the name, the figure, its change if there is one, and a bar that is worth looking at.
    let moved = before.map_or(String::new(), |before| format!(" {:>6}", points(chance - before)));
    let figures = 9 + moved.chars().count();
    let names = longest.min(usize::from(width).saturating_sub(4 + figures + 8)).max(3);
    let room = usize::from(width).saturating_sub(4 + names + figures + 1);
    let eighths = (chance.clamp(0.0, 1.0) * room as f64 * 8.0).round() as usize;
    let part = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    let bar = "█".repeat(eighths / 8) + part;
    let bar = match before {
        Some(before) => with_tick(&bar, (before.clamp(0.0, 1.0) * room.saturating_sub(1) as f64).round() as usize),
        None => bar,
    };
    let verdict_role = match (verdict.is_multi_label(), is_label) {
        (true, true) => Role::Good,
        (true, false) => Role::Bad,
        (false, _) => answer(verdict).2,
    };
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
        Span::styled(moved, paint.text(name_role)),
        Span::raw("  "),
        Span::styled(bar, paint.text(role)),
    ])
}

/// A difference of chances in points; nothing where none can be seen.
fn points(difference: f64) -> String {
    let rounded = (difference * 1000.0).round() / 10.0;
    if rounded == 0.0 { "·".to_owned() } else { signed(rounded, 1) }
}

/// A bar with a mark at what it was.
fn with_tick(bar: &str, at: usize) -> String {
    let mut cells: Vec<char> = bar.chars().collect();
    cells.resize(cells.len().max(at + 1), ' ');
    if let Some(cell) = cells.get_mut(at) {
        *cell = TICK;
    }
    cells.into_iter().collect()
}

fn legend<'a>((verdict, before): (&Verdict, Option<&Verdict>), shown: usize, paint: &Paint) -> Line<'a> {
    let (_, _, role) = answer(verdict);
    let left = verdict.probabilities.len() - shown;
    let mut line = Line::from(vec![
        Span::styled(LABEL, paint.text(Role::Best)),
        Span::styled(" label  ", paint.text(Role::Muted)),
        Span::styled(TAKEN, paint.text(role)),
        Span::styled(if verdict.is_multi_label() { " said to have" } else { " taken for" }, paint.text(Role::Muted)),
    ]);
    if let Some(before) = before {
        line.push_span(Span::styled(format!("  {TICK} epoch {}", before.source.epoch), paint.text(Role::Muted)));
    }
    if left > 0 {
        line.push_span(Span::styled(format!("   and {left} less likely"), paint.text(Role::Muted)));
    }
    line
}
