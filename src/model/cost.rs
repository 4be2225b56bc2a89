//! What a model costs before it is built: parameters part by part, floating-point operations, memory.

use super::geometry::Geometry;
use crate::config;

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
    tokens: u64,
    dim: u64,
    heads: u64,
    layers: u64,
    mlp: u64,
    tubelet_values: u64,
}

impl Cost {
    /// Counts a model for volumes of this geometry.
    #[must_use]
    pub fn of(model: &config::Model, geometry: &Geometry, classes: usize) -> Self {
        let [dim, heads, layers, mlp] = [model.dim, model.heads, model.layers, model.mlp].map(|n| n as u64);
        let (tokens, values, classes) = (geometry.tokens() as u64, geometry.tubelet_values() as u64, classes as u64);
        let mut parts = vec![
            Part {
                name: "tubelet embedding".into(),
                formula: format!("{values}·{dim} + {dim}"),
                parameters: values * dim + dim,
                flops: 2 * tokens * values * dim,
            },
            Part { name: "positions".into(), formula: format!("{tokens}·{dim}"), parameters: tokens * dim, flops: 0 },
        ];
        for layer in 1..=layers {
            let part = |name: &str, formula: String, parameters, flops| Part {
                name: format!("block {layer}: {name}"),
                formula,
                parameters,
                flops,
            };
            parts.push(part("norms", format!("2·2·{dim}"), 4 * dim, 0));
            parts.push(part(
                "attention",
                format!("4·({dim}² + {dim})"),
                4 * (dim * dim + dim),
                // Four projections, then queries·keys and probabilities·values over all heads.
                2 * tokens * 4 * dim * dim + 2 * 2 * tokens * tokens * dim,
            ));
            parts.push(part(
                "MLP",
                format!("{dim}·{mlp} + {mlp} + {mlp}·{dim} + {dim}"),
                2 * dim * mlp + mlp + dim,
                2 * 2 * tokens * dim * mlp,
            ));
        }
        parts.push(Part { name: "final norm".into(), formula: format!("2·{dim}"), parameters: 2 * dim, flops: 0 });
        parts.push(Part {
            name: "head".into(),
            formula: format!("{dim}·{classes} + {classes}"),
            parameters: dim * classes + classes,
            flops: 2 * dim * classes,
        });
        Self { parts, tokens, dim, heads, layers, mlp, tubelet_values: values }
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

    /// Bytes of weights, gradients and the optimizer's two moments.
    #[must_use]
    pub fn state_bytes(&self) -> u64 {
        4 * FLOAT * self.parameters()
    }

    /// About how many bytes of activations the backward pass keeps for a batch: the inputs of every
    /// operation whose gradient needs them, counted from the equations of a block.
    #[must_use]
    pub fn activation_bytes(&self, batch: usize) -> u64 {
        /// Of width `dim` in a block: two norms (input, deviation, normalised), the projections'
        /// input, packed qkv and its three parts, the attention's output, two residual sums, the
        /// MLP's input, its output before and after the GELU.
        const WIDE: u64 = 18;
        /// Of width `mlp`: before and after the GELU.
        const MLP_WIDE: u64 = 2;
        /// Of tokens × heads: scores, the softmax's exponentials and quotient, mask, product.
        const SQUARE: u64 = 5;
        let block = WIDE * self.dim + MLP_WIDE * self.mlp + SQUARE * self.heads * self.tokens;
        FLOAT * batch as u64 * self.tokens * (self.tubelet_values + self.layers * block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Embedding, Model};
    use crate::data::VolumeShape;

    fn cost(edge: usize, tubelet: usize, classes: usize) -> Cost {
        let model = Model { embedding: Embedding::Tubelet { size: (tubelet, tubelet, tubelet) }, ..Model::default() };
        let shape = VolumeShape { depth: edge, height: edge, width: edge, channels: 1 };
        Cost::of(&model, &Geometry::new(&model, shape).unwrap(), classes)
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
    fn the_count_is_that_of_the_model_as_it_is_built() {
        use burn::module::Module;
        let model = Model::default();
        let geometry = Geometry::new(&model, VolumeShape { depth: 28, height: 28, width: 28, channels: 1 }).unwrap();
        let built = crate::model::Vivit::new(&model, &geometry, 11, 42, &burn::tensor::Device::flex());
        assert_eq!(built.num_params() as u64, Cost::of(&model, &geometry, 11).parameters());
    }
}
