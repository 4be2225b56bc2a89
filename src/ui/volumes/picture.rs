//! A slice as coloured dots: voxels through the window and the colour map, with the crosshair and what the model
//! sees drawn over them. Knows neither cells nor protocols: the same dots become half-blocks, dither or pixels.

use super::extent::{Extent, Scale};
use super::overlay::{Overlay, Sign};
use crate::app::model::Cut;
use crate::app::volumes::{ColourMap, Crosshair, Marks, Plane, View, Volume, Window};
use crate::ui::theme::Rgb;

/// The colours of what is drawn over the voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Inks {
    pub ground: Rgb,
    pub crosshair: Rgb,
    pub tubelet: Rgb,
    pub stroke: Stroke,
}

/// How lines are drawn over voxels so that these stay to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stroke {
    /// As a veil: for terminals that have its colours.
    Veil,
    /// Over every other square: for those that would make something else of mixed colours.
    Dots,
}

/// How much of a dot each ink covers, of 256: what is below stays to be seen. A line that is a whole voxel wide is
/// fainter than one that is a hair.
const CROSSHAIR_COVERS: [u32; 2] = [88, 208];
const TUBELET_COVERS: [u32; 2] = [80, 128];
const MARGIN_COVERS: u32 = 150;

/// Voxels of at least so many dots leave room for hairs.
const HAIRS_FROM: usize = 3;

/// So many voxels around the crosshair's middle are left free.
const GAP: usize = 2;

/// From a voxel's channels to its colour.
#[derive(Clone, Debug)]
pub struct Tones {
    window: [u8; 256],
    map: ColourMap,
}

impl Tones {
    pub fn new(window: Window, map: ColourMap) -> Self {
        Self { window: window.table(), map }
    }

    /// The colour of a value.
    pub fn colour(&self, value: u8) -> Rgb {
        self.map.entry(self.shown(value))
    }

    fn shown(&self, value: u8) -> u8 {
        self.window.get(usize::from(value)).copied().unwrap_or(0)
    }

    /// Three channels are red, green and blue, as long as no map is put over their mean.
    fn of(&self, channels: &[u8], mean: u8) -> Rgb {
        match (channels, self.map) {
            (&[r, g, b], ColourMap::Grey) => [r, g, b].map(|value| self.shown(value)),
            _ => self.colour(mean),
        }
    }
}

/// A line of dots: which square it goes through, and what is drawn over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Line {
    square: usize,
    crosshair: Hair,
    tubelet: bool,
    unseen: bool,
}

/// How a line of dots stands to the crosshair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Hair {
    /// There is none.
    None,
    /// It is one of its two lines.
    On,
    /// It is so near that the other line is left out here: the voxel in the middle stays free.
    Near,
    /// The other line is drawn here.
    Far,
}

/// A slice as dots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Picture {
    /// The colours of the squares, row by row.
    squares: Vec<Rgb>,
    /// What stands for the evidence in each of them, where that is not in its colour.
    signs: Vec<Sign>,
    columns_of_squares: usize,
    rows: Vec<Line>,
    columns: Vec<Line>,
    /// No tubelet sees anything of this slice.
    unseen: bool,
    inks: Inks,
    /// How much the crosshair covers, and the tubelets' borders.
    covers: [u32; 2],
}

/// What a picture is made from.
pub struct Sitting<'a> {
    pub volume: &'a Volume,
    /// Where the tokens stand, if the model sees volumes of this size.
    pub cuts: Option<&'a [Cut; 3]>,
    pub view: &'a View,
    pub tones: &'a Tones,
    pub inks: Inks,
    pub evidence: Option<Evidence<'a>>,
}

/// How evidence is drawn over the voxels.
#[derive(Clone, Copy)]
pub enum Evidence<'a> {
    InColour(&'a Overlay<'a>),
    InSigns(&'a Overlay<'a>),
}

