//! What has changed in the matrix since the marked epoch: a sign for every difference, and whether it is a gain.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::Scene;
use crate::app::confusion::{self, Cell, Reading, share};
use crate::app::words::signed;
use crate::metrics::Report;
use crate::ui::theme::Role;

/// A difference of counts, or of shares in points, as a cell shows it: `+3`, `−12`; empty where there is none.
pub fn words(report: &Report, before: &Report, cell: Cell, reading: Reading) -> String {
    let difference = match reading {
        Reading::Counts => return counts(report, before, cell),
        Reading::Recall | Reading::Precision => {
            ((share(report, cell, reading) - share(before, cell, reading)) * 100.0).round()
        }
    };
    if difference == 0.0 { String::new() } else { signed(difference, 0) }
}

/// A difference of counts.
pub fn counts(report: &Report, before: &Report, cell: Cell) -> String {
    signed_count(confusion::change(report, before, cell))
}

/// More or fewer volumes; empty where they are as many.
pub fn signed_count(change: i64) -> String {
    if change == 0 { String::new() } else { format!("{change:+}").replace('-', "−") }
}

/// Characters of the longest difference.
pub fn longest(report: &Report, before: &Report, reading: Reading) -> usize {
    confusion::cells(report).map(|cell| words(report, before, cell, reading).chars().count()).max().unwrap_or(0).max(2)
}

/// How a difference looks: more on the diagonal is a gain, and less beside it.
pub fn style(scene: &Scene, cell: Cell, words: &str) -> Style {
    let more = words.starts_with('+');
    let role = match (words.is_empty(), more == confusion::is_right(scene.report, cell)) {
        (true, _) => return scene.paint.text(Role::Faint),
        (false, true) => Role::Good,
        (false, false) => Role::Bad,
    };
    scene.paint.text(role).add_modifier(Modifier::BOLD)
}

/// How to read it, on the lower edge.
pub fn legend<'a>(scene: &Scene) -> Line<'a> {
    let muted = scene.paint.text(Role::Muted);
    Line::from(vec![
        Span::styled(
            if scene.report.is_multi_label() {
                " + found, absent, − the others: "
            } else {
                " + on the diagonal, − beside it: "
            },
            muted,
        ),
        Span::styled("gains ", scene.paint.text(Role::Good).add_modifier(Modifier::BOLD)),
    ])
}

/// A figure's difference with its sign: shares in points, an AUC as it is. A dash where one of both is undefined.
pub fn figure(now: Option<f64>, before: Option<f64>, points: f64, digits: usize) -> String {
    let difference = now.zip(before).map(|(now, before)| (now - before) * points);
    difference.map_or("–".to_owned(), |difference| signed(rounded(difference, digits), digits))
}

/// Without the sign of a zero.
fn rounded(difference: f64, digits: usize) -> f64 {
    let shift = if digits == 1 { 10.0 } else { 1000.0 };
    (difference * shift).round() / shift + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_its_sign_and_nothing_has_none() {
        assert_eq!(figure(Some(0.931), Some(0.910), 100.0, 1), "+2.1");
        assert_eq!(figure(Some(0.5), Some(0.625), 100.0, 1), "−12.5");
        assert_eq!(figure(Some(0.50001), Some(0.5), 100.0, 1), "+0.0");
        assert_eq!(figure(Some(0.5), Some(0.50001), 100.0, 1), "+0.0");
        assert_eq!(figure(Some(0.75), Some(0.8), 1.0, 3), "−0.050");
        assert_eq!(figure(None, Some(0.8), 1.0, 3), "–");
    }
}
