//! Training volumes as an epoch shows them: moved and turned, in another light, partly black; and two of them mixed.
//!
//! What is drawn for a volume is a pure function of (seed, epoch, its place in the split): neither its place in a
//! batch, nor threads, nor a resume change it. Everything is drawn whether it is wanted or not, so that turning one
//! thing on leaves the others as they were. Knows no tensor.

mod draws;
mod light;
mod mixup;
mod motion;
mod resample;

use self::draws::{Draws, Purpose};
use self::light::{Hole, Light};
pub use self::mixup::Mixed;
pub use self::motion::{Motion, Turn};
pub use self::resample::{Affine, resample};
use super::{Batch, Split, VolumeShape};
use crate::config::Augment;

/// How the volumes of a run vary.
#[derive(Clone, Copy, Debug)]
pub struct Augmentation {
    pub augment: Augment,
    pub shape: VolumeShape,
    /// The run's.
    pub seed: u64,
}

impl Augmentation {
    /// The volumes at these places of a split, as that epoch shows them.
    #[must_use]
    pub fn batch(&self, split: &Split, places: &[usize], epoch: u64, index: u64) -> Batch {
        if self.augment == Augment::default() {
            return Batch::gather(split, places, epoch, index);
        }
        let size = self.shape.voxels();
        let mut voxels = vec![0.0; places.len() * size];
        for (target, &place) in voxels.chunks_exact_mut(size.max(1)).zip(places) {
            self.volume(split.volume(place), epoch, place, target);
        }
        let labels = places.iter().map(|&place| split.label(place)).collect();
        Batch { epoch, index, voxels, labels, mixed: None }
    }

    /// The volume at that place of the training split, as that epoch shows it, into `target`, which is as long.
    pub fn volume(&self, source: &[u8], epoch: u64, place: usize, target: &mut [f32]) {
        let mut draws = Draws::new(Purpose::Augment, self.seed, epoch, place as u64);
        let motion = Motion::drawn(&self.augment, &mut draws).within(self.shape);
        let light = Light::drawn(&self.augment, &mut draws);
        let hole = Hole::drawn(&self.augment, self.shape, &mut draws);
        motion.carry(source, self.shape, target);
        light.fall_on(target, &mut draws);
        hole.blacken(self.shape, target);
    }

