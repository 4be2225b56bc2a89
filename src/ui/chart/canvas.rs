//! A canvas of dots, 2×4 in a cell, as braille has them.
//!
//! Knows dots and layers, not what they stand for. A cell belongs to one layer, the highest that has a dot in
//! it: two curves in one cell would both be misread, one in the other's colour.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The dots of a cell in Unicode's order: by column, then by row.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The braille pattern without a dot.
const BRAILLE: u32 = 0x2800;

/// What is drawn over what: of two layers the one that was made later lies above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer(u8);

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    dots: u8,
    layer: Layer,
}

/// The canvas over an area of the picture.
#[derive(Clone, Debug)]
pub struct Canvas {
    area: Rect,
    cells: Vec<Cell>,
    styles: Vec<Style>,
}

impl Canvas {
    #[must_use]
    pub fn new(area: Rect) -> Self {
        let cells = vec![Cell::default(); usize::from(area.width) * usize::from(area.height)];
        Self { area, cells, styles: Vec::new() }
    }

    #[must_use]
    pub fn area(&self) -> Rect {
        self.area
    }

    /// Dots across.
    #[must_use]
    pub fn columns(&self) -> i64 {
        i64::from(self.area.width) * 2
    }

    /// Dots down.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::from(self.area.height) * 4
    }

    /// A layer above all before it.
    pub fn layer(&mut self, style: Style) -> Layer {
        self.styles.push(style);
        Layer(u8::try_from(self.styles.len()).unwrap_or(u8::MAX))
    }

    /// Sets a dot, counted from the upper left corner; what lies outside is left away.
    pub fn dot(&mut self, column: i64, row: i64, layer: Layer) {
        if !(0..self.columns()).contains(&column) || !(0..self.rows()).contains(&row) {
            return;
        }
        let place = row / 4 * i64::from(self.area.width) + column / 2;
        let bit = usize::from(column % 2 == 1);
        let bit = DOTS.get(bit).and_then(|column| column.get(usize::try_from(row % 4).ok()?));
        let cell = usize::try_from(place).ok().and_then(|place| self.cells.get_mut(place));
        let (Some(bit), Some(cell)) = (bit, cell) else { return };
        if cell.layer == layer {
            cell.dots |= bit;
        } else if cell.layer < layer {
            *cell = Cell { dots: *bit, layer };
        }
    }

    /// Whether a cell has no dot, by its place in the canvas.
    #[must_use]
    pub fn is_free(&self, column: u16, row: u16) -> bool {
        let place = usize::from(row) * usize::from(self.area.width) + usize::from(column);
        column >= self.area.width || self.cells.get(place).is_none_or(|cell| cell.dots == 0)
    }

    /// Puts the dots into the picture; cells without one stay as they are, and the ground of all.
    pub fn draw(&self, buffer: &mut Buffer) {
        let width = usize::from(self.area.width).max(1);
        for (row, y) in self.cells.chunks(width).zip(self.area.y..) {
            for (cell, x) in row.iter().zip(self.area.x..) {
                if cell.dots == 0 {
                    continue;
                }
                let style = usize::from(cell.layer.0).checked_sub(1).and_then(|place| self.styles.get(place));
                let symbol = char::from_u32(BRAILLE + u32::from(cell.dots));
                if let (Some(target), Some(style), Some(symbol)) = (buffer.cell_mut((x, y)), style, symbol) {
                    target.set_char(symbol).set_style(*style);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    fn drawn(canvas: &Canvas) -> Buffer {
        let mut buffer = Buffer::empty(canvas.area());
        canvas.draw(&mut buffer);
        buffer
    }

    #[test]
    fn every_dot_has_its_place_in_the_braille_pattern() {
        for (column, row, symbol) in [(0, 0, "⠁"), (1, 0, "⠈"), (0, 3, "⡀"), (1, 3, "⢀"), (1, 2, "⠠")] {
            let mut canvas = Canvas::new(Rect::new(0, 0, 1, 1));
            let layer = canvas.layer(Style::new());
            canvas.dot(column, row, layer);
            assert_eq!(drawn(&canvas)[(0, 0)].symbol(), symbol);
        }
    }

    #[test]
    fn a_cell_belongs_to_the_highest_layer_whatever_came_first() {
        let mut canvas = Canvas::new(Rect::new(0, 0, 1, 1));
        let low = canvas.layer(Style::new().fg(Color::Blue));
        let high = canvas.layer(Style::new().fg(Color::Red));
        canvas.dot(0, 0, low);
        canvas.dot(1, 3, high);
        canvas.dot(1, 0, low);
        let buffer = drawn(&canvas);
        assert_eq!((buffer[(0, 0)].symbol(), buffer[(0, 0)].fg), ("⢀", Color::Red));
    }

    #[test]
    fn what_lies_outside_is_left_away() {
        let mut canvas = Canvas::new(Rect::new(3, 2, 2, 1));
        let layer = canvas.layer(Style::new());
        for (column, row) in [(-1, 0), (4, 0), (0, -1), (0, 4), (i64::MAX, i64::MIN)] {
            canvas.dot(column, row, layer);
        }
        assert!((0..2).all(|column| canvas.is_free(column, 0)));
        let mut small = Buffer::empty(Rect::new(0, 0, 1, 1));
        canvas.dot(0, 0, layer);
        canvas.draw(&mut small);
    }
}
