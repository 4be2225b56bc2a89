//! The two halves of an encoder block, each one operation there and back: `x + f(norm(x))` with f the attention
//! or the MLP (Vaswani et al. 2017, section 3.1, with the norm first).
//!
//! Half a block at a time there is one node of the graph instead of four or five, nothing is copied for the
//! residual, and what only the next line reads never leaves the cache.

pub(super) mod attention;
pub(super) mod mlp;

use std::sync::Arc;

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

pub use self::attention::residual_attention;
pub use self::mlp::residual_mlp;
use super::buffer::Buffer;
use super::flex::{contiguous, sizes, tensor, values};
use super::layer_norm::{self, Moments};
use super::linear;

/// The weights of a layer norm, `[dim]` both.
#[derive(Clone, Debug)]
pub struct Norm {
    pub scale: Tensor<1>,
    pub shift: Tensor<1>,
    pub epsilon: f64,
}

/// The weights of a linear layer.
#[derive(Clone, Debug)]
pub struct Linear {
    /// `[inputs, outputs]`.
    pub weight: Tensor<2>,
    /// `[outputs]`.
    pub bias: Tensor<1>,
}

/// What the MLP's half of a block ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Gelu,
    Linear,
}

/// With what both halves begin: the norm, and the product that takes in what is normed.
#[derive(Clone, Debug)]
struct Entrance {
    x: FlexTensor,
    moments: Arc<Vec<Moments>>,
    scale: FlexTensor,
    shift: FlexTensor,
    weight: FlexTensor,
}

/// The gradients of the weights of an [`Entrance`].
struct EntranceGradients {
    scale: FlexTensor,
    shift: FlexTensor,
    weight: FlexTensor,
}

impl Entrance {
    /// Beside the entrance what comes through it, `[rows, outputs]`.
    fn enter(
        [x, scale, shift, weight]: [FlexTensor; 4],
        epsilon: f64,
        product: impl FnOnce(&[f32], &FlexTensor) -> Buffer,
    ) -> (Self, Buffer) {
        let (x, weight) = (contiguous(x), contiguous(weight));
        let (normed, moments) = layer_norm::forward(values(&x), values(&scale), values(&shift), epsilon);
        let output = product(&normed, &weight);
        (Self { x, moments: Arc::new(moments), scale, shift, weight }, output)
    }

    /// Adds to `dx` what the gradient of the product says about the input. `gradient` is `[rows, outputs]`.
    fn leave(&self, gradient: &[f32], dx: &mut FlexTensor) -> EntranceGradients {
        let (x, scale) = (values(&self.x), values(&self.scale));
        // Made again: to keep it costs more of the cache than to make it.
        let normed = layer_norm::again(x, scale, values(&self.shift), &self.moments);
        let weight = linear::weight_gradient(&normed, gradient, sizes(&self.weight));
        drop(normed);
        let normed = linear::input_gradient(gradient, &self.weight);
        let [scale, shift] = layer_norm::backward(x, scale, &self.moments, &normed, dx.storage_mut());
        let dim = [scale.len()];
        EntranceGradients { scale: tensor(scale, dim), shift: tensor(shift, dim), weight }
    }
}

/// The tensors and their nodes, each by themselves.
fn parts<T, N>([x, scale, shift, first, first_bias, last, last_bias]: [(T, N); 7]) -> ([T; 7], [N; 7]) {
    (
        [x.0, scale.0, shift.0, first.0, first_bias.0, last.0, last_bias.0],
        [x.1, scale.1, shift.1, first.1, first_bias.1, last.1, last_bias.1],
    )
}
