//! The charts of the Live screen: a figure's curve over the steps, its validations, and the runs that lie over it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Margin, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span as Words};

use super::Scene;
use super::legend::Legend;
use super::metric::Metric;
use crate::app::live::{Scale, Span, end};
use crate::app::{App, Run, Shown, ValidationPoint, runs, scrub};
use crate::ui::chart::axis::Axis;
use crate::ui::chart::{Between, Chart, Edges, Epochs, Piece, Stroke, pieces, smoothed, visible};
use crate::ui::panel::panel;
use crate::ui::put;
use crate::ui::theme::{Depth, Paint, Role};

/// The signs of the runs that lie over the shown one.
const OVERLAY_SIGNS: [char; 6] = ['◆', '▲', '■', '▼', '◇', '△'];
const VALIDATION_SIGN: char = '●';
const BEST_SIGN: char = '★';
/// The sign of the run that the shown one has branched from.
pub const PARENT_SIGN: char = '○';
const MARKED_SIGN: char = '◈';

/// Columns between two signs of a curve at least.
const SIGN_COLUMNS: u64 = 4;

/// How much of a curve's colour is left where it lies behind what matters more.
const DIMMED: f64 = 0.45;

/// Where the parts of a chart's pane stand.
pub struct Parts {
    legend: Rect,
    pub edges: Edges,
}

impl Parts {
    /// The parts of a pane that is drawn with a frame around it.
    pub fn of(area: Rect, overlays: usize) -> Self {
        let inner = area.inner(Margin::new(1, 1));
        let lines = match inner.height {
            0..=3 => 0,
            4..=7 => 1,
            _ => 1 + u16::from(overlays > 0),
        };
        let legend = Rect { height: lines, ..inner };
        Self { legend, edges: Edges::of(Rect { y: legend.bottom(), height: inner.height - lines, ..inner }) }
    }
}

/// A figure and what it is drawn from.
#[derive(Clone, Copy)]
pub struct Figure<'a> {
    pub metric: Metric,
    pub scene: Scene<'a>,
}

