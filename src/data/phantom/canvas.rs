//! The body as a grid of Hounsfield-like units that solids are painted into, seen through one patient's pose
//! and build. Knows shapes and tissues; which of them make an organ is the business of `chest`, `abdomen` and
//! `pelvis`.
//!
//! The grid is kept as 7³ bricks of 4³ voxels, so that a solid touches only the bricks near it and each brick
//! is one short loop over flat arrays, which the compiler turns into vector instructions.

use std::ops::Add;

use super::draws::Draws;
use super::field::field;
use super::shape::{Shape, Vec3, at};
use super::tissue::Tissue;
use super::{EDGE, VOXELS};

/// Width of the soft edge between two tissues: about one and a half voxels, as partial volume makes it.
const SOFT_EDGE: f32 = 0.11;
/// How far the bending of space moves a point at most along each axis.
const BEND: f32 = 0.15;
/// Knots of the bending field along an axis.
const BEND_KNOTS: usize = 4;
/// Knots of the field that mixes two tissues into a background.
const MIX_KNOTS: usize = 7;

/// Voxels along a brick's edge.
const SIDE: usize = 4;
/// Bricks along the volume's edge.
const BRICKS: usize = EDGE / SIDE;
/// Voxels of a brick.
const BRICK: usize = SIDE * SIDE * SIDE;
/// One brick divided by its voxels.
const PER_VOXEL: f32 = 1.0 / 64.0;

/// One patient's body around the organ.
pub(super) struct Canvas {
    bricks: Vec<Brick>,
    /// Strength of the contrast medium, 0 to about 1.
    contrast: f32,
}

/// 4³ neighbouring voxels.
struct Brick {
    units: [f32; BRICK],
    /// Where each voxel lies in the body.
    x: [f32; BRICK],
    y: [f32; BRICK],
    z: [f32; BRICK],
    /// The middle of those places, and how far the farthest is from it.
    centre: Vec3,
    reach: f32,
}

impl Canvas {
    /// An empty body in a random pose, the organ `zoom` times its usual size, with this much contrast medium.
    pub(super) fn new(zoom: f32, contrast: f32, draws: &mut Draws) -> Self {
        let pose = Pose::new(zoom, draws);
        let bends = [(); 3].map(|()| field(BEND_KNOTS, BEND, draws));
        let bricks = (0..BRICKS * BRICKS * BRICKS).map(|brick| Brick::new(brick, &pose, &bends)).collect();
        Self { bricks, contrast }
    }

    /// Fills everything with a patchy mixture of two tissues.
    pub(super) fn fill(&mut self, first: Tissue, second: Tissue, draws: &mut Draws) {
        let (first, second) = (first.units(self.contrast), second.units(self.contrast));
        let mix = field(MIX_KNOTS, 1.0, draws);
        for (number, brick) in self.bricks.iter_mut().enumerate() {
            for (voxel, mix) in brick.units.iter_mut().zip(gather(number, &mix)) {
                // A steep slope gives mostly pure tissue with soft borders.
                *voxel = first + (second - first) * (mix * 2.5 + 0.5).clamp(0.0, 1.0);
            }
        }
    }

    /// Paints a solid over what is there, with a soft edge.
    pub(super) fn paint(&mut self, solid: &impl Shape, tissue: Tissue) {
        let units = tissue.units(self.contrast);
        for brick in &mut self.bricks {
            if solid.distance(brick.centre) < brick.reach + SOFT_EDGE {
                brick.paint(solid, units);
            }
        }
    }

    /// The units of all voxels, [depth, height, width] flattened.
    pub(super) fn units(&self) -> Vec<f32> {
        let mut volume = vec![0.0; VOXELS];
        for (piece, to) in volume.chunks_exact_mut(SIDE).enumerate() {
            let (x, y, z) = (piece % BRICKS, piece / BRICKS % EDGE, piece / (BRICKS * EDGE));
            let brick = self.bricks.get((z / SIDE * BRICKS + y / SIDE) * BRICKS + x);
            if let Some(from) = brick.and_then(|brick| brick.units.chunks_exact(SIDE).nth(z % SIDE * SIDE + y % SIDE)) {
                to.copy_from_slice(from);
            }
        }
        volume
    }
}

