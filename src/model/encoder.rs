//! A transformer encoder (section 3.1 of the paper): a class token before the tokens where there is one, positions
//! added, block after block, the final norm, and one vector made of what comes out.

use burn::module::{Module, Param};
use burn::prelude::*;

use super::block::{Block, Sights};
use super::chance::{Chance, Place};
use super::init::{Initialiser, POSITION_LIMIT};
use super::layer::LayerNorm;
use super::positions;
use crate::config::{self, Pooling};

/// The encoder over the times of a volume, second of the two of model 2.
#[derive(Module, Debug)]
pub struct TemporalEncoder {
    class_token: Option<Param<Tensor<2>>>,
    positions: Option<Param<Tensor<2>>>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    /// Sinusoids, where the positions are not learned.
    #[module(skip)]
    fixed: Vec<f32>,
    /// Blocks of the spatial encoder.
    #[module(skip)]
    before: usize,
}

/// What an encoder is built from.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    pub model: &'a config::Model,
    /// How many tokens there are along each axis, without the class token.
    pub grid: &'a [usize],
    pub layers: usize,
    pub sights: Sights,
}

impl Plan<'_> {
    /// Tokens that come from no place.
    fn class_tokens(self) -> usize {
        usize::from(self.model.pooling == Pooling::Cls)
    }

    /// The class token, if there is one; it begins with zeros.
    pub fn class_token(self, device: &Device) -> Option<Param<Tensor<2>>> {
        (self.class_tokens() > 0).then(|| Param::from_tensor(Tensor::zeros([1, self.model.dim], device)))
    }

    /// Learned positions, or the fixed ones.
    pub fn positions(self, init: &mut Initialiser, device: &Device) -> (Option<Param<Tensor<2>>>, Vec<f32>) {
        let (dim, first) = (self.model.dim, self.class_tokens());
        let tokens = first + self.grid.iter().product::<usize>();
        match self.model.positions {
            config::Positions::Learned => (Some(init.uniform([tokens, dim], POSITION_LIMIT, device)), Vec::new()),
            config::Positions::Sinusoidal => (None, positions::sinusoids(self.grid, dim, first)),
        }
    }

    pub fn blocks(self, init: &mut Initialiser, device: &Device) -> Vec<Block> {
        (0..self.layers).map(|_| Block::new(self.model, self.sights, init, device)).collect()
    }

    pub fn norm(self, device: &Device) -> LayerNorm {
        LayerNorm::new(self.model.dim, self.model.norm_epsilon, device)
    }
}

impl TemporalEncoder {
    /// Freshly drawn weights; `before` blocks have gone before its own.
    #[must_use]
    pub fn new(plan: Plan, before: usize, init: &mut Initialiser, device: &Device) -> Self {
        let class_token = plan.class_token(device);
        let (positions, fixed) = plan.positions(init, device);
        Self { class_token, positions, blocks: plan.blocks(init, device), norm: plan.norm(device), fixed, before }
    }

    /// Its parts, to be run.
    pub fn encoder(&self) -> Encoder<'_> {
        let Self { class_token, positions, blocks, norm, fixed, before } = self;
        Encoder {
            class_token: class_token.as_ref(),
            positions: positions.as_ref(),
            fixed,
            blocks,
            norm,
            before: *before,
        }
    }
}

/// The parts of an encoder, wherever they are kept.
#[derive(Clone, Copy)]
pub struct Encoder<'a> {
    pub class_token: Option<&'a Param<Tensor<2>>>,
    /// Learned, `[tokens, dim]`.
    pub positions: Option<&'a Param<Tensor<2>>>,
    /// The same fixed, where none are learned.
    pub fixed: &'a [f32],
    pub blocks: &'a [Block],
    pub norm: &'a LayerNorm,
    /// Blocks of the encoders before it.
    pub before: usize,
}

impl Encoder<'_> {
    /// One vector for each sequence of tokens, of which a volume has `sequences`.
    ///
    /// `x` is `[batch·sequences, tokens, dim]`, and the result `[batch·sequences, dim]`.
    #[must_use]
    pub fn forward(&self, x: Tensor<3>, sequences: usize, chance: Option<&Chance>) -> Tensor<2> {
        let x = self.placed(x); // [b·s, n, dim]
        let [rows, tokens, dim] = x.dims();
        // Two axes from here on: one product over all tokens of the batch is the fastest shape.
        let mut x = x.reshape([rows * tokens, dim]); // [b·s·n, dim]
        for (block, layer) in self.blocks.iter().enumerate() {
            let place = Place { block, of: self.blocks.len(), before: self.before };
            let chance = chance.map(|chance| chance.block(place, rows / sequences));
            x = layer.forward(x, sequences * tokens, chance);
        }
        self.pooled(x, [rows, tokens]) // [b·s, dim]
    }

    /// What goes into the first block: the class token before the tokens, where there is one, and positions added.
    pub(super) fn placed(&self, x: Tensor<3>) -> Tensor<3> {
        let x = self.with_class_token(x); // [b·s, n, dim]
        let [_, tokens, dim] = x.dims();
        let positions = match self.positions {
            Some(learned) => learned.val(),
            None => Tensor::from_data(TensorData::new(self.fixed.to_vec(), [tokens, dim]), &x.device()),
        };
        x + positions.unsqueeze::<3>()
    }

    /// What comes out of the last block, `[rows·tokens, dim]`, as one vector a row.
    pub(super) fn pooled(&self, x: Tensor<2>, [rows, tokens]: [usize; 2]) -> Tensor<2> {
        let [_, dim] = x.dims();
        let x = self.norm.forward(x).reshape([rows, tokens, dim]); // [b·s, n, dim]
        match self.class_token {
            Some(_) => x.narrow(1, 0, 1).reshape([rows, dim]), // [b·s, dim]
            None => x.mean_dim(1).reshape([rows, dim]),        // [b·s, dim]
        }
    }

    fn with_class_token(&self, x: Tensor<3>) -> Tensor<3> {
        let Some(token) = self.class_token else { return x };
        let [rows, _, dim] = x.dims();
        let token = token.val().unsqueeze::<3>().expand([rows, 1, dim]);
        Tensor::cat(vec![token, x], 1) // [b·s, 1 + n, dim]
    }
}