impl Sitting<'_> {
    /// The picture of the part of a plane's slice that an extent names.
    pub fn picture(&self, plane: Plane, extent: &Extent) -> Picture {
        let [rows, columns] = extent.squares;
        let squares = (0..rows).flat_map(|row| (0..columns).map(move |column| [row, column]));
        let at = plane.project(self.view.at);
        // Evidence of what is not seen there is none: the margin is marked with it.
        let marked = self.view.marks != Marks::None || self.evidence.is_some();
        let cuts = self.cuts.filter(|_| marked).map(<[Cut; 3]>::each_ref);
        let line = |side: usize| {
            let of = |pair: [usize; 2]| pair.get(side).copied().unwrap_or(0);
            let ruler = Ruler {
                first: of(extent.first),
                dots: of(extent.dots),
                scale: extent.scale,
                crosshair: (self.view.crosshair == Crosshair::Shown).then_some(of(at)),
                cut: cuts.and_then(|cuts| plane.project(cuts).get(side).copied()),
                tubelets: self.view.marks == Marks::Tubelets,
            };
            ruler.lines()
        };
        let strength = usize::from(extent.scale.side() >= HAIRS_FROM);
        let covers = [CROSSHAIR_COVERS, TUBELET_COVERS].map(|of| of.get(strength).copied().unwrap_or(0));
        let depth = self.view.at.get(plane.axis()).copied().unwrap_or(0);
        Picture {
            squares: squares.clone().map(|square| self.square(plane, extent, square)).collect(),
            signs: self.signs(plane, extent, squares),
            columns_of_squares: columns,
            rows: line(0),
            columns: line(1),
            unseen: cuts.and_then(|cuts| cuts.get(plane.axis()).copied()).is_some_and(|cut| !cut.sees(depth)),
            inks: self.inks,
            covers: if self.inks.stroke == Stroke::Dots { [256; 2] } else { covers },
        }
    }

    fn signs(&self, plane: Plane, extent: &Extent, squares: impl Iterator<Item = [usize; 2]>) -> Vec<Sign> {
        let Some(Evidence::InSigns(overlay)) = self.evidence else { return Vec::new() };
        squares.map(|square| overlay.sign(self.middle(plane, extent, square))).collect()
    }

    /// The voxel in the middle of a square.
    fn middle(&self, plane: Plane, extent: &Extent, [row, column]: [usize; 2]) -> [usize; 3] {
        let each = extent.scale.voxels();
        let [first_row, first_column] = extent.first;
        plane.voxel(self.view.at, [first_row + row * each + each / 2, first_column + column * each + each / 2])
    }

    /// A square's colour under what the evidence covers of it.
    fn square(&self, plane: Plane, extent: &Extent, square: [usize; 2]) -> Rgb {
        let below = self.voxels(plane, extent, square);
        match self.evidence {
            Some(Evidence::InColour(overlay)) => {
                let ink = overlay.ink(self.middle(plane, extent, square));
                ink.map_or(below, |(colour, covers)| cover(below, colour, covers))
            }
            Some(Evidence::InSigns(_)) | None => below,
        }
    }

    /// A voxel's colour, or that of the mean of several.
    fn voxels(&self, plane: Plane, extent: &Extent, [row, column]: [usize; 2]) -> Rgb {
        let each = extent.scale.voxels();
        let [first_row, first_column] = extent.first;
        let (top, left) = (first_row + row * each, first_column + column * each);
        if each == 1 {
            let at = plane.voxel(self.view.at, [top, left]);
            return self.tones.of(self.volume.voxel(at), self.volume.value(at));
        }
        let mut sums = [0_usize; 4];
        let mut count = 0;
        for at in (top..top + each).flat_map(|row| (left..left + each).map(move |column| [row, column])) {
            let at = plane.voxel(self.view.at, at);
            let channels = self.volume.voxel(at);
            if channels.is_empty() {
                continue;
            }
            count += 1;
            let values = channels.iter().take(3).copied().chain([0; 3]).take(3).chain([self.volume.value(at)]);
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += usize::from(value));
        }
        let [r, g, b, mean] = sums.map(|sum| u8::try_from((sum + count / 2) / count.max(1)).unwrap_or(u8::MAX));
        let channels: &[u8] = if self.volume.shape[3] == 3 { &[r, g, b] } else { &[] };
        self.tones.of(channels, mean)
    }
}

