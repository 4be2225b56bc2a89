//! Tubelet embedding (section 3.2 of the paper): each tubelet of a volume is projected to a token.
//!
//! A convolution whose stride is its kernel, so it is written as one product over the cut tubelets.

use burn::module::Module;
use burn::prelude::*;

use super::geometry::Geometry;
use super::init::{Initialiser, glorot_limit_of_convolution};
use super::layer::Linear;

/// Cuts and projects: `[batch, depth, height, width, channels]` → `[batch, tokens, dim]`.
#[derive(Module, Debug)]
pub struct TubeletEmbedding {
    /// `[tubelet values, dim]`, the tubelet's values in the order depth, height, width, channel.
    projection: Linear,
    #[module(skip)]
    grid: [usize; 3],
    #[module(skip)]
    tubelet: [usize; 3],
}

impl TubeletEmbedding {
    /// Freshly drawn weights for the tubelets of `geometry`.
    #[must_use]
    pub fn new(geometry: &Geometry, dim: usize, init: &mut Initialiser, device: &Device) -> Self {
        let receptive: usize = geometry.tubelet.iter().product();
        let limit = glorot_limit_of_convolution(receptive, geometry.volume.channels, dim);
        Self {
            projection: init.linear(geometry.tubelet_values(), dim, limit, device),
            grid: geometry.grid,
            tubelet: geometry.tubelet,
        }
    }

    /// The tokens of each volume, row by row through depth, height and width.
    #[must_use]
    pub fn forward(&self, volumes: Tensor<5>) -> Tensor<3> {
        let [batch, _, _, _, channels] = volumes.dims();
        let ([gd, gh, gw], [td, th, tw]) = (self.grid, self.tubelet);
        let tokens = gd * gh * gw;
        let x = volumes.slice([0..batch, 0..gd * td, 0..gh * th, 0..gw * tw, 0..channels]); // the seen part
        // Six axes at most: what every backend supports.
        let x = x.reshape([batch * gd, td, gh, th, gw, tw * channels]); // [b·gd, td, gh, th, gw, tw·c]
        let x = x.permute([0, 2, 4, 1, 3, 5]); // [b·gd, gh, gw, td, th, tw·c]
        let x = x.reshape([batch * tokens, td * th * tw * channels]); // [b·tokens, tubelet values]
        let x = self.projection.forward(x); // [b·tokens, dim]
        let [_, dim] = x.dims();
        x.reshape([batch, tokens, dim]) // [batch, tokens, dim]
    }
}