    /// The same to be looked at: 255 is white.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "intensities are in 0..=1")]
    #[must_use]
    pub fn picture(&self, source: &[u8], epoch: u64, place: usize) -> Vec<u8> {
        let mut voxels = vec![0.0; source.len()];
        self.volume(source, epoch, place, &mut voxels);
        voxels.into_iter().map(|voxel| (voxel * 255.0).round() as u8).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::phantom;

    fn all() -> Augment {
        Augment {
            shift: 2,
            zoom: 0.1,
            rotate_deg: 15.0,
            mirror: (true, true, false),
            brightness: 0.1,
            contrast: 0.2,
            noise: 0.05,
            erase: 0.4,
            intensity_scale: (0.5, 1.0),
        }
    }

    fn of(augment: Augment, seed: u64) -> Augmentation {
        Augmentation { augment, shape: phantom(1).shape, seed }
    }

    #[test]
    fn a_volume_looks_the_same_wherever_in_a_batch_it_stands_and_else_in_every_epoch_and_for_every_seed() {
        let train = phantom(1).train;
        let batch = of(all(), 7).batch(&train, &[3, 9, 4], 2, 0);
        let voxels = batch.voxels.len() / 3;
        let other = of(all(), 7).batch(&train, &[9, 4, 3, 1], 2, 5);
        assert_eq!(batch.voxels[..voxels], other.voxels[2 * voxels..3 * voxels]);
        assert_eq!(batch.voxels[voxels..], other.voxels[..2 * voxels]);
        assert_eq!(batch.labels, [3, 9, 4].map(|place| train.label(place)));
        for other in [of(all(), 7).batch(&train, &[3, 9, 4], 3, 0), of(all(), 8).batch(&train, &[3, 9, 4], 2, 0)] {
            for place in 0..3 {
                let part = place * voxels..(place + 1) * voxels;
                assert_ne!(batch.voxels[part.clone()], other.voxels[part]);
            }
        }
    }

    #[test]
    fn what_is_looked_at_is_what_is_trained_on_in_256_steps() {
        let train = phantom(1).train;
        let augmentation = of(all(), 7);
        let batch = augmentation.batch(&train, &[4], 3, 0);
        let picture = augmentation.picture(train.volume(4), 3, 4);
        assert_eq!(picture.len(), batch.voxels.len());
        let apart = |(seen, trained): (&u8, &f32)| (f32::from(*seen) / 255.0 - trained).abs();
        assert!(picture.iter().zip(&batch.voxels).map(apart).all(|apart| apart <= 0.5 / 255.0 + 1e-6));
    }

    #[test]
    fn nothing_that_is_off_changes_a_bit() {
        let train = phantom(1).train;
        let plain = Batch::gather(&train, &[5, 6], 1, 0);
        assert_eq!(of(Augment::default(), 7).batch(&train, &[5, 6], 1, 0), plain);
        // Also where something else is on that draws nothing for these volumes.
        let mut target = vec![0.0; plain.voxels.len() / 2];
        of(Augment::default(), 7).volume(train.volume(5), 1, 5, &mut target);
        assert_eq!(target, plain.voxels[..target.len()]);
    }

    #[test]
    fn turning_one_thing_on_leaves_what_is_drawn_for_the_others() {
        let train = phantom(1).train;
        let moved = Augment { shift: 3, ..Augment::default() };
        let dimmed = Augment { intensity_scale: (0.5, 0.5), ..moved };
        let [moved, dimmed] = [moved, dimmed].map(|augment| of(augment, 7).batch(&train, &[8], 1, 0).voxels);
        let half: Vec<f32> = moved.iter().map(|voxel| voxel * 0.5).collect();
        assert_eq!(dimmed, half);
    }

    #[test]
    fn an_image_moves_within_its_plane_and_its_colours_move_together() {
        let shape = VolumeShape { depth: 1, height: 9, width: 9, channels: 3 };
        // A cross in the middle: red alone, so that neither another channel nor black may take its place.
        let source: Vec<u8> = (0..81)
            .flat_map(|voxel: usize| {
                let on = voxel / 9 == 4 || voxel % 9 == 4;
                [if on { 255 } else { 0 }, 0, if on { 51 } else { 0 }]
            })
            .collect();
        let augment = Augment { shift: 1, zoom: 0.1, rotate_deg: 20.0, ..Augment::default() };
        let augmentation = Augmentation { augment, shape, seed: 7 };
        let mut differ = 0;
        let mut first = Vec::new();
        for place in 0..40 {
            let mut target = vec![0.0; source.len()];
            augmentation.volume(&source, 1, place, &mut target);
            let (red, blue): (f32, f32) = target.chunks(3).fold((0.0, 0.0), |(r, b), v| (r + v[0], b + v[2]));
            // Turned out of the plane, most of the cross would be lost.
            assert!(red > 10.0 && (blue / red - 0.2).abs() < 1e-3, "{red} {blue}");
            assert!(target.chunks(3).all(|voxel| voxel[1] == 0.0));
            differ += usize::from(place > 0 && target != first);
            first = target;
        }
        assert!(differ > 35, "{differ}");
    }

    #[test]
    fn a_hole_in_an_image_goes_through_its_only_slice() {
        let shape = VolumeShape { depth: 1, height: 20, width: 20, channels: 1 };
        let augment = Augment { erase: 0.5, ..Augment::default() };
        let augmentation = Augmentation { augment, shape, seed: 7 };
        let black = |place| {
            let mut target = vec![0.0; 400];
            augmentation.volume(&[255; 400], 1, place, &mut target);
            target.iter().filter(|voxel| **voxel == 0.0).count()
        };
        let holes = (0..40).filter(|place| black(*place) > 0).count();
        assert!(holes > 30, "{holes}");
    }

    #[test]
    fn intensities_stay_between_black_and_white() {
        let train = phantom(1).train;
        let augment = Augment { brightness: 1.0, contrast: 1.0, noise: 1.0, ..Augment::default() };
        let batch = of(augment, 7).batch(&train, &(0..20).collect::<Vec<_>>(), 1, 0);
        assert!(batch.voxels.iter().all(|voxel| (0.0..=1.0).contains(voxel)));
        assert!(batch.voxels.contains(&0.0) && batch.voxels.contains(&1.0));
    }
}
