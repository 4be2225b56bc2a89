//! Precision, recall, F1, AUC and support of every class, on the class's row, with their intervals where there
//! is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::layout::Figures;
use super::matrix::first_line;
use super::{Scene, change, layout, write, write_right};
use crate::app::confusion::{Cell, count};
use crate::app::words::{grouped, short_interval};
use crate::metrics::{ClassReport, LabelCounts, wilson};
use crate::ui::theme::Role;

/// A column of the figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Precision,
    PrecisionDrawn,
    Recall,
    RecallDrawn,
    /// Of several labels a volume: the recall of those that do not have it.
    Specificity,
    /// And the share of right answers.
    Accuracy,
    F1,
    Auc,
    Support,
}

/// Draws the figures of the classes in sight, their heads and their means.
pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let plan = &scene.plan;
    if plan.figures.is_empty() {
        return;
    }
    let head = Rect { y: plan.heads.bottom().saturating_sub(1), height: plan.heads.height.min(1), ..plan.figures };
    let columns = if scene.report.is_multi_label() {
        columns_of_labels(plan.level, plan.figures)
    } else {
        columns(plan.level, plan.figures)
    };
    for (column, across) in columns {
        let words = head_words(scene, column, across.width);
        let of = |line: Rect| Rect { x: across.x, width: across.width, ..line };
        write_head(scene, column, of(head), words, buffer);
        for truth in plan.rows.clone() {
            let (Some(row), Some(class)) = (plan.row(truth, across), scene.report.per_class.get(truth)) else {
                continue;
            };
            match scene.before.and_then(|before| before.report.per_class.get(truth)) {
                Some(before) => draw_change(scene, truth, [class, before], (column, row), buffer),
                None => draw_figure(scene, (truth, class), column, row, buffer),
            }
        }
        if !plan.sums.is_empty() {
            write_right(buffer, of(plan.sums), &mean(scene, column), scene.paint.text(Role::Muted));
        }
    }
}

fn head_words(scene: &Scene, column: Column, width: u16) -> &'static str {
    if scene.before.is_some() {
        return match column {
            Column::Precision if width < 8 => "±prec",
            Column::Recall if scene.report.is_multi_label() => "±sens",
            Column::Recall if width < 9 => "±rec",
            Column::Specificity if width < 8 => "±spec",
            Column::Accuracy if width < 8 => "±acc",
            Column::Specificity => "± spec.",
            Column::Accuracy => "± acc.",
            Column::Precision => "± prec.",
            Column::Recall => "± recall",
            Column::F1 => "± F1",
            Column::Auc => "± AUC",
            Column::Support => "n",
            Column::PrecisionDrawn | Column::RecallDrawn => "",
        };
    }
    match column {
        Column::Precision => "prec. %",
        Column::Recall if scene.report.is_multi_label() => "sens. %",
        Column::Recall => "recall %",
        Column::Specificity => "spec. %",
        Column::Accuracy => "acc. %",
        Column::F1 => "F1 %",
        Column::Auc => "AUC",
        Column::Support => "n",
        Column::PrecisionDrawn | Column::RecallDrawn => "",
    }
}

fn write_head(scene: &Scene, column: Column, place: Rect, words: &str, buffer: &mut Buffer) {
    let style = scene.paint.text(Role::Muted);
    if matches!(column, Column::PrecisionDrawn | Column::RecallDrawn) {
        // The ends of the scale that the intervals lie on.
        let scale = Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..place };
        write(buffer, scale, (scale.x, scale.y), "0", style);
        write_right(buffer, scale, "100", style);
    } else if words.chars().count() < usize::from(place.width) {
        write_right(buffer, place, words, style);
    } else {
        write_right(buffer, place, words.trim_end_matches(" %"), style);
    }
}

/// The columns of a level from the left, each with its breadth; what is left over goes to the drawn intervals.
fn columns(level: Figures, area: Rect) -> Vec<(Column, Rect)> {
    let spare = area.width.saturating_sub(Figures::All.width() + 1);
    let drawn = (spare / 2).min(26);
    let columns: &[(Column, u16)] = match level {
        Figures::None => &[],
        Figures::Two => &[(Column::Recall, 7), (Column::F1, 6)],
        Figures::Three => &[(Column::Precision, 6), (Column::Recall, 7), (Column::F1, 6)],
        Figures::All => {
            &[(Column::Precision, 8), (Column::Recall, 9), (Column::F1, 6), (Column::Auc, 7), (Column::Support, 7)]
        }
        Figures::Drawn => &[
            (Column::Precision, 8),
            (Column::PrecisionDrawn, drawn),
            (Column::Recall, 10),
            (Column::RecallDrawn, drawn),
            (Column::F1, 6),
            (Column::Auc, 7),
            (Column::Support, 7),
        ],
    };
    side_by_side(columns, area)
}

