//! Where the parts of the Confusion screen stand, worked out from the room and the number of classes: the same
//! for drawing and for the mouse. It knows no report.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use crate::app::confusion::Cell;

/// How much is said about each class beside its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figures {
    None,
    /// Recall and F1.
    Two,
    /// Precision, recall and F1.
    Three,
    /// AUC and the number of volumes as well.
    All,
    /// And the intervals drawn as lines.
    Drawn,
}

impl Figures {
    /// Columns that they take at least.
    pub fn width(self) -> u16 {
        match self {
            Self::None => 0,
            Self::Two => 14,
            Self::Three => 20,
            Self::All => 38,
            Self::Drawn => Self::All.width() + 2 * WHISKER,
        }
    }
}

/// Columns of a drawn interval at least.
const WHISKER: u16 = 12;

/// What the layout depends on.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// Rows.
    pub classes: usize,
    /// As many, or four where each class is a question of its own.
    pub columns: usize,
    /// Characters of the longest class name.
    pub name: u16,
    /// Characters of the longest number in a cell.
    pub number: u16,
}

/// The screen's parts. A part that has no room is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The frame around the matrix.
    pub matrix: Rect,
    /// The frame around the most confused pairs.
    pub pairs: Rect,
    /// The frame around what the cursor's cell means.
    pub cell: Rect,
    /// Column heads.
    pub heads: Rect,
    /// Row labels.
    pub labels: Rect,
    pub cells: Rect,
    /// The figures of each class, on its row.
    pub figures: Rect,
    /// Sums and means below the rows.
    pub sums: Rect,
    /// A line on the cursor's cell, where it has no frame of its own.
    pub line: Rect,
    pub level: Figures,
    pub cell_width: u16,
    pub cell_height: u16,
    /// Characters of the longest number in a cell.
    pub number: u16,
    /// The classes whose rows, and whose columns, are in sight.
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

/// Divides the room, with the cursor's cell in sight.
pub fn plan(area: Rect, content: Content, cursor: Cell) -> Plan {
    let classes = count(content.classes).max(1);
    let inner_width = area.width.saturating_sub(2);
    let narrow = content.number.max(2) + 1;
    let (label, width, level) = widths(inner_width, content, narrow);
    let label = if level == Figures::None { label.min(inner_width / 3) } else { label };

    // What stands below the matrix, and how high a cell may be so that it does.
    let full = area.width >= 80 && area.height >= 20;
    let below_at_least = if full { 4.max((area.height - 1) / 4) } else { 0 };
    let heads = if width >= 7 { 1 } else { 2 }.min(area.height.saturating_sub(3));
    let has_cell_panel = full && area.width >= 110 && below_at_least >= 7;
    let line = u16::from(!has_cell_panel && area.height >= 8);
    let sums = u16::from(area.height >= 30);
    let frame = 2 + heads + line + sums;
    let room = area.height.saturating_sub(frame);
    // A table that is longer than wide had rather be whole.
    let gives_way =
        content.columns != content.classes && room.saturating_sub(below_at_least) < classes && room >= classes;
    let room = if gives_way { room } else { room.saturating_sub(below_at_least) };
    let cell_height = (room / classes).clamp(1, (width / 2).clamp(1, TALLEST));
    let cell_width = width.min(widest(cell_height)).max(narrow);

    let visible_rows = per_page(content.classes, usize::from(room / cell_height).max(1));
    let shown_height = count(visible_rows) * cell_height;
    let matrix_height = (shown_height + frame).min(area.height);
    let (matrix, below) = split_rows(area, matrix_height);
    let inner = inside(matrix);

    let cells_room = inner.width.saturating_sub(label + level.width());
    let visible_columns = per_page(content.columns, usize::from(cells_room / cell_width).max(1));
    let cell_width = (cells_room / count(visible_columns)).min(widest(cell_height)).max(narrow);
    let matrix_width = (count(visible_columns) * cell_width).min(cells_room);
    let (head_rows, rest) = split_rows(inner, heads);
    let (body, rest) = split_rows(rest, shown_height.min(rest.height));
    let (sums, line) = split_rows(rest, sums.min(rest.height));
    let (labels, right) = split_columns(body, label);
    let (cells, figures) = split_columns(right, matrix_width);
    let heads = Rect { x: cells.x, width: cells.width, ..head_rows };

    let cell_panel = if has_cell_panel { below.width * 9 / 20 } else { 0 };
    let (pairs, cell) = split_columns(below, below.width - cell_panel);
    Plan {
        matrix,
        pairs,
        cell,
        heads,
        labels,
        cells,
        figures,
        sums,
        line,
        level,
        cell_width,
        cell_height,
        number: content.number,
        rows: page(cursor.truth, content.classes, visible_rows),
        columns: page(cursor.predicted, content.columns, visible_columns),
    }
}

