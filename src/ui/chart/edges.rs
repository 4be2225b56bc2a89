//! What stands around a chart: values on its left, epochs and steps below it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span as Words};

use super::axis::Axis;
use super::curve::Projection;
use crate::app::live::Span;
use crate::ui::put;
use crate::ui::theme::{Paint, Role};

/// The width of the values on the left: the same for all charts, so that one step stands below the other.
const VALUES: u16 = 7;

/// Heights from which a chart has a row for its steps, and one for its epochs.
const ROWS_FOR_STEPS: u16 = 4;
const ROWS_FOR_EPOCHS: u16 = 11;

/// Columns that a label on the lower edge needs, its distance to the next included.
const LABEL_COLUMNS: u16 = 9;

/// The parts of a chart with axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edges {
    values: Rect,
    pub plot: Rect,
    epochs: Rect,
    steps: Rect,
}

impl Edges {
    /// Where the parts stand in an area. What has no room is empty.
    #[must_use]
    pub fn of(area: Rect) -> Self {
        let left = if area.width > VALUES * 2 { VALUES } else { 0 };
        let steps = u16::from(area.height >= ROWS_FOR_STEPS);
        let epochs = u16::from(area.height >= ROWS_FOR_EPOCHS);
        let (x, width) = (area.x + left, area.width - left);
        let plot = Rect { x, width, height: area.height - steps - epochs, ..area };
        Self {
            values: Rect { x: area.x, width: left, ..plot },
            plot,
            epochs: Rect { y: plot.bottom(), height: epochs, ..plot },
            steps: Rect { y: plot.bottom() + epochs, height: steps, ..plot },
        }
    }

    /// Where a column of the picture lies in the chart's width, from 0 to 1.
    #[must_use]
    pub fn share(&self, x: u16) -> f64 {
        let width = f64::from(self.plot.width.saturating_sub(1).max(1));
        (f64::from(x.saturating_sub(self.plot.x)) / width).clamp(0.0, 1.0)
    }

    pub(super) fn draw_values(&self, axis: &Axis, projection: &Projection, paint: &Paint, buffer: &mut Buffer) {
        if self.values.is_empty() {
            return;
        }
        let (muted, faint) = (paint.text(Role::Muted), paint.text(Role::Faint));
        let line = self.values.right() - 1;
        for y in self.values.y..self.values.bottom() {
            put_char(line, y, '│', faint, buffer);
        }
        let mut free_below = self.values.bottom();
        for tick in &axis.ticks {
            let y = self.values.y + u16::try_from(projection.row(tick.value) / 4).unwrap_or(0);
            // From below; a label that would touch the one before gives way.
            if y >= free_below {
                continue;
            }
            free_below = y.saturating_sub(1);
            let width = u16::try_from(tick.label.chars().count()).unwrap_or(0).min(VALUES - 1);
            let place = Rect { x: line.saturating_sub(width + u16::from(width < VALUES - 1)), y, width, height: 1 };
            put(Words::styled(tick.label.as_str(), muted), place, buffer);
            put_char(line, y, '┤', faint, buffer);
        }
    }

    pub(super) fn draw_epochs(
        &self,
        epochs: Option<Epochs>,
        projection: &Projection,
        paint: &Paint,
        buffer: &mut Buffer,
    ) {
        if self.epochs.is_empty() {
            return;
        }
        let (muted, faint) = (paint.text(Role::Muted), paint.text(Role::Faint));
        put_char(self.epochs.x.saturating_sub(1), self.epochs.y, '└', faint, buffer);
        for x in self.epochs.x..self.epochs.right() {
            put_char(x, self.epochs.y, '─', faint, buffer);
        }
        self.name("epoch", self.epochs, paint, buffer);
        let Some(epochs) = epochs else { return };
        let mut free = self.epochs.x;
        for (step, epoch) in epochs.marks(projection.span(), self.epochs.width) {
            let text = format!(" {epoch} ");
            let place = label(&text, self.epochs, projection.cell(step));
            if place.x >= free {
                free = place.right();
                put(Words::styled(text, muted), place, buffer);
            }
        }
    }

    pub(super) fn draw_steps(
        &self,
        cursor: Option<(u16, u64)>,
        projection: &Projection,
        paint: &Paint,
        buffer: &mut Buffer,
    ) {
        if self.steps.is_empty() {
            return;
        }
        self.name("step", self.steps, paint, buffer);
        let cursor = cursor.map(|(column, step)| {
            let text = format!(" {step} ");
            (label(&text, self.steps, column), text)
        });
        let (every, unit) = step_marks(projection.span(), self.steps.width);
        let Span { first, last } = projection.span();
        let mut free = 0;
        let mut step = first.div_ceil(every) * every;
        while step <= last {
            let text = step_label(step, unit);
            let place = label(&text, self.steps, projection.cell(step));
            let covered = cursor.as_ref().is_some_and(|(cursor, _)| cursor.intersects(place));
            if place.x >= free && !covered {
                put(Words::styled(text, paint.text(Role::Muted)), place, buffer);
                free = place.right() + 1;
            }
            step += every;
        }
        if let Some((place, text)) = cursor {
            put(
                Words::styled(text, paint.text(Role::Accent).add_modifier(Modifier::BOLD | Modifier::REVERSED)),
                place,
                buffer,
            );
        }
    }

