//! A chart over the steps of a run: curves as braille, an interval's band, marks, axes and the cursor.
//!
//! Knows series, steps and colours, not what a figure means; the Live screen says what is drawn in which.

pub mod axis;
mod band;
pub mod bar;
mod canvas;
mod curve;
mod edges;
mod grid;
pub mod sparkline;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use self::axis::Axis;
pub use self::band::Between;
use self::canvas::Canvas;
pub use self::curve::{Piece, Stroke, pieces, smoothed, visible};
use self::curve::{Projection, trace};
pub use self::edges::{Edges, Epochs};
use super::theme::{Depth, Paint, Role};
use crate::app::live::Span;

/// A chart while it is drawn.
pub struct Chart<'a> {
    area: Rect,
    span: Span,
    axis: Axis,
    paint: &'a Paint<'a>,
    canvas: Canvas,
    band: Vec<Between>,
    marks: Vec<Mark>,
    fork: Option<u64>,
}

/// A sign at a value.
#[derive(Clone, Copy, Debug)]
struct Mark {
    step: u64,
    value: f64,
    symbol: char,
    style: Style,
}

impl<'a> Chart<'a> {
    /// An empty chart of the steps of `span` in an area.
    #[must_use]
    pub fn new(area: Rect, span: Span, axis: Axis, paint: &'a Paint<'a>) -> Self {
        Self { area, span, axis, paint, canvas: Canvas::new(area), band: Vec::new(), marks: Vec::new(), fork: None }
    }

    /// Draws a curve over those before it.
    pub fn curve(&mut self, pieces: impl Iterator<Item = Piece>, stroke: Stroke, style: Style) {
        let layer = self.canvas.layer(style);
        let projection = Projection::new(self.span, &self.axis, &self.canvas);
        trace(pieces, stroke, layer, &projection, &mut self.canvas);
    }

    /// Draws the band between two curves as background. Where there is none to do it with, the two curves are
    /// dotted, over those before them.
    pub fn band(&mut self, between: Vec<Between>) {
        if matches!(self.paint.depth, Depth::Ansi | Depth::Mono) {
            for edge in [|at: &Between| at.low, |at: &Between| at.high] {
                let pieces = between.iter().map(|at| Piece::point(at.step, edge(at)));
                self.curve(pieces, Stroke::Dotted, self.paint.text(Role::Band));
            }
        } else {
            self.band = between;
        }
    }

    /// Puts a sign at a value, over all curves.
    pub fn mark(&mut self, step: u64, value: f64, symbol: char, style: Style) {
        self.marks.push(Mark { step, value, symbol, style });
    }

    /// Marks the step after which a run has left its parent.
    pub fn fork(&mut self, step: u64) {
        self.fork = Some(step);
    }

    /// Puts everything into the picture, with the cursor at its step.
    pub fn draw(&self, epochs: Option<Epochs>, cursor: Option<u64>, buffer: &mut Buffer) {
        if self.area.is_empty() {
            return;
        }
        let projection = Projection::new(self.span, &self.axis, &self.canvas);
        grid::draw(&projection, epochs, self.area, self.paint, buffer);
        band::draw(&self.band, &projection, &self.canvas, self.paint, buffer);
        self.canvas.draw(buffer);
        if let Some(column) = self.fork.and_then(|step| self.column(step, &projection)) {
            grid::draw_fork(column, &self.canvas, self.paint, buffer);
        }
        if let Some(column) = cursor.and_then(|step| self.column(step, &projection)) {
            grid::draw_cursor(column, &self.canvas, self.paint, buffer);
        }
        for mark in &self.marks {
            let row = u16::try_from(projection.row(mark.value) / 4).unwrap_or(0);
            let Some(column) = self.column(mark.step, &projection) else { continue };
            if let Some(cell) = buffer.cell_mut((self.area.x + column, self.area.y + row)) {
                cell.set_char(mark.symbol).set_style(mark.style);
            }
        }
    }

