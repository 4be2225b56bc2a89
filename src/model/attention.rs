//! Multi-head self-attention (equation 2 of the paper) over what each token can see of its volume.

use burn::module::Module;
use burn::prelude::*;

use super::chance::AttentionChance;
use super::init::{Initialiser, attention_limits};
use super::layer::{LayerNorm, Linear};
use crate::config;
use crate::kernels::attention::{Shape, Sight, Strand, looks};
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
        let shape = self.shape(&x, tokens);
        let (norm, qkv, output) = (norm.weights(), self.qkv.weights(), self.output.weights());
        residual_attention(x, norm, qkv, output, shape, chance.dropout.as_ref(), chance.depth.as_ref())
    }

    /// How much each token of one volume looks at each other: of every strand of heads its share of all heads, and the
    /// mean over its heads as [`looks`] gives it. `x` is `[tokens, dim]`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are few heads")]
    pub fn looks(&self, x: Tensor<2>, norm: &LayerNorm) -> Vec<(f64, Strand, Tensor<3>)> {
        let [tokens, _] = x.dims();
        let shape = self.shape(&x, tokens);
        let strands = looks(self.qkv.forward(norm.forward(x)), shape).into_iter();
        strands.map(|(strand, mean)| (strand.heads as f64 / self.heads as f64, strand, mean)).collect()
    }

    fn shape(&self, x: &Tensor<2>, tokens: usize) -> Shape {
        let [_, dim] = x.dims();
        Shape { tokens, heads: self.heads, head_dim: dim / self.heads, sight: self.sight }
    }
}
