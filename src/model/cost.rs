//! What a model costs before it is built: parameters part by part, floating-point operations, memory.

use super::geometry::Geometry;
use crate::config::{self, Attention, Embedding, Pooling, Positions};
use crate::kernels::attention::{Shape, Sight};

/// Bytes of a single-precision number.
const FLOAT: u64 = 4;

/// A part of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    /// How its parameters come about, such as `512·128 + 128`.
    pub formula: String,
    pub parameters: u64,
    /// Of a forward pass of one volume; a multiply-add counts as two. Products only.
    pub flops: u64,
}

/// The cost of a whole model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    pub parts: Vec<Part>,
    /// Numbers that the backward pass keeps of one volume.
    kept: u64,
}

/// What the parts of a model are counted from.
struct Counter<'a> {
    model: &'a config::Model,
    dim: u64,
    cost: Cost,
}

impl Counter<'_> {
    fn part(&mut self, name: impl Into<String>, formula: String, parameters: u64, flops: u64) {
        self.cost.parts.push(Part { name: name.into(), formula, parameters, flops });
    }

    /// An encoder over `sequences` sequences of `tokens` tokens of a volume. Its parts have `name` before their own.
    fn encoder(&mut self, name: &str, (sequences, tokens): (usize, usize), layers: usize, sights: &[(&str, Sight)]) {
        let dim = self.dim;
        let cls = self.model.pooling == Pooling::Cls;
        if cls {
            self.part(format!("{name}class token"), format!("{dim}"), dim, 0);
        }
        let tokens = tokens + usize::from(cls);
        match self.model.positions {
            Positions::Learned => {
                self.part(format!("{name}positions"), format!("{tokens}·{dim}"), tokens as u64 * dim, 0);
            }
            Positions::Sinusoidal => self.part(format!("{name}positions"), "sines and cosines".into(), 0, 0),
        }
        for layer in 1..=layers {
            self.block(&format!("{name}block {layer}"), sequences * tokens, sights);
        }
        self.part(format!("{name}final norm"), format!("2·{dim}"), 2 * dim, 0);
    }

    /// A block over all tokens of a volume, with an attention for each of the sights.
    fn block(&mut self, name: &str, tokens: usize, sights: &[(&str, Sight)]) {
        /// Of width `dim` in an attention: two for the norm, the projections' input, packed qkv and its three parts,
        /// the attention's output, the residual sum.
        const ATTENTION: u64 = 11;
        /// The same in an MLP: three for the norm and its input, the residual sum, its output before and after the GELU.
        const MLP: u64 = 7;
        /// Of width `mlp`: before and after the GELU.
        const MLP_WIDE: u64 = 2;
        /// Of tokens × heads: scores, the softmax's exponentials and quotient, mask, product.
        const SQUARE: u64 = 5;
        let (dim, mlp, n) = (self.dim, self.model.mlp as u64, tokens as u64);
        let norms = sights.len() as u64 + 1;
        self.part(format!("{name}: norms"), format!("{norms}·2·{dim}"), 2 * norms * dim, 0);
        for (kind, sight) in sights {
            let (heads, head_dim) = (self.model.heads, self.model.dim / self.model.heads.max(1));
            let shape = Shape { tokens, heads, head_dim, sight: *sight };
            let squares = shape.strands().into_iter().map(|s| (s.heads * s.sequences * s.tokens * s.tokens) as u64);
            let squares = squares.sum::<u64>();
            // Four projections, then queries·keys and probabilities·values over all heads.
            let flops = 2 * n * 4 * dim * dim + 2 * 2 * squares * head_dim as u64;
            self.part(format!("{name}: attention{kind}"), format!("4·({dim}² + {dim})"), 4 * (dim * dim + dim), flops);
            self.cost.kept += n * ATTENTION * dim + SQUARE * squares;
        }
        self.part(
            format!("{name}: MLP"),
            format!("{dim}·{mlp} + {mlp} + {mlp}·{dim} + {dim}"),
            2 * dim * mlp + mlp + dim,
            2 * 2 * n * dim * mlp,
        );
        self.cost.kept += n * (MLP * dim + MLP_WIDE * mlp);
    }
}

impl Cost {
    /// Counts a model for volumes of this geometry.
    #[must_use]
    pub fn of(model: &config::Model, geometry: &Geometry, classes: usize) -> Self {
        let (dim, classes) = (model.dim as u64, classes as u64);
        let (tokens, values) = (geometry.tokens() as u64, geometry.tubelet_values() as u64);
        let (times, places) = (geometry.times(), geometry.places());
        let cost = Self { parts: Vec::new(), kept: tokens * values };
        let mut counter = Counter { model, dim, cost };
        let name = match model.embedding {
            Embedding::Tubelet { .. } => "tubelet embedding",
            Embedding::UniformFrames { .. } => "patch embedding",
        };
        let formula = format!("{values}·{dim} + {dim}");
        counter.part(name, formula, values * dim + dim, 2 * tokens * values * dim);
        let (layers, whole) = (model.layers, (1, geometry.tokens()));
        match model.attention {
            Attention::SpatioTemporal => counter.encoder("", whole, layers, &[("", Sight::Everywhere)]),
            Attention::FactorisedEncoder { temporal_layers } => {
                counter.encoder("spatial ", (times, places), layers, &[("", Sight::Space { times })]);
                counter.encoder("temporal ", (1, times), temporal_layers, &[("", Sight::Everywhere)]);
            }
            Attention::FactorisedSelfAttention => {
                let sights = [(" in space", Sight::Space { times }), (" in time", Sight::Time { times })];
                counter.encoder("", whole, layers, &sights);
            }
            Attention::FactorisedDotProduct => counter.encoder("", whole, layers, &[("", Sight::Halves { times })]),
        }
        let formula = format!("{dim}·{classes} + {classes}");
        counter.part("head", formula, dim * classes + classes, 2 * dim * classes);
        counter.cost
    }

