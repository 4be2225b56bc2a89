//! Multi-head self-attention over all tokens of a volume (equation 2 of the paper).

use burn::module::Module;
use burn::prelude::*;

use super::init::{Initialiser, attention_limits};
use super::layer::{LayerNorm, Linear};
use crate::kernels::attention::Shape;
use crate::kernels::dropout::Dropout;
use crate::kernels::residual::residual_attention;

/// Queries, keys and values in one product, then `heads` attentions side by side, then the output.
#[derive(Module, Debug)]
pub struct MultiHeadSelfAttention {
    /// `[dim, 3·dim]`: the columns are all queries, all keys, all values, head by head.
    qkv: Linear,
    output: Linear,
    #[module(skip)]
    heads: usize,
}

impl MultiHeadSelfAttention {
    /// Freshly drawn weights. `dim` is divisible by `heads`, as [`crate::config`] checks.
    #[must_use]
    pub fn new(dim: usize, heads: usize, init: &mut Initialiser, device: &Device) -> Self {
        let (input, output) = attention_limits(dim, heads);
        Self { qkv: init.linear(dim, 3 * dim, input, device), output: init.linear(dim, dim, output, device), heads }
    }

    /// x + output(attention(qkv(norm(x)))): `x` is `[batch·tokens, dim]`, and so is the result.
    #[must_use]
    pub fn residual(&self, x: Tensor<2>, norm: &LayerNorm, tokens: usize, dropout: Option<&Dropout>) -> Tensor<2> {
        let [_, dim] = x.dims();
        let shape = Shape { tokens, heads: self.heads, head_dim: dim / self.heads };
        residual_attention(x, norm.weights(), self.qkv.weights(), self.output.weights(), shape, dropout)
    }
}
