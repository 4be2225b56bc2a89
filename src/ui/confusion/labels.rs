//! The label under the cursor, where volumes may have several: its 2×2 table, and its figures with their intervals.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::Scene;
use crate::app::confusion::outcome;
use crate::app::words::{grouped, percent, short_interval};
use crate::metrics::{LabelCounts, wilson};
use crate::ui::theme::Role;

/// Columns of a number in the table.
const NUMBER: usize = 9;

/// The table and the figures, as many lines of them as there is room for.
pub fn lines<'a>(scene: &Scene, counts: &LabelCounts, height: usize) -> Vec<Line<'a>> {
    let muted = scene.paint.text(Role::Muted);
    let here = outcome(scene.report, scene.cursor);
    let number = |count: u64, cell: (bool, bool)| {
        let style = if here == Some(cell) { chosen(scene) } else { scene.paint.text(Role::Text) };
        Span::styled(format!("{:>NUMBER$}", grouped(count)), style)
    };
    let row = |name: &str, cells: [(u64, (bool, bool)); 2]| {
        let mut line = Line::from(Span::styled(format!("{name:<13}"), muted));
        line.extend(cells.map(|(count, cell)| number(count, cell)));
        line
    };
    let LabelCounts { found, missed, false_alarms, absent } = *counts;
    let mut lines = vec![
        Line::styled(format!("{:<13}{:>NUMBER$}{:>NUMBER$}", "", "said yes", "said no"), muted),
        row("has it", [(found, (true, true)), (missed, (true, false))]),
        row("has it not", [(false_alarms, (false, true)), (absent, (false, false))]),
    ];
    let figures = figures(counts);
    if height > lines.len() + figures.len() {
        lines.push(Line::default());
    }
    lines.extend(figures.map(|(name, right, whole)| figure(scene, name, right, whole)));
    lines.truncate(height);
    lines
}

/// Accuracy, sensitivity, specificity, precision, prevalence: each a share of volumes.
fn figures(counts: &LabelCounts) -> [(&'static str, u64, u64); 5] {
    [
        ("sensitivity", counts.found, counts.support()),
        ("specificity", counts.absent, counts.absent + counts.false_alarms),
        ("precision", counts.found, counts.predicted()),
        ("accuracy", counts.right(), counts.count()),
        ("prevalence", counts.support(), counts.count()),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "volumes of a split stay below 2^53")]
fn figure<'a>(scene: &Scene, name: &str, right: u64, whole: u64) -> Line<'a> {
    let (text, muted) = (scene.paint.text(Role::Text), scene.paint.text(Role::Muted));
    let share = (whole > 0).then(|| right as f64 / whole as f64);
    let (low, high) = wilson(right, whole);
    // Of nothing there is no share, and an interval would say nothing.
    let interval = if whole == 0 { String::new() } else { short_interval(low, high) };
    Line::from(vec![
        Span::styled(format!("{name:<13}"), muted),
        Span::styled(percent(share), text.add_modifier(Modifier::BOLD)),
        Span::styled(format!(" {interval:<8} "), muted),
        Span::styled(format!("{} of {}", grouped(right), grouped(whole)), muted),
    ])
}

/// The same in one line, as much of it as fits.
pub fn one_line<'a>(scene: &Scene, counts: &LabelCounts, width: usize) -> Line<'a> {
    let muted = scene.paint.text(Role::Muted);
    let name = scene.name(scene.cursor.truth);
    let LabelCounts { found, missed, false_alarms, absent } = *counts;
    let here = outcome(scene.report, scene.cursor);
    let mut line = Line::from(Span::styled(format!(" {name}:"), scene.paint.text(Role::Accent)));
    let outcomes = [
        (format!(" {found} found"), (true, true)),
        (format!(" · {missed} missed"), (true, false)),
        (format!(" · {false_alarms} false alarms"), (false, true)),
        (format!(" · {absent} absent"), (false, false)),
    ];
    for (words, cell) in outcomes {
        line.push_span(Span::styled(words, if here == Some(cell) { chosen(scene) } else { muted }));
    }
    let shares = figures(counts).into_iter().filter(|(.., whole)| *whole > 0).map(|(name, right, whole)| {
        let (low, high) = wilson(right, whole);
        format!(" · {name} {} %", short_interval(low, high))
    });
    for words in shares {
        if line.width() + words.chars().count() <= width {
            line.push_span(Span::styled(words, muted));
        }
    }
    line
}

fn chosen(scene: &Scene) -> Style {
    scene.paint.text(Role::Accent).add_modifier(Modifier::BOLD)
}