/// The same of labels, each of which is a question of its own.
fn columns_of_labels(level: Figures, area: Rect) -> Vec<(Column, Rect)> {
    /// Columns of all that are not drawn.
    const PLAIN: u16 = 45;
    let drawn = (area.width.saturating_sub(PLAIN + 1) / 2).min(26);
    let columns: &[(Column, u16)] = match level {
        Figures::None => &[],
        Figures::Two => &[(Column::Recall, 7), (Column::Auc, 7)],
        Figures::Three => &[(Column::Recall, 7), (Column::Specificity, 6), (Column::Auc, 7)],
        Figures::All => &[
            (Column::Accuracy, 7),
            (Column::Recall, 7),
            (Column::Specificity, 6),
            (Column::Precision, 6),
            (Column::Auc, 6),
            (Column::Support, 6),
        ],
        Figures::Drawn => &[
            (Column::Accuracy, 8),
            (Column::Recall, 8),
            (Column::RecallDrawn, drawn),
            (Column::Specificity, 8),
            (Column::Precision, 8),
            (Column::PrecisionDrawn, drawn),
            (Column::Auc, 7),
            (Column::Support, 6),
        ],
    };
    side_by_side(columns, area)
}

fn side_by_side(columns: &[(Column, u16)], area: Rect) -> Vec<(Column, Rect)> {
    let mut x = area.x;
    let place = |&(column, width): &(Column, u16)| {
        let place = Rect { x, width, ..area }.intersection(area);
        x += width;
        (column, place)
    };
    columns.iter().map(place).collect()
}

fn draw_figure(scene: &Scene, (class, figures): (usize, &ClassReport), column: Column, row: Rect, buffer: &mut Buffer) {
    let down = first_line(row.height);
    let line = Rect { y: row.y + down, height: row.height.min(1), ..row };
    let below = (row.height > down + 1).then(|| Rect { y: line.y + 1, ..line });
    let mut style = scene.paint.text(Role::Text);
    if class == scene.cursor.truth {
        style = style.add_modifier(Modifier::BOLD);
    }
    let percent = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{:.1}", share * 100.0));
    let counts = scene.report.labels.get(class).copied();
    let right = match counts {
        Some(counts) => counts.found,
        None => count(scene.report, Cell { truth: class, predicted: class }),
    };
    let counts = counts.unwrap_or_default();
    let (text, of) = match column {
        Column::Precision => (percent(figures.precision), Some((right, figures.predicted))),
        Column::Recall => (percent(figures.recall), Some((right, figures.support))),
        Column::Specificity => {
            (percent(counts.specificity()), Some((counts.absent, counts.absent + counts.false_alarms)))
        }
        Column::Accuracy => (percent(counts.accuracy()), Some((counts.right(), counts.count()))),
        Column::F1 => (percent(figures.f1), None),
        Column::Auc => (figures.auc.map_or("–".to_owned(), |auc| format!("{auc:.3}")), None),
        Column::Support => (grouped(figures.support), None),
        Column::PrecisionDrawn => {
            draw_interval(scene, line, (right, figures.predicted), style, buffer);
            return;
        }
        Column::RecallDrawn => {
            draw_interval(scene, line, (right, figures.support), style, buffer);
            return;
        }
    };
    write_right(buffer, line, &text, style);
    if let (Some(below), Some((right, whole))) = (below, of.filter(|(_, whole)| *whole > 0)) {
        let (low, high) = wilson(right, whole);
        write_right(buffer, below, &short_interval(low, high), scene.paint.text(Role::Muted));
    }
}

/// How a figure of a class has changed since the marked epoch, and where there are two lines the figure itself.
fn draw_change(
    scene: &Scene,
    class: usize,
    [now, before]: [&ClassReport; 2],
    (column, row): (Column, Rect),
    buffer: &mut Buffer,
) {
    let down = first_line(row.height);
    let line = Rect { y: row.y + down, height: row.height.min(1), ..row };
    let below = (row.height > down + 1).then(|| Rect { y: line.y + 1, ..line });
    let (then, value, points, digits) = match column {
        Column::Precision => (before.precision, now.precision, 100.0, 1),
        Column::Recall => (before.recall, now.recall, 100.0, 1),
        Column::Specificity => {
            let [then, now] = of_labels(scene, class, LabelCounts::specificity);
            (then, now, 100.0, 1)
        }
        Column::Accuracy => {
            let [then, now] = of_labels(scene, class, LabelCounts::accuracy);
            (then, now, 100.0, 1)
        }
        Column::F1 => (before.f1, now.f1, 100.0, 1),
        Column::Auc => (before.auc, now.auc, 1.0, 3),
        Column::Support => return draw_figure(scene, (class, now), column, row, buffer),
        Column::PrecisionDrawn => return draw_way(scene, line, [before.precision, now.precision], buffer),
        Column::RecallDrawn => return draw_way(scene, line, [before.recall, now.recall], buffer),
    };
    let words = change::figure(value, then, points, digits);
    let is_nothing = words.chars().all(|char| !('1'..='9').contains(&char));
    let style = match words.chars().next() {
        _ if is_nothing => scene.paint.text(Role::Muted),
        Some('+') => scene.paint.text(Role::Good),
        _ => scene.paint.text(Role::Bad),
    };
    write_right(
        buffer,
        line,
        &words,
        if class == scene.cursor.truth { style.add_modifier(Modifier::BOLD) } else { style },
    );
    if let (Some(below), Some(value)) = (below, value) {
        write_right(buffer, below, &format!("{:.digits$}", value * points), scene.paint.text(Role::Muted));
    }
}

