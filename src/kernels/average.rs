//! A running average of all parameters at once.

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::flex::{CHUNK, all_of_flex, untracked, values};
use super::math::multiply_add;
use super::simd::dispatch;

/// For each parameter decay·average + (1 − decay)·value; each comes as its average and its value, of one length.
/// Averages that nobody else holds are changed where they lie.
#[must_use]
pub fn average(parameters: Vec<[Tensor<1>; 2]>, decay: f64) -> Vec<Tensor<1>> {
    #[expect(clippy::cast_possible_truncation, reason = "single precision throughout the model")]
    let (kept, taken) = (decay as f32, (1.0 - decay) as f32);
    match all_of_flex(parameters.into_iter().flatten().collect()) {
        Ok(tensors) => fused(tensors, kept, taken),
        Err(tensors) => {
            tensors.chunks_exact(2).map(|pair| plain([pair[0].clone(), pair[1].clone()], kept, taken)).collect()
        }
    }
}

/// The same for one parameter, written with tensor operations.
pub(super) fn plain([average, value]: [Tensor<1>; 2], kept: f32, taken: f32) -> Tensor<1> {
    average * kept + value * taken
}

fn fused(mut tensors: Vec<FlexTensor>, kept: f32, taken: f32) -> Vec<Tensor<1>> {
    let mut parts = Vec::new();
    for parameter in tensors.chunks_exact_mut(2) {
        if let [average, value] = parameter {
            parts.extend(average.storage_mut().chunks_mut(CHUNK).zip(values(value).chunks(CHUNK)));
        }
    }
    parts.into_par_iter().for_each(|(average, value)| dispatch(Step { average, value, kept, taken }));
    tensors.into_iter().step_by(2).map(untracked).collect()
}

struct Step<'a> {
    average: &'a mut [f32],
    value: &'a [f32],
    kept: f32,
    taken: f32,
}

impl WithSimd for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { average, value, kept, taken } = self;
        for (average, value) in average.iter_mut().zip(value) {
            *average = multiply_add::<S>(*average, kept, value * taken);
        }
    }
}