impl<'a> Figure<'a> {
    pub fn run(&self) -> &'a Run {
        &self.scene.shown.run
    }

    pub fn span(&self) -> Span {
        self.scene.app.live.span(end(self.scene.app))
    }

    /// All whose curves are drawn: the run's, those that lie over it, its parent's.
    fn drawn(&self) -> impl Iterator<Item = &'a Shown> {
        let under = runs::under(self.scene.app).map(|under| under.parent);
        self.scene.app.runs.overlays.iter().chain([self.scene.shown]).chain(under)
    }

    fn epochs(&self) -> Option<Epochs> {
        self.run().started.as_ref().map(|started| Epochs { steps_per_epoch: started.steps_per_epoch })
    }

    /// Draws the pane of a chart.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let paint = self.scene.paint;
        let parts = Parts::of(area, others(self.scene.app));
        let axis = self.axis(parts.edges.plot.height);
        let title = self.title(&axis);
        let room = usize::from(area.width.saturating_sub(6)).saturating_sub(title.width() + 2);
        panel(title, self.scene.remark(&self.place(), room), paint, area, buffer);
        Legend { figure: self }.draw(parts.legend, buffer);
        if self.is_empty() {
            let plot = parts.edges.plot;
            let middle = Rect { y: plot.y + plot.height / 2, height: plot.height.min(1), ..plot };
            let words = if self.metric == Metric::Auc { "after the first epoch" } else { "no step yet" };
            put(Line::styled(words, paint.text(Role::Muted)).centered(), middle, buffer);
            return;
        }
        let mut chart = Chart::new(parts.edges.plot, self.span(), axis, paint);
        self.draw_curves(&mut chart, parts.edges.plot.width);
        chart.draw(self.epochs(), self.scene.app.live.cursor, buffer);
        chart.draw_edges(&parts.edges, self.epochs(), self.scene.app.live.cursor, buffer);
    }

    /// Whether there is nothing to draw.
    fn is_empty(&self) -> bool {
        self.drawn().all(|shown| {
            let curves = &shown.run.curves;
            self.metric.series(curves).is_empty()
                && (curves.validation.is_empty() || !self.metric.validation_is_drawn())
        })
    }

    /// Draws the curve alone, without axes: a glance in a few lines.
    pub fn draw_small(&self, area: Rect, buffer: &mut Buffer) {
        let paint = self.scene.paint;
        let mut axis = self.axis(area.height);
        axis.ticks.clear();
        let mut chart = Chart::new(area, self.span(), axis, paint);
        self.draw_curves(&mut chart, area.width);
        chart.draw(None, self.scene.app.live.cursor, buffer);
    }

    fn title(&self, axis: &Axis) -> Line<'static> {
        let mut line = Line::from(Words::styled(self.metric.title(), Style::new().add_modifier(Modifier::BOLD)));
        let muted = self.scene.paint.text(Role::Muted);
        if axis.scale() == Scale::Log {
            line.push_span(Words::styled(" · log", muted));
        }
        if let Some(word) = self.metric.smoothing(self.scene.app).word() {
            line.push_span(Words::styled(format!(" · {word}"), muted));
        }
        line
    }

    /// Where the cursor stands, in many words and in few: its step is written below the chart too.
    fn place(&self) -> Vec<String> {
        let Some(step) = self.scene.app.live.cursor else { return Vec::new() };
        let Some(started) = &self.run().started else { return vec![format!("step {step}")] };
        let epoch = step.saturating_sub(1) / started.steps_per_epoch.max(1) + 1;
        vec![format!("step {step} · epoch {epoch}"), format!("epoch {epoch}")]
    }

    /// An axis with room for all that is shown.
    fn axis(&self, rows: u16) -> Axis {
        let (metric, span) = (self.metric, self.span());
        let mut range = Range::new(metric.scale(self.scene.app));
        for shown in self.drawn() {
            let series = metric.series(&shown.run.curves);
            let buckets = visible(series, span);
            for bucket in buckets {
                range.include(bucket.min);
                range.include(bucket.max);
            }
            // An average never leaves what it is taken of: only one that began before the window can lie outside.
            let began_before = buckets.len() < series.buckets().len();
            if let Some(decay) = metric.smoothing(self.scene.app).decay().filter(|_| began_before) {
                smoothed(series, span, decay).for_each(|piece| range.include(piece.value()));
            }
            for point in validations(&shown.run, span) {
                metric.validation(point).into_iter().for_each(|value| range.include(value));
            }
        }
        for (low, high) in validations(self.run(), span).iter().filter_map(|point| metric.interval(point)) {
            range.include(low);
            range.include(high);
        }
        Axis::new(range.ends(), range.scale, metric.unit(), usize::from(rows / 4).clamp(3, 6))
    }

    /// Draws everything from what matters least to what matters most.
    fn draw_curves(&self, chart: &mut Chart, width: u16) {
        let paint = self.scene.paint;
        let (metric, span) = (self.metric, self.span());
        let decay = metric.smoothing(self.scene.app).decay();
        if let Some(under) = runs::under(self.scene.app) {
            self.draw_parent(under.parent, chart, width);
            chart.fork(under.fork);
        }
        for (number, overlay) in self.scene.app.runs.overlays.iter().enumerate() {
            let series = metric.series(&overlay.run.curves);
            // A figure without validations has no better curve to show.
            let (stroke, style) = if metric.validation_is_drawn() {
                (behind(paint), dimmed(paint, Role::Overlay(number)))
            } else {
                (Stroke::Thin, paint.text(Role::Overlay(number)))
            };
            match decay {
                Some(decay) => chart.curve(smoothed(series, span, decay), stroke, style),
                None => chart.curve(pieces(series, span), stroke, style),
            }
        }
        let series = metric.series(&self.run().curves);
        if let Some(decay) = decay {
            chart.curve(pieces(series, span), behind(paint), dimmed(paint, Role::Train));
            chart.band(self.band(span));
            chart.curve(smoothed(series, span, decay), Stroke::Thin, paint.text(Role::Train));
        } else {
            chart.curve(pieces(series, span), Stroke::Thin, paint.text(Role::Train));
            chart.band(self.band(span));
        }
        for (number, overlay) in self.scene.app.runs.overlays.iter().enumerate() {
            let style = paint.text(Role::Overlay(number));
            let points = validations(&overlay.run, span);
            chart.curve(self.joined(points), Stroke::Dashed, style);
            self.signs(points, width, |point, value| chart.mark(point.step, value, overlay_sign(number), style));
        }
        let points = validations(self.run(), span);
        let style = paint.text(Role::Validation);
        chart.curve(self.joined(points), Stroke::Bold, style);
        let bold = style.add_modifier(Modifier::BOLD);
        self.signs(points, width, |point, value| chart.mark(point.step, value, VALIDATION_SIGN, bold));
        if let Some((best, value)) = self.best() {
            chart.mark(best.step, value, BEST_SIGN, best_style(paint));
        }
        if let Some((marked, value)) = self.marked() {
            chart.mark(marked.step, value, MARKED_SIGN, paint.text(Role::Text).add_modifier(Modifier::BOLD));
        }
    }

    /// Draws the curves of the run that this one has branched from, in the colour of what matters least.
    fn draw_parent(&self, parent: &'a Shown, chart: &mut Chart, width: u16) {
        let (paint, metric, span) = (self.scene.paint, self.metric, self.span());
        let series = metric.series(&parent.run.curves);
        match metric.smoothing(self.scene.app).decay() {
            Some(decay) => chart.curve(smoothed(series, span, decay), behind(paint), paint.text(Role::Faint)),
            None => chart.curve(pieces(series, span), behind(paint), paint.text(Role::Faint)),
        }
        let style = paint.text(Role::Muted);
        let points = validations(&parent.run, span);
        chart.curve(self.joined(points), Stroke::Dashed, style);
        self.signs(points, width, |point, value| chart.mark(point.step, value, PARENT_SIGN, style));
    }

    /// The best validation and its figure.
    pub fn best(&self) -> Option<(&'a ValidationPoint, f64)> {
        let best = self.run().curves.best()?;
        Some((best, self.metric.validation(best)?))
    }

    /// The marked epoch and its figure.
    fn marked(&self) -> Option<(&'a ValidationPoint, f64)> {
        let row = scrub::marked(self.scene.app)?;
        let point = self.run().curves.validation_at(row.step).filter(|point| point.step == row.step)?;
        Some((point, self.metric.validation(point)?))
    }

    fn band(&self, span: Span) -> Vec<Between> {
        let between = |point: &ValidationPoint| {
            self.metric.interval(point).map(|(low, high)| Between { step: point.step, low, high })
        };
        validations(self.run(), span).iter().filter_map(between).collect()
    }

    fn joined(&self, points: &'a [ValidationPoint]) -> impl Iterator<Item = Piece> {
        let metric = self.metric;
        points.iter().filter_map(move |point| Some(Piece::point(point.step, metric.validation(point)?)))
    }

    /// Calls for every validation that has room for a sign: the newest first, so that it always has one.
    fn signs(&self, points: &[ValidationPoint], width: u16, mut put: impl FnMut(&ValidationPoint, f64)) {
        let distance = self.span().steps() * SIGN_COLUMNS / u64::from(width.max(1));
        let mut free = u64::MAX;
        for point in points.iter().rev() {
            if let Some(value) = self.metric.validation(point).filter(|_| point.step <= free) {
                put(point, value);
                free = point.step.saturating_sub(distance);
            }
        }
    }
}

