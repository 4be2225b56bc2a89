//! One encoder block (equations 2 and 3 of the paper, figure 4 for the factorised ones): pre-norm attention, once or
//! in space and then in time, then pre-norm MLP, each with its residual.

use burn::module::Module;
use burn::prelude::*;

use super::attention::MultiHeadSelfAttention;
use super::chance::BlockChance;
use super::init::{Initialiser, glorot_limit};
use super::layer::{LayerNorm, Linear};
use crate::config::{self, MlpOutput};
use crate::kernels::attention::Sight;
use crate::kernels::residual::{Ending, residual_mlp};

/// What the tokens of a block look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sights {
    /// One attention.
    One(Sight),
    /// An attention in space, then one in time over so many times (model 3).
    SpaceThenTime { times: usize },
}

/// A block; its input and output are `[batch·tokens, dim]`.
#[derive(Module, Debug)]
pub struct Block {
    attention_norm: LayerNorm,
    attention: MultiHeadSelfAttention,
    /// The attention in time, where it is one of its own.
    time_norm: Option<LayerNorm>,
    time_attention: Option<MultiHeadSelfAttention>,
    mlp_norm: LayerNorm,
    expand: Linear,
    contract: Linear,
    #[module(skip)]
    ending: Ending,
}

impl Block {
    /// Freshly drawn weights.
    #[must_use]
    pub fn new(model: &config::Model, sights: Sights, init: &mut Initialiser, device: &Device) -> Self {
        let (dim, mlp) = (model.dim, model.mlp);
        let norm = || LayerNorm::new(dim, model.norm_epsilon, device);
        let (first, second) = match sights {
            Sights::One(sight) => (sight, None),
            Sights::SpaceThenTime { times } => (Sight::Space { times }, Some(Sight::Time { times })),
        };
        Self {
            attention_norm: norm(),
            attention: MultiHeadSelfAttention::new(model, first, init, device),
            time_norm: second.map(|_| norm()),
            time_attention: second.map(|sight| MultiHeadSelfAttention::new(model, sight, init, device)),
            mlp_norm: norm(),
            expand: init.linear(dim, mlp, glorot_limit(dim, mlp), device),
            contract: init.linear(mlp, dim, glorot_limit(mlp, dim), device),
            ending: match model.mlp_output {
                MlpOutput::Gelu => Ending::Gelu,
                MlpOutput::Linear => Ending::Linear,
            },
        }
    }

    /// Applies the block: x + attention(norm(x)), that once or twice, then x + gelu(contract(gelu(expand(norm(x))))).
    /// `chance` is absent while evaluating.
    ///
    /// The GELU after the second linear is the published recipe's; the paper has only the first.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, tokens: usize, chance: Option<BlockChance>) -> Tensor<2> {
        let of = |skip: usize| chance.map(|chance| chance.attention(skip)).unwrap_or_default();
        let mut x = x;
        for (skip, (attention, norm)) in self.attentions().enumerate() {
            x = attention.residual(x, norm, tokens, &of(skip)); // [b·n, dim]
        }
        self.mlp(x, chance) // [b·n, dim]
    }

    /// Its attentions in their order, one or two, each with the norm before it.
    pub fn attentions(&self) -> impl Iterator<Item = (&MultiHeadSelfAttention, &LayerNorm)> {
        let time = self.time_attention.as_ref().zip(self.time_norm.as_ref());
        std::iter::once((&self.attention, &self.attention_norm)).chain(time)
    }

    /// The half of the block behind its attentions.
    #[must_use]
    pub fn mlp(&self, x: Tensor<2>, chance: Option<BlockChance>) -> Tensor<2> {
        let (norm, depth) = (self.mlp_norm.weights(), chance.and_then(|chance| chance.depth(2)));
        residual_mlp(x, norm, self.expand.weights(), self.contract.weights(), self.ending, depth.as_ref()) // [b·n, dim]
    }
}
