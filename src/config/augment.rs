//! What an experiment says about the look of its volumes: how they vary while training, and in which views they are
//! evaluated. It changes no voxel; the loader and the evaluation do.

use serde::{Deserialize, Serialize};

use super::Set;

/// How training volumes vary from epoch to epoch. The defaults change nothing, as in the reference recipe.
///
/// Whatever is drawn lies evenly between the bounds given, and the volume's label stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Augment {
    /// Whole voxels by which a volume is moved along each axis, at most.
    pub shift: usize,
    /// How much larger or smaller, at most: 0.1 is from 0.9 to 1.1 times.
    pub zoom: f64,
    /// Degrees by which it is turned about an axis of any direction, at most.
    pub rotate_deg: f64,
    /// The axes, (depth, height, width), along which every second volume is mirrored.
    pub mirror: (bool, bool, bool),
    /// What is added to all intensities, at most, where 1 is white.
    pub brightness: f64,
    /// How much further from their mean, or nearer to it, intensities get: 0.2 is from 0.8 to 1.2 times as far.
    pub contrast: f64,
    /// The standard deviation of what is added to each voxel.
    pub noise: f64,
    /// The edges of a box that is blackened, as shares of the volume's edges, at most.
    pub erase: f64,
    /// What all intensities are multiplied with lies between these two. Volumes that are evaluated are multiplied
    /// with the middle.
    pub intensity_scale: (f64, f64),
}

impl Default for Augment {
    fn default() -> Self {
        Self {
            shift: 0,
            zoom: 0.0,
            rotate_deg: 0.0,
            mirror: (false, false, false),
            brightness: 0.0,
            contrast: 0.0,
            noise: 0.0,
            erase: 0.0,
            intensity_scale: (1.0, 1.0),
        }
    }
}

impl Augment {
    /// What the intensities of a volume that is evaluated are multiplied with: what the model has been trained to
    /// expect.
    #[must_use]
    pub fn evaluation_scale(&self) -> f64 {
        f64::midpoint(self.intensity_scale.0, self.intensity_scale.1)
    }
}

/// The views of a volume whose probabilities an evaluation averages: test-time augmentation. The default is the
/// volume as it is, alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Views {
    /// With any, the volume is also looked at moved by so many voxels, both ways along each axis: seven views.
    pub shift: usize,
    /// Each of these axes doubles the views: as they are, and mirrored along it.
    pub mirror: (bool, bool, bool),
}

/// What a mirror does to a set's labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// Nothing: no class is another's mirror image.
    Alike,
    /// Some classes differ in their side alone, which is told along the width.
    AlongWidth,
    /// Some classes differ in their side alone, and nobody says along which axis.
    AlongSomeAxis,
}

impl Set {
    /// What a mirror does to the labels of this set. Who brings a file of their own knows it better.
    pub(super) const fn sides(&self) -> Sides {
        match self {
            Self::OrganMnist3d | Self::OrganAMnist | Self::OrganCMnist => Sides::AlongSomeAxis,
            Self::Phantom => Sides::AlongWidth,
            // A sagittal slice is cut along the body's middle: a mirror turns it round, and left stays left. Which of
            // the published sets have sides a test holds to the registry.
            _ => Sides::Alike,
        }
    }
}
