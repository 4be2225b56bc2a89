//! Where the panes of the Volumes screen stand. Knows sizes alone.

use ratatui::layout::Rect;

use super::extent::{Extent, Scale, dots};
use crate::app::volumes::{Arrangement, Plane};

/// Three planes stand side by side from here on: 28 voxels each, their frames, and the word SYNTHETIC in them.
const TOGETHER_COLUMNS: u16 = 105;
/// Below them something must still be said.
const TOGETHER_ROWS: u16 = 27;
/// Beside the planes, where there is room for both.
const SIDE_COLUMNS: [u16; 2] = [44, 60];
/// Lines of words below a slice, where the view has no pane of its own.
const CAPTION: u16 = 3;
/// From here on there is more than one pane.
const PANES: [u16; 2] = [80, 18];

/// What the layout depends on.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub focus: Plane,
    pub arrangement: Arrangement,
    /// Depth, height and width of the volume.
    pub size: [usize; 3],
    pub classes: usize,
    pub zoom: usize,
    /// A cell's width and height in dots.
    pub cell: [u16; 2],
}

impl Wanted {
    /// The same, where it is an image that is shown: its plane alone.
    fn of_image(self) -> Self {
        let [depth, ..] = self.size;
        if depth > 1 { self } else { Self { focus: Plane::Axial, arrangement: Arrangement::Alone, ..self } }
    }
}

/// The pane of a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanePane {
    pub plane: Plane,
    /// With its frame.
    pub area: Rect,
    /// Inside of it: the slice.
    pub room: Rect,
    /// Inside of it, below the slice: words. Empty where the view has a pane of its own.
    pub caption: Rect,
}

/// The panes; one that has no room is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Panes {
    pub planes: Vec<PlanePane>,
    /// Which volume it is, and the walk.
    pub volume: Rect,
    pub chances: Rect,
    /// How it is shown.
    pub view: Rect,
}

impl Panes {
    /// The panes in an area.
    pub fn new(wanted: &Wanted, area: Rect) -> Self {
        // An image has one plane; the others would be lines.
        let wanted = &wanted.of_image();
        let together = wanted.arrangement == Arrangement::Together;
        let [columns, rows] = PANES;
        if area.width < columns || area.height < rows {
            return Self { planes: vec![pane(wanted.focus, area, 0)], ..Self::default() };
        }
        if together && area.width >= TOGETHER_COLUMNS && area.height >= TOGETHER_ROWS {
            return Self::planes_above(wanted, area);
        }
        let [least, most] = SIDE_COLUMNS;
        let side = (area.width * 2 / 5).clamp(least, most);
        let left = Rect { width: area.width - side, ..area };
        let right = Rect { x: left.right(), width: side, ..area };
        let facts = Self::facts_in(wanted, right);
        let lines = if facts.view.is_empty() { caption(wanted, left) } else { 0 };
        let planes = if together && left.width >= TOGETHER_COLUMNS {
            thirds(left).into_iter().zip(Plane::ALL).map(|(area, plane)| pane(plane, area, lines)).collect()
        } else {
            vec![pane(wanted.focus, left, lines)]
        };
        Self { planes, ..facts }
    }

    /// The three planes, and below each of them a pane as wide.
    fn planes_above(wanted: &Wanted, area: Rect) -> Self {
        let below = u16::try_from(wanted.classes + 4).unwrap_or(u16::MAX).clamp(11, 16);
        let columns = thirds(area);
        let most = area.height - below;
        let tallest = columns.map(|column| Rect { height: most, ..column });
        let rooms: Vec<PlanePane> =
            tallest.into_iter().zip(Plane::ALL).map(|(area, plane)| pane(plane, area, 0)).collect();
        // As high as the slices come out, so that no room is lost that the panes below can use.
        let height = rooms.iter().map(|pane| extent(wanted, pane, &rooms, wanted.size).place.height).max();
        let height = (height.unwrap_or(0) + 2).clamp(3, most);
        let planes = columns.map(|column| Rect { height, ..column }).into_iter().zip(Plane::ALL);
        let [volume, chances, view] =
            columns.map(|column| Rect { y: area.y + height, height: area.height - height, ..column });
        Self { planes: planes.map(|(area, plane)| pane(plane, area, 0)).collect(), volume, chances, view }
    }

    /// The panes of words, one below the other.
    fn facts_in(wanted: &Wanted, area: Rect) -> Self {
        let chances = u16::try_from(wanted.classes + 2).unwrap_or(u16::MAX).min(area.height.saturating_sub(8));
        let rest = area.height - chances;
        // The view has a pane of its own once the volume's says all that it has to say.
        let view = if rest >= 8 + 11 { (rest / 2).max(11) } else { 0 };
        let part = |y: u16, height: u16| Rect { y: area.y + y, height, ..area };
        let volume = rest - view;
        Self {
            planes: Vec::new(),
            volume: part(0, volume),
            chances: part(volume, chances),
            view: part(volume + chances, view),
        }
    }
}

