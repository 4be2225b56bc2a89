//! Multi-head self-attention (equation 2 of the paper) over what each token can see of its volume.

use burn::module::Module;
use burn::prelude::*;

use super::chance::AttentionChance;
use super::init::{Initialiser, attention_limits};
use super::layer::{LayerNorm, Linear};
use crate::config;
use crate::kernels::attention::{Shape, Sight};
use crate::kernels::residual::residual_attention;

/// Queries, keys and values in one product, then `heads` attentions side by side, then the output.
#[derive(Module, Debug)]
pub struct MultiHeadSelfAttention {
    /// `[dim, 3·dim]`: the columns are all queries, all keys, all values, head by head.
    qkv: Linear,
    output: Linear,
    #[module(skip)]
    heads: usize,
    #[module(skip)]
    sight: Sight,
}

impl MultiHeadSelfAttention {
    /// Freshly drawn weights. `dim` is divisible by `heads`, as [`crate::config`] checks.
    #[must_use]
    pub fn new(model: &config::Model, sight: Sight, init: &mut Initialiser, device: &Device) -> Self {
        let (dim, heads) = (model.dim, model.heads);
        let (input, output) = attention_limits(dim, heads);
        let (qkv, output) = (init.linear(dim, 3 * dim, input, device), init.linear(dim, dim, output, device));
        Self { qkv, output, heads, sight }
    }

    /// x + output(attention(qkv(norm(x)))): `x` is `[batch·tokens, dim]`, and so is the result.
    #[must_use]
    pub fn residual(&self, x: Tensor<2>, norm: &LayerNorm, tokens: usize, chance: &AttentionChance) -> Tensor<2> {
        let [_, dim] = x.dims();
        let shape = Shape { tokens, heads: self.heads, head_dim: dim / self.heads, sight: self.sight };
        let (norm, qkv, output) = (norm.weights(), self.qkv.weights(), self.output.weights());
        residual_attention(x, norm, qkv, output, shape, chance.dropout.as_ref(), chance.depth.as_ref())
    }
}