    /// Draws what stands beside the chart: values on the left, epochs and steps below.
    pub fn draw_edges(&self, edges: &Edges, epochs: Option<Epochs>, cursor: Option<u64>, buffer: &mut Buffer) {
        let projection = Projection::new(self.span, &self.axis, &self.canvas);
        let cursor = cursor.and_then(|step| Some((self.column(step, &projection)?, step)));
        edges.draw_values(&self.axis, &projection, self.paint, buffer);
        edges.draw_epochs(epochs, &projection, self.paint, buffer);
        edges.draw_steps(cursor, &projection, self.paint, buffer);
    }

    /// The cell across in which a step is drawn, if it is shown.
    fn column(&self, step: u64, projection: &Projection) -> Option<u16> {
        self.span.contains(step).then(|| projection.cell(step)).filter(|column| *column < self.area.width)
    }
}

#[cfg(test)]
mod tests {
    use super::axis::Unit;
    use super::*;
    use crate::app::Theme;
    use crate::app::live::Scale;
    use crate::app::series::Series;
    use crate::ui::theme::Themes;

    const RED: Style = Style::new().fg(ratatui::style::Color::Red);

    fn series(values: impl IntoIterator<Item = f64>) -> Series {
        let mut series = Series::default();
        for (step, value) in (1..).zip(values) {
            series.push(step, value);
        }
        series
    }

    /// The dots of a curve over all its steps, row by row from the top.
    fn dots(series: &Series, (low, high): (f64, f64), stroke: Stroke, area: Rect) -> Vec<Vec<bool>> {
        let themes = Themes::built_in();
        let paint = Paint::new(&themes, Theme::Dark, Depth::Mono);
        let last = series.last().map_or(1, |bucket| bucket.last);
        let span = Span { first: 1, last };
        let mut chart = Chart::new(area, span, Axis::new((low, high), Scale::Linear, Unit::Number, 4), &paint);
        chart.curve(pieces(series, span), stroke, RED);
        let mut buffer = Buffer::empty(area);
        chart.canvas.draw(&mut buffer);
        let pattern =
            |x: u16, y: u16| buffer[(x, y)].symbol().chars().next().map_or(0, u32::from).saturating_sub(0x2800);
        let bits = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        let dot = |column: u16, row: u16| {
            let pattern = pattern(column / 2, row / 4);
            (1..256).contains(&pattern) && pattern & bits[usize::from(row % 4)][usize::from(column % 2)] != 0
        };
        (0..area.height * 4).map(|row| (0..area.width * 2).map(|column| dot(column, row)).collect()).collect()
    }

    #[test]
    fn one_step_among_a_hundred_thousand_is_seen_at_any_width() {
        for (spike, step) in [(9.0, 1), (9.0, 61_803), (-7.0, 99_999), (9.0, 100_000)] {
            let series = series((1..=100_000).map(|at| if at == step { spike } else { 1.0 }));
            for width in [1, 7, 100, 190] {
                let area = Rect::new(0, 0, width, 12);
                let dots = dots(&series, (-7.0, 9.0), Stroke::Thin, area);
                let row = if spike > 0.0 { &dots[0] } else { dots.last().unwrap() };
                let columns: Vec<usize> =
                    row.iter().enumerate().filter(|(_, dot)| **dot).map(|(column, _)| column).collect();
                let expected = f64::from(step - 1) / 99_999.0 * f64::from(width * 2 - 1);
                // Its bucket may reach into the column beside it.
                assert!(
                    matches!(columns[..], [column] if (column as f64 - expected).abs() <= 1.0),
                    "{width}: {columns:?}"
                );
                let tall = dots.iter().filter(|row| row[columns[0]]).count();
                assert!(tall > 16, "it is joined with the curve: {tall}");
            }
        }
    }

    #[test]
    fn few_points_are_joined_without_a_gap() {
        for stroke in [Stroke::Thin, Stroke::Bold] {
            let dots = dots(&series([0.0, 10.0, 0.0, 5.0]), (0.0, 10.0), stroke, Rect::new(0, 0, 40, 10));
            let mut before: Option<(usize, usize)> = None;
            for column in 0..80 {
                let rows: Vec<usize> =
                    dots.iter().enumerate().filter(|(_, dots)| dots[column]).map(|(row, _)| row).collect();
                let (top, bottom) = (rows[0], *rows.last().unwrap());
                assert_eq!(rows.len(), bottom - top + 1, "column {column}");
                if let Some((other_top, other_bottom)) = before.replace((top, bottom)) {
                    assert!(top <= other_bottom + 1 && other_top <= bottom + 1, "column {column}");
                }
            }
        }
    }

