//! Multi-head self-attention over all tokens of a volume (equation 2 of the paper).

use burn::module::Module;
use burn::prelude::*;

use super::init::{Initialiser, attention_limits};
use super::layer::Linear;
use crate::kernels::attention::{Shape, attention};
use crate::kernels::dropout::Dropout;

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

    /// `x` is `[batch·tokens, dim]`, and so is the result.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, tokens: usize, dropout: Option<&Dropout>) -> Tensor<2> {
        let [_, dim] = x.dims();
        let shape = Shape { tokens, heads: self.heads, head_dim: dim / self.heads };
        let qkv = self.qkv.forward(x); // [b·n, 3·dim]
        let x = attention(qkv, shape, dropout); // [b·n, dim]
        self.output.forward(x) // [b·n, dim]
    }
}