/// A cell is about as wide as it is high to the eye, but wide enough for a short name above it.
fn widest(cell_height: u16) -> u16 {
    (cell_height * 2 + 3).max(7)
}

/// A cell is at most so many lines high: what is larger is not easier to read.
const TALLEST: u16 = 5;
/// Room that a row's label takes at most.
const LONGEST_LABEL: u16 = 26;
/// The room that `volumes` has above the labels, however short these are.
const CORNER: u16 = 7;

/// The room for the row labels, the width of a cell, and the figures that fit beside them.
fn widths(inner: u16, content: Content, narrow: u16) -> (u16, u16, Figures) {
    let columns = count(content.columns).max(1);
    // A mark before the name, a blank behind it.
    let whole = content.name.clamp(CORNER, LONGEST_LABEL) + 2;
    let short = (content.name + 2).min(10);
    let roomy = narrow + 1;
    let wishes = [
        (whole, 8, Figures::Drawn),
        (whole, 6, Figures::Drawn),
        (whole, 6, Figures::All),
        (whole, 5, Figures::All),
        (whole, roomy, Figures::All),
        (whole, roomy, Figures::Three),
        (short, roomy, Figures::Three),
        (whole, narrow, Figures::Three),
        (short, narrow, Figures::Three),
        (whole, narrow, Figures::Two),
        (short, narrow, Figures::Two),
        (whole, narrow, Figures::None),
        (short, narrow, Figures::None),
    ];
    let fitting = wishes.into_iter().find_map(|(label, cell, level)| {
        let left = inner.checked_sub(label + level.width())?;
        (left / columns >= cell.max(narrow)).then_some((label, left / columns, level))
    });
    fitting.unwrap_or((short, narrow + 1, if inner >= 72 { Figures::Two } else { Figures::None }))
}

/// How many classes a page shows so that all pages show about as many.
fn per_page(classes: usize, room: usize) -> usize {
    let room = room.max(1);
    classes.div_ceil(classes.div_ceil(room).max(1)).max(1)
}

/// The page that a class is on. Pages, and not a window around the cursor: what is clicked on stays in place.
pub fn page(of: usize, len: usize, per_page: usize) -> Range<usize> {
    let per_page = per_page.max(1);
    let first = of / per_page * per_page;
    first.min(len)..(first + per_page).min(len)
}

impl Plan {
    /// The place of a cell, if it is in sight.
    pub fn place(&self, cell: Cell) -> Option<Rect> {
        let row = self.rows.contains(&cell.truth).then(|| count(cell.truth - self.rows.start))?;
        let column = self.columns.contains(&cell.predicted).then(|| count(cell.predicted - self.columns.start))?;
        let place = Rect {
            x: self.cells.x + column * self.cell_width,
            y: self.cells.y + row * self.cell_height,
            width: self.cell_width,
            height: self.cell_height,
        };
        Some(place.intersection(self.cells))
    }

    /// The lines of a class beside its cells, in an area of that breadth.
    pub fn row(&self, truth: usize, across: Rect) -> Option<Rect> {
        let row = self.rows.contains(&truth).then(|| count(truth - self.rows.start))?;
        let place = Rect { y: self.cells.y + row * self.cell_height, height: self.cell_height, ..across };
        Some(place.intersection(across))
    }

