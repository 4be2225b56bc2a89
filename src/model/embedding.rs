//! Tubelet embedding (section 3.2 of the paper): each tubelet of a volume is projected to a token. A frame's patch
//! is a tubelet that is one voxel deep.
//!
//! A convolution, written as one product over the cut tubelets.

use burn::module::Module;
use burn::prelude::*;

use super::geometry::Geometry;
use super::init::{Initialiser, glorot_limit_of_convolution};
use super::layer::Linear;
use crate::config::{Cut, Embedding, TubeletInit};

/// Cuts and projects: `[batch, depth, height, width, channels]` → `[batch, tokens, dim]`.
#[derive(Module, Debug)]
pub struct TubeletEmbedding {
    /// `[tubelet values, dim]`, the tubelet's values in the order depth, height, width, channel.
    projection: Linear,
    #[module(skip)]
    cuts: [Cut; 3],
}

impl TubeletEmbedding {
    /// Freshly drawn weights for the tubelets of `geometry`.
    #[must_use]
    pub fn new(embedding: &Embedding, geometry: &Geometry, dim: usize, from: (&mut Initialiser, &Device)) -> Self {
        let (init, device) = from;
        let ([depth, height, width], channels) = (geometry.tubelet(), geometry.volume.channels);
        let limit = |receptive| glorot_limit_of_convolution(receptive, channels, dim);
        let how = match *embedding {
            Embedding::Tubelet { init, .. } => init,
            Embedding::UniformFrames { .. } => TubeletInit::Uniform,
        };
        let projection = if how == TubeletInit::Uniform {
            init.linear(geometry.tubelet_values(), dim, limit(depth * height * width), device)
        } else {
            // Drawn as the kernel of an embedding of images.
            let image = init.linear(height * width * channels, dim, limit(height * width), device);
            Linear { weight: image.weight.map(|kernel| over_depth(&kernel, depth, how)), ..image }
        };
        Self { projection, cuts: geometry.cuts.clone() }
    }

    /// The tokens of each volume, row by row through depth, height and width.
    #[must_use]
    pub fn forward(&self, volumes: Tensor<5>) -> Tensor<3> {
        let [batch, _, _, _, channels] = volumes.dims();
        let ([gd, gh, gw], [td, th, tw]) =
            (self.cuts.each_ref().map(Cut::tokens), self.cuts.each_ref().map(|c| c.edge));
        let tokens = gd * gh * gw;
        let x = self.side_by_side(volumes); // [b, gd·td, gh·th, gw·tw, c]
        // Six axes at most: what every backend supports.
        let x = x.reshape([batch * gd, td, gh, th, gw, tw * channels]); // [b·gd, td, gh, th, gw, tw·c]
        let x = x.permute([0, 2, 4, 1, 3, 5]); // [b·gd, gh, gw, td, th, tw·c]
        let x = x.reshape([batch * tokens, td * th * tw * channels]); // [b·tokens, tubelet values]
        let x = self.projection.forward(x); // [b·tokens, dim]
        let [_, dim] = x.dims();
        x.reshape([batch, tokens, dim]) // [batch, tokens, dim]
    }

    /// The volumes with their tubelets side by side along each axis: voxels that several tubelets see stand there as
    /// often, those that none sees do not, and zeros stand for the padding. `[b, gd·td, gh·th, gw·tw, c]`.
    fn side_by_side(&self, volumes: Tensor<5>) -> Tensor<5> {
        let x = self.cuts.iter().enumerate().fold(volumes, |x, (axis, cut)| padded(x, axis + 1, cut));
        let [batch, depth, height, width, channels] = x.dims();
        let seen = |cut: &Cut, length| if as_they_stand(cut) { cut.tokens() * cut.edge } else { length };
        let [d, h, w] = &self.cuts;
        let x = x.slice([0..batch, 0..seen(d, depth), 0..seen(h, height), 0..seen(w, width), 0..channels]);
        let others = self.cuts.iter().enumerate().filter(|(_, cut)| !as_they_stand(cut));
        others.fold(x, |x, (axis, cut)| gathered(x, axis + 1, cut))
    }
}

/// Whether the tubelets along a padded axis already are one behind the other.
fn as_they_stand(cut: &Cut) -> bool {
    starts(cut).eq((0..).step_by(cut.edge).take(cut.tokens()))
}