/// The dots along one side of a slice.
struct Ruler<'a> {
    first: usize,
    dots: usize,
    scale: Scale,
    crosshair: Option<usize>,
    /// What of the side is seen, where that is marked.
    cut: Option<&'a Cut>,
    /// Whether the tubelets are marked too.
    tubelets: bool,
}

impl Ruler<'_> {
    fn lines(&self) -> Vec<Line> {
        let (side, each) = (self.scale.side(), self.scale.voxels());
        // Lines stay thin where voxels are large.
        let (border, hair) = ((side / 12).max(1), (side / 6).max(1));
        let hair = (side - hair) / 2..(side - hair) / 2 + hair;
        let line = |dot: usize| {
            let (square, within) = (dot / side, dot % side);
            let voxels = self.first + square * each..self.first + (square + 1) * each;
            let crosshair = match self.crosshair {
                None => Hair::None,
                Some(at) if voxels.contains(&at) && hair.contains(&within) => Hair::On,
                Some(at) if at.abs_diff(voxels.start) <= GAP * each => Hair::Near,
                Some(_) => Hair::Far,
            };
            Line {
                square,
                crosshair,
                tubelet: within < border && voxels.clone().any(|voxel| self.tubelet_ends_before(voxel)),
                unseen: self.cut.is_some_and(|cut| !voxels.clone().any(|voxel| cut.sees(voxel))),
            }
        };
        (0..self.dots).map(line).collect()
    }

    /// Or begins there.
    fn tubelet_ends_before(&self, voxel: usize) -> bool {
        self.tubelets && voxel > 0 && self.cut.is_some_and(|cut| cut.borders(voxel))
    }
}

impl Picture {
    /// Whether a row of dots is the same as the one above it.
    pub fn repeats(&self, row: Option<usize>) -> bool {
        let at = |row: Option<usize>| row.and_then(|row| self.rows.get(row));
        row.is_some_and(|row| row > 0 && row < self.rows.len() && at(Some(row)) == at(row.checked_sub(1)))
    }

    /// What stands for the evidence at a dot.
    pub fn sign(&self, row: usize, column: usize) -> Sign {
        let square = self.rows.get(row).zip(self.columns.get(column));
        let place = square.map(|(row, column)| row.square * self.columns_of_squares + column.square);
        place.and_then(|place| self.signs.get(place)).copied().unwrap_or_default()
    }

    /// The colour of a dot, if there is one.
    pub fn dot(&self, row: usize, column: usize) -> Option<Rgb> {
        let (row, column) = (self.rows.get(row)?, self.columns.get(column)?);
        let mut colour = self.squares.get(row.square * self.columns_of_squares + column.square).copied()?;
        let [crosshair, tubelet] = self.covers;
        let drawn = self.inks.stroke == Stroke::Veil || (row.square + column.square).is_multiple_of(2);
        if row.unseen || column.unseen || self.unseen {
            colour = cover(colour, self.inks.ground, MARGIN_COVERS);
        }
        // The border of the last tubelet is the margin's first line.
        let border = (row.tubelet && !column.unseen) || (column.tubelet && !row.unseen);
        if drawn && (border || (row.tubelet && column.tubelet)) {
            colour = cover(colour, self.inks.tubelet, tubelet);
        }
        if drawn && matches!((row.crosshair, column.crosshair), (Hair::On, Hair::Far) | (Hair::Far, Hair::On)) {
            colour = cover(colour, self.inks.crosshair, crosshair);
        }
        Some(colour)
    }
}

/// A colour below a veil of another.
pub fn cover(below: Rgb, veil: Rgb, covers: u32) -> Rgb {
    let mut mixed = below;
    for (value, veil) in mixed.iter_mut().zip(veil) {
        let sum = u32::from(*value) * (256 - covers) + u32::from(veil) * covers;
        *value = u8::try_from((sum + 128) / 256).unwrap_or(u8::MAX);
    }
    mixed
}
