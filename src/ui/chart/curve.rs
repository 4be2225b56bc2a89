//! A curve as dots: what lies in one column of dots is joined from its minimum to its maximum, so that no
//! spike is lost, however many steps share the column.

use std::ops::Range;

use super::axis::{Axis, Tick};
use super::canvas::{Canvas, Layer};
use crate::app::live::{Ema, Span};
use crate::app::series::{Bucket, Series};

/// From steps and values to the dots of a canvas.
pub struct Projection<'a> {
    span: Span,
    axis: &'a Axis,
    /// Columns of dots for each step.
    columns_a_step: f64,
    /// The last row of dots.
    lowest: f64,
}

impl<'a> Projection<'a> {
    #[expect(clippy::cast_precision_loss, reason = "steps and dots are few")]
    pub fn new(span: Span, axis: &'a Axis, canvas: &Canvas) -> Self {
        let columns_a_step = (canvas.columns() - 1).max(0) as f64 / span.steps().max(1) as f64;
        Self { span, axis, columns_a_step, lowest: (canvas.rows() - 1).max(0) as f64 }
    }

    pub fn span(&self) -> Span {
        self.span
    }

    pub fn ticks(&self) -> &[Tick] {
        &self.axis.ticks
    }

    /// The column of dots of a step; before 0 or behind the last for a step that is not shown.
    #[expect(clippy::cast_precision_loss, reason = "steps are few")]
    fn column(&self, step: f64) -> i64 {
        nearest((step - self.span.first as f64) * self.columns_a_step)
    }

    /// The column of cells of a step that is shown.
    #[expect(clippy::cast_precision_loss, reason = "steps are few")]
    pub fn cell(&self, step: u64) -> u16 {
        u16::try_from(self.column(step as f64) / 2).unwrap_or(u16::MAX)
    }

    /// How far down a value lies, in dots.
    pub fn depth(&self, value: f64) -> f64 {
        (1.0 - self.axis.share(value)) * self.lowest
    }

    /// The row of dots of a value.
    pub fn row(&self, value: f64) -> i64 {
        nearest(self.depth(value))
    }
}

/// Rounds, halves upwards. It is done for every bucket of every curve, and `f64::round` is a call where the
/// processor is not known to have an instruction for it.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a number of dots")]
fn nearest(dots: f64) -> i64 {
    let above = dots + 0.5;
    let whole = above as i64;
    whole - i64::from(whole as f64 > above)
}

/// A part of a curve: what it says at a step, and how far around that it reaches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    step: f64,
    value: f64,
    low: f64,
    high: f64,
    /// Whether it goes on from the piece before it, or begins after a gap.
    follows: bool,
}

impl Piece {
    /// A single value, joined with the one before.
    #[expect(clippy::cast_precision_loss, reason = "steps are few")]
    pub fn point(step: u64, value: f64) -> Self {
        Self { step: step as f64, value, low: value, high: value, follows: true }
    }

    /// What the curve is at its step.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// A bucket, at its middle.
    #[expect(clippy::cast_precision_loss, reason = "steps are few")]
    fn of(bucket: &Bucket, follows: bool) -> Self {
        let step = f64::midpoint(bucket.first as f64, bucket.last as f64);
        Self { step, value: bucket.mean(), low: bucket.min, high: bucket.max, follows }
    }
}

/// The places of the buckets that are shown, and of one on either side: curves go on behind the edges.
fn reach(series: &Series, span: Span) -> Range<usize> {
    let buckets = series.buckets();
    let from = buckets.partition_point(|bucket| bucket.last < span.first).saturating_sub(1);
    let to = buckets.partition_point(|bucket| bucket.first <= span.last) + 1;
    from..to.min(buckets.len())
}

/// The buckets that are shown of a series, and one on either side.
#[must_use]
pub fn visible(series: &Series, span: Span) -> &[Bucket] {
    series.buckets().get(reach(series, span)).unwrap_or_default()
}

/// The pieces of a series as it is.
pub fn pieces(series: &Series, span: Span) -> impl Iterator<Item = Piece> {
    let mut before = None;
    visible(series, span).iter().map(move |bucket| {
        let follows = before == bucket.first.checked_sub(1);
        before = Some(bucket.last);
        Piece::of(bucket, follows)
    })
}

