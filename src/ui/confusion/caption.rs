//! What the matrix is of: split, weights and moment, the accuracy with its interval, and how to read the colours;
//! or what is waited for while there is none.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::{Scene, change, layout, shade};
use crate::app::words::{SYNTHETIC, always_words, grouped, interval};
use crate::app::{App, Shown, Status, scrub};
use crate::event::{Evaluated, SplitName, Weights};
use crate::metrics::Report;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::{Paint, Role};

/// The mark of made-up data, behind other words.
const SYNTHETIC_REMARK: &str = " · SYNTHETIC";

/// Draws the frame around the matrix.
pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let frame = scene.plan.matrix;
    let synthetic = scene.app.shown().is_some_and(Shown::synthetic);
    let mark = if synthetic { SYNTHETIC_REMARK } else { "" };
    let (titles, remarks) = match scene.before {
        Some(before) => (changed_titles(scene.evaluated, before), gains(scene.report, &before.report)),
        None => (titles(scene.app, scene.evaluated), remarks(scene.report)),
    };
    // What it is of comes first, then as much of how good it is as fits beside it. Where the mark of made-up data
    // does not fit there, it stands on the lower edge.
    let beside = |mark: &'static str| {
        let remarks = &remarks;
        let words = move |title| remarks.iter().map(move |remark| (title, format!("{remark}{mark}"), mark));
        // The last title is for the narrowest frames alone.
        titles.iter().take(if mark.is_empty() { 3 } else { 2 }).flat_map(words)
    };
    let words = [mark, ""].into_iter().flat_map(beside);
    let room = usize::from(frame.width.saturating_sub(10));
    let mut fitting = words.filter(|(title, remark, _)| title.chars().count() + remark.chars().count() <= room);
    let (title, remark, marked) = fitting.next().map_or_else(
        || (titles.last().cloned().unwrap_or_default(), String::new(), false),
        |(title, remark, mark)| (title.clone(), remark, !mark.is_empty()),
    );
    panel(title, remark, scene.paint, frame, buffer);
    draw_foot(scene, if synthetic && !marked { SYNTHETIC } else { "" }, buffer);
}

/// What the matrix is of, from long to short.
fn titles(app: &App, evaluated: &Evaluated) -> [String; 3] {
    let Evaluated { epoch, step, split, weights, .. } = evaluated;
    let split = split.word();
    if scrub::looked_at(app).is_some() && evaluated.split == SplitName::Validation {
        let of = scrub::track(app).map_or(String::new(), |track| format!(" of {}", track.last));
        return [
            format!("{split} · epoch {epoch}{of} · step {}", grouped(*step)),
            format!("{split} · epoch {epoch}{of}"),
            format!("{split} · epoch {epoch}"),
        ];
    }
    // A run that ends with its best weights restored has them as its last, too.
    let which = match (app.confusion.weights, weights) {
        (Weights::Best, _) => "best weights",
        (Weights::Last, Weights::Best) => "best weights restored",
        (Weights::Last, Weights::Last) => "last weights",
    };
    let averaged = if evaluated.averaged { ", averaged" } else { "" };
    [
        format!("{split} · {which}{averaged} · epoch {epoch} · step {}", grouped(*step)),
        format!("{split} · {which} · epoch {epoch}"),
        format!("{split} · {} · epoch {epoch}", app.confusion.weights.word()),
    ]
}

/// The same where it is laid beside the marked epoch.
fn changed_titles(evaluated: &Evaluated, before: &Evaluated) -> [String; 3] {
    let (split, epoch, since) = (evaluated.split.word(), evaluated.epoch, before.epoch);
    [
        format!("{split} · epoch {epoch} against epoch {since}"),
        format!("{split} · epoch {epoch} against {since}"),
        format!("epoch {epoch} against {since}"),
    ]
}