    /// Writes what a row counts, below the values.
    fn name(&self, name: &'static str, row: Rect, paint: &Paint, buffer: &mut Buffer) {
        if !self.values.is_empty() {
            let place = Rect { x: self.values.x, width: VALUES - 2, ..row };
            put(Line::styled(name, paint.text(Role::Faint)).right_aligned(), place, buffer);
        }
    }
}

/// Where a label around a column of the chart stands.
fn label(text: &str, row: Rect, column: u16) -> Rect {
    let width = u16::try_from(text.chars().count()).unwrap_or(u16::MAX).min(row.width);
    let x = (row.x + column).saturating_sub(width / 2).clamp(row.x, row.right() - width);
    Rect { x, width, ..row }
}

fn put_char(x: u16, y: u16, char: char, style: Style, buffer: &mut Buffer) {
    if let Some(cell) = buffer.cell_mut((x, y)) {
        cell.set_char(char).set_style(style);
    }
}

/// Where the epochs of a run end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epochs {
    pub steps_per_epoch: u64,
}

impl Epochs {
    /// The last steps of epochs, and the epochs: as many as a chart of that width has room for.
    pub(super) fn marks(self, span: Span, width: u16) -> impl Iterator<Item = (u64, u64)> {
        let length = self.steps_per_epoch.max(1);
        let every = round_count(span.steps().div_ceil(length), width);
        let first = (span.first / (length * every) + 1) * every;
        (0..)
            .map(move |place| first + place * every)
            .map(move |epoch| (epoch * length, epoch))
            .take_while(move |(step, _)| *step <= span.last)
    }
}

/// 1, 2 or 5 times a power of ten: the least distance at which so many things have room for their labels.
fn round_count(things: u64, width: u16) -> u64 {
    let room = u64::from(width / LABEL_COLUMNS).max(1);
    let least = things.div_ceil(room).max(1);
    let power = 10_u64.saturating_pow(least.ilog10());
    [1, 2, 5, 10].into_iter().map(|digit| power.saturating_mul(digit)).find(|round| *round >= least).unwrap_or(least)
}

/// The distance of the steps that are written, and the unit: 1, thousands or millions.
fn step_marks(span: Span, width: u16) -> (u64, u64) {
    let every = round_count(span.steps(), width);
    let unit = [1_000_000, 1000].into_iter().find(|unit| every.is_multiple_of(*unit)).unwrap_or(1);
    (every, unit)
}

fn step_label(step: u64, unit: u64) -> String {
    match (step, unit) {
        (0, _) | (_, 1) => step.to_string(),
        (_, 1000) => format!("{}k", step / unit),
        _ => format!("{}M", step / unit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_written_at_round_numbers_that_have_room() {
        for (last, width, expected) in [
            (248, 100, (50, 1)),
            (248, 30, (100, 1)),
            (10, 100, (1, 1)),
            (100_000, 100, (10_000, 1000)),
            (5_000_000, 60, (1_000_000, 1_000_000)),
        ] {
            assert_eq!(step_marks(Span { first: 0, last }, width), expected, "{last} in {width}");
        }
    }

    #[test]
    fn epochs_are_marked_at_their_last_steps_within_what_is_shown() {
        let epochs = Epochs { steps_per_epoch: 31 };
        let marks: Vec<_> = epochs.marks(Span { first: 31, last: 124 }, 100).collect();
        assert_eq!(marks, [(62, 2), (93, 3), (124, 4)]);
        let long: Vec<_> = epochs.marks(Span { first: 0, last: 31 * 60 }, 100).map(|(_, epoch)| epoch).collect();
        assert_eq!(long, [10, 20, 30, 40, 50, 60]);
    }

    #[test]
    fn the_mouse_reads_the_step_that_is_drawn_below_it() {
        let edges = Edges::of(Rect::new(2, 0, 60, 12));
        let span = Span { first: 0, last: 10_000 };
        let axis = Axis::new((0.0, 1.0), crate::app::live::Scale::Linear, super::super::axis::Unit::Number, 3);
        let canvas = super::super::canvas::Canvas::new(edges.plot);
        let projection = Projection::new(span, &axis, &canvas);
        for x in edges.plot.x..edges.plot.right() {
            assert_eq!(edges.plot.x + projection.cell(span.step(edges.share(x))), x);
        }
        assert_eq!((edges.share(0), edges.share(u16::MAX)), (0.0, 1.0));
    }

    #[test]
    fn an_area_without_room_has_parts_without_room() {
        for (width, height) in [(0, 0), (1, 1), (5, 3), (14, 4), (15, 11)] {
            let area = Rect::new(0, 0, width, height);
            let edges = Edges::of(area);
            for part in [edges.values, edges.plot, edges.epochs, edges.steps] {
                assert!(part.is_empty() || area.union(part) == area, "{edges:?}");
            }
        }
    }
}
