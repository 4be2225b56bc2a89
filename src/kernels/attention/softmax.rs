//! One row of scores, as the parts of a row that is too long to be held come by (Milakov & Gimelshein 2018).

use pulp::Simd;

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

    /// Takes in the first `keys` scores of a row that fills whole registers; they become
    /// e^(scale·score − largest), and the others 0. The result is what must be multiplied to everything that
    /// was made with an earlier largest.
    #[inline(always)]
    pub fn take_in<S: Simd>(&mut self, simd: S, scores: &mut [f32], keys: usize, scale: f32) -> f32 {
        scores[keys..].fill(f32::NEG_INFINITY);
        let largest = self.largest.max(largest(simd, scores) * scale);
        let correction = if self.sum > 0.0 { exp::<S>(self.largest - largest) } else { 0.0 };
        for score in scores.iter_mut() {
            *score = exp::<S>(multiply_add::<S>(*score, scale, -largest));
        }
        scores[keys..].fill(0.0);
        self.sum = self.sum * correction + sum(simd, scores);
        self.largest = largest;
        correction
    }
}

#[inline(always)]
fn largest<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let mut all = simd.splat_f32s(f32::NEG_INFINITY);
    for &next in S::as_simd_f32s(values).0 {
        all = simd.max_f32s(all, next);
    }
    simd.reduce_max_f32s(all)
}

#[inline(always)]
fn sum<S: Simd>(simd: S, values: &[f32]) -> f32 {
    let mut all = simd.splat_f32s(0.0);
    for &next in S::as_simd_f32s(values).0 {
        all = simd.add_f32s(all, next);
    }
    simd.reduce_sum_f32s(all)
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
