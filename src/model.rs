//! ViViT, model 1 of the paper (Arnab et al., *ViViT: A Video Vision Transformer*, arXiv 2103.15691):
//! tubelets of a volume become tokens, all tokens go through one encoder, their mean is classified.
//!
//! Nothing here knows files, threads or which device the tensors are on.

pub mod attention;
pub mod block;
pub mod cost;
pub mod dropout;
pub mod embedding;
pub mod geometry;
pub mod init;
pub mod layer;

use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::prelude::*;

use self::block::Block;
use self::dropout::AttentionDropout;
use self::embedding::TubeletEmbedding;
use self::geometry::Geometry;
use self::init::{Initialiser, glorot_limit};
use self::layer::{LayerNorm, Linear};
use crate::config;

/// The whole classifier: embedding, positions, `layers` blocks, final norm, head.
#[derive(Module, Debug)]
pub struct Vivit {
    embedding: TubeletEmbedding,
    /// Learned, `[tokens, dim]`.
    positions: Param<Tensor<2>>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
}

impl Vivit {
    /// A model with freshly drawn weights: a pure function of the seed, the same on every device.
    ///
    /// The initialisers are those of the published Keras recipe: Glorot uniform kernels, zero
    /// biases, positions from U(±0.05).
    #[must_use]
    pub fn new(model: &config::Model, geometry: &Geometry, classes: usize, seed: u64, device: &Device) -> Self {
        let mut init = Initialiser::new(seed);
        let dim = model.dim;
        let embedding = TubeletEmbedding::new(geometry, dim, &mut init, device);
        let positions = init.uniform([geometry.tokens(), dim], init::POSITION_LIMIT, device);
        let blocks = (0..model.layers).map(|_| Block::new(model, &mut init, device)).collect();
        let model = Self {
            embedding,
            positions,
            blocks,
            norm: LayerNorm::new(dim, model.norm_epsilon, device),
            head: init.linear(dim, classes, glorot_limit(dim, classes), device),
        };
        model.map(&mut Numbered(0))
    }

    /// Class scores before the softmax.
    ///
    /// `volumes` are intensities in 0..=1, `[batch, depth, height, width, channels]`; the result is
    /// `[batch, classes]`. `dropout` is given while training and absent while evaluating.
    #[must_use]
    pub fn forward(&self, volumes: Tensor<5>, dropout: Option<&AttentionDropout>) -> Tensor<2> {
        let [batch, ..] = volumes.dims();
        let [tokens, dim] = self.positions.dims();
        let x = self.embedding.forward(volumes); // [batch, tokens, dim]
        let x = x + self.positions.val().unsqueeze::<3>();
        // Two axes from here on: one product over all tokens of the batch is the fastest shape.
        let mut x = x.reshape([batch * tokens, dim]); // [batch·tokens, dim]
        for (layer, block) in self.blocks.iter().enumerate() {
            let dropout = dropout.map(|dropout| dropout.layer(layer, batch));
            x = block.forward(x, tokens, dropout.as_ref());
        }
        let x = self.norm.forward(x).reshape([batch, tokens, dim]); // [batch, tokens, dim]
        let x = x.mean_dim(1).reshape([batch, dim]); // [batch, dim]
        self.head.forward(x) // [batch, classes]
    }
}

/// Numbers the parameters in their order. Burn draws their identities at random; numbered, the
/// checkpoints of equal weights are equal files, and an optimizer's moments find their parameters.
struct Numbered(u64);

impl ModuleMapper for Numbered {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.0 += 1;
        let (_, tensor, mapper) = param.consume();
        Param::from_mapped_value(ParamId::from(self.0), tensor, mapper)
    }
}
