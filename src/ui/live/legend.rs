//! The legend of a chart, which says what the curves are at the cursor, or at their newest steps.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use super::curves::{Figure, PARENT_SIGN, best_style, overlay_sign};
use super::metric::Metric;
use crate::app::series::Bucket;
use crate::app::words::interval;
use crate::app::{Run, Shown, ValidationPoint, runs};
use crate::ui::put;
use crate::ui::theme::Role;

/// How much a legend says: the most that has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    Full,
    Intervals,
    Names,
    Short,
}

/// What a legend is made from.
pub struct Legend<'a> {
    pub figure: &'a Figure<'a>,
}

impl Legend<'_> {
    /// Draws it in its lines: the run in the first, those that lie over it in the second, if there is one.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        if area.is_empty() {
            return;
        }
        let mut lines = area.rows();
        let room = usize::from(area.width);
        let (Some(first), second) = (lines.next(), lines.next()) else { return };
        let widest = |entries: fn(&Self, Detail) -> Vec<Line<'static>>| {
            let all = [Detail::Full, Detail::Intervals, Detail::Names, Detail::Short];
            let fits = |entries: &Vec<Line>| width(entries) <= room;
            all.into_iter()
                .map(|detail| entries(self, detail))
                .find(fits)
                .unwrap_or_else(|| entries(self, Detail::Short))
        };
        let mut line = widest(Self::own);
        match second {
            Some(second) => put(fitting(widest(Self::overlays), room), second, buffer),
            None => line.extend(self.overlays(Detail::Names)),
        }
        put(fitting(line, room), first, buffer);
    }

    fn own(&self, detail: Detail) -> Vec<Line<'static>> {
        let figure = self.figure;
        let (metric, run) = (figure.metric, figure.run());
        let mut entries = Vec::new();
        // Beside its parent's a run's own curves need its name.
        if detail == Detail::Full && runs::under(figure.scene.app).is_some() {
            let name = Span::styled(figure.scene.shown.name.clone(), figure.scene.strong(Role::Text));
            entries.push(Line::from(name));
        }
        if metric != Metric::Auc {
            entries.push(self.steps(run, detail));
        }
        let newest = run.curves.validation.last();
        let validation = figure.scene.app.live.cursor.map_or(newest, |step| run.curves.validation_at(step));
        if let Some((point, value)) = validation.and_then(|point| Some((point, metric.validation(point)?))) {
            entries.push(self.validation(point, value, detail));
        }
        if let Some((best, value)) = figure.best() {
            let mut entry = self.entry("★", best_style(self.figure.scene.paint), "best", metric.words(value));
            match detail {
                Detail::Full => entry.push_span(self.muted(format!(" in epoch {}", best.epoch))),
                Detail::Intervals | Detail::Names => {}
                Detail::Short => entry = self.entry("★", best_style(self.figure.scene.paint), "", metric.words(value)),
            }
            entries.push(entry);
        }
        entries
    }

    /// The figure of single steps.
    fn steps(&self, run: &Run, detail: Detail) -> Line<'static> {
        let figure = self.figure;
        let (metric, cursor) = (figure.metric, figure.scene.app.live.cursor);
        let series = metric.series(&run.curves);
        let bucket = cursor.map_or(series.last(), |step| series.holding(step));
        let value = bucket.map_or("–".into(), |bucket| metric.words(bucket.mean()));
        let mut entry = self.entry("⠒⠒", self.figure.scene.paint.text(Role::Train), metric.of_steps(), value);
        let Some(bucket) = bucket.filter(|_| detail == Detail::Full) else { return entry };
        if bucket.steps() > 1 {
            let (min, max) = (metric.words(bucket.min), metric.words(bucket.max));
            entry.push_span(self.muted(format!(" ({min} … {max})")));
        }
        if let Some(average) = metric.smoothing(figure.scene.app).at(series, bucket.last) {
            entry.push_span(self.muted(format!(" EMA {}", metric.words(average))));
        }
        entry
    }

    fn validation(&self, point: &ValidationPoint, value: f64, detail: Detail) -> Line<'static> {
        let name = if detail == Detail::Short { "val" } else { "validation" };
        let style = self.figure.scene.paint.text(Role::Validation).add_modifier(Modifier::BOLD);
        let sign = if detail == Detail::Short { "●" } else { "━●━" };
        let mut entry = self.entry(sign, style, name, self.figure.metric.words(value));
        if let Some((low, high)) =
            self.figure.metric.interval(point).filter(|_| matches!(detail, Detail::Full | Detail::Intervals))
        {
            entry.push_span(self.muted(format!(" {}", interval(low, high))));
        }
        entry
    }

    /// The parent and the runs that lie over the shown one, each with its validation or, without one, its step.
    fn overlays(&self, detail: Detail) -> Vec<Line<'static>> {
        let (metric, cursor) = (self.figure.metric, self.figure.scene.app.live.cursor);
        let entry = |sign: char, style: Style, shown: &Shown| {
            let curves = &shown.run.curves;
            let point = cursor.map_or(curves.validation.last(), |step| curves.validation_at(step));
            let series = metric.series(curves);
            let bucket = || cursor.map_or(series.last(), |step| series.holding(step)).map(Bucket::mean);
            let value = point.and_then(|point| metric.validation(point)).or_else(bucket);
            let words = value.map_or("–".into(), |value| metric.words(value));
            let sign = sign.to_string();
            match detail {
                Detail::Full | Detail::Intervals => self.entry(&format!("╌{sign}╌"), style, &shown.name, words),
                Detail::Names => self.entry(&sign, style, &shown.name, words),
                Detail::Short => self.entry(&sign, style, &shown.name, String::new()),
            }
        };
        let (app, paint) = (self.figure.scene.app, self.figure.scene.paint);
        let mut entries = Vec::new();
        if let Some(under) = runs::under(app) {
            let mut parent = entry(PARENT_SIGN, paint.text(Role::Muted), under.parent);
            let child = &self.figure.scene.shown.name;
            match detail {
                Detail::Full => parent.push_span(self.muted(format!(" ╎ {child} left it after step {}", under.fork))),
                Detail::Intervals => parent.push_span(self.muted(format!(" ╎ left after step {}", under.fork))),
                Detail::Names | Detail::Short => {}
            }
            entries.push(parent);
        }
        let over = app.runs.overlays.iter().enumerate();
        entries
            .extend(over.map(|(number, shown)| entry(overlay_sign(number), paint.text(Role::Overlay(number)), shown)));
        entries
    }

    fn entry(&self, sign: &str, style: Style, name: &str, value: String) -> Line<'static> {
        let mut line = Line::from(vec![Span::styled(sign.to_owned(), style)]);
        line.push_span(self.muted(if name.is_empty() { " ".into() } else { format!(" {name} ") }));
        line.push_span(Span::styled(value, self.figure.scene.paint.text(Role::Text)));
        line
    }

    fn muted(&self, text: String) -> Span<'static> {
        Span::styled(text, self.figure.scene.paint.text(Role::Muted))
    }
}

/// Blanks between two entries.
const BETWEEN: usize = 2;

fn width(entries: &[Line]) -> usize {
    entries.iter().map(|entry| entry.width() + BETWEEN).sum::<usize>().saturating_sub(BETWEEN)
}

/// The entries in one line, as many as have room.
fn fitting(entries: Vec<Line<'static>>, room: usize) -> Line<'static> {
    let mut line = Line::default();
    for entry in entries {
        let before = line.width();
        let between = if before == 0 { 0 } else { BETWEEN };
        if before + between + entry.width() > room {
            break;
        }
        line.push_span(Span::raw(" ".repeat(between)));
        line.spans.extend(entry.spans);
    }
    line
}