/// The first voxel of each tubelet along an axis that is padded.
fn starts(cut: &Cut) -> impl Iterator<Item = usize> {
    let [before, _] = cut.padding();
    cut.starts.iter().map(move |&start| before.saturating_add_signed(start))
}

/// Zeros before and behind an axis, as many as its cut wants.
fn padded(x: Tensor<5>, axis: usize, cut: &Cut) -> Tensor<5> {
    let zeros = |count: usize| {
        let mut dims = x.dims();
        if let Some(length) = dims.get_mut(axis) {
            *length = count;
        }
        Tensor::zeros(dims, &x.device())
    };
    match cut.padding() {
        [0, 0] => x,
        [0, after] => Tensor::cat(vec![x.clone(), zeros(after)], axis),
        [before, after] => Tensor::cat(vec![zeros(before), x.clone(), zeros(after)], axis),
    }
}

/// The tubelets of an axis one behind the other.
fn gathered(x: Tensor<5>, axis: usize, cut: &Cut) -> Tensor<5> {
    let voxels = starts(cut).flat_map(|start| start..start + cut.edge);
    let voxels: Vec<i32> = voxels.map(|voxel| i32::try_from(voxel).unwrap_or(i32::MAX)).collect();
    let device = x.device();
    x.select(axis, Tensor::from_data(TensorData::new(voxels, [cut.tokens() * cut.edge]), &device))
}

/// A kernel for images, `[height·width·channels, dim]`, as one for tubelets that are `depth` deep.
fn over_depth(kernel: &Tensor<2>, depth: usize, how: TubeletInit) -> Tensor<2> {
    Tensor::cat(slices(depth, how).map(|part| kernel.clone() * part).collect(), 0)
}

/// What a kernel for images is multiplied with in each slice of a tubelet (section 3.4 of the paper): it is repeated and
/// divided by the depth, or stands in the middle slice among zeros.
#[expect(clippy::cast_precision_loss, reason = "a tubelet is at most 512 deep")]
pub fn slices(depth: usize, how: TubeletInit) -> impl Iterator<Item = f32> {
    (0..depth).map(move |at| match how {
        TubeletInit::CentralFrame => f32::from(u8::from(at == depth / 2)),
        TubeletInit::Uniform | TubeletInit::Inflated => 1.0 / depth as f32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Padding};
    use crate::data::VolumeShape;

    /// The first kernel of a model, `[tubelet values, dim]`.
    fn kernel(embedding: Embedding) -> Vec<f32> {
        let model = config::Model { embedding, dim: 6, ..config::Model::default() };
        let volume = VolumeShape { depth: 12, height: 9, width: 9, channels: 2 };
        let geometry = Geometry::new(&model, volume).unwrap();
        let from = (&mut Initialiser::new(7), &Device::flex());
        TubeletEmbedding::new(&model.embedding, &geometry, model.dim, from)
            .projection
            .weight
            .val()
            .into_data()
            .try_to_vec()
            .unwrap()
    }

    fn tubelet(init: TubeletInit) -> Vec<f32> {
        kernel(Embedding::Tubelet { size: (5, 3, 4), stride: None, padding: Padding::Crop, init })
    }

    #[test]
    fn kernels_for_images_are_repeated_or_stand_in_the_middle() {
        // The frames' embedding draws the same kernel, because it is drawn from the same seed with the same limit.
        let image = kernel(Embedding::UniformFrames { frames: 3, patch: (3, 4), padding: Padding::Crop });
        assert_eq!(image.len(), 3 * 4 * 2 * 6);
        let inflated = tubelet(TubeletInit::Inflated);
        let repeated: Vec<f32> = image.iter().map(|weight| weight * (1.0 / 5.0)).collect();
        assert_eq!(inflated, repeated.repeat(5));
        let central = tubelet(TubeletInit::CentralFrame);
        let frames: Vec<&[f32]> = central.chunks(image.len()).collect();
        assert_eq!(frames[2], image);
        assert!([0, 1, 3, 4].iter().all(|at| frames[*at].iter().all(|weight| *weight == 0.0)));
        let limit = glorot_limit_of_convolution(12, 2, 6);
        let largest = image.iter().fold(0.0_f32, |most, weight| most.max(weight.abs()));
        assert!(largest <= limit && largest > 0.9 * limit, "{largest} against {limit}");
    }
}
