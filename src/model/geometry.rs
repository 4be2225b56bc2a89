//! How a volume is cut into tubelets: the grid of tokens, and the margin that no token sees.

use crate::config;
use crate::data::VolumeShape;

/// A tubelet is larger than the volume it should be cut from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "model.embedding: a tubelet {tubelet} voxels {axis} does not fit a volume of {volume}; expected at most {volume}"
)]
pub struct DoesNotFit {
    axis: &'static str,
    tubelet: usize,
    volume: usize,
}

/// The grid of tubelets over a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The volume, in voxels.
    pub volume: VolumeShape,
    /// Edges of a tubelet in voxels: depth, height, width.
    pub tubelet: [usize; 3],
    /// Tubelets along depth, height and width.
    pub grid: [usize; 3],
}

impl Geometry {
    /// The grid of non-overlapping tubelets that fit the volume, without padding, from its corner on.
    ///
    /// # Errors
    ///
    /// [`DoesNotFit`] when an edge of the tubelet is longer than the volume's.
    pub fn new(model: &config::Model, volume: VolumeShape) -> Result<Self, DoesNotFit> {
        let config::Embedding::Tubelet { size: (depth, height, width) } = model.embedding;
        let fit = |axis, tubelet, volume| {
            if tubelet <= volume { Ok(volume / tubelet) } else { Err(DoesNotFit { axis, tubelet, volume }) }
        };
        let grid =
            [fit("deep", depth, volume.depth)?, fit("high", height, volume.height)?, fit("wide", width, volume.width)?];
        Ok(Self { volume, tubelet: [depth, height, width], grid })
    }

    /// Tokens of a volume.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.grid.iter().product()
    }

    /// Values that make up one tubelet: its voxels times the channels.
    #[must_use]
    pub fn tubelet_values(&self) -> usize {
        self.tubelet.iter().product::<usize>() * self.volume.channels
    }

    /// Voxels along each axis that some tubelet covers.
    #[must_use]
    pub fn seen(&self) -> [usize; 3] {
        let [d, h, w] = self.grid;
        let [td, th, tw] = self.tubelet;
        [d * td, h * th, w * tw]
    }

    /// Voxels at the far end of each axis that no tubelet covers.
    #[must_use]
    pub fn margin(&self) -> [usize; 3] {
        let [d, h, w] = self.seen();
        [self.volume.depth - d, self.volume.height - h, self.volume.width - w]
    }

    /// The share of the volume's voxels that the model sees, 0 to 1.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a volume has far fewer than 2^52 voxels")]
    pub fn seen_share(&self) -> f64 {
        let all = self.volume.depth * self.volume.height * self.volume.width;
        self.seen().iter().product::<usize>() as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube(edge: usize) -> VolumeShape {
        VolumeShape { depth: edge, height: edge, width: edge, channels: 1 }
    }

    #[test]
    fn the_baseline_sees_27_tokens_and_63_percent_of_the_volume() {
        let geometry = Geometry::new(&config::Model::default(), cube(28)).unwrap();
        assert_eq!(geometry.tokens(), 27);
        assert_eq!(geometry.tubelet_values(), 512);
        assert_eq!(geometry.margin(), [4, 4, 4]);
        assert!((geometry.seen_share() - 0.6297).abs() < 1e-4);
    }

    #[test]
    fn a_tubelet_larger_than_the_volume_is_refused_by_axis() {
        let flat = VolumeShape { depth: 5, height: 28, width: 28, channels: 1 };
        let message = Geometry::new(&config::Model::default(), flat).unwrap_err().to_string();
        assert!(message.contains("8 voxels deep") && message.contains("at most 5"), "{message}");
    }
}
