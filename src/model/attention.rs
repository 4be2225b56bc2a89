//! Multi-head self-attention over all tokens of a volume (equation 2 of the paper).

use burn::module::Module;
use burn::nn::Linear;
use burn::prelude::*;
use burn::tensor::activation::softmax;

use super::init::{Initialiser, attention_limits};

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
    ///
    /// `mask` is `[batch, heads, tokens, tokens]`: what each attention probability is multiplied
    /// with, 0 or 1/(1−p).
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, tokens: usize, mask: Option<Tensor<4>>) -> Tensor<2> {
        let [rows, dim] = x.dims();
        let (batch, heads, head_dim) = (rows / tokens, self.heads, dim / self.heads);
        let qkv = self.qkv.forward(x).reshape([batch, tokens, 3, heads, head_dim]); // [b, n, 3, h, d/h]
        let part = |index: usize| -> Tensor<4> {
            qkv.clone()
                .slice([0..batch, 0..tokens, index..index + 1, 0..heads, 0..head_dim]) // [b, n, 1, h, d/h]
                .reshape([batch, tokens, heads, head_dim]) // [b, n, h, d/h]
                .swap_dims(1, 2) // [b, h, n, d/h]
        };
        let (queries, keys, values) = (part(0), part(1), part(2));
        #[expect(clippy::cast_precision_loss, reason = "a head has at most a few thousand dimensions")]
        let scale = 1.0 / (head_dim as f64).sqrt();
        let scores = (queries * scale).matmul(keys.transpose()); // [b, h, n, n]
        let mut probabilities = softmax(scores, 3); // [b, h, n, n]
        if let Some(mask) = mask {
            probabilities = probabilities * mask;
        }
        let x = probabilities.matmul(values).swap_dims(1, 2); // [b, n, h, d/h]
        self.output.forward(x.reshape([rows, dim])) // [b·n, dim]
    }
}
