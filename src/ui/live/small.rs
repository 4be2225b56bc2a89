//! The learning rate and the gradient's norm in a few lines; where there is least room, the machine with them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::curves::Figure;
use super::metric::Metric;
use super::{Scene, machine};
use crate::ui::chart::visible;
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::Role;

/// From this height on, each figure has a line of words and a curve below it.
const CURVE_ROWS: u16 = 6;

/// Columns of words before the curve of the same line.
const WORDS: u16 = 22;

pub fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let tall = area.height >= CURVE_ROWS + 2;
    let title = if tall { "rate · gradient norm" } else { "rate · norm · machine" };
    let inner = panel(title, scene.remark(&[], 0), scene.paint, area, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let figures = [Metric::Rate, Metric::Norm].map(|metric| Figure { metric, scene: *scene });
    if tall {
        // The norm is the livelier of the two.
        let upper = inner.height.div_ceil(2).max(3).min(inner.height) - inner.height % 2;
        let [rate, norm] = figures;
        draw_tall(scene, &rate, Rect { height: upper, ..inner }, buffer);
        draw_tall(scene, &norm, Rect { y: inner.y + upper, height: inner.height - upper, ..inner }, buffer);
        return;
    }
    for (figure, y) in figures.iter().zip(inner.y..inner.bottom()) {
        let line = Rect { y, height: 1, ..inner };
        let value = current(scene, figure);
        put(words(scene, figure.metric.title(), &value), line, buffer);
        figure.draw_small(Rect { x: line.x + WORDS, width: line.width.saturating_sub(WORDS), ..line }, buffer);
    }
    if inner.height > 2 {
        machine::draw_line(scene, Rect { y: inner.y + 2, height: 1, ..inner }, buffer);
    }
}

/// A line of words, and the curve below it.
fn draw_tall(scene: &Scene, figure: &Figure, area: Rect, buffer: &mut Buffer) {
    let line = Rect { height: area.height.min(1), ..area };
    put(words(scene, figure.metric.title(), &current(scene, figure)), line, buffer);
    let range = range(scene, figure);
    let width = u16::try_from(range.chars().count()).unwrap_or(0);
    if WORDS + width < line.width {
        put(scene.muted(range), Rect { x: line.right() - width, width, ..line }, buffer);
    }
    figure.draw_small(Rect { y: line.bottom(), height: area.height.saturating_sub(1), ..area }, buffer);
}

fn words(scene: &Scene, name: &'static str, value: &str) -> Line<'static> {
    Line::from(vec![scene.muted(format!("{name:<13} ")), Span::styled(value.to_owned(), scene.paint.text(Role::Text))])
}

/// The figure at the cursor, or at the newest step.
fn current(scene: &Scene, figure: &Figure) -> String {
    let series = figure.metric.series(&scene.shown.run.curves);
    let bucket = scene.app.live.cursor.map_or(series.last(), |step| series.holding(step));
    bucket.map_or("–".into(), |bucket| figure.metric.words(bucket.mean()))
}

/// The smallest and the largest of what is shown.
fn range(scene: &Scene, figure: &Figure) -> String {
    let buckets = visible(figure.metric.series(&scene.shown.run.curves), figure.span());
    let min = buckets.iter().map(|bucket| bucket.min).fold(f64::INFINITY, f64::min);
    let max = buckets.iter().map(|bucket| bucket.max).fold(f64::NEG_INFINITY, f64::max);
    if min > max {
        return String::new();
    }
    format!("{} … {}", figure.metric.words(min), figure.metric.words(max))
}