/// How many runs are drawn beside the one that is shown.
pub fn others(app: &App) -> usize {
    app.runs.overlays.len() + usize::from(runs::under(app).is_some())
}

/// The smallest and the largest value that an axis must have room for.
struct Range {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Range {
    fn new(scale: Scale) -> Self {
        Self { scale, low: f64::INFINITY, high: f64::NEG_INFINITY }
    }

    /// On a logarithmic axis 0 and less lie at the bottom, wherever that is; what is no number lies nowhere.
    fn include(&mut self, value: f64) {
        if self.scale == Scale::Log && value <= 0.0 {
            return;
        }
        if value < self.low {
            self.low = value;
        }
        if value > self.high {
            self.high = value;
        }
    }

    fn ends(&self) -> (f64, f64) {
        if self.low <= self.high { (self.low, self.high) } else { (0.0, 1.0) }
    }
}

impl Metric {
    fn validation_is_drawn(self) -> bool {
        matches!(self, Self::Loss | Self::Accuracy | Self::Auc)
    }
}

/// The validations that are shown, and one on either side.
fn validations(run: &Run, span: Span) -> &[ValidationPoint] {
    let points = &run.curves.validation;
    let from = points.partition_point(|point| point.step < span.first).saturating_sub(1);
    let to = (points.partition_point(|point| point.step <= span.last) + 1).min(points.len());
    points.get(from..to).unwrap_or_default()
}

/// How a curve that lies behind another is drawn: in a darker colour, or with fewer dots.
fn behind(paint: &Paint) -> Stroke {
    if matches!(paint.depth, Depth::Ansi | Depth::Mono) { Stroke::Halftone } else { Stroke::Thin }
}

/// The colour of a curve that lies behind another.
pub fn dimmed(paint: &Paint, role: Role) -> Style {
    if matches!(paint.depth, Depth::Ansi | Depth::Mono) {
        return paint.text(Role::Faint);
    }
    let (curve, ground) = (paint.rgb(role), paint.rgb(Role::Background));
    let mut mixed = curve;
    for ((mixed, curve), ground) in mixed.iter_mut().zip(curve).zip(ground) {
        *mixed = mix(curve, ground);
    }
    Style::new().fg(paint.colour(mixed))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
fn mix(curve: u8, ground: u8) -> u8 {
    (f64::from(curve) * DIMMED + f64::from(ground) * (1.0 - DIMMED)).round() as u8
}

pub fn best_style(paint: &Paint) -> Style {
    paint.text(Role::Best).add_modifier(Modifier::BOLD)
}

/// The sign of the run that lies over the shown one as so many'th.
pub fn overlay_sign(number: usize) -> char {
    OVERLAY_SIGNS.get(number % OVERLAY_SIGNS.len()).copied().unwrap_or('◆')
}
