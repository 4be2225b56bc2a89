//! ViViT, the four models of the paper (Arnab et al., *ViViT: A Video Vision Transformer*, arXiv 2103.15691):
//! tubelets of a volume become tokens, encoders make one vector of them, and that is classified. The models differ
//! in which tokens look at which.
//!
//! Nothing here knows files, threads or which device the tensors are on.

pub mod attention;
pub mod block;
pub mod chance;
pub mod cost;
pub mod embedding;
pub mod encoder;
pub mod geometry;
pub mod init;
pub mod layer;
pub mod positions;
mod rollout;

use burn::module::{Module, ModuleMapper, Param, ParamId};
use burn::prelude::*;

use self::block::{Block, Sights};
use self::chance::Chance;
use self::embedding::TubeletEmbedding;
use self::encoder::{Encoder, Plan, TemporalEncoder};
use self::geometry::Geometry;
use self::init::{Initialiser, glorot_limit};
use self::layer::{LayerNorm, Linear};
pub use self::rollout::Unread;
use crate::config::{self, Attention};
use crate::kernels::attention::Sight;

/// The whole classifier: embedding, encoder (class token, positions, blocks, final norm), in model 2 another encoder
/// over the times, head.
///
/// The first encoder's parts stand here by themselves: under these names they are kept in checkpoints.
#[derive(Module, Debug)]
pub struct Vivit {
    embedding: TubeletEmbedding,
    class_token: Option<Param<Tensor<2>>>,
    /// Learned, `[tokens, dim]`.
    positions: Option<Param<Tensor<2>>>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    temporal: Option<TemporalEncoder>,
    head: Linear,
    /// Sinusoids, where the positions are not learned.
    #[module(skip)]
    fixed: Vec<f32>,
    /// Along the depth of the grid.
    #[module(skip)]
    times: usize,
}

impl Vivit {
    /// A model with freshly drawn weights: a pure function of the seed, the same on every device.
    ///
    /// The initialisers are those of the published Keras recipe: Glorot uniform kernels, zero
    /// biases, positions from U(±0.05).
    #[must_use]
    pub fn new(model: &config::Model, geometry: &Geometry, classes: usize, seed: u64, device: &Device) -> Self {
        let mut init = Initialiser::new(seed);
        let (dim, times, grid) = (model.dim, geometry.times(), geometry.grid());
        let [_, places @ ..] = grid;
        let (sights, grid): (_, &[usize]) = match model.attention {
            Attention::SpatioTemporal => (Sights::One(Sight::Everywhere), &grid),
            Attention::FactorisedEncoder { .. } => (Sights::One(Sight::Space { times }), &places),
            Attention::FactorisedSelfAttention => (Sights::SpaceThenTime { times }, &grid),
            Attention::FactorisedDotProduct => (Sights::One(Sight::Halves { times }), &grid),
        };
        let plan = Plan { model, grid, layers: model.layers, sights };
        let embedding = TubeletEmbedding::new(&model.embedding, geometry, dim, (&mut init, device));
        let class_token = plan.class_token(device);
        let (positions, fixed) = plan.positions(&mut init, device);
        let blocks = plan.blocks(&mut init, device);
        let temporal = match model.attention {
            Attention::FactorisedEncoder { temporal_layers: layers } => {
                let plan = Plan { model, grid: &[times], layers, sights: Sights::One(Sight::Everywhere) };
                Some(TemporalEncoder::new(plan, model.layers, &mut init, device))
            }
            _ => None,
        };
        let head = init.linear(dim, classes, glorot_limit(dim, classes), device);
        let norm = plan.norm(device);
        let model = Self { embedding, class_token, positions, blocks, norm, temporal, head, fixed, times };
        model.map(&mut Numbered(0))
    }

    /// Class scores before the softmax.
    ///
    /// `volumes` are intensities in 0..=1, `[batch, depth, height, width, channels]`; the result is
    /// `[batch, classes]`. `chance` is given while training and absent while evaluating.
    #[must_use]
    pub fn forward(&self, volumes: Tensor<5>, chance: Option<&Chance>) -> Tensor<2> {
        let x = self.embedding.forward(volumes); // [batch, tokens, dim]
        let x = match &self.temporal {
            None => self.encoder().forward(x, 1, chance), // [batch, dim]
            Some(temporal) => {
                let ([batch, tokens, dim], times) = (x.dims(), self.times);
                let x = x.reshape([batch * times, tokens / times, dim]); // [batch·times, places, dim]
                let x = self.encoder().forward(x, times, chance); // [batch·times, dim]
                temporal.encoder().forward(x.reshape([batch, times, dim]), 1, chance) // [batch, dim]
            }
        };
        self.head.forward(x) // [batch, classes]
    }

    /// The first encoder, in model 2 the spatial one.
    fn encoder(&self) -> Encoder<'_> {
        let Self { class_token, positions, blocks, norm, fixed, .. } = self;
        Encoder { class_token: class_token.as_ref(), positions: positions.as_ref(), fixed, blocks, norm, before: 0 }
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
