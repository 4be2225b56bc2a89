//! How a volume is cut into tubelets: the grid of tokens, and what no token sees.

use std::ops::Range;

use crate::config::{self, Cut, Embedding, Misfit};
use crate::data::VolumeShape;

/// A tubelet is larger than the volume it should be cut from, or there are fewer frames than should be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoesNotFit {
    #[error(
        "model.embedding: a tubelet {tubelet} voxels {axis} does not fit a volume of {volume}; expected at most {volume}"
    )]
    Tubelet { axis: &'static str, tubelet: usize, volume: usize },
    #[error(
        "model.embedding: a tubelet {tubelet} voxels deep does not fit an image, which has one slice; expected a depth \
         of 1, as in Tubelet(size: (1, 4, 4))"
    )]
    Image { tubelet: usize },
    #[error(
        "model.embedding.frames: {frames} frames cannot be taken from a depth of {volume}; expected at most {volume}"
    )]
    Frames { frames: usize, volume: usize },
}

/// The grid of tubelets over a volume. A patch of a frame is a tubelet that is one voxel deep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The volume, in voxels.
    pub volume: VolumeShape,
    /// Where the tubelets stand along depth, height and width.
    pub cuts: [Cut; 3],
}

impl Geometry {
    /// The grid of an embedding over volumes of a shape.
    ///
    /// # Errors
    ///
    /// [`DoesNotFit`] when an edge of the tubelet is longer than the volume's, or frames are missing.
    pub fn new(model: &config::Model, volume: VolumeShape) -> Result<Self, DoesNotFit> {
        let frames = matches!(model.embedding, Embedding::UniformFrames { .. });
        let told = |Misfit { axis, wanted, length: volume }| match axis {
            0 if frames => DoesNotFit::Frames { frames: wanted, volume },
            0 if volume == 1 => DoesNotFit::Image { tubelet: wanted },
            0 => DoesNotFit::Tubelet { axis: "deep", tubelet: wanted, volume },
            1 => DoesNotFit::Tubelet { axis: "high", tubelet: wanted, volume },
            _ => DoesNotFit::Tubelet { axis: "wide", tubelet: wanted, volume },
        };
        let cuts = model.embedding.cuts([volume.depth, volume.height, volume.width]).map_err(told)?;
        Ok(Self { volume, cuts })
    }

    /// Tubelets along depth, height and width.
    #[must_use]
    pub fn grid(&self) -> [usize; 3] {
        self.cuts.each_ref().map(Cut::tokens)
    }

    /// Edges of a tubelet in voxels: depth, height, width.
    #[must_use]
    pub fn tubelet(&self) -> [usize; 3] {
        self.cuts.each_ref().map(|cut| cut.edge)
    }

    /// Tokens of a volume.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.grid().iter().product()
    }

    /// Along the depth, which is the time of a video.
    #[must_use]
    pub fn times(&self) -> usize {
        let [times, ..] = self.grid();
        times
    }

    /// Tokens of one time.
    #[must_use]
    pub fn places(&self) -> usize {
        let [_, rows, columns] = self.grid();
        rows * columns
    }

    /// Values that make up one tubelet: its voxels times the channels.
    #[must_use]
    pub fn tubelet_values(&self) -> usize {
        self.tubelet().iter().product::<usize>() * self.volume.channels
    }

    /// The voxels that a token covers along depth, height and width; what it has of padding is left out.
    #[must_use]
    pub fn region(&self, token: usize) -> [Range<usize>; 3] {
        let [_, rows, columns] = self.grid();
        let [depth, height, width] = &self.cuts;
        let place = [token / (rows * columns), token / columns % rows, token % columns];
        let [d, h, w] = place;
        [depth.covered(d), height.covered(h), width.covered(w)]
    }

    /// Voxels at the far end of each axis that no tubelet covers.
    #[must_use]
    pub fn margin(&self) -> [usize; 3] {
        self.cuts.each_ref().map(Cut::margin)
    }

    /// The share of the volume's voxels that the model sees, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a volume has far fewer than 2^52 voxels")]
    pub fn seen_share(&self) -> f64 {
        let all = self.volume.depth * self.volume.height * self.volume.width;
        self.cuts.iter().map(Cut::seen).product::<usize>() as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Padding, TubeletInit};

    fn cube(edge: usize) -> VolumeShape {
        VolumeShape { depth: edge, height: edge, width: edge, channels: 1 }
    }

    fn of(embedding: Embedding) -> Geometry {
        Geometry::new(&config::Model { embedding, ..config::Model::default() }, cube(28)).unwrap()
    }

    #[test]
    fn the_baseline_sees_27_tokens_and_63_percent_of_the_volume() {
        let geometry = of(Embedding::default());
        assert_eq!((geometry.tokens(), geometry.times(), geometry.places()), (27, 3, 9));
        assert_eq!(geometry.tubelet_values(), 512);
        assert_eq!(geometry.margin(), [4, 4, 4]);
        assert!((geometry.seen_share() - 0.6297).abs() < 1e-4);
    }

    #[test]
    fn overlapping_tubelets_and_padded_ones_see_everything() {
        let (size, init) = ((8, 8, 8), TubeletInit::Uniform);
        let overlapping = of(Embedding::Tubelet { size, stride: Some((4, 4, 4)), padding: Padding::Crop, init });
        assert_eq!((overlapping.tokens(), overlapping.seen_share()), (216, 1.0));
        let padded = of(Embedding::Tubelet { size, stride: None, padding: Padding::Pad, init });
        assert_eq!((padded.tokens(), padded.seen_share(), padded.margin()), (64, 1.0, [0; 3]));
    }

    #[test]
    fn frames_are_patches_of_single_slices() {
        let geometry = of(Embedding::UniformFrames { frames: 4, patch: (8, 8), padding: Padding::Crop });
        assert_eq!((geometry.grid(), geometry.tubelet(), geometry.tubelet_values()), ([4, 3, 3], [1, 8, 8], 64));
        assert!((geometry.seen_share() - 4.0 / 28.0 * (24.0_f64 / 28.0).powi(2)).abs() < 1e-9);
        assert_eq!(geometry.region(9 + 5), [10..11, 8..16, 16..24]);
    }

    #[test]
    fn every_token_has_a_place_of_its_own() {
        let init = TubeletInit::Uniform;
        let geometry = of(Embedding::Tubelet { size: (8, 8, 8), stride: None, padding: Padding::Pad, init });
        assert_eq!(geometry.region(0), [0..6, 0..6, 0..6]);
        assert_eq!(geometry.region(63), [22..28, 22..28, 22..28]);
        assert_eq!(geometry.region(16 + 2 * 4 + 1), [6..14, 14..22, 6..14]);
    }

    #[test]
    fn a_tubelet_larger_than_the_volume_is_refused_by_axis() {
        let flat = VolumeShape { depth: 5, height: 28, width: 28, channels: 1 };
        let message = Geometry::new(&config::Model::default(), flat).unwrap_err().to_string();
        assert!(message.contains("8 voxels deep") && message.contains("at most 5"), "{message}");
        let image = VolumeShape { depth: 1, ..flat };
        let message = Geometry::new(&config::Model::default(), image).unwrap_err().to_string();
        assert!(message.contains("8 voxels deep") && message.contains("Tubelet(size: (1, 4, 4))"), "{message}");
        let embedding = Embedding::UniformFrames { frames: 6, patch: (8, 8), padding: Padding::Crop };
        let model = config::Model { embedding, ..config::Model::default() };
        let message = Geometry::new(&model, flat).unwrap_err().to_string();
        assert!(message.contains("6 frames") && message.contains("at most 5"), "{message}");
    }
}
