//! One step of `AdamW` over all parameters at once (Loshchilov & Hutter 2019, algorithm 2), and of a running average
//! of theirs.

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::flex::{CHUNK, all_of_flex, untracked, values};
use super::math::multiply_add;
use super::simd::dispatch;

/// What a step multiplies with.
#[derive(Clone, Copy, Debug)]
pub struct Update {
    pub rate: f64,
    pub beta_1: f64,
    pub beta_2: f64,
    pub epsilon: f64,
    /// Decoupled: a step takes rate·decay of every parameter.
    pub weight_decay: f64,
    /// The number of this step, from 1: what the moments are corrected for.
    pub step: u64,
}

/// The same in single precision, as it meets the numbers.
#[derive(Clone, Copy)]
struct Factors {
    kept: f32,
    rate: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    /// 1/(1 − βᵗ).
    correction_1: f32,
    correction_2: f32,
}

impl Update {
    #[expect(clippy::cast_possible_truncation, reason = "single precision throughout the model")]
    fn factors(self) -> Factors {
        let step = i32::try_from(self.step).unwrap_or(i32::MAX);
        let correction = |beta: f64| (1.0 / (1.0 - beta.powi(step))) as f32;
        Factors {
            kept: (1.0 - self.rate * self.weight_decay) as f32,
            rate: self.rate as f32,
            beta_1: self.beta_1 as f32,
            beta_2: self.beta_2 as f32,
            epsilon: self.epsilon as f32,
            correction_1: correction(self.beta_1),
            correction_2: correction(self.beta_2),
        }
    }
}

/// A parameter with what belongs to it, all of one length.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub value: Tensor<1>,
    pub gradient: Tensor<1>,
    pub first_moment: Tensor<1>,
    pub second_moment: Tensor<1>,
}

/// For each parameter its new value and moments. What nobody else holds is changed where it lies.
#[must_use]
pub fn adamw(parameters: Vec<Parameter>, update: Update) -> Vec<[Tensor<1>; 3]> {
    let tensors = parameters
        .into_iter()
        .flat_map(|parameter| [parameter.gradient, parameter.value, parameter.first_moment, parameter.second_moment]);
    match all_of_flex(tensors.collect()) {
        Ok(mut tensors) => {
            fuse(&mut tensors, update, None);
            groups::<_, 4>(tensors).map(|[_, value, first, second]| [value, first, second].map(untracked)).collect()
        }
        Err(tensors) => groups(tensors).map(|parameter| plain(parameter, update)).collect(),
    }
}

/// The same beside a running average of each parameter, which takes in the new value: kept·average + (1 − kept)·value.
/// For each parameter its new value, moments and average.
///
/// One walk over the memory does both: a second one would take as long as half of the step.
#[must_use]
pub fn adamw_averaged(
    parameters: Vec<Parameter>,
    averages: Vec<Tensor<1>>,
    update: Update,
    kept: f64,
) -> Vec<[Tensor<1>; 4]> {
    let tensors = parameters.into_iter().zip(averages).flat_map(|(parameter, average)| {
        let Parameter { value, gradient, first_moment, second_moment } = parameter;
        [gradient, value, first_moment, second_moment, average]
    });
    let averaging = Averaging::new(kept);
    match all_of_flex(tensors.collect()) {
        Ok(mut tensors) => {
            fuse(&mut tensors, update, Some(averaging));
            let fives = groups::<_, 5>(tensors);
            fives.map(|[_, value, first, second, average]| [value, first, second, average].map(untracked)).collect()
        }
        Err(tensors) => groups(tensors).map(|parameter| plain_averaged(parameter, update, kept)).collect(),
    }
}

/// What an average and a new value are multiplied with.
#[derive(Clone, Copy)]
struct Averaging {
    kept: f32,
    taken: f32,
}

impl Averaging {
    #[expect(clippy::cast_possible_truncation, reason = "single precision throughout the model")]
    fn new(kept: f64) -> Self {
        Self { kept: kept as f32, taken: (1.0 - kept) as f32 }
    }
}

