//! Where a volume is moved to: mirrored, then turned and zoomed about its middle, then shifted.

use super::draws::Draws;
use super::resample::{Affine, resample};
use crate::config::Augment;
use crate::data::{VolumeShape, intensity};

/// A motion of a volume, along (depth, height, width).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motion {
    pub mirror: [bool; 3],
    /// How it is turned and zoomed; nothing where it is not.
    pub turn: Option<Turn>,
    /// Whole voxels by which it is then shifted.
    pub shift: [isize; 3],
}

/// A turn about the middle of a volume, and a zoom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// The direction of the axis, of length one.
    pub axis: [f64; 3],
    pub degrees: f64,
    pub zoom: f64,
}

impl Motion {
    /// No motion.
    pub const NONE: Self = Self { mirror: [false; 3], turn: None, shift: [0; 3] };

    pub(super) fn drawn(augment: &Augment, draws: &mut Draws) -> Self {
        let Augment { shift, zoom, rotate_deg, mirror: (depth, height, width), .. } = *augment;
        let shift = [(); 3].map(|()| draws.whole(2 * shift).cast_signed() - shift.cast_signed());
        let mirror = [depth, height, width].map(|wanted| draws.coin() && wanted);
        let turn = Turn { axis: draws.direction(), degrees: draws.within(rotate_deg), zoom: 1.0 + draws.within(zoom) };
        Self { mirror, turn: (zoom > 0.0 || rotate_deg > 0.0).then_some(turn), shift }
    }

    /// The same of what a volume can do: an image stays in its plane. It is turned about the axis that stands on it.
    pub(super) fn within(self, shape: VolumeShape) -> Self {
        if shape.depth > 1 {
            return self;
        }
        let ([_, height, width], [_, down, across]) = (self.mirror, self.shift);
        let turn = self.turn.map(|turn| Turn { axis: [1.0, 0.0, 0.0], ..turn });
        Self { mirror: [false, height, width], turn, shift: [0, down, across] }
    }

    /// Writes the moved volume into `target`, in intensities from 0 to 1. What comes in from outside is black.
    ///
    /// Without a turn voxels are copied, and keep their values exactly.
    pub fn carry(&self, source: &[u8], shape: VolumeShape, target: &mut [f32]) {
        match self.turn {
            Some(turn) => resample(source, shape, &self.affine(turn, shape), target),
            None => self.copy(source, shape, target),
        }
    }

    /// From a voxel of the moved volume back to where it was.
    #[expect(clippy::cast_precision_loss, reason = "edges are short")]
    fn affine(&self, turn: Turn, shape: VolumeShape) -> Affine {
        let middle = [shape.depth, shape.height, shape.width].map(|edge| (edge as f64 - 1.0) / 2.0);
        let rotation = turn.matrix();
        let mut matrix = [[0.0; 3]; 3];
        let mut offset = middle;
        for (to, ((row, mirror), offset)) in matrix.iter_mut().zip(self.mirror).zip(&mut offset).enumerate() {
            let scale = if mirror { -1.0 } else { 1.0 } / turn.zoom;
            let columns = row.iter_mut().zip(&rotation).zip(middle.iter().zip(self.shift));
            for ((entry, column), (middle, shift)) in columns {
                // A rotation's inverse is its transpose.
                *entry = scale * column.get(to).copied().unwrap_or_default();
                *offset -= *entry * (middle + shift as f64);
            }
        }
        Affine { matrix, offset }
    }

    fn copy(&self, source: &[u8], shape: VolumeShape, target: &mut [f32]) {
        let VolumeShape { depth, height, width, channels } = shape;
        let [planes, rows, columns] =
            [(depth, 0), (height, 1), (width, 2)].map(|(edge, axis)| self.sources(edge, axis));
        let row = width * channels;
        // All of a row comes from one row, in one piece, or from outside.
        let kept = columns.iter().position(Option::is_some).unwrap_or(width);
        let first = columns.iter().flatten().copied().min().unwrap_or(0);
        let count = columns.iter().flatten().count();
        let [_, _, backwards] = self.mirror;
        for (plane, from_plane) in target.chunks_exact_mut(row * height).zip(planes) {
            for (line, &from_row) in plane.chunks_exact_mut(row).zip(&rows) {
                let (Some(from_plane), Some(from_row)) = (from_plane, from_row) else {
                    line.fill(0.0);
                    continue;
                };
                let begin = (from_plane * height + from_row) * row + first * channels;
                let from = source.get(begin..begin + count * channels).unwrap_or_default();
                let (before, rest) = line.split_at_mut(kept * channels);
                let (to, after) = rest.split_at_mut(count * channels);
                before.fill(0.0);
                after.fill(0.0);
                if backwards {
                    let voxels = to.chunks_exact_mut(channels).zip(from.chunks_exact(channels).rev());
                    voxels.for_each(|(to, from)| brighten(from, to));
                } else {
                    brighten(from, to);
                }
            }
        }
    }

    /// For each place along an axis, the place that it comes from.
    fn sources(&self, edge: usize, axis: usize) -> Vec<Option<usize>> {
        let shift = self.shift.get(axis).copied().unwrap_or_default();
        let mirror = self.mirror.get(axis).copied().unwrap_or_default();
        let from = |to: usize| {
            let from = to.checked_add_signed(-shift).filter(|from| *from < edge)?;
            Some(if mirror { edge - 1 - from } else { from })
        };
        (0..edge).map(from).collect()
    }
}

impl Turn {
    /// Rodrigues' formula.
    fn matrix(&self) -> [[f64; 3]; 3] {
        let [x, y, z] = self.axis;
        let angle = self.degrees.to_radians();
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let rest = 1.0 - cos;
        [
            [cos + x * x * rest, x * y * rest - z * sin, x * z * rest + y * sin],
            [y * x * rest + z * sin, cos + y * y * rest, y * z * rest - x * sin],
            [z * x * rest - y * sin, z * y * rest + x * sin, cos + z * z * rest],
        ]
    }
}

fn brighten(from: &[u8], to: &mut [f32]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = intensity(from);
    }
}
