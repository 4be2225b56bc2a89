//! Sums over the gradients of many parameters at once.

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::buffer::copied;
use super::flex::{CHUNK, all_of_flex, tensor, untracked, values};
use super::math::multiply_add;
use super::simd::dispatch;

/// For each parameter the sum of its tensors, added in their order, and on the CPU the [`norm`] of all sums, which
/// costs next to nothing while they are added. All parameters have equally many tensors.
#[must_use]
pub fn sums(parameters: Vec<Vec<Tensor<1>>>) -> (Vec<Tensor<1>>, Option<Tensor<1>>) {
    let each = parameters.first().map_or(1, Vec::len).max(1);
    match all_of_flex(parameters.into_iter().flatten().collect()) {
        Ok(tensors) => {
            let (sums, norm) = fused_sums(tensors, each);
            (sums, Some(norm))
        }
        Err(tensors) => {
            let sum = |parts: &[Tensor<1>]| parts.iter().cloned().reduce(|a, b| a + b);
            (tensors.chunks(each).filter_map(sum).collect(), None)
        }
    }
}

fn fused_sums(mut tensors: Vec<FlexTensor>, each: usize) -> (Vec<Tensor<1>>, Tensor<1>) {
    // The first of each takes in the others, where it lies.
    let add = |parts: &mut [FlexTensor]| -> Vec<f32> {
        let Some((sum, others)) = parts.split_first_mut() else { return Vec::new() };
        // Chunk by chunk: what has been added is still near when the next is added to it.
        let chunks = sum.storage_mut().chunks_mut(CHUNK).enumerate().map(|(place, to)| {
            for other in &*others {
                let from = values(other).chunks(CHUNK).nth(place).unwrap_or_default();
                dispatch(Add { from, to });
            }
            dispatch(Squares(to))
        });
        chunks.collect()
    };
    let squares: Vec<Vec<f32>> = tensors.par_chunks_mut(each).map(add).collect();
    let norm = root(squares.into_iter().flatten());
    (tensors.into_iter().step_by(each).map(untracked).collect(), norm)
}

/// The Euclidean norm over all numbers of all tensors, `[1]`, left on the device.
#[must_use]
pub fn norm(tensors: Vec<Tensor<1>>) -> Tensor<1> {
    match all_of_flex(tensors) {
        Ok(tensors) => {
            let chunks: Vec<&[f32]> = tensors.iter().flat_map(|tensor| values(tensor).chunks(CHUNK)).collect();
            let squares: Vec<f32> = chunks.into_par_iter().map(|chunk| dispatch(Squares(chunk))).collect();
            root(squares.into_iter())
        }
        Err(tensors) => {
            let squares = tensors.into_iter().map(|tensor| tensor.square().sum()).collect();
            Tensor::cat(squares, 0).sum().sqrt()
        }
    }
}

/// The root of the sum, `[1]`.
fn root(squares: impl Iterator<Item = f32>) -> Tensor<1> {
    let sum: f64 = squares.map(f64::from).sum();
    #[expect(clippy::cast_possible_truncation, reason = "single precision throughout the model")]
    let norm = sum.sqrt() as f32;
    untracked(tensor(copied(&[norm]), [1]))
}

struct Add<'a> {
    from: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (to, from) in self.to.iter_mut().zip(self.from) {
            *to += from;
        }
    }
}

/// The sum of the squares, in lanes, so that it is added in the same order on every processor.
struct Squares<'a>(&'a [f32]);

impl WithSimd for Squares<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let mut lanes = [0.0; 32];
        let (whole, rest) = self.0.as_chunks::<32>();
        for chunk in whole {
            for (sum, &value) in lanes.iter_mut().zip(chunk) {
                *sum = multiply_add::<S>(value, value, *sum);
            }
        }
        for (sum, value) in lanes.iter_mut().zip(rest) {
            *sum += value * value;
        }
        lanes.iter().sum()
    }
}