/// How much better it is than the marked epoch, from long to short.
fn gains(report: &Report, before: &Report) -> [String; 4] {
    let points = change::figure(Some(report.accuracy), Some(before.accuracy), 100.0, 1);
    let accuracy = format!("accuracy {:.1} % ({points})", report.accuracy * 100.0);
    let auc = report
        .auc
        .map_or(String::new(), |auc| format!(" · AUC {auc:.3} ({})", change::figure(Some(auc), before.auc, 1.0, 3)));
    let loss = format!(" · loss {:.3} ({})", report.loss, change::figure(Some(report.loss), Some(before.loss), 1.0, 3));
    let (both, first) = in_order(report, accuracy, &auc);
    [format!("{both}{loss}"), both.clone(), both, first]
}

/// How good it is, from long to short.
fn remarks(report: &Report) -> [String; 4] {
    let interval = interval(report.accuracy_low, report.accuracy_high);
    let off = report.ordinal.map_or(String::new(), |degrees| {
        let kappa = degrees.quadratic_kappa.map_or("–".to_owned(), |kappa| format!("{kappa:.3}"));
        format!(" · off by {:.2} · κ² {kappa}", degrees.mean_absolute_error)
    });
    let accuracy = format!("accuracy {:.1} % {interval}", report.accuracy * 100.0);
    let auc = report.auc.map_or(String::new(), |auc| format!(" · AUC {auc:.3}"));
    let volumes = grouped(report.count as u64);
    let (both, first) = in_order(report, accuracy, &auc);
    let always = always_words(report).map_or(String::new(), |words| format!(" ({words})"));
    [
        format!("{both}{always}{off} · loss {:.3} · {volumes} volumes", report.loss),
        format!("{both}{off} · {volumes} volumes"),
        format!("{both}{off}"),
        // Degrees are worth more than an interval.
        if off.is_empty() { first } else { format!("accuracy {:.1} %{auc}{off}", report.accuracy * 100.0) },
    ]
}

/// Accuracy and, if there is one, ` · AUC`, the first figure first, and that alone.
fn in_order(report: &Report, accuracy: String, auc: &str) -> (String, String) {
    match auc.strip_prefix(" · ").filter(|_| report.leads_with_auc()) {
        Some(auc) => (format!("{auc} · {accuracy}"), auc.to_owned()),
        None => (format!("{accuracy}{auc}"), accuracy),
    }
}

/// On the lower edge: what is down and what across, the part in sight, and the scale of the colours.
fn draw_foot(scene: &Scene, mark: &'static str, buffer: &mut Buffer) {
    let plan = &scene.plan;
    let frame = plan.matrix;
    if frame.height < 3 || frame.width < 8 {
        return;
    }
    let muted = scene.paint.text(Role::Muted);
    let (rows, columns) = (scene.names.len(), scene.columns.len());
    let part = |range: &Range<usize>, of: usize| format!("{}–{} of {of}", range.start + 1, range.end);
    let (down, across) =
        if scene.report.is_multi_label() { ("label", "what is answered") } else { ("truth", "prediction") };
    let axes = if plan.rows.len() < rows || plan.columns.len() < columns {
        format!(" {down} ↓ {} · {across} → {} ", part(&plan.rows, rows), part(&plan.columns, columns))
    } else {
        format!(" {down} ↓ {across} → ")
    };
    let mut left = Line::from(vec![]);
    if !mark.is_empty() {
        let bold = scene.paint.text(Role::Warning).add_modifier(Modifier::BOLD);
        left.push_span(Span::styled(format!(" {mark} "), bold));
        left.push_span(Span::styled("─", scene.paint.text(Role::Faint)));
    }
    left.push_span(Span::styled(axes, muted));
    let edge = Rect { x: frame.x + 2, y: frame.bottom() - 1, width: frame.width - 4, height: 1 };
    let scale = if scene.before.is_some() { change::legend(scene) } else { scale(scene) };
    let width = layout::count(scale.width());
    if left.width() + scale.width() + 2 <= usize::from(edge.width) {
        put(scale, Rect { x: edge.right() - width, width, ..edge }, buffer);
    }
    let left_width = layout::count(left.width()).min(edge.width);
    put(left, Rect { width: left_width, ..edge }, buffer);
}

