//! Evidence as a picture of its own, outside of the screen: a slice, beside it the same slice under the evidence, and
//! below it the colours from end to end.

use ratatui::layout::Rect;

use super::blocks;
use super::extent::{Extent, Scale};
use super::overlay::{self, Overlay};
use super::picture::{Evidence, Inks, Sitting, Stroke, Tones, cover};
use crate::app::model::Cut;
use crate::app::volumes::{ColourMap, Crosshair, Marks, Plane, View, Volume, Window};
use crate::event;
use crate::ui::graphics::Pixels;
use crate::ui::theme::Rgb;

/// A slice is enlarged as long as it stays within this edge, in pixels.
const LARGEST: usize = 448;

/// Between the slices, and around the strip of colours.
const GAP: usize = 16;
const STRIP: usize = 16;

/// The colours around and over the slices.
const INKS: Inks = Inks { ground: [16, 18, 22], crosshair: [255; 3], tubelet: [120, 124, 132], stroke: Stroke::Veil };

/// A volume under its evidence.
pub struct Still<'a> {
    pub volume: &'a Volume,
    pub cuts: &'a [Cut; 3],
    pub method: event::Method,
    pub evidence: &'a event::Evidence,
    /// The voxel that the slices go through.
    pub at: [usize; 3],
}

impl Still<'_> {
    /// The picture of a plane.
    #[must_use]
    pub fn picture(&self, plane: Plane) -> Pixels {
        let overlay = Overlay::new(self.method, self.evidence, self.cuts);
        let plain = self.slice(plane, None);
        let under = self.slice(plane, Some(&overlay));
        let (width, height) = (2 * plain.width + GAP, plain.height + GAP + STRIP);
        let mut sheet = Sheet { width, rgb: INKS.ground.repeat(width * height) };
        sheet.put(&plain, [0, 0]);
        sheet.put(&under, [0, plain.width + GAP]);
        let scale = overlay::Scale::of(self.method, self.evidence);
        sheet.put(&strip(scale, under.width), [plain.height + GAP, plain.width + GAP]);
        Pixels { width, height, rgb: sheet.rgb }
    }

    fn slice(&self, plane: Plane, overlay: Option<&Overlay>) -> Pixels {
        let size = self.volume.size();
        let [rows, columns] = plane.project(size);
        let longest = size.into_iter().max().unwrap_or(1);
        let enlarged = (LARGEST / longest.max(1)).max(1);
        let cells = |voxels: usize| u16::try_from(voxels * enlarged).unwrap_or(u16::MAX);
        let room = Rect { x: 0, y: 0, width: cells(columns), height: cells(rows) };
        let extent = Extent::new([rows, columns], plane.project(self.at), Scale::Up(enlarged), room, [1, 1]);
        // The plain slice is to be seen as it is.
        let marks = if overlay.is_some() { Marks::Tubelets } else { Marks::None };
        let mut view = View::default();
        (view.at, view.crosshair, view.marks) = (self.at, Crosshair::Hidden, marks);
        let tones = Tones::new(Window::FULL, ColourMap::Grey);
        let evidence = overlay.map(Evidence::InColour);
        let cuts = Some(self.cuts);
        let sitting = Sitting { volume: self.volume, cuts, view: &view, tones: &tones, inks: INKS, evidence };
        blocks::pixels(&sitting.picture(plane, &extent), &extent, [1, 1], INKS.ground)
    }
}

/// The colours from end to end, as over a voxel of a middle grey.
#[expect(clippy::cast_precision_loss, reason = "a few hundred pixels")]
fn strip(scale: overlay::Scale, width: usize) -> Pixels {
    let [low, high] = scale.ends();
    let colour = |x: usize| -> Rgb {
        let (colour, covers) = scale.ink(low + (high - low) * x as f32 / width.saturating_sub(1).max(1) as f32);
        cover([96; 3], colour, covers)
    };
    let row: Vec<u8> = (0..width).flat_map(colour).collect();
    Pixels { width, height: STRIP, rgb: row.repeat(STRIP) }
}

/// What pictures are laid on.
struct Sheet {
    width: usize,
    rgb: Vec<u8>,
}

impl Sheet {
    /// Lays a picture with its first pixel at a row and a column.
    fn put(&mut self, picture: &Pixels, [top, left]: [usize; 2]) {
        for (y, row) in picture.rgb.chunks_exact((picture.width * 3).max(1)).enumerate() {
            let first = ((top + y) * self.width + left) * 3;
            if let Some(place) = self.rgb.get_mut(first..first + row.len()) {
                place.copy_from_slice(row);
            }
        }
    }
}
