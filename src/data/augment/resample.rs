//! A volume through an affine map, in one pass: trilinear, and black outside, as `scipy.ndimage.affine_transform`
//! has it with `order=1, mode="grid-constant"`.
//!
//! Not scipy's `mode="constant"`, which jumps from a voxel's value to black at the middle of the outermost voxels: the
//! last bit of a coordinate would decide about a whole face of the volume.

#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "loops over arrays of a fixed length, which the compiler turns into vector instructions"
)]

use std::ops::Range;

use crate::data::{VolumeShape, intensity};

/// Where each voxel of the result comes from: `matrix · (depth, height, width) + offset`, in voxels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    pub matrix: [[f64; 3]; 3],
    pub offset: [f64; 3],
}

/// Voxels of a row that are worked out together.
const PIECE: usize = 32;

/// Writes the mapped volume into `target`, in intensities from 0 to 1.
pub fn resample(source: &[u8], shape: VolumeShape, affine: &Affine, target: &mut [f32]) {
    let VolumeShape { height, width, channels, .. } = shape;
    let mut line = vec![0.0; width];
    for channel in 0..channels {
        let bordered = Bordered::new(source, shape, channel);
        for (place, row) in target.chunks_exact_mut(width * channels).enumerate() {
            let walk = Walk::new(affine, [place / height, place % height], bordered.bits);
            if channels == 1 {
                bordered.row(walk, row);
                continue;
            }
            bordered.row(walk, &mut line);
            row.iter_mut().skip(channel).step_by(channels).zip(&line).for_each(|(to, from)| *to = *from);
        }
    }
}

/// A row's way through the source, in whole multiples of 2⁻ᵇ voxels, b being [`Bordered::bits`]: integers make it
/// exact, and the same on every machine.
#[derive(Clone, Copy)]
struct Walk {
    at: [i64; 3],
    step: [i64; 3],
}

impl Walk {
    /// From the first voxel of a row on. Coordinates count from the border, one voxel before the source.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "within some thousand voxels")]
    fn new(affine: &Affine, [d, h]: [usize; 2], bits: u32) -> Self {
        let fixed = |x: f64| (x * (1_u64 << bits) as f64) as i64;
        let mut walk = Self { at: [0; 3], step: [0; 3] };
        for axis in 0..3 {
            let [depth, height, width] = affine.matrix[axis];
            walk.at[axis] = fixed(depth * d as f64 + height * h as f64 + affine.offset[axis] + 1.0);
            walk.step[axis] = fixed(width);
        }
        walk
    }

    /// Which of the next `count` voxels lie within the source, or less than a voxel from it.
    fn inside(&self, limits: [i64; 3], count: usize) -> Range<usize> {
        let within = |walk: &Self| walk.at.iter().zip(limits).all(|(at, limit)| (0..limit).contains(at));
        if within(self) && within(&self.after(count.saturating_sub(1))) {
            // What lies between two that are inside is inside as well; this saves most rows six divisions.
            return 0..count;
        }
        let (mut first, mut end) = (0, i64::try_from(count).unwrap_or(i64::MAX));
        for ((at, step), limit) in self.at.into_iter().zip(self.step).zip(limits) {
            // 0 ≤ at + place·step < limit.
            if step == 0 {
                if !(0..limit).contains(&at) {
                    return 0..0;
                }
                continue;
            }
            let (low, high) = if step > 0 { (-at, limit - at) } else { (at - limit + 1, at + 1) };
            first = first.max(ceiling(low, step.abs()));
            end = end.min(ceiling(high, step.abs()));
        }
        let place = |place: i64| usize::try_from(place).unwrap_or(0);
        place(first)..place(end.max(first))
    }

    /// The same from so many voxels further on.
    fn after(self, voxels: usize) -> Self {
        let mut walk = self;
        for axis in 0..3 {
            walk.at[axis] += walk.step[axis] * i64::try_from(voxels).unwrap_or(0);
        }
        walk
    }
}

/// The least whole number that is not below a / b.
fn ceiling(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}

/// One channel of a volume with a black voxel around it, so that nobody has to ask where it ends.
struct Bordered {
    voxels: Vec<f32>,
    /// Voxels from a plane, and from a row, to the next.
    plane: usize,
    row: usize,
    /// Of a coordinate behind the point: as many as 31 leave.
    bits: u32,
    /// Coordinates lie below these.
    limits: [i64; 3],
}

impl Bordered {
    fn new(source: &[u8], shape: VolumeShape, channel: usize) -> Self {
        let VolumeShape { depth, height, width, channels } = shape;
        let row = width + 2;
        let plane = row * (height + 2);
        let mut voxels = vec![0.0; plane * (depth + 2)];
        let planes = voxels.chunks_exact_mut(plane).skip(1).zip(source.chunks_exact(height * width * channels));
        for (plane, source) in planes {
            for (row, source) in plane.chunks_exact_mut(row).skip(1).zip(source.chunks_exact(width * channels)) {
                let source = source.iter().skip(channel).step_by(channels);
                row.iter_mut().skip(1).zip(source).for_each(|(to, from)| *to = intensity(*from));
            }
        }
        let edges = [depth, height, width].map(|edge| u32::try_from(edge + 1).unwrap_or(u32::MAX));
        let bits = edges.iter().map(|edge| edge.leading_zeros().saturating_sub(1)).min().unwrap_or(0);
        Self { voxels, plane, row, bits, limits: edges.map(|edge| i64::from(edge) << bits) }
    }

