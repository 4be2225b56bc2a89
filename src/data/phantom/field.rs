//! Smooth random fields over the volume: a small lattice of random knots, interpolated along one axis after
//! the other. Knows nothing of tissues; the canvas bends space with fields, the scanner shades with them.

use super::draws::Draws;
use super::{EDGE, VOXELS};

/// One value for each voxel, each within `spread` of zero, from a lattice of `knots`³ random numbers.
pub(super) fn field(knots: usize, spread: f32, draws: &mut Draws) -> Vec<f32> {
    let lattice: Vec<f32> = std::iter::repeat_with(|| draws.jitter(spread)).take(knots * knots * knots).collect();
    let mut rows = vec![0.0; knots * knots * EDGE];
    let mut slabs = vec![0.0; knots * EDGE * EDGE];
    let mut volume = vec![0.0; VOXELS];
    stretch(knots, 1, &lattice, &mut rows); // [k, k, 28]
    stretch(knots, EDGE, &rows, &mut slabs); // [k, 28, 28]
    stretch(knots, EDGE * EDGE, &slabs, &mut volume); // [28, 28, 28]
    volume
}

/// Stretches one axis from `knots` to 28 places; `run` is the number of values between neighbours along that
/// axis.
fn stretch(knots: usize, run: usize, from: &[f32], to: &mut [f32]) {
    for (from, to) in from.chunks_exact(knots * run).zip(to.chunks_exact_mut(EDGE * run)) {
        for (place, to) in to.chunks_exact_mut(run).enumerate() {
            let (knot, part) = knot_before(knots, place);
            let mut pair = from.chunks_exact(run).skip(knot);
            if let (Some(before), Some(after)) = (pair.next(), pair.next()) {
                for ((to, before), after) in to.iter_mut().zip(before).zip(after) {
                    *to = before + (after - before) * part;
                }
            }
        }
    }
}

/// The knot before a place on the axis, and the eased share of the next one.
#[expect(clippy::cast_precision_loss, reason = "places and knots are below 28")]
fn knot_before(knots: usize, place: usize) -> (usize, f32) {
    // The last place lies just before the last knot, so that a next knot always exists.
    let scaled = place * (knots - 1);
    let part = (scaled % EDGE) as f32 / EDGE as f32;
    (scaled / EDGE, part * part * (3.0 - 2.0 * part))
}