fn thirds(area: Rect) -> [Rect; 3] {
    let third = area.width / 3;
    let middle = area.width - 2 * third;
    [
        Rect { width: third, ..area },
        Rect { x: area.x + third, width: middle, ..area },
        Rect { x: area.x + third + middle, width: third, ..area },
    ]
}

/// Lines of words below a lone slice: one fewer where its voxels become larger by that.
fn caption(wanted: &Wanted, area: Rect) -> u16 {
    let scale = |lines| {
        let room = pane(wanted.focus, area, lines).room;
        Scale::fitting(wanted.focus.project(wanted.size), dots(room, wanted.cell))
    };
    let (whole, fewer) = (scale(CAPTION), scale(CAPTION - 1));
    if whole.min(fewer) == whole && whole != fewer { CAPTION - 1 } else { CAPTION }
}

/// A pane with so many lines of words, if it is high enough for them.
fn pane(plane: Plane, area: Rect, lines: u16) -> PlanePane {
    let inner = Rect {
        x: area.x + area.width.min(1),
        y: area.y + area.height.min(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    };
    let lines = if inner.height >= 14 + lines { lines } else { 0 };
    let room = Rect { height: inner.height - lines, ..inner };
    PlanePane { plane, area, room, caption: Rect { y: room.bottom(), height: lines, ..inner } }
}

/// The extent of a pane's slice. All panes have one scale, so that a voxel is as large in each of them.
pub fn extent(wanted: &Wanted, pane: &PlanePane, all: &[PlanePane], at: [usize; 3]) -> Extent {
    let fitting = |pane: &PlanePane| Scale::fitting(pane.plane.project(wanted.size), dots(pane.room, wanted.cell));
    let scale = all.iter().map(fitting).fold(fitting(pane), Scale::min).zoomed(wanted.zoom);
    Extent::new(pane.plane.project(wanted.size), pane.plane.project(at), scale, pane.room, wanted.cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            focus: Plane::Coronal,
            arrangement: Arrangement::Together,
            size: [28, 28, 28],
            classes: 11,
            zoom: 0,
            cell: [1, 2],
        }
    }

    fn panes(width: u16, height: u16) -> Panes {
        Panes::new(&wanted(), Rect::new(0, 2, width, height))
    }

    fn places(panes: &Panes) -> Vec<Rect> {
        let words = [panes.volume, panes.chances, panes.view];
        panes.planes.iter().map(|pane| pane.area).chain(words).filter(|area| !area.is_empty()).collect()
    }

    #[test]
    fn panes_never_overlap_and_never_leave_the_screen() {
        for (width, height) in
            [(1, 1), (5, 2), (79, 20), (80, 18), (80, 21), (105, 27), (120, 37), (160, 26), (300, 97)]
        {
            let places = places(&panes(width, height));
            for (i, place) in places.iter().enumerate() {
                assert_eq!(place.intersection(Rect::new(0, 2, width, height)), *place, "{width}×{height}");
                assert!(places.iter().skip(i + 1).all(|other| !place.intersects(*other)), "{width}×{height}");
            }
        }
    }

    #[test]
    fn an_image_is_one_plane_as_large_as_it_gets() {
        for (width, height) in [(80, 21), (120, 37), (200, 57)] {
            let wanted = Wanted { size: [1, 28, 28], ..wanted() };
            let panes = Panes::new(&wanted, Rect::new(0, 2, width, height));
            let [pane] = panes.planes.as_slice() else { panic!("{width}×{height}: {panes:?}") };
            assert_eq!(pane.plane, Plane::Axial);
            let scale = extent(&wanted, pane, &panes.planes, [0; 3]).scale;
            let cubes = panes_of_cubes(width, height);
            assert_eq!(scale.min(cubes), cubes, "{width}×{height}: {scale:?} is smaller");
        }
    }

    fn panes_of_cubes(width: u16, height: u16) -> Scale {
        let panes = panes(width, height);
        extent(&wanted(), &panes.planes[0], &panes.planes, [0; 3]).scale
    }

    #[test]
    fn the_three_planes_stand_side_by_side_from_the_designs_size_on() {
        let scales = |width, height| {
            let panes = panes(width, height);
            panes.planes.iter().map(|pane| extent(&wanted(), pane, &panes.planes, [0; 3]).scale).collect::<Vec<_>>()
        };
        assert_eq!(scales(120, 37), [Scale::Up(1); 3]);
        assert_eq!(scales(200, 57), [Scale::Up(2); 3]);
        assert_eq!(scales(80, 21), [Scale::Up(1)], "one alone, but whole");
        assert_eq!(panes(80, 21).planes[0].plane, Plane::Coronal);
    }
}
