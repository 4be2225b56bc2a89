//! The optimizer of an experiment, and the gradient's norm.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::{AdamConfig, AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::prelude::*;

use crate::config::Optimizer;
use crate::model::Vivit;

/// Keeps the division defined when the gradient is zero; `PyTorch`'s `clip_grad_norm_` has the same.
const CLIP_EPSILON: f64 = 1e-6;

/// Burn's optimizer with the experiment's constants.
///
/// The decay is decoupled and multiplied by the rate: `p ← p·(1 − lr·λ) − lr·m̂/(√v̂ + ε)`
/// (Loshchilov & Hutter 2019).
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "Burn keeps these constants in single precision")]
pub fn optimizer(config: &Optimizer) -> ModuleOptimizer {
    match *config {
        Optimizer::AdamW { beta_1, beta_2, epsilon, weight_decay, .. } => AdamWConfig::new()
            .with_beta_1(beta_1 as f32)
            .with_beta_2(beta_2 as f32)
            .with_epsilon(epsilon as f32)
            .with_weight_decay(weight_decay as f32)
            .init(),
        Optimizer::Adam { beta_1, beta_2, epsilon, .. } => {
            AdamConfig::new().with_beta_1(beta_1 as f32).with_beta_2(beta_2 as f32).with_epsilon(epsilon as f32).init()
        }
    }
}

/// The rate that the schedule starts from.
#[must_use]
pub fn peak_rate(config: &Optimizer) -> f64 {
    match *config {
        Optimizer::AdamW { learning_rate, .. } | Optimizer::Adam { learning_rate, .. } => learning_rate,
    }
}

/// The Euclidean norm over all gradients together, `[1]`, left on the device.
#[must_use]
pub fn global_norm(model: &Vivit, gradients: &GradientsParams) -> Tensor<1> {
    let mut squares = Squares { gradients, sums: Vec::new() };
    model.visit(&mut squares);
    Tensor::cat(squares.sums, 0).sum().sqrt()
}

/// Scales all gradients together so that their norm is at most `limit`, without reading the norm.
#[must_use]
pub fn clip(model: &Vivit, gradients: GradientsParams, norm: &Tensor<1>, limit: f64) -> GradientsParams {
    let factor = ((norm.clone() + CLIP_EPSILON).recip() * limit).clamp_max(1.0); // [1]
    let mut scaled = Scaled { gradients, factor, result: GradientsParams::new() };
    model.visit(&mut scaled);
    scaled.result
}

/// Adds gradients of the same model, in the order given.
#[must_use]
pub fn sum(model: &Vivit, parts: Vec<GradientsParams>) -> GradientsParams {
    if parts.len() == 1 {
        return parts.into_iter().next().unwrap_or_default();
    }
    let mut summed = Summed { parts, sum: GradientsParams::new() };
    model.visit(&mut summed);
    summed.sum
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.sums.push(gradient.square().sum());
        }
    }
}

struct Scaled {
    gradients: GradientsParams,
    factor: Tensor<1>,
    result: GradientsParams,
}

impl ModuleVisitor for Scaled {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let factor = self.factor.clone().reshape([1; D]); // broadcasts over the gradient
            self.result.register::<D>(param.id, gradient * factor);
        }
    }
}

struct Summed {
    parts: Vec<GradientsParams>,
    sum: GradientsParams,
}

impl ModuleVisitor for Summed {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let sum = self.parts.iter_mut().filter_map(|part| part.remove::<D>(param.id)).reduce(|sum, next| sum + next);
        if let Some(sum) = sum {
            self.sum.register::<D>(param.id, sum);
        }
    }
}
