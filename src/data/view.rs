//! Volumes as they are evaluated: once as they are, or in several views whose probabilities are averaged.

use super::augment::Motion;
use super::{Batch, Split, VolumeShape};
use crate::config::Experiment;

/// One look at a volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    motion: Motion,
    /// What the intensities are multiplied with.
    scale: f32,
}

impl View {
    /// All views that an experiment evaluates of volumes of a shape; the volume as it is comes first. An image has no
    /// depth to be moved along.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "intensities are single-precision")]
    pub fn all(experiment: &Experiment, shape: VolumeShape) -> Vec<Self> {
        let tta = experiment.training.tta;
        let scale = experiment.data.augment.evaluation_scale() as f32;
        let mut motions = vec![Motion::NONE];
        if tta.shift > 0 {
            for axis in if shape.depth > 1 { 0..3 } else { 1..3 } {
                for by in [-tta.shift.cast_signed(), tta.shift.cast_signed()] {
                    let mut shift = [0; 3];
                    shift.iter_mut().skip(axis).take(1).for_each(|shift| *shift = by);
                    motions.push(Motion { shift, ..Motion::NONE });
                }
            }
        }
        let (depth, height, width) = tta.mirror;
        for (axis, _) in [depth, height, width].into_iter().enumerate().filter(|(_, wanted)| *wanted) {
            for place in 0..motions.len() {
                let Some(mut motion) = motions.get(place).copied() else { continue };
                motion.mirror.iter_mut().skip(axis).take(1).for_each(|mirror| *mirror = true);
                motions.push(motion);
            }
        }
        motions.into_iter().map(|motion| Self { motion, scale }).collect()
    }

    /// The volumes at these places of a split, in this view.
    #[must_use]
    pub fn batch(&self, split: &Split, places: &[usize], shape: VolumeShape) -> Batch {
        let mut batch = Batch::gather(split, places, 0, 0);
        if self.motion != Motion::NONE {
            let volumes = batch.voxels.chunks_exact_mut(shape.voxels().max(1)).zip(places);
            volumes.for_each(|(target, &place)| self.motion.carry(split.volume(place), shape, target));
        }
        if self.scale.to_bits() != 1.0_f32.to_bits() {
            batch.voxels.iter_mut().for_each(|voxel| *voxel *= self.scale);
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::phantom;

    fn views_of(keys: &str, shape: VolumeShape) -> Vec<View> {
        let text = format!(r#"(name: "a", data: (set: AdrenalMnist3d), {keys})"#);
        View::all(&Experiment::parse(&text, "a.ron", &[]).unwrap(), shape)
    }

    fn views(keys: &str) -> Vec<View> {
        views_of(keys, phantom(1).shape)
    }

    #[test]
    fn an_image_is_moved_along_its_two_axes_alone() {
        let shape = VolumeShape { depth: 1, height: 28, width: 28, channels: 3 };
        let all = views_of("training: (tta: (shift: 2))", shape);
        assert_eq!(all.len(), 5);
        assert!(all.iter().all(|view| view.motion.shift[0] == 0));
    }

    #[test]
    fn the_volume_as_it_is_comes_first_and_each_mirror_doubles_the_views() {
        assert_eq!(views(""), [View { motion: Motion::NONE, scale: 1.0 }]);
        assert_eq!(views("training: (tta: (shift: 2))").len(), 7);
        let all = views("training: (tta: (shift: 1, mirror: (true, false, true)))");
        assert_eq!(all.len(), 28);
        assert_eq!(all[0].motion, Motion::NONE);
        for (place, view) in all.iter().enumerate() {
            assert!(!all[..place].contains(view), "{view:?} comes twice");
        }
    }

    #[test]
    fn the_plain_view_is_the_plain_batch() {
        let set = phantom(1);
        let plain = views("")[0].batch(&set.test, &[4, 2], set.shape);
        assert_eq!(plain, Batch::gather(&set.test, &[4, 2], 0, 0));
    }

    #[test]
    fn a_view_is_moved_by_whole_voxels_and_mirrored() {
        let set = phantom(1);
        let volume = |view: &View| view.batch(&set.test, &[4], set.shape).voxels;
        let all = views("training: (tta: (shift: 2, mirror: (false, false, true)))");
        let plain = volume(&all[0]);
        let at = |d: usize, h: usize, w: usize| (d * 28 + h) * 28 + w;
        let (back, right, mirrored) = (volume(&all[1]), volume(&all[6]), volume(&all[7]));
        for (d, h, w) in [(3, 4, 5), (20, 13, 2), (0, 27, 25)] {
            assert_eq!(back[at(d, h, w)].to_bits(), plain[at(d + 2, h, w)].to_bits());
            assert_eq!(right[at(d, h, w + 2)].to_bits(), plain[at(d, h, w)].to_bits());
            assert_eq!(mirrored[at(d, h, w)].to_bits(), plain[at(d, h, 27 - w)].to_bits());
        }
        assert!(right.chunks(28).all(|row| row[0] == 0.0 && row[1] == 0.0));
    }

    #[test]
    fn what_was_trained_in_many_brightnesses_is_looked_at_in_the_middle_one() {
        let text = r#"(name: "a", data: (set: AdrenalMnist3d, augment: (intensity_scale: (0.0, 1.0))))"#;
        let set = phantom(1);
        let view = View::all(&Experiment::parse(text, "a.ron", &[]).unwrap(), set.shape)[0];
        let plain = Batch::gather(&set.test, &[4], 0, 0).voxels;
        let half: Vec<f32> = plain.iter().map(|voxel| voxel * 0.5).collect();
        assert_eq!(view.batch(&set.test, &[4], set.shape).voxels, half);
    }
}