    #[test]
    fn a_step_without_a_finite_value_leaves_a_gap() {
        let values = [1.0, 1.0, f64::NAN, f64::INFINITY, 1.0, 1.0];
        let dots = dots(&series(values), (0.0, 2.0), Stroke::Thin, Rect::new(0, 0, 11, 3));
        let columns: Vec<usize> = (0..22).filter(|column| (0..12).any(|row| dots[row][*column])).collect();
        assert_eq!(columns, [0, 1, 2, 3, 4, 17, 18, 19, 20, 21]);
    }

    #[test]
    fn a_single_point_is_a_dot_and_no_point_is_nothing() {
        let count = |values: &[f64]| {
            let dots = dots(&series(values.iter().copied()), (0.0, 2.0), Stroke::Thin, Rect::new(0, 0, 20, 5));
            dots.iter().flatten().filter(|dot| **dot).count()
        };
        assert_eq!((count(&[1.0]), count(&[])), (1, 0));
    }

    #[test]
    fn a_bold_line_is_two_dots_thick_down_to_the_lower_edge() {
        for value in [0.0, 1.0, 2.0] {
            let dots = dots(&series([value; 9]), (0.0, 2.0), Stroke::Bold, Rect::new(0, 0, 9, 3));
            assert_eq!(dots.iter().flatten().filter(|dot| **dot).count(), 2 * 18, "{value}");
        }
    }

    #[test]
    fn the_band_covers_its_interval_and_nothing_else() {
        let themes = Themes::built_in();
        let paint = Paint::new(&themes, Theme::Dark, Depth::True);
        let span = Span { first: 0, last: 100 };
        let area = Rect::new(0, 0, 21, 10);
        let mut chart = Chart::new(area, span, Axis::new((0.0, 1.0), Scale::Linear, Unit::Percent, 2), &paint);
        chart.band([(50, 0.2, 0.4), (100, 0.6, 0.8)].map(|(step, low, high)| Between { step, low, high }).to_vec());
        let mut buffer = Buffer::empty(area);
        chart.draw(None, None, &mut buffer);
        let band = paint.fill(Role::Band).bg.unwrap();
        // A cell with a block in the band's colour is covered by its eighths.
        let covered = |x: u16| -> f64 {
            let cells = (0..10).map(|y| {
                let cell = &buffer[(x, y)];
                let block = cell.symbol().chars().next().map_or(0, u32::from).saturating_sub(0x2580);
                let eighths = if (1..=8).contains(&block) { f64::from(block) / 8.0 } else { 0.0 };
                if cell.bg == band {
                    1.0 - eighths
                } else if cell.fg == band {
                    eighths
                } else {
                    0.0
                }
            });
            cells.sum()
        };
        assert_eq!(covered(5), 0.0, "before the first interval");
        for x in 10..=20 {
            assert!((covered(x) - 2.0).abs() < 0.4, "column {x}: a fifth of ten rows, but {}", covered(x));
        }
        assert_eq!((buffer[(10, 7)].bg, buffer[(20, 3)].bg), (band, band));
    }

    #[test]
    fn nothing_is_drawn_outside_of_an_area_without_room() {
        let themes = Themes::built_in();
        let paint = Paint::new(&themes, Theme::Dark, Depth::True);
        let series = series([1.0, 2.0]);
        for (width, height) in [(0, 0), (1, 0), (0, 3), (1, 1), (2, 1)] {
            let area = Rect::new(1, 1, width, height);
            let span = Span { first: 0, last: 1 };
            let mut chart = Chart::new(area, span, Axis::new((1.0, 2.0), Scale::Linear, Unit::Number, 2), &paint);
            chart.curve(pieces(&series, span), Stroke::Bold, RED);
            chart.band(vec![Between { step: 1, low: 1.0, high: 2.0 }]);
            chart.mark(1, 1.0, '●', RED);
            let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 2));
            chart.draw(Some(Epochs { steps_per_epoch: 1 }), Some(1), &mut buffer);
            chart.draw_edges(&Edges::of(area), Some(Epochs { steps_per_epoch: 0 }), Some(1), &mut buffer);
        }
    }
}