/// The pieces of a series that is smoothed, from its first step on.
pub fn smoothed(series: &Series, span: Span, decay: f64) -> impl Iterator<Item = Piece> {
    let (reach, mut ema) = (reach(series, span), Ema::new(decay));
    let averages = series.buckets().iter().take(reach.end).map(move |bucket| (bucket, ema.take_in(bucket)));
    averages.enumerate().filter(move |(place, _)| reach.contains(place)).map(|(_, (bucket, average))| Piece {
        value: average,
        low: average,
        high: average,
        ..Piece::of(bucket, true)
    })
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    Thin,
    Bold,
    Dashed,
    Dotted,
    /// Every other dot, as newspapers print grey: for what lies behind where there is no darker colour.
    Halftone,
}

impl Stroke {
    /// Whether a dot of the curve is drawn.
    fn inks(self, column: i64, row: i64) -> bool {
        match self {
            Self::Thin | Self::Bold => true,
            Self::Dashed => column.rem_euclid(6) < 4,
            Self::Dotted => column.rem_euclid(2) == 0,
            Self::Halftone => (column + row).rem_euclid(2) == 0,
        }
    }
}

/// All pieces of one column of dots.
#[derive(Clone, Copy)]
struct Merged {
    column: i64,
    first: f64,
    last: f64,
    low: f64,
    high: f64,
    follows: bool,
}

/// Draws a curve from its pieces, which stand in the order of their steps.
pub fn trace(
    pieces: impl Iterator<Item = Piece>,
    stroke: Stroke,
    layer: Layer,
    projection: &Projection,
    canvas: &mut Canvas,
) {
    let mut pen = Pen { stroke, layer, projection, canvas, before: None };
    let mut open: Option<Merged> = None;
    for piece in pieces {
        let column = projection.column(piece.step);
        match &mut open {
            Some(same) if same.column == column => {
                same.last = piece.value;
                same.low = same.low.min(piece.low);
                same.high = same.high.max(piece.high);
            }
            _ => {
                let Piece { value, low, high, follows, .. } = piece;
                let next = Merged { column, first: value, last: value, low, high, follows };
                if let Some(done) = open.replace(next) {
                    pen.draw(&done);
                }
            }
        }
    }
    if let Some(done) = open {
        pen.draw(&done);
    }
}

/// What a curve is drawn with, and where it was put down last.
struct Pen<'a> {
    stroke: Stroke,
    layer: Layer,
    projection: &'a Projection<'a>,
    canvas: &'a mut Canvas,
    before: Option<Inked>,
}

/// A column of dots that was drawn: its rows, and the depth at which the curve leaves it.
#[derive(Clone, Copy)]
struct Inked {
    column: i64,
    top: i64,
    bottom: i64,
    leaves: f64,
}

impl Pen<'_> {
    fn draw(&mut self, next: &Merged) {
        let enters = self.projection.depth(next.first);
        match self.before {
            Some(before) if next.follows => self.cross(&before, next.column, enters),
            _ => self.before = None,
        }
        let (top, bottom) = (self.projection.row(next.high), self.projection.row(next.low));
        self.ink(next.column, top, bottom, self.projection.depth(next.last));
    }

    /// Draws the straight line over the columns in between, as far as they are shown.
    #[expect(clippy::cast_precision_loss, reason = "dots are few")]
    fn cross(&mut self, before: &Inked, column: i64, enters: f64) {
        let slope = (enters - before.leaves) / (column - before.column).max(1) as f64;
        for between in (before.column + 1).max(-1)..column.min(self.canvas.columns() + 1) {
            let depth = before.leaves + slope * (between - before.column) as f64;
            let row = nearest(depth);
            self.ink(between, row, row, depth);
        }
    }

    /// Draws the rows of a column, and what lies between them and those of the column before.
    fn ink(&mut self, column: i64, top: i64, bottom: i64, leaves: f64) {
        if let Some(before) = self.before {
            // Half of the gap belongs to either column: then both ends look alike.
            if before.bottom + 1 < top {
                let middle = i64::midpoint(before.bottom, top);
                self.rows(column - 1, before.bottom + 1, middle);
                self.rows(column, middle + 1, top - 1);
            } else if bottom + 1 < before.top {
                let middle = i64::midpoint(bottom, before.top);
                self.rows(column - 1, middle + 1, before.top - 1);
                self.rows(column, bottom + 1, middle);
            }
        }
        self.rows(column, top, bottom);
        self.before = Some(Inked { column, top, bottom, leaves });
    }

    fn rows(&mut self, column: i64, top: i64, bottom: i64) {
        for row in (top..=bottom).filter(|row| self.stroke.inks(column, *row)) {
            self.canvas.dot(column, row, self.layer);
        }
        if self.stroke == Stroke::Bold {
            // One dot more, and never only half of it at the lower edge.
            let below = if bottom + 1 < self.canvas.rows() { bottom + 1 } else { top - 1 };
            self.canvas.dot(column, below, self.layer);
        }
    }
}