    /// Fills one row.
    fn row(&self, walk: Walk, row: &mut [f32]) {
        let inside = walk.inside(self.limits, row.len());
        let first = inside.start;
        row.fill(0.0);
        for (piece, to) in row.get_mut(inside).unwrap_or_default().chunks_mut(PIECE).enumerate() {
            self.piece(walk.after(first + piece * PIECE), to);
        }
    }

    /// Fills at most [`PIECE`] voxels, all of which lie inside.
    #[expect(clippy::cast_possible_truncation, reason = "what lies inside fits, and sums wrap back into it")]
    #[expect(clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "coordinates are not negative")]
    fn piece(&self, walk: Walk, to: &mut [f32]) {
        let (at, step) = (walk.at.map(|at| at as u32), walk.step.map(|step| step as u32));
        let (plane, row, bits) = (self.plane as u32, self.row as u32, self.bits);
        let (below, unit) = ((1_u32 << bits) - 1, 1.0 / (1_u32 << bits) as f32);
        let mut corners = [0_u32; PIECE];
        let mut shares = [[0.0_f32; PIECE]; 3];
        for place in 0..PIECE {
            let at = |axis: usize| at[axis].wrapping_add((place as u32).wrapping_mul(step[axis]));
            let [d, h, w] = [at(0), at(1), at(2)];
            corners[place] =
                (d >> bits).wrapping_mul(plane).wrapping_add((h >> bits).wrapping_mul(row)).wrapping_add(w >> bits);
            shares[0][place] = (d & below).cast_signed() as f32 * unit;
            shares[1][place] = (h & below).cast_signed() as f32 * unit;
            shares[2][place] = (w & below).cast_signed() as f32 * unit;
        }
        // Four pairs of neighbours along the width are around each point.
        let mut pairs = [[[0.0_f32; 2]; PIECE]; 4];
        let starts = [0, self.row, self.plane, self.plane + self.row];
        let [a, b, c, d] = starts.map(|start| self.voxels.get(start..).unwrap_or_default());
        for place in 0..to.len().min(PIECE) {
            let corner = corners[place] as usize;
            let pair = |voxels: &[f32]| match voxels.get(corner..corner + 2) {
                Some(&[near, far]) => [near, far],
                _ => [0.0; 2],
            };
            pairs[0][place] = pair(a);
            pairs[1][place] = pair(b);
            pairs[2][place] = pair(c);
            pairs[3][place] = pair(d);
        }
        let mut between = [0.0_f32; PIECE];
        for place in 0..PIECE {
            let [along_d, along_h, along_w] = [shares[0][place], shares[1][place], shares[2][place]];
            let along = |[near, far]: [f32; 2], share: f32| near + (far - near) * share;
            let [a, b, c, d] = [0, 1, 2, 3].map(|pair| along(pairs[pair][place], along_w));
            between[place] = along([along([a, b], along_h), along([c, d], along_h)], along_d);
        }
        to.copy_from_slice(&between[..to.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    const SHAPE: VolumeShape = VolumeShape { depth: 3, height: 4, width: 5, channels: 2 };

    fn source() -> Vec<u8> {
        (0..120).map(|i: u32| (i * 37 % 251) as u8).collect()
    }

    fn mapped(matrix: [[f64; 3]; 3], offset: [f64; 3]) -> Vec<f32> {
        let mut target = vec![9.0; SHAPE.voxels()];
        resample(&source(), SHAPE, &Affine { matrix, offset }, &mut target);
        target
    }

    #[test]
    fn the_identity_changes_nothing() {
        let plain: Vec<f32> = source().into_iter().map(intensity).collect();
        assert_eq!(mapped(IDENTITY, [0.0; 3]), plain);
    }

    #[test]
    fn half_a_voxel_off_is_the_mean_of_two_and_half_black_at_the_end() {
        let (half, source) = (mapped(IDENTITY, [0.0, 0.0, 0.5]), source());
        let value = |voxel: usize| f32::from(source[voxel]) / 255.0;
        assert!((half[0] - f32::midpoint(value(0), value(2))).abs() < 1e-6);
        assert!((half[8] - value(8) / 2.0).abs() < 1e-6);
    }

    #[test]
    fn what_lies_outside_is_black_however_far_it_is() {
        for offset in [[-4.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 1e6], [0.0, 0.0, -1e6]] {
            assert!(mapped(IDENTITY, offset).iter().all(|voxel| *voxel == 0.0), "{offset:?}");
        }
    }
}
