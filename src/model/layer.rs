//! The two layers that everything is made of. Their work is done by [`crate::kernels`].

use burn::module::{Module, Param};
use burn::prelude::*;

use crate::kernels::{self, residual};

/// `x·weight + bias`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[inputs, outputs]`.
    pub weight: Param<Tensor<2>>,
    /// `[outputs]`.
    pub bias: Param<Tensor<1>>,
}

impl Linear {
    /// `[rows, inputs]` → `[rows, outputs]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        kernels::linear(x, self.weight.val(), self.bias.val())
    }

    /// The weights, for an operation of which this layer is a part.
    #[must_use]
    pub fn weights(&self) -> residual::Linear {
        residual::Linear { weight: self.weight.val(), bias: self.bias.val() }
    }
}

/// Every row with mean 0 and variance 1, then scaled and shifted by what was learned.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[dim]`, from 1.
    gamma: Param<Tensor<1>>,
    /// `[dim]`, from 0.
    beta: Param<Tensor<1>>,
    #[module(skip)]
    epsilon: f64,
}

impl LayerNorm {
    /// A layer norm that changes nothing but mean and variance.
    #[must_use]
    pub fn new(dim: usize, epsilon: f64, device: &Device) -> Self {
        Self {
            gamma: Param::from_tensor(Tensor::ones([dim], device)),
            beta: Param::from_tensor(Tensor::zeros([dim], device)),
            epsilon,
        }
    }

    /// `[rows, dim]` → `[rows, dim]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        kernels::layer_norm(x, self.gamma.val(), self.beta.val(), self.epsilon)
    }

    /// The weights, for an operation of which this layer is a part.
    #[must_use]
    pub fn weights(&self) -> residual::Norm {
        residual::Norm { scale: self.gamma.val(), shift: self.beta.val(), epsilon: self.epsilon }
    }
}
