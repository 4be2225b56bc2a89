//! How much of a slice is seen, how large, and where: the one piece of arithmetic that both the picture and the
//! mouse go by. Knows sizes and nothing of colours.

use ratatui::layout::{Position, Rect};

/// How large voxels are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scale {
    /// A voxel is so many dots wide and high.
    Up(usize),
    /// So many voxels in each direction are one dot, of their mean.
    Down(usize),
}

/// Larger pictures would take long to send, and show no more.
const MOST_DOTS: usize = 1280;

/// The dots of a piece of the screen, in rows and columns, when a cell has so many in width and height.
pub fn dots(room: Rect, [width, height]: [u16; 2]) -> [usize; 2] {
    let dots = |cells: u16, each: u16| (usize::from(cells) * usize::from(each)).min(MOST_DOTS);
    [dots(room.height, height), dots(room.width, width)]
}

impl Scale {
    /// The largest scale at which `[rows, columns]` of voxels fit into `[rows, columns]` of dots.
    pub fn fitting(voxels: [usize; 2], dots: [usize; 2]) -> Self {
        let [rows, columns] = voxels.map(|length| length.max(1));
        let [high, wide] = dots.map(|length| length.max(1));
        match (high / rows).min(wide / columns) {
            0 => Self::Down(rows.div_ceil(high).max(columns.div_ceil(wide))),
            times => Self::Up(times),
        }
    }

    /// The smaller of two.
    pub fn min(self, other: Self) -> Self {
        match (self, other) {
            (Self::Up(a), Self::Up(b)) => Self::Up(a.min(b)),
            (Self::Down(a), Self::Down(b)) => Self::Down(a.max(b)),
            (Self::Down(k), _) | (_, Self::Down(k)) => Self::Down(k),
        }
    }

    /// So many steps larger: of several voxels a dot one less, then twice, three times what fits.
    pub fn zoomed(self, steps: usize) -> Self {
        match self {
            Self::Up(times) => Self::Up(times * (steps + 1)),
            Self::Down(voxels) if steps < voxels - 1 => Self::Down(voxels - steps),
            Self::Down(voxels) => Self::Up(steps + 2 - voxels),
        }
    }

    /// Dots of a voxel's side; where several voxels share a dot, one.
    pub fn side(self) -> usize {
        match self {
            Self::Up(times) => times,
            Self::Down(_) => 1,
        }
    }

    /// Voxels of a dot's side; where a voxel has several dots, one.
    pub fn voxels(self) -> usize {
        match self {
            Self::Up(_) => 1,
            Self::Down(voxels) => voxels,
        }
    }
}

/// The part of a slice that is drawn, and where. Pairs are rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub scale: Scale,
    /// The first voxel.
    pub first: [usize; 2],
    /// How many squares are drawn: voxels, or means of several.
    pub squares: [usize; 2],
    /// How many dots they take; the last square may be cut.
    pub dots: [usize; 2],
    /// The cells they take.
    pub place: Rect,
    cell: [u16; 2],
}

impl Extent {
    /// The part of `voxels` that `room` has room for at a scale, around the voxel `at`, in the room's middle.
    pub fn new(voxels: [usize; 2], at: [usize; 2], scale: Scale, room: Rect, cell: [u16; 2]) -> Self {
        let space = dots(room, cell);
        let (side, each) = (scale.side(), scale.voxels());
        let axis = |voxels: usize, at: usize, space: usize| {
            let total = voxels.div_ceil(each);
            let squares = (space / side).max(usize::from(space > 0)).min(total);
            let first = (at / each).saturating_sub(squares / 2).min(total - squares);
            (first * each, squares, (squares * side).min(space))
        };
        let [rows, columns] = [0, 1].map(|i: usize| {
            let of = |pair: [usize; 2]| pair.get(i).copied().unwrap_or(0);
            axis(of(voxels), of(at), of(space))
        });
        let cells = |dots: usize, each: u16| u16::try_from(dots.div_ceil(usize::from(each.max(1)))).unwrap_or(u16::MAX);
        let [cell_width, cell_height] = cell;
        let width = cells(columns.2, cell_width).min(room.width);
        let height = cells(rows.2, cell_height).min(room.height);
        let place =
            Rect { x: room.x + (room.width - width) / 2, y: room.y + (room.height - height) / 2, width, height };
        let pair = |of: fn(&(usize, usize, usize)) -> usize| [of(&rows), of(&columns)];
        Self { scale, first: pair(|axis| axis.0), squares: pair(|axis| axis.1), dots: pair(|axis| axis.2), place, cell }
    }

    /// Dots between the corner of the cells and the first dot: the picture stands in the middle of its cells.
    pub fn margin(&self) -> [usize; 2] {
        let [width, height] = self.cell;
        let [rows, columns] = self.dots;
        let left =
            |cells: u16, each: u16, dots: usize| (usize::from(cells) * usize::from(each)).saturating_sub(dots) / 2;
        [left(self.place.height, height, rows), left(self.place.width, width, columns)]
    }

    /// The row and column of the voxel under a cell, if there is one.
    pub fn voxel_at(&self, position: Position) -> Option<[usize; 2]> {
        if !self.place.contains(position) {
            return None;
        }
        let [width, height] = self.cell.map(usize::from);
        let [top, left] = self.margin();
        let middle = |cells: u16, each: usize, margin: usize| {
            (usize::from(cells) * each + (each - 1) / 2).saturating_sub(margin)
        };
        let dots = [middle(position.y - self.place.y, height, top), middle(position.x - self.place.x, width, left)];
        let (side, each) = (self.scale.side(), self.scale.voxels());
        let along =
            |dot: usize, first: usize, squares: usize| first + (dot / side).min(squares.saturating_sub(1)) * each;
        let ([y, x], [row, column], [rows, columns]) = (dots, self.first, self.squares);
        Some([along(y, row, rows), along(x, column, columns)])
    }

