//! The initial weights, drawn on the host: the same numbers on every device and every machine.

use burn::module::Param;
use burn::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::layer::Linear;

/// Positions start in U(±0.05), Keras' `RandomUniform` default.
pub const POSITION_LIMIT: f32 = 0.05;

/// The stream of the run's seed that the weights are drawn from; data and dropout use others.
const WEIGHTS: u64 = 0x77e1_6874;

/// The limit of Glorot's uniform initialiser for a dense kernel: √(6 / (inputs + outputs)).
///
/// Source: Glorot & Bengio 2010, as `keras.initializers.GlorotUniform`.
#[must_use]
pub fn glorot_limit(inputs: usize, outputs: usize) -> f32 {
    glorot_limit_of_convolution(1, inputs, outputs)
}

/// The same for a convolution, whose fans count the receptive field.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "fans are small integers")]
pub fn glorot_limit_of_convolution(receptive_field: usize, inputs: usize, outputs: usize) -> f32 {
    (6.0 / (receptive_field * (inputs + outputs)) as f64).sqrt() as f32
}

/// The limits for the query, key and value kernels, and for the output kernel.
///
/// Keras stores them with three axes and computes their fans as a convolution's:
/// `[dim, heads, head_dim]` has receptive field `dim`, `[heads, head_dim, dim]` has `heads`.
#[must_use]
pub fn attention_limits(dim: usize, heads: usize) -> (f32, f32) {
    let head_dim = dim / heads;
    (glorot_limit_of_convolution(dim, heads, head_dim), glorot_limit_of_convolution(heads, head_dim, dim))
}

/// Draws weights one after another from one stream.
pub struct Initialiser {
    random: ChaCha8Rng,
}

impl Initialiser {
    /// The stream that belongs to a run's seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(WEIGHTS);
        Self { random }
    }

    /// A parameter from U(−limit, limit).
    pub fn uniform<const D: usize>(&mut self, shape: [usize; D], limit: f32, device: &Device) -> Param<Tensor<D>> {
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|_| (self.random.random::<f32>() * 2.0 - 1.0) * limit).collect();
        Param::from_tensor(Tensor::from_data(TensorData::new(values, shape), device))
    }

    /// A dense layer with a drawn kernel `[inputs, outputs]` and a zero bias.
    pub fn linear(&mut self, inputs: usize, outputs: usize, limit: f32, device: &Device) -> Linear {
        let bias = Param::from_tensor(Tensor::zeros([outputs], device));
        Linear { weight: self.uniform([inputs, outputs], limit, device), bias }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_those_of_the_published_recipe() {
        let (query, output) = attention_limits(128, 8);
        for (ours, published) in [
            (query, 0.04419),
            (output, 0.07217),
            (glorot_limit_of_convolution(512, 1, 128), 0.009_531),
            (glorot_limit(128, 512), 0.09682),
            (glorot_limit(128, 11), 0.20777),
        ] {
            assert!((ours - published).abs() < 1e-5, "{ours} against {published}");
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_weights() {
        let draw = |seed| Initialiser::new(seed).uniform([4, 3], 1.0, &Device::flex()).val().into_data();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
