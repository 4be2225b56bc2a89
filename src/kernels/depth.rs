//! Stochastic depth: what becomes of a residual's branch, sample by sample (Huang et al. 2016).

use burn::tensor::{Tensor, TensorData};
use pulp::{Simd, WithSimd};

use super::buffer::{Buffer, buffer};
use super::math::multiply_add;
use super::simd::dispatch;

/// For each volume of the batch what its branch is multiplied with: 0 where it is dropped, and what makes up for that
/// where it is kept, so that the mean is the branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Depth {
    pub factors: Vec<f32>,
}

impl Depth {
    /// The rows `[batch·tokens, dim]` of a branch, each times its volume's factor.
    pub(super) fn plain(&self, branch: Tensor<2>) -> Tensor<2> {
        let ([rows, _], device) = (branch.dims(), branch.device());
        let each = rows / self.factors.len().max(1);
        let factors: Vec<f32> = self.factors.iter().flat_map(|factor| std::iter::repeat_n(*factor, each)).collect();
        branch * Tensor::<2>::from_data(TensorData::new(factors, [rows, 1]), &device) // [b·n, dim]
    }

    /// The numbers of a branch, each times its volume's factor.
    pub(super) fn scaled(&self, branch: &[f32]) -> Buffer {
        let mut to = buffer(branch.len());
        dispatch(Scale { branch, factors: &self.factors, to: &mut to });
        to
    }

    /// Adds a branch, each number times its volume's factor, to what went around it.
    pub(super) fn add(&self, branch: &[f32], around: &[f32]) -> Buffer {
        let mut to = buffer(branch.len());
        dispatch(Add { branch, around, factors: &self.factors, to: &mut to });
        to
    }
}

struct Scale<'a> {
    branch: &'a [f32],
    factors: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { branch, factors, to } = self;
        let each = branch.len() / factors.len();
        for volume in 0..factors.len() {
            let (branch, to, factor) =
                (&branch[volume * each..][..each], &mut to[volume * each..][..each], factors[volume]);
            for i in 0..each {
                to[i] = branch[i] * factor;
            }
        }
    }
}

struct Add<'a> {
    branch: &'a [f32],
    around: &'a [f32],
    factors: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { branch, around, factors, to } = self;
        let each = branch.len() / factors.len();
        for volume in 0..factors.len() {
            let (branch, around) = (&branch[volume * each..][..each], &around[volume * each..][..each]);
            let (to, factor) = (&mut to[volume * each..][..each], factors[volume]);
            for i in 0..each {
                to[i] = multiply_add::<S>(branch[i], factor, around[i]);
            }
        }
    }
}