    /// The cell, counted from the picture's corner, in whose row and column a voxel's middle is.
    pub fn cell_of(&self, voxel: [usize; 2]) -> Option<[u16; 2]> {
        let (side, each) = (self.scale.side(), self.scale.voxels());
        let [width, height] = self.cell.map(usize::from);
        let along = |voxel: usize, first: usize, squares: usize, margin: usize, cell: usize| {
            let square = voxel.checked_sub(first)? / each;
            let dot = (square < squares).then_some(margin + square * side + side / 2)?;
            u16::try_from(dot / cell.max(1)).ok()
        };
        let ([row, column], [first_row, first_column]) = (voxel, self.first);
        let ([rows, columns], [top, left]) = (self.squares, self.margin());
        let y = along(row, first_row, rows, top, height)?.min(self.place.height.saturating_sub(1));
        let x = along(column, first_column, columns, left, width)?.min(self.place.width.saturating_sub(1));
        Some([y, x])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: [u16; 2] = [1, 2];

    #[test]
    fn the_largest_whole_scale_that_fits_is_taken() {
        let fitting = |voxels, dots| Scale::fitting(voxels, dots);
        assert_eq!(fitting([28, 28], [28, 28]), Scale::Up(1));
        assert_eq!(fitting([28, 28], [90, 57]), Scale::Up(2));
        assert_eq!(fitting([64, 64], [38, 30]), Scale::Down(3));
        assert_eq!(fitting([64, 64], [32, 32]), Scale::Down(2));
        assert_eq!(fitting([64, 64], [0, 0]), Scale::Down(64));
    }

    #[test]
    fn zooming_goes_through_every_mean_and_then_by_what_fits() {
        let from = |scale: Scale| [0, 1, 2, 3].map(|steps| scale.zoomed(steps));
        assert_eq!(from(Scale::Down(3)), [Scale::Down(3), Scale::Down(2), Scale::Up(1), Scale::Up(2)]);
        assert_eq!(from(Scale::Up(2)), [2, 4, 6, 8].map(Scale::Up));
    }

    #[test]
    fn what_fits_stands_in_the_middle() {
        let extent = Extent::new([28, 28], [5, 5], Scale::Up(1), Rect::new(1, 1, 38, 20), HALF);
        assert_eq!(extent.place, Rect::new(6, 4, 28, 14));
        assert_eq!((extent.first, extent.squares, extent.dots), ([0, 0], [28, 28], [28, 28]));
    }

    #[test]
    fn what_does_not_fit_follows_the_crosshair_and_stops_at_the_ends() {
        let first = |at| Extent::new([28, 28], [at, at], Scale::Up(2), Rect::new(0, 0, 20, 10), HALF).first;
        assert_eq!([0, 5, 6, 14, 27].map(first), [[0, 0], [0, 0], [1, 1], [9, 9], [18, 18]]);
    }

    #[test]
    fn the_mouse_finds_the_voxel_that_is_drawn_there() {
        let at = |extent: &Extent, x, y| extent.voxel_at(Position { x, y });
        let exact = Extent::new([28, 28], [0, 0], Scale::Up(1), Rect::new(1, 1, 38, 20), HALF);
        assert_eq!([at(&exact, 6, 4), at(&exact, 33, 17)], [Some([0, 0]), Some([26, 27])]);
        assert_eq!([at(&exact, 5, 4), at(&exact, 6, 18)], [None, None]);
        let means = Extent::new([64, 64], [0, 0], Scale::Down(2), Rect::new(0, 0, 32, 16), HALF);
        assert_eq!(at(&means, 31, 15), Some([60, 62]));
        let zoomed = Extent::new([28, 28], [14, 14], Scale::Up(2), Rect::new(0, 0, 20, 10), HALF);
        assert_eq!([at(&zoomed, 0, 0), at(&zoomed, 19, 9)], [Some([9, 9]), Some([18, 18])]);
        // 28 voxels of 13 dots in cells of 10×20: 364 of 370 and of 380 dots, so 3 and 8 are left before them.
        let picture = Extent::new([28, 28], [0, 0], Scale::Up(13), Rect::new(0, 0, 38, 19), [10, 20]);
        assert_eq!((picture.place, picture.margin()), (Rect::new(0, 0, 37, 19), [8, 3]));
        assert_eq!([at(&picture, 0, 0), at(&picture, 36, 18)], [Some([0, 0]), Some([27, 27])]);
    }

    #[test]
    fn a_voxels_cell_is_where_the_mouse_finds_it() {
        for (scale, room, cell) in [
            (Scale::Up(1), Rect::new(1, 1, 38, 20), HALF),
            (Scale::Up(3), Rect::new(0, 0, 90, 50), HALF),
            (Scale::Up(13), Rect::new(0, 0, 38, 19), [10, 20]),
        ] {
            let extent = Extent::new([28, 28], [0, 0], scale, room, cell);
            for voxel in [[0, 0], [6, 7], [26, 27]] {
                let [y, x] = extent.cell_of(voxel).unwrap();
                let position = Position { x: extent.place.x + x, y: extent.place.y + y };
                let found = extent.voxel_at(position).unwrap();
                assert!(found[0].abs_diff(voxel[0]) <= 1 && found[1].abs_diff(voxel[1]) <= 1, "{scale:?} {voxel:?}");
            }
        }
    }
}
