//! The gradients of all parameters, and what is reckoned over them together.

use burn::module::{Module, ModuleVisitor, Param};
use burn::prelude::*;

use super::optimizer::flat;
use crate::kernels::sums;
use crate::model::Vivit;

/// Keeps the division defined when the gradient is zero; `PyTorch`'s `clip_grad_norm_` has the same.
const CLIP_EPSILON: f64 = 1e-6;

/// The gradients of a model's parameters in their order, each with its axes laid end to end.
#[derive(Clone, Debug, Default)]
pub struct Gradients {
    each: Vec<Tensor<1>>,
    /// The norm over all of them, where it is known.
    norm: Option<Tensor<1>>,
}

impl Gradients {
    /// Those that a way back through `model` has found. What the loss does not depend on has a gradient of 0.
    #[must_use]
    pub fn of(model: &Vivit, found: burn::tensor::Gradients) -> Self {
        struct Collect {
            found: burn::tensor::Gradients,
            flat: Vec<Tensor<1>>,
        }
        impl ModuleVisitor for Collect {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let gradient = param.val().grad_remove(&mut self.found);
                self.flat.push(flat(gradient.unwrap_or_else(|| param.val().inner().zeros_like())));
            }
        }
        let mut collect = Collect { found, flat: Vec::new() };
        model.visit(&mut collect);
        Self { each: collect.flat, norm: None }
    }

    /// Parameter by parameter.
    #[must_use]
    pub fn each(&self) -> &[Tensor<1>] {
        &self.each
    }

    /// Parameter by parameter, to be used up.
    pub(super) fn into_each(self) -> Vec<Tensor<1>> {
        self.each
    }

    /// The sum of gradients of the same model, added in the order given.
    #[must_use]
    pub fn sum(parts: Vec<Self>) -> Self {
        let (count, mut parts) = (parts.len(), parts.into_iter());
        let first = parts.next().unwrap_or_default();
        if count <= 1 {
            return first;
        }
        let mut each: Vec<Vec<Tensor<1>>> = first.each.into_iter().map(|gradient| vec![gradient]).collect();
        for part in parts {
            for (gradients, gradient) in each.iter_mut().zip(part.each) {
                gradients.push(gradient);
            }
        }
        let (each, norm) = sums::sums(each);
        Self { each, norm }
    }

    /// The Euclidean norm over all of them together, `[1]`, left on the device.
    #[must_use]
    pub fn norm(&self) -> Tensor<1> {
        self.norm.clone().unwrap_or_else(|| sums::norm(self.each.clone()))
    }

    /// All of them scaled together so that `norm`, which is theirs, is at most `limit`, without reading it.
    #[must_use]
    pub fn clip(self, norm: &Tensor<1>, limit: Option<f64>) -> Self {
        let Some(limit) = limit else { return self };
        let factor = ((norm.clone() + CLIP_EPSILON).recip() * limit).clamp_max(1.0); // [1]
        Self { each: self.each.into_iter().map(|gradient| gradient * factor.clone()).collect(), norm: None }
    }
}