/// The colours, or the textures, from nothing to all.
fn scale<'a>(scene: &Scene) -> Line<'a> {
    let muted = scene.paint.text(Role::Muted);
    let steps = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
    let mut line = Line::from(Span::styled(" 0 ", muted));
    for share in steps {
        let texture = shade::texture(scene.paint, share).unwrap_or(" ");
        line.push_span(Span::styled(texture, shade::style(scene.paint, share)));
    }
    line.push_span(Span::styled(" 100 % ", muted));
    line
}

/// Draws what there is to say while the chosen split has not been evaluated.
pub fn draw_nothing(app: &App, paint: &Paint, area: Rect, buffer: &mut Buffer) {
    let inner = panel("confusion", "", paint, area, buffer);
    let Some(shown) = app.shown() else { return };
    let (head, rest) = waited_for(app, shown);
    let mut lines = vec![
        Line::styled(head, paint.text(Role::Text).add_modifier(Modifier::BOLD)).centered(),
        Line::default(),
        Line::styled(rest, paint.text(Role::Muted)).centered(),
    ];
    if let Some(share) = first_epoch(shown) {
        lines.insert(1, Line::default());
        lines.insert(2, progress(share, paint).centered());
    }
    let height = inner.height.min(layout::count(lines.len()));
    let place = Rect { y: inner.y + (inner.height - height) / 2, height, ..inner };
    put(Paragraph::new(lines).wrap(Wrap { trim: true }), place, buffer);
}

/// What is missing, and what comes next or can be done.
fn waited_for(app: &App, shown: &Shown) -> (String, String) {
    let run = &shown.run;
    let split = app.confusion.split;
    if let Some(row) = scrub::looked_at(app).filter(|_| split == SplitName::Validation) {
        let file = scrub::source(row);
        let missing = file.as_ref().is_none_or(|file| app.volumes.held.files.is_missing(file));
        let rest = match (missing, file) {
            (false, _) => "its probabilities are being read".to_owned(),
            (true, None) => "the run is too long to keep its matrix, and its probabilities were not kept".to_owned(),
            (true, Some(file)) => format!("{} cannot be read", file.path),
        };
        return (format!("the matrix of epoch {} is not here", row.epoch), rest);
    }
    if run.validation_last().is_some() {
        let head = format!(
            "the {} split has not been evaluated with the {} weights",
            split.word(),
            app.confusion.weights.word()
        );
        return (head, "s shows another split, w the other weights".to_owned());
    }
    if !shown.live || matches!(run.status, Status::Finished(_) | Status::Stopped | Status::Failed(_)) {
        return ("this run was never evaluated".to_owned(), "it ended before its first epoch did".to_owned());
    }
    let training = !matches!(run.status, Status::Paused(_));
    let rest = match &run.started {
        Some(started) if training && run.step >= started.steps_per_epoch => {
            let rest = format!("all {} steps of the epoch are done; the first matrix comes next", run.step);
            return ("epoch 1 is being evaluated".to_owned(), rest);
        }
        Some(started) => {
            format!("step {} of {} is done", run.step.min(started.steps_per_epoch), started.steps_per_epoch)
        }
        None => "no step has been taken yet".to_owned(),
    };
    let hint = if app.opened.is_none() && app.playback.is_none() { "; e evaluates now" } else { "" };
    ("the first matrix comes after epoch 1".to_owned(), rest + hint)
}

/// How much of the first epoch is done, while it is trained.
#[expect(clippy::cast_precision_loss, reason = "a bar needs no more")]
fn first_epoch(shown: &Shown) -> Option<f64> {
    let started = shown.run.started.as_ref().filter(|_| shown.live && shown.run.validation_last().is_none())?;
    Some((shown.run.step as f64 / started.steps_per_epoch.max(1) as f64).clamp(0.0, 1.0))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a few columns")]
fn progress<'a>(share: f64, paint: &Paint) -> Line<'a> {
    const WIDTH: u16 = 31;
    let done = (share * f64::from(WIDTH)).round() as u16;
    Line::from(vec![
        Span::styled("━".repeat(done.into()), paint.text(Role::Accent)),
        Span::styled("┈".repeat(WIDTH.saturating_sub(done).into()), paint.text(Role::Faint)),
    ])
}
