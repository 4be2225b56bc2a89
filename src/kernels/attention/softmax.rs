//! One row of scores, as the parts of a row that is too long to be held come by (Milakov & Gimelshein 2018).

use pulp::Simd;

use super::head::LANES;
use crate::kernels::math::{exp, multiply_add};

/// What is known of a row so far.
#[derive(Clone, Copy)]
pub struct Row {
    /// The largest scaled score.
    pub largest: f32,
    /// The sum of e^(score − largest).
    pub sum: f32,
}

impl Row {
    pub const EMPTY: Self = Self { largest: f32::NEG_INFINITY, sum: 0.0 };

    /// Takes in the scores of a row that fills whole registers; they become e^(scale·score − largest). The
    /// result is what must be multiplied to everything that was made with an earlier largest.
    ///
    /// `bounds` are 0 for a key and −∞ for what only fills the row up, which then counts next to nothing: less
    /// than the last bit of the sum.
    #[inline(always)]
    pub fn take_in<S: Simd>(&mut self, simd: S, scores: &mut [f32], bounds: &[f32], scale: f32) -> f32 {
        let (scores, bounds) = (scores.as_chunks_mut::<LANES>().0, bounds.as_chunks::<LANES>().0);
        let mut most = [f32::NEG_INFINITY; LANES];
        for chunk in 0..scores.len() {
            let (mut scaled, bounds) = (scores[chunk], bounds[chunk]);
            for i in 0..LANES {
                scaled[i] = multiply_add::<S>(scaled[i], scale, bounds[i]);
                most[i] = if scaled[i] > most[i] { scaled[i] } else { most[i] };
            }
            scores[chunk] = scaled;
        }
        let mut largest = simd.splat_f32s(self.largest);
        for &most in S::as_simd_f32s(&most).0 {
            largest = simd.max_f32s(largest, most);
        }
        let largest = simd.reduce_max_f32s(largest);
        let correction = if self.sum > 0.0 { exp::<S>(self.largest - largest) } else { 0.0 };
        let mut sums = [0.0; LANES];
        for chunk in 0..scores.len() {
            let mut powers = scores[chunk];
            for i in 0..LANES {
                powers[i] = exp::<S>(powers[i] - largest);
                sums[i] += powers[i];
            }
            scores[chunk] = powers;
        }
        let mut sum = simd.splat_f32s(0.0);
        for &sums in S::as_simd_f32s(&sums).0 {
            sum = simd.add_f32s(sum, sums);
        }
        self.sum = self.sum * correction + simd.reduce_sum_f32s(sum);
        self.largest = largest;
        correction
    }
}

#[inline(always)]
pub fn dot<S: Simd>(simd: S, x: &[f32], y: &[f32]) -> f32 {
    let ((x, x_rest), (y, y_rest)) = (S::as_simd_f32s(x), S::as_simd_f32s(y));
    let mut all = simd.splat_f32s(0.0);
    for (&x, &y) in x.iter().zip(y) {
        all = simd.mul_add_e_f32s(x, y, all);
    }
    let mut rest = 0.0;
    for (x, y) in x_rest.iter().zip(y_rest) {
        rest += x * y;
    }
    simd.reduce_sum_f32s(all) + rest
}