/// A figure of a label, in the marked epoch and now.
fn of_labels(scene: &Scene, class: usize, figure: impl Fn(&LabelCounts) -> Option<f64>) -> [Option<f64>; 2] {
    let before = scene.before.and_then(|before| before.report.labels.get(class));
    [before, scene.report.labels.get(class)].map(|counts| counts.and_then(&figure))
}

/// The way of a share from the marked epoch to this one, on a scale from 0 to 1.
fn draw_way(scene: &Scene, line: Rect, [before, now]: [Option<f64>; 2], buffer: &mut Buffer) {
    let scale = Rect { x: line.x + 1, width: line.width.saturating_sub(1), ..line };
    let last = scale.width.saturating_sub(1);
    for x in 0..scale.width {
        write(buffer, scale, (scale.x + x, scale.y), "┈", scene.paint.text(Role::Faint));
    }
    let at = |share: f64| scale.x + place(share, last);
    if let Some((before, now)) = before.zip(now) {
        let role = if now < before { Role::Bad } else { Role::Good };
        for x in at(before.min(now))..=at(before.max(now)) {
            write(buffer, scale, (x, scale.y), "━", scene.paint.text(role));
        }
    }
    let ends = [(before, "○", Role::Muted), (now, "●", Role::Text)];
    for (share, sign, role) in ends {
        if let Some(share) = share {
            write(buffer, scale, (at(share), scale.y), sign, scene.paint.text(role));
        }
    }
}

/// The share of `right` in `whole` as a point, its 95 % interval as a line, on a scale from 0 to 1.
fn draw_interval(scene: &Scene, line: Rect, (right, whole): (u64, u64), style: Style, buffer: &mut Buffer) {
    let scale = Rect { x: line.x + 1, width: line.width.saturating_sub(1), ..line };
    let last = scale.width.saturating_sub(1);
    for x in 0..scale.width {
        write(buffer, scale, (scale.x + x, scale.y), "┈", scene.paint.text(Role::Faint));
    }
    if whole == 0 {
        return;
    }
    let (low, high) = wilson(right, whole);
    let (from, to) = (place(low, last), place(high, last));
    for x in from..=to {
        write(buffer, scale, (scale.x + x, scale.y), "━", scene.paint.text(Role::Validation));
    }
    #[expect(clippy::cast_precision_loss, reason = "volumes of a split stay below 2^53")]
    let share = right as f64 / whole as f64;
    write(buffer, scale, (scale.x + place(share, last), scale.y), "●", style);
}

/// The column of a share on a scale that ends at `last`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of columns")]
fn place(share: f64, last: u16) -> u16 {
    (share.clamp(0.0, 1.0) * f64::from(last)).round() as u16
}

/// The mean over the classes, where the report has one, or the sum.
fn mean(scene: &Scene, column: Column) -> String {
    let report = scene.report;
    if let Some(before) = scene.before {
        let then = &before.report;
        return match column {
            Column::Recall if !report.is_multi_label() => {
                change::figure(report.balanced_accuracy, then.balanced_accuracy, 100.0, 1)
            }
            Column::Accuracy => change::figure(Some(report.accuracy), Some(then.accuracy), 100.0, 1),
            Column::Auc => change::figure(report.auc, then.auc, 1.0, 3),
            Column::Support => grouped(layout::count(report.count).into()),
            _ => String::new(),
        };
    }
    match column {
        Column::Recall if !report.is_multi_label() => {
            report.balanced_accuracy.map_or(String::new(), |mean| format!("{:.1}", mean * 100.0))
        }
        Column::Accuracy => format!("{:.1}", report.accuracy * 100.0),
        Column::Auc => report.auc.map_or(String::new(), |auc| format!("{auc:.3}")),
        Column::Support => grouped(layout::count(report.count).into()),
        Column::Precision
        | Column::PrecisionDrawn
        | Column::Recall
        | Column::RecallDrawn
        | Column::Specificity
        | Column::F1 => String::new(),
    }
}
