//! The newest epochs in a table; a click on one puts the cursor there.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Position, Rect};
use ratatui::text::{Line, Span};

use super::Scene;
use super::curves::best_style;
use crate::app::words::percent;
use crate::app::{App, EpochRow, Run};
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// The rows that are shown, the newest on top; with the cursor on an older one, that one on top.
fn rows<'a>(app: &App, run: &'a Run, area: Rect) -> impl Iterator<Item = (&'a EpochRow, Rect)> {
    let inner = area.inner(Margin::new(2, 1));
    let room = usize::from(inner.height.saturating_sub(1));
    let (newest, read) = (run.epochs.len(), at_cursor(app, run));
    // As few rows are left out at the top as bring the cursor's epoch into sight.
    let hidden = read.map_or(0, |place| (newest - place).saturating_sub(room));
    let places = (inner.y + 1..inner.bottom()).map(move |y| Rect { y, height: 1, ..inner });
    run.epochs.iter().rev().skip(hidden).zip(places)
}

/// The epoch that the cursor is in, by its place.
fn at_cursor(app: &App, run: &Run) -> Option<usize> {
    let step = app.live.cursor?;
    run.epochs.iter().position(|row| step <= row.step)
}

/// The epoch under a place of the picture.
pub fn at(app: &App, run: &Run, area: Rect, position: Position) -> Option<usize> {
    let (row, _) = rows(app, run, area).find(|(_, place)| place.contains(position))?;
    usize::try_from(row.epoch).ok()
}

pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let run = &scene.shown.run;
    panel("epochs", scene.remark(&[], 0), scene.paint, area, buffer);
    let inner = area.inner(Margin::new(2, 1));
    let [first, second] = if run.leads_with_auc() {
        [format!("{:>7}", "AUC"), format!("{:>9}", "accuracy")]
    } else {
        [format!("{:>9}", "accuracy"), format!("{:>7}", "AUC")]
    };
    let head = format!(
        "{:>5} {:>11} {:>9} {:>12} {first} {second} {:>7}",
        "epoch", "train loss", "accuracy", "validation", "vol/s"
    );
    put(scene.muted(head), Rect { height: inner.height.min(1), ..inner }, buffer);
    if run.epochs.is_empty() {
        let text = if scene.shown.live { "after the first epoch" } else { "no epoch was finished" };
        let below = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1).min(1), ..inner };
        put(scene.muted(text), below, buffer);
    }
    let best = run.curves.best().map(|best| best.epoch);
    let read = at_cursor(scene.app, run).and_then(|place| run.epochs.get(place)).map(|row| row.epoch);
    for (row, place) in rows(scene.app, run, area) {
        put(line(scene, row, best == Some(row.epoch)), place, buffer);
        if read == Some(row.epoch) {
            buffer.set_style(place.intersection(buffer.area), scene.paint.fill(Role::Selection));
        }
    }
}

fn line(scene: &Scene, row: &EpochRow, best: bool) -> Line<'static> {
    let text = |role, text: String| Span::styled(text, scene.paint.text(role));
    let validation = row.validation.as_ref();
    let loss = validation.map_or("…".into(), |of| format!("{:.4}", of.loss));
    let auc = validation.and_then(|of| of.auc).map_or("–".into(), |auc| format!("{auc:.3}"));
    let mut spans = vec![
        text(Role::Text, format!("{:>5}", row.epoch)),
        text(Role::Train, format!(" {:>11.4} {:>9}", row.train_loss, percent(Some(row.train_accuracy)))),
        text(Role::Validation, format!(" {loss:>12}")),
    ];
    let accuracy = percent(validation.map(|of| of.accuracy));
    if scene.shown.run.leads_with_auc() {
        spans.extend([text(Role::Validation, format!(" {auc:>7}")), text(Role::Text, format!(" {accuracy:>9}"))]);
    } else {
        spans.extend([text(Role::Validation, format!(" {accuracy:>9}")), text(Role::Text, format!(" {auc:>7}"))]);
    }
    spans.push(scene.muted(format!(" {:>7.0}", row.volumes_per_s)));
    if best {
        spans.push(Span::styled(" ★", best_style(scene.paint)));
    }
    Line::from(spans)
}