    /// All parameters.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.parts.iter().map(|part| part.parameters).sum()
    }

    /// Of a forward pass of one volume.
    #[must_use]
    pub fn forward_flops(&self) -> u64 {
        self.parts.iter().map(|part| part.flops).sum()
    }

    /// Of forward and backward over a batch: the backward pass is counted as two forward passes.
    #[must_use]
    pub fn step_flops(&self, batch: usize) -> u64 {
        3 * self.forward_flops() * batch as u64
    }

    /// Bytes of weights, gradients and the optimizer's two moments, and of the weights' average where one is kept.
    #[must_use]
    pub fn state_bytes(&self, averaged: bool) -> u64 {
        (4 + u64::from(averaged)) * FLOAT * self.parameters()
    }

    /// About how many bytes of activations the backward pass keeps for a batch: the inputs of every
    /// operation whose gradient needs them, counted from the equations of a block.
    #[must_use]
    pub fn activation_bytes(&self, batch: usize) -> u64 {
        FLOAT * batch as u64 * self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Model, Padding, TubeletInit};
    use crate::data::VolumeShape;

    fn cube(edge: usize) -> VolumeShape {
        VolumeShape { depth: edge, height: edge, width: edge, channels: 1 }
    }

    fn cost(edge: usize, tubelet: usize, classes: usize) -> Cost {
        let model = Model { embedding: Embedding::tubelets((tubelet, tubelet, tubelet)), ..Model::default() };
        Cost::of(&model, &Geometry::new(&model, cube(edge)).unwrap(), classes)
    }

    /// The parameters of a model at the baseline's size, as they are counted; the model that is built has as many.
    fn parameters(model: &Model) -> u64 {
        use burn::module::Module;
        let geometry = Geometry::new(model, cube(28)).unwrap();
        let counted = Cost::of(model, &geometry, 11).parameters();
        let built = crate::model::Vivit::new(model, &geometry, 11, 42, &burn::tensor::Device::flex());
        assert_eq!(built.num_params() as u64, counted, "{model:?}");
        counted
    }

    #[test]
    fn parameters_and_operations_are_the_published_ones() {
        let baseline = cost(28, 8, 11);
        assert_eq!(baseline.parameters(), 1_656_971);
        assert_eq!((cost(28, 8, 2).parameters(), cost(28, 8, 3).parameters()), (1_655_810, 1_655_939));
        assert_eq!((cost(28, 7, 11).parameters(), cost(64, 8, 11).parameters()), (1_640_075, 1_719_051));
        assert_eq!(baseline.forward_flops() / 10_000, 9_146);
        assert_eq!(baseline.step_flops(32) / 100_000_000, 87);
    }

    #[test]
    fn the_papers_models_have_as_many_parameters_as_are_published() {
        use Attention::{FactorisedDotProduct, FactorisedEncoder, FactorisedSelfAttention, SpatioTemporal};
        let (mean, cls, eight) = (Pooling::Mean, Pooling::Cls, Model::default().layers);
        for (attention, pooling, layers, published) in [
            (SpatioTemporal, mean, eight, 1_656_971),
            (SpatioTemporal, cls, eight, 1_657_227),
            (FactorisedEncoder { temporal_layers: 4 }, mean, eight, 2_448_395),
            (FactorisedEncoder { temporal_layers: 4 }, cls, eight, 2_448_907),
            (FactorisedEncoder { temporal_layers: 2 }, mean, 6, 1_655_307),
            (FactorisedSelfAttention, mean, eight, 2_187_403),
            (FactorisedDotProduct, mean, eight, 1_656_971),
        ] {
            let model = Model { attention, layers, pooling, ..Model::default() };
            assert_eq!(parameters(&model), published, "{attention:?}, {pooling:?}");
        }
    }

    #[test]
    fn what_has_no_parameters_adds_none_and_what_sees_more_costs_more() {
        let sinusoidal = Model { positions: Positions::Sinusoidal, ..Model::default() };
        assert_eq!(parameters(&sinusoidal), 1_656_971 - 3_456);
        for init in [TubeletInit::Inflated, TubeletInit::CentralFrame] {
            let embedding = Embedding::Tubelet { size: (8, 8, 8), stride: None, padding: Padding::Crop, init };
            assert_eq!(parameters(&Model { embedding, ..Model::default() }), 1_656_971, "{init:?}");
        }
        let (size, init) = ((8, 8, 8), TubeletInit::Uniform);
        let overlapping = Embedding::Tubelet { size, stride: Some((4, 4, 4)), padding: Padding::Crop, init };
        assert_eq!(parameters(&Model { embedding: overlapping, ..Model::default() }), 1_656_971 + 189 * 128);
        let frames = Embedding::UniformFrames { frames: 4, patch: (8, 8), padding: Padding::Crop };
        let model = Model { embedding: frames, ..Model::default() };
        assert_eq!(parameters(&model), 1_656_971 - 448 * 128 + 9 * 128);
    }

    #[test]
    fn looking_at_less_takes_fewer_operations() {
        let flops = |attention| {
            let model = Model { attention, ..Model::default() };
            Cost::of(&model, &Geometry::new(&model, cube(64)).unwrap(), 11).forward_flops()
        };
        let everywhere = flops(Attention::SpatioTemporal);
        // 512 tokens: 512² scores a head against 8·64² in space and 64·8² in time, for half of the heads each.
        let fewer = 2 * 2 * 8 * 128 * (512 * 512 - 4 * 64 * 64 - 32 * 8 * 8);
        assert_eq!(everywhere - flops(Attention::FactorisedDotProduct), fewer);
    }
}
