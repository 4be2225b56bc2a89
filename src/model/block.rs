//! One encoder block (equations 2 and 3 of the paper): pre-norm attention, then pre-norm MLP, each
//! with its residual.

use burn::module::Module;
use burn::prelude::*;

use super::attention::MultiHeadSelfAttention;
use super::init::{Initialiser, glorot_limit};
use super::layer::{LayerNorm, Linear};
use crate::config;
use crate::kernels::dropout::Dropout;
use crate::kernels::residual::residual_mlp;

/// A block; its input and output are `[batch·tokens, dim]`.
#[derive(Module, Debug)]
pub struct Block {
    attention_norm: LayerNorm,
    attention: MultiHeadSelfAttention,
    mlp_norm: LayerNorm,
    expand: Linear,
    contract: Linear,
}

impl Block {
    /// Freshly drawn weights.
    #[must_use]
    pub fn new(model: &config::Model, init: &mut Initialiser, device: &Device) -> Self {
        let (dim, mlp) = (model.dim, model.mlp);
        Self {
            attention_norm: LayerNorm::new(dim, model.norm_epsilon, device),
            attention: MultiHeadSelfAttention::new(dim, model.heads, init, device),
            mlp_norm: LayerNorm::new(dim, model.norm_epsilon, device),
            expand: init.linear(dim, mlp, glorot_limit(dim, mlp), device),
            contract: init.linear(mlp, dim, glorot_limit(mlp, dim), device),
        }
    }

    /// Applies the block: x + attention(norm(x)), then x + gelu(contract(gelu(expand(norm(x))))). `dropout` is
    /// that of the attention, absent while evaluating.
    ///
    /// The GELU after the second linear is the published recipe's; the paper has only the first.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, tokens: usize, dropout: Option<&Dropout>) -> Tensor<2> {
        let x = self.attention.residual(x, &self.attention_norm, tokens, dropout); // [b·n, dim]
        residual_mlp(x, self.mlp_norm.weights(), self.expand.weights(), self.contract.weights()) // [b·n, dim]
    }
}