impl Brick {
    fn new(number: usize, pose: &Pose, bends: &[Vec<f32>; 3]) -> Self {
        let [mut x, mut y, mut z] = bends.each_ref().map(|bend| gather(number, bend));
        let rows = x.chunks_exact_mut(SIDE).zip(y.chunks_exact_mut(SIDE)).zip(z.chunks_exact_mut(SIDE));
        for (row, ((x, y), z)) in rows.enumerate() {
            let mut place = pose.body(voxel_centre(voxel(number, row * SIDE)));
            for ((x, y), z) in x.iter_mut().zip(y).zip(z) {
                (*x, *y, *z) = (*x + place.x, *y + place.y, *z + place.z);
                place = place + pose.step;
            }
        }
        let points = || x.iter().zip(&y).zip(&z).map(|((x, y), z)| at(*x, *y, *z));
        let centre = points().fold(at(0.0, 0.0, 0.0), Vec3::add) * PER_VOXEL;
        let farthest = points().map(|point| point - centre).fold(0.0_f32, |reach, from| reach.max(from.dot(from)));
        Self { units: [0.0; BRICK], x, y, z, centre, reach: farthest.sqrt() }
    }

    fn paint(&mut self, solid: &impl Shape, units: f32) {
        for (((voxel, x), y), z) in self.units.iter_mut().zip(&self.x).zip(&self.y).zip(&self.z) {
            let cover = (0.5 - solid.distance(at(*x, *y, *z)) * (1.0 / SOFT_EDGE)).clamp(0.0, 1.0);
            *voxel += (units - *voxel) * cover;
        }
    }
}

/// Place of a brick's voxel in the flattened volume.
const fn voxel(brick: usize, slot: usize) -> usize {
    let z = brick / (BRICKS * BRICKS) * SIDE + slot / (SIDE * SIDE);
    let y = brick / BRICKS % BRICKS * SIDE + slot / SIDE % SIDE;
    let x = brick % BRICKS * SIDE + slot % SIDE;
    (z * EDGE + y) * EDGE + x
}

/// A brick's part of a flattened volume.
fn gather(brick: usize, volume: &[f32]) -> [f32; BRICK] {
    let mut part = [0.0; BRICK];
    for (row, to) in part.chunks_exact_mut(SIDE).enumerate() {
        let start = voxel(brick, row * SIDE);
        if let Some(from) = volume.get(start..start + SIDE) {
            to.copy_from_slice(from);
        }
    }
    part
}

/// Where a voxel's centre lies in the box, which reaches from −1 to 1 along each axis.
#[expect(clippy::cast_precision_loss, reason = "places are below 28")]
fn voxel_centre(voxel: usize) -> Vec3 {
    let centre = |place: usize| (place as f32 + 0.5) * 2.0 / EDGE as f32 - 1.0;
    at(centre(voxel % EDGE), centre(voxel / EDGE % EDGE), centre(voxel / (EDGE * EDGE)))
}

/// How the body lies in the box: turned, stretched, shifted.
struct Pose {
    /// The box's axes in the body's directions.
    axes: [Vec3; 3],
    shrink: Vec3,
    offset: Vec3,
    /// In the body, the way from a voxel to its neighbour along the width.
    step: Vec3,
}

impl Pose {
    fn new(zoom: f32, draws: &mut Draws) -> Self {
        // Radians. Patients lie flat: they turn least about the left-right axis.
        let (roll, pitch, yaw) = (draws.jitter(0.34), draws.jitter(0.26), draws.jitter(0.3));
        let ((sr, cr), (sp, cp), (sy, cy)) = (libm::sincosf(roll), libm::sincosf(pitch), libm::sincosf(yaw));
        let axes = [
            at(cr * cy, sr * cy, -sy),
            at(cr * sy * sp - sr * cp, sr * sy * sp + cr * cp, cy * sp),
            at(cr * sy * cp + sr * sp, sr * sy * cp - cr * sp, cy * cp),
        ];
        let scale = draws.sized(at(zoom, zoom, zoom), 0.13);
        let mut pose =
            Self { axes, shrink: scale.inverse(), offset: draws.near(at(0.0, 0.0, 0.0), 0.3), step: at(0.0, 0.0, 0.0) };
        pose.step = pose.body(voxel_centre(1)) - pose.body(voxel_centre(0));
        pose
    }

    /// From the box to the body.
    fn body(&self, point: Vec3) -> Vec3 {
        let point = point - self.offset;
        let [x, y, z] = self.axes.map(|axis| axis.dot(point));
        at(x, y, z).scaled(self.shrink)
    }
}
