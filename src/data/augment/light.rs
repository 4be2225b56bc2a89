//! What changes in the intensities of a volume: contrast, brightness, noise, and what is blackened.

use super::draws::{BELL, Draws};
use crate::config::Augment;
use crate::data::VolumeShape;

/// Contrast, brightness and noise of one volume.
#[derive(Clone, Copy, Debug)]
pub(super) struct Light {
    /// How many times as far from their mean intensities get.
    contrast: f32,
    /// What is added.
    brightness: f32,
    /// What everything is multiplied with.
    scale: f32,
    /// The standard deviation of the noise.
    noise: f32,
}

impl Light {
    #[expect(clippy::cast_possible_truncation, reason = "intensities are single-precision")]
    pub(super) fn drawn(augment: &Augment, draws: &mut Draws) -> Self {
        let (lowest, highest) = augment.intensity_scale;
        Self {
            contrast: (1.0 + draws.within(augment.contrast)) as f32,
            brightness: draws.within(augment.brightness) as f32,
            scale: (lowest + (highest - lowest) * draws.unit()) as f32,
            noise: augment.noise as f32,
        }
    }

    /// Changes the intensities, which stay in 0..=1.
    pub(super) fn fall_on(self, voxels: &mut [f32], draws: &mut Draws) {
        let Self { contrast, brightness, scale, noise } = self;
        // Each step is left out where it is off: it would cost time, and rounding.
        if contrast.to_bits() != 1.0_f32.to_bits() || brightness.abs() > 0.0 {
            let mean = mean(voxels);
            for voxel in &mut *voxels {
                *voxel = (mean + (*voxel - mean) * contrast + brightness).clamp(0.0, 1.0);
            }
        }
        if scale.to_bits() != 1.0_f32.to_bits() {
            for voxel in &mut *voxels {
                *voxel = (*voxel * scale).min(1.0);
            }
        }
        if noise > 0.0 {
            #[expect(clippy::cast_possible_truncation, reason = "intensities are single-precision")]
            let unit = (f64::from(noise) / BELL) as f32;
            for (voxel, bell) in voxels.iter_mut().zip(draws.bells()) {
                #[expect(clippy::cast_precision_loss, reason = "it lies within ±510")]
                let bell = bell as f32;
                *voxel = (*voxel + bell * unit).clamp(0.0, 1.0);
            }
        }
    }
}

/// The mean, added up in lanes, in the same order on every machine.
#[expect(clippy::cast_precision_loss, reason = "a volume has far fewer than 2^24 voxels, or the mean can bear it")]
fn mean(voxels: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    for chunk in voxels.chunks(16) {
        for (lane, voxel) in lanes.iter_mut().zip(chunk) {
            *lane += voxel;
        }
    }
    lanes.iter().sum::<f32>() / voxels.len().max(1) as f32
}

/// A box of a volume that is blackened (`DeVries` & Taylor 2017, with edges that vary).
#[derive(Clone, Copy, Debug)]
pub(super) struct Hole {
    /// Where it begins along depth, height and width, and its edges.
    from: [usize; 3],
    edges: [usize; 3],
}

impl Hole {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of an edge")]
    #[expect(clippy::cast_precision_loss, reason = "edges are short")]
    pub(super) fn drawn(augment: &Augment, shape: VolumeShape, draws: &mut Draws) -> Self {
        let along = [shape.depth, shape.height, shape.width].map(|all| {
            let edge = (augment.erase * draws.unit() * all as f64).round() as usize;
            // The one slice of an image is blackened or not with the rest of the box.
            let edge = if all == 1 { 1 } else { edge };
            (draws.whole(all - edge.min(all)), edge)
        });
        Self { from: along.map(|(from, _)| from), edges: along.map(|(_, edge)| edge) }
    }

    pub(super) fn blacken(self, shape: VolumeShape, voxels: &mut [f32]) {
        let Self { from: [depth, height, width], edges: [deep, high, wide] } = self;
        if deep == 0 || high == 0 || wide == 0 {
            return;
        }
        let row = shape.width * shape.channels;
        for plane in voxels.chunks_mut(row * shape.height).skip(depth).take(deep) {
            for line in plane.chunks_mut(row).skip(height).take(high) {
                let hidden = line.iter_mut().skip(width * shape.channels).take(wide * shape.channels);
                hidden.for_each(|voxel| *voxel = 0.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::draws::Purpose;
    use super::*;

    const SHAPE: VolumeShape = VolumeShape { depth: 8, height: 10, width: 12, channels: 2 };

    fn light() -> Light {
        Light { contrast: 1.0, brightness: 0.0, scale: 1.0, noise: 0.0 }
    }

    fn lit(light: Light, voxels: &[f32]) -> Vec<f32> {
        let mut voxels = voxels.to_vec();
        light.fall_on(&mut voxels, &mut Draws::new(Purpose::Augment, 1, 1, 1));
        voxels
    }

    #[test]
    fn contrast_keeps_the_mean_and_brightness_moves_it() {
        let grey = [0.2, 0.4, 0.6];
        let near = |ours: Vec<f32>, expected: [f32; 3]| {
            assert!(ours.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{ours:?} {expected:?}");
        };
        near(lit(Light { contrast: 0.5, ..light() }, &grey), [0.3, 0.4, 0.5]);
        near(lit(Light { brightness: -0.3, ..light() }, &grey), [0.0, 0.1, 0.3]);
        near(lit(Light { scale: 0.5, ..light() }, &grey), [0.1, 0.2, 0.3]);
    }

    #[test]
    fn noise_has_its_standard_deviation() {
        let voxels = lit(Light { noise: 0.05, ..light() }, &vec![0.5; 20_000]);
        let variance = voxels.iter().map(|voxel| (f64::from(*voxel) - 0.5).powi(2)).sum::<f64>() / 20_000.0;
        assert!((variance.sqrt() - 0.05).abs() < 0.001, "{}", variance.sqrt());
    }

    #[test]
    fn a_hole_is_a_box_of_black_within_the_volume_and_no_larger_than_it_may_be() {
        let augment = Augment { erase: 0.5, ..Augment::default() };
        let mut largest = 0;
        for place in 0..200 {
            let hole = Hole::drawn(&augment, SHAPE, &mut Draws::new(Purpose::Augment, 1, 1, place));
            let mut voxels = vec![1.0; SHAPE.voxels()];
            hole.blacken(SHAPE, &mut voxels);
            let black = voxels.iter().filter(|voxel| **voxel == 0.0).count();
            assert_eq!(black, hole.edges.iter().product::<usize>() * 2, "{hole:?}");
            assert!(hole.edges.iter().zip([4, 5, 6]).all(|(edge, most)| *edge <= most));
            largest = largest.max(black);
        }
        assert!(largest > 100);
    }
}