/// Gradient, value, first and second moment, and maybe an average, which come one after another.
fn groups<T, const N: usize>(tensors: Vec<T>) -> impl Iterator<Item = [T; N]> {
    let mut tensors = tensors.into_iter();
    std::iter::from_fn(move || tensors.by_ref().take(N).collect::<Vec<T>>().try_into().ok())
}

/// The same for one parameter, written with tensor operations.
pub(super) fn plain([gradient, value, first_moment, second_moment]: [Tensor<1>; 4], update: Update) -> [Tensor<1>; 3] {
    let Factors { kept, rate, beta_1, beta_2, epsilon, correction_1, correction_2 } = update.factors();
    let first = first_moment * beta_1 + gradient.clone() * (1.0 - beta_1);
    let second = second_moment * beta_2 + gradient.square() * (1.0 - beta_2);
    let direction = first.clone() * correction_1 / ((second.clone() * correction_2).sqrt() + epsilon);
    [value * kept - direction * rate, first, second]
}

/// The same with an average, written with tensor operations.
pub(super) fn plain_averaged(parameter: [Tensor<1>; 5], update: Update, kept: f64) -> [Tensor<1>; 4] {
    let [gradient, value, first_moment, second_moment, average] = parameter;
    let [value, first, second] = plain([gradient, value, first_moment, second_moment], update);
    let Averaging { kept, taken } = Averaging::new(kept);
    let average = average * kept + value.clone() * taken;
    [value, first, second, average]
}

/// Changes what lies in the tensors: groups of four, or of five with an average.
fn fuse(tensors: &mut [FlexTensor], update: Update, averaging: Option<Averaging>) {
    let factors = update.factors();
    let mut parts = Vec::new();
    for parameter in tensors.chunks_exact_mut(if averaging.is_some() { 5 } else { 4 }) {
        if let [gradient, value, first, second, average @ ..] = parameter {
            let chunks = value.storage_mut().chunks_mut(CHUNK).zip(values(gradient).chunks(CHUNK));
            let moments = first.storage_mut().chunks_mut(CHUNK).zip(second.storage_mut().chunks_mut(CHUNK));
            let mut average = average.first_mut().map(|average| average.storage_mut::<f32>().chunks_mut(CHUNK));
            for ((value, gradient), (first, second)) in chunks.zip(moments) {
                let average = average.as_mut().and_then(Iterator::next).zip(averaging);
                parts.push(Step { value, gradient, first, second, average, factors });
            }
        }
    }
    parts.into_par_iter().for_each(dispatch);
}

struct Step<'a> {
    value: &'a mut [f32],
    gradient: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    average: Option<(&'a mut [f32], Averaging)>,
    factors: Factors,
}

impl WithSimd for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { value, gradient, first, second, average, factors } = self;
        let numbers = value.iter_mut().zip(gradient).zip(first).zip(second);
        match average {
            None => {
                for (((value, &gradient), first), second) in numbers {
                    factors.apply::<S>(value, gradient, first, second);
                }
            }
            Some((average, Averaging { kept, taken })) => {
                for ((((value, &gradient), first), second), average) in numbers.zip(average) {
                    factors.apply::<S>(value, gradient, first, second);
                    *average = multiply_add::<S>(*average, kept, *value * taken);
                }
            }
        }
    }
}

impl Factors {
    /// The step of one number.
    #[inline(always)]
    fn apply<S: Simd>(self, value: &mut f32, gradient: f32, first: &mut f32, second: &mut f32) {
        let Self { kept, rate, beta_1, beta_2, epsilon, correction_1, correction_2 } = self;
        *first = multiply_add::<S>(*first, beta_1, gradient * (1.0 - beta_1));
        *second = multiply_add::<S>(*second, beta_2, gradient * gradient * (1.0 - beta_2));
        let direction = *first * correction_1 / ((*second * correction_2).sqrt() + epsilon);
        *value = multiply_add::<S>(*value, kept, -rate * direction);
    }
}
