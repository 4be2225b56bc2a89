//! What the cell under the cursor means, in words: both classes in full, the shares and their intervals.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::{Scene, labels};
use crate::app::confusion::{Cell, Reading, count, share, taken};
use crate::app::words::{grouped, short_interval};
use crate::metrics::wilson;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// Draws the frame where there is one, else the line below the matrix.
pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let place = scene.plan.cell;
    if place.height >= 3 && place.width >= 20 {
        let inner = panel(title(scene), "", scene.paint, place, buffer);
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(1), ..inner };
        let height = usize::from(inner.height);
        let lines = match scene.report.labels.get(scene.cursor.truth) {
            Some(counts) => labels::lines(scene, counts, height),
            None => lines(scene, height),
        };
        put(Paragraph::new(lines).wrap(Wrap { trim: false }), inner, buffer);
    } else if !scene.plan.line.is_empty() {
        put(one_line(scene, usize::from(scene.plan.line.width)), scene.plan.line, buffer);
    }
}

/// `kidney-right taken for kidney-left`.
fn title(scene: &Scene) -> String {
    let Cell { truth, predicted } = scene.cursor;
    if scene.report.is_multi_label() {
        return format!("{}: {}", scene.name(truth), scene.column(predicted));
    }
    if truth == predicted {
        format!("{} recognised", scene.name(truth))
    } else {
        format!("{} taken for {}", scene.name(truth), scene.name(predicted))
    }
}

fn one_line<'a>(scene: &Scene, width: usize) -> Line<'a> {
    if let Some(counts) = scene.report.labels.get(scene.cursor.truth) {
        return labels::one_line(scene, counts, width);
    }
    let muted = scene.paint.text(Role::Muted);
    let whole = |class: usize| scene.report.per_class.get(class).map_or(0, |figures| figures.support);
    let percent = |of| format!("{:.1} %", share(scene.report, scene.cursor, of) * 100.0);
    let strong = scene.paint.text(Role::Accent).add_modifier(Modifier::BOLD);
    let mut line = Line::from(Span::styled(format!(" {}", title(scene)), strong));
    let Cell { truth, predicted } = scene.cursor;
    let of = format!(": {} of {}", grouped(count(scene.report, scene.cursor)), grouped(whole(truth)));
    let (recall, precision) = (percent(Reading::Recall), percent(Reading::Precision));
    let parts = if truth == predicted {
        [of, format!(", recall {recall}"), format!(", precision {precision}")]
    } else {
        [of, format!(", {recall} of the truth"), format!(", {precision} of the prediction")]
    };
    let since = scene.before.map(|before| (before.epoch, count(&before.report, scene.cursor)));
    let [first, rest @ ..] = parts;
    let change = since.map(|(epoch, then)| format!(", {then} in epoch {epoch}"));
    for part in [Some(first), change].into_iter().flatten().chain(rest) {
        if line.width() + part.chars().count() <= width {
            line.push_span(Span::styled(part, muted));
        }
    }
    line
}

/// The share of the truth, of the prediction, and of what goes the other way round.
fn lines<'a>(scene: &Scene, height: usize) -> Vec<Line<'a>> {
    let (text, muted) = (scene.paint.text(Role::Text), scene.paint.text(Role::Muted));
    let Cell { truth, predicted } = scene.cursor;
    let support = |class: usize| scene.report.per_class.get(class).map_or(0, |class| class.support);
    let taken = taken(scene.report, predicted);
    let (a, b) = (scene.name(truth), scene.name(predicted));
    let of = |cell: Cell, whole: u64, what: String| {
        let number = count(scene.report, cell);
        let (low, high) = wilson(number, whole);
        #[expect(clippy::cast_precision_loss, reason = "volumes of a split stay below 2^53")]
        let share =
            if whole == 0 { "   –  ".into() } else { format!("{:5.1} %", number as f64 / whole as f64 * 100.0) };
        // Of nothing there is no share, and an interval would say nothing.
        let interval = if whole == 0 { String::new() } else { short_interval(low, high) };
        Line::from(vec![
            Span::styled(share, text.add_modifier(Modifier::BOLD)),
            Span::styled(format!(" {interval:<8} "), muted),
            Span::styled(format!("{} of {} {what}", grouped(number), grouped(whole)), text),
        ])
    };
    let mut lines = if truth == predicted {
        vec![
            of(scene.cursor, support(truth), format!("{a}, recall")),
            of(scene.cursor, taken, "taken for it, precision".to_owned()),
        ]
    } else {
        let back = Cell { truth: predicted, predicted: truth };
        vec![
            of(scene.cursor, support(truth), a.to_owned()),
            of(scene.cursor, taken, format!("taken for {b}")),
            Line::default(),
            Line::styled("the other way round", muted),
            of(back, support(predicted), b.to_owned()),
        ]
    };
    if let Some(before) = scene.before {
        let then = count(&before.report, scene.cursor);
        lines.push(Line::styled(format!("in epoch {} it was {then}", before.epoch), muted));
    }
    let number = count(scene.report, scene.cursor);
    if number > 0 && lines.len() + 1 < height {
        lines.push(Line::default());
        lines.push(Line::from(vec![
            Span::styled("enter", scene.paint.text(Role::Accent).add_modifier(Modifier::BOLD)),
            Span::styled(if number == 1 { " shows it" } else { " shows them" }, muted),
        ]));
    }
    lines
}