    /// The cell at a place of the picture.
    pub fn cell_at(&self, position: Position) -> Option<Cell> {
        if !self.cells.contains(position) {
            return None;
        }
        let truth = self.rows.start + usize::from((position.y - self.cells.y) / self.cell_height);
        let predicted = self.columns.start + usize::from((position.x - self.cells.x) / self.cell_width);
        let inside = self.rows.contains(&truth) && self.columns.contains(&predicted);
        inside.then_some(Cell { truth, predicted })
    }
}

/// The room inside of a frame.
pub fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x + frame.width.min(1),
        y: frame.y + frame.height.min(1),
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    }
}

fn split_rows(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    (Rect { height, ..area }, Rect { y: area.y + height, height: area.height - height, ..area })
}

fn split_columns(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    (Rect { width, ..area }, Rect { x: area.x + width, width: area.width - width, ..area })
}

/// A number of things on the screen.
pub fn count(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX / 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [(u16, u16); 9] =
        [(1, 1), (10, 4), (40, 9), (79, 20), (80, 20), (80, 21), (120, 37), (200, 57), (300, 97)];

    fn content(classes: usize) -> Content {
        Content { classes, columns: classes, name: 12, number: 2 }
    }

    #[test]
    fn fourteen_labels_with_their_four_cells_are_all_in_sight_from_80_by_24_on() {
        for (width, height) in SIZES.into_iter().filter(|(width, height)| *width >= 80 && *height >= 20) {
            let content = Content { classes: 14, columns: 4, name: 13, number: 5 };
            let plan = plan(Rect::new(0, 0, width, height), content, Cell { truth: 13, predicted: 3 });
            assert_eq!((plan.rows.clone(), plan.columns.clone()), (0..14, 0..4), "{width}×{height}");
            assert!(plan.level >= Figures::Three, "{width}×{height}: {plan:?}");
        }
    }

    #[test]
    fn every_place_of_a_cell_leads_back_to_it() {
        for (width, height) in SIZES {
            for classes in [2, 3, 11, 40, 256] {
                for cursor in [Cell::default(), Cell { truth: classes - 1, predicted: classes / 2 }] {
                    let area = Rect::new(3, 2, width, height);
                    let plan = plan(area, content(classes), cursor);
                    for place in plan.cells.positions() {
                        let Some(cell) = plan.cell_at(place) else { continue };
                        assert!(plan.place(cell).unwrap().contains(place), "{width}×{height}, {classes}: {cell:?}");
                    }
                    assert!(plan.rows.contains(&cursor.truth) && plan.columns.contains(&cursor.predicted));
                }
            }
        }
    }

    #[test]
    fn no_part_leaves_the_screen() {
        for (width, height) in SIZES {
            for classes in [2, 11, 40] {
                let area = Rect::new(3, 2, width, height);
                let plan = plan(area, content(classes), Cell::default());
                let frames = [plan.matrix, plan.pairs, plan.cell];
                assert!(frames.iter().all(|part| area.union(*part) == area), "{width}×{height}: {plan:?}");
                let inner = [plan.heads, plan.labels, plan.cells, plan.figures, plan.sums, plan.line];
                let matrix = plan.matrix;
                let outside = inner.iter().find(|part| !part.is_empty() && matrix.union(**part) != matrix);
                assert_eq!(outside, None, "{width}×{height}: {plan:?}");
            }
        }
    }

    #[test]
    fn eleven_classes_are_all_in_sight_from_80_by_24_on() {
        for (width, height) in SIZES.into_iter().filter(|(width, height)| *width >= 80 && *height >= 20) {
            let plan = plan(Rect::new(0, 0, width, height), content(11), Cell { truth: 10, predicted: 10 });
            assert_eq!((plan.rows.clone(), plan.columns.clone()), (0..11, 0..11), "{width}×{height}");
            assert!(plan.level >= Figures::Three && plan.pairs.height >= 4, "{width}×{height}: {plan:?}");
        }
    }

    #[test]
    fn pages_are_about_as_long_as_each_other() {
        assert_eq!(per_page(40, 13), 10);
        assert_eq!(per_page(11, 100), 11);
        assert_eq!((page(0, 23, 8), page(8, 23, 8), page(22, 23, 8)), (0..8, 8..16, 16..23));
    }
}
